//! The validators of a session and the auditors among them, as the session pallet hands them over.

use crate::{crypto::AuditorId, types::ValidatorRecord, Auditors, Config, Pallet, Validators, LOG_TARGET};
use alloc::{collections::BTreeMap, vec::Vec};
use assay_primitives::audit::AuditorKey;
use frame_support::traits::{Get, OneSessionHandler};
use sp_core::sr25519;
use sp_runtime::BoundToRuntimeAppPublic;

impl<T: Config> Pallet<T> {
	fn set_validators(validators: Vec<(T::AccountId, AuditorId)>) {
		let limit = usize::try_from(T::MaxAuditors::get()).unwrap_or(usize::MAX);
		if validators.len() > limit {
			log::error!(
				target: LOG_TARGET,
				"{} validators, but only {limit} can audit: MaxAuditors needs to be raised",
				validators.len(),
			);
		}
		let now = Self::now();
		// Never more than `MaxAuditors`.
		let before: BTreeMap<_, _> = Validators::<T>::drain()
			.map(|(key, ValidatorRecord { account, since, key_since })| (account, (key, since, key_since)))
			.collect();
		for (account, key) in validators.into_iter().take(limit) {
			let key = key_bytes(key);
			let (since, key_since) = match before.get(&account) {
				Some((same, since, key_since)) if *same == key => (*since, *key_since),
				Some((_, since, _)) => (*since, now),
				None => (now, now),
			};
			Validators::<T>::insert(key, ValidatorRecord { account, since, key_since });
		}
		Self::choose_auditors();
	}

	/// The validators whose stake answers for their reports audit. All of them vote in disputes.
	pub(crate) fn choose_auditors() {
		let _ = Auditors::<T>::clear(u32::MAX, None);
		for (key, ValidatorRecord { account, .. }) in Validators::<T>::iter() {
			if Self::is_bonded_auditor(&account) {
				Auditors::<T>::insert(key, account);
			}
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
		Self::set_validators(validators.map(|(account, key)| (account.clone(), key)).collect());
	}

	fn on_new_session<'a, I>(changed: bool, validators: I, _queued: I)
	where
		I: Iterator<Item = (&'a T::AccountId, AuditorId)> + 'a,
	{
		if changed {
			Self::set_validators(validators.map(|(account, key)| (account.clone(), key)).collect());
		} else {
			Self::choose_auditors();
		}
	}

	/// A validator is disabled for an offence against block production or finality, which says nothing of its audits.
	/// Shutting it out would let whoever provokes an offence choose the auditors of what is under way.
	fn on_disabled(_validator_index: u32) {}
}
