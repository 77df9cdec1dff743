// What the parts of the peers' harness share: the clock, the objects, and the samples of a run.
//
//   peers --engine=E --list=FILE [--reps=R] [--least-ms=L] [--budget-ms=B] [--lookup]
//
// Engines
//   info          what the set holds; nothing is timed
//   rtdyld        LLVM's RuntimeDyld and SectionMemoryManager for all objects
//   rtdyld-remap  the same with mapSectionAddress for every section, as for a remote target
//   mcjit         LLVM's ExecutionEngine: addObjectFile for each object, finalizeObject
//   mcjit-modules-all  LLVM's ExecutionEngine: addModule for each object, which its object cache has, then getFunctionAddress for a function of each
//   mcjit-modules-each the same, with getFunctionAddress before the next addModule
//   lb-copy       floor: copying the allocated bytes into fresh memory and one store of 8 bytes a relocation
//   lb-minilink   floor: a minimal two-pass linker without checks, stubs, unwind tables or errors
//
// Object files are read into memory before anything is timed. What the whole set leaves undefined is looked up beforehand: by dlsym, or one
// dummy address, so that the price of dlsym is in no engine's figures. Time is processor time of the whole process. The first repetition
// is the first link of a fresh process. One JSON object comes out.

#pragma once

#include <algorithm>
#include <cstdint>
#include <elf.h>
#include <memory>
#include <string>
#include <time.h>
#include <unordered_map>
#include <vector>

struct File {
  std::string path;
  const char *data;
  size_t size;
};

struct Options {
  std::string engine, list;
  unsigned reps = 7;        // at least, and
  unsigned leastMs = 0;     // at least for this long, but
  unsigned budgetMs = 4000; // no further one once all took this long
  bool lookup = false;      // look symbols up in the first repetition
};
extern Options options;

extern std::vector<File> files;
extern std::vector<std::string> names;     // unique defined global symbols, shuffled
extern std::vector<std::string> functions; // those that are functions
extern std::unordered_map<std::string, uint64_t> externals;

[[noreturn]] void die(const std::string &message);

// The section headers of an object.
const Elf64_Shdr *sections(const File &f, uint64_t &number);

inline uint64_t cpuNs() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return uint64_t(t.tv_sec) * 1000000000 + uint64_t(t.tv_nsec);
}

// One value of a named figure; a figure has one in each repetition, or one alone.
void sample(const char *name, double value);

// Counts repetitions. more() says whether another is to be run.
class Repetitions {
  unsigned done = 0;
  uint64_t start = cpuNs();

public:
  bool more();
  bool first() const { return done == 1; }
};

// Memory before and after. Only the first repetition's is meaningful, since malloc keeps what it freed.
class MemoryMeter {
  long base;

public:
  MemoryMeter();
  void sampleFirst(const Repetitions &reps) const;
};

// Calls mn_check at address, if it is not 0, and keeps the result for the report.
void runCheck(uint64_t address);

// Returns ns a call of find over the shuffled symbols: all of them, or as many as fit the time.
template <class F> double lookupNs(const std::vector<std::string> &symbols, F find) {
  const uint64_t enough = 200000, budgetNs = 1000000000, chunk = 256;
  if (symbols.empty())
    return 0;
  uint64_t done = 0, sum = 0, start = cpuNs(), now = start;
  do {
    for (size_t i = 0; i < symbols.size() && now - start < budgetNs;) {
      for (size_t end = std::min(symbols.size(), i + chunk); i < end; ++i, ++done)
        sum += find(symbols[i]);
      now = cpuNs();
    }
  } while (done < enough && now - start < budgetNs);
  volatile uint64_t keep = sum;
  (void)keep;
  return double(now - start) / double(done);
}

void benchCopy();
void benchMinilink();
void benchRtdyld();
void benchRemap();
void benchMCJIT();
void benchModulesAll();
void benchModulesEach();
