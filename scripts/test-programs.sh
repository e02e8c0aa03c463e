#!/usr/bin/env bash
# Tests the example programs natively: the units of those in Rust and C, and the program in C against computations in
# Python where there is one. What runs on the machine itself is tested in vm/tests.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly SOURCES="$ASSAY_ROOT/examples/programs"
readonly OUTPUT="$CARGO_TARGET_DIR/programs"
readonly NATIVE="$OUTPUT/native"

test_rust() {
	(cd "$SOURCES" && cargo test --workspace --locked --target-dir "$OUTPUT" </dev/null)
}

build_native() {
	local parts=(philox.c pricing.c scenario.c) flags=(-std=c11 -O2 -Wall -Wextra)
	mkdir -p "$NATIVE" && cd "$SOURCES/option-pricing" &&
		"${CC:-cc}" "${flags[@]}" self_check.c "${parts[@]}" -lm -o "$NATIVE/option-pricing-self-check" &&
		"${CC:-cc}" "${flags[@]}" main.c "${parts[@]}" -lm -o "$NATIVE/option-pricing"
}

test_c() {
	(build_native) && "$NATIVE/option-pricing-self-check" || return 1
	if have python3; then
		"$SOURCES/option-pricing/check.py" "$NATIVE/option-pricing"
	else
		say "SKIPPED: option-pricing against computations in Python (there is no python3)"
	fi
}

check_hashes() {
	(cd "$ASSAY_ROOT/examples/prebuilt" && sha256sum --quiet -c SHA256SUMS)
}

step "testing the example programs in Rust" test_rust
step "testing the example program in C" test_c
step "checking the hashes of examples/prebuilt" check_hashes
