//! Local alignment of sequences with affine gap costs: Smith and Waterman's problem, solved by Gotoh's recurrences.
//!
//! [`input::parse`] reads queries and targets, [`search::search`] aligns one query with all targets and keeps the best
//! hits, [`report::table`] writes them down. `README.md` describes the formats.
//!
//! Targets are first only scored ([`score`]), eight cells at a time in the striped order of Farrar (2007); what an
//! alignment looks like is found out ([`align`]) for the hits alone.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod align;
pub mod input;
pub mod lanes;
pub mod report;
pub mod score;
pub mod scores;
pub mod search;
