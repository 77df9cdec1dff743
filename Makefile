# What one does with gomcjit. `make` alone lists it; the variables below can be set on the command line.

GO         ?= go
PACKAGES   ?= ./...
TESTFLAGS  ?=
FUZZTIME   ?= 30s
SOAK       ?= 100000
BENCHFLAGS ?=

# Where everything has to build, whether it can run code there or not.
PLATFORMS  := linux/amd64 linux/386 linux/arm linux/arm64 linux/riscv64 linux/ppc64le linux/ppc64 linux/s390x linux/mips linux/mipsle \
              linux/mips64 linux/mips64le linux/loong64 darwin/amd64 darwin/arm64 freebsd/amd64 windows/amd64 windows/arm64 js/wasm

.PHONY: help build test platforms bench fuzz soak testdata lint tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the command line as build/mcjit, without cgo
	CGO_ENABLED=0 $(GO) build -o build/ ./cmd/...

test: tools platforms ## all tests: without cgo, then under the race detector (which needs gcc)
	CGO_ENABLED=0 $(GO) test -timeout 20m $(TESTFLAGS) $(PACKAGES)
	@if command -v gcc >/dev/null; then echo "CGO_ENABLED=1 $(GO) test -timeout 20m -race $(TESTFLAGS) $(PACKAGES)"; \
	  CGO_ENABLED=1 $(GO) test -timeout 20m -race $(TESTFLAGS) $(PACKAGES); \
	else echo "race detector left out: needs gcc: apt-get install gcc libc6-dev"; fi

platforms: ## compile and vet for every platform, tests included, and link the command line
	@for p in $(PLATFORMS); do echo "$(GO) vet and build for $$p"; export GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0; \
	  $(GO) vet $(PACKAGES) && $(GO) build -o /dev/null ./cmd/mcjit || exit 1; done
	@echo "$(GO) build for freebsd/amd64 with shared libraries"; GOOS=freebsd GOARCH=amd64 CGO_ENABLED=0 \
	  $(GO) build -o /dev/null -tags=fakecgo -gcflags=github.com/ebitengine/purego/internal/fakecgo=-std ./cmd/mcjit

bench: ## speed beside LLVM's RuntimeDyld and the floors (BENCHFLAGS=...)
	$(GO) run ./bench $(BENCHFLAGS)

fuzz: ## run every fuzz target for FUZZTIME (30s)
	FUZZTIME=$(FUZZTIME) scripts/fuzz.sh

soak: ## repeat load, call and remove SOAK (100000) times: nothing may grow
	GOMCJIT_SOAK=$(SOAK) CGO_ENABLED=0 $(GO) test -run Soak -count=1 -timeout 0 $(TESTFLAGS) $(PACKAGES)

testdata: ## build the objects in testdata again from their sources (gcc)
	testdata/build.sh

lint: ## gofmt, go vet, staticcheck
	@files=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .); if [ -n "$$files" ]; then echo "not formatted (gofmt -w):"; echo "$$files"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) tool -modfile=tools/go.mod staticcheck $(PACKAGES)

tools: ## install what tests compare with (Debian, as root; elsewhere tests skip)
	@scripts/tools.sh
