// Package command compiles with the compilers that are installed as programs: C and C++ with clang or gcc, assembly with the same or with as, and LLVM IR with llc or clang.
//
//	generator, err := command.New(codegen.Options{OptLevel: codegen.O2})
//	source, err := codegen.Open("hello.c")
//	module, err := generator.NewModule(source)
//	err = module.Generate(ctx, objimage.NewBufferStream("hello.o"))
//
// Which program compiles what is a table, [Programs]; the first that is on the path is taken. The source goes to its standard input, with a line that names the file, so that messages and
// debug information are about that; the object comes back by a file in a temporary folder.
//
// As many programs as there are processors run at a time, of all generators together. One whose context.Context ends is interrupted, on Unix with all that it has
// started (so they are in a process group of their own, which a terminal does not interrupt), and killed if it goes on.
package command
