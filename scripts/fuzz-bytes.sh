#!/usr/bin/env bash
# Gives everything that reads bytes from outside, and every call of the pallet, bytes that nobody would write, and a node's
# own JSON-RPC methods parameters that nobody would write. What fails is
# printed with its seed and its bytes; calls that failed belong into pallets/compute/corpus/calls, which the tests try.
#
#   scripts/fuzz-bytes.sh [SECONDS [SEED]]     600 seconds, from a seed that the time gives, unless said otherwise
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
seconds="${1:-600}"
seed="${2:-$(date +%s)000000}"
round=1000000
export ASSAY_DECODES="$round" ASSAY_CALLS=100000 ASSAY_RPC_CALLS=20000 ASSAY_SCHEDULES=0
# The node that is asked.
cargo build --release --workspace --locked
while [ "$SECONDS" -lt "$seconds" ]; do
	say "from seed $seed on"
	# The whole workspace, so that cargo selects the features that everything has been compiled with.
	ASSAY_SEED="$seed" cargo test --release --workspace --locked --test decoders
	ASSAY_SEED="$seed" cargo test --release --workspace --locked --lib -- calls::no_call_breaks_anything
	ASSAY_SEED="$seed" cargo test --release --workspace --locked --lib --bins -- whatever_the_bytes
	ASSAY_SEED="$seed" cargo test --release --workspace --locked --test e2e -- hostile_rpc
	seed=$((seed + round))
done
