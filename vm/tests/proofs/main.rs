//! Proofs of the machine: whole programs against a second, naive reading of its rules, on every engine.
//!
//! One executable for all of them, because each would link both engines and the proofs' tools again.

#[path = "../common/proof/mod.rs"]
mod proof;

mod conformance;
mod cuts;
mod differential;
mod hostile;
mod oracle;
