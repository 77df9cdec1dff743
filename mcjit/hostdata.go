package mcjit

// WithoutHostData gives the engine's modules their own copies of weak data: of static members of templates, of statics of inline functions, of C++ type
// information. Engines whose code runs in this process otherwise bind such data to the process's variable if the client's resolver knows one, as the
// dynamic linker would, so that a singleton is one: see runtimedyld.BindHostData. The resolver is asked with Reference.Data set.
func WithoutHostData() Option { return func(o *options) { o.ownData = true } }
