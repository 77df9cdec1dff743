//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
)

// What is nil, or was made by no engine, is an error and not a crash.
func TestNil(t *testing.T) {
	e := newEngine(t)
	_, err := e.AddObject(nil)
	_, parsed := e.AddParsed(nil)
	for what, err := range map[string]error{"object": err, "parsed object": parsed, "archive": e.AddArchive(nil)} {
		if !errors.Is(err, mcjit.ErrNoModule) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, m := range []*mcjit.Module{nil, {}} {
		for what, err := range map[string]error{
			"remove": e.RemoveModule(m), "reopen": e.Reopen(m), "finalize": e.FinalizeModule(m), "generate": e.GenerateCode(t.Context(), m), "map": e.MapSectionAddress(m, 1, 0x1000),
		} {
			if !errors.Is(err, mcjit.ErrNotOwned) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := e.ClearGlobalMappingsFromModule(nil); !errors.Is(err, mcjit.ErrNotOwned) {
		t.Errorf("mappings: %v", err)
	}
}
