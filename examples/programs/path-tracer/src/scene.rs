//! A scene, ready to be rendered.

use crate::{
	bvh::Tree,
	camera::Camera,
	material::Material,
	shape::{Form, Plane, Ray},
	vector::{Colour, Vector},
};
use alloc::vec::Vec;

/// The picture's size, in pixels, and how it is cut into tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
	/// Pixels from left to right.
	pub width: u32,
	/// Pixels from top to bottom.
	pub height: u32,
	/// Tiles from left to right, at most as many as pixels.
	pub columns: u32,
	/// Tiles from top to bottom, at most as many as pixels.
	pub rows: u32,
}

impl Image {
	/// The number of tiles.
	pub fn tiles(&self) -> u32 {
		self.columns.saturating_mul(self.rows)
	}
}

/// How much work goes into the picture, and how it is developed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
	/// Paths per pixel, from 1. Best a square number.
	pub samples: u32,
	/// How often a path is scattered at most.
	pub bounces: u32,
	/// Chooses the noise.
	pub seed: u64,
	/// What all light is multiplied by before it is developed.
	pub exposure: f32,
	/// The most light that one path may bring by detours, beyond the first matt surface. Cuts off the rare, very bright
	/// speckles.
	pub clamp: f32,
}

/// The light from where nothing is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sky {
	/// Its colour straight ahead and below.
	pub horizon: Colour,
	/// Its colour straight above.
	pub zenith: Colour,
}

impl Sky {
	/// The light from this direction.
	pub fn colour(&self, direction: Vector) -> Colour {
		let height = if direction.y > 0.0 { direction.y } else { 0.0 };
		self.horizon * (1.0 - height) + self.zenith * height
	}
}

/// A form and the position of its material.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
	/// The form.
	pub form: Form,
	/// Position in [`World::materials`].
	pub material: usize,
}

/// Everything that can be seen.
#[derive(Clone, Debug, Default)]
pub struct World {
	/// The light from outside.
	pub sky: Sky,
	/// What things are made of.
	pub materials: Vec<Material>,
	/// Things of limited extent, at most [`MAX_SHAPES`](crate::bvh::MAX_SHAPES).
	pub shapes: Vec<Shape>,
	/// Planes, and the positions of their materials, which are not lights.
	pub planes: Vec<(Plane, usize)>,
}

/// Where a ray meets a surface.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
	/// The point.
	pub point: Vector,
	/// The unit normal, on the side the ray comes from.
	pub normal: Vector,
	/// Whether that is the front, or the outside.
	pub front: bool,
	/// Position in [`World::materials`].
	pub material: usize,
}

/// A scene, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Scene {
	/// The picture's size and tiles.
	pub image: Image,
	/// Effort and exposure.
	pub settings: Settings,
	/// The camera.
	pub camera: Camera,
	/// What it sees.
	pub world: World,
	/// Positions in [`World::shapes`] of those that shine.
	pub lights: Vec<usize>,
	tree: Tree,
}

/// What a ray met, before the details are worked out.
#[derive(Clone, Copy)]
enum Met {
	Shape(usize),
	Plane(usize),
}

impl Scene {
	/// Sorts the world, so that rays find their way quickly.
	///
	/// # Panics
	///
	/// If a material's position is wrong or there are more than [`MAX_SHAPES`](crate::bvh::MAX_SHAPES).
	pub fn new(image: Image, settings: Settings, camera: Camera, world: World) -> Self {
		let bounds: Vec<_> = world.shapes.iter().map(|shape| shape.form.bounds()).collect();
		let shining = |shape: &Shape| matches!(world.materials[shape.material], Material::Light(_));
		let shapes = world.shapes.iter().enumerate();
		let lights = shapes.filter_map(|(position, shape)| shining(shape).then_some(position)).collect();
		Self { image, settings, camera, world, lights, tree: Tree::new(&bounds) }
	}

	/// The first surface a ray meets.
	pub fn nearest(&self, ray: &Ray) -> Option<Hit> {
		let mut nearest = f32::INFINITY;
		let mut met = None;
		for (position, (plane, _)) in self.world.planes.iter().enumerate() {
			if let Some(distance) = plane.distance(ray, nearest) {
				(nearest, met) = (distance, Some(Met::Plane(position)));
			}
		}
		self.tree.walk(ray, nearest, |position, limit| {
			let position = position as usize;
			let Some(distance) = self.world.shapes[position].form.distance(ray, limit) else { return limit };
			(nearest, met) = (distance, Some(Met::Shape(position)));
			distance
		});
		met.map(|met| self.hit(ray, nearest, met))
	}

	fn hit(&self, ray: &Ray, distance: f32, met: Met) -> Hit {
		let point = ray.at(distance);
		let (normal, material) = match met {
			Met::Plane(position) => {
				let (plane, material) = self.world.planes[position];
				(plane.normal, material)
			},
			Met::Shape(position) => {
				let shape = &self.world.shapes[position];
				(shape.form.normal(point), shape.material)
			},
		};
		let front = ray.direction.dot(normal) < 0.0;
		Hit { point, normal: if front { normal } else { -normal }, front, material }
	}

	/// Whether anything is in a ray's way up to this distance.
	pub fn is_blocked(&self, ray: &Ray, distance: f32) -> bool {
		if self.world.planes.iter().any(|(plane, _)| plane.distance(ray, distance).is_some()) {
			return true;
		}
		let mut blocked = false;
		self.tree.walk(ray, distance, |position, limit| {
			if blocked || self.world.shapes[position as usize].form.distance(ray, limit).is_some() {
				blocked = true;
				return 0.0;
			}
			limit
		});
		blocked
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{camera::Setup, vector::vector};

	fn scene() -> Scene {
		let image = Image { width: 8, height: 8, columns: 2, rows: 2 };
		let settings = Settings { samples: 1, bounces: 4, seed: 0, exposure: 1.0, clamp: 10.0 };
		let setup = Setup {
			position: vector(0.0, 0.0, 5.0),
			target: Vector::ZERO,
			field_of_view: 40.0,
			aperture: 0.0,
			focus: None,
		};
		let world = World {
			sky: Sky { horizon: Vector::ONE, zenith: Vector::ZERO },
			materials: vec![Material::Diffuse(Vector::ONE), Material::Light(Vector::ONE)],
			shapes: vec![
				Shape { form: Form::Sphere { centre: Vector::ZERO, radius: 1.0 }, material: 0 },
				Shape { form: Form::Sphere { centre: vector(0.0, 4.0, 0.0), radius: 1.0 }, material: 1 },
			],
			planes: vec![(Plane { point: vector(0.0, -1.0, 0.0), normal: vector(0.0, 1.0, 0.0) }, 0)],
		};
		Scene::new(image, settings, Camera::new(&setup, 1.0).unwrap(), world)
	}

	#[test]
	fn the_nearest_surface_is_found() {
		let scene = scene();
		let down = |x| Ray { origin: vector(x, 2.0, 0.0), direction: vector(0.0, -1.0, 0.0) };
		let sphere = scene.nearest(&down(0.0)).unwrap();
		assert_eq!(
			(sphere.point, sphere.normal, sphere.front),
			(vector(0.0, 1.0, 0.0), vector(0.0, 1.0, 0.0), true)
		);
		let floor = scene.nearest(&down(3.0)).unwrap();
		assert_eq!((floor.point, floor.front), (vector(3.0, -1.0, 0.0), true));
		let up = Ray { origin: Vector::ZERO, direction: vector(0.0, 1.0, 0.0) };
		let inside = scene.nearest(&up).unwrap();
		assert_eq!((inside.normal, inside.front), (vector(0.0, -1.0, 0.0), false));
		assert!(scene.nearest(&Ray { origin: vector(3.0, 0.0, 0.0), ..up }).is_none());
		assert_eq!(scene.lights, [1]);
	}

	#[test]
	fn shadows_end_at_their_cause() {
		let scene = scene();
		let up = |x| Ray { origin: vector(x, -0.999, 0.0), direction: vector(0.0, 1.0, 0.0) };
		assert!(scene.is_blocked(&up(0.5), 100.0));
		assert!(!scene.is_blocked(&up(0.5), 0.1));
		assert!(!scene.is_blocked(&up(1.5), 100.0));
		let down = Ray { origin: vector(3.0, 0.0, 0.0), direction: vector(0.0, -1.0, 0.0) };
		assert!(scene.is_blocked(&down, 1.1) && !scene.is_blocked(&down, 0.9));
	}

	#[test]
	fn the_sky_shades_from_the_horizon_up() {
		let sky = scene().world.sky;
		assert_eq!(sky.colour(vector(0.0, 1.0, 0.0)), Vector::ZERO);
		assert_eq!(sky.colour(vector(0.6, -0.8, 0.0)), Vector::ONE);
		assert_eq!(sky.colour(vector(0.6, 0.25, -0.76)), Vector::ONE * 0.75);
	}
}
