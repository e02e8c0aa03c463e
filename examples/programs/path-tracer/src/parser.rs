//! Reading a scene from its text. The format is described in `README.md`.

mod error;
mod line;

pub use error::{Problem, SceneError};

use crate::{
	bvh::MAX_SHAPES,
	camera::{Camera, Setup},
	material::Material,
	maths::{sin_cos, PI},
	scene::{Image, Scene, Settings, Shape, Sky, World},
	shape::{Form, Plane},
	vector::{vector, Vector},
};
use alloc::{collections::BTreeMap, string::String};
use line::Line;

/// The most pixels a picture may have in either direction.
pub const MAX_SIDE: u32 = 16_384;
/// The most samples per pixel.
pub const MAX_SAMPLES: u32 = 1 << 20;
/// The most bounces of a path.
pub const MAX_BOUNCES: u32 = 256;
/// The most materials in a scene.
pub const MAX_MATERIALS: usize = 4_096;
/// The most planes in a scene. Every ray looks at all of them.
pub const MAX_PLANES: usize = 64;
/// The most lights in a scene; a box of light counts as six. Every matt surface a path comes to looks at all of them.
pub const MAX_LIGHTS: usize = 256;

const DEFAULT_SETTINGS: Settings = Settings { samples: 16, bounces: 8, seed: 0, exposure: 1.0, clamp: 10.0 };

/// What has been read so far.
struct Reader<'a> {
	image: Option<(u32, u32)>,
	tiles: Option<(u32, u32)>,
	settings: Settings,
	camera: Option<(Setup, u32)>,
	world: World,
	lights: usize,
	names: BTreeMap<&'a str, usize>,
	/// Directives that may appear once, and did.
	seen: BTreeMap<&'static str, u32>,
}

/// Reads a scene.
///
/// # Errors
///
/// The first line that cannot be understood, or what the scene lacks as a whole.
pub fn parse(text: &str) -> Result<Scene, SceneError> {
	let mut reader = Reader {
		image: None,
		tiles: None,
		settings: DEFAULT_SETTINGS,
		camera: None,
		world: World::default(),
		lights: 0,
		names: BTreeMap::new(),
		seen: BTreeMap::new(),
	};
	for (number, line) in (1..).zip(text.lines()) {
		let at_line = |problem| SceneError { line: Some(number), problem };
		let words = line.split('#').next().unwrap_or_default();
		let mut line = Line::new(words);
		if let Some(directive) = line.next() {
			reader.directive(directive, &mut line, number).and_then(|()| line.end()).map_err(at_line)?;
		}
	}
	reader.finish()
}

impl<'a> Reader<'a> {
	fn directive(&mut self, directive: &'a str, line: &mut Line<'a>, number: u32) -> Result<(), Problem> {
		match directive {
			"image" => {
				self.once("image", number)?;
				let side = 1..=MAX_SIDE;
				self.image = Some((line.integer("width", side.clone())?, line.integer("height", side)?));
			},
			"tiles" => {
				self.once("tiles", number)?;
				let side = 1..=MAX_SIDE;
				self.tiles = Some((line.integer("columns", side.clone())?, line.integer("rows", side)?));
			},
			"samples" => {
				self.once("samples", number)?;
				self.settings.samples = line.integer("samples", 1..=MAX_SAMPLES)?;
			},
			"bounces" => {
				self.once("bounces", number)?;
				self.settings.bounces = line.integer("bounces", 0..=MAX_BOUNCES)?;
			},
			"seed" => {
				self.once("seed", number)?;
				self.settings.seed = line.integer("seed", 0..=u64::MAX)?;
			},
			"exposure" => {
				self.once("exposure", number)?;
				self.settings.exposure = line.number("exposure", 1e-6..=1e6)?;
			},
			"clamp" => {
				self.once("clamp", number)?;
				self.settings.clamp = line.number("clamp", 1e-3..=1e9)?;
			},
			"camera" => {
				self.once("camera", number)?;
				self.camera = Some((camera(line)?, number));
			},
			"sky" => {
				self.once("sky", number)?;
				self.world.sky = Sky { horizon: line.light("horizon")?, zenith: line.light("zenith")? };
			},
			"material" => self.material(line)?,
			"sphere" => {
				let material = self.named_material(line)?;
				let centre = line.point("centre")?;
				self.shape(Form::Sphere { centre, radius: line.number("radius", 1e-4..=1e5)? }, material)?;
			},
			"quad" => {
				let material = self.named_material(line)?;
				let (corner, first, second) =
					(line.point("corner")?, line.point("first side")?, line.point("second side")?);
				self.quad(corner, first, second, material)?;
			},
			"box" => self.cuboid(line)?,
			"plane" => self.plane(line)?,
			_ => return Err(Problem::UnknownDirective(directive.into())),
		}
		Ok(())
	}

	fn once(&mut self, directive: &'static str, number: u32) -> Result<(), Problem> {
		match self.seen.insert(directive, number) {
			Some(first) => Err(Problem::Repeated { directive, first }),
			None => Ok(()),
		}
	}

	fn material(&mut self, line: &mut Line<'a>) -> Result<(), Problem> {
		let name = line.word("name")?;
		let material = match line.word("kind of material")? {
			"diffuse" => Material::Diffuse(line.colour("colour")?),
			"checker" => {
				let side = line.number("side of a square", 1e-3..=1e5)?;
				Material::Checker {
					side,
					colours: [line.colour("first colour")?, line.colour("second colour")?],
				}
			},
			"glossy" => Material::Glossy {
				colour: line.colour("colour")?,
				index: line.number("index of refraction", 1.0..=4.0)?,
				roughness: line.number("roughness", 0.0..=1.0)?,
			},
			"metal" => Material::Metal {
				colour: line.colour("colour")?,
				roughness: line.number("roughness", 0.0..=1.0)?,
			},
			"glass" => Material::Glass {
				tint: line.colour("tint")?,
				index: line.number("index of refraction", 1.0..=4.0)?,
			},
			"light" => Material::Light(line.light("colour")?),
			kind => return Err(Problem::UnknownKind(kind.into())),
		};
		let position = self.world.materials.len();
		if position >= MAX_MATERIALS {
			return Err(Problem::TooMany { what: "materials", most: MAX_MATERIALS });
		}
		if self.names.insert(name, position).is_some() {
			return Err(Problem::SameName(name.into()));
		}
		self.world.materials.push(material);
		Ok(())
	}

	fn named_material(&self, line: &mut Line<'a>) -> Result<usize, Problem> {
		let name = line.word("material")?;
		self.names.get(name).copied().ok_or_else(|| Problem::UnknownMaterial(String::from(name)))
	}

	fn shape(&mut self, form: Form, material: usize) -> Result<(), Problem> {
		if self.world.shapes.len() >= MAX_SHAPES {
			return Err(Problem::TooMany { what: "shapes", most: MAX_SHAPES });
		}
		if matches!(self.world.materials[material], Material::Light(_)) {
			self.lights += 1;
			if self.lights > MAX_LIGHTS {
				return Err(Problem::TooMany { what: "lights", most: MAX_LIGHTS });
			}
		}
		self.world.shapes.push(Shape { form, material });
		Ok(())
	}

	fn quad(
		&mut self,
		corner: Vector,
		first: Vector,
		second: Vector,
		material: usize,
	) -> Result<(), Problem> {
		let form = Form::quad(corner, first, second).ok_or(Problem::Degenerate("a quad without area"))?;
		self.shape(form, material)
	}

	/// Six quads that face outwards.
	fn cuboid(&mut self, line: &mut Line<'a>) -> Result<(), Problem> {
		let material = self.named_material(line)?;
		let centre = line.point("centre")?;
		let mut side = || line.number("size", 1e-3..=1e5);
		let (width, height, depth) = (side()?, side()?, side()?);
		let angle = if line.optional("turn") { line.number("angle", -360.0..=360.0)? } else { 0.0 };
		let (sin, cos) = sin_cos(angle * (PI / 180.0));
		let axes = [vector(cos, 0.0, -sin) * width, vector(0.0, height, 0.0), vector(sin, 0.0, cos) * depth];
		for axis in 0..3 {
			let (out, first, second) = (axes[axis], axes[(axis + 1) % 3], axes[(axis + 2) % 3]);
			let corner = centre - (first + second) * 0.5;
			self.quad(corner + out * 0.5, first, second, material)?;
			self.quad(corner - out * 0.5, second, first, material)?;
		}
		Ok(())
	}

	fn plane(&mut self, line: &mut Line<'a>) -> Result<(), Problem> {
		let material = self.named_material(line)?;
		if matches!(self.world.materials[material], Material::Light(_)) {
			return Err(Problem::ShiningPlane);
		}
		let (point, normal) = (line.point("point")?, line.point("normal")?);
		if normal.length() < 1e-4 {
			return Err(Problem::Degenerate("a plane whose normal has no length"));
		}
		if self.world.planes.len() >= MAX_PLANES {
			return Err(Problem::TooMany { what: "planes", most: MAX_PLANES });
		}
		self.world.planes.push((Plane { point, normal: normal.unit() }, material));
		Ok(())
	}

	fn finish(self) -> Result<Scene, SceneError> {
		let lacking = |directive| SceneError { line: None, problem: Problem::Lacking(directive) };
		let (width, height) = self.image.ok_or_else(|| lacking("image"))?;
		let (columns, rows) = self.tiles.ok_or_else(|| lacking("tiles"))?;
		let (setup, camera_line) = self.camera.ok_or_else(|| lacking("camera"))?;
		if columns > width || rows > height {
			let line = self.seen.get("tiles").copied();
			return Err(SceneError { line, problem: Problem::TooManyTiles });
		}
		let camera = Camera::new(&setup, width as f32 / height as f32).ok_or(SceneError {
			line: Some(camera_line),
			problem: Problem::Degenerate("a camera that looks at itself, or straight up or down"),
		})?;
		let image = Image { width, height, columns, rows };
		Ok(Scene::new(image, self.settings, camera, self.world))
	}
}

fn camera(line: &mut Line<'_>) -> Result<Setup, Problem> {
	line.keyword("from")?;
	let position = line.point("position")?;
	line.keyword("to")?;
	let target = line.point("target")?;
	line.keyword("view")?;
	let field_of_view = line.number("angle of view", 0.1..=170.0)?;
	let aperture = if line.optional("lens") { line.number("diameter of the lens", 0.0..=1e3)? } else { 0.0 };
	let focus = line.optional("focus").then(|| line.number("distance of focus", 1e-3..=1e5)).transpose()?;
	Ok(Setup { position, target, field_of_view, aperture, focus })
}

#[cfg(test)]
mod tests;
