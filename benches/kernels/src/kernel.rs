//! The kernels themselves: each module has a `run` from a size to a checksum.

pub(crate) mod blake3;
pub(crate) mod chase;
pub(crate) mod copy;
pub(crate) mod dispatch;
pub(crate) mod fft;
pub(crate) mod fib;
pub(crate) mod interpreter;
pub(crate) mod lu;
pub(crate) mod mandelbrot;
pub(crate) mod matmul;
pub(crate) mod montecarlo;
pub(crate) mod nbody;
pub(crate) mod quicksort;
pub(crate) mod sieve;
pub(crate) mod simd;
pub(crate) mod spmv;
pub(crate) mod stride;
pub(crate) mod tak;
