//! Kernels to measure the machine with: small programs of many kinds, each doing a known amount of work.
//!
//! A kernel is a function from a size to a checksum. The same source is compiled for the machine, where each kernel is
//! a program that takes its size as its index and writes its checksum, eight bytes, to standard output, and natively.
//! All builds must agree on every checksum, so nothing here depends on the width of a pointer or on the order of
//! floating-point operations being the compiler's choice.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod kernel;
mod lanes;
mod maths;
mod random;

#[cfg(target_arch = "wasm32")]
pub use assay_guest as guest;

/// A kernel.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
	/// Its name, and that of its program.
	pub name: &'static str,
	/// What it stands for.
	pub about: &'static str,
	/// Does the work of a size and returns its checksum.
	pub run: fn(u32) -> u64,
	/// A size that takes some tens of milliseconds.
	pub full: u32,
	/// A size that takes next to nothing.
	pub small: u32,
}

macro_rules! kernels {
	($($name:ident, $full:literal, $small:literal, $about:literal;)*) => {
		$(
			#[doc = $about]
			pub fn $name(size: u32) -> u64 {
				kernel::$name::run(size)
			}
		)*

		/// All kernels.
		pub static KERNELS: &[Kernel] = &[
			$(Kernel { name: stringify!($name), about: $about, run: $name, full: $full, small: $small },)*
		];
	};
}

kernels! {
	sieve, 6_000_000, 10_000, "integers: the sieve of Eratosthenes";
	chase, 1_000_000, 1_000, "memory: a walk through 4 MiB of links in random order";
	stride, 1, 1, "memory: sums with growing strides over 8 MiB";
	copy, 12, 1, "memory: `memory.copy` and `memory.fill` of a few bytes to 1 MiB";
	fib, 33, 10, "calls: Fibonacci numbers, twice recursive";
	tak, 24, 15, "calls: the function of Takeuchi";
	dispatch, 3_000_000, 1_000, "indirect calls: methods of trait objects";
	quicksort, 600_000, 1_000, "branches: quicksort of random numbers";
	interpreter, 8_000_000, 1_000, "branches: a small bytecode interpreter";
	blake3, 8_000_000, 10_000, "integers: BLAKE3, the real crate";
	mandelbrot, 512, 16, "f32: the Mandelbrot set";
	nbody, 300_000, 100, "f64: five planets";
	matmul, 320, 8, "f64: a product of matrices";
	lu, 400, 8, "f64: a decomposition with pivots";
	spmv, 60, 1, "f64: products of a sparse matrix and a vector";
	fft, 19, 6, "f64: a fast Fourier transform";
	montecarlo, 500_000, 1_000, "f64: paths of a price, with `min`, `max` and `select`";
	simd, 384, 16, "SIMD: a product of f32 matrices, four lanes at once";
}

/// Every kernel with its small size, whatever the size given, one after the other.
pub fn all(_: u32) -> u64 {
	KERNELS.iter().fold(0, |sum, kernel| maths::mix(sum, (kernel.run)(kernel.small)))
}

/// Makes a kernel a program for the machine. Natively there is nothing to run.
#[macro_export]
macro_rules! program {
	($kernel:ident) => {
		#[cfg(target_arch = "wasm32")]
		$crate::guest::entry!(run);

		#[cfg(target_arch = "wasm32")]
		fn run() -> Result<(), $crate::guest::Error> {
			let size = $crate::guest::task_index()?;
			$crate::guest::write_output(&$crate::$kernel(size).to_le_bytes())
		}

		#[cfg(not(target_arch = "wasm32"))]
		fn main() {}
	};
}
