package llvm

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/hostlib"
)

// identify returns a text that tells the libLLVMs that may compile something from any others: their files, with sizes and times, without opening one. It is empty if none is found that way.
func identify() string {
	if name := os.Getenv(Variable); name != "" {
		return identity(namesFor(name))
	}
	return identifyInstalled()
}

// identifyInstalled has all versions, since an old one may be asked for what the newest does not understand.
var identifyInstalled = sync.OnceValue(func() string { return identity(namesDownFrom(newest)) })

func identity(names []string) string {
	var text strings.Builder
	for _, path := range hostlib.FilesOf(names...) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&text, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	return text.String()
}
