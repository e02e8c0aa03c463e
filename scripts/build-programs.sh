#!/usr/bin/env bash
# Builds the programs of examples/programs for the machine (wasm32v1-none) and copies each to
# $CARGO_TARGET_DIR/programs/NAME.wasm. Prints that directory.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly WORKSPACE="$ASSAY_ROOT/examples/programs"
readonly OUTPUT="$CARGO_TARGET_DIR/programs"
readonly COMPILED="$OUTPUT/wasm32v1-none/release"

compile() {
	# From inside the workspace: cargo reads .cargo/config.toml from the working directory upwards.
	(cd "$WORKSPACE" && CARGO_TARGET_DIR="$OUTPUT" cargo build --release --target wasm32v1-none --workspace --locked)
}

# Copies only what changed, so that nothing built from these files looks older than they are; drops copies whose
# program is gone.
collect() {
	local program copy count=0
	for program in "$COMPILED"/*.wasm; do
		[ -e "$program" ] || continue
		count=$((count + 1))
		copy="$OUTPUT/$(basename "$program")"
		cmp -s "$program" "$copy" && continue
		cp "$program" "$copy.new" && mv "$copy.new" "$copy"
	done
	[ "$count" -gt 0 ] || fail "the build of examples/programs left no .wasm file in $COMPILED"
	for copy in "$OUTPUT"/*.wasm; do
		[ -e "$COMPILED/$(basename "$copy")" ] || rm "$copy"
	done
	say "$count programs in $OUTPUT"
}

[ -f "$WORKSPACE/Cargo.toml" ] || fail "there is no cargo workspace at $WORKSPACE"
compile
collect
echo "$OUTPUT"
