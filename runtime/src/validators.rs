//! Who validates.
//!
//! The validators of genesis stay until root removes them. Everybody else can become a candidate: with session keys,
//! with the stake of an auditor, and with a bond for the candidacy. The candidates with the highest bonds validate. A
//! candidate leaves when it wants to, or because it produces no blocks any more, or because its stake is gone.
//!
//! Equivocation costs a share of all of that stake. The bond of a candidate comes back as soon as it leaves; the stake of
//! an auditor answers for as long as unbonding takes, which is how long an equivocation can be reported.

use crate::{
	configs::{EpochSlots, AUDITOR_UNBONDING_PERIOD},
	AccountId, Balances, Candidates, Compute, Historical, Runtime, Session, EPOCH_SLOTS,
};
use alloc::vec::Vec;
use frame_support::{
	traits::{ReservableCurrency, ValidatorRegistration},
	weights::Weight,
};
use pallet_collator_selection::{CandidateList, Invulnerables, LastAuthoredBlock};
use pallet_session::{historical, SessionManager};
use sp_runtime::{traits::Convert, Perbill};
use sp_staking::{
	offence::{OffenceDetails, OffenceSeverity, OnOffenceHandler},
	SessionIndex,
};

const LOG_TARGET: &str = "runtime::validators";

/// Sessions whose validators can still be proved to have been validators: all in which stake that was there may still be
/// unbonding, and two more, because keys are set and chosen two sessions ahead.
pub const SESSIONS_KEPT: u32 = (AUDITOR_UNBONDING_PERIOD as u64).div_ceil(EPOCH_SLOTS) as u32 + 2;

/// Who may be a candidate: accounts with session keys and with the stake of an auditor.
pub struct Registration;

impl ValidatorRegistration<AccountId> for Registration {
	fn is_registered(account: &AccountId) -> bool {
		Session::is_registered(account) && Compute::is_bonded_auditor(account)
	}
}

/// Chooses the validators of each session.
pub struct Selection;

impl Selection {
	/// Candidates whose stake as auditors was withdrawn or slashed do not go on.
	fn dismiss_without_stake() {
		for candidate in CandidateList::<Runtime>::get() {
			if !Compute::is_bonded_auditor(&candidate.who) {
				dismiss(&candidate.who);
			}
		}
	}
}

impl SessionManager<AccountId> for Selection {
	fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
		Self::dismiss_without_stake();
		<Candidates as SessionManager<AccountId>>::new_session(index)
	}

	fn start_session(index: SessionIndex) {
		<Candidates as SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Candidates as SessionManager<AccountId>>::end_session(index);
		// Shorter sessions, as in networks for tests, are more sessions for the same time.
		let epochs = u64::from(SESSIONS_KEPT).saturating_mul(EPOCH_SLOTS) / EpochSlots::get().max(1);
		let kept = u32::try_from(epochs).unwrap_or(u32::MAX);
		Historical::prune_up_to(index.saturating_sub(kept));
	}
}

impl historical::SessionManager<AccountId, ()> for Selection {
	fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		let chosen = <Self as SessionManager<AccountId>>::new_session(index)?;
		Some(chosen.into_iter().map(|account| (account, ())).collect())
	}

	fn start_session(index: SessionIndex) {
		<Self as SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Self as SessionManager<AccountId>>::end_session(index)
	}
}

/// Strikes an account off the list of candidates. Its bond comes back, as far as it was not slashed before.
fn dismiss(account: &AccountId) {
	CandidateList::<Runtime>::mutate(|candidates| {
		candidates.retain(|candidate| {
			let stays = candidate.who != *account;
			if !stays {
				Balances::unreserve(account, candidate.deposit);
				LastAuthoredBlock::<Runtime>::remove(account);
			}
			stays
		});
	});
}

/// Punishes validators that equivocate: they lose a share of everything they have at stake, do nothing for the rest of
/// the session, and are candidates no longer.
///
/// The share grows with the number of those who do it together: one in a hundred by accident loses next to nothing, a
/// third of all at once everything.
pub struct Punishment;

type Offender = OffenceDetails<AccountId, historical::IdentificationTuple<Runtime>>;

impl OnOffenceHandler<AccountId, historical::IdentificationTuple<Runtime>, Weight> for Punishment {
	fn on_offence(offenders: &[Offender], shares: &[Perbill], _session: SessionIndex) -> Weight {
		let mut weight = Weight::zero();
		for (offender, share) in offenders.iter().zip(shares) {
			let account = &offender.offender.0;
			slash_candidate(account, *share);
			if let Err(error) = Compute::slash_offender(account, *share) {
				log::error!(target: LOG_TARGET, "{account:?} committed an offence and cannot be slashed: {error:?}");
			}
			Session::report_offence(account.clone(), OffenceSeverity(*share));
			if !Invulnerables::<Runtime>::get().contains(account) {
				dismiss(account);
			}
			weight.saturating_accrue(<Runtime as frame_system::Config>::DbWeight::get().reads_writes(8, 8));
		}
		weight
	}
}

/// Takes a share of the bond of a candidate, and destroys it.
fn slash_candidate(account: &AccountId, share: Perbill) {
	CandidateList::<Runtime>::mutate(|candidates| {
		for candidate in candidates.iter_mut().filter(|candidate| candidate.who == *account) {
			let wanted = share * candidate.deposit;
			let (_destroyed, missing) = Balances::slash_reserved(account, wanted);
			// Reserves and holds of an account are one number to the balances pallet: more than is left of the bond must
			// never be given back.
			candidate.deposit = candidate.deposit.saturating_sub(wanted.saturating_sub(missing));
		}
	});
}

/// All that is to be known of a validator besides its account: nothing.
pub struct NoIdentification;

impl Convert<AccountId, Option<()>> for NoIdentification {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}
