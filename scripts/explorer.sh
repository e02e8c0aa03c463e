#!/usr/bin/env bash
# Builds the explorer: its verifier for WebAssembly, then the page, into $CARGO_TARGET_DIR/explorer. Prints that directory.
# The next build of the wallet takes the files into `assay explorer`.
#
# Needs Node 20.19 or newer with npm; fetches what package-lock.json names, and nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly EXPLORER="$ASSAY_ROOT/explorer"
readonly OUTPUT="$CARGO_TARGET_DIR/explorer"
# What the machine itself was compiled to already is used again.
readonly VERIFIER_TARGET="$CARGO_TARGET_DIR/portable"
readonly INSTALLED="$EXPLORER/node_modules/.assay-lock"

ensure_node() {
	have node && have npm || fail "the explorer is built with Node and npm, and they are not here" \
		"Install Node 20.19 or newer, with npm."
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
		fail "the explorer needs Node 20.19 or newer, this is $(node --version)"
}

install_dependencies() {
	cmp -s "$EXPLORER/package-lock.json" "$INSTALLED" && return 0
	# Not `npm ci`: npm leaves packages for other systems out of the lock file, and then misses them. The versions are those
	# of the lock file all the same, and the lock file stays as it is.
	(cd "$EXPLORER" && npm install --no-save --no-audit --no-fund --loglevel=error) &&
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

ensure_node
step "installing what the explorer is built with" install_dependencies >&2
step "building the explorer's verifier" build_verifier >&2
step "checking and building the explorer" build_page >&2
echo "$OUTPUT"
