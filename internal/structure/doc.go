// Package structure holds the project to its plan. It has tests only: who may import whom, where facts about the host may live, that
// no file is dropped by Go because of its name, how long a file may be, and that everything exported is documented.
//
// The tests look at the packages that exist. They read every file, whatever its build constraints, so that a rule which holds on one
// platform holds on all. README.md's tables of what is linked, checked and executed are made here.
package structure

//go:generate go test -run TestReadmeTables -update
