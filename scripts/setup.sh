#!/usr/bin/env bash
# Prepares this machine for building Assay: system packages, and a Rust compiler that can also compile for
# wasm32v1-none (the chain's runtime and the programs of the machine). Safe to run again; quick when nothing is missing.
#
# Which compiler, in this order:
#   1. $ASSAY_TOOLCHAIN if set: a toolchain of rustup, or `path` (cargo on PATH), or `system` (/usr/bin)
#   2. the one an earlier set-up chose: changing it would compile every dependency again
#   3. rustup's toolchain called `assay`, if there is one
#   4. rustup's default toolchain or its `stable`, with `rustup target add wasm32v1-none`
#   5. without rustup: the cargo on PATH, if it already has that target
#   6. rustup's `stable`, newly installed
#   7. Debian's rustc-web packages, with core and alloc for wasm32v1-none compiled from the packaged source
# The choice is written to $ASSAY_CACHE/toolchain.env, which env.sh reads.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$ASSAY_ROOT/scripts/packages.sh"

readonly WASM_TARGET=wasm32v1-none
readonly DOWNLOAD_SECONDS=180
readonly DEBIAN_PACKAGES=(rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy lld-22)

# --- Packages --------------------------------------------------------------------------------------------------------

# What is missing, in the names Debian gives it. Looks for the tools and not for packages, so that it holds elsewhere.
missing_system_packages() {
	{ have cc && have c++ && have make; } || echo build-essential
	have git || echo git
	have protoc || echo protobuf-compiler
	if ! have pkg-config; then
		echo pkg-config
		echo libssl-dev
	elif ! pkg-config --exists openssl; then
		echo libssl-dev
	fi
}

ensure_system_packages() {
	local missing
	missing="$(missing_system_packages | tr '\n' ' ')"
	[ -n "$missing" ] || return 0
	if ! have apt-get; then
		fail "missing on this system, by their Debian names: $missing" \
			"Install them with the system's package manager (a C and C++ compiler, make, git, protoc, pkg-config," \
			"OpenSSL's headers), then run scripts/setup.sh again."
	fi
	# shellcheck disable=SC2086 # a list of words
	install_packages $missing || fail "apt-get could not install: $missing" "Its last lines stand above."
	missing="$(missing_system_packages | tr '\n' ' ')"
	[ -z "$missing" ] || fail "still not found after installation: $missing"
}

# --- Judging a compiler ----------------------------------------------------------------------------------------------

minimum_rust() {
	sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$ASSAY_ROOT/Cargo.toml" | head -n 1
}

rust_is_recent_enough() {
	local version wanted
	version="$(rustc --version 2>/dev/null | cut -d ' ' -f 2)"
	wanted="$(minimum_rust)"
	[ -n "$version" ] && [ "$(printf '%s\n%s\n' "$wanted" "$version" | sort -V | head -n 1)" = "$wanted" ]
}

wasm_library_directory() {
	echo "$(rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib"
}

# Whether core, alloc and the compiler's builtins for wasm lie where cargo and substrate-wasm-builder look.
wasm_libraries_present() {
	local directory library
	directory="$(wasm_library_directory)"
	for library in core alloc compiler_builtins; do
		compgen -G "$directory/lib$library-*.rlib" >/dev/null || return 1
	done
}

# Compiles and links a small library for wasm with whole-program optimisation, as the runtime's build does. Libraries
# left by another version of the compiler, or lacking bitcode, or a missing linker, fail here and not in an hour.
wasm_compiles() {
	local directory="$SCRATCH/probe"
	mkdir -p "$directory"
	cat >"$directory/probe.rs" <<-'RUST'
		#![no_std]
		extern crate alloc;
		use core::alloc::{GlobalAlloc, Layout};

		struct NoMemory;
		unsafe impl GlobalAlloc for NoMemory {
			unsafe fn alloc(&self, _: Layout) -> *mut u8 {
				core::ptr::null_mut()
			}
			unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
		}
		#[global_allocator]
		static ALLOCATOR: NoMemory = NoMemory;

		#[panic_handler]
		fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
			loop {}
		}

		#[no_mangle]
		pub extern "C" fn probe(length: usize) -> u64 {
			alloc::vec![length as u64; length].iter().sum()
		}
	RUST
	rustc --target "$WASM_TARGET" --edition 2021 --crate-type cdylib --crate-name probe \
		-C opt-level=2 -C lto=fat -C panic=abort -o "$directory/probe.wasm" "$directory/probe.rs" \
		>"$SCRATCH/probe.log" 2>&1 </dev/null && [ -s "$directory/probe.wasm" ]
}

compiler_usable() {
	have cargo && cargo --version >/dev/null 2>&1 && rust_is_recent_enough
}

# ready NAME: that toolchain, as it is, can build everything.
ready() {
	(use_toolchain "$1" && compiler_usable && wasm_libraries_present && wasm_compiles)
}

toolchain_fingerprint() {
	(use_toolchain "$1" && rustc -vV 2>/dev/null | tr '\n' ';')
}

# --- The ways to a compiler ------------------------------------------------------------------------------------------

rustup_toolchains() {
	rustup toolchain list 2>/dev/null | cut -d ' ' -f 1
}

# reason_in LOG: the line that says why, if one does.
reason_in() {
	grep -m 1 -i '^error' "$1" || tail -n 1 "$1"
}

# try_rustup NAME: adds the target to a toolchain that rustup manages.
try_rustup() {
	local name="$1"
	(use_toolchain "$name" && compiler_usable) || return 1
	ready "$name" && return 0
	say "adding $WASM_TARGET to rustup's toolchain $name"
	if ! with_timeout "$DOWNLOAD_SECONDS" rustup target add "$WASM_TARGET" --toolchain "$name" \
		>"$SCRATCH/rustup.log" 2>&1 </dev/null; then
		say "rustup could not: $(reason_in "$SCRATCH/rustup.log")"
		return 1
	fi
	ready "$name" || explain_probe "$name"
}

# try_new_stable: for a rustup without a stable toolchain. One that is there but too old is its owner's to update.
try_new_stable() {
	have rustup || return 1
	rustup_toolchains | grep -q '^stable' && return 1
	say "installing rustup's stable toolchain"
	with_timeout $((4 * DOWNLOAD_SECONDS)) rustup toolchain install stable --profile minimal --component rustfmt \
		--component clippy --target "$WASM_TARGET" --no-self-update >"$SCRATCH/rustup.log" 2>&1 </dev/null ||
		{ say "rustup could not: $(reason_in "$SCRATCH/rustup.log")" && return 1; }
	ready stable && FOUND=stable
}

explain_probe() {
	say "$1 has $WASM_TARGET and still does not compile for it:"
	head -n 5 "$SCRATCH/probe.log" >&2
	return 1
}

# try_debian: Debian's own compiler, in /usr. Leaves the name to use in FOUND.
try_debian() {
	have apt-get && have dpkg-query || return 1
	ensure_debian_packages || return 1
	local name=system
	if have rustup; then
		name=assay
		rustup_toolchains | grep -qx "$name" || rustup toolchain link "$name" /usr >&2 || return 1
	fi
	complete_debian "$name" && FOUND="$name"
}

ensure_debian_packages() {
	local package missing=()
	for package in "${DEBIAN_PACKAGES[@]}"; do
		installed "$package" || missing+=("$package")
	done
	find_rustfmt >/dev/null || missing+=(rustfmt-web)
	[ "${#missing[@]}" -eq 0 ] && return 0
	install_packages "${missing[@]}"
}

# complete_debian NAME: makes core and alloc for wasm if they are missing, or belong to another version of the compiler.
complete_debian() {
	local name="$1"
	ready "$name" && return 0
	# Only where the packages put it: what stands in another sysroot is not ours to write to.
	[ "$( (use_toolchain "$name" && rustc --print sysroot) 2>/dev/null)" = /usr ] || return 1
	(use_toolchain "$name" && compiler_usable) || return 1
	ensure_debian_packages || return 1
	say "compiling core and alloc for $WASM_TARGET (about a minute)"
	build_wasm_libraries "$name" || return 1
	ready "$name" || explain_probe "$name"
}

build_wasm_libraries() {
	local name="$1" crate="$SCRATCH/core" log="$SCRATCH/core.log"
	mkdir -p "$crate/src"
	cat >"$crate/Cargo.toml" <<-'TOML'
		[package]
		name = "wasm-libraries"
		version = "0.0.0"
		edition = "2021"

		[workspace]
	TOML
	printf '#![no_std]\nextern crate alloc;\n' >"$crate/src/lib.rs"
	# Without bitcode in these libraries every later link with LTO ends in "Can't find section .llvmbc".
	if ! (
		use_toolchain "$name" && cd "$crate" &&
			env -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET -u CARGO_BUILD_RUSTFLAGS \
				RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$crate/target" \
				cargo build --release -Zbuild-std=core,alloc --target "$WASM_TARGET"
	) >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		return 1
	fi
	install_wasm_libraries "$name" "$crate/target/$WASM_TARGET/release/deps"
}

# install_wasm_libraries NAME SOURCE: into the compiler's own directory, replacing those of an older version.
install_wasm_libraries() {
	local directory built=()
	directory="$(use_toolchain "$1" && wasm_library_directory)"
	built=("$2"/libcore-*.rlib "$2"/liballoc-*.rlib "$2"/libcompiler_builtins-*.rlib)
	need_root "copying the libraries to $directory"
	say "copying them to $directory"
	as_root mkdir -p "$directory" &&
		as_root find "$directory" -maxdepth 1 -name 'lib*.rlib' -delete &&
		as_root install -m 644 "${built[@]}" "$directory/"
}

# --- The decision ----------------------------------------------------------------------------------------------------

# find_toolchain: sets FOUND, or ends the script.
find_toolchain() {
	local name
	FOUND=
	if [ -n "${ASSAY_TOOLCHAIN:-}" ]; then
		try_named "$ASSAY_TOOLCHAIN" && FOUND="$ASSAY_TOOLCHAIN" && return 0
		fail "the toolchain $ASSAY_TOOLCHAIN, named by ASSAY_TOOLCHAIN, cannot build for $WASM_TARGET" \
			"It must be Rust $(minimum_rust) or newer with that target. Unset ASSAY_TOOLCHAIN to let setup.sh choose."
	fi
	for name in $(known_toolchains); do
		try_named "$name" && FOUND="$name" && return 0
	done
	try_new_stable && return 0
	try_debian && return 0
	fail "no Rust compiler that can build for $WASM_TARGET was found, and none could be installed" \
		"Any of these helps; then run scripts/setup.sh again:" \
		"  - rustup with a working connection: rustup toolchain install stable --target $WASM_TARGET" \
		"  - Rust $(minimum_rust) or newer with the target $WASM_TARGET as the cargo on PATH" \
		"  - Debian 12 or newer with the security archive enabled, for: ${DEBIAN_PACKAGES[*]}"
}

# The toolchains worth a try, best first.
known_toolchains() {
	{
		[ -z "$ASSAY_READY_TOOLCHAIN" ] || echo "$ASSAY_READY_TOOLCHAIN"
		if have rustup; then
			rustup_toolchains | grep -x assay || true
			rustup show active-toolchain 2>/dev/null | cut -d ' ' -f 1
			env -u RUSTUP_TOOLCHAIN rustup show active-toolchain 2>/dev/null | cut -d ' ' -f 1
			rustup_toolchains | grep -E '^stable' || true
		else
			echo path
		fi
	} | awk 'NF && !seen[$0]++'
}

try_named() {
	case "$1" in
		assay | system) complete_debian "$1" ;;
		path) ready path ;;
		*) have rustup && try_rustup "$1" ;;
	esac
}

remember() {
	mkdir -p "$ASSAY_CACHE"
	{
		echo "# Written by scripts/setup.sh. Delete this file to have it decide again."
		printf 'ASSAY_READY_TOOLCHAIN=%q\n' "$1"
		printf 'ASSAY_READY_RUSTC=%q\n' "$2"
	} >"$ASSAY_TOOLCHAIN_FILE.new"
	mv "$ASSAY_TOOLCHAIN_FILE.new" "$ASSAY_TOOLCHAIN_FILE"
}

# still_ready: the compiler remembered is the one that is there, so what was tried then holds.
still_ready() {
	[ -n "$ASSAY_READY_TOOLCHAIN" ] && [ "${ASSAY_TOOLCHAIN:-$ASSAY_READY_TOOLCHAIN}" = "$ASSAY_READY_TOOLCHAIN" ] &&
		[ "$(toolchain_fingerprint "$ASSAY_READY_TOOLCHAIN")" = "$ASSAY_READY_RUSTC" ] &&
		(use_toolchain "$ASSAY_READY_TOOLCHAIN" && wasm_libraries_present)
}

ensure_toolchain() {
	if still_ready; then
		say "ready: $ASSAY_READY_TOOLCHAIN, $(rustc --version)"
		return 0
	fi
	say "looking for a Rust compiler with the target $WASM_TARGET"
	find_toolchain
	remember "$FOUND" "$(toolchain_fingerprint "$FOUND")"
	say "ready: $FOUND, $(use_toolchain "$FOUND" && rustc --version) (remembered in $ASSAY_TOOLCHAIN_FILE)"
}

main() {
	if [ "$#" -gt 0 ]; then
		sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
		[ "$1" = --help ] || fail "setup.sh takes no arguments"
		exit 0
	fi
	mkdir -p "$ASSAY_CACHE" || fail "cannot create $ASSAY_CACHE" "Set ASSAY_CACHE to a directory you may write to."
	make_scratch
	# Two set-ups at once would install over each other.
	if have flock; then
		exec 9>"$ASSAY_CACHE/setup.lock"
		flock 9
	fi
	ensure_system_packages
	ensure_toolchain
}

main "$@"
