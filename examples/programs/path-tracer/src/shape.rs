//! The shapes a scene is made of, and where rays meet them.

use crate::{
	maths::{max, min, sqrt},
	vector::Vector,
};

/// A ray of light, followed backwards.
#[derive(Clone, Copy, Debug)]
pub struct Ray {
	/// Where it begins.
	pub origin: Vector,
	/// Where it goes, of length 1.
	pub direction: Vector,
}

impl Ray {
	/// The point at this distance from the origin.
	pub fn at(&self, distance: f32) -> Vector {
		self.origin + self.direction * distance
	}

	/// From `point` on a surface into `direction`, begun a little off the surface, lest the ray meet it again.
	pub fn leaving(point: Vector, normal: Vector, direction: Vector) -> Self {
		let offset = 2e-4 * max(1.0, point.absolute().greatest());
		let side = if direction.dot(normal) < 0.0 { -offset } else { offset };
		Self { origin: point + normal * side, direction }
	}
}

/// A box along the axes that holds a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
	/// The smallest of all coordinates.
	pub low: Vector,
	/// The greatest of all coordinates.
	pub high: Vector,
}

impl Bounds {
	/// The smallest box that holds both.
	pub fn union(self, other: Self) -> Self {
		Self { low: self.low.combine(other.low, min), high: self.high.combine(other.high, max) }
	}

	/// Where a ray enters the box, 0 if it begins inside; infinite if it misses the box or reaches it only beyond
	/// `limit`. `inverse` is the direction with each component inverted.
	#[inline(always)]
	pub fn entry(&self, ray: &Ray, inverse: Vector, limit: f32) -> f32 {
		let one = (self.low - ray.origin) * inverse;
		let other = (self.high - ray.origin) * inverse;
		let near = one.combine(other, min);
		let far = one.combine(other, max);
		let entry = max(max(near.x, near.y), max(near.z, 0.0));
		let exit = min(min(far.x, far.y), min(far.z, limit));
		if entry <= exit {
			entry
		} else {
			f32::INFINITY
		}
	}
}

/// A shape of limited extent.
#[derive(Clone, Copy, Debug)]
pub enum Form {
	/// A sphere.
	Sphere {
		/// Its centre.
		centre: Vector,
		/// Its radius, above 0.
		radius: f32,
	},
	/// A parallelogram: `corner + a·first + b·second` for `a` and `b` from 0 to 1.
	Quad {
		/// A corner.
		corner: Vector,
		/// The way to the next corner.
		first: Vector,
		/// The way to the corner on the other side.
		second: Vector,
		/// Unit normal of the front.
		normal: Vector,
		/// The product with the offset from the corner is `a`.
		to_first: Vector,
		/// The product with the offset from the corner is `b`.
		to_second: Vector,
		/// The area.
		area: f32,
	},
}

impl Form {
	/// A parallelogram whose front is where `first` × `second` points. `None` if it has no area.
	pub fn quad(corner: Vector, first: Vector, second: Vector) -> Option<Self> {
		let across = first.cross(second);
		let area = across.length();
		if area < 1e-9 {
			return None;
		}
		let normal = across / area;
		let (to_first, to_second) = (second.cross(normal) / area, normal.cross(first) / area);
		Some(Self::Quad { corner, first, second, normal, to_first, to_second, area })
	}

	/// The distance at which a ray meets the shape, above 0 and below `limit`.
	#[inline(always)]
	pub fn distance(&self, ray: &Ray, limit: f32) -> Option<f32> {
		match self {
			Self::Sphere { centre, radius } => sphere_distance(*centre, *radius, ray, limit),
			Self::Quad { corner, normal, to_first, to_second, .. } => {
				let distance = plane_distance(*corner, *normal, ray, limit)?;
				let offset = ray.at(distance) - *corner;
				let (a, b) = (offset.dot(*to_first), offset.dot(*to_second));
				((0.0..=1.0).contains(&a) && (0.0..=1.0).contains(&b)).then_some(distance)
			},
		}
	}

	/// The unit normal of the front, or of the outside, at a point of the surface.
	pub fn normal(&self, point: Vector) -> Vector {
		match self {
			Self::Sphere { centre, .. } => (point - *centre).unit(),
			Self::Quad { normal, .. } => *normal,
		}
	}

	/// The box that holds the shape, with a little to spare for rounding.
	pub fn bounds(&self) -> Bounds {
		let tight = match self {
			Self::Sphere { centre, radius } => {
				let extent = Vector::ONE * *radius;
				Bounds { low: *centre - extent, high: *centre + extent }
			},
			Self::Quad { corner, first, second, .. } => {
				let point = |point: Vector| Bounds { low: point, high: point };
				let side = point(*corner).union(point(*corner + *first));
				side.union(point(*corner + *second)).union(point(*corner + *first + *second))
			},
		};
		let margin = Vector::ONE
			* (1e-4 * max(1.0, tight.low.absolute().combine(tight.high.absolute(), max).greatest()));
		Bounds { low: tight.low - margin, high: tight.high + margin }
	}
}

/// A plane without end.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
	/// A point on it.
	pub point: Vector,
	/// Unit normal of the front.
	pub normal: Vector,
}

impl Plane {
	/// The distance at which a ray meets the plane, above 0 and below `limit`.
	pub fn distance(&self, ray: &Ray, limit: f32) -> Option<f32> {
		plane_distance(self.point, self.normal, ray, limit)
	}
}

#[inline(always)]
fn plane_distance(point: Vector, normal: Vector, ray: &Ray, limit: f32) -> Option<f32> {
	let slope = ray.direction.dot(normal);
	let distance = (point - ray.origin).dot(normal) / slope;
	// Along the plane the quotient is infinite or not a number, and neither passes.
	(distance > 0.0 && distance < limit).then_some(distance)
}

#[inline(always)]
fn sphere_distance(centre: Vector, radius: f32, ray: &Ray, limit: f32) -> Option<f32> {
	let offset = centre - ray.origin;
	let along = offset.dot(ray.direction);
	// The squared distance of the ray's line from the centre, without the cancellation of the textbook's formula.
	let aside = offset - ray.direction * along;
	let rest = radius * radius - aside.dot(aside);
	if rest <= 0.0 {
		return None;
	}
	let half = sqrt(rest);
	let distance = if along > half { along - half } else { along + half };
	(distance > 0.0 && distance < limit).then_some(distance)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::vector::vector;

	fn ray(origin: Vector, target: Vector) -> Ray {
		Ray { origin, direction: (target - origin).unit() }
	}

	#[test]
	fn spheres_are_met_from_outside_and_inside() {
		let sphere = Form::Sphere { centre: vector(0.0, 0.0, 5.0), radius: 1.0 };
		let towards = ray(Vector::ZERO, vector(0.0, 0.0, 1.0));
		assert_eq!(sphere.distance(&towards, f32::INFINITY), Some(4.0));
		assert_eq!(sphere.distance(&towards, 4.0), None);
		let inside = Ray { origin: vector(0.0, 0.0, 5.0), ..towards };
		assert_eq!(sphere.distance(&inside, f32::INFINITY), Some(1.0));
		let behind = Ray { origin: vector(0.0, 0.0, 7.0), ..towards };
		assert_eq!(sphere.distance(&behind, f32::INFINITY), None);
		let beside = ray(Vector::ZERO, vector(0.0, 1.1, 5.0));
		assert_eq!(sphere.distance(&beside, f32::INFINITY), None);
		assert_eq!(sphere.normal(vector(0.0, 0.0, 4.0)), vector(0.0, 0.0, -1.0));
	}

	#[test]
	fn quads_are_met_within_their_edges() {
		let quad = Form::quad(vector(-1.0, -1.0, 2.0), vector(2.0, 0.0, 0.0), vector(1.0, 2.0, 0.0)).unwrap();
		for (x, y, hit) in
			[(0.0, 0.0, true), (-0.9, -0.95, true), (-0.9, 0.9, false), (1.9, 0.95, true), (0.0, 1.1, false)]
		{
			let distance = quad.distance(&ray(Vector::ZERO, vector(x, y, 2.0)), f32::INFINITY);
			assert_eq!(distance.is_some(), hit, "{x} {y}");
		}
		let along = Ray { origin: Vector::ZERO, direction: vector(1.0, 0.0, 0.0) };
		assert_eq!(quad.distance(&along, f32::INFINITY), None);
		assert!(Form::quad(Vector::ZERO, Vector::ONE, Vector::ONE * 2.0).is_none());
	}

	#[test]
	fn a_ray_that_leaves_a_surface_does_not_meet_it() {
		let sphere = Form::Sphere { centre: vector(30.0, -20.0, 10.0), radius: 7.0 };
		for direction in [vector(1.0, 0.0, 0.0), vector(0.0, -1.0, 0.0), vector(-0.6, 0.8, 0.0)] {
			let point = vector(30.0, -20.0, 10.0) + direction * 7.0;
			let leaving = Ray::leaving(point, sphere.normal(point), direction);
			assert_eq!(sphere.distance(&leaving, f32::INFINITY), None);
			let entering = Ray::leaving(point, sphere.normal(point), -direction);
			let through = sphere.distance(&entering, f32::INFINITY).unwrap();
			assert!((through - 14.0).abs() < 0.05);
		}
	}

	#[test]
	fn bounds_hold_their_shape_and_tell_who_misses() {
		let bounds = Form::Sphere { centre: vector(0.0, 0.0, 5.0), radius: 1.0 }.bounds();
		for (target, hit) in
			[(vector(0.0, 0.0, 5.0), true), (vector(0.9, 0.9, 4.0), true), (vector(0.0, 1.6, 5.0), false)]
		{
			let ray = ray(Vector::ZERO, target);
			let inverse = Vector::ONE.combine(ray.direction, |one, component| one / component);
			assert_eq!(bounds.entry(&ray, inverse, f32::INFINITY).is_finite(), hit, "{target:?}");
			assert!(bounds.entry(&ray, inverse, 1.0).is_infinite());
		}
	}
}
