//! The primitives, as they are and with one rule weakened.

#![allow(
	dead_code,
	missing_docs,
	unreachable_pub,
	unused_imports,
	unused_braces,
	clippy::all,
	clippy::unwrap_used
)]

include!(concat!(env!("OUT_DIR"), "/primitives/lib.rs"));

#[path = "common/mod.rs"]
pub(crate) mod weakening;

#[test]
fn every_weakening_of_the_primitives_is_noticed() {
	weakening::every_weakening_is_noticed("primitives", "");
}
