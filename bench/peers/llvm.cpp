// The peers: LLVM 14's RuntimeDyld and MCJIT.

#include "bench.hpp"

#include "llvm/ExecutionEngine/ExecutionEngine.h"
#include "llvm/ExecutionEngine/MCJIT.h"
#include "llvm/ExecutionEngine/ObjectCache.h"
#include "llvm/ExecutionEngine/RuntimeDyld.h"
#include "llvm/ExecutionEngine/SectionMemoryManager.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

// Serves externals from the table, and notes where sections went.
class BenchMemoryManager : public SectionMemoryManager {
public:
  std::vector<uint8_t *> given;

  uint8_t *allocateCodeSection(uintptr_t size, unsigned align, unsigned id, StringRef name) override {
    return note(SectionMemoryManager::allocateCodeSection(size, align, id, name));
  }
  uint8_t *allocateDataSection(uintptr_t size, unsigned align, unsigned id, StringRef name, bool readOnly) override {
    return note(SectionMemoryManager::allocateDataSection(size, align, id, name, readOnly));
  }
  JITSymbol findSymbol(const std::string &name) override {
    auto found = externals.find(name);
    return JITSymbol(found == externals.end() ? 0 : found->second, JITSymbolFlags::Exported);
  }

private:
  uint8_t *note(uint8_t *p) {
    given.push_back(p);
    return p;
  }
};

static std::unique_ptr<object::ObjectFile> parse(const File &f) {
  auto object = object::ObjectFile::createObjectFile(MemoryBufferRef(StringRef(f.data, f.size), f.path));
  if (!object)
    die(f.path + ": " + toString(object.takeError()));
  return std::move(*object);
}

// A RuntimeDyld with what it loaded.
struct Linker {
  BenchMemoryManager memory;
  RuntimeDyld dyld{memory, memory};
  std::vector<std::unique_ptr<object::ObjectFile>> objects;
  std::vector<std::unique_ptr<RuntimeDyld::LoadedObjectInfo>> infos;

  void load() {
    for (auto &f : files) {
      objects.push_back(parse(f));
      infos.push_back(dyld.loadObject(*objects.back()));
      check();
    }
  }
  void check() {
    if (dyld.hasError())
      die(dyld.getErrorString().str());
  }
};

void benchRtdyld() {
  for (Repetitions reps; reps.more();) {
    MemoryMeter meter;
    uint64_t start = cpuNs();
    auto linker = std::make_unique<Linker>();
    linker->load();
    uint64_t loaded = cpuNs();
    linker->dyld.resolveRelocations();
    linker->check();
    uint64_t resolved = cpuNs();
    linker->dyld.registerEHFrames();
    linker->memory.finalizeMemory(nullptr);
    uint64_t end = cpuNs();
    meter.sampleFirst(reps);
    sample("load_ns", loaded - start);
    sample("resolve_ns", resolved - loaded);
    sample("finalize_ns", end - resolved);
    sample("link_ns", end - start);
    if (reps.first()) {
      runCheck(linker->dyld.getSymbol("mn_check").getAddress());
      if (options.lookup)
        sample("lookup_ns", lookupNs(names, [&](const std::string &n) { return linker->dyld.getSymbol(n).getAddress(); }));
    }
    start = cpuNs();
    linker->memory.deregisterEHFrames();
    linker.reset();
    sample("teardown_ns", cpuNs() - start);
  }
}

// As for a remote target: every section gets another address before its relocations are resolved.
void benchRemap() {
  for (Repetitions reps; reps.more();) {
    Linker linker;
    linker.load();
    uint64_t start = cpuNs();
    for (auto *p : linker.memory.given)
      linker.dyld.mapSectionAddress(p, reinterpret_cast<uint64_t>(p) + (1ull << 32));
    uint64_t mapped = cpuNs();
    linker.dyld.resolveRelocations();
    linker.check();
    sample("resolve_ns", cpuNs() - mapped);
    sample("map_ns", double(mapped - start) / double(linker.memory.given.size()));
    sample("map_sections", double(linker.memory.given.size()));
  }
}

static std::unique_ptr<ExecutionEngine> newEngine(LLVMContext &context) {
  std::string error;
  EngineBuilder builder(std::make_unique<Module>("empty", context));
  builder.setErrorStr(&error).setEngineKind(EngineKind::JIT).setMCJITMemoryManager(std::make_unique<BenchMemoryManager>());
  std::unique_ptr<ExecutionEngine> engine(builder.create());
  if (!engine)
    die("EngineBuilder: " + error);
  return engine;
}

void benchMCJIT() {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  for (Repetitions reps; reps.more();) {
    LLVMContext context;
    auto engine = newEngine(context);
    MemoryMeter meter;
    uint64_t start = cpuNs();
    for (auto &f : files)
      engine->addObjectFile(parse(f));
    uint64_t loaded = cpuNs();
    engine->finalizeObject();
    uint64_t end = cpuNs();
    meter.sampleFirst(reps);
    sample("load_ns", loaded - start);
    sample("finalize_ns", end - loaded);
    sample("link_ns", end - start);
    if (reps.first()) {
      runCheck(engine->getFunctionAddress("mn_check"));
      if (options.lookup) {
        sample("lookup_ns", lookupNs(names, [&](const std::string &n) { return engine->getGlobalValueAddress(n); }));
        sample("function_ns", lookupNs(functions, [&](const std::string &n) { return engine->getFunctionAddress(n); }));
      }
    }
    start = cpuNs();
    engine.reset();
    sample("teardown_ns", cpuNs() - start);
  }
}

// Has the object of every module, so that none is compiled.
class FileCache : public ObjectCache {
public:
  void notifyObjectCompiled(const Module *, MemoryBufferRef) override {}
  std::unique_ptr<MemoryBuffer> getObject(const Module *m) override {
    auto found = byName.find(m->getModuleIdentifier());
    if (found == byName.end())
      return nullptr;
    return MemoryBuffer::getMemBuffer(StringRef(found->second->data, found->second->size), found->second->path, false);
  }
  std::unordered_map<std::string, const File *> byName;
};

// What a file defines, from which its module of IR is made.
struct Contents {
  std::vector<std::string> functions, variables;

  explicit Contents(const File &f) {
    auto object = parse(f);
    for (auto &symbol : object->symbols()) {
      uint32_t flags = cantFail(symbol.getFlags());
      if ((flags & object::SymbolRef::SF_Undefined) || !(flags & object::SymbolRef::SF_Global))
        continue;
      bool function = cantFail(symbol.getType()) == object::SymbolRef::ST_Function;
      (function ? functions : variables).push_back(cantFail(symbol.getName()).str());
    }
  }

  // The function that is looked up. The bench's own engines have the same rule.
  const std::string &entry() const {
    for (auto &name : functions)
      if (!name.compare(0, 8, "mn_entry") || name == "mn_check")
        return name;
    if (functions.empty())
      die("a module has no function");
    return functions[0];
  }

  // A module that defines the same names. Nobody compiles it.
  std::unique_ptr<Module> module(LLVMContext &context, const std::string &name) const {
    auto m = std::make_unique<Module>(name, context);
    auto *type = Type::getInt32Ty(context);
    for (auto &f : functions) {
      IRBuilder<> b(BasicBlock::Create(context, "", Function::Create(FunctionType::get(type, {type}, false), Function::ExternalLinkage, f, *m)));
      b.CreateRet(b.getInt32(0));
    }
    for (auto &v : variables)
      new GlobalVariable(*m, type, false, GlobalValue::ExternalLinkage, ConstantInt::get(type, 0), v);
    return m;
  }
};

// Adds a module of IR for each object, and looks a function of each up: all but code generation. each: before the next one is added.
static void benchModules(bool each) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  std::vector<Contents> contents(files.begin(), files.end());
  FileCache cache;
  for (size_t i = 0; i < files.size(); ++i)
    cache.byName["m" + std::to_string(i)] = &files[i];
  for (Repetitions reps; reps.more();) {
    LLVMContext context;
    std::vector<std::unique_ptr<Module>> modules;
    for (size_t i = 0; i < files.size(); ++i)
      modules.push_back(contents[i].module(context, "m" + std::to_string(i)));
    auto engine = newEngine(context);
    engine->setObjectCache(&cache);
    auto lookUp = [&](size_t i) {
      if (!engine->getFunctionAddress(contents[i].entry()))
        die("no function " + contents[i].entry());
    };
    uint64_t start = cpuNs();
    for (size_t i = 0; i < modules.size(); ++i) {
      engine->addModule(std::move(modules[i]));
      if (each)
        lookUp(i);
    }
    for (size_t i = 0; !each && i < modules.size(); ++i)
      lookUp(i);
    sample("module_ns", double(cpuNs() - start) / double(modules.size()));
  }
}

void benchModulesAll() { benchModules(false); }
void benchModulesEach() { benchModules(true); }
