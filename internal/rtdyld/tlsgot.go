package rtdyld

import (
	"bytes"
	"debug/elf"

	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// LLVM has the offsets of thread-local variables in the GOT, one for each relocation that loads one; the linker has them in a section of their own.

const gotEntry = 8

// relaxed is what LLVM makes code for the local-exec model of, so that it needs no GOT entry: mov %fs:0, %rax; add x@gottpoff(%rip), %rax (RuntimeDyldELF::processX86_64GOTTPOFFRelocation, where the other sequences
// are never found).
var relaxed = []byte("\x64\x48\x8b\x04\x25\x00\x00\x00\x00\x48\x03\x05\x00\x00\x00\x00")

// tlsGOT returns how many bytes of LLVM's GOT are for thread-local variables of an object.
func tlsGOT(img *objimage.Object) (size uint64) {
	if img.Format() != objimage.ELF || img.Arch() != objimage.ArchX86_64 {
		return 0
	}
	for table := 1; table < img.NumSections(); table++ {
		target, n, _, ok := img.RelocTarget(table)
		if !ok {
			continue
		}
		code := img.SectionData(target)
		relocs := make([]objimage.Reloc, n)
		for _, r := range relocs[:img.Relocs(table, 0, relocs)] {
			from := r.Offset - uint64(len(relaxed)-4)
			if r.Type != uint32(elf.R_X86_64_GOTTPOFF) || from < uint64(len(code)) && bytes.HasPrefix(code[from:], relaxed) {
				continue
			}
			size += gotEntry
		}
	}
	return size
}

// addTLS adds what LLVM has for thread-local variables to the block for the GOT, or a block if there is none.
func (in *input) addTLS(module uint64, rank int, list []*block) []*block {
	size := tlsGOT(in.plain)
	if size == 0 {
		return list
	}
	for _, b := range list {
		if b.section.Index == runtimedyld.SectionGOT {
			b.request.Size += size
			return list
		}
	}
	return append(list, &block{
		module: module, name: ".got", rank: rank, idle: true,
		section: memmgr.Section{Index: runtimedyld.SectionGOT, Kind: memmgr.RWData, Size: size, Align: gotEntry}, request: llvmstubs.Request{Size: size, Align: gotEntry},
	})
}
