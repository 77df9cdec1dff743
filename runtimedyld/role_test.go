package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func TestRoleByName(t *testing.T) {
	for name, want := range map[string]Role{
		".eh_frame": RoleFrames, ".eh_frame_hdr": RoleNone, ".eh_frame.x": RoleNone, ".init_array": RoleInit, ".init_array.00101": RoleInit, ".init_arrays": RoleNone,
		".fini_array.7": RoleFini, ".ctors": RoleCtors, ".ctors.65000": RoleCtors, ".dtors": RoleDtors, ".preinit_array": RolePreinit, ".init": RoleNone, ".fini": RoleNone,
		".data": RoleNone, "": RoleNone, "init_array": RoleNone,
	} {
		if got := roleByName([]byte(name)); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}

func TestRoles(t *testing.T) {
	var r Roles
	if r = r.With(RoleNone); r != 0 || r.Has(RoleNone) {
		t.Error("no role is a role")
	}
	r = r.With(RoleInit).With(RoleDtors)
	for role := RoleNone; role <= RoleDtors; role++ {
		if want := role == RoleInit || role == RoleDtors; r.Has(role) != want {
			t.Errorf("role %d: %v", role, !want)
		}
	}
}

// TestRelocationBehindTable: the zero word behind an unwind table is no part of the section.
func TestRelocationBehindTable(t *testing.T) {
	data := testenv.CompileBytes(t, "gcc", testenv.C, "int f(void) { return 1; }", "-O1", "-fasynchronous-unwind-tables")
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	load := func() error {
		img, err := objimage.Parse(objimage.NewBuffer("f.o", data))
		if err != nil {
			t.Fatal(err)
		}
		mm := newTestMM()
		_, err = New(mm, nil).LoadObject(img)
		return err
	}
	if err := load(); err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint64(data[f.Section(".rela.eh_frame").Offset:], f.Section(".eh_frame").Size)
	var reloc *RelocationError
	if err := load(); !errors.As(err, &reloc) || !errors.Is(err, ErrMalformedRelocation) || reloc.Section != ".eh_frame" {
		t.Errorf("error: %v", err)
	}
}
