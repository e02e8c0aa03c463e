//! What somebody does in a schedule. Numbers are taken modulo what there is.

use proptest::prelude::*;

/// Something somebody does.
#[derive(Clone, Debug)]
pub(super) enum Action {
	Post {
		other: bool,
		bounty: u16,
		tasks: u8,
		batch_size: u8,
		rare: bool,
		window: u8,
		lifetime: u8,
	},
	Cancel(u8),
	Bond(bool, u16),
	Unbond(bool, u16),
	Withdraw(bool),
	/// The honest worker's claim, or the careless one's.
	Claim(bool, u8, u8),
	/// The careless worker hands in a batch.
	HandIn(u8, Making),
	/// An auditor reports: honestly, falsely, with or without the sealed results, or that it found nothing.
	Report(u8, u8, Honesty),
	/// An auditor takes stake out or puts it back.
	AuditorStake(u8, bool),
	/// The careless worker reveals, with the right key or not.
	Reveal(u8, bool),
	/// It answers what reports there are when an audit ran out.
	Answer(u8),
	/// It shows what is demanded, or something else.
	Show(u8, bool),
	/// It turns out to have signed another receipt.
	DoubleReceipt(u8),
	/// Somebody shows any two receipts there ever were, on whatever branch.
	Incriminate(u8, u8),
	/// A validator votes: honestly, or, if it is the hostile one, as it likes.
	Vote(u8, u8, Honesty),
	/// All validators but the hostile one vote honestly.
	Convene(u8),
	/// Somebody challenges a task of a batch, whether it is wrong or not.
	Challenge(u8, u8),
	/// Somebody wants to see a result.
	Demand(bool, u8, u8),
	/// A requester asks whether all results of a batch can be had.
	DemandBatch(u8),
	/// Somebody says that a result was sealed wrongly.
	Accuse(u8, u8),
	Accept(u8),
	Settle(u8),
	Expire(u8),
	ExpireJob(u8),
	/// A message of an earlier block, or of another branch, comes (again).
	Replay(u8),
	/// It comes with a byte changed.
	Forge(u8, u16, u8),
	/// Blocks pass, full or not, with a VRF or without.
	Pass(u8, bool, bool),
	/// A branch of the chain that comes to nothing: all of this happens on it, and then it is gone.
	Fork(Vec<Action>),
}

/// How the careless worker makes a batch. The bits say which tasks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Making {
	Honest,
	/// Makes results up.
	Lying(u8),
	/// Seals something else than it computed.
	Missealing(u8),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Honesty {
	Honest,
	False,
	Starved,
	/// The truth, without the sealed results.
	Unsealed,
}

/// Everything but a fork.
fn step() -> impl Strategy<Value = Action> {
	let post = (any::<bool>(), 1u16..2_000, 1u8..12, 1u8..6, prop::bool::weighted(0.3), 2u8..14, 1u8..120);
	let making = prop_oneof![
		3 => Just(Making::Honest),
		2 => any::<u8>().prop_map(Making::Lying),
		1 => any::<u8>().prop_map(Making::Missealing),
	];
	prop_oneof![
		2 => post.prop_map(|(other, bounty, tasks, batch_size, rare, window, lifetime)| Action::Post {
			other,
			bounty,
			tasks,
			batch_size,
			rare,
			window,
			lifetime,
		}),
		1 => any::<u8>().prop_map(Action::Cancel),
		1 => (any::<bool>(), any::<u16>()).prop_map(|(who, amount)| Action::Bond(who, amount)),
		1 => (any::<bool>(), any::<u16>()).prop_map(|(who, amount)| Action::Unbond(who, amount)),
		1 => any::<bool>().prop_map(Action::Withdraw),
		4 => (any::<bool>(), any::<u8>(), 1u8..5).prop_map(|(who, job, n)| Action::Claim(who, job, n)),
		4 => (any::<u8>(), making).prop_map(|(at, making)| Action::HandIn(at, making)),
		12 => (any::<u8>(), any::<u8>(), honesty()).prop_map(|(who, at, how)| Action::Report(who, at, how)),
		1 => (any::<u8>(), any::<bool>()).prop_map(|(who, out)| Action::AuditorStake(who, out)),
		4 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(at, right)| Action::Reveal(at, right)),
		1 => any::<u8>().prop_map(Action::Answer),
		2 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(at, right)| Action::Show(at, right)),
		1 => any::<u8>().prop_map(Action::DoubleReceipt),
		1 => (any::<u8>(), any::<u8>()).prop_map(|(first, second)| Action::Incriminate(first, second)),
		6 => (any::<u8>(), any::<u8>(), honesty()).prop_map(|(who, at, how)| Action::Vote(who, at, how)),
		4 => any::<u8>().prop_map(Action::Convene),
		2 => (any::<u8>(), any::<u8>()).prop_map(|(at, task)| Action::Challenge(at, task)),
		2 => (any::<bool>(), any::<u8>(), any::<u8>()).prop_map(|(who, at, task)| Action::Demand(who, at, task)),
		2 => any::<u8>().prop_map(Action::DemandBatch),
		1 => (any::<u8>(), any::<u8>()).prop_map(|(at, task)| Action::Accuse(at, task)),
		1 => any::<u8>().prop_map(Action::Accept),
		1 => any::<u8>().prop_map(Action::Settle),
		1 => any::<u8>().prop_map(Action::Expire),
		1 => any::<u8>().prop_map(Action::ExpireJob),
		2 => any::<u8>().prop_map(Action::Replay),
		1 => (any::<u8>(), any::<u16>(), 1u8..).prop_map(|(at, byte, change)| Action::Forge(at, byte, change)),
		8 => (1u8..8, prop::bool::weighted(0.1), prop::bool::weighted(0.1))
			.prop_map(|(blocks, full, plain)| Action::Pass(blocks, full, plain)),
	]
}

fn honesty() -> impl Strategy<Value = Honesty> {
	prop_oneof![
		12 => Just(Honesty::Honest),
		2 => Just(Honesty::False),
		2 => Just(Honesty::Starved),
		1 => Just(Honesty::Unsealed),
	]
}

/// A schedule: what decides about delays, and what happens.
pub(super) fn schedules() -> impl Strategy<Value = (u64, Vec<Action>)> {
	let fork = prop::collection::vec(step(), 1..10).prop_map(Action::Fork);
	let action = prop_oneof![24 => step(), 1 => fork];
	(any::<u64>(), prop::collection::vec(action, 1..120))
}
