//! Modules by wasm-smith, within the profile.

use crate::proof::value::Random;
use arbitrary::Unstructured;
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};

/// Bytes of randomness that one module is made of.
const BYTES: usize = 4_096;

pub(crate) fn module(random: &mut Random) -> Option<Vec<u8>> {
	let config = config(random);
	let length = 64 + random.below(BYTES);
	let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
	let module = Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
	Some(module.to_bytes())
}

fn config(random: &mut Random) -> Config {
	// Copying and filling come with segments that are outside the profile, unless there are none to use.
	let is_bulk = random.once_in(4);
	let segments = if is_bulk { 0 } else { 4 };
	Config {
		allowed_instructions: InstructionKinds::new(&[
			InstructionKind::Numeric,
			InstructionKind::Vector,
			InstructionKind::Parametric,
			InstructionKind::Variable,
			InstructionKind::Memory,
			InstructionKind::Control,
			InstructionKind::Aggregate,
		]),
		allow_start_export: random.once_in(3),
		bulk_memory_enabled: is_bulk,
		disallow_traps: random.once_in(2),
		exceptions_enabled: false,
		export_everything: true,
		extended_const_enabled: false,
		gc_enabled: false,
		max_data_segments: segments,
		max_element_segments: segments,
		max_elements: 20,
		max_funcs: 12,
		max_globals: 12,
		max_imports: 0,
		max_instructions: 20 + random.below(300),
		max_memories: 1,
		max_nesting_depth: 12,
		max_table_elements: 40,
		max_tables: usize::from(!is_bulk),
		max_tags: 0,
		max_types: 12,
		memory64_enabled: false,
		memory_max_size_required: random.once_in(2),
		memory_offset_choices: MemoryOffsetChoices(75, 24, 1),
		max_memory32_bytes: 8 << 16,
		min_funcs: 1,
		min_memories: 1,
		multi_value_enabled: true,
		reference_types_enabled: false,
		relaxed_simd_enabled: false,
		saturating_float_to_int_enabled: true,
		sign_extension_ops_enabled: true,
		simd_enabled: !random.once_in(3),
		tail_call_enabled: false,
		threads_enabled: false,
		wide_arithmetic_enabled: false,
		..Config::default()
	}
}
