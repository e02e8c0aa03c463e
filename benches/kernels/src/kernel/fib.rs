//! The Fibonacci number of the size, by its definition.

pub(crate) fn run(size: u32) -> u64 {
	fib(size).into()
}

#[inline(never)]
fn fib(n: u32) -> u32 {
	if n < 2 {
		return n;
	}
	fib(n - 1).wrapping_add(fib(n - 2))
}
