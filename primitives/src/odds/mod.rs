//! How likely a cheat is caught, and an audit finishes: exact formulae in integers, rounded against the optimist.
//!
//! A [`Chance`] counts parts per quintillion. Every product in here is rounded, each time in the same direction, and
//! all operations are monotone, so a result that says "rounded down" is never above the true value, and orders of true
//! values are kept. How far below it can be is said at each function, and tested against exact fractions.
//!
//! # What the formulae assume
//! - Auditors draw independently of each other, as [`crate::audit::Draw`] does: two of them may pick the same task.
//!   The chance that `m` *distinct* samples hit, `1 − C(n − w, m) / C(n, m)`, with `m = auditors × samples`, is
//!   therefore a little more than an audit has, and [`caught`] is what it has.
//! - Each report that counts comes from a hostile auditor with the same probability, independently. Drawing
//!   without replacement from a fixed set with that share of hostile members can only be better for the requester:
//!   the chance to miss is convex in the number of honest reports, and by Hoeffding's inequality sampling with
//!   replacement then has the greater mean.
//! - Auditors get the data they need, and nothing makes hostile reports come sooner than honest ones. Where data is
//!   withheld and where reports race, the simulation and not these formulae gives the answer.

mod chance;
mod detection;
mod tranches;

pub use chance::{Chance, ParseChanceError};
pub use detection::{caught, caught_if_audited, missed, wrong_tasks, AuditorSet};
pub use tranches::{enough_by, first_tranche_reports, last_tranche, TrancheOdds};

/// Parts per million: the unit of audit rates and of shares that people state.
pub const MILLION: u32 = crate::AuditPolicy::EVERY_BATCH;
