//! A chain in small: everything a certificate is made of, true to the last signature.

use super::*;
use crate::{BlobRef, InputSpec, Receipt, TaskLimits, TaskOutcome, TaskStatus, VM_VERSION};
use codec::Compact;
use ed25519_zebra::{SigningKey, VerificationKey};
use merlin::Transcript;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

pub(super) const JOB: JobId = 7;
pub(super) const BATCH: BatchIndex = 1;
pub(super) const ATTEMPT: Attempt = 3;
const RECEIPT_BLOCK: BlockNumber = 100;
/// Blocks from the first one that makes the seed on.
const BLOCKS: u32 = 6;
/// Blocks that make the seed.
const SEED_BLOCKS: u32 = 2;
const KEY: BatchKey = [42; 32];
const EPOCH: u64 = 5;
const RANDOMNESS: [u8; 32] = [6; 32];
const SLOT: u64 = 1_234;

/// What an auditor does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
	Honest,
	Lying,
	Starved,
	/// It ran its samples without the sealed results.
	Unsealed,
}

/// What the chain keeps.
pub(super) struct Kept {
	pub(super) genesis: Hash,
	pub(super) job: Option<Vec<u8>>,
	pub(super) accepted: AcceptedBatch,
	/// Whether there is a record of the batch at all.
	pub(super) has_batch: bool,
	/// The number of the record's stage, if it is not that of `accepted`.
	pub(super) stage: Option<u8>,
}

/// How a certificate is to come about.
pub(super) struct Scene {
	pub(super) rate: u32,
	pub(super) roles: Vec<Role>,
	pub(super) decision: Decision,
	/// The batch was paid long after its audit.
	pub(super) is_long: bool,
	/// How often the authorities changed.
	pub(super) handovers: u64,
	/// The last of these changes names nobody.
	pub(super) names_nobody: bool,
	/// Authorities vote for a block after the final one.
	pub(super) votes_later: bool,
	/// The last auditor's report is in no block.
	pub(super) smuggles: bool,
	/// Tags in a report.
	pub(super) tags: usize,
	pub(super) commits_to_another_key: bool,
	pub(super) has_vrf: bool,
	/// Makes the chain say something else.
	pub(super) twist: fn(&mut Kept),
}

impl Default for Scene {
	fn default() -> Self {
		Self {
			rate: AuditPolicy::EVERY_BATCH,
			roles: vec![Role::Honest, Role::Honest],
			decision: Decision::Paid,
			is_long: false,
			handovers: 0,
			names_nobody: false,
			votes_later: false,
			smuggles: false,
			tags: usize::MAX,
			commits_to_another_key: false,
			has_vrf: true,
			twist: |_| (),
		}
	}
}

fn genesis() -> Hash {
	Hash::of(b"genesis")
}

fn sr25519(seed: u8) -> Keypair {
	MiniSecretKey::from_bytes(&[seed; 32]).unwrap().expand_to_keypair(ExpansionMode::Uniform)
}

fn auditor_keys(number: usize) -> Keypair {
	sr25519(u8::try_from(100 + number).unwrap())
}

/// An auditor's key.
pub(super) fn auditor(number: usize) -> Hash {
	Hash(auditor_keys(number).public.to_bytes())
}

/// The keys of a set of four authorities. Each set has others.
fn voters(set: u64) -> Vec<SigningKey> {
	(0..4).map(|number| SigningKey::from(Hash::of(&[number, u8::try_from(set).unwrap()]).0)).collect()
}

fn authorities(set: u64) -> Vec<(AuthorityKey, Weight)> {
	voters(set).iter().map(|key| (VerificationKey::from(key).into(), 1)).collect()
}

fn justify(header: &Header, set: u64, votes_later: bool) -> Justification {
	let target = Precommit { target: header.hash(), number: header.number };
	let child = plain_header(header.number + 1, header.hash());
	let vote = if votes_later { Precommit { target: child.hash(), number: child.number } } else { target };
	let round = 9;
	let sign = |key: &SigningKey| SignedPrecommit {
		precommit: vote,
		signature: key.sign(&(1u8, vote, round, set).encode()).into(),
		authority: VerificationKey::from(key).into(),
	};
	let precommits = voters(set).iter().take(3).map(sign).collect();
	let ancestries = if votes_later { vec![child] } else { Vec::new() };
	Justification { round, target, precommits, ancestries }
}

fn plain_header(number: BlockNumber, parent: Hash) -> Header {
	let root = Hash::of(&number.to_le_bytes());
	let digest = vec![DigestItem::Other(vec![1, 2]), DigestItem::Seal(*b"BABE", vec![3; 64])];
	Header { parent, number, state_root: root, extrinsics_root: root, digest }
}

/// A transaction that authorises itself.
pub(super) fn transaction(call: &[u8]) -> Vec<u8> {
	[&[0x45, 0, 0, 0, 0, 0][..], call].concat().encode()
}

/// What BABE leaves in a block, and what the block adds to the seed.
fn babe(offset: u32) -> (DigestItem, [u8; 32]) {
	let slot = SLOT + u64::from(offset);
	let mut transcript = Transcript::new(b"BABE");
	transcript.append_message(b"slot number", &slot.to_le_bytes());
	transcript.append_message(b"current epoch", &EPOCH.to_le_bytes());
	transcript.append_message(b"chain randomness", &RANDOMNESS);
	let in_out = sr25519(1).vrf_create_hash(transcript);
	let digest = (3u8, 0u32, slot, in_out.to_preout().to_bytes(), [0u8; 64]).encode();
	(DigestItem::PreRuntime(*b"BABE", digest), in_out.make_bytes(b"BabeVRFInOutContext"))
}

fn outcome(task: TaskIndex) -> TaskOutcome {
	TaskOutcome::new(TaskStatus::Completed(0), &task.to_le_bytes(), 1_000 + u64::from(task)).unwrap()
}

fn leaves(tasks: Range<TaskIndex>) -> Vec<Hash> {
	tasks.map(|task| outcome(task).leaf(JOB, task)).collect()
}

impl Scene {
	/// The chain's first block and its first authorities.
	pub(super) fn anchor(&self) -> Anchor {
		Anchor::Genesis { genesis: genesis(), authorities: authorities(0) }
	}

	fn spec(&self) -> JobSpec {
		let blob = BlobRef::of(b"program");
		JobSpec {
			program: blob,
			vm_version: VM_VERSION,
			input: InputSpec::Shared { blob },
			tasks: 12,
			batch_size: 5,
			bounty: 10,
			limits: TaskLimits::default(),
			audit: AuditPolicy { auditors: 2, samples: 2, rate: self.rate },
			execution_window: 10,
			challenge_window: 10,
			lifetime: 100,
		}
	}

	/// A receipt that is audited or spared, as the scene wants it.
	fn receipt(&self, outputs: &[[u8; 32]]) -> SignedReceipt {
		let worker = sr25519(2);
		let spec = self.spec();
		let key = if self.commits_to_another_key { [43; 32] } else { KEY };
		let wanted = self.rate == AuditPolicy::EVERY_BATCH;
		let receipts = (0u64..).map(|number| Receipt {
			genesis: genesis(),
			job: JOB,
			batch: BATCH,
			attempt: ATTEMPT,
			worker: AccountId(worker.public.to_bytes()),
			outputs_root: merkle::root(&leaves(spec.batch_tasks(BATCH).unwrap())).unwrap(),
			sealed: BlobRef { hash: Hash::of(b"sealed"), len: number },
			sealed_root: Hash::of(b"sealed root"),
			key_commitment: sealing::commit(&key),
		});
		let mut fitting =
			receipts.filter(|receipt| audit::is_audited(&spec.audit, &receipt.hash(), outputs) == wanted);
		fitting.next().unwrap().sign(&worker)
	}

	fn report(&self, number: usize, role: Role, statement: &AuditStatement) -> AuditReport {
		let keys = auditor_keys(number);
		let auditor = keys.public.to_bytes();
		let in_out = keys.vrf_create_hash(statement.transcript());
		let pre_output = in_out.to_preout().to_bytes();
		let draw = audit::Draw::from_pre_output(&auditor, &pre_output, statement).unwrap();
		let tasks = self.spec().batch_tasks(BATCH).unwrap();
		let tags = draw.samples(&self.spec().audit, 5).into_iter().map(|offset| {
			let task = tasks.start + offset;
			let leaf = if role == Role::Lying { Hash::default() } else { outcome(task).leaf(JOB, task) };
			audit::tag(&auditor, &leaf)
		});
		let findings = match role {
			Role::Starved => Findings::Unavailable,
			Role::Unsealed => Findings::Unsealed(tags.take(self.tags).collect()),
			Role::Honest | Role::Lying => Findings::Checked(tags.take(self.tags).collect()),
		};
		let (proof, _) = keys.dleq_proove(findings.transcript(), &in_out, true);
		let AuditStatement { job, batch, attempt, .. } = *statement;
		AuditReport { job, batch, attempt, auditor, pre_output, proof: proof.to_bytes(), findings }
	}

	fn openings(&self, reports: &[AuditReport], statement: &AuditStatement) -> Vec<Opening> {
		let tasks = self.spec().batch_tasks(BATCH).unwrap();
		let drawn = |report: &AuditReport| report.verify(statement).unwrap().samples(&self.spec().audit, 5);
		let checked = reports.iter().filter(|report| report.findings != Findings::Unavailable);
		let offsets: BTreeSet<u32> = checked.flat_map(drawn).collect();
		let leaves = leaves(tasks.clone());
		let open = |offset| Opening {
			task: tasks.start + offset,
			outcome: outcome(tasks.start + offset),
			proof: merkle::proof(&leaves, offset).unwrap(),
		};
		offsets.into_iter().map(open).collect()
	}

	fn keep(&self, receipt: &Receipt, seed: Hash) -> Kept {
		let count = |role| u32::try_from(self.roles.iter().filter(|other| **other == role).count()).unwrap();
		let commitment = CommitmentRecord {
			receipt: receipt.hash(),
			block: RECEIPT_BLOCK,
			outputs_root: receipt.outputs_root,
			sealed: receipt.sealed,
			sealed_root: receipt.sealed_root,
			key_commitment: receipt.key_commitment,
			validators: 30,
			checked: count(Role::Honest),
			unavailable: count(Role::Starved) + count(Role::Unsealed),
			unsealed: count(Role::Unsealed),
			last_report: RECEIPT_BLOCK + 5,
		};
		let audited = self.rate == AuditPolicy::EVERY_BATCH;
		let revelation =
			RevelationRecord { key: KEY, seed, audited, demands_by_requester: 0, demands_by_others: 1 };
		let (attempt, worker) = (ATTEMPT, receipt.worker);
		let accepted = AcceptedBatch { attempt, worker, commitment, revelation, decision: self.decision };
		let head = JobHead { requester: AccountId([9; 32]), spec: self.spec() };
		let job = [head.encode(), vec![5; 60]].concat();
		let mut kept = Kept { genesis: genesis(), job: Some(job), accepted, has_batch: true, stage: None };
		(self.twist)(&mut kept);
		kept
	}

	fn state(&self, kept: &Kept) -> Trie {
		let entries = [
			(genesis_key(), Some(kept.genesis.encode())),
			(job_key(JOB), kept.job.clone()),
			(batch_key(JOB, BATCH), kept.has_batch.then(|| record(kept))),
			(job_key(JOB + 1), Some(vec![1; 50])),
			(batch_key(JOB, BATCH + 1), Some(vec![2; 50])),
			(authorities_key(), Some(vec![3; 300])),
		];
		let entries = entries.into_iter().filter_map(|(key, value)| Some((key, value?)));
		Trie::new(&entries.collect(), true)
	}

	/// The certificate.
	pub(super) fn build(&self) -> Certificate {
		let (digests, outputs): (Vec<_>, Vec<_>) = (0..SEED_BLOCKS).map(babe).unzip();
		let seed = audit::seed(RECEIPT_BLOCK + SEED_BLOCKS, &outputs);
		let receipt = self.receipt(&outputs);
		let statement = AuditStatement {
			genesis: genesis(),
			job: JOB,
			batch: BATCH,
			attempt: ATTEMPT,
			receipt: receipt.receipt.hash(),
			seed,
		};
		let reports: Vec<_> =
			self.roles.iter().enumerate().map(|(i, role)| self.report(i, *role, &statement)).collect();
		let openings = self.openings(&reports, &statement);
		let state = self.state(&self.keep(&receipt.receipt, seed));
		let blocks = self.include(&reports);
		let mut headers: Vec<Header> = Vec::new();
		for offset in 0..BLOCKS {
			let parent = headers.last().map_or(Hash::default(), Header::hash);
			let mut header = plain_header(RECEIPT_BLOCK + 1 + offset, parent);
			if let Some(digest) = digests.get(offset as usize).filter(|_| self.has_vrf || offset == 0) {
				header.digest.insert(0, digest.clone());
			}
			if let Some(block) = blocks.get(&header.number) {
				header.extrinsics_root = block.root;
			}
			if offset + 1 == BLOCKS && !self.is_long {
				header.state_root = state.root;
			}
			headers.push(header);
		}
		let last = headers.last().unwrap().clone();
		let set = self.handovers;
		let finalise =
			|header: &Header| Finalised { set, justification: justify(header, set, self.votes_later) };
		let (header, finalised) = if self.is_long {
			(Header { state_root: state.root, ..plain_header(250, Hash::default()) }, Some(finalise(&last)))
		} else {
			(last, None)
		};
		let keys = [genesis_key(), job_key(JOB), batch_key(JOB, BATCH)];
		let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
		Certificate {
			version: VERSION,
			genesis: genesis(),
			job: JOB,
			batch: BATCH,
			receipt,
			key: KEY,
			seed: vec![
				SeedOrigin {
					author: sr25519(1).public.to_bytes(),
					epoch: EPOCH,
					randomness: RANDOMNESS
				};
				SEED_BLOCKS as usize
			],
			history: History { headers, finalised },
			reports: self.included(reports, &blocks),
			openings,
			finalised: finalise(&header),
			state: StateProof { header, nodes: state.proof(&keys) },
			authorities: Authorities {
				first: AuthoritySet { id: 0, authorities: authorities(0) },
				handovers: (0..self.handovers).map(|set| self.hand_over(set)).collect(),
			},
		}
	}

	fn place(number: usize) -> (BlockNumber, u32) {
		(
			RECEIPT_BLOCK + 3 + BlockNumber::try_from(number % 2).unwrap(),
			1 + u32::try_from(number / 2).unwrap(),
		)
	}

	/// The transactions of every block with reports.
	fn include(&self, reports: &[AuditReport]) -> BTreeMap<BlockNumber, Trie> {
		let mut blocks: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
		for (number, report) in reports.iter().enumerate() {
			if self.smuggles && number + 1 == reports.len() {
				continue;
			}
			let (block, index) = Self::place(number);
			let call = (COMPUTE_PALLET, SUBMIT_AUDIT, report).encode();
			let transactions = blocks.entry(block).or_default();
			transactions.insert(Compact(0u32).encode(), vec![4; 20]);
			transactions.insert(Compact(index).encode(), transaction(&call));
		}
		blocks.into_iter().map(|(block, entries)| (block, Trie::new(&entries, false))).collect()
	}

	fn included(
		&self,
		reports: Vec<AuditReport>,
		blocks: &BTreeMap<BlockNumber, Trie>,
	) -> Vec<IncludedReport> {
		let include = |(number, report)| {
			let (block, index) = Self::place(number);
			let proof = |trie: &Trie| trie.proof(&[&Compact(index).encode()]);
			IncludedReport { report, block, index, nodes: blocks.get(&block).map(proof).unwrap_or_default() }
		};
		reports.into_iter().enumerate().map(include).collect()
	}

	fn hand_over(&self, set: u64) -> Handover {
		let next = (1u8, authorities(set + 1), 0u32).encode();
		let mut header = plain_header(10 + BlockNumber::try_from(set).unwrap(), Hash::default());
		header.digest.push(DigestItem::Consensus(*b"BABE", vec![1, 2]));
		if !self.names_nobody || set + 1 < self.handovers {
			header.digest.push(DigestItem::Consensus(*b"FRNK", next));
		}
		Handover { justification: justify(&header, set, false), header }
	}
}

/// A batch as the pallet would write it.
fn record(kept: &Kept) -> Vec<u8> {
	let AcceptedBatch { attempt, worker, commitment, revelation, decision } = kept.accepted.clone();
	let claim = ClaimRecord { worker, bond: 5 };
	let (stage, demand) = match decision {
		Decision::Revealed => (StageRecord::Revealed(claim, commitment, revelation), Vec::new()),
		Decision::Demanded => (StageRecord::Demanded(claim, commitment, revelation), vec![7; 56]),
		Decision::Paid => (StageRecord::Settled(worker, commitment, revelation), Vec::new()),
	};
	let mut record = [BatchHead { attempt, filed_under: None, stage }.encode(), demand].concat();
	// Behind the attempt and the missing deadline.
	record[5] = kept.stage.unwrap_or(record[5]);
	record
}

/// A trie with all its nodes.
pub(super) struct Trie {
	pub(super) root: Hash,
	nodes: BTreeMap<Hash, Vec<u8>>,
}

impl Trie {
	/// `hashes_values`: values of more than 32 bytes stand beside their nodes.
	pub(super) fn new(values: &BTreeMap<Vec<u8>, Vec<u8>>, hashes_values: bool) -> Self {
		let entries: Vec<(Vec<u8>, &[u8])> = values
			.iter()
			.map(|(key, value)| (key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect(), &value[..]))
			.collect();
		let entries: Vec<(&[u8], &[u8])> = entries.iter().map(|(path, value)| (&path[..], *value)).collect();
		let mut trie = Self { root: Hash::default(), nodes: BTreeMap::new() };
		let top = trie.write(&entries, hashes_values);
		trie.root = trie.keep(top);
		trie
	}

	/// The nodes that lead to these keys.
	pub(super) fn proof(&self, keys: &[&[u8]]) -> Vec<Vec<u8>> {
		let mut used = BTreeMap::new();
		for key in keys {
			let mut fetch = |hash: &Hash| {
				let node = self.nodes.get(hash)?;
				used.insert(*hash, node.clone());
				Some(node.clone())
			};
			trie::lookup(&self.root, key, &mut fetch).unwrap();
		}
		used.into_values().collect()
	}

	fn keep(&mut self, node: Vec<u8>) -> Hash {
		let hash = super::chain::blake2(&node);
		self.nodes.insert(hash, node);
		hash
	}

	fn write(&mut self, entries: &[(&[u8], &[u8])], hashes_values: bool) -> Vec<u8> {
		let (first, _) = entries[0];
		let common = (0..first.len())
			.take_while(|at| entries.iter().all(|(path, _)| path.get(*at) == first.get(*at)))
			.count();
		let rest: Vec<(&[u8], &[u8])> =
			entries.iter().map(|(path, value)| (&path[common..], *value)).collect();
		let value = rest.iter().find(|(path, _)| path.is_empty()).map(|(_, value)| *value);
		let is_leaf = rest.len() == 1 && value.is_some();
		let is_hashed = hashes_values && value.is_some_and(|value| value.len() > 32);
		let (mask, bits) = match (is_leaf, value.is_some(), is_hashed) {
			(true, _, false) => (0x40, 6),
			(true, _, true) => (0x20, 5),
			(false, false, _) => (0x80, 6),
			(false, true, false) => (0xc0, 6),
			(false, true, true) => (0x10, 4),
		};
		let mut node = write_head(mask, bits, &first[..common]);
		let places: Vec<u8> =
			(0..16).filter(|place| rest.iter().any(|(path, _)| path.first() == Some(place))).collect();
		if !is_leaf {
			node.extend(places.iter().map(|place| 1u16 << place).sum::<u16>().to_le_bytes());
		}
		match value {
			Some(value) if is_hashed => node.extend(self.keep(value.to_vec()).0),
			Some(value) => node.extend(value.encode()),
			None => (),
		}
		for place in places {
			let below = rest.iter().filter(|(path, _)| path.first() == Some(&place));
			let below: Vec<(&[u8], &[u8])> = below.map(|(path, value)| (&path[1..], *value)).collect();
			let child = self.write(&below, hashes_values);
			let child = if child.len() < 32 { child } else { self.keep(child).0.to_vec() };
			node.extend(child.encode());
		}
		node
	}
}

fn write_head(mask: u8, bits: u8, partial: &[u8]) -> Vec<u8> {
	let most = (1usize << bits) - 1;
	let mut node = vec![mask | u8::try_from(partial.len().min(most)).unwrap()];
	if partial.len() >= most {
		let mut more = partial.len() - most;
		while more >= 255 {
			node.push(255);
			more -= 255;
		}
		node.push(u8::try_from(more).unwrap());
	}
	let padded = if partial.len() % 2 == 1 { [&[0], partial].concat() } else { partial.to_vec() };
	node.extend(padded.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
	node
}
