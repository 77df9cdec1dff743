// LLVM inside: a module is read, verified, optimised, compiled and linked by LLVM's own MCJIT, all of it loaded by ours; then a broken module is refused. Its
// libraries are large, of C++, with weak and COMDAT symbols, constructors that register passes and targets, and frames that its own engine registers in turn.
#include <llvm/ADT/StringRef.h>
#include <llvm/ExecutionEngine/MCJIT.h>
#include <llvm/ExecutionEngine/SectionMemoryManager.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

using namespace llvm;

static std::unique_ptr<Module> read(StringRef text, LLVMContext &context) {
  SMDiagnostic diagnostic;
  auto module = parseIR(MemoryBufferRef(text, "text.ll"), diagnostic, context);
  if (!module)
    diagnostic.print("llvm", outs(), false);
  return module;
}

static void optimise(Module &module) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager calls;
  ModuleAnalysisManager modules;
  PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

static const char *text = R"(
define i32 @sum(i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [0, %entry], [%next, %loop]
  %s = phi i32 [0, %entry], [%t, %loop]
  %t = add i32 %s, %i
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %end
end:
  ret i32 %t
}
)";

int main() {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  LLVMContext context;
  auto module = read(text, context);
  if (!module || verifyModule(*module, &outs()))
    return 1;
  optimise(*module);
  outs() << "blocks after optimisation: " << module->getFunction("sum")->size() << "\n";
  std::string error;
  std::unique_ptr<ExecutionEngine> engine(EngineBuilder(std::move(module)).setErrorStr(&error).setEngineKind(EngineKind::JIT).create());
  if (!engine) {
    outs() << error << "\n";
    return 2;
  }
  auto sum = reinterpret_cast<int (*)(int)>(engine->getFunctionAddress("sum"));
  outs() << "sum(10) = " << sum(10) << "\n";
  outs() << "broken: ";
  bool refused = !read("define i32 @broken() {\n  ret i64 0\n}\n", context);
  outs().flush();
  return refused ? 7 : 3;
}
