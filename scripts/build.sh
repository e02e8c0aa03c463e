#!/usr/bin/env bash
# Builds everything: the example programs, the node with its runtime, the worker and the wallet.
#
# Always the whole workspace in the profile `release`, here and in test.sh: cargo would compile the dependencies again
# for every other set of features or profile, and they are most of an hour's work.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

build_workspace() {
	(cd "$ASSAY_ROOT" && cargo build --release --workspace --locked)
}

step "building the example programs" "$ASSAY_ROOT/scripts/build-programs.sh" >/dev/null
[ -d "$CARGO_TARGET_DIR/release" ] || say "nothing is built yet: the first time takes most of an hour"
step "building the workspace" build_workspace
say "binaries are in $CARGO_TARGET_DIR/release"
