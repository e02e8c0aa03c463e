//! So many calls of methods of random objects, of which it is only known what they can do.

use crate::random::Random;
use alloc::{boxed::Box, vec::Vec};

const OBJECTS: usize = 1024;

trait Step {
	fn step(&mut self, x: u32) -> u32;
}

struct Add(u32);
struct Rotate(u32);
struct Count(u32);
struct Collatz;

impl Step for Add {
	fn step(&mut self, x: u32) -> u32 {
		x.wrapping_add(self.0)
	}
}

impl Step for Rotate {
	fn step(&mut self, x: u32) -> u32 {
		x.rotate_left(self.0) ^ self.0
	}
}

impl Step for Count {
	fn step(&mut self, x: u32) -> u32 {
		self.0 += x & 1;
		x ^ self.0
	}
}

impl Step for Collatz {
	fn step(&mut self, x: u32) -> u32 {
		if x % 2 == 0 {
			x / 2
		} else {
			x.wrapping_mul(3).wrapping_add(1)
		}
	}
}

pub(crate) fn run(size: u32) -> u64 {
	let mut random = Random::new(2);
	let mut objects: Vec<Box<dyn Step>> = (0..OBJECTS).map(|_| object(&mut random)).collect();
	let mut x = 1;
	for i in 0..size {
		x = objects[i as usize % OBJECTS].step(x);
	}
	x.into()
}

fn object(random: &mut Random) -> Box<dyn Step> {
	let number = random.below(31) + 1;
	match random.below(4) {
		0 => Box::new(Add(number)),
		1 => Box::new(Rotate(number)),
		2 => Box::new(Count(number)),
		_ => Box::new(Collatz),
	}
}
