package gdbjit

import (
	"errors"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Target is a process that runs code for this one, and tells its debuggers of objects itself: executor/epc has one.
type Target interface {
	executor.Memory

	// RegisterDebugObject tells debuggers of an object file in the target's memory, which stays there until it is forgotten.
	RegisterDebugObject(at executor.Addr, size uint64) error
	// DeregisterDebugObject makes debuggers forget it. The error says that they do not.
	DeregisterDebugObject(at executor.Addr, size uint64) error
}

// A RemoteListener is a [Listener] for code that runs in another process: objects are copied there, and registered there.
type RemoteListener struct {
	// All registers also objects without debug information, as that of Listener does.
	All bool

	target  Target
	mu      sync.Mutex
	objects map[uint64]remoteObject
}

type remoteObject struct {
	at   executor.Addr
	size uint64
}

// NewRemoteListener makes a listener for a process.
func NewRemoteListener(target Target) *RemoteListener {
	return &RemoteListener{target: target, objects: map[uint64]remoteObject{}}
}

// NotifyObjectLoaded copies an image with debug information to the target, and registers it. Errors are those of the target; the object is unknown to debuggers then
// but can run.
func (l *RemoteListener) NotifyObjectLoaded(key uint64, image *objimage.Image) error {
	if !l.All && !hasDebugInfo(image.Object()) {
		return nil
	}
	object, err := image.DebugObject()
	if err != nil {
		return err
	}
	page := l.target.PageSize()
	size := (uint64(len(object)) + page - 1) &^ (page - 1)
	at, err := l.target.Reserve(size, 0)
	if err != nil {
		return err
	}
	if err := l.target.Install(at, []executor.Segment{{Prot: executor.MemRead, Addr: at, Size: size, Content: object}}); err != nil {
		_ = l.target.Release(at) // it may be gone with the error
		return err
	}
	if err := l.target.RegisterDebugObject(at, uint64(len(object))); err != nil {
		return errors.Join(err, l.target.Release(at))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.objects[key] = remoteObject{at, uint64(len(object))}
	return nil
}

// NotifyFreeingObject makes the target's debuggers forget the object of key, and gives its copy back. If the target cannot forget (LLVM's executors on other processors than x86-64), the copy stays for ever, since debuggers may
// still read it, and that is no error.
func (l *RemoteListener) NotifyFreeingObject(key uint64) error {
	l.mu.Lock()
	o, ok := l.objects[key]
	delete(l.objects, key)
	l.mu.Unlock()
	if !ok {
		return nil
	}
	err := l.target.DeregisterDebugObject(o.at, o.size)
	var cannot interface{ Unsupported() bool }
	if errors.As(err, &cannot) && cannot.Unsupported() {
		return nil
	}
	if err != nil {
		return err
	}
	return l.target.Release(o.at)
}
