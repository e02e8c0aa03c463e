//! Looking for the lights deliberately, which takes far fewer paths than waiting for one to arrive there.

use crate::{
	material::Material,
	maths::{sin_cos, sqrt, PI},
	random::Sampler,
	scene::{Hit, Scene},
	shape::{Form, Ray},
	vector::{Colour, Vector},
};

/// A direction towards a light, and the share of the light's colour that a white matt surface sends on from there: the
/// cosine over π and the probability of the direction.
struct Aim {
	direction: Vector,
	distance: f32,
	share: f32,
}

/// The light that reaches `hit` straight from the lights; to be multiplied by the colour of the surface.
///
/// A point is drawn on each light, and then one of these, the likelier the more light it would bring. Only its shadow is
/// looked at, and it stands for all.
pub fn direct(scene: &Scene, hit: &Hit, sampler: &mut Sampler) -> Colour {
	let mut sum = 0.0;
	let mut chosen = None;
	for light in &scene.lights {
		let shape = &scene.world.shapes[*light];
		let Material::Light(colour) = scene.world.materials[shape.material] else { continue };
		let Some(aim) = aim(&shape.form, hit, sampler.pair()) else { continue };
		let light = colour * aim.share;
		let strength = light.x + light.y + light.z;
		sum += strength;
		// Each stays with probability strength / sum, whatever comes after it.
		if sampler.number() * sum < strength {
			chosen = Some((aim, light, strength));
		}
	}
	let Some((aim, light, strength)) = chosen else { return Vector::ZERO };
	let ray = Ray::leaving(hit.point, hit.normal, aim.direction);
	if scene.is_blocked(&ray, aim.distance * 0.999) {
		return Vector::ZERO;
	}
	light * (sum / strength)
}

fn aim(form: &Form, hit: &Hit, random: (f32, f32)) -> Option<Aim> {
	let aim = match form {
		Form::Sphere { centre, radius } => aim_at_sphere(*centre, *radius, hit, random)?,
		Form::Quad { corner, first, second, normal, area, .. } => {
			let point = *corner + *first * random.0 + *second * random.1;
			aim_at_quad(point, *normal, *area, hit)?
		},
	};
	(aim.share > 0.0).then_some(aim)
}

/// At a point drawn evenly from the area.
fn aim_at_quad(point: Vector, normal: Vector, area: f32, hit: &Hit) -> Option<Aim> {
	let offset = point - hit.point;
	let square = offset.dot(offset);
	if square < 1e-9 {
		return None;
	}
	let distance = sqrt(square);
	let direction = offset / distance;
	let (here, there) = (direction.dot(hit.normal), -direction.dot(normal));
	(there > 0.0).then_some(Aim { direction, distance, share: here * there * area / (PI * square) })
}

/// In a direction drawn evenly from those that meet the sphere.
fn aim_at_sphere(centre: Vector, radius: f32, hit: &Hit, (u, v): (f32, f32)) -> Option<Aim> {
	let offset = centre - hit.point;
	let square = offset.dot(offset);
	let sine_square = radius * radius / square;
	// Inside the sphere there is no light: it shines outwards.
	if sine_square >= 0.9999 {
		return None;
	}
	// One less the cosine of the cone's angle, without cancellation.
	let depth = sine_square / (1.0 + sqrt(1.0 - sine_square));
	let cosine = 1.0 - u * depth;
	let sine = sqrt(u * depth * (1.0 + cosine));
	let axis = offset.unit();
	let (first, second) = axis.basis();
	let (sin, cos) = sin_cos(2.0 * PI * v);
	let direction = (axis * cosine + first * (sine * cos) + second * (sine * sin)).unit();
	// The near side, as seen in this direction.
	let along = offset.dot(direction);
	let aside = offset - direction * along;
	let half_square = radius * radius - aside.dot(aside);
	let distance = along - if half_square > 0.0 { sqrt(half_square) } else { 0.0 };
	Some(Aim { direction, distance, share: direction.dot(hit.normal) * 2.0 * depth })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::vector::vector;

	const SAMPLES: u32 = 40_000;

	fn hit() -> Hit {
		Hit { point: Vector::ZERO, normal: vector(0.0, 1.0, 0.0), front: true, material: 0 }
	}

	fn mean_share(form: &Form) -> f32 {
		let share = |sample| {
			aim(form, &hit(), Sampler::new(31, 0, sample, SAMPLES).pair()).map_or(0.0, |aim| aim.share)
		};
		(0..SAMPLES).map(|sample| f64::from(share(sample))).sum::<f64>() as f32 / SAMPLES as f32
	}

	#[test]
	fn a_sphere_overhead_gives_its_share() {
		// The form factor of a sphere straight above is the squared sine of its angular radius.
		let sphere = Form::Sphere { centre: vector(0.0, 4.0, 0.0), radius: 2.0 };
		assert!((mean_share(&sphere) - 0.25).abs() < 1e-3);
	}

	#[test]
	fn a_quad_overhead_gives_its_share() {
		// The form factor of a parallel rectangle over a point, four quarters with sides of its distance each.
		let quarter = 2.0 / (2.0_f32).sqrt() * (1.0 / (2.0_f32).sqrt()).atan() / (2.0 * PI);
		let quad = Form::quad(vector(-1.0, 1.0, -1.0), vector(2.0, 0.0, 0.0), vector(0.0, 0.0, 2.0)).unwrap();
		assert!((mean_share(&quad) - 4.0 * quarter).abs() < 1e-3, "{} {}", mean_share(&quad), 4.0 * quarter);
	}

	#[test]
	fn lights_below_the_surface_or_turned_away_give_nothing() {
		let below = Form::Sphere { centre: vector(0.0, -4.0, 0.0), radius: 2.0 };
		assert_eq!(mean_share(&below), 0.0);
		let away = Form::quad(vector(-1.0, 1.0, -1.0), vector(0.0, 0.0, 2.0), vector(2.0, 0.0, 0.0)).unwrap();
		assert_eq!(mean_share(&away), 0.0);
		let around = Form::Sphere { centre: vector(0.0, 1.0, 0.0), radius: 2.0 };
		assert_eq!(mean_share(&around), 0.0);
	}

	#[test]
	fn the_light_of_several_lamps_adds_up() {
		let lamps =
			"material one light 3 0 0\nsphere one 0 4 0 2\nmaterial two light 0 0 8\nsphere two 6 0.5 0 1\n\
			material dark light 0 0 0\nsphere dark 0 4 6 1\n";
		let head = "image 1 1\ntiles 1 1\ncamera from 0 0 9 to 0 0 0 view 9\n";
		let mean = |scene: &Scene| {
			let sum: Vector = (0..SAMPLES).fold(Vector::ZERO, |sum, sample| {
				sum + direct(scene, &hit(), &mut Sampler::new(33, 0, sample, SAMPLES))
			});
			sum / SAMPLES as f32
		};
		let together = mean(&crate::parser::parse(&[head, lamps].concat()).unwrap());
		let alone = mean_share(&Form::Sphere { centre: vector(6.0, 0.5, 0.0), radius: 1.0 });
		assert!((together.x - 3.0 * 0.25).abs() < 0.01, "{together:?}");
		assert!((together.z - 8.0 * alone).abs() < 0.01 && alone > 1e-3, "{together:?} {alone}");
		let shade = "material m diffuse 1 1 1\nbox m 0 1 0 1 0.1 1\n";
		let shaded = mean(&crate::parser::parse(&[head, lamps, shade].concat()).unwrap());
		assert!(shaded.x < 0.6 * together.x && (shaded.z - together.z).abs() < 0.01, "{shaded:?}");
	}

	#[test]
	fn aims_meet_their_light_at_their_distance() {
		let sphere = Form::Sphere { centre: vector(1.0, 4.0, -2.0), radius: 1.5 };
		for sample in 0..1_000 {
			let aim = aim(&sphere, &hit(), Sampler::new(32, 0, sample, 1_000).pair()).unwrap();
			let ray = Ray { origin: Vector::ZERO, direction: aim.direction };
			let Some(distance) = sphere.distance(&ray, f32::INFINITY) else { continue };
			assert!((distance - aim.distance).abs() < 1e-2, "{distance} {}", aim.distance);
		}
	}
}
