# shellcheck shell=bash
# Small functions shared by the scripts. Sourced by env.sh, never run.

# say TEXT: one line of progress, on standard error so that results can be piped.
say() {
	printf 'assay: %s\n' "$*" >&2
}

# fail REASON [WHAT TO DO]…: explains on standard error and ends the script.
fail() {
	printf '\nassay: error: %s\n' "$1" >&2
	shift
	local line
	for line in "$@"; do
		printf '       %s\n' "$line" >&2
	done
	exit 1
}

# absolute PATH: the same path from the root, whether or not it exists.
absolute() {
	case "$1" in
		/*) printf '%s\n' "$1" ;;
		*) printf '%s/%s\n' "$PWD" "$1" ;;
	esac
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# elapsed SECONDS: "1 h 02 min 03 s", without the parts that are nought.
elapsed() {
	local seconds="$1"
	if [ "$seconds" -ge 3600 ]; then
		printf '%d h %02d min %02d s' $((seconds / 3600)) $((seconds % 3600 / 60)) $((seconds % 60))
	elif [ "$seconds" -ge 60 ]; then
		printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
	else
		printf '%d s' "$seconds"
	fi
}

# step NAME COMMAND…: runs the command, tells how long it took, and ends the script with its status if it failed.
step() {
	local name="$1" started=$SECONDS status=0
	shift
	say "$name …"
	"$@" || status=$?
	if [ "$status" -ne 0 ]; then
		say "FAILED: $name, after $(elapsed $((SECONDS - started))), exit status $status"
		exit "$status"
	fi
	say "$name: done in $(elapsed $((SECONDS - started)))"
}

# with_timeout SECONDS COMMAND…: where the system has no timeout(1) the command runs unbounded.
with_timeout() {
	local seconds="$1"
	shift
	if have timeout; then
		timeout "$seconds" "$@"
	else
		"$@"
	fi
}

# find_rustfmt: prints the toolchain whose rustfmt can be used: the formatter need not be the compiler's. Fails if
# there is none.
find_rustfmt() {
	local name
	if have rustup; then
		for name in ${RUSTUP_TOOLCHAIN:-} $(rustup toolchain list 2>/dev/null | cut -d ' ' -f 1 | sort -r); do
			if rustup run "$name" rustfmt --version >/dev/null 2>&1; then
				echo "$name"
				return 0
			fi
		done
	elif have rustfmt && rustfmt --version >/dev/null 2>&1; then
		echo path
		return 0
	fi
	return 1
}
