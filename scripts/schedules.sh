#!/usr/bin/env bash
# Runs random schedules of honest and hostile actors against the pallet. A schedule depends on its number alone; one that
# fails is made smaller and told, with its number.
#
#   scripts/schedules.sh [COUNT [FIRST]]     100000 schedules, from a number that the time gives, unless said otherwise
#
# Read from the environment: ASSAY_THREADS, how many run at a time (default: as many as there are processors).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
export ASSAY_SCHEDULES="${1:-100000}" ASSAY_SEED="${2:-$(date +%s)000000}" ASSAY_THREADS="${ASSAY_THREADS:-$(nproc)}"
say "$ASSAY_SCHEDULES schedules from number $ASSAY_SEED on"
# The whole workspace, so that cargo selects the features that everything has been compiled with.
exec cargo test --release --workspace --locked --lib -- invariants::no_schedule_breaks_the_protocol --nocapture
