//! Jobs, batches and everybody around them at their worst, for benchmarks to act on.
//!
//! A batch is the largest there can be and the only one of its job, so that whatever ends the batch closes the job too.
//! Everybody has the money and the records that an action can touch.

use super::{party::Party, tree::Tree};
use crate::{batch::BatchAt, *};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	format,
	vec::Vec,
};
use assay_primitives::{
	audit::{self, AuditStatement, Findings, Opening},
	money,
	sealing::{self, BatchKey, SealedEntry, SealedOpening},
	AuditPolicy, Balance, BatchIndex, BlobRef, BlockNumber, Hash, InputSpec, JobId, JobSpec, Receipt, Ruling,
	TaskIndex, TaskLimits, TaskOutcome, TaskStatus, Vote,
};
use frame_benchmarking::BenchmarkError;
use frame_support::{
	traits::{fungible::Mutate, Get},
	BoundedVec,
};

/// The batch everything is about.
pub(super) const BATCH: BatchIndex = 0;
/// Tasks of the largest batch.
const TASKS: u32 = JobSpec::MAX_BATCH_SIZE;
/// The key of the batch.
pub(super) const KEY: BatchKey = [9; 32];

type Outcome<R> = Result<R, BenchmarkError>;

fn stop(reason: &'static str) -> BenchmarkError {
	BenchmarkError::Stop(reason)
}

/// So much that no share of it is below the existential deposit.
fn bounty<T: Config>() -> Balance {
	<T::Currency as frame_support::traits::fungible::Inspect<T::AccountId>>::minimum_balance()
		.max(1)
		.saturating_mul(1_000)
}

/// As many outputs as make a seed.
pub(super) fn seed_outputs<T: Config>() -> Outcome<SeedOutputs> {
	let outputs = (0..T::SeedBlocks::get()).map(|number| Hash::of(&number.to_le_bytes()).0);
	outputs.collect::<Vec<_>>().try_into().map_err(|_| stop("too many outputs"))
}

/// An account with more money than any benchmark moves.
pub(super) fn rich<T: Config>(name: &'static str, number: u32) -> Outcome<T::AccountId> {
	let account = T::AccountId::from(Hash::of(format!("{name} {number}").as_bytes()).0);
	endow::<T>(&account)?;
	Ok(account)
}

pub(super) fn endow<T: Config>(account: &T::AccountId) -> Outcome<()> {
	let amount = bounty::<T>().saturating_mul(100 * Balance::from(TASKS));
	let amount =
		amount.saturating_add(T::AuditorStake::get().saturating_mul(4)).saturating_add(T::MinStake::get());
	T::Currency::mint_into(account, amount)?;
	Ok(())
}

/// An auditor with its stake, and some on its way out.
pub(super) fn auditor<T: Config>(name: &'static str, number: u32) -> Outcome<T::AccountId> {
	let account = rich::<T>(name, number)?;
	bond_auditor::<T>(&account)?;
	Ok(account)
}

pub(super) fn bond_auditor<T: Config>(account: &T::AccountId) -> Outcome<()> {
	Ok(Pallet::<T>::do_bond_auditor(account.clone(), T::AuditorStake::get())?)
}

pub(super) fn go_to<T: Config>(block: BlockNumber) {
	frame_system::Pallet::<T>::set_block_number(block.into());
}

/// A job of `batches` batches as large as they can be, audited as closely as can be.
pub(super) fn spec<T: Config>(batches: u32) -> JobSpec {
	JobSpec {
		program: BlobRef { hash: Hash::of(b"program"), len: JobSpec::MAX_PROGRAM_BYTES },
		vm_version: assay_primitives::VM_VERSION,
		input: InputSpec::PerTask {
			blob: BlobRef { hash: Hash::of(b"input"), len: JobSpec::MAX_INPUT_BYTES },
			root: Hash::of(b"inputs"),
		},
		tasks: TASKS.saturating_mul(batches),
		batch_size: TASKS,
		bounty: bounty::<T>(),
		limits: TaskLimits { output_bytes: TaskLimits::MAX_OUTPUT_BYTES, ..TaskLimits::default() },
		audit: AuditPolicy {
			auditors: AuditPolicy::MAX_AUDITORS,
			samples: AuditPolicy::MAX_SAMPLES,
			rate: AuditPolicy::EVERY_BATCH,
		},
		execution_window: T::MinExecutionWindow::get(),
		challenge_window: T::MinChallengeWindow::get(),
		lifetime: T::MaxLifetime::get(),
	}
}

/// Posts a job of that many batches.
pub(super) fn post<T: Config>(batches: u32) -> Outcome<(T::AccountId, JobId)> {
	let requester = rich::<T>("requester", 0)?;
	// What a job holds has to be there for every batch of it.
	for _ in 1..batches {
		endow::<T>(&requester)?;
	}
	let job = NextJob::<T>::get();
	Pallet::<T>::do_post_job(requester.clone(), spec::<T>(batches))?;
	Ok((requester, job))
}

/// A worker with stake for that many batches.
pub(super) fn bonded<T: Config>(name: &str, batches: u32) -> Outcome<Party> {
	let worker = Party::new(name);
	let account = T::AccountId::from(worker.id().0);
	let pay = money::batch_bounty(bounty::<T>(), TASKS).ok_or(stop("the pay is too much"))?;
	let bond = money::claim_bond(pay, &spec::<T>(1).audit, T::MinClaimBond::get()).ok_or(stop("no bond"))?;
	for _ in 0..batches {
		endow::<T>(&account)?;
	}
	let stake = bond.saturating_mul(batches.into()).max(T::MinStake::get());
	Pallet::<T>::do_bond(account, stake)?;
	Ok(worker)
}

/// A session with these validators, all of them auditors.
pub(super) fn validators<T: Config>(accounts: &[(audit::AuditorKey, T::AccountId)]) {
	let _ = Validators::<T>::clear(u32::MAX, None);
	let _ = Auditors::<T>::clear(u32::MAX, None);
	for (key, account) in accounts {
		Validators::<T>::insert(key, ValidatorRecord { account: account.clone(), since: 0, key_since: 0 });
		Auditors::<T>::insert(key, account);
	}
}

/// What a task came to, its sealed form, and the roots over all of them.
struct Results {
	job: JobId,
	outputs: Tree,
	sealed: Tree,
	/// The sealed result of [`Results::SEALED`].
	entry: SealedEntry,
	bytes: Vec<u8>,
	outcome: TaskOutcome,
}

impl Results {
	/// The task that is sealed.
	const SEALED: TaskIndex = 0;

	/// The results of a job's first batch, of which `opened` can be opened, with `output` for the sealed one: sealed as it
	/// should be, or with another key.
	fn new(job: JobId, opened: &BTreeSet<TaskIndex>, output: Vec<u8>, key: &BatchKey) -> Outcome<Self> {
		let outcome =
			TaskOutcome::new(TaskStatus::Completed(0), &output, 1).ok_or(stop("the output is too long"))?;
		let result = sealing::TaskResult { outcome, output };
		let batch =
			sealing::seal_batch(key, Self::SEALED, &[result]).map_err(|_| stop("it cannot be sealed"))?;
		let fetched = sealing::FetchedBatch::parse(&batch.bytes, Self::SEALED..Self::SEALED + 1, &batch.root);
		let shown =
			fetched.ok().and_then(|fetched| fetched.show(Self::SEALED)).ok_or(stop("nothing is sealed"))?;
		let leaf = |task: TaskIndex| outcome.leaf(job, task);
		let places = opened.iter().copied().chain([Self::SEALED]);
		Ok(Self {
			job,
			outputs: Tree::new(TASKS, places.map(|task| (task, leaf(task))).collect()),
			sealed: Tree::new(TASKS, BTreeMap::from([(Self::SEALED, shown.entry.leaf(Self::SEALED))])),
			entry: shown.entry,
			bytes: shown.bytes,
			outcome,
		})
	}

	fn leaf(&self, task: TaskIndex) -> Hash {
		self.outcome.leaf(self.job, task)
	}
}

/// A batch that a worker has, and everybody around it.
pub(super) struct Scene<T: Config> {
	pub(super) requester: T::AccountId,
	pub(super) party: Party,
	pub(super) worker: T::AccountId,
	pub(super) job: JobId,
	pub(super) receipt: Receipt,
	results: Results,
}

impl<T: Config> Scene<T> {
	/// A claimed batch, whose `opened` tasks can be opened.
	pub(super) fn claimed(opened: impl IntoIterator<Item = TaskIndex>) -> Outcome<Self> {
		Self::claimed_with(opened, Vec::new(), &KEY)
	}

	/// The same, with `output` for the first task, sealed under `key`.
	pub(super) fn claimed_with(
		opened: impl IntoIterator<Item = TaskIndex>,
		output: Vec<u8>,
		key: &BatchKey,
	) -> Outcome<Self> {
		go_to::<T>(1);
		let (requester, job) = post::<T>(1)?;
		let party = bonded::<T>("worker", 1)?;
		let worker = T::AccountId::from(party.id().0);
		Pallet::<T>::do_claim(worker.clone(), job, 1)?;
		let results = Results::new(job, &opened.into_iter().collect(), output, key)?;
		let receipt = Receipt {
			genesis: Pallet::<T>::genesis_hash(),
			job,
			batch: BATCH,
			attempt: 0,
			worker: party.id(),
			outputs_root: results.outputs.root(),
			sealed: BlobRef::of(b"sealed"),
			sealed_root: results.sealed.root(),
			key_commitment: sealing::commit(&KEY),
		};
		Ok(Self { requester, party, worker, job, receipt, results })
	}

	/// Commits the worker. The seed is there, and the audit is open.
	pub(super) fn commit(self) -> Outcome<Self> {
		Pallet::<T>::do_submit_receipt(&self.party.sign_receipt(self.receipt))?;
		let commitment = self.commitment()?;
		Seeds::<T>::mutate(commitment.seed_block::<T>(), |record| {
			if let Some(record) = record {
				record.outputs = seed_outputs::<T>().ok();
				// Others need it too: keeping the record is what costs more than forgetting it.
				record.users = record.users.saturating_add(1);
			}
		});
		go_to::<T>(commitment.seed_block::<T>().saturating_add(1));
		Ok(self)
	}

	/// `reports` auditors checked the batch. Report i is on the tasks that `samples` gives for it; `right` says which of
	/// the reports have the right tags.
	pub(super) fn report(
		self,
		reports: u32,
		samples: impl Fn(u32) -> Vec<TaskIndex>,
		right: impl Fn(u32) -> bool,
	) -> Outcome<Self> {
		let block = Pallet::<T>::now();
		for number in 0..reports {
			let account = auditor::<T>("auditor", number)?;
			let key: [u8; 32] = account.clone().into();
			let tag = |task| {
				if right(number) {
					audit::tag(&key, &self.results.leaf(task))
				} else {
					Hash::default()
				}
			};
			let tags: Vec<_> = samples(number).into_iter().map(|task| (task, tag(task))).collect();
			let checked = Some(BoundedVec::try_from(tags).map_err(|_| stop("too many samples"))?);
			Reports::<T>::insert(
				(self.job, BATCH),
				account,
				ReportRecord { key, block, checked, sealed: true },
			);
		}
		self.change(|stage| {
			if let Stage::Committed(_, commitment) = stage {
				commitment.checked = reports;
				commitment.last_report = block;
			}
		})?;
		Ok(self)
	}

	/// Makes, for each sampled task, the last report on it contradict the worker.
	pub(super) fn contradict_last(self) -> Outcome<Self> {
		let mut seen = BTreeSet::new();
		for (account, mut report) in self.at()?.checks().into_iter().rev() {
			for (task, tag) in report.checked.iter_mut().flatten() {
				if seen.insert(*task) {
					*tag = Hash::default();
				}
			}
			Reports::<T>::insert((self.job, BATCH), account, report);
		}
		Ok(self)
	}

	/// As many auditors could not fetch what they needed, so the reports there are are too few.
	pub(super) fn starve(self) -> Outcome<Self> {
		self.change(|stage| {
			if let Stage::Committed(_, commitment) = stage {
				commitment.unavailable = MAX_REPORTS;
			}
		})?;
		Ok(self)
	}

	/// Lets the worker act on the reports.
	pub(super) fn close(self) -> Outcome<Self> {
		let at = self.at()?;
		go_to::<T>(at.progress(&self.commitment()?).revealable_at);
		Ok(self)
	}

	/// Makes the batch a revealed one, as a reveal that is confirmed does.
	pub(super) fn reveal(self) -> Outcome<Self> {
		let (at, claim) = (self.at()?, self.claim()?);
		let commitment = self.commitment()?;
		Pallet::<T>::release_seed(&commitment);
		at.confirm(claim, commitment, self.revelation());
		Ok(self)
	}

	/// A batch that `reports` auditors confirmed, each on the tasks that `samples` gives for it, and whose first task somebody
	/// challenges.
	pub(super) fn disputed(reports: u32, samples: impl Fn(u32) -> Vec<TaskIndex>) -> Outcome<Self> {
		let scene = Self::claimed([0])?.commit()?.report(reports, samples, |_| true)?.reveal()?;
		let challenger = rich::<T>("challenger", 0)?;
		Pallet::<T>::do_challenge(challenger, scene.job, BATCH, &scene.opening(0))?;
		Ok(scene)
	}

	/// Files the batch so late that whatever happens next has to move its entry.
	pub(super) fn file_late(self) -> Outcome<Self> {
		let mut at = self.at()?;
		at.file_under(Some(BlockNumber::MAX));
		at.save_batch();
		Ok(self)
	}

	/// Has that many validators vote on the dispute, each for a leaf of its own.
	pub(super) fn vote(self, votes: u32) -> Outcome<Self> {
		for number in 0..votes {
			let validator = T::AccountId::from(Hash::of(format!("voter {number}").as_bytes()).0);
			let ruling = Ruling::Leaf(Hash::of(&number.to_le_bytes()));
			self.cast(validator, ruling, 1);
		}
		Ok(self)
	}

	fn cast(&self, validator: T::AccountId, ruling: Ruling, votes: u32) {
		let place = (self.job, BATCH);
		Tallies::<T>::mutate(place, ruling, |tally| *tally = tally.saturating_add(votes));
		Votes::<T>::insert(place, validator, ruling);
	}

	/// Has just not enough of `validators` validators vote for `ruling`, all others each for a leaf of its own, and says who
	/// can decide it now, with what vote.
	pub(super) fn nearly_decided(
		self,
		validators: u32,
		ruling: Ruling,
	) -> Outcome<(Self, assay_primitives::SignedVote)> {
		let judge = Party::new("judge");
		let account = T::AccountId::from(judge.id().0);
		Validators::<T>::insert(judge.id().0, ValidatorRecord { account, since: 0, key_since: 0 });
		self.change(|stage| {
			if let Stage::Disputed(_, _, dispute) = stage {
				dispute.validators = validators;
			}
		})?;
		let needed = validators.saturating_mul(2) / 3;
		for number in 0..validators.saturating_sub(1) {
			let validator = T::AccountId::from(Hash::of(format!("voter {number}").as_bytes()).0);
			let other = Ruling::Leaf(Hash::of(&number.to_le_bytes()));
			self.cast(validator, if number < needed { ruling } else { other }, 1);
		}
		let vote = judge.sign_vote(self.ballot(&judge, ruling)?);
		Ok((self, vote))
	}

	/// A vote on the dispute.
	pub(super) fn ballot(&self, validator: &Party, ruling: Ruling) -> Outcome<Vote> {
		let Stage::Disputed(_, _, dispute) = self.at()?.batch.stage else { return Err(stop("no dispute")) };
		Ok(Vote {
			genesis: self.receipt.genesis,
			job: self.job,
			batch: BATCH,
			attempt: self.receipt.attempt,
			task: dispute.task,
			opened_at: dispute.opened_at,
			validator: validator.id().0,
			ruling,
		})
	}

	/// A validator that has not voted.
	pub(super) fn voter(&self) -> Party {
		let party = Party::new("voter");
		let account = T::AccountId::from(party.id().0);
		Validators::<T>::insert(party.id().0, ValidatorRecord { account, since: 0, key_since: 0 });
		party
	}

	/// The worker sealed the result of the first task, with `bytes` of output.
	pub(super) fn shown(&self) -> SealedOpening {
		SealedOpening {
			entry: self.results.entry,
			proof: self.results.sealed.proof(Results::SEALED),
			bytes: self.results.bytes.clone(),
		}
	}

	pub(super) fn opening(&self, task: TaskIndex) -> Opening {
		Opening { task, outcome: self.results.outcome, proof: self.results.outputs.proof(task) }
	}

	pub(super) fn openings(&self, tasks: impl IntoIterator<Item = TaskIndex>) -> Vec<Opening> {
		tasks.into_iter().map(|task| self.opening(task)).collect()
	}

	pub(super) fn leaf(&self, task: TaskIndex) -> Hash {
		self.results.leaf(task)
	}

	pub(super) fn revelation(&self) -> Revelation {
		Revelation::new(KEY, SeedVerdict { seed: Hash::of(b"seed"), audited: true })
	}

	/// What an auditor signs.
	pub(super) fn statement(&self) -> Outcome<AuditStatement> {
		Ok(AuditStatement {
			genesis: self.receipt.genesis,
			job: self.job,
			batch: BATCH,
			attempt: self.receipt.attempt,
			receipt: self.receipt.hash(),
			seed: self.at()?.progress(&self.commitment()?).verdict.ok_or(stop("no seed"))?.seed,
		})
	}

	/// The report of the one auditor of the session.
	pub(super) fn honest_report(&self) -> Outcome<audit::AuditReport> {
		let auditor = lone_auditor();
		let tags = (0..u32::from(AuditPolicy::MAX_SAMPLES)).map(|number| Hash::of(&number.to_le_bytes()));
		Ok(auditor.report(&self.statement()?, Findings::Checked(tags.collect())))
	}

	pub(super) fn at(&self) -> Outcome<BatchAt<T>> {
		BatchAt::load(self.job, BATCH).map_err(|_| stop("the batch is gone"))
	}

	pub(super) fn claim(&self) -> Outcome<Claim<T::AccountId>> {
		self.at()?.batch.stage.claim().cloned().ok_or(stop("nobody has the batch"))
	}

	pub(super) fn commitment(&self) -> Outcome<Commitment> {
		self.at()?.batch.stage.commitment().cloned().ok_or(stop("there is no receipt"))
	}

	/// Changes the record of the batch.
	pub(super) fn change(&self, change: impl FnOnce(&mut Stage<T::AccountId>)) -> Outcome<()> {
		let mut at = self.at()?;
		change(&mut at.batch.stage);
		at.save();
		Ok(())
	}

	/// Goes to the block from which anybody can move the batch on.
	pub(super) fn pass(self) -> Outcome<Self> {
		let deadline = self.at()?.deadline().ok_or(stop("the batch waits for nothing"))?;
		go_to::<T>(deadline);
		Ok(self)
	}

	/// Where the batch stands.
	pub(super) fn stage(&self) -> Outcome<Stage<T::AccountId>> {
		Ok(self.at()?.batch.stage)
	}

	/// Whether the job is closed.
	pub(super) fn is_closed(&self) -> bool {
		Jobs::<T>::get(self.job).is_some_and(|job| matches!(job.state, JobState::Closed { .. }))
	}

	/// Takes the job off the market: what comes back is refunded, which closes it.
	pub(super) fn end_job(self) -> Outcome<Self> {
		Jobs::<T>::mutate(self.job, |job| {
			if let Some(job) = job {
				job.expires_at = Pallet::<T>::now();
			}
		});
		Ok(self)
	}
}

/// The only auditor of a session, which every draw admits.
pub(super) fn lone_auditor() -> Party {
	Party::new("lone auditor")
}

/// Makes it one.
pub(super) fn admit_lone_auditor<T: Config>() -> Outcome<()> {
	let auditor = lone_auditor();
	let account = T::AccountId::from(auditor.id().0);
	endow::<T>(&account)?;
	bond_auditor::<T>(&account)?;
	validators::<T>(&[(auditor.id().0, account)]);
	Ok(())
}

/// The tasks that a report on the sixteen tasks of its own is on.
pub(super) fn own_tasks(number: u32) -> Vec<TaskIndex> {
	let samples = u32::from(AuditPolicy::MAX_SAMPLES);
	(0..samples).map(|sample| number * samples + sample).collect()
}

/// The tasks of a report on sixteen of `tasks` tasks: enough of them cover all.
pub(super) fn shared_tasks(tasks: u32) -> impl Fn(u32) -> Vec<TaskIndex> {
	move |number| {
		let samples = u32::from(AuditPolicy::MAX_SAMPLES);
		let chosen: BTreeSet<_> =
			(0..samples).map(|sample| (number * samples + sample) % tasks.max(1)).collect();
		chosen.into_iter().collect()
	}
}
