#!/usr/bin/env bash
# Formats all Rust code; with --check only reports what it would change, and fails if that is anything.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

format() {
	local workspace status=0
	for workspace in "$ASSAY_ROOT" "$ASSAY_ROOT/examples/programs" "$ASSAY_ROOT/vm/portable" \
		"$ASSAY_ROOT/explorer/verifier"; do
		(cd "$workspace" && cargo fmt --all -- "$@") || status=1
	done
	return "$status"
}

if ! formatter="$(find_rustfmt)"; then
	# A person without rustfmt should still see the tests run; what lands must be formatted.
	[ -z "${CI:-}" ] || fail "no rustfmt found" "Install it: rustup component add rustfmt"
	say "SKIPPED: no rustfmt found, so the formatting was not looked at (rustup component add rustfmt)"
	exit 0
fi
if [ "$formatter" != path ]; then
	export RUSTUP_TOOLCHAIN="$formatter"
fi
if ! format "$@"; then
	fail "cargo fmt reports the above" "If it is only the formatting: make fmt"
fi
