#!/usr/bin/env bash
# Builds the documentation of Assay's own crates, private items included. Broken links are errors.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

"$ASSAY_ROOT/scripts/setup.sh"
. "$ASSAY_ROOT/scripts/env.sh"
cd "$ASSAY_ROOT"
RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D rustdoc::broken_intra_doc_links" \
	cargo doc --release --workspace --no-deps --document-private-items --locked
say "documentation is in $CARGO_TARGET_DIR/doc"
