#!/usr/bin/env bash
# Runs the tests of faults that take too long for every test: a network that falls apart, wrong clocks, every kind of lying
# auditor, full disks, a hundred jobs at once. With arguments, those whose names contain one of them.
#
# Needs what build.sh builds. Tests of things that are not permitted here say so and are skipped: network
# namespaces take root and iproute2, wrong clocks take faketime, which is installed on Debian.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"

install_faketime() {
	have faketime && return 0
	if ! have apt-get || ! install_packages faketime iproute2; then
		say "there is no faketime: the test of wrong clocks will be skipped"
	fi
}

# One after the other: each has a network of its own.
run_faults() {
	(cd "$ASSAY_ROOT" && cargo test --release --workspace --locked --test e2e -- --ignored --nocapture --test-threads=1 "$@" </dev/null)
}

make_scratch
install_faketime
step "testing faults" run_faults "$@"
