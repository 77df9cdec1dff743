// The floors: what copying costs, and what a linker costs that does the least that gives a running program.

#include "bench.hpp"

#include <cstring>
#include <sys/mman.h>

// Sections are grouped by how their memory is protected.
enum { Code, ReadOnly, Written, Groups };

static int groupOf(uint64_t flags) { return flags & SHF_EXECINSTR ? Code : flags & SHF_WRITE ? Written : ReadOnly; }

static uint64_t alignUp(uint64_t n, uint64_t to) { return to > 1 ? (n + to - 1) & ~(to - 1) : n; }

static char *mapFresh(size_t n) {
  void *p = mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    die("mmap");
  return static_cast<char *>(p);
}

static uint64_t pages(uint64_t n) { return alignUp(n + 8, 4096); }

// ------------------------------------------------------------------ lb-copy

struct Copy {
  const char *from;
  uint64_t size, at;
  int group;
};
struct Store {
  uint64_t at;
  int group;
};

// What is to be done, found out beforehand.
struct CopyPlan {
  std::vector<Copy> copies;
  std::vector<Store> stores;
  uint64_t end[Groups] = {};

  void add(const File &f) {
    uint64_t number;
    const Elf64_Shdr *s = sections(f, number);
    std::vector<Store> place(number, {0, -1});
    for (uint64_t i = 0; i < number; ++i) {
      if (!(s[i].sh_flags & SHF_ALLOC))
        continue;
      int group = groupOf(s[i].sh_flags);
      end[group] = alignUp(end[group], s[i].sh_addralign);
      place[i] = {end[group], group};
      if (s[i].sh_type != SHT_NOBITS && s[i].sh_size)
        copies.push_back({f.data + s[i].sh_offset, s[i].sh_size, end[group], group});
      end[group] += s[i].sh_size;
    }
    for (uint64_t i = 0; i < number; ++i) {
      if (s[i].sh_type != SHT_RELA || place[s[i].sh_info].group < 0)
        continue;
      auto *r = reinterpret_cast<const Elf64_Rela *>(f.data + s[i].sh_offset);
      Store base = place[s[i].sh_info];
      for (uint64_t k = 0; k < s[i].sh_size / sizeof *r; ++k)
        stores.push_back({base.at + r[k].r_offset, base.group});
    }
  }
};

void benchCopy() {
  CopyPlan plan;
  for (auto &f : files)
    plan.add(f);
  for (auto &e : plan.end)
    e = pages(e);
  for (Repetitions reps; reps.more();) {
    MemoryMeter meter;
    uint64_t start = cpuNs();
    char *base[Groups];
    for (int g = 0; g < Groups; ++g)
      base[g] = mapFresh(plan.end[g]);
    for (auto &c : plan.copies)
      memcpy(base[c.group] + c.at, c.from, c.size);
    for (auto &s : plan.stores)
      memcpy(base[s.group] + s.at, &s.at, 8);
    mprotect(base[Code], plan.end[Code], PROT_READ | PROT_EXEC);
    mprotect(base[ReadOnly], plan.end[ReadOnly], PROT_READ);
    uint64_t end = cpuNs();
    meter.sampleFirst(reps);
    sample("link_ns", end - start);
    start = cpuNs();
    for (int g = 0; g < Groups; ++g)
      munmap(base[g], plan.end[g]);
    sample("teardown_ns", cpuNs() - start);
  }
}

// ------------------------------------------------------------------ lb-minilink

// A hash table of names that stay where they are: in the objects.
class NameTable {
public:
  struct Slot {
    const char *name;
    uint32_t size, hash;
    uint64_t address;
    bool weak;
  };
  std::vector<Slot> slots;

  explicit NameTable(size_t expected) {
    size_t n = 64;
    while (n < expected * 2)
      n *= 2;
    slots.assign(n, Slot{nullptr, 0, 0, 0, false});
  }
  Slot *insert(const char *name) { return get(name, true); }
  Slot *find(const char *name) { return get(name, false); }

private:
  static uint32_t hash(const char *s, uint32_t &size) {
    uint64_t h = 0x9e3779b97f4a7c15ull;
    size_t left = strlen(s);
    size = uint32_t(left);
    for (; left >= 8; s += 8, left -= 8) {
      uint64_t word;
      memcpy(&word, s, 8);
      h = (h ^ word) * 0xff51afd7ed558ccdull;
      h ^= h >> 32;
    }
    uint64_t word = 0;
    memcpy(&word, s, left);
    h = (h ^ word ^ (uint64_t(left) << 56)) * 0xc4ceb9fe1a85ec53ull;
    return uint32_t(h ^ (h >> 29));
  }
  Slot *get(const char *name, bool make) {
    uint32_t size, h = hash(name, size);
    for (size_t i = h & (slots.size() - 1);; i = (i + 1) & (slots.size() - 1)) {
      Slot &s = slots[i];
      if (!s.name) {
        if (!make)
          return nullptr;
        s = {name, size, h, 0, false};
        return &s;
      }
      if (s.hash == h && s.size == size && !memcmp(s.name, name, size))
        return &s;
    }
  }
};

class Minilink {
  struct Object {
    const File *file;
    const Elf64_Shdr *sections;
    uint64_t number;
    const Elf64_Sym *symbols;
    const char *strings;
    uint64_t symbolCount, firstGlobal;
    size_t base; // of its sections in sectionAddress
  };
  std::vector<Object> objects;
  std::vector<uint64_t> sectionAddress; // in pass 1: the offset in the group, times 4, and the group
  uint64_t end[Groups] = {};
  uint64_t commonAt = 0, gotAt = 0, size = 0;
  char *memory = nullptr;
  uint64_t *got = nullptr;

public:
  std::unique_ptr<NameTable> table;

  void measure();  // pass 1: sizes, symbols counted
  void load();     // pass 2: copy, define symbols
  void relocate(); // pass 3
  void protect() {
    mprotect(memory, end[Code], PROT_READ | PROT_EXEC);
    mprotect(memory + end[Code], end[ReadOnly], PROT_READ);
  }
  ~Minilink() { munmap(memory, size); }

private:
  void measure(const File &f);
  void define(const Object &o);
  void relocate(const Object &o, std::vector<uint64_t> &address, std::vector<uint32_t> &slot);
};

void Minilink::measure(const File &f) {
  Object o{};
  o.file = &f;
  o.sections = sections(f, o.number);
  o.base = sectionAddress.size();
  sectionAddress.resize(o.base + o.number);
  for (uint64_t i = 0; i < o.number; ++i) {
    const Elf64_Shdr &s = o.sections[i];
    if (s.sh_flags & SHF_ALLOC) {
      int g = groupOf(s.sh_flags);
      end[g] = alignUp(end[g], s.sh_addralign);
      sectionAddress[o.base + i] = end[g] << 2 | unsigned(g);
      end[g] += s.sh_size + (s.sh_type == SHT_X86_64_UNWIND || s.sh_size == 0 ? 4 : 0);
    } else if (s.sh_type == SHT_SYMTAB) {
      o.symbols = reinterpret_cast<const Elf64_Sym *>(f.data + s.sh_offset);
      o.symbolCount = s.sh_size / sizeof(Elf64_Sym);
      o.firstGlobal = s.sh_info;
      o.strings = f.data + o.sections[s.sh_link].sh_offset;
    }
  }
  objects.push_back(o);
}

void Minilink::measure() {
  objects.reserve(files.size());
  for (auto &f : files)
    measure(f);
  size_t globals = 0;
  uint64_t commons = 0;
  for (auto &o : objects) {
    globals += o.symbolCount - o.firstGlobal;
    for (uint64_t k = o.firstGlobal; k < o.symbolCount; ++k)
      if (o.symbols[k].st_shndx == SHN_COMMON)
        commons += o.symbols[k].st_size + 64;
  }
  table = std::make_unique<NameTable>(globals + externals.size());
  for (auto &e : externals)
    table->insert(e.first.c_str())->address = e.second;
  // Commons and the GOT go after the written data: room for one of each a symbol.
  commonAt = alignUp(end[Written], 64);
  gotAt = alignUp(commonAt + commons, 64);
  end[Written] = gotAt + table->slots.size() * 8;
  for (auto &e : end)
    size += e = pages(e);
}

void Minilink::load() {
  memory = mapFresh(size);
  char *base[Groups] = {memory, memory + end[Code], memory + end[Code] + end[ReadOnly]};
  got = reinterpret_cast<uint64_t *>(base[Written] + gotAt);
  commonAt += reinterpret_cast<uint64_t>(base[Written]);
  for (auto &o : objects) {
    for (uint64_t i = 0; i < o.number; ++i) {
      const Elf64_Shdr &s = o.sections[i];
      if (!(s.sh_flags & SHF_ALLOC))
        continue;
      uint64_t &a = sectionAddress[o.base + i];
      a = reinterpret_cast<uint64_t>(base[a & 3] + (a >> 2));
      if (s.sh_type != SHT_NOBITS)
        memcpy(reinterpret_cast<char *>(a), o.file->data + s.sh_offset, s.sh_size);
    }
    define(o);
  }
}

void Minilink::define(const Object &o) {
  for (uint64_t k = o.firstGlobal; k < o.symbolCount; ++k) {
    const Elf64_Sym &y = o.symbols[k];
    if (y.st_shndx == SHN_UNDEF)
      continue;
    auto *slot = table->insert(o.strings + y.st_name);
    bool weak = ELF64_ST_BIND(y.st_info) == STB_WEAK || y.st_shndx == SHN_COMMON;
    if (slot->address && (weak || !slot->weak))
      continue;
    slot->weak = weak;
    if (y.st_shndx == SHN_COMMON) {
      slot->address = commonAt = alignUp(commonAt, y.st_value);
      commonAt += y.st_size;
    } else {
      slot->address = y.st_value + (y.st_shndx == SHN_ABS ? 0 : sectionAddress[o.base + y.st_shndx]);
    }
  }
}

void Minilink::relocate() {
  std::vector<uint64_t> address;
  std::vector<uint32_t> slot;
  for (auto &o : objects)
    relocate(o, address, slot);
}

void Minilink::relocate(const Object &o, std::vector<uint64_t> &address, std::vector<uint32_t> &slot) {
  address.assign(o.symbolCount, 0);
  slot.assign(o.symbolCount, 0);
  for (uint64_t k = 1; k < o.symbolCount; ++k) {
    const Elf64_Sym &y = o.symbols[k];
    if (k < o.firstGlobal)
      address[k] = y.st_value + (y.st_shndx < SHN_LORESERVE ? sectionAddress[o.base + y.st_shndx] : 0);
    else if (auto *s = table->find(o.strings + y.st_name)) {
      address[k] = s->address;
      slot[k] = uint32_t(s - table->slots.data());
    }
  }
  for (uint64_t i = 0; i < o.number; ++i) {
    const Elf64_Shdr &s = o.sections[i];
    if (s.sh_type != SHT_RELA || !(o.sections[s.sh_info].sh_flags & SHF_ALLOC))
      continue;
    char *base = reinterpret_cast<char *>(sectionAddress[o.base + s.sh_info]);
    auto *r = reinterpret_cast<const Elf64_Rela *>(o.file->data + s.sh_offset);
    for (uint64_t k = 0, n = s.sh_size / sizeof *r; k < n; ++k) {
      char *place = base + r[k].r_offset;
      uint32_t symbol = ELF64_R_SYM(r[k].r_info);
      uint64_t v = address[symbol] + uint64_t(r[k].r_addend);
      switch (ELF64_R_TYPE(r[k].r_info)) {
      case R_X86_64_64:
        memcpy(place, &v, 8);
        break;
      case R_X86_64_GOTPCREL:
      case R_X86_64_GOTPCRELX:
      case R_X86_64_REX_GOTPCRELX:
        got[slot[symbol]] = address[symbol];
        v = reinterpret_cast<uint64_t>(&got[slot[symbol]]) + uint64_t(r[k].r_addend);
        __attribute__((fallthrough));
      case R_X86_64_PC32:
      case R_X86_64_PLT32:
        v -= reinterpret_cast<uint64_t>(place);
        memcpy(place, &v, 4);
        break;
      case R_X86_64_PC64:
        v -= reinterpret_cast<uint64_t>(place);
        memcpy(place, &v, 8);
        break;
      case R_X86_64_32:
      case R_X86_64_32S:
        memcpy(place, &v, 4);
        break;
      case R_X86_64_NONE:
        break;
      default:
        die("minilink: relocation type " + std::to_string(ELF64_R_TYPE(r[k].r_info)) + " in " + o.file->path);
      }
    }
  }
}

void benchMinilink() {
  for (Repetitions reps; reps.more();) {
    MemoryMeter meter;
    uint64_t start = cpuNs();
    auto linker = std::make_unique<Minilink>();
    linker->measure();
    linker->load();
    uint64_t loaded = cpuNs();
    linker->relocate();
    uint64_t resolved = cpuNs();
    linker->protect();
    uint64_t end = cpuNs();
    meter.sampleFirst(reps);
    sample("load_ns", loaded - start);
    sample("resolve_ns", resolved - loaded);
    sample("finalize_ns", end - resolved);
    sample("link_ns", end - start);
    if (reps.first()) {
      auto *check = linker->table->find("mn_check");
      runCheck(check ? check->address : 0);
      if (options.lookup)
        sample("lookup_ns", lookupNs(names, [&](const std::string &n) { return linker->table->find(n.c_str())->address; }));
    }
    start = cpuNs();
    linker.reset();
    sample("teardown_ns", cpuNs() - start);
  }
}
