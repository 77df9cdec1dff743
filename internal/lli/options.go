package lli

import (
	"regexp"
	"strconv"
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

	Triple, Arch, CPU       string
	Features                []string
	Level                   string
	Relocation, CodeModel   string
	FramePointer            string
	CacheManager            bool
	CacheDir                string
	DisableCoreFiles        bool
	ForceInterpreter        bool
	DisableLazyCompilation  bool
	Remote                  bool
	RemoteProcess           string
	CompileThreads          uint64
	ThreadEntries           []string
	PerModuleLazy           bool
	Help, HelpLLVM, Version bool

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
		{Name: "O", Text: &o.Level, Prefix: true, Repeated: true, Operand: "LEVEL", Help: "how much the code generator optimises: 0 to 3 (2)"},
		{Name: "mtriple", Text: &o.Triple, Operand: "TRIPLE", Help: "the target, in place of the module's"},
		{Name: "march", Text: &o.Arch, Operand: "ARCH", Help: "the architecture, in place of the target's"},
		{Name: "mcpu", Text: &o.CPU, Operand: "CPU", Help: "the processor; native is this one"},
		{Name: "mattr", List: &o.Features, Commas: true, Operand: "LIST", Help: "features of the processor: +avx2,-sse4.1"},
		{Name: "relocation-model", Text: &o.Relocation, Choices: []string{"static", "pic", "dynamic-no-pic", "ropi", "rwpi", "ropi-rwpi"}, Operand: "MODEL", Help: "static, pic or dynamic-no-pic"},
		{Name: "code-model", Text: &o.CodeModel, Choices: []string{"tiny", "small", "kernel", "medium", "large"}, Operand: "MODEL", Help: "tiny, small, kernel, medium or large"},
		{Name: "frame-pointer", Text: &o.FramePointer, Choices: []string{"all", "non-leaf", "none"}, Operand: "WHERE", Help: "all, non-leaf or none: functions that keep a frame pointer"},
		{Name: "enable-cache-manager", Flag: &o.CacheManager, Help: "keep objects of modules in files, and use them"},
		{Name: "object-cache-dir", Text: &o.CacheDir, Operand: "FOLDER", Help: "the folder for these files; beside the modules if not given"},
		{Name: "disable-core-files", Flag: &o.DisableCoreFiles, Help: "leave no core files behind"},
		{Name: "disable-lazy-compilation", Flag: &o.DisableLazyCompilation, Help: "compile everything first; that is always done"},
		{Name: "force-interpreter", Flag: &o.ForceInterpreter, Help: "compile all the same: there is no interpreter"},
		{Name: "remote-mcjit", Flag: &o.Remote, Help: "run the program in another process"},
		{Name: "mcjit-remote-process", Text: &o.RemoteProcess, Operand: "FILE", Help: "the program of that process"},
		{Name: "compile-threads", Number: &o.CompileThreads},
		{Name: "thread-entry", List: &o.ThreadEntries},
		{Name: "per-module-lazy", Flag: &o.PerModuleLazy},
		{Name: "help", Flag: &o.Help, Help: "print this text"},
		{Name: "help-llvm", Flag: &o.HelpLLVM, Help: "print libLLVM's own options, which can be given, too"},
		{Name: "h", Flag: &o.Help},
		{Name: "help-hidden", Flag: &o.Help},
		{Name: "help-list", Flag: &o.Help},
		{Name: "version", Flag: &o.Version, Help: "print the version"},
	}, ignored()...)
}

// What lli takes and what makes no difference to a program in this process, or to an engine that is not ORC.
var (
	ignoredFlags = []string{
		"no-process-syms", "soft-float", "emulated-tls", "color", "enable-no-infs-fp-math", "enable-no-nans-fp-math", "enable-no-signed-zeros-fp-math", "enable-no-trapping-fp-math",
		"enable-unsafe-fp-math", "nozero-initialized-in-bss", "disable-tail-calls", "stack-symbol-ordering", "tailcallopt", "stackrealign", "use-ctors", "relax-elf-relocations",
		"data-sections", "function-sections", "unique-section-names", "unique-basic-block-section-names", "addrsig", "emit-call-site-info", "debug-entry-values",
		"force-dwarf-frame-section", "strict-dwarf", "mc-relax-all", "incremental-linker-compatible", "dwarf64", "asm-show-inst", "fatal-warnings", "no-warn", "W", "no-deprecated-warn",
		"no-type-check", "split-machine-functions", "xray-function-index", "ignore-xcoff-visibility", "xcoff-traceback-table",
	}
	ignoredTexts = []string{"jd", "orc-runtime", "basic-block-sections", "tls-size", "dwarf-version", "target-abi", "trap-func", "align-loops", "swift-async-fp"}

	ignoredChoices = map[string][]string{
		"jit-linker":           {"default", "rtdyld", "jitlink"},
		"lljit-platform":       {"DetectHost", "ORC", "GenericIR", "Inactive"},
		"generate":             {"__dso_handle"},
		"orc-lazy-debug":       {"no-dump", "funcs-to-stdout", "mods-to-stdout", "mods-to-disk"},
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
	for _, name := range ignoredTexts {
		list = append(list, llvmcl.Option{Name: name, List: new([]string)})
	}
	for name, choices := range ignoredChoices {
		list = append(list, llvmcl.Option{Name: name, Text: new(string), Repeated: true, Choices: choices})
	}
	return list
}

// typo is how many letters of an unknown option may be wrong for it to be one of ours. Others are libLLVM's, which has thousands.
const typo = 2

// llvmOption is a line of libLLVM's help that begins an option.
var llvmOption = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^ +--?([A-Za-z0-9][\w.-]*)`) })

// checkLLVM finds what is no option of libLLVM, given its help, since libLLVM says nothing about it. The error is a *llvmcl.UsageError.
func (o *Options) checkLLVM(program, help string) error {
	p := llvmcl.Parser{Program: program, Options: o.table()}
	known := map[string]bool{}
	for _, m := range llvmOption().FindAllStringSubmatch(help, -1) {
		known[m[1]] = true
		p.Options = append(p.Options, llvmcl.Option{Name: m[1], Help: "libLLVM's"})
	}
	for _, arg := range o.LLVM {
		if name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "="); !known[name] {
			return p.UnknownError(arg)
		}
	}
	return nil
}

// ParseOptions understands the arguments behind the program's name, which is for messages. readFile reads files of arguments. Errors are *llvmcl.UsageError.
func ParseOptions(program string, args []string, readFile func(string) ([]byte, error)) (*Options, error) {
	o := &Options{Entry: "main", JITKind: "mcjit"}
	p := llvmcl.Parser{Program: program, Options: o.table(), After: &o.Arguments}
	p.Unknown = func(arg string) bool {
		if _, changes := p.Nearest(arg); changes <= typo {
			return false
		}
		o.LLVM = append(o.LLVM, arg)
		return true
	}
	inputs, err := p.Parse(args, readFile)
	if err != nil {
		return nil, err
	}
	o.Input = "-"
	if len(inputs) > 0 {
		o.Input = inputs[0]
	}
	return o, nil
}

// codegen returns what the code generator is told.
func (o *Options) codegen() (codegen.Options, error) {
	c := codegen.Options{Triple: o.Triple, Arch: o.Arch, CPU: o.CPU, Features: o.Features}
	c.KeepFramePointer = o.FramePointer == "all" || o.FramePointer == "non-leaf"
	if o.Level != "" {
		n, err := strconv.ParseUint(o.Level, 10, 8)
		if err != nil || n > 3 {
			return c, &plainError{"lli", "invalid optimization level."}
		}
		c.OptLevel = codegen.O0 + codegen.OptLevel(n)
	}
	relocations := map[string]codegen.RelocModel{"": codegen.RelocDefault, "pic": codegen.RelocPIC, "static": codegen.RelocStatic, "dynamic-no-pic": codegen.RelocDynamicNoPIC,
		"ropi": codegen.RelocStatic, "rwpi": codegen.RelocStatic, "ropi-rwpi": codegen.RelocStatic, // which are ARM's; others take them for this
	}
	c.RelocModel = relocations[o.Relocation]
	c.CodeModel = map[string]codegen.CodeModel{
		"tiny": codegen.CodeModelTiny, "small": codegen.CodeModelSmall, "kernel": codegen.CodeModelKernel, "medium": codegen.CodeModelMedium, "large": codegen.CodeModelLarge,
	}[o.CodeModel]
	return c, nil
}
