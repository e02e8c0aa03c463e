//! Whole pictures: energy is neither lost nor made, and the same scene gives the same bytes.

use assay_path_tracer::{parser, render, scene::Scene, tile::Tile, vector::Vector};

const SMALL: &str = include_str!("../../../scenes/small.scene");
const SHOWROOM: &str = include_str!("../../../scenes/showroom.scene");

fn scene(text: &str) -> Scene {
	parser::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A sphere that fills the middle of the picture, under an evenly white sky.
fn furnace(material: &str) -> Scene {
	scene(&format!(
		"image 9 9\ntiles 1 1\nsamples 1024\nbounces 256\nclamp 1000\nsky 1 1 1 1 1 1\n\
		 camera from 0 0 4 to 0 0 0 view 40\nmaterial m {material}\nsphere m 0 0 0 1\n"
	))
}

fn each_pixel(scene: &Scene) -> impl Iterator<Item = Vector> + '_ {
	(0..9).flat_map(|y| (0..9).map(move |x| (x, y))).map(|(x, y)| render::pixel(scene, x, y))
}

#[test]
fn what_reflects_everything_is_invisible_in_a_white_furnace() {
	for material in [
		"diffuse 1 1 1",
		"checker 0.3 1 1 1 1 1 1",
		"glossy 1 1 1 1.5 0.2",
		"metal 1 1 1 0",
		"metal 1 1 1 1",
		"glass 1 1 1 1.5",
	] {
		for light in each_pixel(&furnace(material)) {
			// Paths that are ended at random make glass a little noisy.
			assert!((light - Vector::ONE).absolute().greatest() < 0.05, "{material}: {light:?}");
		}
	}
}

#[test]
fn what_reflects_half_is_half_as_bright() {
	let scene = furnace("diffuse 0.5 0.25 0");
	let middle = render::pixel(&scene, 4, 4);
	assert!((middle.x - 0.5).abs() < 1e-3 && (middle.y - 0.25).abs() < 1e-3 && middle.z == 0.0, "{middle:?}");
}

#[test]
fn lights_looked_for_shine_as_brightly_as_lights_come_upon() {
	// The same walls of light, once as a sky and once as a box of quads that face inwards.
	let wall = |corner: &str, first: &str, second: &str| format!("quad l {corner} {first} {second}\n");
	let walls: String = [
		wall("-9 -9 -9", "18 0 0", "0 18 0"),
		wall("-9 -9 9", "0 18 0", "18 0 0"),
		wall("-9 -9 -9", "0 0 18", "18 0 0"),
		wall("-9 9 -9", "18 0 0", "0 0 18"),
		wall("-9 -9 -9", "0 18 0", "0 0 18"),
		wall("9 -9 -9", "0 0 18", "0 18 0"),
	]
	.concat();
	let scene = scene(&format!(
		"image 9 9\ntiles 1 1\nsamples 4096\nclamp 1000\ncamera from 0 0 4 to 0 0 0 view 40\n\
		 material m diffuse 0.5 0.5 0.5\nmaterial l light 1 1 1\nsphere m 0 0 0 1\n{walls}"
	));
	let middle = render::pixel(&scene, 4, 4).x;
	assert!((middle - 0.5).abs() < 0.02, "{middle}");
	assert!((render::pixel(&scene, 0, 0).x - 1.0).abs() < 1e-3);
}

#[test]
fn tiles_make_up_the_picture() {
	let cut = scene(SMALL);
	let whole = scene(&SMALL.replace("tiles 4 4", "tiles 1 1"));
	assert_eq!((cut.image.tiles(), whole.image.tiles()), (16, 1));
	let picture = render::render(&whole, &Tile::new(&whole.image, 0).unwrap());
	for index in 0..cut.image.tiles() {
		let tile = Tile::new(&cut.image, index).unwrap();
		let pixels = render::render(&cut, &tile);
		for (row, y) in pixels.chunks(tile.width as usize).zip(tile.y..) {
			let start = (y * cut.image.width + tile.x) as usize;
			assert_eq!(row, &picture[start..start + row.len()]);
		}
	}
}

#[test]
fn the_seed_changes_the_noise_and_not_the_picture() {
	let mean = |scene: &Scene| {
		let tile = Tile::new(&scene.image, 0).unwrap();
		let bytes = render::render(scene, &tile).concat();
		(bytes.iter().map(|byte| f64::from(*byte)).sum::<f64>() / bytes.len() as f64, bytes)
	};
	let whole = SMALL.replace("tiles 4 4", "tiles 1 1");
	let (mean_of_one, one) = mean(&scene(&format!("{whole}\nseed 1\n")));
	let (mean_of_two, two) = mean(&scene(&format!("{whole}\nseed 2\n")));
	assert_ne!(one, two);
	assert!((mean_of_one - mean_of_two).abs() < 2.0, "{mean_of_one} {mean_of_two}");
}

#[test]
fn the_showroom_is_as_documented() {
	let scene = scene(SHOWROOM);
	assert_eq!((scene.image.width, scene.image.height, scene.image.tiles()), (512, 512, 64));
	assert!(scene.world.shapes.len() > 100 && !scene.lights.is_empty());
}
