//! Compiles the runtime for wasm, so that the node carries it.

#[cfg(all(feature = "std", not(feature = "metadata-hash")))]
fn main() {
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

#[cfg(all(feature = "std", feature = "metadata-hash"))]
fn main() {
	// Symbol and decimals of `assay_primitives`.
	substrate_wasm_builder::WasmBuilder::init_with_defaults().enable_metadata_hash("ASY", 12).build();
}

/// The inner build, for wasm itself: nothing to do.
#[cfg(not(feature = "std"))]
fn main() {}
