package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A session is an engine with what the command line puts into it, and the outside world that its objects may use.
type session struct {
	engine      *mcjit.ExecutionEngine
	memory      *recorder
	libraries   []*hostlib.Library // of -l, in order
	last        []string           // names of libraries that are opened if the process does not know a symbol
	threads     *hostlib.ThreadStorage
	remote      remoteProcess   // where code runs, nil if that is here
	strings     []executor.Addr // that calls were given there
	whole       bool            // whether archives are linked whole
	live        bool            // whether that process has a life of its own
	endsThreads bool            // whether somebody refers to a function that ends threads
	masks       bool            // and to one that blocks signals
	log         *logrus.Logger
	bytes       int64 // of all files
}

// reserve is how much address space is reserved at first. Linux puts it below the shared libraries and what Go's runtime has reserved; this is
// little enough for all of it to be within 2 GiB of the C library. So objects that are compiled for executables (-fPIE, the default of many
// compilers) reach stderr.
const reserve = 256 << 20

func newSession(log *logrus.Logger, where ...memmgr.Option) (*session, error) {
	return newSessionWith(log, nil, where...)
}

// newSessionWith makes a session whose engine has further options.
func newSessionWith(log *logrus.Logger, more []mcjit.Option, where ...memmgr.Option) (*session, error) {
	mm, err := memmgr.New(append(where, memmgr.WithReserve(reserve), memmgr.WithGrowth())...)
	if err != nil {
		return nil, err
	}
	s := &session{memory: newRecorder(mm), log: log}
	options := []mcjit.Option{
		mcjit.WithMemoryManager(s.memory), mcjit.WithProcess(inprocess.Process{}), mcjit.WithSymbolResolver(resolver{s.external}), mcjit.WithLogger(log),
	}
	options = append(options, mcjit.WithStandIns(hostlib.StandIns))
	if storage, err := hostlib.NewThreadStorage(); err == nil { // else objects that need it say so
		s.threads = storage
		options = append(options, mcjit.WithThreadStorage(storage))
	}
	s.engine, err = mcjit.New(append(options, more...)...)
	return s, err
}

// A resolver finds symbols outside the engine, and what import libraries say to be in DLLs.
type resolver struct{ runtimedyld.ResolverFunc }

// ResolveImport implements mcjit.ImportResolver.
func (resolver) ResolveImport(m *objimage.Import) (executor.Addr, bool) {
	return hostlib.Import(m.DLL, m.Symbol, m.Ordinal)
}

// external finds a symbol outside the engine, as a dynamic linker would: in the libraries of -l, then in the process and its C library.
func (s *session) external(name string) (executor.Addr, bool) {
	if endsThreads(name) {
		s.endsThreads = true
	}
	if blocksSignals(name) {
		s.masks = true
	}
	if s.remote != nil {
		found, err := s.remote.Lookup(name)
		return append(found, 0)[0], err == nil && found[0] != 0
	}
	for _, l := range s.libraries {
		if a, ok := l.Lookup(name); ok {
			s.log.WithFields(logrus.Fields{"symbol": name, "address": a, "library": l.Name()}).Debug("found")
			return a, true
		}
	}
	a, ok := hostlib.Process().Lookup(name)
	if ok {
		s.log.WithFields(logrus.Fields{"symbol": name, "address": a, "library": "process"}).Debug("found")
		return a, ok
	}
	if len(s.last) == 0 {
		return 0, false
	}
	return s.externalAtLast(name)
}

// externalAtLast opens the libraries that come last, and looks there.
func (s *session) externalAtLast(name string) (executor.Addr, bool) {
	for _, l := range s.last {
		if err := s.keep(hostlib.OpenByName(l, hostlib.Global)); err != nil {
			s.log.WithError(err).Debug("not opened")
		}
	}
	s.last = nil
	return s.external(name)
}

// open opens files. What cannot be opened is reported together.
func (s *session) open(paths []string) ([]*objimage.Buffer, error) {
	var buffers []*objimage.Buffer
	var errs []error
	for _, path := range paths {
		b, err := objimage.OpenBuffer(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if b, err = hostSlice(b); err != nil {
			errs = append(errs, err)
			continue
		}
		s.bytes += int64(len(b.Bytes()))
		buffers = append(buffers, b)
	}
	return buffers, errors.Join(errs...)
}

// hostSlice returns what a universal file has for this processor, and any other file as it is.
func hostSlice(b *objimage.Buffer) (*objimage.Buffer, error) {
	if !objimage.IsUniversal(b) {
		return b, nil
	}
	defer b.Close()
	return objimage.SliceOf(b, inprocess.Arch)
}

// add puts files into the engine: objects at once, archives for those who need them, or whole. All errors are reported together.
func (s *session) add(buffers []*objimage.Buffer, p *progress) error {
	var errs []error
	for i, b := range buffers {
		p.show(i, len(buffers), b.Name())
		err := s.addOne(b)
		if err != nil {
			errs = append(errs, err)
		}
	}
	p.clear()
	return errors.Join(errs...)
}

func (s *session) addOne(b *objimage.Buffer) error {
	s.log.WithFields(logrus.Fields{"file": b.Name(), "bytes": len(b.Bytes())}).Debug("adding")
	switch {
	case !objimage.IsArchive(b):
		_, err := s.engine.AddObject(b)
		return err
	case s.whole:
		return s.addMembers(b)
	}
	return s.engine.AddArchive(b)
}

// addMembers adds all members of an archive. Its buffer is the engine's then, as if it had been added itself.
func (s *session) addMembers(b *objimage.Buffer) error {
	a, err := objimage.ParseArchive(b)
	if err != nil {
		return err
	}
	var errs []error
	err = eachMember(a, func(_ objimage.Member, member *objimage.Buffer) error {
		_, err := s.engine.AddObject(member.Retain())
		if err != nil {
			member.Close()
			errs = append(errs, err)
		}
		return nil
	})
	return errors.Join(append(errs, err, a.Close(), b.Close())...)
}

// addLibraries opens what -l names: a shared library or an archive in one of the folders of -L, or else a library of the system. Those that cannot be opened are tried again after the others: of a
// program's libraries each may use symbols of any other.
func (s *session) addLibraries(names, folders []string) error {
	for {
		var errs []error
		var failed []string
		for _, name := range names {
			if err := s.addLibrary(name, folders); err != nil {
				errs, failed = append(errs, err), append(failed, name)
			}
		}
		if len(failed) == 0 || len(failed) == len(names) {
			return errors.Join(errs...)
		}
		names = failed
	}
}

func (s *session) addLibrary(name string, folders []string) error {
	for _, dir := range folders {
		shared := filepath.Join(dir, "lib"+name+".so")
		if exists(shared) {
			path, err := filepath.Abs(shared) // with a slash: dlopen searches for others
			if err != nil {
				return err
			}
			if s.remote != nil {
				return s.openRemote(path)
			}
			return s.keep(hostlib.Open(path, hostlib.Global))
		}
		if static := filepath.Join(dir, "lib"+name+".a"); exists(static) {
			buffers, err := s.open([]string{static})
			if err != nil {
				return err
			}
			return s.add(buffers, nil)
		}
	}
	if s.remote != nil {
		return s.openRemoteByName(name)
	}
	return s.keep(hostlib.OpenByName(name, hostlib.Global))
}

func (s *session) keep(l *hostlib.Library, err error) error {
	if err == nil {
		s.libraries = append(s.libraries, l)
		if s.threads != nil {
			s.threads.AddLibrary(l)
		}
		s.log.WithField("library", l.Name()).Debug("opened")
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
