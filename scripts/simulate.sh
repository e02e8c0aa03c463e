#!/usr/bin/env bash
# Runs the simulation of workers and auditors and writes its tables and charts to docs/simulation, or to the directory
# given. Some minutes; the random numbers are the same every time, so the same source gives the same files.
#
# Needs a Rust compiler and nothing else of what set-up installs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

output="$(absolute "${1:-$ASSAY_ROOT/docs/simulation}")"

have cargo || fail "there is no cargo on the PATH" "make setup installs it"
cd "$ASSAY_ROOT"
step "building the simulation" cargo build --release --locked --package assay-simulation
step "simulating" "$CARGO_TARGET_DIR/release/assay-simulate" "$output"
say "tables and charts are in $output"
