// Reads the objects, runs one engine and reports.

#include "bench.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_set>

Options options;
std::vector<File> files;
std::vector<std::string> names, functions;
std::unordered_map<std::string, uint64_t> externals;

static struct {
  uint64_t fileBytes, loadedBytes, sections, relocations;
} totals;
static std::string checkValue = "null";

void die(const std::string &message) {
  fprintf(stderr, "peers: %s\n", message.c_str());
  exit(1);
}

// ------------------------------------------------------------------ samples

static std::map<std::string, std::vector<double>> samples;

void sample(const char *name, double value) { samples[name].push_back(value); }

bool Repetitions::more() {
  uint64_t ms = (cpuNs() - start) / 1000000;
  bool again = done == 0 || (ms < options.budgetMs && (done < options.reps || ms < options.leastMs));
  done += again;
  return again;
}

static long kilobytes(const char *file, const char *key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (!line.compare(0, strlen(key), key))
      return atol(line.c_str() + strlen(key));
  return 0;
}

static long resident() { return kilobytes("/proc/self/smaps_rollup", "Rss:"); } // exact, unlike VmRSS

MemoryMeter::MemoryMeter() {
  std::ofstream("/proc/self/clear_refs") << "5"; // the peak starts again
  base = resident();
}

void MemoryMeter::sampleFirst(const Repetitions &reps) const {
  if (!reps.first())
    return;
  long after = resident(), peak = std::max(after, kilobytes("/proc/self/status", "VmHWM:"));
  sample("peak_bytes", double(peak - base) * 1024);
  sample("kept_bytes", double(after - base) * 1024 - double(totals.loadedBytes));
}

void runCheck(uint64_t address) {
  if (address)
    checkValue = std::to_string(reinterpret_cast<unsigned (*)(int)>(address)(2));
}

// ------------------------------------------------------------------ input

const Elf64_Shdr *sections(const File &f, uint64_t &number) {
  auto *header = reinterpret_cast<const Elf64_Ehdr *>(f.data);
  auto *s = reinterpret_cast<const Elf64_Shdr *>(f.data + header->e_shoff);
  number = header->e_shnum ? header->e_shnum : s[0].sh_size;
  return s;
}

static void readFile(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY);
  if (fd < 0)
    die("cannot open " + path);
  size_t size = size_t(lseek(fd, 0, SEEK_END));
  void *b = nullptr;
  if (posix_memalign(&b, 64, size + 16))
    die("no memory");
  char *data = static_cast<char *>(b);
  if (pread(fd, data, size, 0) != ssize_t(size))
    die("cannot read " + path);
  close(fd);
  memset(data + size, 0, 16);
  if (size < sizeof(Elf64_Ehdr) || memcmp(data, ELFMAG, 4) || data[EI_CLASS] != ELFCLASS64)
    die("not ELF64: " + path);
  files.push_back({path, data, size});
}

static void readInputs() {
  std::string dir = options.list.substr(0, options.list.rfind('/') + 1);
  std::ifstream list(options.list);
  for (std::string line; std::getline(list, line);)
    readFile(dir + line);
  if (files.empty())
    die("no objects in " + options.list);
}

static void scanSymbols(const File &f, const Elf64_Shdr *s, const Elf64_Shdr &table, std::unordered_set<std::string> &defined,
                        std::unordered_set<std::string> &undefined) {
  auto *symbols = reinterpret_cast<const Elf64_Sym *>(f.data + table.sh_offset);
  const char *strings = f.data + s[table.sh_link].sh_offset;
  for (uint64_t i = table.sh_info; i < table.sh_size / sizeof(Elf64_Sym); ++i) {
    std::string name = strings + symbols[i].st_name;
    if (symbols[i].st_shndx == SHN_UNDEF) {
      undefined.insert(name);
    } else if (defined.insert(name).second) {
      names.push_back(name);
      if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC)
        functions.push_back(name);
    }
  }
}

static void scanInputs() {
  std::unordered_set<std::string> defined, undefined;
  for (auto &f : files) {
    uint64_t number;
    const Elf64_Shdr *s = sections(f, number);
    totals.fileBytes += f.size;
    for (uint64_t i = 0; i < number; ++i) {
      if (s[i].sh_flags & SHF_ALLOC) {
        ++totals.sections;
        totals.loadedBytes += s[i].sh_size;
      }
      if (s[i].sh_type == SHT_RELA && s[s[i].sh_info].sh_flags & SHF_ALLOC)
        totals.relocations += s[i].sh_size / sizeof(Elf64_Rela);
      if (s[i].sh_type == SHT_SYMTAB)
        scanSymbols(f, s, s[i], defined, undefined);
    }
  }
  void *dummy = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (auto &name : undefined)
    if (!defined.count(name)) {
      void *address = dlsym(RTLD_DEFAULT, name.c_str());
      externals[name] = reinterpret_cast<uint64_t>(address ? address : dummy);
    }
  std::mt19937_64 random(12345);
  std::shuffle(names.begin(), names.end(), random);
  std::shuffle(functions.begin(), functions.end(), random);
}

// ------------------------------------------------------------------ main

// The JSON that the bench's own engines write too.
static void report() {
  printf("{\"engine\":\"%s\",\"objects\":%zu,\"file_bytes\":%lu,\"loaded_bytes\":%lu,\"sections\":%lu,\"relocations\":%lu,\"symbols\":%zu,"
         "\"externals\":%zu,\"check\":%s,\"samples\":{",
         options.engine.c_str(), files.size(), totals.fileBytes, totals.loadedBytes, totals.sections, totals.relocations, names.size(),
         externals.size(), checkValue.c_str());
  const char *comma = "";
  for (auto &figure : samples) {
    printf("%s\"%s\":[", comma, figure.first.c_str());
    const char *inner = "";
    for (double v : figure.second) {
      printf("%s%.1f", inner, v);
      inner = ",";
    }
    printf("]");
    comma = ",";
  }
  printf("}}\n");
}

static void parseOptions(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    std::string a = argv[i];
    auto value = [&](const char *name) { return a.compare(0, strlen(name), name) ? nullptr : argv[i] + strlen(name); };
    if (auto *v = value("--engine="))
      options.engine = v;
    else if (auto *v = value("--list="))
      options.list = v;
    else if (auto *v = value("--reps="))
      options.reps = unsigned(std::max(1, atoi(v)));
    else if (auto *v = value("--least-ms="))
      options.leastMs = unsigned(atoi(v));
    else if (auto *v = value("--budget-ms="))
      options.budgetMs = unsigned(atoi(v));
    else if (a == "--lookup")
      options.lookup = true;
    else
      die("unknown option " + a);
  }
}

static const std::map<std::string, void (*)()> engines = {
    {"info", [] {}},
    {"lb-copy", benchCopy},
    {"lb-minilink", benchMinilink},
#ifndef WITHOUT_LLVM
    {"rtdyld", benchRtdyld},
    {"rtdyld-remap", benchRemap},
    {"mcjit", benchMCJIT},
    {"mcjit-modules-all", benchModulesAll},
    {"mcjit-modules-each", benchModulesEach},
#endif
};

int main(int argc, char **argv) {
  parseOptions(argc, argv);
  auto engine = engines.find(options.engine);
  if (engine == engines.end())
    die("unknown engine " + options.engine);
  readInputs();
  scanInputs();
  engine->second();
  report();
}
