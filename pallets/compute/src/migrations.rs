//! How what older versions of this pallet left in storage becomes what this one expects.
//!
//! The version in storage is the `STORAGE_VERSION` of the code that wrote it; genesis sets it.
//! Version 1 is the first, so there is nothing to migrate yet.
//!
//! A change to what is stored, the order or meaning of fields and variants included, comes with:
//! 1. a higher `STORAGE_VERSION` in `lib.rs`;
//! 2. a module here named after both versions, such as `v1_to_v2`, with the types as they were, and an
//!    [`UncheckedOnRuntimeUpgrade`](frame_support::traits::UncheckedOnRuntimeUpgrade) that translates, within the weight it
//!    returns: what grows with the chain has to be translated in steps over several blocks;
//! 3. a [`VersionedMigration`](frame_support::migrations::VersionedMigration) around it, which runs it on exactly that
//!    version and raises the version in storage, in the runtime's `Migrations`; it stays there until every chain has it;
//! 4. a test with storage as the old version wrote it, and `do_try_state` afterwards; and a higher `spec_version`.

#[cfg(test)]
mod tests {
	use crate::{
		mock::{empty_chain, Test},
		Pallet,
	};
	use frame_support::traits::{GetStorageVersion, StorageVersion};

	#[test]
	fn genesis_sets_the_version() {
		empty_chain().execute_with(|| {
			assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(1));
			assert_eq!(Pallet::<Test>::on_chain_storage_version(), Pallet::<Test>::in_code_storage_version());
		});
	}
}
