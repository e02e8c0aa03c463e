#!/usr/bin/env bash
# Measures how many batches a chain settles and what they weigh, on a development node that it starts: see
# benches/chain/README.md. Prints tables and writes them into docs/throughput.md. With arguments, which go to
# assay-bench-chain (--help lists them), the document stays as it is, unless they say --write.
#
# About ten minutes. The numbers want a machine that does nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

step "set-up" "$ASSAY_ROOT/scripts/setup.sh"
# Again, for what set-up has just decided.
. "$ASSAY_ROOT/scripts/env.sh"
"$ASSAY_ROOT/scripts/build.sh"
[ "$#" -gt 0 ] || set -- --write "$ASSAY_ROOT/docs/throughput.md"
exec "$CARGO_TARGET_DIR/release/assay-bench-chain" "$@"
