//! The kernels of the benchmarks have the same checksum in every way they are run.

#[path = "../benches/support/mod.rs"]
mod support;

use assay_vm_kernels::{all, Kernel, KERNELS};
use support::variant::{Engines, Variant};

#[test]
fn all_variants_of_a_kernel_agree() {
	let engines = Engines::new();
	let together = Kernel { name: "all", about: "", run: all, full: 0, small: 0 };
	for kernel in KERNELS.iter().chain([&together]) {
		let ready = engines.ready(*kernel, &support::program(kernel.name));
		let expected = (kernel.run)(kernel.small);
		for variant in Variant::ALL {
			assert_eq!(ready.run(variant, kernel.small), expected, "{}, {}", kernel.name, variant.name());
		}
	}
}

#[test]
fn a_checksum_depends_on_the_size() {
	for kernel in KERNELS {
		assert_ne!((kernel.run)(kernel.small), (kernel.run)(kernel.small + 4), "{}", kernel.name);
	}
}
