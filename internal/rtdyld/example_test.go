package rtdyld_test

import (
	"fmt"
	"os"

	"github.com/gomcjit/gomcjit/internal/rtdyld"
)

// Rules about an object of another processor are evaluated for a target that does not exist.
func Example() {
	t := &rtdyld.Tool{Program: "llvm-rtdyld", Stdout: os.Stdout, Stderr: os.Stderr}
	folder := "../../testdata/rules/aarch64/"
	status := t.Run([]string{
		"-verify", "-triple=aarch64-linux-gnu", "-check", folder + "common.s", "-dummy-extern=far=0x123456789abc",
		"-map-section=common.o,.text=0x10000", "-map-section=common.o,.data=0x71234000", folder + "common.o",
	})
	fmt.Println(status)
	// Output: 0
}
