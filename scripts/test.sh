#!/usr/bin/env bash
# The whole test, as CI runs it: set-up, formatting, builds, all tests of both workspaces, the explorer in a browser, and
# jobs posted with the clients that other people made for Substrate chains. Stops at the first step that fails, but runs all tests.
#
# Clippy is not part of it: it compiles the workspace a second time. See lint.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# More tests at a time than there are cores, for the longest ones mostly wait for blocks.
run_tests() {
	(cd "$ASSAY_ROOT" && RUST_TEST_THREADS="${RUST_TEST_THREADS:-4}" cargo test --release --workspace --locked --no-fail-fast </dev/null)
}

step "set-up" "$ASSAY_ROOT/scripts/setup.sh"
# Again, for what set-up has just decided.
. "$ASSAY_ROOT/scripts/env.sh"
if have python3; then
	step "checking that docs/openrpc.json is what the sources say" "$ASSAY_ROOT/scripts/openrpc.py" --check
	step "testing how measured weights are put together" "$ASSAY_ROOT/scripts/best-weights-test.py"
else
	say "SKIPPED: whether docs/openrpc.json is what the sources say, and how weights are put together (there is no python3)"
fi
step "checking the formatting" "$ASSAY_ROOT/scripts/fmt.sh" --check
# Before the wallet, which takes it in.
"$ASSAY_ROOT/scripts/explorer.sh" >/dev/null
. "$ASSAY_ROOT/scripts/env.sh"
"$ASSAY_ROOT/scripts/build.sh"
"$ASSAY_ROOT/scripts/test-programs.sh"
step "building the kernels that the machine is measured with" "$ASSAY_ROOT/scripts/build-kernels.sh" >/dev/null
step "running the tests" run_tests
step "testing the explorer in a browser" "$ASSAY_ROOT/scripts/explorer-test.sh"
"$ASSAY_ROOT/scripts/clients.sh"
say "all tests passed, after $(elapsed "$SECONDS")"
