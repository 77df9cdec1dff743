//go:build !unix

package gdbjit

// A link is nothing where there is no interface: none is ever made.
type link struct{}

func newLink([]byte) (*link, error) { return nil, ErrUnsupported }

func (*link) insert() {}

func (*link) remove() {}

func (*link) free() error { return nil }

func (*link) nudge() error { return nil }
