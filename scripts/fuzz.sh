#!/usr/bin/env bash
# Runs random programs on every engine, and compares. What does not do the same everywhere is made smaller and put into
# vm/tests/corpus, which the tests try.
#
#   scripts/fuzz.sh [SECONDS [SEED]]     600 seconds, from a seed that the time gives, unless said otherwise
#
# Other things to do with it: see USAGE in vm/fuzz/main.rs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
# The whole workspace, so that cargo selects the features that everything has been compiled with.
exec cargo test --release --workspace --locked --test fuzz -- hunt "${1:-600}" "${@:2}"
