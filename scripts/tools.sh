#!/bin/sh
# Installs the tools that tests and benchmarks compare gomcjit with, on Debian and as root. Elsewhere it only says what is
# missing: tests that need it skip. When everything is there it does nothing, and asks no server.
set -eu

# What is looked for (a command, or a file) and the package that has it. Tests name the same packages.
tools() {
	cat <<-'END'
		make                                           make
		gcc                                            gcc
		g++                                            g++
		gfortran                                       gfortran
		rustc                                          rustc
		as                                             binutils
		/usr/include/stdio.h                           libc6-dev
		/usr/lib/x86_64-linux-musl/libc.a              musl-dev
		clang                                          clang
		ld.lld                                         lld
		llvm-ar                                        llvm
		llvm-mc-14                                     llvm-14
		/usr/lib/llvm-14/include/llvm-c/Core.h         llvm-14-dev
		/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.orc-x86_64.a libclang-rt-14-dev
		clang-19                                       clang-19
		ld.lld-19                                      lld-19
		lld-link-19                                    lld-19
		llvm-mc-19                                     llvm-19
		llvm-lib-19                                    llvm-19
		x86_64-w64-mingw32-gcc                         gcc-mingw-w64-x86-64-win32
		x86_64-w64-mingw32-g++                         g++-mingw-w64-x86-64-win32
		x86_64-w64-mingw32-as                          binutils-mingw-w64-x86-64
		wine                                           wine
		llvm-jitlink-executor-15                       llvm-15
		llvm-jitlink-executor-16                       llvm-16
		lli-child-target-14                            llvm-14-runtime
		lli-child-target-15                            llvm-15-runtime
		lli-child-target-16                            llvm-16-runtime
		lli-child-target-19                            llvm-19-runtime
		gdb                                            gdb
		gdbserver                                      gdbserver
		lldb                                           lldb
		/usr/lib/x86_64-linux-gnu/libz.a               zlib1g-dev
		/usr/lib/x86_64-linux-gnu/libsqlite3.a         libsqlite3-dev
		/usr/lib/x86_64-linux-gnu/liblua5.4.a          liblua5.4-dev
		/usr/lib/x86_64-linux-gnu/libcrypto.a          libssl-dev
		qemu-aarch64                                   qemu-user
		qemu-system-aarch64                            qemu-system-arm
		aarch64-linux-gnu-gcc                          gcc-aarch64-linux-gnu
		bpf-gcc                                        gcc-bpf
		bpf-ld                                         binutils-bpf
		arm-linux-gnueabihf-gcc                        gcc-arm-linux-gnueabihf
		i686-linux-gnu-gcc                             gcc-i686-linux-gnu
		m68k-linux-gnu-gcc                             gcc-m68k-linux-gnu
		mips-linux-gnu-gcc                             gcc-mips-linux-gnu
		mipsel-linux-gnu-gcc                           gcc-mipsel-linux-gnu
		mips64-linux-gnuabi64-gcc                      gcc-mips64-linux-gnuabi64
		mips64el-linux-gnuabi64-gcc                    gcc-mips64el-linux-gnuabi64
		powerpc-linux-gnu-gcc                          gcc-powerpc-linux-gnu
		powerpc64-linux-gnu-gcc                        gcc-powerpc64-linux-gnu
		powerpc64le-linux-gnu-gcc                      gcc-powerpc64le-linux-gnu
		riscv64-linux-gnu-gcc                          gcc-riscv64-linux-gnu
		s390x-linux-gnu-gcc                            gcc-s390x-linux-gnu
		sparc64-linux-gnu-gcc                          gcc-sparc64-linux-gnu
	END
}

missing=$(tools | while read -r tool package; do
	if ! command -v "$tool" >/dev/null && ! [ -e "$tool" ]; then printf '%s ' "$package"; fi
done)
if [ -z "$missing" ]; then exit 0; fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "tools: some tests will skip; to run them: apt-get install $missing" >&2
	exit 0
fi
echo "tools: installing $missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of package names
if ! { apt-get -q update && apt-get -q install -y --no-install-recommends $missing; } >"$log" 2>&1; then
	cat "$log" >&2
	echo "tools: could not install $missing" >&2
	# Without the tools most tests still run; where all are required, those that need them will fail.
	[ "${GOMCJIT_REQUIRE_TOOLS:-}" != 1 ]
fi
