package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
)

// call times calls of the first function of the set, which returns its argument and 3.
func (c *child) call(opts ...inprocess.Option) (err error) {
	const warmup, number = 10000, 3000000
	e, err := mcjit.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if _, err := e.AddObject(c.buffers[0]); err != nil {
		return err
	}
	f, err := mcjit.Func[func(int32) int32](e, "tiny_f00000", opts...)
	if err != nil {
		return err
	}
	for i := range int32(warmup) {
		if got := f(i); got != i+3 {
			return fmt.Errorf("f(%d) is %d", i, got)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime()
	for i := range int32(number) {
		f(i)
	}
	spent := cpuTime() - start
	runtime.ReadMemStats(&after)
	c.sample(figCall, float64(spent)/number)
	c.sample(figAllocs, float64((after.Mallocs-before.Mallocs)/number)) // whole ones: the runtime makes a few of its own
	return nil
}

// tiny adds every module of the set and samples what one takes. In a batch all are finalized together; else each before the next is added.
func (c *child) tiny(batch bool, opts ...memmgr.Option) error {
	e, err := mcjit.New(mcjit.WithMemoryOptions(opts...))
	if err != nil {
		return err
	}
	before, err := memoryNow()
	if err != nil {
		return err
	}
	start := cpuTime()
	for _, buffer := range c.buffers {
		if _, err := e.AddObject(buffer); err != nil {
			return err
		}
		if !batch {
			if err := e.FinalizeObject(); err != nil {
				return err
			}
		}
	}
	if err := e.FinalizeObject(); err != nil {
		return err
	}
	spent := cpuTime() - start
	after, err := memoryNow()
	if err != nil {
		return err
	}
	modules := float64(len(c.buffers))
	c.sample(figAdd, float64(spent)/modules)
	c.sample(figHeld, float64(e.Stats().Memory.Held())/modules)
	c.sample(figGrown, float64(after.resident-before.resident)/modules)
	return e.Close()
}
