#!/usr/bin/env bash
# Tests the explorer in a real browser, against a chain of its own with a worker that runs real jobs. Arguments go to
# Playwright: `scripts/explorer-test.sh check` runs the tests of check.spec.ts. With --screenshots it takes pictures of every
# page in every size instead, into $OUT (default: explorer/screenshots). With --soak it leaves the page open
# for $MINUTES (default: 60), and tells what it holds on to, also in the file $OUT if that is set.
#
# Needs what build.sh and explorer.sh build; installs Chromium where it is missing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"
. "$ASSAY_ROOT/scripts/javascript.sh"

# find_browser: prints the Chromium there is.
find_browser() {
	local name
	for name in "${ASSAY_CHROMIUM:-chromium}" chromium-browser google-chrome; do
		command -v "$name" && return 0
	done
	return 1
}

ensure_browser() {
	find_browser >/dev/null || install_packages chromium
}

run_tests() {
	local command=(npx --no-install playwright test)
	if [ "${1:-}" = --screenshots ]; then
		shift
		command+=(--config screenshots.config.ts)
		export OUT="${OUT:-$ASSAY_ROOT/explorer/screenshots}"
	elif [ "${1:-}" = --soak ]; then
		shift
		command+=(--config soak.config.ts)
	fi
	(cd "$ASSAY_ROOT/explorer" && ASSAY_CHROMIUM="$(find_browser)" "${command[@]}" "$@" </dev/null)
}

if [ ! -f "$CARGO_TARGET_DIR/explorer/index.html" ] || [ ! -d "$ASSAY_ROOT/explorer/node_modules" ]; then
	"$ASSAY_ROOT/scripts/explorer.sh" >/dev/null
fi
make_scratch
ensure_node
ensure_browser
run_tests "$@"
