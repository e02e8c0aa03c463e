#!/usr/bin/env bash
# Has the clients that people use for Substrate chains post a job, read it and follow it, against a real node: the npm
# packages @polkadot/api and polkadot-api, and the light client smoldot. See tests/clients.
#
# About a minute, besides what setup and build take. Needs what build.sh builds; installs Node.js and npm if they are
# missing, and the npm packages of the lock file.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"
. "$ASSAY_ROOT/scripts/javascript.sh"

readonly PROJECT="$ASSAY_ROOT/tests/clients"
ASSAY_NODE="$CARGO_TARGET_DIR/release/assay-node"
export ASSAY_NODE

run_clients() {
	(cd "$PROJECT" && npm test --silent </dev/null)
}

[ -x "$ASSAY_NODE" ] || fail "$ASSAY_NODE is missing" "Run scripts/build.sh first."
make_scratch
ensure_node
step "installing the npm packages of tests/clients" install_npm_project "$PROJECT"
step "posting and reading jobs with standard and light clients" run_clients
