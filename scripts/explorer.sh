#!/usr/bin/env bash
# Builds the explorer: its verifier for WebAssembly, then the page, into $CARGO_TARGET_DIR/explorer. Prints that directory.
# The next build of the wallet takes the files into `assay explorer`.
#
# Installs Node.js and npm if they are missing; fetches what package-lock.json names, and nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"
. "$ASSAY_ROOT/scripts/javascript.sh"

readonly EXPLORER="$ASSAY_ROOT/explorer"
readonly OUTPUT="$CARGO_TARGET_DIR/explorer"
# What the machine itself was compiled to already is used again.
readonly VERIFIER_TARGET="$CARGO_TARGET_DIR/portable"
readonly INSTALLED="$EXPLORER/node_modules/.assay-lock"

install_dependencies() {
	cmp -s "$EXPLORER/package-lock.json" "$INSTALLED" && return 0
	(cd "$EXPLORER" && npm ci --loglevel=error) &&
		cp "$EXPLORER/package-lock.json" "$INSTALLED"
}

build_verifier() {
	(cd "$EXPLORER/verifier" &&
		CARGO_TARGET_DIR="$VERIFIER_TARGET" cargo build --release --target wasm32v1-none --locked) || return
	local built="$VERIFIER_TARGET/wasm32v1-none/release/assay_verifier.wasm"
	cmp -s "$built" "$EXPLORER/public/verifier.wasm" || install -m 644 "$built" "$EXPLORER/public/verifier.wasm"
}

build_page() {
	cd "$EXPLORER" &&
		npm run --silent descriptors &&
		npm run --silent check &&
		EXPLORER_DIST="$OUTPUT" npm run --silent build
}

make_scratch
ensure_node
step "installing the npm packages of the explorer" install_dependencies >&2
step "building the explorer's verifier" build_verifier >&2
step "checking and building the explorer" build_page >&2
echo "$OUTPUT"
