#!/usr/bin/env bash
# Removes the build products: cargo's target directory, and nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

if [ ! -e "$CARGO_TARGET_DIR" ]; then
	say "nothing to remove: $CARGO_TARGET_DIR does not exist"
	exit 0
fi
# Cargo marks the directories it made; anything else came here by a mistaken variable.
if [ ! -f "$CARGO_TARGET_DIR/CACHEDIR.TAG" ] && [ ! -f "$CARGO_TARGET_DIR/programs/CACHEDIR.TAG" ]; then
	fail "$CARGO_TARGET_DIR was not made by cargo, so it stays" "Look at CARGO_TARGET_DIR and ASSAY_TARGET_DIR."
fi
say "removing $CARGO_TARGET_DIR ($(du -sh "$CARGO_TARGET_DIR" | cut -f 1))"
rm -rf "$CARGO_TARGET_DIR"
