#!/usr/bin/env bash
# Measures what the calls of the pallet weigh and writes pallets/compute/src/weights.rs.
#
#   scripts/weights.sh                measure several times, and write the file with the best of each function
#   scripts/weights.sh build          only build the runtime with the benchmarks in it
#   scripts/weights.sh check          run each benchmark once, and write nothing
#   scripts/weights.sh show PALLET EXTRINSIC   measure another pallet's call and print it, to compare with
#
# Read from the caller's environment:
#   RUNS     how often everything is measured                       (default: 3)
#   STEPS    values of each parameter that are measured             (default: 50)
#   REPEAT   how often each is measured                             (default: 20)
#   ASSAY_BENCHER   the frame-omni-bencher to use   (default: installed into $ASSAY_CACHE/bencher if it is not there)
#
# The machine should have nothing else to do meanwhile: what disturbs a measurement makes calls dearer. What disturbs one run
# and not the next does no harm: scripts/best-weights.py says why, and how the best is chosen. The runs are left in
# $ASSAY_CACHE/weights/runs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"

BENCHER_VERSION=0.28.0
RUNS="${RUNS:-3}"
STEPS="${STEPS:-50}"
REPEAT="${REPEAT:-20}"
PROJECT="$ASSAY_CACHE/weights"
RUNTIME="$PROJECT/target/wasm32v1-none/release/assay_runtime.wasm"
MEASURED="$PROJECT/runs"
OUTPUT="$ASSAY_ROOT/pallets/compute/src/weights.rs"
TEMPLATE="$ASSAY_ROOT/scripts/weights.hbs"

# A project around the runtime, as substrate-wasm-builder makes one for every build of the node, with the same profile
# and flags: what is measured is what nodes run. In the workspace itself the benchmarks would be compiled natively too,
# and with them most of the SDK once more.
write_project() {
	mkdir -p "$PROJECT/src"
	cat >"$PROJECT/Cargo.toml" <<-TOML
		[package]
		name = "assay-runtime-blob"
		version = "1.0.0"
		edition = "2021"

		[lib]
		name = "assay_runtime"
		crate-type = ["cdylib"]

		[dependencies]
		wasm-project = { package = "assay-runtime", path = "$ASSAY_ROOT/runtime", default-features = false, features = ["runtime-benchmarks"] }

		[profile.release]
		lto = "thin"
		panic = "abort"

		[workspace]
		resolver = "2"
	TOML
	printf '#![no_std]\npub use wasm_project::*;\n' >"$PROJECT/src/lib.rs"
	# The versions of the workspace; cargo drops what the runtime does not need.
	cp "$ASSAY_ROOT/Cargo.lock" "$PROJECT/Cargo.lock"
}

build_runtime() {
	write_project
	CARGO_TARGET_DIR="$PROJECT/target" \
		RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
		cargo rustc --release --target wasm32v1-none --manifest-path "$PROJECT/Cargo.toml"
}

install_bencher() {
	BENCHER="${ASSAY_BENCHER:-$ASSAY_CACHE/bencher/bin/frame-omni-bencher}"
	[ -x "$BENCHER" ] && return
	[ -z "${ASSAY_BENCHER:-}" ] || fail "there is no program $ASSAY_BENCHER" "Unset ASSAY_BENCHER to have it installed"
	# For the bindings of RocksDB, which it is built with whatever database nodes use.
	installed libclang-dev || { make_scratch && install_packages libclang-dev; }
	cargo install frame-omni-bencher --version "$BENCHER_VERSION" --locked --root "$ASSAY_CACHE/bencher"
}

# bench ARGUMENT…: what all runs have in common.
bench() {
	"$BENCHER" v1 benchmark pallet --runtime "$RUNTIME" \
		--genesis-builder runtime --genesis-builder-preset development \
		--steps "$STEPS" --repeat "$REPEAT" --wasm-execution compiled --heap-pages 4096 --default-pov-mode ignored --disable-proof-recording "$@"
}

# measure NUMBER: one run.
measure() {
	bench --pallet pallet_compute --extrinsic '*' --template "$TEMPLATE" --output "$MEASURED/$1.rs"
}

# Only what this time's runs have written, all of it, replaces the file.
write_best() {
	local run runs=() best="$PROJECT/weights.rs"
	for ((run = 1; run <= RUNS; run++)); do
		runs+=("$MEASURED/$run.rs")
	done
	"$ASSAY_ROOT/scripts/best-weights.py" "$best" "${runs[@]}" && mv "$best" "$OUTPUT" && "$ASSAY_ROOT/scripts/fmt.sh"
}

measure_all() {
	local run
	rm -rf "$MEASURED"
	mkdir -p "$MEASURED"
	for ((run = 1; run <= RUNS; run++)); do
		step "measuring, run $run of $RUNS, with $STEPS steps, each $REPEAT times" measure "$run"
	done
	step "writing the best of each function" write_best
}

check() {
	STEPS=2 REPEAT=1 bench --pallet pallet_compute --extrinsic '*' --min-duration 0 \
		--no-median-slopes --no-min-squares
}

main() {
	local command="${1:-measure}"
	case "$command" in
		measure | build | check | show) ;;
		*) fail "there is no command $command" "It is one of: build, check, show PALLET EXTRINSIC; or none, to measure" ;;
	esac
	if [ "$command" = measure ]; then
		[[ "$RUNS" =~ ^[1-9][0-9]?$ ]] || fail "RUNS is $RUNS" "It is a number from 1 to 99"
		have python3 || fail "there is no python3" "What was measured is put together with it"
	fi
	step "building the runtime with its benchmarks" build_runtime
	[ "$command" != build ] || return 0
	step "looking for frame-omni-bencher $BENCHER_VERSION" install_bencher
	case "$command" in
		measure) measure_all ;;
		check) step "running each benchmark" check ;;
		show) step "measuring $2::$3" bench --pallet "$2" --extrinsic "$3" ;;
	esac
}

main "$@"
