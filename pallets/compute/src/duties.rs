//! What a worker owes the chain, and what shows that it cheated, goes before everything else in a block.

use crate::{batch::BatchAt, Call, Config, Pallet};
use assay_primitives::BlockNumber;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
	pallet_prelude::{TransactionSource, ValidTransaction},
	storage::{with_transaction, TransactionOutcome},
	traits::{IsSubType, OriginTrait, UnfilteredDispatchable},
	weights::Weight,
	CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{DispatchInfoOf, Dispatchable, Implication, TransactionExtension, ValidateResult},
	transaction_validity::TransactionPriority,
	DispatchError,
};

/// Above what is fee-less, which is above what anybody would pay in tips.
const DUTY_PRIORITY: TransactionPriority = 1 << 63;
/// How much being due a block earlier counts. Leaves room below for the block of the check.
const BLOCK_STEP: TransactionPriority = 1 << 24;

/// Has transaction pools prefer the reveals and answers that workers owe: a worker that is late is slashed, so nobody may be
/// able to keep it out of blocks. And what contests a revealed batch: a challenge that is late lets a lie be paid, and a cheat
/// that fills blocks until its window ends must not gain by it.
///
/// Preferred is what would succeed now, once for each batch, and what is due first goes first. So nothing can be made up to
/// get in front of others; there is never more of it than there are batches that auditors have reported on, or results
/// that somebody paid to demand. Blocks may hold anything else: the extension has no part in whether a transaction is
/// valid, does nothing while a block is executed, and weighs nothing there.
///
/// Has to come after the extensions that check signer, nonce and fee.
#[derive(
	Encode, Decode, DecodeWithMemTracking, CloneNoBound, EqNoBound, PartialEqNoBound, DebugNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct DutiesFirst<T>(PhantomData<T>);

impl<T> DutiesFirst<T> {
	/// The extension. It has no parameters.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> Default for DutiesFirst<T> {
	fn default() -> Self {
		Self::new()
	}
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for DutiesFirst<T>
where
	T::RuntimeCall: Dispatchable<RuntimeOrigin = T::RuntimeOrigin> + IsSubType<Call<T>>,
{
	const IDENTIFIER: &'static str = "DutiesFirst";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, _call: &T::RuntimeCall) -> Weight {
		Weight::zero()
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let validity = match source {
			TransactionSource::InBlock => None,
			TransactionSource::Local | TransactionSource::External => {
				call.is_sub_type().and_then(|call| Pallet::<T>::duty(&origin, call))
			},
		};
		Ok((validity.unwrap_or_default(), (), origin))
	}

	impl_tx_ext_default!(T::RuntimeCall; prepare);
}

impl<T: Config> Pallet<T> {
	/// How to prefer a call with which a worker does what it has to, or somebody what has to come before a batch is paid;
	/// `None` for every other.
	fn duty(origin: &T::RuntimeOrigin, call: &Call<T>) -> Option<ValidTransaction> {
		let (job, batch, is_owed) = match call {
			Call::reveal { job, batch, .. }
			| Call::answer { job, batch, .. }
			| Call::answer_demand { job, batch, .. } => (job, batch, true),
			// Not what proves wrong sealing, which may be long: whoever convicts its own workers could fill blocks with it. A
			// challenge about the same convicts them, too.
			Call::challenge { job, batch, .. } | Call::demand_batch { job, batch } => (job, batch, false),
			_ => return None,
		};
		origin.as_signer()?;
		let at = BatchAt::<T>::load(*job, *batch).ok()?;
		let due = at.deadline()?;
		let succeeds = with_transaction(|| {
			let outcome = call.clone().dispatch_bypass_filter(origin.clone());
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(outcome.is_ok()))
		});
		succeeds.ok().filter(|succeeds| *succeeds)?;
		let validity = ValidTransaction::with_tag_prefix("AssayDuty")
			.priority(duty_priority(due, Self::now()))
			// A second one for the same batch would fail, and have taken the place of somebody else's.
			.and_provides((at.id, at.index, at.batch.attempt, is_owed));
		validity.build().ok()
	}
}

/// What is due first goes first. Later blocks give a higher priority, for the reason given at [`Pallet::fee_less`].
fn duty_priority(due: BlockNumber, now: BlockNumber) -> TransactionPriority {
	let urgency = TransactionPriority::from(BlockNumber::MAX.saturating_sub(due));
	DUTY_PRIORITY
		.saturating_add(urgency.saturating_mul(BLOCK_STEP))
		.saturating_add(TransactionPriority::from(now) % BLOCK_STEP)
}
