//! Making a program smaller while it stays of interest.

use super::draft::{Code, Draft, Step};
use wasmparser::{Ieee32, Ieee64, Operator};

/// What may stand in for instructions that are taken out.
fn substitutes() -> Vec<Vec<Step<'static>>> {
	let drop = || Step { operator: Operator::Drop, bytes: &[0x1a] };
	let zeros = [
		Step { operator: Operator::I32Const { value: 0 }, bytes: &[0x41, 0] },
		Step { operator: Operator::I64Const { value: 0 }, bytes: &[0x42, 0] },
		Step { operator: Operator::F32Const { value: Ieee32::from(0.0) }, bytes: &[0x43, 0, 0, 0, 0] },
		Step {
			operator: Operator::F64Const { value: Ieee64::from(0.0) },
			bytes: &[0x44, 0, 0, 0, 0, 0, 0, 0, 0],
		},
		Step {
			operator: Operator::Nop,
			bytes: &[0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
		},
	];
	let mut all = vec![Vec::new(), vec![drop()], vec![drop(), drop()], vec![drop(), drop(), drop()]];
	for zero in zeros {
		for drops in 0..4 {
			all.push((0..drops).map(|_| drop()).chain([zero.clone()]).collect());
		}
	}
	all
}

/// The smallest program found for which `is_interesting` holds. It holds for `bytes`.
pub(crate) fn reduce(bytes: &[u8], mut is_interesting: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
	let mut best = bytes.to_vec();
	loop {
		let before = best.len();
		let draft = Draft::parse(bytes).expect("programs can be taken apart");
		for function in (0..draft.functions.len()).rev() {
			best = reduce_function(&best, function, &mut is_interesting);
		}
		if best.len() >= before {
			return best;
		}
	}
}

fn steps_of(bytes: &[u8], function: usize) -> usize {
	let draft = Draft::parse(bytes).expect("programs can be taken apart");
	match &draft.functions[function].code {
		Code::Source { steps, .. } => steps.len(),
		Code::Made(_) => 0,
	}
}

fn reduce_function(bytes: &[u8], function: usize, is_interesting: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
	let substitutes = substitutes();
	let mut best = bytes.to_vec();
	let mut span = steps_of(&best, function).next_power_of_two();
	while span > 0 {
		let mut at = 0;
		// The last step is the body's `end`.
		while at + 1 < steps_of(&best, function) {
			let smaller = substitutes.iter().find_map(|substitute| {
				let candidate = without(&best, function, at, span, substitute)?;
				let worth_it = candidate.len() < best.len() && is_valid(&candidate);
				(worth_it && is_interesting(&candidate)).then_some(candidate)
			});
			match smaller {
				Some(smaller) => best = smaller,
				None => at += span,
			}
		}
		span /= 2;
	}
	best
}

fn without(bytes: &[u8], function: usize, at: usize, span: usize, with: &[Step<'_>]) -> Option<Vec<u8>> {
	let mut draft = Draft::parse(bytes).ok()?;
	// The bytes of the substitutes are shorter-lived than those of the draft, so the draft is rebuilt around both.
	let Code::Source { steps, locals } = draft.functions[function].code.clone() else { return None };
	let end = (at + span).min(steps.len() - 1);
	if at >= end {
		return None;
	}
	let steps: Vec<_> = steps[..at].iter().chain(with).chain(&steps[end..]).collect();
	let mut code = wasm_encoder::Function::new(
		locals.iter().map(|(number, ty)| (*number, super::draft::val_type(ty))).collect::<Vec<_>>(),
	);
	for step in steps {
		code.raw(step.bytes.iter().copied());
	}
	draft.functions[function].code = Code::Made(code);
	Some(draft.encode())
}

fn is_valid(bytes: &[u8]) -> bool {
	let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::default());
	validator.validate_all(bytes).is_ok()
}
