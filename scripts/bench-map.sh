#!/usr/bin/env bash
# Measures `assay map` over many small inputs against the same work without Assay, on this machine: one awk over all lines,
# and xargs with an awk for each. Starts a development chain with a worker of its own, and stops both. All three must come
# to the same results. docs/cost-and-risk.md has figures; a machine that does nothing else gives better ones.
#
# Read from the caller's environment:
#   INPUTS       how many inputs                        (default: 10000)
#   BLOCK_TIME   seconds between blocks, 1 or 3         (default: 3, as on a network)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly INPUTS="${INPUTS:-10000}"
readonly BLOCK_TIME="${BLOCK_TIME:-3}"
readonly START_SECONDS=300
readonly BINARIES="$CARGO_TARGET_DIR/release"
readonly PROGRAM="$CARGO_TARGET_DIR/programs/primes.wasm"
# What the program does: counts the primes from the first number up to, but without, the second.
# shellcheck disable=SC2016 # awk's variables
readonly COUNT='{ n = 0
	for (i = $1; i < $2; i++) { p = i > 1; for (d = 2; d * d <= i; d++) if (i % d == 0) { p = 0; break } n += p }
	print $1, $2, n }'

for binary in assay assay-node assay-worker; do
	[ -x "$BINARIES/$binary" ] || fail "there is no $binary in $BINARIES" "Run: make build"
done

BASE="$(mktemp -d)"
DEV_PID=
cleanup() {
	if [ -n "$DEV_PID" ]; then
		kill "$DEV_PID" 2>/dev/null || true
		wait "$DEV_PID" 2>/dev/null || true
	fi
	rm -rf "$BASE"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
export ASSAY_NODE="ws://127.0.0.1:$port" ASSAY_STATE_DIR="$BASE/state" ASSAY_CONFIG=/dev/null
"$BINARIES/assay" dev --port "$port" --block-time "$BLOCK_TIME" >"$BASE/dev.log" 2>&1 &
DEV_PID=$!
deadline=$((SECONDS + START_SECONDS))
until "$BINARIES/assay" worker status --suri //Bob >/dev/null 2>&1; do
	kill -0 "$DEV_PID" 2>/dev/null || fail "the chain did not start: $(tail -n 5 "$BASE/dev.log")"
	[ "$SECONDS" -lt "$deadline" ] || fail "the chain did not start in $START_SECONDS s"
	sleep 0.5
done

seq 1 "$INPUTS" | awk '{ print $1, $1 + 100 }' >"$BASE/lines"

# measure NAME COMMAND…: runs it, and prints how long it took.
measure() {
	local name="$1" start end
	shift
	start="$(date +%s%N)"
	"$@"
	end="$(date +%s%N)"
	awk -v name="$name" -v took="$((end - start))" -v inputs="$INPUTS" 'BEGIN {
		printf "%-34s %8.1f s %9.2f ms an input\n", name, took / 1e9, took / 1e6 / inputs }'
}

one_awk() { awk "$COUNT" "$BASE/lines" >"$BASE/loop"; }
many_awks() {
	# shellcheck disable=SC2016 # the inner shell's arguments
	xargs -P "$(nproc)" -d '\n' -n 1 sh -c 'echo "$1" | awk "$0"' "$COUNT" <"$BASE/lines" >"$BASE/xargs"
}
mapped() {
	"$BINARIES/assay" map "$PROGRAM" --lines "$BASE/lines" --out "$BASE/out" --suri //Charlie --yes \
		>"$BASE/map.log" 2>&1 || fail "the map failed: $(tail -n 5 "$BASE/map.log")"
}

echo "$INPUTS inputs, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
measure 'one awk over all lines' one_awk
measure "xargs -P $(nproc), an awk for each" many_awks
measure 'assay map, to the last payment' mapped
measure 'assay map again, all there already' mapped

find "$BASE/out" -name 'task-*.out' | sort -V | xargs cat >"$BASE/map"
cmp "$BASE/loop" "$BASE/map" || fail "the results of assay map are not those of the loop"
sort -n "$BASE/xargs" | cmp - "$BASE/loop" || fail "the results of xargs are not those of the loop"
echo "All three gave the same results."
