//! What surfaces do with light.

use crate::{
	maths::{fifth_power, floor, max, min, sqrt},
	random::{cosine_direction, in_ball, Sampler},
	scene::Hit,
	shape::Ray,
	vector::{Colour, Vector},
};

/// The share of the paths that a clear coat reflects at least.
const LEAST_REFLECTED_PATHS: f32 = 0.25;

/// What a surface is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Material {
	/// Matt: scatters light evenly.
	Diffuse(Colour),
	/// Matt, in squares of two colours, seen from above.
	Checker {
		/// The side of a square, above 0.
		side: f32,
		/// The two colours.
		colours: [Colour; 2],
	},
	/// Matt under a clear coat, like glazed pottery, plastic or a polished floor.
	Glossy {
		/// The colour under the coat.
		colour: Colour,
		/// The coat's index of refraction, from 1.
		index: f32,
		/// How blurred the coat's reflections are, 0 to 1.
		roughness: f32,
	},
	/// Reflects in its colour.
	Metal {
		/// The colour.
		colour: Colour,
		/// How blurred the reflections are, 0 to 1.
		roughness: f32,
	},
	/// Reflects and refracts.
	Glass {
		/// What is left of light that crosses the surface.
		tint: Colour,
		/// The index of refraction, from 1.
		index: f32,
	},
	/// Shines, on its front, and reflects nothing.
	Light(Colour),
}

/// How a path goes on from a surface.
#[derive(Clone, Copy, Debug)]
pub struct Scattered {
	/// What is left of the light.
	pub weight: Colour,
	/// Where it came from.
	pub ray: Ray,
	/// Whether the direction was drawn evenly over all the surface sees, so that lights had better be looked for
	/// deliberately.
	pub diffuse: bool,
}

impl Material {
	/// Where light seen at `hit` in the direction of `incoming` may have come from. `None` if the surface reflects
	/// nothing.
	pub fn scatter(&self, incoming: Vector, hit: &Hit, sampler: &mut Sampler) -> Option<Scattered> {
		match *self {
			Self::Diffuse(colour) => Some(diffuse(colour, hit, sampler)),
			Self::Checker { side, colours: [even, odd] } => {
				let square = floor(hit.point.x / side).wrapping_add(floor(hit.point.z / side));
				Some(diffuse(if square & 1 == 0 { even } else { odd }, hit, sampler))
			},
			Self::Glossy { colour, index, roughness } => {
				let reflected = reflectance(min(1.0, -incoming.dot(hit.normal)), index);
				// Lamps shine so brightly that their reflections deserve more paths than they have share of the light.
				let probability = max(reflected, LEAST_REFLECTED_PATHS);
				if sampler.number() < probability {
					let weight = Vector::ONE * (reflected / probability);
					Some(mirror(weight, roughness, incoming, hit, sampler))
				} else {
					Some(diffuse(colour * ((1.0 - reflected) / (1.0 - probability)), hit, sampler))
				}
			},
			Self::Metal { colour, roughness } => Some(mirror(colour, roughness, incoming, hit, sampler)),
			Self::Glass { tint, index } => Some(glass(tint, index, incoming, hit, sampler)),
			Self::Light(_) => None,
		}
	}
}

fn diffuse(colour: Colour, hit: &Hit, sampler: &mut Sampler) -> Scattered {
	let direction = cosine_direction(hit.normal, sampler.pair());
	Scattered { weight: colour, ray: Ray::leaving(hit.point, hit.normal, direction), diffuse: true }
}

fn mirror(colour: Colour, roughness: f32, incoming: Vector, hit: &Hit, sampler: &mut Sampler) -> Scattered {
	let mirrored = incoming.mirrored(hit.normal);
	let direction =
		if roughness > 0.0 { blurred(mirrored, roughness, hit.normal, sampler) } else { mirrored };
	Scattered { weight: colour, ray: Ray::leaving(hit.point, hit.normal, direction), diffuse: false }
}

/// A direction near the mirrored one. One that points into the surface is turned out again, so that rough metal loses no
/// light.
fn blurred(mirrored: Vector, roughness: f32, normal: Vector, sampler: &mut Sampler) -> Vector {
	let direction = mirrored + in_ball(sampler) * roughness;
	if direction.dot(direction) < 1e-6 {
		return normal;
	}
	let direction = direction.unit();
	if direction.dot(normal) < 0.0 {
		direction.mirrored(normal)
	} else {
		direction
	}
}

fn glass(tint: Colour, index: f32, incoming: Vector, hit: &Hit, sampler: &mut Sampler) -> Scattered {
	let ratio = if hit.front { 1.0 / index } else { index };
	let cosine = min(1.0, -incoming.dot(hit.normal));
	let refracted_square = 1.0 - ratio * ratio * (1.0 - cosine * cosine);
	if refracted_square <= 0.0 {
		return mirror(Vector::ONE, 0.0, incoming, hit, sampler);
	}
	let refracted_cosine = sqrt(refracted_square);
	// Schlick's approximation holds on the thinner side.
	if sampler.number() < reflectance(if hit.front { cosine } else { refracted_cosine }, index) {
		return mirror(Vector::ONE, 0.0, incoming, hit, sampler);
	}
	let direction = (incoming * ratio + hit.normal * (ratio * cosine - refracted_cosine)).unit();
	Scattered { weight: tint, ray: Ray::leaving(hit.point, hit.normal, direction), diffuse: false }
}

/// The share of light a clear surface reflects (Schlick's approximation of Fresnel's equations).
fn reflectance(cosine: f32, index: f32) -> f32 {
	let root = (index - 1.0) / (index + 1.0);
	let ahead = root * root;
	ahead + (1.0 - ahead) * fifth_power(max(0.0, 1.0 - cosine))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::vector::vector;

	fn hit(front: bool) -> Hit {
		Hit { point: vector(0.3, 0.0, 0.3), normal: vector(0.0, 1.0, 0.0), front, material: 0 }
	}

	fn scatter(material: Material, incoming: Vector, front: bool, sample: u32) -> Scattered {
		let mut sampler = Sampler::new(21, 0, sample, 1_000);
		material.scatter(incoming.unit(), &hit(front), &mut sampler).unwrap()
	}

	#[test]
	fn a_smooth_metal_mirrors() {
		let metal = Material::Metal { colour: vector(0.9, 0.8, 0.7), roughness: 0.0 };
		let scattered = scatter(metal, vector(0.6, -0.8, 0.0), true, 0);
		assert!((scattered.ray.direction - vector(0.6, 0.8, 0.0)).length() < 1e-6);
		assert_eq!((scattered.weight, scattered.diffuse), (vector(0.9, 0.8, 0.7), false));
	}

	#[test]
	fn opaque_surfaces_send_light_outwards() {
		let materials = [
			Material::Diffuse(Vector::ONE),
			Material::Metal { colour: Vector::ONE, roughness: 1.0 },
			Material::Glossy { colour: Vector::ONE, index: 1.5, roughness: 0.5 },
		];
		for material in materials {
			for sample in 0..1_000 {
				let direction = scatter(material, vector(1.0, -0.1, 0.0), true, sample).ray.direction;
				assert!(direction.y >= 0.0 && (direction.length() - 1.0).abs() < 1e-5);
			}
		}
	}

	#[test]
	fn glass_refracts_by_snells_law() {
		let glass = Material::Glass { tint: Vector::ONE, index: 1.5 };
		for (front, expected_sine) in [(true, 0.4), (false, 0.9)] {
			let refracted =
				(0..1_000).map(|sample| scatter(glass, vector(0.6, -0.8, 0.0), front, sample).ray.direction);
			let refracted: Vec<_> = refracted.filter(|direction| direction.y < 0.0).collect();
			assert!(refracted.len() > 800);
			assert!(refracted.iter().all(|direction| (direction.x - expected_sine).abs() < 1e-5));
		}
		let totally_reflected =
			|sample| scatter(glass, vector(0.8, -0.6, 0.0), false, sample).ray.direction.y > 0.0;
		assert!((0..1_000).all(totally_reflected));
	}

	#[test]
	fn reflectance_rises_to_one_at_a_glance() {
		assert!((reflectance(1.0, 1.5) - 0.04).abs() < 1e-6);
		assert_eq!(reflectance(0.0, 1.5), 1.0);
		assert_eq!(reflectance(1.0, 1.0), 0.0);
	}

	#[test]
	fn checkers_alternate() {
		let (white, black) = (Vector::ONE, Vector::ZERO);
		let material = Material::Checker { side: 0.5, colours: [white, black] };
		let colour = |x: f32, z: f32| {
			let hit = Hit { point: vector(x, 0.0, z), ..hit(true) };
			material.scatter(vector(0.0, -1.0, 0.0), &hit, &mut Sampler::new(1, 1, 1, 1)).unwrap().weight
		};
		assert_eq!(
			[colour(0.1, 0.1), colour(0.6, 0.1), colour(0.6, 0.6), colour(-0.1, 0.1)],
			[white, black, white, black]
		);
	}
}
