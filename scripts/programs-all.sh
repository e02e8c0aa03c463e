#!/usr/bin/env bash
# Builds all example programs, those in C and AssemblyScript too, with the tools that examples/prebuilt was built with,
# and tells whether the bytes are the same as there. Installs what is missing of clang, wasi-libc and AssemblyScript.
# Fails if any program differs. What it built is in $CARGO_TARGET_DIR/programs/all.
#
#   --update   then replaces what differs in examples/prebuilt, and its list of hashes
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"

# The tools. AssemblyScript's version stands in package-lock.json, by hash.
readonly RUSTC_VERSION=1.95.0
readonly CLANG_VERSION=14.0.6
readonly WASI_LIBC_VERSION='0.0~git20220510.9886d3d-2'
readonly DEBIAN_PACKAGES=(clang-14 lld-14 libclang-rt-14-dev-wasm32 wasi-libc)
readonly NODE_MAJOR=18

readonly SOURCES="$ASSAY_ROOT/examples/programs"
readonly PREBUILT="$ASSAY_ROOT/examples/prebuilt"
readonly OUTPUT="$CARGO_TARGET_DIR/programs/all"

# Tools of other versions than these: the likely reason if bytes differ.
OTHER_TOOLS=()

# --- Tools -----------------------------------------------------------------------------------------------------------

ensure_packages() {
	local package missing=()
	if ! have dpkg-query; then
		have clang && have wasm-ld && return 0
		fail "clang for wasm32-wasi is missing" "Install clang and lld with wasi-libc and compiler-rt for wasm32."
	fi
	for package in "${DEBIAN_PACKAGES[@]}"; do
		installed "$package" || missing+=("$package")
	done
	[ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}" ||
		fail "apt-get could not install: ${missing[*]}" "Its last lines stand above."
}

ensure_node() {
	if ! { have node && have npm; }; then
		install_packages nodejs npm || say "apt-get could not install Node.js"
	fi
	if ! { have npm && [ "$(node -p 'parseInt(process.versions.node)')" -ge "$NODE_MAJOR" ]; }; then
		fail "AssemblyScript's compiler needs Node.js $NODE_MAJOR or newer, with npm" \
			"Debian 12 has it as the packages nodejs and npm."
	fi
}

find_clang() {
	if have clang-14; then echo clang-14; else echo clang; fi
}

# expect TOOL VERSION FOUND
expect() {
	[ "$2" = "$3" ] || OTHER_TOOLS+=("$1 is ${3:-unknown}, not $2")
}

# use_pinned_rust: takes the toolchain of that version, if rustup has it; else the one setup.sh chose.
use_pinned_rust() {
	local name
	if have rustup; then
		for name in "$RUSTC_VERSION" $(rustup toolchain list 2>/dev/null | cut -d ' ' -f 1); do
			if [ "$(rustc_version "$name")" = "$RUSTC_VERSION" ] && has_wasm_target "$name"; then
				use_toolchain "$name"
				return 0
			fi
		done
	fi
	say "for the same bytes: rustup toolchain install $RUSTC_VERSION --profile minimal --target wasm32v1-none"
}

rustc_version() {
	(use_toolchain "$1" && rustc --version) 2>/dev/null | cut -d ' ' -f 2
}

has_wasm_target() {
	local root
	root="$(use_toolchain "$1" && rustc --print sysroot)" && compgen -G "$root/lib/rustlib/wasm32v1-none/lib/libcore-*" >/dev/null
}

# --- Programs --------------------------------------------------------------------------------------------------------
# Run by `step`, where bash does not stop at the first command that fails: what depends on each other is chained.

build_rust() {
	use_pinned_rust
	expect rustc "$RUSTC_VERSION" "$(rustc --version | cut -d ' ' -f 2)"
	(cd "$SOURCES" && cargo build --release --target wasm32v1-none --workspace --locked --target-dir "$OUTPUT/rust") &&
		cp "$OUTPUT"/rust/wasm32v1-none/release/*.wasm "$OUTPUT/"
}

build_c() {
	local clang
	ensure_packages
	clang="$(find_clang)"
	expect clang "$CLANG_VERSION" "$("$clang" -dumpversion)"
	expect wasi-libc "$WASI_LIBC_VERSION" "$(dpkg-query -W -f '${Version}' wasi-libc 2>/dev/null)"
	CC="$clang" "$SOURCES/option-pricing/build.sh" "$OUTPUT/option-pricing.wasm"
}

# In a copy, so that no packages are installed into the clone.
build_assemblyscript() {
	local copy="$OUTPUT/assemblyscript"
	ensure_node
	rm -rf "$copy" && mkdir -p "$copy" && cp -R "$SOURCES/digits/." "$copy/" &&
		(cd "$copy" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build) </dev/null &&
		cp "$copy/build/digits.wasm" "$OUTPUT/"
}

# --- New programs ----------------------------------------------------------------------------------------------------

# What `assay program new` writes, in every language, with the compilers that the examples were built with just now.
test_scaffolds() {
	local assay="$CARGO_TARGET_DIR/release/assay" place="$SCRATCH/new" language
	[ -x "$assay" ] || { say "SKIPPED: new programs (there is no $assay: make build)" && return 0; }
	mkdir -p "$place" || return 1
	for language in rust c assemblyscript; do
		"$assay" program new --lang "$language" "$place/new-$language" >/dev/null || return 1
		if [ "$language" = assemblyscript ]; then
			(cd "$place/new-$language" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) </dev/null || return 1
		fi
		CARGO_TARGET_DIR="$place/target" "$assay" program test "$place/new-$language" || return 1
	done
}

# --- Comparison ------------------------------------------------------------------------------------------------------

# The names of all programs, built or prebuilt.
names() {
	local program
	for program in "$OUTPUT"/*.wasm "$PREBUILT"/*.wasm; do
		[ ! -e "$program" ] || basename "$program"
	done | sort -u
}

update() {
	mkdir -p "$PREBUILT"
	rm -f "$PREBUILT"/*.wasm
	install -m 644 "$OUTPUT"/*.wasm "$PREBUILT/"
	(cd "$PREBUILT" && sha256sum -- *.wasm >SHA256SUMS)
	say "examples/prebuilt is what was built just now; see vm/README.md for what that means to the golden outcomes"
}

# compare [--update]
compare() {
	local program same=yes
	for program in $(names); do
		if cmp -s "$OUTPUT/$program" "$PREBUILT/$program"; then
			say "$program: identical"
		else
			say "$program: DIFFERS from examples/prebuilt"
			same=no
		fi
	done
	if [ "$same" = yes ]; then
		return 0
	elif [ "${1:-}" = --update ]; then
		update
	else
		fail "not the bytes of examples/prebuilt" "${OTHER_TOOLS[@]}" \
			"If the programs were changed on purpose: scripts/programs-all.sh --update"
	fi
}

case "${1:-}" in
	'' | --update) ;;
	*) fail "programs-all.sh takes --update or nothing" ;;
esac
make_scratch
mkdir -p "$OUTPUT"
rm -f "$OUTPUT"/*.wasm
step "building the programs in Rust" build_rust
step "building the program in C" build_c
step "building the program in AssemblyScript" build_assemblyscript
step "making and testing new programs" test_scaffolds
compare "${1:-}"
