# shellcheck shell=bash
# The environment all scripts share. Source it from bash: . scripts/env.sh
#
# Read from the caller's environment:
#   ASSAY_CACHE       where set-up results and build products live    (default: ~/.cache/assay)
#   ASSAY_TARGET_DIR  cargo's target directory                        (default: $ASSAY_CACHE/target)
#   CARGO_TARGET_DIR  the same; wins over ASSAY_TARGET_DIR
#   ASSAY_TOOLCHAIN   which compiler setup.sh takes, see there        (default: it decides)

ASSAY_ROOT="$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
. "$ASSAY_ROOT/scripts/lib.sh"

ASSAY_CACHE="$(absolute "${ASSAY_CACHE:-${XDG_CACHE_HOME:-${HOME:?"must be set, or ASSAY_CACHE"}/.cache}/assay}")"
ASSAY_TOOLCHAIN_FILE="$ASSAY_CACHE/toolchain.env"
export ASSAY_ROOT ASSAY_CACHE

# Outside the clone, so that a fresh clone or a second work tree does not compile a thousand dependencies again.
CARGO_TARGET_DIR="$(absolute "${CARGO_TARGET_DIR:-${ASSAY_TARGET_DIR:-$ASSAY_CACHE/target}}")"
export CARGO_TARGET_DIR

# The wallet takes the explorer in once explorer.sh has built it.
if [ -f "$CARGO_TARGET_DIR/explorer/index.html" ]; then
	export ASSAY_EXPLORER_DIR="$CARGO_TARGET_DIR/explorer"
fi

export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
export CARGO_NET_RETRY="${CARGO_NET_RETRY:-5}"
# The network crates would otherwise compile OpenSSL from source (eight core-minutes).
export OPENSSL_NO_VENDOR=1
# Under `make -j` cargo would look for make's job server, which recipes do not get.
unset MAKEFLAGS MFLAGS

# A login shell may not have run since rustup was installed.
if ! have cargo && [ -x "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" ]; then
	PATH="${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
fi

# use_toolchain NAME: makes `cargo` and `rustc` mean that toolchain. NAME is a toolchain of rustup, or `path` for
# whatever stands on PATH, or `system` for /usr/bin.
use_toolchain() {
	case "$1" in
		path) ;;
		system) PATH="/usr/bin:$PATH" ;;
		*)
			have rustup || return 1
			export RUSTUP_TOOLCHAIN="$1"
			# A cargo that is not rustup's proxy would ignore RUSTUP_TOOLCHAIN.
			local proxies
			proxies="$(dirname "$(command -v rustup)")"
			[ "$(command -v cargo)" = "$proxies/cargo" ] || PATH="$proxies:$PATH"
			;;
	esac
	export PATH
}

# What setup.sh decided last time.
ASSAY_READY_TOOLCHAIN=
# shellcheck disable=SC2034 # setup.sh compares it
ASSAY_READY_RUSTC=
if [ -r "$ASSAY_TOOLCHAIN_FILE" ]; then
	# shellcheck source=/dev/null
	. "$ASSAY_TOOLCHAIN_FILE"
fi
if [ -n "$ASSAY_READY_TOOLCHAIN" ]; then
	# A toolchain that has gone since then is setup.sh's to replace.
	use_toolchain "$ASSAY_READY_TOOLCHAIN" || true
fi
