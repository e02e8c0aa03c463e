//! The pallet's behaviour, phase by phase. [`kit`] checks every invariant after each call, and that refused calls change
//! nothing.

mod auditors;
mod audits;
mod calls;
mod certificate;
mod claims;
mod deadlines;
mod demands;
mod disputes;
mod duties;
mod evidence;
mod exploration;
mod invariants;
mod jobs;
mod kit;
mod prices;
mod receipts;
mod reveals;
mod settlement;
mod views;
mod workers;
