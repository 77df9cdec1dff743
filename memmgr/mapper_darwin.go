package memmgr

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// mapViews makes what is written anonymous memory, and what runs the same memory at another address (mach_vm_remap without copy). libobjc's trampolines are mapped in this way, too.
func mapViews(work, run []byte, _ string) error {
	if err := (posixMapper{}).Protect(work, ProtReadWrite); err != nil {
		return fmt.Errorf("making the view that is written: %w", err)
	}
	args := remapArgs{to: uint64(addrOf(run)), size: uint64(len(run)), from: uint64(addrOf(work))}
	if kr, _, _ := libcCall(remapAddr, uintptr(unsafe.Pointer(&args)), 0, 0); int32(kr) != 0 {
		return fmt.Errorf("mach_vm_remap: kern_return_t %d", int32(kr))
	}
	if err := (posixMapper{}).Protect(run, ProtNone); err != nil {
		return fmt.Errorf("hiding the view that runs: %w", err)
	}
	// A forked child has no business in the view that its parent writes.
	if r, _, errno := libcCall(minheritAddr, uintptr(unsafe.Pointer(unsafe.SliceData(work))), uintptr(len(work)), inheritNone); int32(r) != 0 {
		return fmt.Errorf("keeping a view from children: %w", os.NewSyscallError("minherit", errno))
	}
	return nil
}

// A remapArgs is what remap, in assembly, calls mach_vm_remap with: to map memory of this task over other memory of it, as it is protected.
type remapArgs struct {
	to, size, from uint64
	current, most  int32 // vm_prot_t of the result: what it is protected as, and what it may be
}

// libcCall calls a function of libSystem, as golang.org/x/sys/unix does.
//
//go:linkname libcCall syscall.syscall
func libcCall(fn, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)

//go:cgo_import_dynamic libc_mach_task_self_ mach_task_self_ "/usr/lib/libSystem.B.dylib"
//go:cgo_import_dynamic libc_mach_vm_remap mach_vm_remap "/usr/lib/libSystem.B.dylib"
//go:cgo_import_dynamic libc_minherit minherit "/usr/lib/libSystem.B.dylib"

// Set in assembly.
var remapAddr, minheritAddr uintptr
