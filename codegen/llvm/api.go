package llvm

import (
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
)

// The types of LLVM's C interface. All but truth are opaque pointers (llvm-c/Types.h); they are never read here.
type (
	contextRef    uintptr
	moduleRef     uintptr
	valueRef      uintptr
	bufferRef     uintptr
	targetRef     uintptr
	machineRef    uintptr
	diagnosticRef uintptr
	errorRef      uintptr
	passesRef     uintptr // options of the new pass manager, or the builder of the legacy one
	managerRef    uintptr // a legacy pass manager
	cString       uintptr // char* that LLVM owns, or that has to be given back
	truth         int32   // LLVMBool; of functions that can fail, not zero means failure
)

// An api is the functions of one libLLVM. Those of its last part are nil where the version has none.
type api struct {
	// Core.h
	contextCreate        func() contextRef
	contextDispose       func(contextRef)
	contextSetDiagnostic func(context contextRef, handler, data uintptr)
	contextSetYield      func(context contextRef, handler, data uintptr)
	diagnosticText       func(diagnosticRef) cString
	diagnosticSeverity   func(diagnosticRef) int32
	disposeMessage       func(cString)
	createBuffer         func(data *byte, size uintptr, name *byte) bufferRef
	bufferStart          func(bufferRef) uintptr
	bufferSize           func(bufferRef) uintptr
	disposeBuffer        func(bufferRef)
	disposeModule        func(moduleRef)
	moduleTriple         func(moduleRef) cString
	setModuleTriple      func(moduleRef, *byte)
	moduleLayout         func(moduleRef) cString
	inlineAssembly       func(moduleRef, *uintptr) cString
	firstFunction        func(moduleRef) valueRef
	nextFunction         func(valueRef) valueRef
	firstGlobal          func(moduleRef) valueRef
	nextGlobal           func(valueRef) valueRef
	firstAlias           func(moduleRef) valueRef
	nextAlias            func(valueRef) valueRef
	firstIFunc           func(moduleRef) valueRef
	nextIFunc            func(valueRef) valueRef
	valueName            func(valueRef, *uintptr) cString
	setValueName         func(value valueRef, name *byte, length uintptr)
	namedFunction        func(module moduleRef, name *byte) valueRef
	isDeclaration        func(valueRef) truth
	linkage              func(valueRef) int32
	setLinkage           func(valueRef, int32)
	addAttribute         func(function valueRef, key, value *byte)
	isThreadLocal        func(valueRef) truth
	setThreadLocalMode   func(v valueRef, mode int32)
	globalValueType      func(valueRef) uintptr
	returnType           func(function uintptr) uintptr
	countParams          func(function uintptr) uint32
	paramTypes           func(function uintptr, types *uintptr)
	typeKind             func(uintptr) int32
	intWidth             func(uintptr) uint32
	isVariadic           func(function uintptr) truth
	typeText             func(uintptr) cString

	// ErrorHandling.h
	setFatalHandler   func(uintptr)
	resetFatalHandler func()

	// IRReader.h, BitWriter.h, Analysis.h
	parseIR func(context contextRef, buffer bufferRef, module *moduleRef, message *cString) truth
	verify  func(module moduleRef, action int32, message *cString) truth

	// Target.h, TargetMachine.h
	defaultTriple    func() cString
	normalizeTriple  func(*byte) cString
	hostCPU          func() cString
	hostFeatures     func() cString
	targetFromTriple func(triple *byte, target *targetRef, message *cString) truth
	targetFromName   func(*byte) targetRef
	targetName       func(targetRef) cString
	createMachine    func(target targetRef, triple, cpu, features *byte, level, relocation, codeModel int32) machineRef
	disposeMachine   func(machineRef)
	machineLayout    func(machineRef) uintptr
	setLayout        func(module moduleRef, layout uintptr)
	disposeLayout    func(uintptr)
	emitToMemory     func(machine machineRef, module moduleRef, kind int32, message *cString, buffer *bufferRef) truth

	// Support.h
	parseOptions func(count int32, arguments *uintptr, overview *byte)

	// Transforms/PassBuilder.h, Error.h: since LLVM 13
	runPasses      func(module moduleRef, passes *byte, machine machineRef, options passesRef) errorRef
	createPasses   func() passesRef
	disposePasses  func(passesRef)
	errorMessage   func(errorRef) cString
	disposeErrText func(cString)

	// Transforms/PassManagerBuilder.h: until LLVM 16
	createBuilder  func() passesRef
	disposeBuilder func(passesRef)
	setLevel       func(passesRef, uint32)
	setSizeLevel   func(passesRef, uint32)
	useInliner     func(passesRef, uint32)
	populate       func(passesRef, managerRef)
	createManager  func() managerRef
	disposeManager func(managerRef)
	addAnalyses    func(machineRef, managerRef)
	runManager     func(managerRef, moduleRef) truth
	version        func(major, minor, patch *uint32) // since LLVM 16
	setFastISel    func(machineRef, truth)           // since LLVM 18
}

// The C library's, with which LLVM's memory is read.
type libc struct {
	strlen func(cString) uintptr
	memcpy func(to *byte, from, size uintptr) uintptr
}

// A binder binds functions of a library, and notes what is missing.
type binder struct {
	library *hostlib.Library
	missing []string
	err     error
}

// need binds a function without which nothing goes.
func need[F any](b *binder, f *F, name string, opts ...inprocess.Option) {
	if !may(b, f, name, opts...) {
		b.missing = append(b.missing, name)
	}
}

// may binds a function if the library has it.
func may[F any](b *binder, f *F, name string, opts ...inprocess.Option) bool {
	addr, ok := b.library.Lookup(name)
	if !ok || b.err != nil {
		return ok
	}
	*f, b.err = inprocess.Bind[F](addr, opts...)
	return true
}

// bindCore binds what every libLLVM has. Functions that only read a field are leaves: they cost a few nanoseconds, and there is one call of some for each symbol.
func (a *api) bindCore(b *binder) {
	leaf := inprocess.Leaf()
	need(b, &a.contextCreate, "LLVMContextCreate")
	need(b, &a.contextDispose, "LLVMContextDispose")
	need(b, &a.contextSetDiagnostic, "LLVMContextSetDiagnosticHandler")
	need(b, &a.contextSetYield, "LLVMContextSetYieldCallback")
	need(b, &a.diagnosticText, "LLVMGetDiagInfoDescription")
	need(b, &a.diagnosticSeverity, "LLVMGetDiagInfoSeverity")
	need(b, &a.disposeMessage, "LLVMDisposeMessage")
	need(b, &a.createBuffer, "LLVMCreateMemoryBufferWithMemoryRangeCopy")
	need(b, &a.bufferStart, "LLVMGetBufferStart", leaf)
	need(b, &a.bufferSize, "LLVMGetBufferSize", leaf)
	need(b, &a.disposeBuffer, "LLVMDisposeMemoryBuffer")
	need(b, &a.disposeModule, "LLVMDisposeModule")
	need(b, &a.moduleTriple, "LLVMGetTarget", leaf)
	need(b, &a.setModuleTriple, "LLVMSetTarget")
	need(b, &a.moduleLayout, "LLVMGetDataLayoutStr", leaf)
	need(b, &a.inlineAssembly, "LLVMGetModuleInlineAsm", leaf)
	need(b, &a.firstFunction, "LLVMGetFirstFunction", leaf)
	need(b, &a.nextFunction, "LLVMGetNextFunction", leaf)
	need(b, &a.firstGlobal, "LLVMGetFirstGlobal", leaf)
	need(b, &a.nextGlobal, "LLVMGetNextGlobal", leaf)
	need(b, &a.firstAlias, "LLVMGetFirstGlobalAlias", leaf)
	need(b, &a.nextAlias, "LLVMGetNextGlobalAlias", leaf)
	need(b, &a.firstIFunc, "LLVMGetFirstGlobalIFunc", leaf)
	need(b, &a.nextIFunc, "LLVMGetNextGlobalIFunc", leaf)
	need(b, &a.valueName, "LLVMGetValueName2", leaf)
	need(b, &a.setValueName, "LLVMSetValueName2")
	need(b, &a.namedFunction, "LLVMGetNamedFunction")
	need(b, &a.isDeclaration, "LLVMIsDeclaration", leaf)
	need(b, &a.linkage, "LLVMGetLinkage", leaf)
	need(b, &a.setLinkage, "LLVMSetLinkage")
	need(b, &a.addAttribute, "LLVMAddTargetDependentFunctionAttr")
	need(b, &a.setThreadLocalMode, "LLVMSetThreadLocalMode")
	need(b, &a.isThreadLocal, "LLVMIsThreadLocal", leaf)
	need(b, &a.globalValueType, "LLVMGlobalGetValueType", leaf)
	need(b, &a.returnType, "LLVMGetReturnType", leaf)
	need(b, &a.countParams, "LLVMCountParamTypes", leaf)
	need(b, &a.paramTypes, "LLVMGetParamTypes", leaf)
	need(b, &a.typeKind, "LLVMGetTypeKind", leaf)
	need(b, &a.intWidth, "LLVMGetIntTypeWidth", leaf)
	need(b, &a.isVariadic, "LLVMIsFunctionVarArg", leaf)
	need(b, &a.typeText, "LLVMPrintTypeToString")
	need(b, &a.setFatalHandler, "LLVMInstallFatalErrorHandler")
	need(b, &a.resetFatalHandler, "LLVMResetFatalErrorHandler")
	need(b, &a.parseIR, "LLVMParseIRInContext")
	need(b, &a.verify, "LLVMVerifyModule")
	need(b, &a.parseOptions, "LLVMParseCommandLineOptions")
}

// bindTarget binds what makes objects.
func (a *api) bindTarget(b *binder) {
	need(b, &a.defaultTriple, "LLVMGetDefaultTargetTriple")
	need(b, &a.normalizeTriple, "LLVMNormalizeTargetTriple")
	need(b, &a.hostCPU, "LLVMGetHostCPUName")
	need(b, &a.hostFeatures, "LLVMGetHostCPUFeatures")
	need(b, &a.targetFromTriple, "LLVMGetTargetFromTriple")
	need(b, &a.targetFromName, "LLVMGetTargetFromName")
	need(b, &a.targetName, "LLVMGetTargetName")
	need(b, &a.createMachine, "LLVMCreateTargetMachine")
	need(b, &a.disposeMachine, "LLVMDisposeTargetMachine")
	need(b, &a.machineLayout, "LLVMCreateTargetDataLayout")
	need(b, &a.setLayout, "LLVMSetModuleDataLayout")
	need(b, &a.disposeLayout, "LLVMDisposeTargetData")
	need(b, &a.emitToMemory, "LLVMTargetMachineEmitToMemoryBuffer")
}

// bindVersions binds what some versions have.
func (a *api) bindVersions(b *binder) {
	if may(b, &a.runPasses, "LLVMRunPasses") {
		need(b, &a.createPasses, "LLVMCreatePassBuilderOptions")
		need(b, &a.disposePasses, "LLVMDisposePassBuilderOptions")
		need(b, &a.errorMessage, "LLVMGetErrorMessage")
		need(b, &a.disposeErrText, "LLVMDisposeErrorMessage")
	}
	if may(b, &a.createBuilder, "LLVMPassManagerBuilderCreate") {
		need(b, &a.disposeBuilder, "LLVMPassManagerBuilderDispose")
		need(b, &a.setLevel, "LLVMPassManagerBuilderSetOptLevel")
		need(b, &a.setSizeLevel, "LLVMPassManagerBuilderSetSizeLevel")
		need(b, &a.useInliner, "LLVMPassManagerBuilderUseInlinerWithThreshold")
		need(b, &a.populate, "LLVMPassManagerBuilderPopulateModulePassManager")
		need(b, &a.createManager, "LLVMCreatePassManager")
		need(b, &a.disposeManager, "LLVMDisposePassManager")
		need(b, &a.addAnalyses, "LLVMAddAnalysisPasses")
		need(b, &a.runManager, "LLVMRunPassManager")
	}
	may(b, &a.version, "LLVMGetVersion")
	may(b, &a.setFastISel, "LLVMSetTargetMachineFastISel")
}

// landmarks are functions that came with a version.
var landmarks = []struct {
	name  string
	major uint32
}{
	{"LLVMContextSetOpaquePointers", 15},
	{"LLVMGetGEPSourceElementType", 14},
	{"LLVMRunPasses", 13},
	{"LLVMCreatePoison", 12},
}

// versionOf returns the version, of which libraries before 16 do not tell but by what they have.
func (a *api) versionOf(library *hostlib.Library) (major, minor, patch uint32) {
	if a.version != nil {
		a.version(&major, &minor, &patch)
		return major, minor, patch
	}
	for _, mark := range landmarks {
		if _, ok := library.Lookup(mark.name); ok {
			return mark.major, 0, 0
		}
	}
	return oldest, 0, 0
}

// text copies C's text.
func (c *libc) text(s cString) string {
	if s == 0 {
		return ""
	}
	return c.textOf(s, c.strlen(s))
}

// textOf copies n bytes of text.
func (c *libc) textOf(s cString, n uintptr) string { return string(c.bytes(uintptr(s), n)) }

// bytes copies memory.
func (c *libc) bytes(addr, n uintptr) []byte {
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	c.memcpy(&b[0], addr, n)
	return b
}

// zero returns text as C has it.
func zero(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}
