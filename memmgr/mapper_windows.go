package memmgr

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/windows"
)

// windowsMapper is Windows's virtual memory. What Reserve finds is one private allocation (VirtualAlloc). A dual mapping cannot be put into one, so that what ReserveDual
// finds is two views of a section object (MapViewOfFile), whose pages are committed when they are first protected: none is accessible before, so that
// none is ever writable and executable, although the view that runs may hold both kinds.
type windowsMapper struct{}

// SystemMapper returns the mapper of this operating system. Where it has none, Reserve returns ErrUnsupportedHost.
func SystemMapper() Mapper { return windowsMapper{} }

// twins are the views that are written, by the addresses of those that run. Both are of the same size.
var twins sync.Map // of uintptr to uintptr

// Names of winnt.h and memoryapi.h that package windows lacks.
const (
	memReset   = 0x80000
	secReserve = 0x4000000
)

// granularity is what addresses of reservations are multiples of (dwAllocationGranularity, on every Windows there has been).
const granularity = 64 << 10

func windowsProt(p Prot) uint32 {
	return [...]uint32{windows.PAGE_NOACCESS, windows.PAGE_READONLY, windows.PAGE_READWRITE, windows.PAGE_EXECUTE_READ}[p]
}

func start(mem []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(mem))) }

// nearOrAnywhere tries an address that is wanted, and then leaves the choice to the system.
func nearOrAnywhere(near executor.Addr, try func(at uintptr) (uintptr, error)) (uintptr, error) {
	if at := uintptr(near) &^ (granularity - 1); at != 0 {
		if found, err := try(at); err == nil {
			return found, nil
		}
	}
	return try(0)
}

func (windowsMapper) Reserve(size int, near executor.Addr) ([]byte, error) {
	at, err := nearOrAnywhere(near, func(at uintptr) (uintptr, error) {
		return windows.VirtualAlloc(at, uintptr(size), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	})
	if err != nil {
		return nil, fmt.Errorf("VirtualAlloc: %w", err)
	}
	return unsafe.Slice((*byte)(unsafe.Add(nil, at)), size), nil
}

func (windowsMapper) ReserveDual(size int, near executor.Addr) ([]byte, error) {
	bytes := uint64(size)
	section, err := windows.CreateFileMapping(windows.InvalidHandle, nil, windows.PAGE_EXECUTE_READWRITE|secReserve, uint32(bytes>>32), uint32(bytes&math.MaxUint32), nil)
	if err != nil {
		return nil, fmt.Errorf("CreateFileMapping: %w", err)
	}
	defer windows.CloseHandle(section) // the views keep it
	run, err := nearOrAnywhere(near, func(at uintptr) (uintptr, error) {
		return mapView(section, windows.FILE_MAP_WRITE|windows.FILE_MAP_EXECUTE, size, at)
	})
	if err != nil {
		return nil, err
	}
	work, err := mapView(section, windows.FILE_MAP_WRITE, size, 0)
	if err != nil {
		return nil, errors.Join(err, windows.UnmapViewOfFile(run))
	}
	twins.Store(run, work)
	return unsafe.Slice((*byte)(unsafe.Add(nil, run)), size), nil
}

var mapViewOfFileEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("MapViewOfFileEx")

func mapView(section windows.Handle, access uint32, size int, at uintptr) (uintptr, error) {
	view, _, err := mapViewOfFileEx.Call(uintptr(section), uintptr(access), 0, 0, uintptr(size), at)
	if view == 0 {
		return 0, fmt.Errorf("MapViewOfFileEx: %w", err)
	}
	return view, nil
}

func (windowsMapper) Release(mem []byte) error {
	work, dual := twins.LoadAndDelete(start(mem))
	if !dual {
		return windows.VirtualFree(start(mem), 0, windows.MEM_RELEASE)
	}
	return errors.Join(windows.UnmapViewOfFile(work.(uintptr)), windows.UnmapViewOfFile(start(mem)))
}

// twin returns the same memory in the view that is written; nil for private memory.
func twin(mem []byte) ([]byte, error) {
	var info windows.MemoryBasicInformation
	if err := windows.VirtualQuery(start(mem), &info, unsafe.Sizeof(info)); err != nil {
		return nil, fmt.Errorf("VirtualQuery: %w", err)
	}
	work, dual := twins.Load(info.AllocationBase)
	if !dual {
		return nil, nil
	}
	at := work.(uintptr) + start(mem) - info.AllocationBase
	return unsafe.Slice((*byte)(unsafe.Add(nil, at)), len(mem)), nil
}

// Protect commits what is not committed yet, in both views.
func (windowsMapper) Protect(mem []byte, p Prot) error {
	err := protect(mem, p)
	if err == nil || p == ProtNone {
		return err
	}
	work, err := twin(mem)
	if err != nil {
		return err
	}
	if work != nil {
		if err := commit(work, ProtReadWrite); err != nil {
			return err
		}
	}
	if err := commit(mem, p); err != nil {
		return err
	}
	return protect(mem, p) // those pages, too, that were committed before
}

func protect(mem []byte, p Prot) error {
	var old uint32
	if err := windows.VirtualProtect(start(mem), uintptr(len(mem)), windowsProt(p), &old); err != nil {
		return fmt.Errorf("VirtualProtect: %w", err)
	}
	return nil
}

func commit(mem []byte, p Prot) error {
	if _, err := windows.VirtualAlloc(start(mem), uintptr(len(mem)), windows.MEM_COMMIT, windowsProt(p)); err != nil {
		return fmt.Errorf("VirtualAlloc: %w", err)
	}
	return nil
}

// Discard decommits private memory. Pages of a section object stay committed until no view is left: they are cleared, and the system is told that it need not keep
// what is in them, so that they take no memory but count for the commit limit.
func (windowsMapper) Discard(mem, _ []byte) error {
	both, err := twin(mem)
	if err != nil {
		return err
	}
	if both == nil {
		return windows.VirtualFree(start(mem), uintptr(len(mem)), windows.MEM_DECOMMIT)
	}
	clearAndForget := func(part []byte) error {
		clear(part)
		return forget(part)
	}
	forgetAndHide := func(part []byte) error {
		if err := forget(part); err != nil {
			return err
		}
		return protect(part, ProtNone)
	}
	if err := eachCommitted(both, clearAndForget); err != nil {
		return err
	}
	return eachCommitted(mem, forgetAndHide)
}

// forget tells the system that what is in memory need not be kept.
func forget(mem []byte) error {
	if _, err := windows.VirtualAlloc(start(mem), uintptr(len(mem)), memReset, windows.PAGE_NOACCESS); err != nil {
		return fmt.Errorf("VirtualAlloc: %w", err)
	}
	return nil
}

// Reset does no more than Discard: a reservation stays one.
func (m windowsMapper) Reset(mem []byte) error { return m.Discard(mem, mem) }

// eachCommitted calls f for the parts of mem that are committed.
func eachCommitted(mem []byte, f func(part []byte) error) error {
	for len(mem) > 0 {
		var info windows.MemoryBasicInformation
		if err := windows.VirtualQuery(start(mem), &info, unsafe.Sizeof(info)); err != nil {
			return fmt.Errorf("VirtualQuery: %w", err)
		}
		n := min(int(info.BaseAddress+info.RegionSize-start(mem)), len(mem))
		if info.State == windows.MEM_COMMIT {
			if err := f(mem[:n]); err != nil {
				return err
			}
		}
		mem = mem[n:]
	}
	return nil
}

func (windowsMapper) Replace(dst, src []byte) error {
	return fmt.Errorf("replacing running pages: %w", errors.ErrUnsupported)
}

// MapDual finds the view that ReserveDual has made.
func (windowsMapper) MapDual(run []byte, name string) ([]byte, error) {
	work, err := twin(run)
	if err == nil && work == nil {
		err = errors.New("the memory has not been reserved for it")
	}
	return work, err
}

// UnmapDual does nothing: the view goes with the reservation.
func (windowsMapper) UnmapDual([]byte) error { return nil }

func (windowsMapper) Advise([]byte) {}

func (windowsMapper) Name([]byte, string) {}
