#!/usr/bin/env bash
# Builds the runtime of this clone once more, with the next number in its version and nothing else changed, for tests of an
# upgrade. Prints the file. Needs what build.sh builds: the dependencies are not compiled again, so it takes minutes, not
# an hour.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# Where substrate-wasm-builder has compiled the runtime, and the project it has made for that.
readonly BUILT="$CARGO_TARGET_DIR/release/wbuild/assay-runtime"
readonly NEXT="$CARGO_TARGET_DIR/next-runtime"
readonly WASM="$NEXT/project/target/wasm32v1-none/release/assay_runtime.wasm"
# As substrate-wasm-builder sets them: with others, every dependency would be compiled again.
readonly FLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime "

# copy_sources: what the runtime is made of, with the next number.
copy_sources() {
	local crate source="$NEXT/source.new" version
	rm -rf "$source"
	mkdir -p "$source"
	for crate in Cargo.toml Cargo.lock runtime pallets primitives; do
		cp -a "$ASSAY_ROOT/$crate" "$source/"
	done
	# The other members of the workspace are not copied, and not missed.
	sed -i '/^members = \[$/,/^\]/c members = ["runtime", "pallets/compute", "primitives"]' "$source/Cargo.toml"
	version="$(sed -n 's/^\tspec_version: \([0-9]*\),$/\1/p' "$source/runtime/src/lib.rs")"
	[ -n "$version" ] || fail "runtime/src/lib.rs does not tell its spec_version where it was expected"
	sed -i "s/^\tspec_version: $version,\$/\tspec_version: $((version + 1)),/" "$source/runtime/src/lib.rs"
	say "version $((version + 1)) of the runtime"
	# What has not changed keeps its age, and is not compiled again.
	if diff -rq "$source" "$NEXT/source" >/dev/null 2>&1; then
		rm -rf "$source"
	else
		rm -rf "$NEXT/source"
		mv "$source" "$NEXT/source"
	fi
}

# copy_project: the project that compiles it, with what was compiled already.
copy_project() {
	[ -d "$BUILT/target" ] || fail "$BUILT is missing" "Run scripts/build.sh first."
	if [ ! -d "$NEXT/project" ]; then
		cp -a "$BUILT" "$NEXT/project.new"
		mv "$NEXT/project.new" "$NEXT/project"
	fi
	sed -i "s|^path = .*/runtime\"|path = \"$NEXT/source/runtime\"|" "$NEXT/project/Cargo.toml"
	cp "$ASSAY_ROOT/Cargo.lock" "$NEXT/project/Cargo.lock"
}

compile() {
	env -u CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$NEXT/project/target" RUSTFLAGS="$FLAGS" SKIP_WASM_BUILD= \
		cargo rustc --target=wasm32v1-none --manifest-path="$NEXT/project/Cargo.toml" --profile release
}

copy_sources
copy_project
compile
echo "$WASM"
