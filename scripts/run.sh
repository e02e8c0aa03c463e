#!/usr/bin/env bash
# Builds everything that is not built yet and runs the demonstration: see demo.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

step "set-up" "$ASSAY_ROOT/scripts/setup.sh"
"$ASSAY_ROOT/scripts/build.sh"
exec "$ASSAY_ROOT/scripts/demo.sh" "$@"
