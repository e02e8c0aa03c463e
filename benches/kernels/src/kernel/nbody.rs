//! The sun and four planets for so many steps of time.

use crate::maths::{checksum, sqrt};

const BODIES: usize = 5;
const STEP: f64 = 0.01;

#[derive(Clone, Copy)]
struct Body {
	place: [f64; 3],
	speed: [f64; 3],
	mass: f64,
}

pub(crate) fn run(size: u32) -> u64 {
	let mut bodies = bodies();
	for _ in 0..size {
		advance(&mut bodies);
	}
	checksum(bodies.iter().flat_map(|body| body.place.into_iter().chain(body.speed)))
}

/// Round numbers near those of our own planets, in astronomical units, years and masses of the sun.
fn bodies() -> [Body; BODIES] {
	let around = |distance: f64, angle: f64, mass: f64| {
		let (x, y) = (1.0 - angle * angle / 2.0, angle);
		let speed = 6.28 / sqrt(distance);
		Body {
			place: [distance * x, distance * y, 0.01 * distance],
			speed: [-speed * y, speed * x, 0.02 * speed],
			mass,
		}
	};
	[
		Body { place: [0.0; 3], speed: [0.0; 3], mass: 39.5 },
		around(5.2, 0.1, 0.0377),
		around(9.5, 0.7, 0.0113),
		around(19.2, 1.1, 0.0017),
		around(30.1, 0.4, 0.002),
	]
}

fn advance(bodies: &mut [Body; BODIES]) {
	for i in 0..BODIES {
		for j in i + 1..BODIES {
			let (a, b) = (bodies[i], bodies[j]);
			let gap = [a.place[0] - b.place[0], a.place[1] - b.place[1], a.place[2] - b.place[2]];
			let square = gap[0] * gap[0] + gap[1] * gap[1] + gap[2] * gap[2];
			let pull = STEP / (square * sqrt(square));
			for axis in 0..3 {
				bodies[i].speed[axis] -= gap[axis] * b.mass * pull;
				bodies[j].speed[axis] += gap[axis] * a.mass * pull;
			}
		}
	}
	for body in bodies {
		for axis in 0..3 {
			body.place[axis] += STEP * body.speed[axis];
		}
	}
}
