#!/usr/bin/env bash
# Builds the programs of examples/programs that are written in Rust, for the machine (wasm32v1-none), and copies each to
# $CARGO_TARGET_DIR/programs/NAME.wasm; those in other languages come from examples/prebuilt, so that nobody needs their
# compilers (see programs-all.sh). Prints that directory.
#
# Builds the machine itself for WebAssembly as well, and copies it to $CARGO_TARGET_DIR/portable/assay_vm_portable.wasm.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly WORKSPACE="$ASSAY_ROOT/examples/programs"
readonly OUTPUT="$CARGO_TARGET_DIR/programs"
readonly COMPILED="$OUTPUT/wasm32v1-none/release"
readonly PREBUILT="$ASSAY_ROOT/examples/prebuilt"
readonly PORTABLE="$CARGO_TARGET_DIR/portable"

compile() {
	# From inside the workspace: cargo reads .cargo/config.toml from the working directory upwards.
	(cd "$WORKSPACE" && CARGO_TARGET_DIR="$OUTPUT" cargo build --release --target wasm32v1-none --workspace --locked)
}

compile_machine() {
	(cd "$ASSAY_ROOT/vm/portable" &&
		CARGO_TARGET_DIR="$PORTABLE" cargo build --release --target wasm32v1-none --locked)
	cp "$PORTABLE/wasm32v1-none/release/assay_vm_portable.wasm" "$PORTABLE/"
}

# The programs to offer, one path a line: what was compiled, and what else there is prebuilt.
programs() {
	local program
	for program in "$COMPILED"/*.wasm; do
		[ ! -e "$program" ] || echo "$program"
	done
	for program in "$PREBUILT"/*.wasm; do
		[ ! -e "$program" ] || [ -e "$COMPILED/$(basename "$program")" ] || echo "$program"
	done
}

# Copies only what changed, so that nothing built from these files looks older than they are; drops copies whose
# program is gone.
collect() {
	local program copy count=0
	while read -r program; do
		count=$((count + 1))
		copy="$OUTPUT/$(basename "$program")"
		cmp -s "$program" "$copy" && continue
		cp "$program" "$copy.new" && mv "$copy.new" "$copy"
	done < <(programs)
	[ -n "$(ls "$COMPILED"/*.wasm 2>/dev/null)" ] ||
		fail "the build of examples/programs left no .wasm file in $COMPILED"
	for copy in "$OUTPUT"/*.wasm; do
		copy="$(basename "$copy")"
		[ -e "$COMPILED/$copy" ] || [ -e "$PREBUILT/$copy" ] || rm "$OUTPUT/$copy"
	done
	say "$count programs in $OUTPUT"
}

[ -f "$WORKSPACE/Cargo.toml" ] || fail "there is no cargo workspace at $WORKSPACE"
compile
compile_machine
collect
echo "$OUTPUT"
