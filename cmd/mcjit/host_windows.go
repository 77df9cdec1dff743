package main

// cSignals are none: a fault is an exception here, which ends a C program and this process alike.
var cSignals []uint64
