//! The example programs on the machine, against computations of this file's own.

use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{CompiledProgram, Engine, Program, Task};
use std::{fs, path::Path};

fn example(path: &str) -> Vec<u8> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path);
	fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(path: &str) -> String {
	String::from_utf8(example(path)).expect("it is text")
}

/// A program of `examples/prebuilt`.
struct Prebuilt {
	engine: Engine,
	program: CompiledProgram,
}

impl Prebuilt {
	fn load(name: &str) -> Self {
		let program =
			Program::prepare(&example(&format!("prebuilt/{name}.wasm"))).expect("the profile takes it");
		let engine = Engine::new().expect("the engine works here");
		Self { program: engine.compile(&program).expect("it compiles"), engine }
	}

	/// What a task that completes with code 0 writes.
	fn output(&self, index: u32, input: &[u8]) -> Vec<u8> {
		let task = Task { index, input };
		let execution = self.engine.run(&self.program, &task, &TaskLimits::default()).expect("a verdict");
		let stderr = String::from_utf8_lossy(&execution.stderr);
		assert_eq!(execution.outcome.status, TaskStatus::Completed(0), "{stderr}");
		execution.output
	}

	/// The rows of the table that a task writes, without the header.
	fn rows(&self, index: u32, input: &str) -> Vec<Vec<String>> {
		let output = String::from_utf8(self.output(index, input.as_bytes())).expect("it is text");
		output.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect()
	}
}

fn number(text: &str) -> f64 {
	text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

#[test]
fn echo_writes_what_it_was_given() {
	let input = b"\0\xff anything \n".repeat(10_000);
	let output = Prebuilt::load("echo").output(4_294_967_295, &input);
	assert_eq!(output, [b"4294967295\n".as_slice(), &input].concat());
}

#[test]
fn primes_are_counted() {
	let primes = Prebuilt::load("primes");
	assert_eq!(primes.output(0, b"0 1000000"), b"0 1000000 78498\n");
	assert_eq!(primes.output(0, b"999999000000 1000000000000"), b"999999000000 1000000000000 36400\n");
}

#[test]
fn tiles_have_their_place_and_size() {
	let tile = Prebuilt::load("path-tracer").output(6, &example("scenes/small.scene"));
	let words: Vec<u32> =
		tile[8..32].chunks(4).map(|word| u32::from_le_bytes(word.try_into().expect("four bytes"))).collect();
	assert_eq!(&tile[..8], b"ASYTILE1");
	assert_eq!(words, [64, 64, 32, 16, 16, 16]);
	assert_eq!(tile.len(), 32 + 16 * 16 * 3);
}

mod smith_waterman {
	use super::*;

	/// Smith and Waterman's own formulation, which tries every length of every gap.
	fn best(query: &[u8], target: &[u8], [equal, different, open, extend]: [i32; 4]) -> i32 {
		let cost = |length: usize| open + extend * i32::try_from(length).expect("short");
		let mut best = vec![vec![0; target.len() + 1]; query.len() + 1];
		for i in 1..=query.len() {
			for j in 1..=target.len() {
				let pair = if query[i - 1] == target[j - 1] { equal } else { different };
				let mut here = best[i - 1][j - 1] + pair;
				here = (1..=i).map(|length| best[i - length][j] - cost(length)).fold(here, i32::max);
				here = (1..=j).map(|length| best[i][j - length] - cost(length)).fold(here, i32::max);
				best[i][j] = here.max(0);
			}
		}
		best.into_iter().flatten().max().expect("there is a cell")
	}

	/// Knuth's linear congruential generator.
	fn sequences(count: usize, longest: u64, seed: &mut u64) -> Vec<String> {
		let mut below = |end: u64| {
			*seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			(*seed >> 33) % end
		};
		let letter = |position| ["A", "C", "G", "T"][usize::try_from(position).expect("below 4")];
		(0..count).map(|_| (0..=below(longest)).map(|_| letter(below(4))).collect()).collect()
	}

	/// The program scores eight cells at a time, which its native tests cannot try.
	#[test]
	fn scores_are_those_of_the_definition() {
		let program = Prebuilt::load("smith-waterman");
		let mut seed = 1;
		for scores in [[2, -3, 5, 2], [1, -1, 0, 1], [5, -4, 10, 1], [700, -300, 100, 60]] {
			let (queries, targets) = (sequences(6, 60, &mut seed), sequences(40, 60, &mut seed));
			let [equal, different, open, extend] = scores;
			let mut input = format!("#scores {equal} {different}\n#gaps {open} {extend}\n#hits 100\n");
			queries.iter().enumerate().for_each(|(i, query)| input += &format!(">q{i}\n{query}\n"));
			input += "//\n";
			targets.iter().enumerate().for_each(|(i, target)| input += &format!(">t{i}\n{target}\n"));
			for (index, query) in (0_u32..).zip(&queries) {
				let mut expected: Vec<(String, i32)> = targets
					.iter()
					.enumerate()
					.map(|(i, target)| (format!("t{i}"), best(query.as_bytes(), target.as_bytes(), scores)))
					.filter(|(_, score)| *score > 0)
					.collect();
				expected.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
				let rows = program.rows(index, &input);
				let found: Vec<(String, i32)> =
					rows.iter().map(|row| (row[1].clone(), row[2].parse().expect("a score"))).collect();
				assert_eq!(found, expected, "{query} {scores:?}");
			}
		}
	}

	#[test]
	fn relatives_are_found_among_proteins() {
		let program = Prebuilt::load("smith-waterman");
		let input = text("inputs/smith-waterman/proteins.txt");
		for (index, relative) in (0..).zip([
			"haemoglobin_beta_human",
			"haemoglobin_beta_human",
			"lysozyme_c_human",
			"cytochrome_c1_yeast",
			"nedd8_human",
			"insulin_cow",
		]) {
			let rows = program.rows(index, &input);
			assert_eq!(rows[0][1], relative, "{rows:?}");
		}
		// 285 is what BLAST reports for these two, 11 and 1 being the costs of its gaps.
		assert_eq!(program.rows(0, &input)[0][2], "285");
	}
}

mod option_pricing {
	use super::*;

	/// The price of a European option by integrating its payoff over a normal number with Simpson's rule.
	fn integral(option: &[&str]) -> f64 {
		let is_call = option[1] == "call";
		let [spot, strike, rate, dividends, volatility, years] =
			[2, 3, 4, 5, 6, 7].map(|column| number(option[column]));
		let deviation = volatility * years.sqrt();
		let mean = spot.ln() + (rate - dividends - volatility * volatility / 2.0) * years;
		// From where the option pays to where nothing is left.
		let border = (strike.ln() - mean) / deviation;
		let (low, high) =
			if is_call { (border, border.max(0.0) + 12.0) } else { (border.min(0.0) - 12.0, border) };
		let intervals = 10_000;
		let width = (high - low) / f64::from(intervals);
		let term = |i: i32| {
			let x = low + width * f64::from(i);
			let weight = if i == 0 || i == intervals { 1.0 } else { f64::from(2 + i % 2 * 2) };
			weight * ((mean + deviation * x).exp() - strike).abs() * (-x * x / 2.0).exp()
		};
		let sum: f64 = (0..=intervals).map(term).sum();
		(-rate * years).exp() * sum * width / 3.0 / std::f64::consts::TAU.sqrt()
	}

	#[test]
	fn prices_are_within_their_errors() {
		let program = Prebuilt::load("option-pricing");
		let input = text("inputs/option-pricing/options.txt");
		let lines = input.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
		let options: Vec<_> = lines.filter(|words| words.len() == 10 && words[0] == "european").collect();
		assert_eq!(options.len(), 2);
		for (scenario, option) in (0_u32..).zip(options) {
			let exact = integral(&option);
			let rows: Vec<_> = (0..4).flat_map(|i| program.rows(4 * scenario + i, &input)).collect();
			assert_eq!(rows.len(), 4);
			let mut mean = 0.0;
			for row in &rows {
				let (price, error, formula) = (number(&row[5]), number(&row[6]), number(&row[7]));
				assert!((formula - exact).abs() < 1e-6, "{row:?}, expected {exact}");
				assert!(error > 0.0 && error < 0.01 * exact, "{row:?}");
				assert!((price - exact).abs() < 4.0 * error, "{row:?}, expected {exact}");
				mean += price / 4.0;
			}
			// Four independent estimates together have half the error of one.
			assert!((mean - exact).abs() < 2.0 * number(&rows[0][6]), "{rows:?}, expected {exact}");
		}
	}
}

mod digits {
	use super::*;

	const SIDE: usize = 8;

	/// The network in 64-bit numbers, written from its description.
	struct Network(Vec<f64>);

	impl Network {
		fn load() -> Self {
			let bytes = example("programs/digits/weights.bin");
			let numbers =
				bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
			Self(numbers.map(f64::from).collect())
		}

		/// One channel of one pixel after the convolution whose numbers begin at `start`.
		fn convolved(&self, input: &[Vec<Vec<f64>>], start: usize, outputs: usize, at: [usize; 3]) -> f64 {
			let [row, column, output] = at;
			let (side, inputs) = (input.len(), input[0][0].len());
			let mut sum = self.0[start + 9 * inputs * outputs + output];
			for (down, right) in (0..3).flat_map(|down| (0..3).map(move |right| (down, right))) {
				let (row, column) = (row + down, column + right);
				if (1..=side).contains(&row) && (1..=side).contains(&column) {
					for (channel, value) in input[row - 1][column - 1].iter().enumerate() {
						let position = ((down * 3 + right) * inputs + channel) * outputs + output;
						sum += value * self.0[start + position];
					}
				}
			}
			sum.max(0.0)
		}

		fn layer(&self, input: &[Vec<Vec<f64>>], start: usize, outputs: usize) -> Vec<Vec<Vec<f64>>> {
			let pixel = |row, column| {
				(0..outputs)
					.map(|output| self.convolved(input, start, outputs, [row, column, output]))
					.collect()
			};
			(0..input.len()).map(|row| (0..input.len()).map(|column| pixel(row, column)).collect()).collect()
		}

		fn logits(&self, pixels: &[f64]) -> Vec<f64> {
			let image: Vec<Vec<Vec<f64>>> =
				pixels.chunks(SIDE).map(|row| row.iter().map(|pixel| vec![pixel / 16.0]).collect()).collect();
			let first = self.layer(&image, 0, 16);
			let greatest = |row: usize, column: usize, channel: usize| {
				let block = [(0, 0), (0, 1), (1, 0), (1, 1)];
				let values = block.map(|(down, right)| first[2 * row + down][2 * column + right][channel]);
				values.into_iter().fold(0.0, f64::max)
			};
			let pooled: Vec<Vec<Vec<f64>>> = (0..4)
				.map(|row| (0..4).map(|column| (0..16).map(|c| greatest(row, column, c)).collect()).collect())
				.collect();
			let second = self.layer(&pooled, 160, 32);
			let flat: Vec<f64> = second.into_iter().flatten().flatten().collect();
			let (dense, biases) = self.0[160 + 4_640..].split_at(5_120);
			let sum = |class: usize| {
				flat.iter().enumerate().map(|(i, value)| value * dense[10 * i + class]).sum::<f64>()
			};
			(0..10).map(|class| biases[class] + sum(class)).collect()
		}
	}

	#[test]
	fn logits_and_accuracy_are_those_of_the_network() {
		let (program, network) = (Prebuilt::load("digits"), Network::load());
		let input = text("inputs/digits/held-out.txt");
		let labels = text("inputs/digits/held-out.labels");
		let rows: Vec<_> = (0..10).flat_map(|task| program.rows(task, &input)).collect();
		assert_eq!((rows.len(), labels.lines().count()), (500, 500));
		let mut right = 0;
		for (position, (row, image)) in rows.iter().zip(input.lines().skip(1)).enumerate() {
			let pixels: Vec<f64> = image.split(' ').map(number).collect();
			let expected = network.logits(&pixels);
			let found: Vec<f64> = row[2..].iter().map(|logit| number(logit)).collect();
			let close = expected.iter().zip(&found).all(|(expected, found)| (expected - found).abs() < 1e-3);
			assert!(close && found.len() == 10, "image {position}: {found:?}, expected {expected:?}");
			let best = (0..10).max_by(|a, b| expected[*a].total_cmp(&expected[*b])).expect("ten classes");
			assert_eq!((row[0].clone(), row[1].clone()), (position.to_string(), best.to_string()));
			right += usize::from(labels.lines().nth(position) == Some(&row[1]));
		}
		assert_eq!(right, 494, "the README says so");
	}
}
