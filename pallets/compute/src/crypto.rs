//! The audit key: one of the session keys of a validator.

use sp_core::crypto::KeyTypeId;

/// How keystores file audit keys.
pub const AUDIT_KEY_TYPE: KeyTypeId = KeyTypeId(*b"audt");

#[allow(missing_docs)]
mod app {
	use sp_application_crypto::{app_crypto, sr25519};

	app_crypto!(sr25519, super::AUDIT_KEY_TYPE);
}

/// An auditor's public key.
pub type AuditorId = app::Public;
/// A signature made with an audit key.
pub type AuditorSignature = app::Signature;
#[cfg(feature = "std")]
/// An audit key with its secret half.
pub type AuditorPair = app::Pair;
