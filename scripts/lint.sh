#!/usr/bin/env bash
# Clippy without warnings in both workspaces, and the checks by shellcheck, cargo-deny and typos where these are
# installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# Clippy is put in the compiler's place for the crates of this workspace, and their dependencies are those that the build
# has compiled already: `cargo clippy` would check the whole SDK anew, which takes most of an hour. The runtime's wasm is
# compiled from the same sources and left out. Because what clippy has compiled is put where the binaries belong, a node
# without a runtime among it, the build puts them back afterwards: nothing is compiled for that.
clippy_workspace() {
	(cd "$ASSAY_ROOT" &&
		SKIP_WASM_BUILD=1 RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS="-Dwarnings__CLIPPY_HACKERY__" \
			cargo build --release --workspace --all-targets --locked --keep-going)
}

clippy_programs() {
	# No --all-targets: tests need a standard library, which this target has not.
	(cd "$ASSAY_ROOT/examples/programs" &&
		CARGO_TARGET_DIR="$CARGO_TARGET_DIR/programs" \
			cargo clippy --release --workspace --target wasm32v1-none --locked -- -D warnings)
}

clippy_portable() {
	(cd "$ASSAY_ROOT/vm/portable" &&
		CARGO_TARGET_DIR="$CARGO_TARGET_DIR/portable" \
			cargo clippy --release --target wasm32v1-none --locked -- -D warnings)
}

clippy_verifier() {
	(cd "$ASSAY_ROOT/explorer/verifier" &&
		CARGO_TARGET_DIR="$CARGO_TARGET_DIR/portable" \
			cargo clippy --release --target wasm32v1-none --locked -- -D warnings)
}

check_scripts() {
	(cd "$ASSAY_ROOT" && shellcheck -x scripts/*.sh .ci/run examples/programs/option-pricing/build.sh)
}

check_dependencies() {
	(cd "$ASSAY_ROOT" && cargo deny --locked check)
}

check_spelling() {
	(cd "$ASSAY_ROOT" && typos)
}

# optional TOOL NAME COMMAND: a step that needs a tool the build does not.
optional() {
	if have "$1"; then
		step "$2" "$3"
	else
		say "SKIPPED: $2 ($1 is not installed)"
	fi
}

step "set-up" "$ASSAY_ROOT/scripts/setup.sh"
. "$ASSAY_ROOT/scripts/env.sh"
step "checking the formatting" "$ASSAY_ROOT/scripts/fmt.sh" --check
optional shellcheck "checking the scripts" check_scripts
optional typos "checking the spelling" check_spelling
optional cargo-deny "checking licences and advisories of the dependencies" check_dependencies
step "clippy on the example programs" clippy_programs
step "clippy on the machine in WebAssembly" clippy_portable
step "clippy on the explorer's verifier" clippy_verifier
step "building the workspace" "$ASSAY_ROOT/scripts/build.sh"
trap '"$ASSAY_ROOT/scripts/build.sh"' EXIT
step "clippy on the workspace" clippy_workspace
