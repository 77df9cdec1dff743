#!/bin/sh
# Builds the objects of this folder from the sources beside them, into the folder itself or into the one given, and records in MANIFEST
# which sources and commands they are from. Equal compilers give equal bytes: no paths, times or names of the machine get in.
set -eu
out=${1:-$(dirname "$0")}
mkdir -p "$out/libmath" "$out/threads" "$out/crt"
out=$(cd "$out" && pwd)
cd "$(dirname "$0")"
for dir in rules/*/; do
	mkdir -p "$out/$dir"
done
export LC_ALL=C

manifest=$out/MANIFEST.new
printf '# compiler: %s\n# assembler: %s\n# for other processors: %s\n# SHA-256 of the source, object, source, command\n' \
	"$(gcc --version | head -n 1)" "$(as --version | head -n 1)" "$(clang-19 --version | head -n 1)" >"$manifest"
for triple in i686-linux-gnu aarch64-linux-gnu riscv64-linux-gnu s390x-linux-gnu powerpc64le-linux-gnu powerpc64-linux-gnu powerpc-linux-gnu sparc64-linux-gnu m68k-linux-gnu bpf mips-linux-gnu mipsel-linux-gnu mips64-linux-gnuabi64 mips64el-linux-gnuabi64 x86_64-w64-mingw32; do
	printf '# for other processors: %s\n' "$("$triple-gcc" --version | head -n 1)" >>"$manifest"
done

# object NAME SOURCE FLAG...: compiles one object.
object() {
	name=$1 source=$2
	shift 2
	gcc "$@" -ffile-prefix-map="$PWD"=. -c -o "$out/$name" "$source"
	printf '%s %s %s gcc %s\n' "$(sha256sum "$source" | cut -d ' ' -f 1)" "$name" "$source" "$*" >>"$manifest"
}

# cross NAME SOURCE FLAG...: assembles one object for another processor.
cross() {
	name=$1 source=$2
	shift 2
	clang-19 "$@" -c -o "$out/$name" "$source"
	printf '%s %s %s clang-19 %s\n' "$(sha256sum "$source" | cut -d ' ' -f 1)" "$name" "$source" "$*" >>"$manifest"
}

# gnu TRIPLE NAME SOURCE FLAG...: assembles one object for another processor with its binutils, for what LLVM's assembler does not know.
gnu() {
	triple=$1 name=$2 source=$3
	shift 3
	"$triple-gcc" "$@" -c -o "$out/$name" "$source"
	printf '%s %s %s %s-gcc%s\n' "$(sha256sum "$source" | cut -d ' ' -f 1)" "$name" "$source" "$triple" "${*:+ $*}" >>"$manifest"
}

# described NAME SOURCE: makes an object that no assembler writes of its description.
described() {
	yaml2obj-19 -o "$out/$1" "$2"
	printf '%s %s %s yaml2obj-19\n' "$(sha256sum "$2" | cut -d ' ' -f 1)" "$1" "$2" >>"$manifest"
}

object hello.o hello.c -O2 -fPIC
object add.o add.c -O2 -fPIC
object debug.o debug.c -O0 -g -fPIC
object weak.o weak.c -O2 -fPIC
object strong.o strong.c -O2 -fPIC
object duplicate.o duplicate.c -O2 -fPIC
object common_small.o common_small.c -O2 -fPIC -fcommon
object common_large.o common_large.c -O2 -fPIC -fcommon
object hidden.o hidden.c -O2 -fPIC
object absolute.o absolute.s
object relocs.o relocs.s
object relocs_target.o relocs_target.s
object model_small.o model.c -O2 -fno-pic -mcmodel=small
object model_small_pic.o model.c -O2 -fPIC -mcmodel=small
object model_medium.o model.c -O2 -fno-pic -mcmodel=medium -mlarge-data-threshold=1024
object model_medium_pic.o model.c -O2 -fPIC -mcmodel=medium -mlarge-data-threshold=1024
object model_large.o model.c -O2 -fno-pic -mcmodel=large
object model_large_pic.o model.c -O2 -fPIC -mcmodel=large
object model_helper.o model_helper.c -O2 -fPIC
object freestanding.o freestanding.c -O2 -fPIC -ffreestanding -fno-tree-loop-distribute-patterns
object threadlocal.o threadlocal.c -O2 -fPIC
object sections.o sections.c -O1 -fPIC -ffunction-sections -fdata-sections -fno-inline
cross sections_macho.o sections.c --target=x86_64-apple-macosx11 -O1 -fno-inline

# Rule files (see internal/rtdyld/rules_test.go), and what they are linked with.
for m in cet common helper more; do
	object "rules/x86_64/$m.o" "rules/x86_64/$m.s"
done
for m in all common more; do
	cross "rules/aarch64/$m.o" "rules/aarch64/$m.s" --target=aarch64-linux-gnu
done
for m in all common near notoc; do
	gnu powerpc64le-linux-gnu "rules/ppc64le/$m.o" "rules/ppc64le/$m.s"
done
for m in all version1; do
	gnu powerpc64-linux-gnu "rules/ppc64/$m.o" "rules/ppc64/$m.s"
done
for m in all small; do
	gnu powerpc-linux-gnu "rules/ppc/$m.o" "rules/ppc/$m.s"
done
cross rules/ppc/more.o rules/ppc/more.s --target=powerpc-linux-gnu
gnu i686-linux-gnu rules/i386/all.o rules/i386/all.s
cross rules/i386/more.o rules/i386/more.s --target=i386-linux-gnu
gnu aarch64-linux-gnu rules/aarch64/older.o rules/aarch64/older.s
gnu m68k-linux-gnu rules/m68k/all.o rules/m68k/all.s
gnu sparc64-linux-gnu rules/sparcv9/all.o rules/sparcv9/all.s
cross rules/sparcv9/more.o rules/sparcv9/more.s --target=sparcv9-linux-gnu
cross rules/bpfel/all.o rules/bpfel/all.s --target=bpfel
gnu bpf rules/bpfel/gnu.o rules/bpfel/gnu.s
gnu s390x-linux-gnu rules/s390x/all.o rules/s390x/all.s
cross rules/arm/all.o rules/arm/all.s --target=armv7-linux-gnueabihf
gnu mips-linux-gnu rules/mips/all.o rules/mips/all.s -march=mips32r6 -mnan=2008 -fPIC
gnu mips-linux-gnu rules/mips/mips16.o rules/mips/mips16.s -march=mips32r2 -fno-pic -mno-abicalls
cross rules/armeb/all.o rules/armeb/all.s --target=armebv7-linux-gnueabihf
cross rules/aarch64/bti.o rules/aarch64/bti.s --target=aarch64-linux-gnu -march=armv8.5-a
cross rules/aarch64_be/all.o rules/aarch64_be/all.s --target=aarch64_be-linux-gnu
cross rules/x86_64_x32/all.o rules/x86_64_x32/all.s --target=x86_64-linux-gnux32 -Wa,-mrelax-relocations=no
for m in aarch64_ilp32/all aarch64_ilp32/bti aarch64_be_ilp32/all; do
	cross "rules/$m.o" "rules/$m.s" "--target=$(echo "${m%/*}" | sed 's/_ilp32/-linux-gnu_ilp32/')" -march=armv8.5-a
done
gnu mipsel-linux-gnu rules/mipsel/stubs.o rules/mipsel/stubs.s -march=mips32r2 -fno-pic -mno-abicalls
gnu mips64el-linux-gnuabi64 rules/mipsel/n32.o rules/mipsel/n32.s -mabi=n32 -march=mips64r2 -fno-pic -mno-abicalls
gnu mips64-linux-gnuabi64 rules/mips64/stubs.o rules/mips64/stubs.s -mabi=64 -march=mips64r2 -fno-pic -mno-abicalls
gnu mipsel-linux-gnu rules/mipsel/micromips.o rules/mipsel/micromips.s -march=mips32r2 -fno-pic -mno-abicalls
gnu mips64-linux-gnuabi64 rules/mips64/micromips.o rules/mips64/micromips.s -mabi=64 -march=mips64r2 -fno-pic -mno-abicalls
cross rules/mips/micromips.o rules/mips/micromips.s --target=mips-linux-gnu -march=mips32r6 -mmicromips -mnan=2008
gnu mips64el-linux-gnuabi64 rules/mips64el/all.o rules/mips64el/all.s -mabi=64 -march=mips64r6 -mnan=2008 -fPIC
for m in all more; do
	cross "rules/riscv64/$m.o" "rules/riscv64/$m.s" --target=riscv64-linux-gnu -march=rv64gc
done
cross rules/riscv32/all.o rules/riscv32/all.s --target=riscv32-linux-gnu -march=rv32gc
for m in all more; do
	cross "rules/loongarch64/$m.o" "rules/loongarch64/$m.s" --target=loongarch64-linux-gnu
done

for m in arm:armv7-linux-gnueabihf s390x:s390x-linux-gnu ppc64:powerpc64-linux-gnu aarch64-coff:aarch64-pc-windows-msvc x86_64:x86_64-linux-gnu; do
	cross "rules/${m%:*}/llvm.o" "rules/${m%:*}/llvm.s" "--target=${m#*:}"
done
gnu mips64-linux-gnuabi64 rules/mips64/llvm.o rules/mips64/llvm.s -mabi=64 -march=mips64r2 -fno-pic -mno-abicalls

# The code behind thread-local variables: one flat piece without relocations for each processor.
flags="-O2 -fPIC -ffreestanding -fno-builtin -fno-tree-loop-distribute-patterns -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-ident \
	-fvisibility=hidden"
clang_flags=$(echo "$flags" | sed 's/-fno-tree-loop-distribute-patterns //')
object threads/x86_64.o threads/threads.c $flags -fcf-protection=none
object threads/x86_64s.o threads/threads_x86_64.s
gnu aarch64-linux-gnu threads/aarch64.o threads/threads.c $flags -mgeneral-regs-only -mno-outline-atomics
gnu aarch64-linux-gnu threads/aarch64s.o threads/threads_aarch64.s
gnu riscv64-linux-gnu threads/riscv64.o threads/threads.c $flags -march=rv64imac -mabi=lp64 -mno-relax -msmall-data-limit=0
gnu riscv64-linux-gnu threads/riscv64s.o threads/threads_riscv64.s -march=rv64imac -mabi=lp64 -mno-relax
gnu powerpc64le-linux-gnu threads/powerpc64le.o threads/threads.c $flags -mcpu=power8
gnu powerpc64le-linux-gnu threads/powerpc64les.o threads/threads_powerpc64le.s
gnu s390x-linux-gnu threads/s390x.o threads/threads.c $flags
gnu s390x-linux-gnu threads/s390xs.o threads/threads_s390x.s
cross threads/loongarch64.o threads/threads.c $clang_flags --target=loongarch64-linux-gnu -mno-lsx
cross threads/loongarch64s.o threads/threads_loongarch64.s --target=loongarch64-linux-gnu -mno-lsx
for triple in x86_64-linux-gnu aarch64-linux-gnu riscv64-linux-gnu powerpc64le-linux-gnu s390x-linux-gnu loongarch64-linux-gnu; do
	m=${triple%%-*} ld=$triple-ld objcopy=$triple-objcopy
	case $m in
	loongarch64) ld=ld.lld-19 objcopy=llvm-objcopy-19 ;;
	powerpc64le) ld="$ld -pie --no-dynamic-linker" ;; # otherwise functions take the address of the TOC for a constant
	esac
	(cd "$out/threads" && $ld -nostdlib -e 0 -z noexecstack -T "$OLDPWD/threads/threads.ld" "$m.o" "${m}s.o" -o threads.elf &&
		"$objcopy" -O binary -j .code threads.elf "threads_$m.bin" && chmod 644 "threads_$m.bin" && rm -- "$m.o" "${m}s.o" threads.elf)
done

# Other formats.
for m in all common; do
	cross "rules/x86_64-macho/$m.o" "rules/x86_64-macho/$m.s" --target=x86_64-apple-macosx11
	cross "rules/aarch64-macho/$m.o" "rules/aarch64-macho/$m.s" --target=arm64-apple-macosx11
	cross "rules/i386-macho/$m.o" "rules/i386-macho/$m.s" --target=i386-apple-macosx10.6
	cross "rules/arm-macho/$m.o" "rules/arm-macho/$m.s" --target=armv7-apple-ios
done
for m in all same; do
	cross "rules/aarch64-coff/$m.o" "rules/aarch64-coff/$m.s" --target=aarch64-pc-windows-msvc
	cross "rules/i386-coff/$m.o" "rules/i386-coff/$m.s" --target=i686-pc-windows-msvc
done
cross rules/x86_64-coff/same.o rules/x86_64-coff/same.s --target=x86_64-pc-windows-msvc
for m in all same; do
	cross "rules/arm-coff/$m.o" "rules/arm-coff/$m.s" --target=thumbv7-pc-windows-msvc
done
gnu x86_64-w64-mingw32 rules/x86_64-coff/all.o rules/x86_64-coff/all.s
for m in x86_64:x86_64 i386:i686 aarch64:aarch64 arm:thumbv7; do
	cross "rules/${m%:*}-coff/threads.o" "rules/${m%:*}-coff/threads.s" "--target=${m#*:}-pc-windows-msvc"
	described "rules/${m%:*}-coff/rest.o" "rules/${m%:*}-coff/rest.yaml"
done
described rules/arm-macho/rest.o rules/arm-macho/rest.yaml

members="square cube polynomial even odd broken"
for m in $members; do
	object "libmath/$m.o" "libmath/$m.c" -O2 -fPIC
done
(cd "$out/libmath" && rm -f ../libmath.a && for m in $members; do ar qcSD ../libmath.a "$m.o"; done && ar sD ../libmath.a && rm -- *.o)

# The compiler runtime: one member a file. Its functions must not be compiled into calls of themselves, and need nothing of a C library.
members=""
for source in crt/src/*.c crt/src/*.s; do
	name=$(basename "${source%.?}").o
	members="$members $name"
	object "crt/$name" "$source" -O2 -fPIC -ffreestanding -fno-builtin -fno-tree-loop-distribute-patterns -fno-stack-protector -fcf-protection=none \
		-fno-asynchronous-unwind-tables -fno-strict-aliasing -ffp-contract=off -fno-ident
done
for source in crt/src/*.h; do
	printf '%s %s %s included\n' "$(sha256sum "$source" | cut -d ' ' -f 1)" crt/libcrt.a "$source" >>"$manifest"
done
(cd "$out/crt" && rm -f libcrt.a && ar qcSD libcrt.a $members && ar sD libcrt.a && rm -- *.o)

mv "$manifest" "$out/MANIFEST"
if [ $# = 0 ]; then # go:embed does not reach other folders
	cp freestanding.o ../examples/embed/
	cp threads/threads_*.bin ../executor/threads/
fi
