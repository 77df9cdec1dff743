//go:build unix

package gdbjit

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"
	"unsafe"
)

// TestCollectorIgnoresOldObjects makes links where there have been objects, whose bytes happen to be addresses of Go memory that is free:
// a collection that took those for pointers would end the process.
func TestCollectorIgnoresOldObjects(t *testing.T) {
	freed := make([]uint64, 16)
	for i := range freed {
		freed[i] = uint64(uintptr(unsafe.Pointer(new([1 << 20]byte))))
	}
	runtime.GC()
	runtime.GC()
	object := make([]byte, releaseSize-64) // larger ones do not leave their bytes behind
	for i := 0; i+8 <= len(object); i += 8 {
		binary.NativeEndian.PutUint64(object[i:], freed[i/8%len(freed)])
	}
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	register := func(object []byte) *Entry {
		e, err := RegisterObject(object)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	unregister := func(entries ...*Entry) {
		for _, e := range entries {
			if err := e.Unregister(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		unregister(register(object))
		var small []*Entry
		for range 500 {
			small = append(small, register(object[:64]))
		}
		unregister(small...)
	}
	close(stop)
	<-stopped
}
