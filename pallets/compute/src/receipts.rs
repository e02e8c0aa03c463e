//! Taking receipts.

use crate::{batch::BatchAt, refusal::Refusal, types::*, Auditors, Config, Error, Event, Pallet};
use assay_primitives::{
	sealing::SealedEntry, AuditPolicy, BatchIndex, BlockNumber, Hash, JobId, JobSpec, SignedReceipt,
	TaskLimits,
};
use codec::MaxEncodedLen;
use frame_support::{
	pallet_prelude::{TransactionSource, ValidTransaction},
	traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::Zero,
	transaction_validity::{TransactionPriority, TransactionValidityWithRefund},
	DispatchError,
};

/// How many blocks a fee-less transaction may wait in a pool before it is checked anew.
const LONGEVITY: u64 = 64;

/// More than anybody would pay for in tips: some hundred tokens for each transaction, as the runtime's fees are.
const RECEIPT_PRIORITY: TransactionPriority = 1 << 61;
/// Reports and votes go before receipts. There are only so many for each receipt that got into a block; the other way round,
/// whoever is found out could fill the blocks with receipts until nobody can say so any more.
pub(crate) const STATEMENT_PRIORITY: TransactionPriority = 1 << 62;

impl<T: Config> Pallet<T> {
	/// Whether the receipt can enter a block. The same for every source: what a node's own pool holds, other nodes
	/// have to accept in a block.
	pub(crate) fn authorize_receipt(
		_source: TransactionSource,
		signed: &SignedReceipt,
	) -> TransactionValidityWithRefund {
		let receipt = &signed.receipt;
		let (at, _) = Self::check_receipt(signed)?;
		if !signed.is_authentic() {
			return Err(Refusal::BadSignature.into());
		}
		let tag = (at.id, at.index, receipt.attempt, "receipt");
		Ok((Self::fee_less("AssayReceipt", RECEIPT_PRIORITY, tag), Zero::zero()))
	}

	/// A fee-less transaction. It goes before those that pay, for whom a tip would be enough to crowd it out, and there are
	/// never more of them than batches in flight allow. Later blocks give it a higher priority: a pool refuses to replace a transaction that
	/// provides the same by one that is worth no more, and so would never let go of a copy that got stuck.
	pub(crate) fn fee_less(
		prefix: &'static str,
		priority: TransactionPriority,
		provides: impl codec::Encode,
	) -> ValidTransaction {
		ValidTransaction::with_tag_prefix(prefix)
			.priority(priority.saturating_add(Self::now().into()))
			.and_provides(provides)
			.longevity(LONGEVITY)
			.propagate(true)
			.into()
	}

	/// Everything that must hold of a receipt but its signature.
	fn check_receipt(signed: &SignedReceipt) -> Result<(BatchAt<T>, Claim<T::AccountId>), Refusal> {
		let receipt = &signed.receipt;
		if receipt.genesis != Self::genesis_hash() {
			return Err(Refusal::WrongChain);
		}
		let at = Self::load_for_refusal(receipt.job, receipt.batch)?;
		if receipt.attempt != at.batch.attempt {
			return Err(Refusal::WrongAttempt);
		}
		let Stage::Claimed(claim) = at.batch.stage.clone() else {
			return Err(Refusal::NotClaimed);
		};
		if account_view::<T>(&claim.worker) != receipt.worker {
			return Err(Refusal::WrongWorker);
		}
		if at.deadline().is_none_or(|deadline| Self::now() >= deadline) {
			return Err(Refusal::TooLate);
		}
		if !(1..=largest_sealed_batch(&at.job.spec, at.tasks)).contains(&receipt.sealed.len) {
			return Err(Refusal::ImplausibleSize);
		}
		Ok((at, claim))
	}

	/// Binds the worker. Says whether the batch's deadline had to be moved.
	///
	/// The signature is not verified a second time: the origin `Authorized` is made by the extension `AuthorizeCall`
	/// alone, out of a call to [`Self::authorize_receipt`] on this very call a moment before, in block execution as
	/// much as in the pool. (Root could forge the origin, and could as well write the storage.)
	pub(crate) fn do_submit_receipt(signed: &SignedReceipt) -> Result<bool, DispatchError> {
		let (mut at, claim) = Self::check_receipt(signed).map_err(|_| Error::<T>::Refused)?;
		let commitment = Commitment::new(&signed.receipt, Self::now(), Auditors::<T>::count());
		Self::await_seed(&commitment);
		Self::deposit_event(Event::ReceiptAccepted {
			job: at.id,
			batch: at.index,
			attempt: at.batch.attempt,
			worker: claim.worker.clone(),
			receipt: commitment.receipt,
		});
		let moved = at.file_by(Self::first_look(&at.job.spec.audit, &commitment));
		at.batch.stage = Stage::Committed(claim, commitment);
		at.save_batch();
		Ok(moved)
	}

	/// When to look at a batch whose seed is not known yet: not after any deadline the seed can bring.
	pub(crate) fn first_look(policy: &AuditPolicy, commitment: &Commitment) -> BlockNumber {
		let window = if policy.rate == AuditPolicy::EVERY_BATCH {
			T::AuditWindow::get()
		} else {
			T::AuditWindow::get().min(T::RevealWindow::get())
		};
		commitment.seed_block::<T>().saturating_add(window)
	}

	/// The hash of the chain's first block, which the system never forgets.
	pub(crate) fn genesis_hash() -> Hash {
		Hash(frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).0)
	}

	/// Reads a batch for a check by a transaction pool.
	pub(crate) fn load_for_refusal(job: JobId, batch: BatchIndex) -> Result<BatchAt<T>, Refusal> {
		BatchAt::<T>::load(job, batch).map_err(|error| match error {
			Error::UnknownJob => Refusal::UnknownJob,
			_ => Refusal::UnknownBatch,
		})
	}
}

/// What the longest possible results of a batch take when sealed: the manifest with its length, and for each task
/// status, fuel and output.
fn largest_sealed_batch(spec: &JobSpec, tasks: u32) -> u64 {
	const MANIFEST_LENGTH: u64 = 5;
	const STATUS_AND_FUEL: u64 = 14;
	let entry = u64::try_from(SealedEntry::max_encoded_len()).unwrap_or(u64::MAX);
	let output = u64::from(spec.limits.output_bytes.min(TaskLimits::MAX_OUTPUT_BYTES));
	let task = entry.saturating_add(STATUS_AND_FUEL).saturating_add(output);
	u64::from(tasks).saturating_mul(task).saturating_add(MANIFEST_LENGTH)
}
