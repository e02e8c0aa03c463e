//! No files, no network, no signals: the kernel's Landlock, as far as it has it.

use landlock::{
	Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope, ABI,
};

/// The newest set of rights the crate knows. A kernel that knows fewer denies those it knows.
const NEWEST: ABI = ABI::V10;

/// Denies this thread, and those it starts, every right that Landlock can deny, and tells the version that did it.
///
/// # Errors
///
/// Why nothing was denied.
pub(super) fn restrict() -> Result<u8, String> {
	// Nothing is added to the rules: whatever they cover is denied.
	let restricted = Ruleset::default()
		.handle_access(AccessFs::from_all(NEWEST))
		.and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
		.and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
		.and_then(Ruleset::create)
		.and_then(|rules| rules.restrict_self())
		.map_err(|error| error.to_string())?;
	match (restricted.ruleset, restricted.landlock) {
		(RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => Err("it is not enabled at boot".into()),
		(RulesetStatus::NotEnforced, _) => Err("the kernel does not have it".into()),
		(_, LandlockStatus::Available { effective_abi, .. }) => Ok(effective_abi as u8),
		(_, status) => Err(format!("its status is {status:?}")),
	}
}
