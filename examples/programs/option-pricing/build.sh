#!/bin/sh
# Builds the program for the machine: build.sh OUTPUT.wasm. The compiler is $CC, clang-14 by default; it must find
# wasi-libc by itself, as Debian's does.
set -eu
[ "$#" -eq 1 ] || {
	echo "usage: build.sh OUTPUT.wasm" >&2
	exit 2
}
case "$1" in
	/*) output="$1" ;;
	*) output="$PWD/$1" ;;
esac
cd "$(dirname "$0")"
exec "${CC:-clang-14}" --target=wasm32-wasi -std=c11 -O2 -Wall -Wextra -Werror -fuse-ld=lld -Wl,--strip-all \
	-o "$output" main.c philox.c pricing.c scenario.c
