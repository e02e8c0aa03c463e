//! The ways to run a kernel.

use super::baseline::{Baseline, Care, Compiled};
use assay_primitives::TaskLimits;
use assay_vm::Program;
use assay_vm_kernels::Kernel;
use std::hint::black_box;

/// Enough for every kernel.
pub(crate) const LIMITS: TaskLimits =
	TaskLimits { fuel: 1 << 50, memory_pages: 2_048, output_bytes: 1 << 20 };

/// A way to run a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
	/// wasmtime, which counts nothing.
	Plain,
	/// The machine: the rewritten module on wasmtime.
	Ours,
	/// wasmtime, which counts fuel and makes NaNs canonical itself.
	Metered,
	/// The same source, compiled for this processor.
	Native,
}

impl Variant {
	pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Ours, Self::Metered, Self::Native];

	pub(crate) fn name(self) -> &'static str {
		match self {
			Self::Plain => "plain",
			Self::Ours => "ours",
			Self::Metered => "fuel+nan",
			Self::Native => "native",
		}
	}
}

/// The engines of all variants.
pub(crate) struct Engines {
	plain: Baseline,
	metered: Baseline,
}

/// A kernel, compiled in every way.
pub(crate) struct Ready<'a> {
	engines: &'a Engines,
	kernel: Kernel,
	plain: Compiled,
	ours: Compiled,
	metered: Compiled,
}

impl Engines {
	pub(crate) fn new() -> Self {
		Self { plain: Baseline::new(Care::None), metered: Baseline::new(Care::FuelAndNan) }
	}

	/// Compiles a kernel's program `bytes` for all variants.
	pub(crate) fn ready(&self, kernel: Kernel, bytes: &[u8]) -> Ready<'_> {
		let program = Program::prepare(bytes).expect("the profile admits the kernel");
		Ready {
			engines: self,
			kernel,
			plain: self.plain.compile(bytes),
			ours: self.plain.compile(program.module()),
			metered: self.metered.compile(bytes),
		}
	}
}

impl Ready<'_> {
	/// Runs the kernel with this size, and returns its checksum.
	///
	/// # Panics
	///
	/// If it does anything else but to write one.
	pub(crate) fn run(&self, variant: Variant, size: u32) -> u64 {
		match variant {
			Variant::Plain => checksum(&self.engines.plain.run(&self.plain, size)),
			Variant::Ours => self.run_ours(size),
			Variant::Metered => checksum(&self.engines.metered.run(&self.metered, size)),
			Variant::Native => (self.kernel.run)(black_box(size)),
		}
	}

	fn run_ours(&self, size: u32) -> u64 {
		checksum(&self.engines.plain.run_rewritten(&self.ours, size))
	}
}

fn checksum(output: &[u8]) -> u64 {
	u64::from_le_bytes(output.try_into().expect("a kernel writes eight bytes"))
}
