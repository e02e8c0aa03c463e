use super::*;

const HEAD: &str = "image 64 32\ntiles 4 2\ncamera from 0 1 5 to 0 0 0 view 40\n";

fn problem(line: &str) -> Problem {
	let text = alloc::format!("{HEAD}material grey diffuse 0.5 0.5 0.5\nmaterial lamp light 9 9 9\n{line}\n");
	let error = parse(&text).expect_err(line);
	assert_eq!(error.line, Some(6), "{line}");
	error.problem
}

fn out_of_range(problem: Problem) -> bool {
	matches!(problem, Problem::OutOfRange { .. })
}

#[test]
fn a_scene_needs_image_tiles_and_camera_only() {
	let scene = parse(HEAD).unwrap();
	assert_eq!(scene.image, Image { width: 64, height: 32, columns: 4, rows: 2 });
	assert_eq!(scene.settings, DEFAULT_SETTINGS);
	assert!(scene.world.shapes.is_empty() && scene.world.materials.is_empty());
	for directive in ["image", "tiles", "camera"] {
		let text: String =
			HEAD.lines().filter(|line| !line.starts_with(directive)).flat_map(|line| [line, "\n"]).collect();
		assert_eq!(parse(&text).err(), Some(SceneError { line: None, problem: Problem::Lacking(directive) }));
	}
}

#[test]
fn everything_is_read() {
	let scene = parse(
		"# a comment\r\n\
		 image 10 20\ttiles\n",
	);
	assert_eq!(scene.err().map(|error| error.problem), Some(Problem::Surplus("tiles".into())));
	let scene = parse(
		"image 10 20 # with a comment\n\
		 tiles 5 1\nsamples 9\nbounces 0\nseed 18446744073709551615\nexposure 1.5\nclamp 4\n\
		 camera from 1 2 3 to 0 0 0 view 30 lens 0.1 focus 2\n\
		 sky 1 1 1  0 0 2\n\n\
		 material a diffuse 1 0 0\nmaterial b checker 2 0 0 0 1 1 1\nmaterial c glossy 0 1 0 1.5 0.1\n\
		 material d metal 1 1 0 0.2\nmaterial e glass 1 1 1 1.5\nmaterial f light 5 6 7\n\
		 sphere c 0 1 0 2\nquad f 0 0 0 1 0 0 0 1 0\nbox d 0 0 0 1 2 3 turn 30\nplane b 0 0 0 0 5 0\n",
	)
	.unwrap();
	let settings = Settings { samples: 9, bounces: 0, seed: u64::MAX, exposure: 1.5, clamp: 4.0 };
	assert_eq!(scene.settings, settings);
	assert_eq!(scene.world.sky, Sky { horizon: Vector::ONE, zenith: vector(0.0, 0.0, 2.0) });
	assert_eq!(
		scene.world.materials[1],
		Material::Checker { side: 2.0, colours: [Vector::ZERO, Vector::ONE] }
	);
	assert_eq!(scene.world.materials[5], Material::Light(vector(5.0, 6.0, 7.0)));
	assert_eq!((scene.world.materials.len(), scene.world.shapes.len()), (6, 8));
	assert_eq!(scene.world.planes[0].0.normal, vector(0.0, 1.0, 0.0));
	assert_eq!(scene.lights, [1]);
}

#[test]
fn boxes_face_outwards() {
	let scene =
		parse(&alloc::format!("{HEAD}material a diffuse 1 1 1\nbox a 1 2 3 2 1 4 turn 25\n")).unwrap();
	for shape in &scene.world.shapes {
		let Form::Quad { corner, first, second, normal, area, .. } = shape.form else { panic!("a quad") };
		let outwards = corner + first * 0.5 + second * 0.5 - vector(1.0, 2.0, 3.0);
		assert!((outwards.unit() - normal).length() < 1e-4);
		assert!((area * outwards.length() * 2.0 - 8.0).abs() < 1e-3);
	}
}

#[test]
fn words_that_do_not_belong_are_named() {
	assert_eq!(problem("ball grey 0 0 0 1"), Problem::UnknownDirective("ball".into()));
	assert_eq!(problem("image 1 1"), Problem::Repeated { directive: "image", first: 1 });
	assert_eq!(problem("sphere grey 0 0 0"), Problem::Missing("radius"));
	assert_eq!(problem("sphere grey 0 0"), Problem::Missing("centre"));
	assert_eq!(problem("sphere grey 0 0 0 1 2"), Problem::Surplus("2".into()));
	assert_eq!(problem("sphere blue 0 0 0 1"), Problem::UnknownMaterial("blue".into()));
	assert_eq!(problem("material grey metal 1 1 1 0"), Problem::SameName("grey".into()));
	assert_eq!(problem("material x velvet 1 1 1"), Problem::UnknownKind("velvet".into()));
	assert_eq!(problem("box grey 0 0 0 1 1 1 tilt 3"), Problem::Surplus("tilt".into()));
	assert_eq!(problem("material"), Problem::Missing("name"));
}

#[test]
fn numbers_must_be_numbers_in_their_range() {
	let word = || String::from("x");
	assert_eq!(problem("samples x"), Problem::NotWhole { what: "samples", word: word() });
	assert_eq!(problem("samples 1.5"), Problem::NotWhole { what: "samples", word: "1.5".into() });
	assert_eq!(problem("samples +5"), Problem::NotWhole { what: "samples", word: "+5".into() });
	assert_eq!(problem("exposure x"), Problem::NotANumber { what: "exposure", word: word() });
	for bad in ["nan", "inf", "-inf", "1e99", ""] {
		let found = problem(&alloc::format!("sphere grey 0 0 0 {bad}"));
		assert!(matches!(found, Problem::NotANumber { .. } | Problem::Missing(_)), "{bad} {found:?}");
	}
	for bad in [
		"samples 0",
		"samples 1048577",
		"bounces 257",
		"exposure 0",
		"clamp 0",
		"sphere grey 0 0 0 0",
		"sphere grey 0 0 0 -1",
		"sphere grey 100001 0 0 1",
		"material x diffuse 1 1.01 1",
		"material x light -1 0 0",
		"material x glass 1 1 1 0.9",
		"material x metal 1 1 1 1.1",
		"material x checker 0 1 1 1 1 1 1",
		"box grey 0 0 0 1 0 1",
		"sky 0 0 0 0 0 -1",
	] {
		assert!(out_of_range(problem(bad)), "{bad}");
	}
	let text = problem("samples 0");
	assert_eq!(alloc::format!("{text}"), "samples must be between 1 and 1048576, not `0`");
}

#[test]
fn shapes_without_extent_are_refused() {
	assert!(matches!(problem("quad grey 0 0 0 1 1 1 2 2 2"), Problem::Degenerate(_)));
	assert!(matches!(problem("plane grey 0 0 0 0 0 0"), Problem::Degenerate(_)));
	assert_eq!(problem("plane lamp 0 0 0 0 1 0"), Problem::ShiningPlane);
}

#[test]
fn counts_are_limited() {
	let many = |line: &str, count| (0..count).flat_map(|_| [line, "\n"]).collect::<String>();
	let head = alloc::format!("{HEAD}material grey diffuse 0.5 0.5 0.5\n");
	let planes = |count| parse(&alloc::format!("{head}{}", many("plane grey 0 0 0 0 1 0", count)));
	assert!(planes(MAX_PLANES).is_ok());
	let error = SceneError { line: Some(69), problem: Problem::TooMany { what: "planes", most: MAX_PLANES } };
	assert_eq!(planes(MAX_PLANES + 1).err(), Some(error));
	let lights =
		|count| parse(&alloc::format!("{HEAD}material l light 1 1 1\n{}", many("sphere l 0 0 0 1", count)));
	assert!(lights(MAX_LIGHTS).is_ok());
	let error =
		SceneError { line: Some(261), problem: Problem::TooMany { what: "lights", most: MAX_LIGHTS } };
	assert_eq!(lights(MAX_LIGHTS + 1).err(), Some(error));
	let spheres = |count| parse(&alloc::format!("{head}{}", many("sphere grey 0 0 0 1", count)));
	assert!(spheres(MAX_SHAPES).is_ok());
	assert!(matches!(
		spheres(MAX_SHAPES + 1).err().map(|error| error.problem),
		Some(Problem::TooMany { .. })
	));
}

#[test]
fn pictures_and_cameras_must_make_sense() {
	let error = |text: &str| parse(text).expect_err(text);
	let tiles = error("image 4 4\ntiles 5 1\ncamera from 0 1 5 to 0 0 0 view 40\n");
	assert_eq!(tiles, SceneError { line: Some(2), problem: Problem::TooManyTiles });
	let camera = error("image 4 4\ncamera from 0 1 0 to 0 0 0 view 40\ntiles 1 1\n");
	assert!(matches!(camera, SceneError { line: Some(2), problem: Problem::Degenerate(_) }));
	let word = error("image 4 4\ntiles 1 1\ncamera at 0 1 0\n");
	assert_eq!(word.problem, Problem::Expected { keyword: "from", word: "at".into() });
	assert!(out_of_range(error("image 0 4\n").problem) && out_of_range(error("image 4 16385\n").problem));
}

#[test]
fn errors_tell_their_place() {
	let error = parse("image 4 4\n\n  bogus\n").expect_err("bogus");
	assert_eq!(alloc::format!("{error}"), "line 3: there is no directive `bogus`");
	let error = parse("").expect_err("nothing");
	assert_eq!(alloc::format!("{error}"), "as a whole: there is no line `image`");
}
