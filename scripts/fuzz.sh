#!/bin/sh
# Runs every fuzz target of the module for FUZZTIME each, one after the other, and stops at the first finding (which Go leaves in
# the package's testdata/fuzz, to be committed with its fix).
set -eu
: "${FUZZTIME:=30s}"

grep -rE --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file target; do
	target=${target#func }
	echo "fuzz: $target in ${file%/*} for $FUZZTIME"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -parallel "$(getconf _NPROCESSORS_ONLN)" "${file%/*}" </dev/null
done
