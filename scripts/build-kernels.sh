#!/usr/bin/env bash
# Builds the kernels of the machine's benchmarks (benches/kernels) for the machine (wasm32v1-none) and copies each to
# $CARGO_TARGET_DIR/kernels/NAME.wasm. Prints that directory.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly WORKSPACE="$ASSAY_ROOT/benches/kernels"
readonly OUTPUT="$CARGO_TARGET_DIR/kernels"
readonly COMPILED="$OUTPUT/wasm32v1-none/release"

[ -f "$WORKSPACE/Cargo.toml" ] || fail "there is no cargo workspace at $WORKSPACE"
(cd "$WORKSPACE" && CARGO_TARGET_DIR="$OUTPUT" cargo build --release --target wasm32v1-none --locked)
for program in "$COMPILED"/*.wasm; do
	[ -e "$program" ] || fail "the build of benches/kernels left no .wasm file in $COMPILED"
	cmp -s "$program" "$OUTPUT/$(basename "$program")" || cp "$program" "$OUTPUT/"
done
echo "$OUTPUT"
