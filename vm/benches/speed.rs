//! How fast the machine is: see the README beside this file.

#[path = "support/mod.rs"]
mod support;

use assay_vm::{Engine, Program, Task};
use assay_vm_kernels::{Kernel, KERNELS};
use criterion::{measurement::WallTime, Bencher, BenchmarkGroup, BenchmarkId, Criterion, SamplingMode};
use std::{cell::RefCell, hint::black_box, thread::sleep, time::Duration};
use support::{
	baseline::{Baseline, Care},
	clock::ProcessorTime,
	large::enlarged,
	turns::Turns,
	variant::{Engines, Variant, LIMITS},
};

const SAMPLES: u16 = 15;
/// What criterion believes one run takes.
const PRETENDED_RUN: Duration = Duration::from_millis(10);
const MEBIBYTE: usize = 1 << 20;

fn kernels(criterion: &mut Criterion<ProcessorTime>) {
	let engines = Engines::new();
	for kernel in KERNELS {
		measure_kernel(criterion, &engines, *kernel);
	}
}

/// All variants of a kernel take turns, run by run. Criterion asks for the runs of one after those of the other, so they
/// wait for it in queues; it cannot be let to estimate by itself how many it will want.
fn measure_kernel(criterion: &mut Criterion<ProcessorTime>, engines: &Engines, kernel: Kernel) {
	let ready = engines.ready(kernel, &support::program(kernel.name));
	let turns = RefCell::new(Turns::new(&ready, kernel));
	let mut group = criterion.benchmark_group(format!("kernel {}", kernel.name));
	group.sampling_mode(SamplingMode::Flat).sample_size(SAMPLES.into());
	group.warm_up_time(PRETENDED_RUN / 2).measurement_time(PRETENDED_RUN * u32::from(SAMPLES) * 3 / 2);
	for variant in Variant::ALL {
		let mut asked = false;
		group.bench_function(BenchmarkId::from_parameter(variant.name()), |bencher| {
			bencher.iter_custom(|runs| {
				if !std::mem::replace(&mut asked, true) {
					sleep(PRETENDED_RUN);
					return PRETENDED_RUN;
				}
				(0..runs).map(|_| turns.borrow_mut().next(variant)).sum()
			});
		});
	}
	group.finish();
}

/// Profile and rewriting, for a module of 1 MiB and for one of ordinary size.
fn prepare(criterion: &mut Criterion<ProcessorTime>) {
	let mut group = criterion.benchmark_group("prepare");
	for (name, module) in modules() {
		group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
			bencher.iter(|| Program::prepare(black_box(&module)).expect("the profile admits it"));
		});
	}
	group.finish();
}

/// What the compiler makes of the rewritten module, and of the original.
fn compile(criterion: &mut Criterion<ProcessorTime>) {
	let plain = Baseline::new(Care::None);
	let metered = Baseline::new(Care::FuelAndNan);
	let ours = Engine::new().expect("the engine works here");
	for (name, module) in modules() {
		let program = Program::prepare(&module).expect("the profile admits it");
		let mut group = criterion.benchmark_group(format!("compile {name}"));
		group.sample_size(10).sampling_mode(SamplingMode::Flat);
		let mut measure = |variant: Variant, run: &mut dyn FnMut(&mut Bencher<'_, ProcessorTime>)| {
			group.bench_function(BenchmarkId::from_parameter(variant.name()), |bencher| run(bencher));
		};
		measure(Variant::Plain, &mut |bencher| bencher.iter(|| plain.compile(black_box(&module))));
		measure(Variant::Ours, &mut |bencher| {
			bencher.iter(|| ours.compile(black_box(&program)).expect("it compiles"));
		});
		measure(Variant::Metered, &mut |bencher| bencher.iter(|| metered.compile(black_box(&module))));
		group.finish();
	}
}

fn modules() -> [(&'static str, Vec<u8>); 2] {
	let ordinary = support::program("all");
	let large = enlarged(&ordinary, MEBIBYTE);
	[("all kernels", ordinary), ("1 MiB", large)]
}

/// A task that does nothing, from the request to its outcome.
fn start(criterion: &mut Criterion<WallTime>) {
	let mut group: BenchmarkGroup<'_, WallTime> = criterion.benchmark_group("start");
	let engine = Engine::new().expect("the engine works here");
	let module = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
	let program = Program::prepare(&module.expect("it assembles")).expect("the profile admits it");
	let compiled = engine.compile(&program).expect("it compiles");
	let task = Task { index: 0, input: b"" };
	group.bench_function("empty task", |bencher| {
		bencher.iter(|| engine.run(&compiled, &task, &LIMITS).expect("there is a verdict"));
	});
	group.finish();
}

fn main() {
	let mut on_the_clock = Criterion::default().configure_from_args();
	start(&mut on_the_clock);
	let mut on_the_processor =
		Criterion::default().with_measurement(ProcessorTime::new()).configure_from_args();
	prepare(&mut on_the_processor);
	compile(&mut on_the_processor);
	kernels(&mut on_the_processor);
	on_the_processor.final_summary();
}
