//! A tree of boxes around shapes, so that a ray looks at few of them.

use crate::{
	shape::{Bounds, Ray},
	vector::Vector,
};
use alloc::vec::Vec;
use core::ops::Range;

/// Shapes that are not worth a further split.
const LEAF_SIZE: usize = 3;
/// Each split halves the number of shapes, so [`MAX_SHAPES`] make no deeper tree.
const MAX_DEPTH: usize = 16;
/// The most shapes a tree holds.
pub const MAX_SHAPES: usize = 1 << MAX_DEPTH;

#[derive(Clone, Copy, Debug)]
struct Node {
	bounds: Bounds,
	/// A leaf's first position in `order`; otherwise where the right child is. The left one follows its parent.
	start: u32,
	/// How many shapes a leaf has; 0 for an inner node.
	count: u32,
}

/// The tree. It knows shapes by their position in a list it never sees.
#[derive(Clone, Debug, Default)]
pub struct Tree {
	nodes: Vec<Node>,
	order: Vec<u32>,
}

impl Tree {
	/// A tree over shapes with these bounds.
	///
	/// # Panics
	///
	/// If there are more than [`MAX_SHAPES`].
	pub fn new(bounds: &[Bounds]) -> Self {
		assert!(bounds.len() <= MAX_SHAPES, "too many shapes for one tree");
		let mut tree = Self { nodes: Vec::new(), order: (0..).take(bounds.len()).collect() };
		if !bounds.is_empty() {
			tree.build(bounds, 0..bounds.len());
		}
		tree
	}

	/// Adds the node for these positions of `order`. The depth of the recursion is the logarithm of their number.
	fn build(&mut self, bounds: &[Bounds], range: Range<usize>) {
		let shapes = &mut self.order[range.clone()];
		let all = |shapes: &[u32], bounds_of: fn(&Bounds) -> Bounds| {
			shapes.iter().map(|shape| bounds_of(&bounds[*shape as usize])).reduce(Bounds::union)
		};
		let Some(whole) = all(shapes, |bounds| *bounds) else { return };
		let node = self.nodes.len();
		self.nodes.push(Node { bounds: whole, start: range.start as u32, count: shapes.len() as u32 });
		if shapes.len() <= LEAF_SIZE {
			return;
		}
		let Some(centres) = all(shapes, |bounds| Bounds { low: centre(bounds), high: centre(bounds) }) else {
			return;
		};
		let axis = longest_axis(centres.high - centres.low);
		let key = |shape: &u32| centre(&bounds[*shape as usize]).component(axis);
		let middle = shapes.len() / 2;
		shapes.select_nth_unstable_by(middle, |a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
		self.build(bounds, range.start..range.start + middle);
		let right = self.nodes.len() as u32;
		self.build(bounds, range.start + middle..range.end);
		self.nodes[node].start = right;
		self.nodes[node].count = 0;
	}

	/// Calls `visit` with every shape the ray may meet before the limit it returned last, at first `limit`, the nearer
	/// boxes first. Nothing more is visited once the limit is 0.
	#[inline(always)]
	pub fn walk(&self, ray: &Ray, mut limit: f32, mut visit: impl FnMut(u32, f32) -> f32) {
		if self.nodes.is_empty() {
			return;
		}
		let inverse = Vector::ONE.combine(ray.direction, |one, component| one / component);
		let entry = |node: u32, limit| self.nodes[node as usize].bounds.entry(ray, inverse, limit);
		let mut waiting = [(0, 0.0); MAX_DEPTH + 1];
		let mut count = 1;
		while count > 0 {
			count -= 1;
			let (index, distance): (u32, f32) = waiting[count];
			if distance >= limit {
				continue;
			}
			let node = &self.nodes[index as usize];
			if node.count > 0 {
				for shape in &self.order[node.start as usize..(node.start + node.count) as usize] {
					limit = visit(*shape, limit);
				}
				continue;
			}
			let (left, right) = (index + 1, node.start);
			let (near, far) = ((left, entry(left, limit)), (right, entry(right, limit)));
			let (near, far) = if near.1 <= far.1 { (near, far) } else { (far, near) };
			for child in [far, near] {
				if child.1 < limit {
					waiting[count] = child;
					count += 1;
				}
			}
		}
	}
}

fn centre(bounds: &Bounds) -> Vector {
	(bounds.low + bounds.high) * 0.5
}

fn longest_axis(extent: Vector) -> usize {
	match extent {
		Vector { x, y, z } if x >= y && x >= z => 0,
		Vector { y, z, .. } if y >= z => 1,
		_ => 2,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{random::Sampler, shape::Form, vector::vector};

	fn spheres(count: u32) -> Vec<Form> {
		let mut sampler = Sampler::new(11, 0, 0, 1);
		let mut number = || sampler.number();
		let sphere = |_| Form::Sphere {
			centre: vector(number(), number(), number()) * 10.0,
			radius: 0.05 + 0.4 * number(),
		};
		(0..count).map(sphere).collect()
	}

	fn nearest(forms: &[Form], tree: &Tree, ray: &Ray) -> Option<(u32, f32)> {
		let mut found = None;
		tree.walk(ray, f32::INFINITY, |shape, limit| match forms[shape as usize].distance(ray, limit) {
			Some(distance) => {
				found = Some((shape, distance));
				distance
			},
			None => limit,
		});
		found
	}

	#[test]
	fn the_tree_finds_what_looking_at_everything_finds() {
		for count in [0, 1, 3, 4, 100, 777] {
			let forms = spheres(count);
			let tree = Tree::new(&forms.iter().map(Form::bounds).collect::<Vec<_>>());
			let mut hits = 0;
			for number in 0..2_000 {
				let mut sampler = Sampler::new(12, number, 0, 1);
				let mut point =
					|| vector(sampler.number(), sampler.number(), sampler.number()) * 12.0 - Vector::ONE;
				let origin = point();
				let ray = Ray { origin, direction: (point() - origin).unit() };
				let all =
					(0..).zip(&forms).filter_map(|(i, form)| Some((i, form.distance(&ray, f32::INFINITY)?)));
				let expected = all.min_by(|a, b| a.1.total_cmp(&b.1));
				assert_eq!(nearest(&forms, &tree, &ray), expected);
				hits += u32::from(expected.is_some());
			}
			assert!(count < 100 || hits > 200, "the test must test something: {hits}");
		}
	}

	#[test]
	fn shapes_all_in_one_place_are_no_problem() {
		let forms = vec![Form::Sphere { centre: Vector::ONE, radius: 1.0 }; 5_000];
		let tree = Tree::new(&forms.iter().map(Form::bounds).collect::<Vec<_>>());
		let ray = Ray { origin: vector(1.0, 1.0, 9.0), direction: vector(0.0, 0.0, -1.0) };
		assert_eq!(nearest(&forms, &tree, &ray).map(|hit| hit.1), Some(7.0));
	}
}
