//! How fast the kernels of `benches/kernels` (top level) run on the machine, on wasmtime as it comes, and natively: a quick look
//! for who works on the rewriting. The benchmark `speed` is the thorough one.
//!
//! ```text
//! scripts/build-kernels.sh
//! cargo run --release -p assay-vm --example kernels -- [--quick] [--rounds N] [NAME…]
//! ```

#[path = "../benches/support/mod.rs"]
mod support;

use assay_vm_kernels::{Kernel, KERNELS};
use std::time::Duration;
use support::{
	turns::Turns,
	variant::{Engines, Variant},
};

const ROUNDS: u32 = 15;
const QUICK_ROUNDS: u32 = 5;

struct Options {
	rounds: u32,
	names: Vec<String>,
}

fn options() -> Options {
	let mut options = Options { rounds: ROUNDS, names: Vec::new() };
	let mut arguments = std::env::args().skip(1);
	while let Some(argument) = arguments.next() {
		match argument.as_str() {
			"--quick" => options.rounds = QUICK_ROUNDS,
			"--rounds" => {
				let number = arguments.next().and_then(|number| number.parse().ok());
				options.rounds = number.expect("--rounds takes a number");
			},
			name => {
				assert!(KERNELS.iter().any(|kernel| kernel.name == name), "there is no kernel {name}");
				options.names.push(name.into());
			},
		}
	}
	options
}

/// The least time of each variant.
fn measure(engines: &Engines, kernel: Kernel, rounds: u32) -> [Duration; Variant::ALL.len()] {
	let ready = engines.ready(kernel, &support::program(kernel.name));
	let mut turns = Turns::new(&ready, kernel);
	(0..rounds).fold([Duration::MAX; Variant::ALL.len()], |best, _| {
		let mut times = turns.round().into_iter();
		best.map(|best| times.next().map_or(best, |time| time.min(best)))
	})
}

fn main() {
	let options = options();
	let engines = Engines::new();
	println!(
		"Milliseconds on the processor, the best of {} rounds; then relative to plain.\n",
		options.rounds
	);
	println!("kernel        plain    ours  fuel+nan  native |   ours  fuel+nan  native");
	let mut products = [1.0; 4];
	let mut count = 0;
	let chosen =
		|kernel: &&Kernel| options.names.is_empty() || options.names.iter().any(|n| n == kernel.name);
	for kernel in KERNELS.iter().filter(chosen) {
		let times = measure(&engines, *kernel, options.rounds).map(|time| time.as_secs_f64() * 1e3);
		let [plain, ours, metered, native] = times;
		let [_, ours_ratio, metered_ratio, native_ratio] = times.map(|time| time / plain);
		println!(
			"{:12} {plain:6.1}  {ours:6.1}    {metered:6.1}  {native:6.1} | {ours_ratio:6.2}    {metered_ratio:6.2}  {native_ratio:6.2}",
			kernel.name
		);
		products.iter_mut().zip(times).for_each(|(product, time)| *product *= time / plain);
		count += 1;
	}
	let [_, ours, metered, native] = products.map(|product: f64| product.powf(1.0 / f64::from(count)));
	println!("geometric mean                                | {ours:6.2}    {metered:6.2}  {native:6.2}");
}
