package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed peers
var peerSources embed.FS

// A peerBuild is the program that holds the peers and the floors, and whether LLVM is in it.
type peerBuild struct {
	program string // path; "" if there is no compiler
	llvm    bool
	missing []string // what was left out, and the Debian package that brings it
}

// buildPeers compiles the peers into dir, unless the same text was compiled there before. What is not installed is left out.
func buildPeers(ctx context.Context, dir string, log io.Writer) (*peerBuild, error) {
	gxx, err := exec.LookPath("g++")
	if err != nil {
		return &peerBuild{missing: []string{"all peers and floors: g++ is not there; install the Debian package g++"}}, nil
	}
	b := &peerBuild{}
	flags, libs, err := llvmFlags(ctx)
	if err != nil {
		b.missing = []string{"LLVM's RuntimeDyld and MCJIT: " + err.Error()}
		flags, libs = []string{"-std=c++17", "-DWITHOUT_LLVM"}, nil
	} else {
		b.llvm = true
	}
	sources, sum, err := extractPeers(filepath.Join(dir, "peers"), b.llvm)
	if err != nil {
		return nil, err
	}
	kind := map[bool]string{true: "llvm", false: "floors"}[b.llvm]
	b.program = filepath.Join(dir, "bin", fmt.Sprintf("peers-%s-%.6x", kind, sum))
	if _, err := os.Stat(b.program); err == nil {
		return b, nil
	}
	fmt.Fprintln(log, "compiling the peers")
	if err := os.MkdirAll(filepath.Dir(b.program), 0o777); err != nil {
		return nil, err
	}
	args := append([]string{"-O2", "-DNDEBUG", "-w"}, flags...)
	args = append(append(append(args, "-o", b.program+".tmp"), sources...), libs...)
	if out, err := exec.CommandContext(ctx, gxx, append(args, "-ldl")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the peers do not compile: %w\n%s", err, out)
	}
	return b, os.Rename(b.program+".tmp", b.program)
}

// llvmFlags returns what compiling and linking with LLVM 14 takes.
func llvmFlags(ctx context.Context) (compile, link []string, err error) {
	missing := errors.New("LLVM 14 is not there; install the Debian package llvm-14-dev")
	cxx, err := exec.CommandContext(ctx, "llvm-config-14", "--cxxflags").Output()
	if err != nil {
		return nil, nil, missing
	}
	ld, err := exec.CommandContext(ctx, "llvm-config-14", "--ldflags").Output()
	if err != nil {
		return nil, nil, missing
	}
	include, err := exec.CommandContext(ctx, "llvm-config-14", "--includedir").Output()
	if err != nil {
		return nil, nil, missing
	}
	if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(include)), "llvm/ExecutionEngine/RuntimeDyld.h")); err != nil {
		return nil, nil, missing
	}
	// LLVM itself is built without run-time type information, which a memory manager derived from LLVM's does need.
	return append(strings.Fields(string(cxx)), "-frtti"), append(strings.Fields(string(ld)), "-lLLVM-14"), nil
}

// extractPeers writes the sources where the compiler can read them. It returns those to compile and the digest of all.
func extractPeers(dir string, llvm bool) (sources []string, sum []byte, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, err
	}
	all := sha256.New()
	err = fs.WalkDir(peerSources, "peers", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := peerSources.ReadFile(path)
		if err != nil {
			return err
		}
		all.Write(text)
		file := filepath.Join(dir, entry.Name())
		if filepath.Ext(file) == ".cpp" && (llvm || entry.Name() != "llvm.cpp") {
			sources = append(sources, file)
		}
		return os.WriteFile(file, text, 0o666)
	})
	return sources, all.Sum(nil), err
}
