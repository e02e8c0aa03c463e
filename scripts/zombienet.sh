#!/usr/bin/env bash
# Runs networks of validators and workers on this machine under zombienet, and does bad things to them: see zombienet/README.md.
# With arguments, only the tests whose names begin with one of them: `scripts/zombienet.sh 1 7`.
#
# About three minutes for each test, and some more to build another runtime for the upgrade, once. Needs what build.sh
# builds; installs Node.js, npm and zombienet's command line from npm.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"
. "$ASSAY_ROOT/scripts/javascript.sh"

readonly PROJECT="$ASSAY_ROOT/zombienet"
export ASSAY_BINARIES="$CARGO_TARGET_DIR/release"
export ASSAY_PROGRAMS="$CARGO_TARGET_DIR/programs"
export ASSAY_SCENES="$ASSAY_ROOT/examples/scenes"
export ASSAY_CHAIN_SPEC="$CARGO_TARGET_DIR/npm/zombienet/chain.json"
ASSAY_NEXT_RUNTIME=
export ASSAY_NEXT_RUNTIME

# run_test FILE: in a folder of its own, which stays if the test fails.
run_test() {
	local directory status=0
	directory="$(mktemp -d -t assay-zombienet-XXXXXX)"
	# zombienet reads the keys of workers and of its own from nowhere else.
	(cd "$PROJECT" && node_modules/.bin/zombienet --provider native --dir "$directory" --force test "$1" </dev/null) \
		>"$directory.log" 2>&1 || status=$?
	if [ "$status" -ne 0 ]; then
		tail -n 40 "$directory.log" >&2
		say "its logs are in $directory"
		return "$status"
	fi
	rm -rf "$directory" "$directory.log"
}

# is_wanted FILE PREFIX…
is_wanted() {
	local name prefix
	name="$(basename "$1")"
	shift
	[ "$#" -gt 0 ] || return 0
	for prefix in "$@"; do
		case "$name" in "$prefix"*) return 0 ;; esac
	done
	return 1
}

# Once for a node: on a busy machine this takes a minute.
make_specification() {
	if [ "$ASSAY_CHAIN_SPEC" -nt "$ASSAY_BINARIES/assay-node" ] && [ "$ASSAY_CHAIN_SPEC" -nt "$PROJECT/specification.js" ]; then
		return 0
	fi
	node "$PROJECT/specification.js" "$ASSAY_BINARIES/assay-node" >"$ASSAY_CHAIN_SPEC.new"
	mv "$ASSAY_CHAIN_SPEC.new" "$ASSAY_CHAIN_SPEC"
}

main() {
	local test tests=()
	[ -x "$ASSAY_BINARIES/assay-node" ] || fail "$ASSAY_BINARIES/assay-node is missing" "Run scripts/build.sh first."
	make_scratch
	ensure_node
	step "installing zombienet" install_npm_project "$PROJECT"
	for test in "$PROJECT"/*.zndsl; do
		! is_wanted "$test" "$@" || tests+=("$test")
	done
	[ "${#tests[@]}" -gt 0 ] || fail "no test is called like that" "$(ls "$PROJECT"/*.zndsl)"
	step "making the specification of a chain with four validators" make_specification
	for test in "${tests[@]}"; do
		if grep -q '"upgrade"' "$test"; then
			ASSAY_NEXT_RUNTIME="$("$ASSAY_ROOT/scripts/next-runtime.sh")"
		fi
		step "$(sed -n 's/^Description: //p' "$test")" run_test "$test"
	done
	say "${#tests[@]} tests passed, after $(elapsed "$SECONDS")"
}

main "$@"
