//! The camera: a thin lens in front of an image.

use crate::{
	maths::{sin_cos, PI},
	random::in_disc,
	shape::Ray,
	vector::{vector, Vector},
};

/// A camera, set up.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
	position: Vector,
	/// From the position to the middle of the plane in focus.
	forward: Vector,
	/// Half the width of the plane in focus.
	right: Vector,
	/// Half the height of the plane in focus.
	up: Vector,
	lens_right: Vector,
	lens_up: Vector,
}

/// How a camera is described.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
	/// Where it is.
	pub position: Vector,
	/// What it looks at.
	pub target: Vector,
	/// How high the picture is, in degrees, above 0 and below 180.
	pub field_of_view: f32,
	/// The diameter of the lens. 0 makes everything sharp.
	pub aperture: f32,
	/// The distance at which things are sharp, above 0. `None`: that of the target.
	pub focus: Option<f32>,
}

impl Camera {
	/// A camera for pictures `aspect` times as wide as high. `None` if it looks straight up or down or at itself.
	pub fn new(setup: &Setup, aspect: f32) -> Option<Self> {
		let offset = setup.target - setup.position;
		let distance = offset.length();
		let across = offset.cross(vector(0.0, 1.0, 0.0));
		if across.length() <= 1e-4 * distance {
			return None;
		}
		let (forward, right) = (offset / distance, across.unit());
		let up = right.cross(forward);
		let (sin, cos) = sin_cos(setup.field_of_view * (PI / 360.0));
		let focus = setup.focus.unwrap_or(distance);
		let half_height = focus * sin / cos;
		Some(Self {
			position: setup.position,
			forward: forward * focus,
			right: right * (half_height * aspect),
			up: up * half_height,
			lens_right: right * (setup.aperture * 0.5),
			lens_up: up * (setup.aperture * 0.5),
		})
	}

	/// The ray through the point (x, y) of the picture, where -1 is left and below and 1 is right and above, and through
	/// the point of the lens that `lens`, two numbers from 0 to 1, chooses.
	pub fn ray(&self, x: f32, y: f32, lens: (f32, f32)) -> Ray {
		let (a, b) = in_disc(lens);
		let aside = self.lens_right * a + self.lens_up * b;
		let direction = self.forward + self.right * x + self.up * y - aside;
		Ray { origin: self.position + aside, direction: direction.unit() }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const SETUP: Setup = Setup {
		position: vector(0.0, 0.0, 5.0),
		target: Vector::ZERO,
		field_of_view: 90.0,
		aperture: 0.0,
		focus: None,
	};

	#[test]
	fn the_picture_is_upright() {
		let camera = Camera::new(&SETUP, 2.0).unwrap();
		let close = |ray: Ray, direction: Vector| (ray.direction - direction.unit()).length() < 1e-5;
		assert!(close(camera.ray(0.0, 0.0, (0.3, 0.3)), vector(0.0, 0.0, -1.0)));
		assert!(close(camera.ray(1.0, 0.0, (0.3, 0.3)), vector(2.0, 0.0, -1.0)));
		assert!(close(camera.ray(0.0, 1.0, (0.3, 0.3)), vector(0.0, 1.0, -1.0)));
	}

	#[test]
	fn rays_through_all_of_the_lens_meet_in_focus() {
		let camera = Camera::new(&Setup { aperture: 1.0, focus: Some(3.0), ..SETUP }, 1.0).unwrap();
		let target = vector(0.6, -0.9, 2.0);
		for lens in [(0.0, 0.0), (0.1, 0.9), (0.5, 0.5), (0.9, 0.2)] {
			let ray = camera.ray(0.2, -0.3, lens);
			let distance = (target - ray.origin).length();
			assert!((ray.at(distance) - target).length() < 1e-5);
		}
	}

	#[test]
	fn cameras_without_a_direction_are_refused() {
		assert!(Camera::new(&Setup { target: SETUP.position, ..SETUP }, 1.0).is_none());
		assert!(Camera::new(&Setup { target: vector(0.0, 9.0, 5.0), ..SETUP }, 1.0).is_none());
	}
}
