package hostlib

import "github.com/gomcjit/gomcjit/executor"

// Import returns the address of what a DLL exports, as a member of an import library says it (objimage.Import): by its name there, or by its number if the name is empty. The DLL is opened where Windows
// looks for those of a program, and stays open. If the library does not say which one it is, the name is looked for in all modules of the process, the C library first. On other systems nothing is found:
// there names of objects have to do.
//
// A client's resolver that has it as its ResolveImport (mcjit.ImportResolver) serves objects what their import libraries say, also where a DLL exports it under another name.
func Import(dll, symbol string, ordinal uint16) (executor.Addr, bool) {
	a := findImport(dll, symbol, ordinal)
	return executor.Addr(a), a != 0
}
