//! Line charts as SVG, drawn without any font or library, the same on every machine.

use std::fmt::Write;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 82.0;
const RIGHT: f64 = 240.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 64.0;
const LINE: f64 = 19.0;
const DOT: f64 = 3.5;
/// Told apart also by people who do not see all colours (Okabe and Ito's palette).
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/// How numbers become distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
	/// Evenly.
	Linear,
	/// By their logarithm. What is not above 0 is not drawn.
	Logarithmic,
}

/// An axis. It reaches from its first tick to its last.
#[derive(Clone, Debug)]
pub struct Axis {
	/// What it shows, with the unit.
	pub label: &'static str,
	/// The scale.
	pub scale: Scale,
	/// Ticks in ascending order, each with its text.
	pub ticks: Vec<(f64, String)>,
}

impl Axis {
	/// An even axis with ticks at these numbers, written as they are.
	pub fn linear(label: &'static str, ticks: &[f64]) -> Self {
		Self {
			label,
			scale: Scale::Linear,
			ticks: ticks.iter().map(|tick| (*tick, tick.to_string())).collect(),
		}
	}

	/// An axis of shares, in per cent.
	pub fn percent(label: &'static str, scale: Scale, ticks: &[f64]) -> Self {
		Self { label, scale, ticks: ticks.iter().map(|tick| (*tick, percent(*tick))).collect() }
	}

	/// Where between the ends of the axis a number lies, 0 to 1 if it is between them.
	fn place(&self, number: f64) -> Option<f64> {
		let along = |number: f64| match self.scale {
			Scale::Linear => Some(number),
			Scale::Logarithmic => (number > 0.0).then(|| number.ln()),
		};
		let first = along(self.ticks.first()?.0)?;
		let last = along(self.ticks.last()?.0)?;
		Some((along(number)? - first) / (last - first))
	}
}

/// A share in per cent, with the digits it needs up to three behind the point.
pub fn percent(share: f64) -> String {
	let text = format!("{:.3}", share * 100.0);
	format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
	/// A line.
	Line,
	/// A broken line.
	Dashes,
	/// A dot for each point, with bars for the error.
	Dots,
}

/// A point and its error in the second coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
	/// Along the axis below.
	pub x: f64,
	/// Along the axis on the left.
	pub y: f64,
	/// The bar drawn to either side.
	pub error: f64,
}

impl Point {
	/// A point without error.
	pub fn exact(x: f64, y: f64) -> Self {
		Self { x, y, error: 0.0 }
	}
}

/// Points that belong together.
#[derive(Clone, Debug)]
pub struct Series {
	/// What it is. Series without a name are left out of the legend.
	pub name: String,
	/// The number of its colour.
	pub colour: usize,
	/// How it is drawn.
	pub mark: Mark,
	/// In order.
	pub points: Vec<Point>,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
	/// One line above it: what can be seen.
	pub title: String,
	/// The axis below.
	pub x: Axis,
	/// The axis on the left.
	pub y: Axis,
	/// What is drawn.
	pub series: Vec<Series>,
}

impl Chart {
	/// The chart as an SVG file.
	pub fn svg(&self) -> String {
		let mut svg = String::new();
		// Writing to a string cannot fail.
		let _ = self.write(&mut svg);
		svg
	}

	fn write(&self, svg: &mut String) -> std::fmt::Result {
		writeln!(
			svg,
			r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="black">"#
		)?;
		writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
		let title = escape(&self.title);
		writeln!(svg, r#"<text x="{LEFT}" y="30" font-size="16" font-weight="bold">{title}</text>"#)?;
		self.write_axes(svg)?;
		// Dots on an axis are drawn whole.
		let (x, y) = (LEFT - DOT, TOP - DOT);
		let (width, height) = (WIDTH - LEFT - RIGHT + 2.0 * DOT, HEIGHT - TOP - BOTTOM + 2.0 * DOT);
		writeln!(
			svg,
			r#"<clipPath id="area"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath><g clip-path="url(#area)">"#
		)?;
		for series in &self.series {
			self.write_series(svg, series)?;
		}
		writeln!(svg, "</g>")?;
		self.write_legend(svg)?;
		writeln!(svg, "</svg>")
	}

	fn across(&self, x: f64) -> Option<f64> {
		Some(LEFT + self.x.place(x)? * (WIDTH - LEFT - RIGHT))
	}

	fn down(&self, y: f64) -> Option<f64> {
		Some(HEIGHT - BOTTOM - self.y.place(y)? * (HEIGHT - TOP - BOTTOM))
	}

	fn write_axes(&self, svg: &mut String) -> std::fmt::Result {
		let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
		for (tick, text) in &self.x.ticks {
			let Some(x) = self.across(*tick) else { continue };
			writeln!(svg, r##"<path d="M{x:.1} {TOP}V{bottom}" stroke="#e4e4e4"/>"##)?;
			let (y, text) = (bottom + 18.0, escape(text));
			writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle">{text}</text>"#)?;
		}
		for (tick, text) in &self.y.ticks {
			let Some(y) = self.down(*tick) else { continue };
			let stroke = if *tick == 0.0 { "#777777" } else { "#e4e4e4" };
			writeln!(svg, r#"<path d="M{LEFT} {y:.1}H{right}" stroke="{stroke}"/>"#)?;
			let (x, y, text) = (LEFT - 8.0, y + 4.5, escape(text));
			writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="end">{text}</text>"#)?;
		}
		writeln!(svg, r##"<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#444444"/>"##)?;
		let (middle, below) = ((LEFT + right) / 2.0, HEIGHT - 18.0);
		let label = escape(self.x.label);
		writeln!(svg, r#"<text x="{middle:.1}" y="{below:.1}" text-anchor="middle">{label}</text>"#)?;
		let (middle, label) = ((TOP + bottom) / 2.0, escape(self.y.label));
		writeln!(
			svg,
			r#"<text transform="translate(18 {middle:.1}) rotate(-90)" text-anchor="middle">{label}</text>"#
		)
	}

	fn write_series(&self, svg: &mut String, series: &Series) -> std::fmt::Result {
		let colour = colour(series.colour);
		if series.mark == Mark::Dots {
			for point in &series.points {
				self.write_dot(svg, point, colour)?;
			}
			return Ok(());
		}
		let mut path = String::new();
		for point in &series.points {
			let Some((x, y)) = self.across(point.x).zip(self.down(point.y)) else { continue };
			let command = if path.is_empty() { 'M' } else { 'L' };
			write!(path, "{command}{x:.1} {y:.1}")?;
		}
		let dashes = if series.mark == Mark::Dashes { r#" stroke-dasharray="6 4""# } else { "" };
		writeln!(svg, r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>"#)
	}

	fn write_dot(&self, svg: &mut String, point: &Point, colour: &str) -> std::fmt::Result {
		let Some((x, y)) = self.across(point.x).zip(self.down(point.y)) else { return Ok(()) };
		let ends = self.down(point.y - point.error).zip(self.down(point.y + point.error));
		if let Some((low, high)) = ends.filter(|_| point.error > 0.0) {
			writeln!(svg, r#"<path d="M{x:.1} {low:.1}V{high:.1}" stroke="{colour}"/>"#)?;
		}
		writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="{DOT}" fill="{colour}"/>"#)
	}

	fn write_legend(&self, svg: &mut String) -> std::fmt::Result {
		let (x, text_x) = (WIDTH - RIGHT + 14.0, WIDTH - RIGHT + 44.0);
		let mut y = TOP + 8.0;
		for series in self.series.iter().filter(|series| !series.name.is_empty()) {
			let colour = colour(series.colour);
			match series.mark {
				Mark::Dots => {
					writeln!(svg, r#"<circle cx="{}" cy="{y}" r="{DOT}" fill="{colour}"/>"#, x + 11.0)?
				},
				mark => {
					let dashes = if mark == Mark::Dashes { r#" stroke-dasharray="6 4""# } else { "" };
					writeln!(svg, r#"<path d="M{x} {y}h22" stroke="{colour}" stroke-width="2"{dashes}/>"#)?;
				},
			}
			for line in series.name.lines() {
				writeln!(svg, r#"<text x="{text_x}" y="{:.1}">{}</text>"#, y + 4.5, escape(line))?;
				y += LINE;
			}
			y += 4.0;
		}
		Ok(())
	}
}

fn colour(number: usize) -> &'static str {
	COLOURS.get(number % COLOURS.len()).copied().unwrap_or("#000000")
}

fn escape(text: &str) -> String {
	text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_lie_where_they_belong() {
		let axis = Axis::percent("share", Scale::Logarithmic, &[0.001, 1.0]);
		assert_eq!(axis.place(1.0), Some(1.0));
		assert!((axis.place(0.01).unwrap() - 1.0 / 3.0).abs() < 1e-12);
		assert_eq!(axis.place(0.0), None);
		assert_eq!(Axis::linear("blocks", &[0.0, 10.0]).place(5.0), Some(0.5));
		assert_eq!(
			(percent(0.0125), percent(1.0), percent(0.00001)),
			("1.25 %".into(), "100 %".into(), "0.001 %".into())
		);
	}

	#[test]
	fn what_cannot_be_drawn_is_left_out() {
		let chart = Chart {
			title: "a < b".into(),
			x: Axis::linear("x", &[0.0, 1.0]),
			y: Axis::percent("y", Scale::Logarithmic, &[0.01, 1.0]),
			series: vec![Series {
				name: "s".into(),
				colour: 99,
				mark: Mark::Line,
				points: vec![Point::exact(0.0, 0.0), Point::exact(0.5, 0.1), Point::exact(1.0, 1.0)],
			}],
		};
		let svg = chart.svg();
		assert!(svg.contains("a &lt; b") && svg.contains(r#"d="M331.0 226.0L580.0 56.0""#), "{svg}");
	}
}
