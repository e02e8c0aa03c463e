//! Following light backwards, and developing what is found.

use crate::{
	light,
	material::Material,
	maths::{max, min, sqrt, srgb},
	random::Sampler,
	scene::Scene,
	shape::Ray,
	tile::Tile,
	vector::{Colour, Vector},
};
use alloc::vec::Vec;

/// Paths that have been scattered so often are ended at random, the darker the sooner.
const CERTAIN_BOUNCES: u32 = 3;

/// The pixels of a tile, row by row, as red, green and blue in sRGB.
pub fn render(scene: &Scene, tile: &Tile) -> Vec<[u8; 3]> {
	let rows = tile.y..tile.y.saturating_add(tile.height);
	let row = |y| {
		(tile.x..tile.x.saturating_add(tile.width))
			.map(move |x| develop(pixel(scene, x, y) * scene.settings.exposure))
	};
	rows.flat_map(row).collect()
}

/// The light that falls on a pixel, counted from the top left.
pub fn pixel(scene: &Scene, x: u32, y: u32) -> Colour {
	let number = u64::from(y) * u64::from(scene.image.width) + u64::from(x);
	let samples = scene.settings.samples;
	let mut sum = Vector::ZERO;
	for sample in 0..samples {
		let mut sampler = Sampler::new(scene.settings.seed, number, sample, samples);
		let found = radiance(scene, camera_ray(scene, x, y, &mut sampler), &mut sampler);
		// A path through a singular point would spoil the whole pixel.
		if found.is_finite() {
			sum += found;
		}
	}
	sum / samples as f32
}

fn camera_ray(scene: &Scene, x: u32, y: u32, sampler: &mut Sampler) -> Ray {
	let (u, v) = sampler.pair();
	let lens = sampler.pair();
	let across = (x as f32 + 0.5 + tent(u)) / scene.image.width as f32;
	let down = (y as f32 + 0.5 + tent(v)) / scene.image.height as f32;
	scene.camera.ray(2.0 * across - 1.0, 1.0 - 2.0 * down, lens)
}

/// Turns an even distribution over 0 to 1 into one over -1 to 1 that rises to the middle: smoother edges than a box's.
fn tent(u: f32) -> f32 {
	if u < 0.5 {
		sqrt(2.0 * u) - 1.0
	} else {
		1.0 - sqrt(2.0 - 2.0 * u)
	}
}

/// The light one path finds.
fn radiance(scene: &Scene, mut ray: Ray, sampler: &mut Sampler) -> Colour {
	let mut weight = Vector::ONE;
	let mut total = Vector::ZERO;
	// Light that is looked for deliberately must not be counted again when a path happens to arrive there.
	let mut looked_for = false;
	// What a path brings once it has left the things seen straight or in mirrors is rare when it is bright.
	let mut limit = f32::INFINITY;
	for bounce in 0..=scene.settings.bounces {
		let Some(hit) = scene.nearest(&ray) else {
			total += limited(weight * scene.world.sky.colour(ray.direction), limit);
			break;
		};
		let material = &scene.world.materials[hit.material];
		if let Material::Light(colour) = material {
			if hit.front && !looked_for {
				total += limited(weight * *colour, limit);
			}
			break;
		}
		let Some(scattered) = material.scatter(ray.direction, &hit, sampler) else { break };
		weight *= scattered.weight;
		looked_for = scattered.diffuse;
		if scattered.diffuse {
			total += limited(weight * light::direct(scene, &hit, sampler), limit);
			limit = scene.settings.clamp;
		}
		if bounce >= CERTAIN_BOUNCES && !survives(&mut weight, sampler) {
			break;
		}
		ray = scattered.ray;
	}
	total
}

/// Ends a path with a probability that grows as its weight falls. The others count for those that ended.
fn survives(weight: &mut Colour, sampler: &mut Sampler) -> bool {
	let probability = min(weight.greatest(), 0.95);
	if probability <= 0.0 || sampler.number() >= probability {
		return false;
	}
	*weight *= 1.0 / probability;
	true
}

/// Light of the same colour whose strongest component is at most `most`.
fn limited(light: Colour, most: f32) -> Colour {
	let greatest = light.greatest();
	if greatest > most {
		light * (most / greatest)
	} else {
		light
	}
}

/// Linear light to sRGB bytes, through a filmic curve: contrast in the middle, and highlights that fade to white
/// instead of being cut off.
fn develop(light: Colour) -> [u8; 3] {
	// Narkowicz's rational fit of the curve film laboratories agreed on (ACES).
	let curve = |x: f32| x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14);
	let byte = |x: f32| srgb(curve(min(max(x, 0.0), 1e4)));
	[byte(light.x), byte(light.y), byte(light.z)]
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::vector::vector;

	#[test]
	fn development_is_monotonous_from_black_to_white() {
		assert_eq!(develop(Vector::ZERO), [0, 0, 0]);
		assert_eq!(develop(Vector::ONE * 1e9), [255, 255, 255]);
		assert_eq!(develop(vector(f32::NAN, -1.0, f32::INFINITY)), [0, 0, 255]);
		let greys: Vec<_> = (0..2_000).map(|step| develop(Vector::ONE * (step as f32 * 0.005))[0]).collect();
		assert!(greys.is_sorted() && greys[200] > 180);
	}

	#[test]
	fn limits_keep_the_colour() {
		assert_eq!(limited(vector(8.0, 4.0, 2.0), 4.0), vector(4.0, 2.0, 1.0));
		assert_eq!(limited(vector(3.0, 4.0, 2.0), 4.0), vector(3.0, 4.0, 2.0));
	}

	#[test]
	fn the_tent_is_even_and_within_a_pixel() {
		let mean: f32 = (0..1_000).map(|step| tent((step as f32 + 0.5) / 1_000.0)).sum::<f32>() / 1_000.0;
		assert!(mean.abs() < 1e-4);
		assert_eq!((tent(0.0), tent(0.5)), (-1.0, 0.0));
		assert!(tent(0.999_999_9) < 1.0);
	}
}
