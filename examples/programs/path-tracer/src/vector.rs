//! Three numbers: a point, a direction or a colour.

use crate::maths::{max, sqrt};
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

/// Three numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vector {
	/// To the right, or red.
	pub x: f32,
	/// Up, or green.
	pub y: f32,
	/// Towards the viewer, or blue.
	pub z: f32,
}

/// Linear intensities of red, green and blue, from 0.
pub type Colour = Vector;

/// A vector from its three numbers.
pub const fn vector(x: f32, y: f32, z: f32) -> Vector {
	Vector { x, y, z }
}

impl Vector {
	/// All zero; black.
	pub const ZERO: Self = vector(0.0, 0.0, 0.0);
	/// All one; white.
	pub const ONE: Self = vector(1.0, 1.0, 1.0);

	/// The scalar product.
	#[inline(always)]
	pub fn dot(self, other: Self) -> f32 {
		self.x * other.x + self.y * other.y + self.z * other.z
	}

	/// The vector product: at right angles to both, by the right-hand rule.
	pub fn cross(self, other: Self) -> Self {
		vector(
			self.y * other.z - self.z * other.y,
			self.z * other.x - self.x * other.z,
			self.x * other.y - self.y * other.x,
		)
	}

	/// The length.
	pub fn length(self) -> f32 {
		sqrt(self.dot(self))
	}

	/// The same direction at length 1. The vector must not be zero.
	pub fn unit(self) -> Self {
		self / self.length()
	}

	/// The greatest of the three.
	pub fn greatest(self) -> f32 {
		max(self.x, max(self.y, self.z))
	}

	/// Each of the three made positive.
	pub fn absolute(self) -> Self {
		vector(self.x.abs(), self.y.abs(), self.z.abs())
	}

	/// Component 0, 1 or 2 (and 2 for all beyond).
	pub fn component(self, axis: usize) -> f32 {
		match axis {
			0 => self.x,
			1 => self.y,
			_ => self.z,
		}
	}

	/// Applies `function` to each of two vectors' components.
	#[inline(always)]
	pub fn combine(self, other: Self, function: impl Fn(f32, f32) -> f32) -> Self {
		vector(function(self.x, other.x), function(self.y, other.y), function(self.z, other.z))
	}

	/// Whether all three are numbers and not infinite.
	pub fn is_finite(self) -> bool {
		self.x.is_finite() && self.y.is_finite() && self.z.is_finite()
	}

	/// This direction mirrored at a surface with the given unit normal.
	pub fn mirrored(self, normal: Self) -> Self {
		self - normal * (2.0 * self.dot(normal))
	}

	/// Two unit vectors that are at right angles to this unit vector and to each other.
	pub fn basis(self) -> (Self, Self) {
		let helper = if self.x.abs() > 0.7 { vector(0.0, 1.0, 0.0) } else { vector(1.0, 0.0, 0.0) };
		let first = helper.cross(self).unit();
		(first, self.cross(first))
	}
}

impl Add for Vector {
	type Output = Self;
	#[inline(always)]
	fn add(self, other: Self) -> Self {
		self.combine(other, |a, b| a + b)
	}
}

impl AddAssign for Vector {
	#[inline(always)]
	fn add_assign(&mut self, other: Self) {
		*self = *self + other;
	}
}

impl Sub for Vector {
	type Output = Self;
	#[inline(always)]
	fn sub(self, other: Self) -> Self {
		self.combine(other, |a, b| a - b)
	}
}

impl Neg for Vector {
	type Output = Self;
	#[inline(always)]
	fn neg(self) -> Self {
		vector(-self.x, -self.y, -self.z)
	}
}

/// Component by component: light of one colour filtered by another.
impl Mul for Vector {
	type Output = Self;
	#[inline(always)]
	fn mul(self, other: Self) -> Self {
		self.combine(other, |a, b| a * b)
	}
}

impl MulAssign for Vector {
	#[inline(always)]
	fn mul_assign(&mut self, other: Self) {
		*self = *self * other;
	}
}

impl Mul<f32> for Vector {
	type Output = Self;
	#[inline(always)]
	fn mul(self, factor: f32) -> Self {
		vector(self.x * factor, self.y * factor, self.z * factor)
	}
}

impl MulAssign<f32> for Vector {
	#[inline(always)]
	fn mul_assign(&mut self, factor: f32) {
		*self = *self * factor;
	}
}

impl Div<f32> for Vector {
	type Output = Self;
	#[inline(always)]
	fn div(self, divisor: f32) -> Self {
		self * (1.0 / divisor)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn products() {
		let (x, y, z) = (vector(1.0, 0.0, 0.0), vector(0.0, 1.0, 0.0), vector(0.0, 0.0, 1.0));
		assert_eq!((x.cross(y), y.cross(z), z.cross(x)), (z, x, y));
		assert_eq!(vector(1.0, 2.0, 3.0).dot(vector(4.0, -5.0, 6.0)), 12.0);
		assert_eq!(vector(3.0, -4.0, 12.0).length(), 13.0);
	}

	#[test]
	fn mirroring_keeps_the_length_and_turns_the_normal_part() {
		let normal = vector(0.0, 1.0, 0.0);
		assert_eq!(vector(1.0, -2.0, 3.0).mirrored(normal), vector(1.0, 2.0, 3.0));
	}

	#[test]
	fn a_basis_is_orthonormal() {
		for direction in [
			vector(1.0, 0.0, 0.0),
			vector(0.0, -1.0, 0.0),
			vector(0.6, 0.0, -0.8),
			vector(0.1, 0.2, 0.3).unit(),
		] {
			let (first, second) = direction.basis();
			for (a, b, product) in [
				(first, second, 0.0),
				(first, direction, 0.0),
				(second, direction, 0.0),
				(first, first, 1.0),
				(second, second, 1.0),
			] {
				assert!((a.dot(b) - product).abs() < 1e-6);
			}
			assert!((first.cross(second) - direction).length() < 1e-6);
		}
	}
}
