package main

import "io"

func writeSVGMap(w io.Writer, sections []placed) {}
