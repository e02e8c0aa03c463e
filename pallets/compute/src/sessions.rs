//! The auditors of a session, as the session pallet hands them over.

use crate::{crypto::AuditorId, Auditors, Config, Pallet, LOG_TARGET};
use alloc::vec::Vec;
use assay_primitives::audit::AuditorKey;
use frame_support::traits::{Get, OneSessionHandler};
use sp_core::sr25519;
use sp_runtime::BoundToRuntimeAppPublic;

impl<T: Config> Pallet<T> {
	fn set_auditors(auditors: Vec<(T::AccountId, AuditorId)>) {
		let limit = usize::try_from(T::MaxAuditors::get()).unwrap_or(usize::MAX);
		if auditors.len() > limit {
			log::error!(
				target: LOG_TARGET,
				"{} validators, but only {limit} can audit: MaxAuditors needs to be raised",
				auditors.len(),
			);
		}
		// Never more than `MaxAuditors`.
		let _ = Auditors::<T>::clear(u32::MAX, None);
		for (account, key) in auditors.into_iter().take(limit) {
			Auditors::<T>::insert(key_bytes(key), account);
		}
	}
}

fn key_bytes(key: AuditorId) -> AuditorKey {
	sr25519::Public::from(key).0
}

impl<T: Config> BoundToRuntimeAppPublic for Pallet<T> {
	type Public = AuditorId;
}

impl<T: Config> OneSessionHandler<T::AccountId> for Pallet<T> {
	type Key = AuditorId;

	fn on_genesis_session<'a, I>(validators: I)
	where
		I: Iterator<Item = (&'a T::AccountId, AuditorId)> + 'a,
	{
		Self::set_auditors(validators.map(|(account, key)| (account.clone(), key)).collect());
	}

	fn on_new_session<'a, I>(changed: bool, validators: I, _queued: I)
	where
		I: Iterator<Item = (&'a T::AccountId, AuditorId)> + 'a,
	{
		if changed {
			Self::set_auditors(validators.map(|(account, key)| (account.clone(), key)).collect());
		}
	}

	/// A validator is disabled for an offence against block production or finality, which says nothing of its audits.
	/// Shutting it out would let whoever provokes an offence choose the auditors of what is under way.
	fn on_disabled(_validator_index: u32) {}
}
