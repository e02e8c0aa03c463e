//! Who takes part, and how they behave.

/// What a cheating worker does with the data auditors need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
	/// Everybody gets it.
	Served,
	/// Only friends get it.
	Withheld,
	/// Everybody gets it until a report shows that an honest auditor drew a wrong task. From then on nobody does, and
	/// friends that have not reported yet claim the same, so that the audit might run out before it can convict.
	ServedUntilCaught,
}

/// How a worker behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
	/// Runs everything and hands it in.
	Honest,
	/// Runs all tasks but `wrong` of them and makes those up.
	Cheat {
		/// How many tasks it makes up, at most those of the batch.
		wrong: u32,
		/// What becomes of the data.
		data: Data,
	},
	/// Claims, and is never heard of again.
	Offline,
	/// Runs nothing, sends a receipt on nothing, serves nothing and reveals nothing.
	Silent,
}

impl Worker {
	/// How many of `tasks` tasks have wrong leaves.
	pub fn wrong(self, tasks: u32) -> u32 {
		match self {
			Self::Honest | Self::Offline => 0,
			Self::Cheat { wrong, .. } => wrong.min(tasks),
			Self::Silent => tasks,
		}
	}

	/// How many of `tasks` tasks are run.
	pub fn runs(self, tasks: u32) -> u32 {
		match self {
			Self::Offline => 0,
			_ => tasks.saturating_sub(self.wrong(tasks)),
		}
	}

	/// What becomes of the data.
	pub fn data(self) -> Data {
		match self {
			Self::Honest | Self::Offline => Data::Served,
			Self::Cheat { data, .. } => data,
			Self::Silent => Data::Withheld,
		}
	}
}

/// How an auditor behaves once it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auditor {
	/// Fetches, runs its samples, reports what it got, or that it could not fetch.
	Honest,
	/// Does nothing, and does not vote.
	Asleep,
	/// Reports tags of made-up leaves, without running anything.
	Lazy,
	/// Reports tags of the leaves the worker told it, without running anything.
	Copying,
	/// Works for the worker: vouches for its leaves, in reports and in votes.
	Friend,
	/// Says of every batch that its data cannot be had, and votes for nonsense.
	Crier,
	/// Reports made-up leaves of every batch, and votes for nonsense.
	Slanderer,
}

impl Auditor {
	/// Whether it votes for the true leaf of a task, if the worker's leaf is `true`, or if it is not.
	pub fn votes_truth(self, workers_leaf_is_true: bool) -> bool {
		match self {
			Self::Honest | Self::Lazy | Self::Copying => true,
			Self::Friend => workers_leaf_is_true,
			Self::Asleep | Self::Crier | Self::Slanderer => false,
		}
	}

	/// Whether it reports without doing anything first.
	pub fn rushes(self) -> bool {
		self != Self::Honest
	}

	/// The first `hostile` of `count` auditors behave like this, the next `asleep` sleep, and the rest is honest.
	pub fn crowd(self, count: usize, hostile: usize, asleep: usize) -> Vec<Self> {
		let kind = |index| match index {
			_ if index < hostile => self,
			_ if index < hostile.saturating_add(asleep) => Self::Asleep,
			_ => Self::Honest,
		};
		(0..count).map(kind).collect()
	}
}
