#!/usr/bin/env bash
# Measures the machine with criterion: the kernels of benches/kernels rewritten on its engine, against wasmtime as it comes,
# wasmtime that counts fuel and makes NaNs canonical itself, and native code; preparing a program; starting a task.
# Arguments go to criterion, for example the name of a kernel. See vm/benches/README.md.
#
# Alone (-p), unlike all else: the benchmarks need none of the node's dependencies, and a target directory of their own
# keeps them from being compiled with other features.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
CARGO_TARGET_DIR="$CARGO_TARGET_DIR/bench-vm"
export CARGO_TARGET_DIR

measure() {
	(cd "$ASSAY_ROOT" && cargo bench --locked -p assay-vm --bench speed -- "$@")
}

step "building the kernels" "$ASSAY_ROOT/scripts/build-kernels.sh" >/dev/null
step "measuring" measure "$@"
