//! A job whose batches are brought to their end: every party's part in it, done as soon as the chain admits it.

use crate::{
	chain::{Block, Chain},
	error::Error,
	transactions::{Account, Draft},
	work::Work,
};
use assay_primitives::{
	audit::{self, AuditReport, AuditStatement, Draw, Findings, Opening, SEED_BLOCKS},
	sealing, AccountId, BatchIndex, BlockNumber, Hash, JobId, JobSpec, Receipt,
};
use assay_runtime::Runtime;
use codec::Decode;
use frame_support::traits::Get;
use pallet_compute::{Call, Event, SeedRecord, Seeds};
use std::collections::{BTreeMap, BTreeSet};

/// The secret that keys of batches are derived from.
const SECRET: [u8; 32] = [0x5a; 32];
/// The sr25519 VRF of keystores is of this kind.
const KUSAMA_VRF: bool = true;

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
	Available,
	Claimed,
	Committed,
	Reported,
	Revealed,
	Settled,
}

/// Who ends the challenge window of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settling {
	/// Its end, as blocks work off deadlines.
	Window,
	/// The requester, with every second batch.
	AcceptSome,
}

/// Everybody who takes part.
pub(crate) struct Parties {
	pub(crate) requester: Account,
	pub(crate) workers: Vec<Account>,
	pub(crate) auditors: Vec<Account>,
}

/// A batch under way.
pub(crate) struct Batch {
	pub(crate) work: Work,
	pub(crate) stage: Stage,
	/// Blocks of the claim, of the receipt, and of the settlement.
	pub(crate) claimed_at: BlockNumber,
	pub(crate) committed_at: BlockNumber,
	pub(crate) settled_at: BlockNumber,
	worker: usize,
	receipt: Option<Receipt>,
	/// Places of auditors that a report was made for.
	reporters: BTreeSet<usize>,
	reported: u32,
	/// Offsets that auditors drew.
	samples: BTreeSet<u32>,
}

/// A job, and how far its batches are.
pub(crate) struct Campaign {
	pub(crate) job: JobId,
	pub(crate) spec: JobSpec,
	pub(crate) batches: Vec<Batch>,
	genesis: Hash,
	/// What the chain takes an auditor to burn in a block.
	fuel_per_block: u64,
	settling: Settling,
	/// Batches by the block their receipt is in, until its seed is known.
	unseeded: BTreeMap<BlockNumber, Vec<usize>>,
	/// Batches that want reports, with their seeds.
	unaudited: Vec<(usize, Hash)>,
	/// Batches by the block in which they can be revealed.
	closing: BTreeMap<BlockNumber, Vec<usize>>,
}

impl Campaign {
	pub(crate) fn new(
		(genesis, fuel_per_block): (Hash, u64),
		(job, spec): (JobId, JobSpec),
		works: Vec<Work>,
		settling: Settling,
	) -> Self {
		let batch = |work| Batch {
			work,
			stage: Stage::Available,
			claimed_at: 0,
			committed_at: 0,
			settled_at: 0,
			worker: 0,
			receipt: None,
			reporters: BTreeSet::new(),
			reported: 0,
			samples: BTreeSet::new(),
		};
		Self {
			job,
			spec,
			batches: works.into_iter().map(batch).collect(),
			genesis,
			fuel_per_block,
			settling,
			unseeded: BTreeMap::new(),
			unaudited: Vec::new(),
			closing: BTreeMap::new(),
		}
	}

	/// Claims of all batches, `each` at a time, by the workers in turn.
	pub(crate) fn claims(&self, parties: &mut Parties, each: u32) -> Vec<Draft> {
		let mut left = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
		let mut drafts = Vec::new();
		while left > 0 {
			for worker in &mut parties.workers {
				let count = left.min(each);
				if count > 0 {
					drafts.push(worker.call(Call::<Runtime>::claim { job: self.job, count }));
				}
				left -= count;
			}
		}
		drafts
	}

	pub(crate) fn is_over(&self) -> bool {
		self.batches.iter().all(|batch| batch.stage == Stage::Settled)
	}

	/// How many batches are how far.
	pub(crate) fn progress(&self) -> BTreeMap<Stage, usize> {
		let mut progress = BTreeMap::new();
		for batch in &self.batches {
			*progress.entry(batch.stage).or_default() += 1;
		}
		progress
	}

	/// Learns what happened in a block, and says what there is to do next.
	pub(crate) async fn advance(
		&mut self,
		chain: &Chain,
		parties: &mut Parties,
		block: &Block,
	) -> Result<Vec<Draft>, Error> {
		let mut drafts = Vec::new();
		for event in &block.events {
			drafts.extend(self.follow(event, parties, block.number)?);
		}
		self.read_seeds(chain, block).await?;
		drafts.extend(self.audit(parties, block.number));
		drafts.extend(self.reveal(parties, block.number));
		Ok(drafts)
	}

	fn follow(
		&mut self,
		event: &Event<Runtime>,
		parties: &mut Parties,
		now: BlockNumber,
	) -> Result<Option<Draft>, Error> {
		let Some((job, index)) = subject(event) else { return Ok(None) };
		if job != self.job {
			return Ok(None);
		}
		let place = index as usize;
		let unsettled = || Error::Unsettled { job, batch: index, event: format!("{event:?}") };
		let Some(batch) = self.batches.get_mut(place) else { return Err(unsettled()) };
		match event {
			Event::BatchClaimed { worker, .. } => {
				let account = AccountId(worker.clone().into());
				let is_worker = |party: &Account| party.id() == account;
				batch.worker = parties.workers.iter().position(is_worker).ok_or_else(unsettled)?;
				batch.stage = Stage::Claimed;
				batch.claimed_at = now;
				let worker = parties.workers.get(batch.worker).ok_or_else(unsettled)?;
				let receipt = batch.make_receipt(self.genesis, job, index, worker);
				batch.receipt = Some(receipt);
				let signed = receipt.sign(worker.keypair());
				return Ok(Some(Draft::fee_less(Call::submit_receipt { signed })));
			},
			Event::ReceiptAccepted { .. } => {
				batch.stage = Stage::Committed;
				batch.committed_at = now;
				self.unseeded.entry(now).or_default().push(place);
			},
			Event::AuditReported { .. } => {
				batch.reported += 1;
				if batch.reported == required(&self.spec, parties) {
					batch.stage = Stage::Reported;
					let seed_block = batch.committed_at + SEED_BLOCKS;
					let sealed_len = batch.receipt.as_ref().map_or(0, |receipt| receipt.sealed.len);
					let period =
						tranche_period(&self.spec, batch.work.len(), sealed_len, self.fuel_per_block);
					let tranches = (now - seed_block) / period + 1;
					self.closing.entry(seed_block + tranches * period).or_default().push(place);
				}
			},
			Event::BatchRevealed { .. } => {
				batch.stage = Stage::Revealed;
				if self.settling == Settling::AcceptSome && index % 2 == 0 {
					return Ok(Some(parties.requester.call(Call::<Runtime>::accept { job, batch: index })));
				}
			},
			Event::BatchSettled { .. } => {
				batch.stage = Stage::Settled;
				batch.settled_at = now;
			},
			_ => return Err(unsettled()),
		}
		Ok(None)
	}

	/// The seeds that the blocks so far have brought.
	async fn read_seeds(&mut self, chain: &Chain, block: &Block) -> Result<(), Error> {
		while let Some(entry) = self.unseeded.first_entry() {
			let seed_block = entry.key() + SEED_BLOCKS;
			if seed_block >= block.number {
				break;
			}
			let value = chain.storage(&Seeds::<Runtime>::hashed_key_for(seed_block), block.hash).await?;
			let seed = value
				.and_then(|bytes| SeedRecord::decode(&mut &bytes[..]).ok())
				.and_then(|record| record.outputs)
				.map(|outputs| audit::seed(seed_block, &outputs))
				.ok_or(Error::Unreadable { what: "the seed", block: seed_block })?;
			self.unaudited.extend(entry.remove().into_iter().map(|place| (place, seed)));
		}
		Ok(())
	}

	/// Reports of all auditors that the draw admits in the next block, as many as there have to be.
	fn audit(&mut self, parties: &Parties, now: BlockNumber) -> Vec<Draft> {
		let required = required(&self.spec, parties);
		let validators = u32::try_from(parties.auditors.len()).unwrap_or(u32::MAX);
		let mut drafts = Vec::new();
		let mut waiting = Vec::new();
		for (place, seed) in std::mem::take(&mut self.unaudited) {
			let Some(batch) = self.batches.get_mut(place) else { continue };
			let Some(receipt) = &batch.receipt else { continue };
			let statement = AuditStatement {
				genesis: self.genesis,
				job: receipt.job,
				batch: receipt.batch,
				attempt: receipt.attempt,
				receipt: receipt.hash(),
				seed,
			};
			let period =
				tranche_period(&self.spec, batch.work.len(), receipt.sealed.len, self.fuel_per_block);
			let tranche = now.saturating_sub(batch.committed_at) / period;
			for (number, auditor) in parties.auditors.iter().enumerate() {
				if batch.reporters.len() >= required as usize || batch.reporters.contains(&number) {
					continue;
				}
				let drawn = draw(auditor, &statement)
					.filter(|draw| draw.is_eligible(&self.spec.audit, validators, tranche));
				if let Some(draw) = drawn {
					let samples = draw.samples(&self.spec.audit, batch.work.len());
					let report = report(auditor, &statement, &batch.work, &samples);
					batch.samples.extend(samples);
					batch.reporters.insert(number);
					drafts.push(Draft::fee_less(Call::submit_audit { report }));
				}
			}
			if batch.reporters.len() < required as usize {
				waiting.push((place, seed));
			}
		}
		self.unaudited = waiting;
		drafts
	}

	/// Reveals of all batches that can be revealed in the next block.
	fn reveal(&mut self, parties: &mut Parties, now: BlockNumber) -> Vec<Draft> {
		let later = self.closing.split_off(&(now + 2));
		let due = std::mem::replace(&mut self.closing, later);
		let mut drafts = Vec::new();
		for place in due.into_values().flatten() {
			let Some(batch) = self.batches.get(place) else { continue };
			let (Some(receipt), Some(worker)) = (&batch.receipt, parties.workers.get_mut(batch.worker))
			else {
				continue;
			};
			let openings: Vec<Opening> =
				batch.samples.iter().map(|offset| batch.work.open(*offset)).collect();
			let key = batch_key(self.genesis, receipt.job, receipt.batch);
			drafts.push(worker.call(Call::<Runtime>::reveal {
				job: receipt.job,
				batch: receipt.batch,
				key,
				openings,
			}));
		}
		drafts
	}
}

impl Batch {
	fn make_receipt(&self, genesis: Hash, job: JobId, batch: BatchIndex, worker: &Account) -> Receipt {
		Receipt {
			genesis,
			job,
			batch,
			attempt: 0,
			worker: worker.id(),
			outputs_root: self.work.root(),
			sealed: self.work.sealed(),
			sealed_root: self.work.root(),
			key_commitment: sealing::commit(&batch_key(genesis, job, batch)),
		}
	}
}

/// The batch an event is about, if it is about one that is under way.
fn subject(event: &Event<Runtime>) -> Option<(JobId, BatchIndex)> {
	match event {
		Event::BatchClaimed { job, batch, .. }
		| Event::ReceiptAccepted { job, batch, .. }
		| Event::AuditReported { job, batch, .. }
		| Event::BatchRevealed { job, batch, .. }
		| Event::BatchSettled { job, batch, .. }
		| Event::AuditMismatch { job, batch, .. }
		| Event::BatchReopened { job, batch, .. }
		| Event::BatchRefunded { job, batch, .. }
		| Event::ClaimPenalised { job, batch, .. }
		| Event::WorkerSlashed { job, batch, .. } => Some((*job, *batch)),
		_ => None,
	}
}

fn batch_key(genesis: Hash, job: JobId, batch: BatchIndex) -> sealing::BatchKey {
	sealing::batch_key(&SECRET, &genesis, job, batch, 0)
}

/// Blocks between two tranches for a batch with so many bytes of sealed results.
fn tranche_period(spec: &JobSpec, tasks: u32, sealed_len: u64, fuel_per_block: u64) -> BlockNumber {
	/// Bytes that the chain gives auditors a block to fetch.
	const FETCHED_PER_BLOCK: u64 = 4 << 20;
	let running = audit::examination_blocks(
		&spec.audit,
		tasks,
		spec.limits.fuel,
		fuel_per_block,
		spec.execution_window,
	);
	let period: BlockNumber = <Runtime as pallet_compute::Config>::TranchePeriod::get();
	let bytes = spec.program.len + spec.input.blob().len + sealed_len;
	period + running + BlockNumber::try_from(bytes / FETCHED_PER_BLOCK).unwrap_or(BlockNumber::MAX)
}

/// Reports a batch needs.
fn required(spec: &JobSpec, parties: &Parties) -> u32 {
	let validators = u32::try_from(parties.auditors.len()).unwrap_or(u32::MAX);
	audit::required_checks(&spec.audit, validators, 0).max(1)
}

fn draw(auditor: &Account, statement: &AuditStatement) -> Option<Draw> {
	let output = auditor.keypair().vrf_create_hash(statement.transcript()).to_preout().to_bytes();
	Draw::from_pre_output(&auditor.id().0, &output, statement)
}

/// What an honest auditor reports.
fn report(auditor: &Account, statement: &AuditStatement, work: &Work, samples: &[u32]) -> AuditReport {
	let key = auditor.id().0;
	let tags = samples.iter().map(|offset| audit::tag(&key, &work.leaf(work.task(*offset)))).collect();
	let findings = Findings::Checked(tags);
	let in_out = auditor.keypair().vrf_create_hash(statement.transcript());
	let (proof, _) = auditor.keypair().dleq_proove(findings.transcript(), &in_out, KUSAMA_VRF);
	AuditReport {
		job: statement.job,
		batch: statement.batch,
		attempt: statement.attempt,
		auditor: key,
		pre_output: in_out.to_preout().to_bytes(),
		proof: proof.to_bytes(),
		findings,
	}
}
