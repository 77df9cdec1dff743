// Command agent is an executor without a C library: a static program for any processor, started as lli-child-target is.
package main

import (
	"context"
	"log"
	"os"
	"strconv"

	"github.com/gomcjit/gomcjit/executor/epc"
)

func main() {
	in, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	out, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	s, err := epc.NewServer(epc.Host{Crashes: true})
	if err != nil {
		log.Fatal(err)
	}
	rw, err := epc.Descriptors(in, out)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Serve(context.Background(), rw); err != nil {
		log.Fatal(err)
	}
}
