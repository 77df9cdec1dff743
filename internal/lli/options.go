package lli

import (
	"regexp"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
)

// Options are a command line, understood.
type Options struct {
	Input     string   // "-" is standard input
	Arguments []string // of the program

	JITKind       string // all kinds are served by one engine
	Entry         string
	FakeArgv0     string
	ExtraModules  []string
	ExtraObjects  []string
	ExtraArchives []string
	Plugins       []string // -load
	Libraries     []string // -dlopen

	Triple, Arch, CPU      string
	Features               []string
	Level                  string // a letter, or nothing
	Relocation, CodeModel  string
	FramePointer           string
	CacheManager           bool
	CacheDir               string
	DisableCoreFiles       bool
	NoWarnings             bool
	FatalWarnings          bool
	ForceInterpreter       bool
	DisableLazyCompilation bool
	Remote                 bool
	RemoteProcess          string
	CompileThreads         uint64
	ThreadEntries          []string
	PerModuleLazy          bool

	Help, Version         bool
	HelpLLVM, VersionLLVM bool // libLLVM's own, for which the process ends

	LLVM []string // options of libLLVM itself, as they were given
}

// table returns the options of lli, in the order of the help.
func (o *Options) table() []llvmcl.Option {
	return append([]llvmcl.Option{
		{Name: "jit-kind", Text: &o.JITKind, Choices: []string{"mcjit", "orc", "orc-lazy"}, Operand: "KIND", Help: "mcjit, orc or orc-lazy; all are served by one engine"},
		{Name: "extra-module", List: &o.ExtraModules, Operand: "FILE", Help: "load this module, too (IR or bitcode)"},
		{Name: "extra-object", List: &o.ExtraObjects, Operand: "FILE", Help: "load this object, too"},
		{Name: "extra-archive", List: &o.ExtraArchives, Operand: "FILE", Help: "look for what is missing in this archive"},
		{Name: "load", List: &o.Plugins, Operand: "FILE", Help: "look for what is missing in this shared library, if it can be opened"},
		{Name: "dlopen", List: &o.Libraries, Operand: "FILE", Help: "look for what is missing in this shared library"},
		{Name: "entry-function", Text: &o.Entry, Operand: "NAME", Help: "the function to run (main)"},
		{Name: "fake-argv0", Text: &o.FakeArgv0, Operand: "NAME", Help: "what the program gets as argv[0]"},
		{Name: "O", Take: o.setLevel, Prefix: true, Repeated: true, Operand: "LEVEL", Help: "how much the code generator optimises: 0 to 3 (2)"},
		{Name: "mtriple", Text: &o.Triple, Operand: "TRIPLE", Help: "the target, in place of the module's"},
		{Name: "march", Text: &o.Arch, Operand: "ARCH", Help: "the architecture, in place of the target's"},
		{Name: "mcpu", Text: &o.CPU, Operand: "CPU", Help: "the processor; native is this one"},
		{Name: "mattr", List: &o.Features, Commas: true, Operand: "LIST", Help: "features of the processor: +avx2,-sse4.1"},
		{Name: "relocation-model", Text: &o.Relocation, Choices: []string{"static", "pic", "dynamic-no-pic", "ropi", "rwpi", "ropi-rwpi"}, Operand: "MODEL", Help: "static, pic or dynamic-no-pic"},
		{Name: "code-model", Text: &o.CodeModel, Choices: []string{"tiny", "small", "kernel", "medium", "large"}, Operand: "MODEL", Help: "tiny, small, kernel, medium or large"},
		{Name: "frame-pointer", Text: &o.FramePointer, Choices: []string{"all", "non-leaf", "reserved", "none"}, Operand: "WHERE", Help: "all, non-leaf or none: functions that keep a frame pointer"},
		{Name: "enable-cache-manager", Flag: &o.CacheManager, Help: "keep objects of modules in files, and use them"},
		{Name: "object-cache-dir", Text: &o.CacheDir, Operand: "FOLDER", Help: "the folder for these files; beside the modules if not given"},
		{Name: "disable-core-files", Flag: &o.DisableCoreFiles, Help: "leave no core files behind"},
		{Name: "disable-lazy-compilation", Flag: &o.DisableLazyCompilation, Help: "compile everything first; that is always done"},
		{Name: "force-interpreter", Flag: &o.ForceInterpreter, Help: "compile all the same: there is no interpreter"},
		{Name: "remote-mcjit", Flag: &o.Remote, Help: "run the program in another process"},
		{Name: "mcjit-remote-process", Text: &o.RemoteProcess, Operand: "FILE", Help: "the program of that process"},
		{Name: "no-warn", Flag: &o.NoWarnings, Help: "print no warnings"},
		{Name: "W", Flag: &o.NoWarnings},
		{Name: "fatal-warnings", Flag: &o.FatalWarnings, Help: "warnings are errors"},
		{Name: "compile-threads", Number: &o.CompileThreads, Type: "uint"},
		{Name: "thread-entry", List: &o.ThreadEntries},
		{Name: "per-module-lazy", Flag: &o.PerModuleLazy},
		{Name: "help", NoValue: true, Flag: &o.Help, Help: "print this text"},
		{Name: "help-llvm", NoValue: true, Flag: &o.HelpLLVM, Help: "print libLLVM's own options, which can be given, too"},
		{Name: "version-llvm", NoValue: true, Flag: &o.VersionLLVM},
		{Name: "h", NoValue: true, Flag: &o.Help},
		{Name: "help-hidden", NoValue: true, Flag: &o.Help},
		{Name: "help-list", NoValue: true, Flag: &o.Help},
		{Name: "help-list-hidden", NoValue: true, Flag: &o.Help},
		{Name: "version", NoValue: true, Flag: &o.Version, Help: "print the version"},
	}, ignored()...)
}

// What lli of any version takes and what makes no difference to a program in this process, or to an engine that is not ORC.
var (
	ignoredFlags = []string{
		"no-process-syms", "soft-float", "emulated-tls", "color", "enable-no-infs-fp-math", "enable-no-nans-fp-math", "enable-no-signed-zeros-fp-math", "enable-no-trapping-fp-math",
		"enable-unsafe-fp-math", "nozero-initialized-in-bss", "disable-tail-calls", "stack-symbol-ordering", "tailcallopt", "stackrealign", "use-ctors", "relax-elf-relocations",
		"data-sections", "function-sections", "unique-section-names", "unique-basic-block-section-names", "addrsig", "emit-call-site-info", "debug-entry-values",
		"force-dwarf-frame-section", "strict-dwarf", "mc-relax-all", "incremental-linker-compatible", "dwarf64", "asm-show-inst", "no-deprecated-warn",
		"no-type-check", "enable-approx-func-fp-math", "enable-jmc-instrument", "lower-global-dtors-via-cxa-atexit", "basic-block-address-map", "enable-tlsdesc", "mxcoff-roptr", "no-integrated-as",
		"separate-named-sections", "enable-sign-dependent-rounding-fp-math", "no-xray-index", "stack-size-section", "vec-extabi", "split-machine-functions", "xray-function-index", "ignore-xcoff-visibility", "xcoff-traceback-table",
	}
	ignoredTexts = map[string]string{ // with their types
		"jd": "string", "orc-runtime": "string", "basic-block-sections": "string", "tls-size": "uint", "dwarf-version": "int", "target-abi": "string", "trap-func": "string",
		"align-loops": "uint", "large-data-threshold": "ulong",
	}
	ignoredChoices = map[string][]string{
		"jit-linker":           {"default", "rtdyld", "jitlink"},
		"lljit-platform":       {"Auto", "DetectHost", "ExecutorNative", "ORC", "GenericIR", "Inactive"},
		"generate":             {"__dump_jit_debug_descriptor", "__dump_jit_debug_objects"},
		"orc-lazy-debug":       {"no-dump", "funcs-to-stdout", "mods-to-stdout", "mods-to-disk", "jit-debug-descriptor", "jit-debug-objects"},
		"swift-async-fp":       {"auto", "always", "never"},
		"thread-model":         {"posix", "single"},
		"exception-model":      {"default", "dwarf", "sjlj", "arm", "wineh", "wasm"},
		"filetype":             {"asm", "obj", "null"},
		"float-abi":            {"default", "soft", "hard"},
		"fp-contract":          {"fast", "on", "off"},
		"denormal-fp-math":     {"ieee", "preserve-sign", "positive-zero", "dynamic"},
		"denormal-fp-math-f32": {"ieee", "preserve-sign", "positive-zero", "dynamic"},
		"meabi":                {"default", "4", "5", "gnu"},
		"debugger-tune":        {"gdb", "lldb", "dbx", "sce"},
		"emit-dwarf-unwind":    {"always", "no-compact-unwind", "default"},
	}
)

func ignored() (list []llvmcl.Option) {
	for _, name := range ignoredFlags {
		list = append(list, llvmcl.Option{Name: name, Flag: new(bool)})
	}
	for name, kind := range ignoredTexts {
		list = append(list, llvmcl.Option{Name: name, List: new([]string), Type: kind})
	}
	for name, choices := range ignoredChoices {
		list = append(list, llvmcl.Option{Name: name, Text: new(string), Repeated: true, Choices: choices})
	}
	return list
}

// former returns options that libLLVM had once. Where it has them they come first.
func former() []llvmcl.Option {
	return []llvmcl.Option{{Name: "opaque-pointers", Flag: new(bool)}} // all are, since LLVM 17
}

// setLevel takes a value of -O, of which the first letter counts.
func (o *Options) setLevel(value string) { o.Level = (value + "\x00")[:1] }

// What libLLVM's help has of an option: its name, what its value is, and what values it may have, a line each.
// They are compiled when they are needed, which most programs do not.
var (
	llvmOption = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ +--?([A-Za-z0-9][\w.-]*)(?:\[?=<([^>]*)>)?`) })
	llvmChoice = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ +=(\S+)`) })
)

// llvmOptions returns the options in libLLVM's help. Those that are given are added to o.LLVM.
func (o *Options) llvmOptions(help string) (list []llvmcl.Option) {
	for line := range strings.Lines(help) {
		if m := llvmOption().FindStringSubmatch(line); m != nil {
			x := llvmcl.Option{Name: m[1], Type: m[2], Given: &o.LLVM, Repeated: true, Help: "libLLVM's"}
			if m[2] == "" {
				x.Flag = new(bool)
			} else {
				x.Text = new(string)
			}
			if n := len(list); n > 0 && list[n-1].Name == x.Name { // once without a value, and once with one
				x.Choices, list = []string{""}, list[:n-1]
			}
			list = append(list, x)
		} else if m := llvmChoice().FindStringSubmatch(line); m != nil && len(list) > 0 {
			last := &list[len(list)-1]
			last.Choices = append(last.Choices, strings.TrimPrefix(m[1], "<empty>"))
		}
	}
	return list
}

// A Host is what the meaning of a command line depends on besides. Its functions may be nil.
type Host struct {
	ReadFile func(string) ([]byte, error) // reads files of arguments
	HelpLLVM func() string                // is libLLVM's help, which is asked for if there are options that lli itself has not
	Repeat   func() bool                  // says whether options may be given several times, as they may since LLVM 15
}

// ParseOptions understands the arguments behind the program's name, which is for messages. Errors are *llvmcl.UsageError, of which there may be several; if help or a version is asked for
// there are options all the same.
func ParseOptions(program string, args []string, host Host) (*Options, error) {
	o := &Options{Entry: "main", JITKind: "mcjit"}
	p := llvmcl.Parser{Program: program, Options: o.table(), After: &o.Arguments, Repeat: host.Repeat}
	if host.HelpLLVM != nil {
		p.More = func() []llvmcl.Option { return append(o.llvmOptions(host.HelpLLVM()), former()...) }
	}
	inputs, err := p.Parse(args, host.ReadFile)
	if err != nil && !o.informs() {
		return nil, err
	}
	o.Input = "-"
	if len(inputs) > 0 {
		o.Input = inputs[0]
	}
	return o, err
}

// informs says whether lli is asked about itself, and nothing else.
func (o *Options) informs() bool { return o.Help || o.Version || o.HelpLLVM || o.VersionLLVM }

// codegen returns what the code generator is told. The error is about the level, in whose place it has the default.
func (o *Options) codegen() (c codegen.Options, err error) {
	c = codegen.Options{Triple: o.Triple, Arch: o.Arch, CPU: o.CPU, Features: o.Features}
	c.KeepFramePointer = o.FramePointer == "all" || o.FramePointer == "non-leaf"
	if level := strings.Index("0123", o.Level); level < 0 {
		err = &plainError{"lli", "invalid optimization level."}
	} else if o.Level != "" {
		c.OptLevel = codegen.O0 + codegen.OptLevel(level)
	}
	relocations := map[string]codegen.RelocModel{"": codegen.RelocDefault, "pic": codegen.RelocPIC, "static": codegen.RelocStatic, "dynamic-no-pic": codegen.RelocDynamicNoPIC,
		"ropi": codegen.RelocStatic, "rwpi": codegen.RelocStatic, "ropi-rwpi": codegen.RelocStatic, // which are ARM's; others take them for this
	}
	c.RelocModel = relocations[o.Relocation]
	c.CodeModel = map[string]codegen.CodeModel{
		"tiny": codegen.CodeModelTiny, "small": codegen.CodeModelSmall, "kernel": codegen.CodeModelKernel, "medium": codegen.CodeModelMedium, "large": codegen.CodeModelLarge,
	}[o.CodeModel]
	return c, err
}
