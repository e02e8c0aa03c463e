//! Everybody's money, before and after: to the last unit.

use crate::{chain, keys};
use assay_client::{Client, ComputeEvent};
use assay_primitives::{view::JobView, AccountId, Balance, JobId};
use std::collections::BTreeMap;

/// Those that have all the money of a development chain.
const ACCOUNTS: [&str; 12] = [
	"//Alice",
	"//Bob",
	"//Charlie",
	"//Dave",
	"//Eve",
	"//Ferdie",
	"//Alice//stash",
	"//Bob//stash",
	"//Charlie//stash",
	"//Dave//stash",
	"//Eve//stash",
	"//Ferdie//stash",
];

/// What everybody has, free and held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
	wealth: BTreeMap<AccountId, Balance>,
	issuance: Balance,
}

/// What the rules of the protocol move between two books.
#[derive(Clone, Debug, Default)]
pub struct Moves {
	gains: BTreeMap<AccountId, i128>,
	burned: Balance,
}

fn signed(amount: Balance) -> i128 {
	i128::try_from(amount).expect("there is less money than that")
}

impl Books {
	/// As they are now.
	///
	/// # Panics
	///
	/// If the node does not tell, or if somebody else has some of the money.
	pub async fn open(client: &Client, port: u16) -> Self {
		let mut wealth = BTreeMap::new();
		for suri in ACCOUNTS {
			let account = keys(suri).account();
			wealth.insert(account, chain::wealth(client, &account).await);
		}
		let books = Self { wealth, issuance: chain::total_issuance(port) };
		assert_eq!(books.wealth.values().sum::<Balance>(), books.issuance, "somebody else has money");
		books
	}

	/// Checks that between these books and later ones nothing happened but `moves` and fees, all of which `author` got.
	/// Returns the fees that each account paid.
	///
	/// # Panics
	///
	/// If something else happened.
	pub fn reconcile(&self, later: &Self, moves: &Moves, author: &AccountId) -> BTreeMap<AccountId, Balance> {
		assert_eq!(later.issuance.checked_add(moves.burned), Some(self.issuance), "burned: {moves:?}");
		let moved: i128 = moves.gains.values().sum();
		assert_eq!(moved, -signed(moves.burned), "what one loses another gets, or it is burned: {moves:?}");
		let mut fees = BTreeMap::new();
		for (account, before) in &self.wealth {
			let after = later.wealth.get(account).copied().expect("both have the same accounts");
			let expected = signed(*before) + moves.gains.get(account).copied().unwrap_or(0);
			let fee = expected - signed(after);
			if account == author {
				assert!(fee <= 0, "{account} made the blocks and lost {fee}");
			} else {
				let fee = Balance::try_from(fee).unwrap_or_else(|_| panic!("{account} has {fee} too much"));
				fees.insert(*account, fee);
			}
		}
		fees
	}
}

impl Moves {
	/// Somebody gets that much.
	pub fn gain(&mut self, account: AccountId, amount: Balance) {
		*self.gains.entry(account).or_default() += signed(amount);
	}

	/// Somebody loses that much.
	pub fn lose(&mut self, account: AccountId, amount: Balance) {
		*self.gains.entry(account).or_default() -= signed(amount);
	}

	/// Money that is lost for everybody.
	///
	/// # Panics
	///
	/// If that is more than there can be.
	pub fn burn(&mut self, amount: Balance) {
		self.burned = self.burned.checked_add(amount).expect("there is less money than that");
	}

	/// What the events of a chain say about challenges that were wrong, all of them by one account and of batches of one
	/// worker.
	///
	/// # Panics
	///
	/// If more is burned than there can be.
	pub fn note_lost_challenges(
		&mut self,
		history: &[ComputeEvent],
		challenger: AccountId,
		worker: AccountId,
	) {
		for event in history {
			if let ComputeEvent::ChallengeLost { burned, compensation, .. } = event {
				self.lose(challenger, burned + compensation);
				self.gain(worker, *compensation);
				self.burn(*burned);
			}
		}
	}

	/// What the events of a chain say about workers that paid for claims, and about workers and auditors that were paid,
	/// penalised, slashed and rewarded for jobs.
	/// What auditors were paid is taken from the jobs: `auditor` got all of it.
	///
	/// # Panics
	///
	/// If an event is about a job that is not among these.
	pub fn note(&mut self, history: &[ComputeEvent], jobs: &[JobView], auditor: Option<AccountId>) {
		for job in jobs {
			self.lose(job.requester, job.paid_to_auditors);
			if let Some(auditor) = auditor {
				self.gain(auditor, job.paid_to_auditors);
			}
		}
		let requester = |wanted: JobId| {
			let job = jobs.iter().find(|job| job.id == wanted).expect("all jobs are known");
			job.requester
		};
		for event in history {
			match event {
				ComputeEvent::BatchSettled { job, worker, paid, .. } => {
					self.lose(requester(*job), *paid);
					self.gain(*worker, *paid);
				},
				ComputeEvent::ClaimPenalised { worker, amount, .. } => {
					self.lose(*worker, *amount);
					self.burn(*amount);
				},
				ComputeEvent::WorkerSlashed { job, worker, burned, rewarded, compensation, .. } => {
					self.lose(*worker, burned + rewarded + compensation);
					self.gain(requester(*job), *compensation);
					self.burn(*burned);
				},
				ComputeEvent::StatementsPaid { worker, burned, .. } => {
					self.lose(*worker, *burned);
					self.burn(*burned);
				},
				ComputeEvent::ReporterRewarded { reporter, amount, .. } => self.gain(*reporter, *amount),
				_ => (),
			}
		}
	}
}
