#!/usr/bin/env bash
# Runs the tests of this package on an emulated arm64 machine with Debian's kernel, since qemu-user has no ptrace. It takes some minutes, and is not part of the CI. Arguments are the tests', as -test.run=Calls.
#
# It needs the Debian packages qemu-system-arm, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, cpio and debian-installer-12-netboot-arm64 (for its kernel; KERNEL names another one).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernel=${KERNEL:-/usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64/linux}
root=$(mktemp -d)
trap 'rm -rf "$root" "$root.gz" "$root.log"' EXIT

mkdir -p "$root"/{dev,proc,tmp,bin}
cc=(aarch64-linux-gnu-gcc -O1 -static -fno-builtin ${CROSSFLAGS:-})
"${cc[@]}" -o "$root/init" "$here/init.c"
"${cc[@]}" -o "$root/target" "$here/../target.c" -pthread
printf '#include <unistd.h>\nint main(void) { char c; while (read(0, &c, 1) == 1) write(1, &c, 1); }\n' | "${cc[@]}" -x c -o "$root/bin/cat" -
cp "$root/bin/cat" "$root/bin/true"
(cd "$here/../.." && GOARCH=arm64 CGO_ENABLED=0 go test -c -o "$root/tests" .)
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$root.gz"

qemu-system-aarch64 -M virt -cpu "${CPU:-max}" -smp 2 -m 1024 -nographic -nic none -no-reboot -kernel "$kernel" -initrd "$root.gz" \
	-append "console=ttyAMA0 quiet panic=-1 rdinit=/init -- -test.v -test.parallel=1 $*" </dev/null | tee "$root.log"
grep -q '^the tests end with 0' "$root.log"
