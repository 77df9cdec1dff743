package main

import "strings"

// The engines, as jobs and results name them. The first two are this project's.
const (
	ourEngine = "engine" // mcjit.ExecutionEngine
	ourDyld   = "dyld"   // runtimedyld alone
	ourRemap  = "dyld-remap"

	llvmDyld  = "rtdyld"
	llvmRemap = "rtdyld-remap"
	llvmMCJIT = "mcjit"
	copyFloor = "lb-copy"
	miniFloor = "lb-minilink"

	// In this program, but no engines.
	goFloor     = "lb-minilink-go"
	goFloorEach = "lb-minilink-go-each"

	callBlocking = "call-blocking"
	callLeaf     = "call-leaf"

	tinyEach      = "tiny-each"
	tinyBatch     = "tiny-batch"
	tinyDualEach  = "tiny-dual-each"
	tinyDualBatch = "tiny-dual-batch"

	ourModulesAll   = "modules-all"
	ourModulesEach  = "modules-each"
	dualModulesAll  = "modules-dual-all"
	dualModulesEach = "modules-dual-each"
	llvmModulesAll  = "mcjit-modules-all"
	llvmModulesEach = "mcjit-modules-each"
	retainAll       = "retain-all"
	retainExternals = "retain-externals"
	retainNone      = "retain-none"

	remotePipes   = "remote-pipes"
	remoteUnix    = "remote-unix"
	remoteTCP     = "remote-tcp"
	remoteLLVM    = "remote-llvm"
	remotePtrace  = "remote-ptrace"
	remoteGDB     = "remote-gdb"
	jitlinkRemote = "jitlink-oop"
	lliRemote     = "lli-remote"
)

// labels are the engines' names in the table.
var labels = map[string]string{
	retainAll: "retaining all", retainExternals: "retaining externals", retainNone: "retaining nothing",
	ourEngine: "ExecutionEngine", ourDyld: "RuntimeDyld", ourRemap: "RuntimeDyld",
	llvmDyld: "LLVM RuntimeDyld", llvmRemap: "LLVM RuntimeDyld", llvmMCJIT: "LLVM MCJIT", copyFloor: "lb-copy", miniFloor: "lb-minilink",
	goFloor: "lb-minilink in Go", goFloorEach: "lb-minilink in Go", callBlocking: "blocking", callLeaf: "leaf",
	tinyEach: "finalized one by one", tinyBatch: "in one batch",
	tinyDualEach: "dual mapping, one by one", tinyDualBatch: "dual mapping, in one batch",
	remotePipes: "epc, pipes", remoteUnix: "epc, unix socket", remoteTCP: "epc, TCP", remoteLLVM: "epc, pipes, LLVM's executor", remotePtrace: "ptrace", remoteGDB: "gdbserver",
	jitlinkRemote: "llvm-jitlink -oop-executor", lliRemote: "lli -remote-mcjit",
	ourModulesAll: "ExecutionEngine", llvmModulesAll: "LLVM MCJIT", ourModulesEach: "ExecutionEngine", dualModulesAll: "dual mapping", dualModulesEach: "dual mapping", llvmModulesEach: "LLVM MCJIT",
}

func label(engine string) string {
	if l, ok := labels[engine]; ok {
		return l
	}
	if l, ok := labels[strings.TrimSuffix(engine, oneByOne)]; ok {
		return l + ", one by one"
	}
	return engine
}

var (
	ours  = []string{ourEngine, ourDyld}
	calls = []string{callBlocking, callLeaf}
	// remotes are the ways into other processes, with all modules finalized together, and remotesEach one by one.
	remotes     = transportEngines("")
	remotesEach = transportEngines(oneByOne)
	controls    = []string{jitlinkRemote, lliRemote}

	policies = []string{retainAll, retainExternals, retainNone}
	tinies   = []string{tinyEach, tinyBatch, tinyDualEach, tinyDualBatch}
)

// The sets in which single operations are timed: with over 100,000 symbols, 10 to 5,000 modules, 110,000 sections, one function, 1,000 modules.
var (
	lookupSets     = []string{"big", "many-10000"}
	functionSets   = []string{"many-10", "many-1000", "many-5000"}
	remapSets      = []string{"many-5000"}
	retainSets     = []string{"many-1000", "real-llvm"} // of files that are mapped
	callSet        = "tiny-1"
	tinySet        = "tiny-1000"
	moduleSets     = []string{"many-100", "many-1000", "many-5000"} // of modules that are compiled on demand
	tinyModuleSets = []string{"tiny-100", "tiny-1000", "tiny-5000"} // the same, with nothing in them but one function that needs nothing
)

// A unit is how a figure is shown.
type unit struct {
	name string
	of   float64 // how many of what is measured make one
}

var (
	milliseconds = unit{"ms", 1e6}
	microseconds = unit{"µs", 1e3}
	nanoseconds  = unit{"ns", 1}
	trips        = unit{"round trips", 1}
	megabytes    = unit{"MB/s", 1e6}
	perByte      = unit{"bytes/loaded byte", 1}
	inBytes      = unit{"bytes", 1}
	count        = unit{"allocations", 1}
)

// A question is a table to be: one figure of our engines beside that of others. It is asked about every set.
type question struct {
	title   string
	figure  string
	stat    statistic
	unit    unit
	perByte bool     // divided by the set's loaded bytes
	engines []string // ours
	peers   []string // without any, the figure stands alone
	bars    bars
}

// bars are what is to be reached, by the engine compared with and the set.
type bars map[string]map[string]Bar

// alone is the place in bars of those without a peer.
const alone = ""

// moduleBars are those of modules that are compiled on demand, in either order.
var moduleBars = map[string]Bar{
	"many-100": {barFaster, 5}, "many-1000": {barFaster, 5}, "many-5000": {barFaster, 5},
	"tiny-100": {barFaster, 5}, "tiny-1000": {barFaster, 5}, "tiny-5000": {barFaster, 5},
}

// questions are all tables but those of growth, in their order.
var questions = []question{
	{
		title: "Load + bind + fix up + finalize, warm", figure: figLink, stat: warm, unit: milliseconds,
		engines: ours, peers: []string{llvmDyld, miniFloor, goFloor, copyFloor},
		bars: bars{
			llvmDyld: {
				"real-x86": {barFaster, 15}, "real-llvm": {barFaster, 15},
				"many-1000": {barFaster, 10}, "many-5000": {barFaster, 10}, "big": {barFaster, 10}, "sec-30000": {barFaster, 300},
			},
			miniFloor: {"real-llvm": {barWithin, 1.5}},
		},
	},
	{
		title: "Relocations by architecture, in the proportions of compilers' code: applying one, warm", figure: figRelocation, stat: cold, unit: nanoseconds,
		engines: foreignMixes, peers: []string{nativeMix}, bars: bars{nativeMix: {mixSet: {barWithin, 1.5}}},
	},
	{
		title: "The first link of a fresh process", figure: figLink, stat: cold, unit: milliseconds,
		engines: ours, peers: []string{llvmDyld, miniFloor},
		bars: bars{llvmDyld: {
			"real-x86": {barFaster, 8}, "real-llvm": {barFaster, 8},
			"many-1000": {barFaster, 8}, "many-5000": {barFaster, 8}, "big": {barFaster, 8}, "sec-30000": {barFaster, 8},
		}},
	},
	{
		title: "Link, teardown and every collection, warm", figure: figCycle, stat: cold, unit: milliseconds,
		engines: ours, peers: []string{llvmDyld, miniFloor},
	},
	{
		title: "Teardown, warm", figure: figTeardown, stat: warm, unit: milliseconds,
		engines: ours, peers: []string{llvmDyld, miniFloor},
	},
	{
		title: "Peak memory beyond the input files", figure: figPeak, stat: cold, unit: perByte, perByte: true,
		engines: ours, peers: []string{llvmDyld, miniFloor},
		bars: bars{alone: {"real-llvm": {barAtMost, 2}, "many-5000": {barAtMost, 6}}},
	},
	{
		title: "Bookkeeping kept after finalization: Go heap in use", figure: figHeap, stat: cold, unit: perByte, perByte: true,
		engines: ours,
		bars:    bars{alone: {"real-llvm": {barBelow, 0.5}, "many-5000": {barBelow, 2}}},
	},
	{
		title: "Resident memory kept after finalization, beyond the loaded bytes", figure: figKept, stat: cold, unit: perByte, perByte: true,
		engines: ours, peers: []string{llvmDyld},
	},
	{
		title: "Look-up of a symbol", figure: figLookup, stat: cold, unit: nanoseconds,
		engines: ours, peers: []string{llvmDyld, miniFloor},
		bars: bars{alone: {"big": {barBelow, 100}, "many-10000": {barBelow, 100}}},
	},
	{
		title: "FunctionAddress of a finalized function", figure: figFunction, stat: cold, unit: nanoseconds,
		engines: []string{ourEngine}, peers: []string{llvmMCJIT},
		bars: bars{alone: {"many-10": {barBelow, 100}, "many-1000": {barBelow, 100}, "many-5000": {barBelow, 100}}},
	},
	{
		title: "Modules of IR whose objects are in a cache, all added, then looked up one by one, warm: one module", figure: figModule, stat: warm, unit: microseconds,
		engines: []string{ourModulesAll, dualModulesAll}, peers: []string{llvmModulesAll}, bars: bars{llvmModulesAll: moduleBars},
	},
	{
		title: "Modules of IR whose objects are in a cache, each added and looked up before the next one, warm: one module", figure: figModule, stat: warm, unit: microseconds,
		engines: []string{ourModulesEach, dualModulesEach}, peers: []string{llvmModulesEach, goFloorEach}, bars: bars{llvmModulesEach: moduleBars},
	},
	{
		title: "The same in a fresh process, all added, then looked up", figure: figModule, stat: cold, unit: microseconds,
		engines: []string{ourModulesAll, dualModulesAll}, peers: []string{llvmModulesAll},
	},
	{
		title: "The same in a fresh process, each added and looked up before the next one", figure: figModule, stat: cold, unit: microseconds,
		engines: []string{ourModulesEach, dualModulesEach}, peers: []string{llvmModulesEach},
	},
	{
		title: "MapSectionAddress, each section of all", figure: figMap, stat: cold, unit: nanoseconds,
		engines: []string{ourRemap}, peers: []string{llvmRemap},
		bars: bars{alone: {"many-5000": {barBelow, 1000}}},
	},
	{
		title: "Resident memory kept after finalization, beyond the loaded bytes, of files that are mapped", figure: figMapped, stat: cold, unit: perByte, perByte: true,
		engines: policies,
	},
	{
		title: "Bytes of files that are kept to be linked again (Stats)", figure: figRetained, stat: cold, unit: perByte, perByte: true,
		engines: policies,
	},
	{
		title: "A function outside moves, and what is finalized and refers to it follows", figure: figMove, stat: cold, unit: microseconds,
		engines: policies,
	},
	{
		title: "Reopening a module, all of them together, and finalizing it again", figure: figReopen, stat: cold, unit: microseconds,
		engines: policies,
	},
	{
		title: "A call of int f(int)", figure: figCall, stat: cold, unit: nanoseconds,
		engines: []string{callBlocking}, bars: bars{alone: {"tiny-1": {barBelow, 60}}},
	},
	{
		title: "A leaf call of int f(int)", figure: figCall, stat: cold, unit: nanoseconds,
		engines: []string{callLeaf}, bars: bars{alone: {"tiny-1": {barBelow, 15}}},
	},
	{
		title: "Allocations of a call", figure: figAllocs, stat: cold, unit: count,
		engines: calls, bars: bars{alone: {"tiny-1": {barAtMost, 0}}},
	},
	{
		title: "Memory used by a module with one function of 32 bytes: pages held", figure: figHeld, stat: cold, unit: inBytes,
		engines: tinies,
	},
	{
		title: "Memory used by a module with one function of 32 bytes: growth of resident memory", figure: figGrown, stat: cold, unit: inBytes,
		engines: tinies,
	},
	{
		title: "Adding a module with one function of 32 bytes", figure: figAdd, stat: cold, unit: microseconds,
		engines: tinies,
	},
	{
		title: "Into another process, and mn_check there: whole programs by the clock", figure: figProgram, stat: cold, unit: milliseconds,
		engines: remotes, peers: controls,
	},
	{
		title: "The same, with modules finalized one by one, as llvm-jitlink does", figure: figProgram, stat: cold, unit: milliseconds,
		engines: remotesEach, peers: controls,
	},
	{
		title: "Into another process: round trips for a module (of ptrace: system calls)", figure: figTrips, stat: cold, unit: trips,
		engines: append(remotes, remotesEach...), peers: controls,
	},
	{
		title: "Into another process: bytes sent for a module", figure: figSent, stat: cold, unit: inBytes,
		engines: append(remotes, remotesEach...), peers: controls,
	},
	{
		title: "Into another process: linking a module, by the clock", figure: figRemote, stat: cold, unit: microseconds,
		engines: append(remotes, remotesEach...),
	},
	{
		title: "Into another process: loaded bytes in a second; LLVM's of whole programs", figure: figRate, stat: cold, unit: megabytes,
		engines: append(append(remotes, remotesEach...), controls...),
	},
}
