// Package llvm compiles LLVM IR and bitcode to objects in memory: package codegen's interface over libLLVM, which is opened at run time, without cgo.
//
//	generator, err := llvm.New(codegen.Options{OptLevel: codegen.O2})
//	module, err := generator.NewModule(codegen.Source{Name: "add.ll", Kind: codegen.IR, Data: text})
//	err = module.Generate(ctx, objimage.NewBufferStream("add.o"))
//
// # Which libLLVM
//
// libLLVM is opened when the first module is read, never before: making generators and modules costs nothing. It is the one that [Variable] names, or else the newest of versions
// 11 to 22 that the dynamic linker finds. Only LLVM's C interface is used, which is stable enough for all of them. Each version has taken something out of the language of IR as text, so
// that what the newest does not understand is given to the others that are installed, if Variable is not set: several versions live in one process without noticing each other. When
// there is none, the first module that is read fails with a [*LoadError]; nothing else is lost.
//
// # Errors
//
// What is wrong with a module is a *codegen.Error with a diagnostic for each error, by line and column as far as LLVM tells. What LLVM would end the process for
// (report_fatal_error: a CPU without 64-bit code, an instruction that cannot be selected) is a [*FatalError] in it: the compilation is abandoned where it stands, with the memory
// that it had. Modules are verified before code is made of them, since LLVM may crash over those that are malformed.
//
// # Concurrency
//
// Each module has a context and a target machine of its own while it is compiled, so that modules compile in parallel. Target machines are kept for the next module. Who waits for a
// compilation whose context.Context ends is told at once; LLVM goes on to the end of the pass, and then abandons it as after a fatal error.
package llvm
