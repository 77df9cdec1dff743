#!/bin/sh
# Runs every fuzz target of the module for FUZZTIME each, one after the other, and stops at the first finding (which Go leaves in
# the package's testdata/fuzz, to be committed with its fix).
set -eu
: "${FUZZTIME:=30s}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz runs a target once.
fuzz() {
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 100x -parallel "$(getconf _NPROCESSORS_ONLN)" "${1%/*}" </dev/null >"$log" 2>&1
}

grep -rE --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file target; do
	target=${target#func }
	echo "fuzz: $target in ${file%/*} for $FUZZTIME"
	tries=3
	# Go sometimes takes the end of the time for a failure of the target, on a busy machine, and says just that. Only this is tried again: a finding is written to a file.
	until fuzz "$file" "$target"; do
		cat "$log"
		tries=$((tries - 1))
		if [ $tries = 0 ] || ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log"; then exit 1; fi
		echo "fuzz: $target once more"
	done
	tail -n 3 "$log"
done
