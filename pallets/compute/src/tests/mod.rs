//! The pallet's behaviour, phase by phase. [`kit`] checks every invariant after each call, and that refused calls change
//! nothing.

mod audits;
mod claims;
mod deadlines;
mod invariants;
mod jobs;
mod kit;
mod receipts;
mod reveals;
mod settlement;
mod views;
mod workers;
