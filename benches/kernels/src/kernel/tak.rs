//! Takeuchi's function: calls with three arguments, four of them for each.

pub(crate) fn run(size: u32) -> u64 {
	let size = size as i32;
	tak(size, size * 2 / 3, size / 3).cast_unsigned().into()
}

#[inline(never)]
fn tak(x: i32, y: i32, z: i32) -> i32 {
	if y >= x {
		return z;
	}
	tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
}
