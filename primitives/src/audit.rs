//! Who audits what: a private draw that the auditor can prove and nobody can foresee, steer or copy.

use crate::{hash, Attempt, AuditPolicy, BatchIndex, BlockNumber, Hash, JobId, TaskIndex, TaskOutcome};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use merlin::Transcript;
use scale_info::TypeInfo;
use schnorrkel::{
	vrf::{VRFInOut, VRFPreOut, VRFProof},
	PublicKey,
};

/// Label of the transcript an auditor signs with its VRF.
pub const STATEMENT_LABEL: &[u8] = b"assay.audit.v1";
/// Label of the transcript that ties findings to the VRF proof.
pub const FINDINGS_LABEL: &[u8] = b"assay.report.v1";
/// Label of the one message in either transcript.
pub const MESSAGE_LABEL: &[u8] = b"scale";
/// Context in which the VRF's output becomes [`Draw`]'s randomness.
const OUTPUT_CONTEXT: &[u8] = b"assay.draw.v1";
/// The DLEQ proofs of the SDK's keystores are of schnorrkel's `kusama` flavour.
const KUSAMA_VRF: bool = true;

/// Blocks that make the seed of an audit together. With a third of the authors one can know a seed in advance once in
/// about 6,500 blocks, with a fifth once in 390,000.
pub const SEED_BLOCKS: BlockNumber = 8;

/// An auditor's public key (sr25519).
pub type AuditorKey = [u8; 32];

/// What an auditor's VRF is evaluated on. It names one attempt at one batch and nothing else.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AuditStatement {
	/// Hash of the chain's first block.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// [`crate::Receipt::hash`] of the receipt under audit.
	pub receipt: Hash,
	/// What a block after the receipt's contributed, so that no worker can grind receipts for a draw.
	pub seed: Hash,
}

impl AuditStatement {
	/// The transcript the VRF is evaluated on.
	pub fn transcript(&self) -> Transcript {
		transcript(STATEMENT_LABEL, &self.encode())
	}
}

fn transcript(label: &'static [u8], message: &[u8]) -> Transcript {
	let mut transcript = Transcript::new(label);
	transcript.append_message(MESSAGE_LABEL, message);
	transcript
}

/// What an auditor found.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Findings {
	/// The program or an input could not be fetched, or is of no use: nothing could be run.
	#[codec(index = 0)]
	Unavailable,
	/// The drawn tasks were run: the blind tag of each, in the order of the draw's samples.
	#[codec(index = 1)]
	Checked(Vec<Hash>),
	/// The drawn tasks were run, but the sealed results could not be fetched, or are not those of the receipt: the blind
	/// tags all the same. Without them, a worker could wait for the seed and hide the results of audited batches only.
	#[codec(index = 2)]
	Unsealed(Vec<Hash>),
}

impl Findings {
	/// The transcript that ties these findings to the VRF proof, which thereby signs them.
	pub fn transcript(&self) -> Transcript {
		transcript(FINDINGS_LABEL, &self.encode())
	}
}

/// One auditor's report on one attempt at a batch. The VRF proof signs the findings too, so nobody can take the proof
/// and replace the tags.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct AuditReport {
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// The auditor's key.
	pub auditor: AuditorKey,
	/// The VRF's output before hashing.
	pub pre_output: [u8; 32],
	/// The DLEQ proof over the statement, with the findings as extra transcript.
	pub proof: [u8; 64],
	/// What was found.
	pub findings: Findings,
}

impl AuditReport {
	/// The draw this report proves, if its proof holds for `statement` and its findings.
	pub fn verify(&self, statement: &AuditStatement) -> Option<Draw> {
		let public = PublicKey::from_bytes(&self.auditor).ok()?;
		let in_out = attach(&public, &self.pre_output, statement)?;
		let proof = VRFProof::from_bytes(&self.proof).ok()?;
		public.dleq_verify(self.findings.transcript(), &in_out, &proof, KUSAMA_VRF).ok()?;
		Some(Draw::from(&in_out))
	}
}

/// A sampled task's outcome, shown to lie under the receipt's `outputs_root`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Opening {
	/// The task, numbered over the whole job.
	pub task: TaskIndex,
	/// What became of it.
	pub outcome: TaskOutcome,
	/// The siblings on the way to the root, at most [`crate::merkle::MAX_PROOF_LEN`].
	pub proof: Vec<Hash>,
}

fn attach(public: &PublicKey, pre_output: &[u8; 32], statement: &AuditStatement) -> Option<VRFInOut> {
	VRFPreOut::from_bytes(pre_output).ok()?.attach_input_hash(public, statement.transcript()).ok()
}

/// What an auditor's VRF decided.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Draw {
	/// Uniform bytes, known to the auditor alone until it reports.
	pub randomness: [u8; 32],
}

impl From<&VRFInOut> for Draw {
	fn from(in_out: &VRFInOut) -> Self {
		Self { randomness: in_out.make_bytes(OUTPUT_CONTEXT) }
	}
}

impl Draw {
	/// The draw behind a VRF output, without a proof: for the auditor itself, who trusts its own keystore.
	/// `None` if a key or the output is not a curve point.
	pub fn from_pre_output(
		auditor: &AuditorKey,
		pre_output: &[u8; 32],
		statement: &AuditStatement,
	) -> Option<Self> {
		let public = PublicKey::from_bytes(auditor).ok()?;
		attach(&public, pre_output, statement).as_ref().map(Self::from)
	}

	/// Whether the auditor is drawn in `tranche` or an earlier one: `u < min(1, 1.5 · a / n · (1 + t))`, where u is
	/// this draw as a number in [0, 1), n the number of validators and a the auditors wanted (at most n).
	pub fn is_eligible(&self, policy: &AuditPolicy, validators: u32, tranche: u32) -> bool {
		u128::from(leading_u64(&self.randomness)) < eligible_draws(policy, validators, tranche)
	}

	/// The distinct tasks to re-execute, as ascending offsets into a batch of `tasks` tasks: `policy.samples` of
	/// them, or all if the batch is smaller. Robert Floyd's algorithm over a BLAKE3 stream: every subset is
	/// equally likely.
	pub fn samples(&self, policy: &AuditPolicy, tasks: u32) -> Vec<u32> {
		let mut stream = hash::SAMPLES.hasher().update(&self.randomness).finalize_xof();
		let wanted = u32::from(policy.samples).min(tasks);
		let mut drawn = Vec::new();
		for last in (tasks - wanted)..tasks {
			let pick = uniform(&mut stream, last);
			let offset = if drawn.contains(&pick) { last } else { pick };
			drawn.push(offset);
		}
		drawn.sort_unstable();
		drawn
	}
}

/// A uniform number in 0..=`max`, by rejection.
fn uniform(stream: &mut blake3::OutputReader, max: u32) -> u32 {
	let bound = u64::from(max) + 1;
	let limit = u64::MAX - u64::MAX % bound;
	loop {
		let mut bytes = [0; 8];
		stream.fill(&mut bytes);
		let number = u64::from_le_bytes(bytes);
		if number < limit {
			// The remainder is at most `max`.
			return u32::try_from(number % bound).unwrap_or(max);
		}
	}
}

fn leading_u64(bytes: &[u8; 32]) -> u64 {
	let [a, b, c, d, e, f, g, h, ..] = *bytes;
	u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// How many of the 2^64 equally likely draws are eligible in `tranche` or an earlier one.
pub(crate) fn eligible_draws(policy: &AuditPolicy, validators: u32, tranche: u32) -> u128 {
	let wanted = u128::from(wanted_auditors(policy, validators));
	// At most 3 · 2^8 · 2^32 over 2^33: nothing here leaves 128 bits, even shifted by 64.
	let numerator = 3 * wanted * (u128::from(tranche) + 1);
	let denominator = (2 * u128::from(validators)).max(1);
	(numerator << 64) / denominator.max(numerator)
}

/// How many auditors a batch wants when there are `validators` of them.
pub fn wanted_auditors(policy: &AuditPolicy, validators: u32) -> u32 {
	u32::from(policy.auditors).min(validators)
}

/// How many auditors must have checked a batch before it can pass: `a + 2 · unavailable`. Without the second term a
/// cheat could starve honest auditors of data and wait until only its friends are left.
pub fn required_checks(policy: &AuditPolicy, validators: u32, unavailable: u32) -> u32 {
	wanted_auditors(policy, validators).saturating_add(unavailable.saturating_mul(2))
}

/// Blocks that an auditor may need to run its samples: those it takes to burn all the fuel they may burn, at
/// `fuel_per_block` on the slowest machine that is fit to audit, and never more than the worker had for the whole batch.
/// Between 0 and `execution_window`.
pub fn examination_blocks(
	policy: &AuditPolicy,
	tasks: u32,
	fuel_limit: u64,
	fuel_per_block: u64,
	execution_window: crate::BlockNumber,
) -> crate::BlockNumber {
	let samples = u128::from(policy.samples).min(tasks.into());
	let fuel = samples.saturating_mul(fuel_limit.into());
	let blocks = fuel.div_ceil(u128::from(fuel_per_block.max(1)));
	crate::BlockNumber::try_from(blocks).unwrap_or(execution_window).min(execution_window)
}

/// Whether a batch is audited at all, decided by the blocks that make the seed: their VRF outputs, oldest first, which
/// nobody knew when the receipt was made.
///
/// Each block draws a number from its own output and those before it, and one that is large enough has the batch audited.
/// So whoever makes some of the blocks, and leaves out those that draw a large number, spares the batch these draws and no
/// others: with *j* of *k* blocks it is audited at a rate of about `1 − (1 − rate)^((k − j) / k)`. Were a single number drawn
/// from all outputs, the author of the last block could have it drawn again.
///
/// Of *k* even draws from 0 to 1 the largest is at most *x* with probability *x*^*k*, so its *k*-th power is again an
/// even draw. A batch that no block draws for is audited.
pub fn is_audited(policy: &AuditPolicy, receipt: &Hash, vrf_outputs: &[[u8; 32]]) -> bool {
	let mut drawn = *receipt;
	let mut largest = 0;
	for output in vrf_outputs {
		drawn = hash::derive(hash::RATE, &(drawn, output));
		largest = leading_u64(&drawn.0).max(largest);
	}
	// In units of 2^-64: both factors are below 2^64.
	let even = vrf_outputs.iter().fold(u128::from(u64::MAX), |power, _| (power * u128::from(largest)) >> 64);
	let scaled = (even * u128::from(AuditPolicy::EVERY_BATCH)) >> 64;
	scaled >= u128::from(AuditPolicy::EVERY_BATCH.saturating_sub(policy.rate))
}

/// The blind tag of a task's leaf: worthless to everybody but the auditor who made it.
pub fn tag(auditor: &AuditorKey, leaf: &Hash) -> Hash {
	hash::derive(hash::TAG, &(auditor, leaf))
}

/// The seed that the VRF outputs of consecutive blocks become, of which `last` is the last one.
pub fn seed(last: crate::BlockNumber, vrf_outputs: &[[u8; 32]]) -> Hash {
	hash::derive(hash::SEED, &(last, vrf_outputs))
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::collections::BTreeMap;
	use proptest::prelude::*;

	const POLICY: AuditPolicy = AuditPolicy { auditors: 2, samples: 3, rate: AuditPolicy::EVERY_BATCH };

	fn statement() -> AuditStatement {
		AuditStatement {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			receipt: Hash::of(b"receipt"),
			seed: Hash::of(b"seed"),
		}
	}

	fn report(auditor: &schnorrkel::Keypair, statement: &AuditStatement, findings: Findings) -> AuditReport {
		let in_out = auditor.vrf_create_hash(statement.transcript());
		let (proof, _) = auditor.dleq_proove(findings.transcript(), &in_out, KUSAMA_VRF);
		AuditReport {
			job: statement.job,
			batch: statement.batch,
			attempt: statement.attempt,
			auditor: auditor.public.to_bytes(),
			pre_output: in_out.to_preout().to_bytes(),
			proof: proof.to_bytes(),
			findings,
		}
	}

	#[test]
	fn a_report_proves_its_draw_and_its_findings_and_nothing_else() {
		let auditor = schnorrkel::Keypair::generate();
		let findings = Findings::Checked(alloc::vec![Hash::of(b"tag")]);
		let report = report(&auditor, &statement(), findings);
		let draw = report.verify(&statement()).unwrap();
		assert_eq!(Draw::from_pre_output(&report.auditor, &report.pre_output, &statement()), Some(draw));

		let changes: [fn(&mut AuditStatement); 6] = [
			|s| s.genesis = Hash::default(),
			|s| s.job += 1,
			|s| s.batch += 1,
			|s| s.attempt += 1,
			|s| s.receipt = Hash::default(),
			|s| s.seed = Hash::default(),
		];
		for change in changes {
			let mut other = statement();
			change(&mut other);
			assert_eq!(report.verify(&other), None, "{other:?}");
		}
		let mut stolen = report.clone();
		stolen.findings = Findings::Checked(alloc::vec![Hash::of(b"another tag")]);
		assert_eq!(stolen.verify(&statement()), None);
		stolen.findings = Findings::Unavailable;
		assert_eq!(stolen.verify(&statement()), None);
		let mut impostor = report;
		impostor.auditor = schnorrkel::Keypair::generate().public.to_bytes();
		assert_eq!(impostor.verify(&statement()), None);
	}

	#[test]
	fn tags_are_bound_to_their_auditor() {
		let leaf = Hash::of(b"leaf");
		assert_ne!(tag(&[1; 32], &leaf), tag(&[2; 32], &leaf));
		assert_ne!(tag(&[1; 32], &leaf), tag(&[1; 32], &Hash::of(b"other")));
	}

	fn draw(number: u64) -> Draw {
		Draw { randomness: hash::derive(hash::SEED, &number).0 }
	}

	#[test]
	fn tranches_admit_the_stated_share() {
		// 1.5 · 2 / 30 = 10 % in the first tranche, 20 % by the second, everybody by the tenth.
		let share = |tranche| (0..10_000).filter(|i| draw(*i).is_eligible(&POLICY, 30, tranche)).count();
		assert!((900..1_100).contains(&share(0)), "{}", share(0));
		assert!((1_850..2_150).contains(&share(1)), "{}", share(1));
		assert_eq!(share(9), 10_000);
		assert!(draw(0).is_eligible(&POLICY, 1, 0));
		assert!(!draw(0).is_eligible(&POLICY, 0, 100));
		assert!(draw(0).is_eligible(&POLICY, u32::MAX, u32::MAX));
	}

	#[test]
	fn every_subset_is_drawn_equally_often() {
		let mut counts = BTreeMap::new();
		for number in 0..20_000 {
			*counts.entry(draw(number).samples(&POLICY, 6)).or_insert(0) += 1;
		}
		// 6 choose 3, each expected 1,000 times; five standard deviations are about 154.
		assert_eq!(counts.len(), 20);
		assert!(counts.values().all(|count| (846..=1_154).contains(count)), "{counts:?}");
	}

	#[test]
	fn the_audited_share_is_the_rate() {
		for (rate, blocks, expected) in
			[(250_000, 8, 2_500), (250_000, 1, 2_500), (50_000, 8, 500), (900_000, 3, 9_000)]
		{
			let policy = AuditPolicy { rate, ..POLICY };
			let audited =
				(0..10_000).filter(|n| is_audited(&policy, &number(*n), &outputs(*n, blocks))).count();
			// Five standard deviations.
			assert!(audited.abs_diff(expected) < 220, "{audited} instead of {expected}");
			assert!((0..1_000).all(|n| is_audited(&POLICY, &number(n), &outputs(0, blocks))));
		}
		assert!(is_audited(&AuditPolicy { rate: 1, ..POLICY }, &number(0), &[]));
	}

	fn number(n: u64) -> Hash {
		Hash::of(&n.to_le_bytes())
	}

	/// What some blocks of the history `n` add to a seed.
	fn outputs(n: u64, blocks: u64) -> Vec<[u8; 32]> {
		(0..blocks).map(|block| number((n << 32) + block + 1).0).collect()
	}

	#[test]
	fn neither_receipt_nor_outputs_alone_decide_whether_a_batch_is_audited() {
		let policy = AuditPolicy { rate: 500_000, ..POLICY };
		for fixed in 0..10 {
			let by_outputs = (0..64).filter(|n| is_audited(&policy, &number(fixed), &outputs(*n, 8))).count();
			let by_receipt = (0..64).filter(|n| is_audited(&policy, &number(*n), &outputs(fixed, 8))).count();
			// Half of 64, and six standard deviations.
			assert!((8..=56).contains(&by_outputs), "receipt {fixed}: {by_outputs} of 64 histories");
			assert!((8..=56).contains(&by_receipt), "history {fixed}: {by_receipt} of 64 receipts");
		}
	}

	/// However often the author of one block could try again, what the other blocks drew stands.
	#[test]
	fn whoever_makes_one_block_spares_a_batch_no_more_than_its_own_draw() {
		let policy = AuditPolicy { rate: 250_000, ..POLICY };
		for (owned, expected) in [(0, 0), (3, 409), (7, 890)] {
			let audited = (0..4_000).filter(|n| {
				let mut outputs = outputs(*n, 8);
				(0..20).all(|attempt| {
					outputs[owned] = number((1 << 60) + attempt).0;
					is_audited(&policy, &number(*n), &outputs)
				})
			});
			// What the blocks before it drew stands: 1 − 0.75^(owned / 8) of 4,000. Those after it draw anew each time.
			let audited = audited.count();
			assert!(audited.abs_diff(expected) < 140, "{audited} instead of {expected} with block {owned}");
		}
	}

	#[test]
	fn a_starved_auditor_is_replaced_by_more_than_one() {
		assert_eq!(required_checks(&POLICY, 30, 0), 2);
		assert_eq!(required_checks(&POLICY, 30, 3), 8);
		assert_eq!(required_checks(&POLICY, 1, 0), 1);
	}

	#[test]
	fn an_examination_takes_as_long_as_its_fuel_and_no_longer_than_the_batch() {
		let blocks = |samples, tasks, fuel| {
			examination_blocks(&AuditPolicy { samples, ..POLICY }, tasks, fuel, 1_000, 50)
		};
		assert_eq!(blocks(3, 100, 1_000), 3);
		assert_eq!(blocks(3, 100, 1_001), 4);
		assert_eq!(blocks(3, 2, 1_000), 2);
		assert_eq!(blocks(16, 100, u64::MAX), 50);
		assert_eq!(examination_blocks(&POLICY, 1, 1, 0, 50), 1);
	}

	proptest! {
		#[test]
		fn samples_are_distinct_ascending_and_in_range(number: u64, samples in 1u8..=16, tasks in 1u32..) {
			let policy = AuditPolicy { samples, ..POLICY };
			let drawn = draw(number).samples(&policy, tasks);
			prop_assert_eq!(drawn.len() as u32, u32::from(samples).min(tasks));
			prop_assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
			prop_assert!(drawn.iter().all(|offset| *offset < tasks));
		}
	}
}
