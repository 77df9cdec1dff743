package command

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
)

// check finds options that no program can serve.
func check(o *codegen.Options) error {
	switch {
	case o.Arch != "":
		return &codegen.OptionError{Option: "Arch", Value: o.Arch, Reason: "compilers take a Triple"}
	case o.FastISel:
		return &codegen.OptionError{Option: "FastISel", Value: "true", Reason: "compilers choose it by themselves; OptLevel O0 asks for quick compilation"}
	case int(o.OptLevel) >= len(levels):
		return &codegen.OptionError{Option: "OptLevel", Value: fmt.Sprint(o.OptLevel), Reason: "there is no such value"}
	case int(o.RelocModel) >= len(driverRelocations):
		return &codegen.OptionError{Option: "RelocModel", Value: fmt.Sprint(o.RelocModel), Reason: "there is no such value"}
	case int(o.CodeModel) >= len(codeModels):
		return &codegen.OptionError{Option: "CodeModel", Value: fmt.Sprint(o.CodeModel), Reason: "there is no such value"}
	}
	return nil
}

// How programs spell package codegen's values.
var (
	levels            = [...]string{codegen.ODefault: "-O2", codegen.O0: "-O0", codegen.O1: "-O1", codegen.O2: "-O2", codegen.O3: "-O3"}
	driverRelocations = [...]string{codegen.RelocDefault: "-fPIC", codegen.RelocStatic: "-fno-pic", codegen.RelocPIC: "-fPIC", codegen.RelocDynamicNoPIC: "-mdynamic-no-pic"}
	llcRelocations    = [...]string{codegen.RelocDefault: "pic", codegen.RelocStatic: "static", codegen.RelocPIC: "pic", codegen.RelocDynamicNoPIC: "dynamic-no-pic"}
	codeModels        = [...]string{
		codegen.CodeModelDefault: "", codegen.CodeModelTiny: "tiny", codegen.CodeModelSmall: "small", codegen.CodeModelKernel: "kernel", codegen.CodeModelMedium: "medium", codegen.CodeModelLarge: "large",
	}
)

// flags returns what a program is given to compile the module, but for the files.
func (m *module) flags(ctx context.Context, p program) ([]string, error) {
	switch o := &m.generator.options; p.dialect {
	case llc:
		return append(llcFlags(o), m.generator.flags...), nil
	case gas:
		return append(m.includes("-I"), m.generator.flags...), nil
	default:
		args, err := driverFlags(ctx, p, o)
		args = append(args, "-x", languages[m.source.Kind].name)
		if m.source.Kind == codegen.Assembly {
			args = append(args, m.includes("-I")...)
		} else if m.source.Kind != codegen.IR && m.source.Kind != codegen.Bitcode {
			args = append(args, m.includes("-iquote")...)
		}
		return append(args, m.generator.flags...), err
	}
}

// includes says where files beside the source are.
func (m *module) includes(option string) []string {
	if m.source.Path == "" {
		return nil
	}
	return []string{option, filepath.Dir(m.source.Path)}
}

// driverFlags are those of clang and of gcc.
func driverFlags(ctx context.Context, p program, o *codegen.Options) ([]string, error) {
	args := []string{"-c", "-pipe", levels[o.OptLevel], driverRelocations[o.RelocModel]}
	if o.Triple != "" && p.dialect == clang {
		args = append(args, "--target="+o.Triple)
	}
	if o.CodeModel != codegen.CodeModelDefault {
		args = append(args, "-mcmodel="+codeModels[o.CodeModel])
	}
	if o.KeepFramePointer {
		args = append(args, "-fno-omit-frame-pointer")
	}
	if o.EmulatedTLS {
		args = append(args, "-femulated-tls")
	}
	for _, f := range o.Features {
		if name, off := strings.CutPrefix(f, "-"); off {
			args = append(args, "-mno-"+name)
		} else {
			args = append(args, "-m"+strings.TrimPrefix(f, "+"))
		}
	}
	if o.CPU == "" {
		return args, nil
	}
	option, err := cpuOption(ctx, p, o.Triple)
	return append(args, option+o.CPU), err
}

// cpuOption returns the option for the processor: on x86, -mcpu does not mean what it means elsewhere.
func cpuOption(ctx context.Context, p program, triple string) (string, error) {
	if triple == "" {
		var err error
		if triple, err = p.ask(ctx, "-dumpmachine"); err != nil {
			return "", err
		}
	}
	if strings.HasPrefix(triple, "x86_64") || len(triple) > 4 && triple[0] == 'i' && triple[2:4] == "86" {
		return "-march=", nil
	}
	return "-mcpu=", nil
}

func llcFlags(o *codegen.Options) []string {
	args := []string{"-filetype=obj", levels[o.OptLevel], "-relocation-model=" + llcRelocations[o.RelocModel]}
	for _, f := range []struct {
		option, value string
	}{{"-mtriple=", o.Triple}, {"-mcpu=", o.CPU}, {"-mattr=", strings.Join(o.Features, ",")}, {"-code-model=", codeModels[o.CodeModel]}} {
		if f.value != "" {
			args = append(args, f.option+f.value)
		}
	}
	if o.KeepFramePointer {
		args = append(args, "-frame-pointer=all")
	}
	if o.EmulatedTLS {
		args = append(args, "-emulated-tls")
	}
	return args
}
