//! The kernels of the benchmarks have the same checksum in every way they are run.

#[path = "../benches/support/mod.rs"]
mod support;

use assay_vm_kernels::{all, Kernel, KERNELS};
use support::variant::{Engines, Variant};

#[test]
fn all_variants_of_all_kernels_agree() {
	// One program for all of them: compiling takes more time than running.
	let together = Kernel { name: "all", about: "", run: all, full: 0, small: 0 };
	let engines = Engines::new();
	let ready = engines.ready(together, &support::program(together.name));
	let [first, rest @ ..] = Variant::ALL.map(|variant| ready.run(variant, 0));
	assert_eq!(rest, [first; Variant::ALL.len() - 1], "{:?}", Variant::ALL);
}

#[test]
fn a_checksum_depends_on_the_size() {
	for kernel in KERNELS {
		let larger = kernel.small + kernel.small / 2 + 1;
		assert_ne!((kernel.run)(kernel.small), (kernel.run)(larger), "{}", kernel.name);
	}
}
