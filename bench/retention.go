package main

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// retain measures what a policy keeps of a set whose files are mapped, and what it costs to use what is kept: a name that everything refers to moves, and all is reopened and finalized again.
func (c *child) retain(policy runtimedyld.Retention) error {
	before, err := memoryNow()
	if err != nil {
		return err
	}
	d, err := newDyld(c.inputs)
	if err != nil {
		return err
	}
	d.linker.SetRetention(policy)
	objects := make([]*runtimedyld.Object, 0, len(c.paths))
	var mapped []*objimage.Buffer
	for _, path := range c.paths {
		buffer, err := objimage.OpenBuffer(path)
		if err != nil {
			return err
		}
		mapped = append(mapped, buffer)
		object, err := d.load(buffer)
		if err != nil {
			return err
		}
		objects = append(objects, object)
	}
	if _, err := d.linker.Finalize(); err != nil {
		return err
	}
	after, err := memoryNow()
	if err != nil {
		return err
	}
	kept := d.linker.RetentionStats()
	c.sample(figMapped, float64(after.resident-before.resident)-float64(c.result.LoadedBytes))
	c.sample(figRetained, float64(kept.FileBytes))
	if err := c.move(d, policy); err != nil {
		return err
	}
	if err := c.reopen(d, objects, policy); err != nil {
		return err
	}
	err = d.close()
	for _, b := range mapped {
		err = errors.Join(err, b.Close())
	}
	return err
}

// move times the move of a name that the set leaves undefined, one after the other, if the policy lets names move.
func (c *child) move(d *dyld, policy runtimedyld.Retention) error {
	const most = 20
	var names []string
	for name := range c.externals {
		if names = append(names, name); len(names) == most {
			break
		}
	}
	start := cpuTime()
	for _, name := range names {
		at, ok := d.linker.SymbolLoadAddress(name)
		if !ok {
			continue
		}
		if err := d.linker.MoveExternal(name, at+8); policy == runtimedyld.RetainNone && !errors.Is(err, runtimedyld.ErrNotRetained) || policy != runtimedyld.RetainNone && err != nil {
			return fmt.Errorf("moving %s, policy %v: %w", name, policy, err)
		}
	}
	if len(names) > 0 && policy != runtimedyld.RetainNone {
		c.sample(figMove, float64(cpuTime()-start)/float64(len(names)))
	}
	return nil
}

// reopen times reopening each object, and finalizing all again, if the policy lets them be reopened.
func (c *child) reopen(d *dyld, objects []*runtimedyld.Object, policy runtimedyld.Retention) error {
	start := cpuTime()
	if err := d.linker.Reopen(objects...); policy != runtimedyld.RetainAll {
		if !errors.Is(err, runtimedyld.ErrNotRetained) {
			return fmt.Errorf("reopening, policy %v: %w", policy, err)
		}
		return nil
	} else if err != nil {
		return err
	}
	if _, err := d.linker.Finalize(); err != nil {
		return err
	}
	c.sample(figReopen, float64(cpuTime()-start)/float64(len(objects)))
	return nil
}
