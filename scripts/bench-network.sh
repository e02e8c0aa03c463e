#!/usr/bin/env bash
# Measures a network of four validators on this machine: time from post to settled, blocks to recover when one of them dies,
# the rate of blobs between nodes, memory, and how fast a node answers. Prints a table and writes it into docs/network.md. With
# arguments, which go to assay-bench-network (--help lists them), the document stays as it is, unless they say --write.
#
# About half an hour. The numbers want a machine that does nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

step "set-up" "$ASSAY_ROOT/scripts/setup.sh"
# Again, for what set-up has just decided.
. "$ASSAY_ROOT/scripts/env.sh"
"$ASSAY_ROOT/scripts/build.sh"
[ "$#" -gt 0 ] || set -- --write "$ASSAY_ROOT/docs/network.md"
exec "$CARGO_TARGET_DIR/release/assay-bench-network" "$@"
