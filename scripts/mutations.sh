#!/usr/bin/env bash
# Weakens the rules of the protocol one at a time, and demands that the tests named with each fail. `make test` does this,
# too. Prints every weakening with the tests that noticed it.
#
#   scripts/mutations.sh          runs the tests that are named
#   scripts/mutations.sh --all    runs all of them, to see which else fail
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
case "${1:-}" in
	"") ;;
	--all) export ASSAY_ALL_TESTS=1 ;;
	*) fail "unknown: $1" "See the first lines of $0" ;;
esac
# The whole workspace, so that cargo selects the features that everything has been compiled with.
exec cargo test --release --workspace --locked --test weakened_pallet --test weakened_primitives -- every_weakening --nocapture
