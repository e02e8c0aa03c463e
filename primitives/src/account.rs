//! Accounts: sr25519 public keys, shown as SS58 addresses.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A 32-byte account. In JSON and on screens an SS58 address with prefix [`crate::SS58_PREFIX`].
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct AccountId(pub [u8; 32]);

impl From<[u8; 32]> for AccountId {
	fn from(bytes: [u8; 32]) -> Self {
		Self(bytes)
	}
}

impl From<AccountId> for [u8; 32] {
	fn from(account: AccountId) -> Self {
		account.0
	}
}

#[cfg(not(feature = "serde"))]
impl core::fmt::Debug for AccountId {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		core::fmt::Display::fmt(&crate::Hash(self.0), f)
	}
}

#[cfg(feature = "serde")]
mod ss58 {
	use super::AccountId;
	use crate::SS58_PREFIX;
	use alloc::{string::String, vec::Vec};
	use blake2::{Blake2b512, Digest};

	/// Why a text is not an address.
	#[derive(Clone, Copy, Debug, PartialEq, Eq)]
	pub enum AddressError {
		/// Not base 58, or not 35 bytes long.
		Malformed,
		/// The address belongs to another network.
		OtherNetwork,
		/// A typing error: the checksum does not fit.
		WrongChecksum,
	}

	impl core::fmt::Display for AddressError {
		fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
			f.write_str(match self {
				Self::Malformed => "not an SS58 address",
				Self::OtherNetwork => "an address of another network",
				Self::WrongChecksum => "the address's checksum is wrong: is there a typing error in it?",
			})
		}
	}

	impl core::error::Error for AddressError {}

	fn checksum(body: &[u8]) -> [u8; 2] {
		let digest = Blake2b512::new().chain_update(b"SS58PRE").chain_update(body).finalize();
		[digest[0], digest[1]]
	}

	impl AccountId {
		/// The account's SS58 address.
		pub fn to_ss58(&self) -> String {
			// Prefixes below 64 are one byte.
			let prefix = SS58_PREFIX.to_le_bytes()[0];
			let mut bytes: Vec<u8> = [&[prefix], &self.0[..]].concat();
			bytes.extend(checksum(&bytes));
			bs58::encode(bytes).into_string()
		}

		/// The account behind an SS58 address.
		pub fn from_ss58(address: &str) -> Result<Self, AddressError> {
			let mut bytes = [0u8; 36];
			let length = bs58::decode(address).onto(&mut bytes).map_err(|_| AddressError::Malformed)?;
			let bytes: &[u8; 35] =
				bytes.get(..length).and_then(|b| b.try_into().ok()).ok_or(AddressError::Malformed)?;
			let (body, sum) = bytes.split_at(33);
			if checksum(body) != sum {
				return Err(AddressError::WrongChecksum);
			}
			if u16::from(bytes[0]) != SS58_PREFIX {
				return Err(AddressError::OtherNetwork);
			}
			body[1..].try_into().map(Self).map_err(|_| AddressError::Malformed)
		}
	}

	impl core::fmt::Display for AccountId {
		fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
			f.write_str(&self.to_ss58())
		}
	}

	impl core::fmt::Debug for AccountId {
		fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
			f.write_str(&self.to_ss58())
		}
	}

	impl core::str::FromStr for AccountId {
		type Err = AddressError;

		fn from_str(address: &str) -> Result<Self, Self::Err> {
			Self::from_ss58(address)
		}
	}

	impl serde::Serialize for AccountId {
		fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
			serializer.collect_str(self)
		}
	}

	impl<'de> serde::Deserialize<'de> for AccountId {
		fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
			let text = String::deserialize(deserializer)?;
			Self::from_ss58(&text).map_err(serde::de::Error::custom)
		}
	}

	#[cfg(test)]
	mod tests {
		use super::*;

		/// The development account everybody knows as Alice.
		const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

		#[test]
		fn an_address_is_read_and_written() {
			let alice = AccountId::from_ss58(ALICE).unwrap();
			assert_eq!(
				hex::encode(alice.0),
				"d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
			);
			assert_eq!(alice.to_ss58(), ALICE);
		}

		#[test]
		fn a_wrong_address_says_what_is_wrong() {
			let typo = ALICE.replace("Qp", "Qq");
			assert_eq!(AccountId::from_ss58(&typo), Err(AddressError::WrongChecksum));
			assert_eq!(AccountId::from_ss58("0x00"), Err(AddressError::Malformed));
			assert_eq!(AccountId::from_ss58(""), Err(AddressError::Malformed));
			let polkadot = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";
			assert_eq!(AccountId::from_ss58(polkadot), Err(AddressError::OtherNetwork));
		}
	}
}

#[cfg(feature = "serde")]
pub use ss58::AddressError;
