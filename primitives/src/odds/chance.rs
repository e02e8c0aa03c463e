//! A probability in integers.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;

/// A probability, in parts per quintillion: 0 to [`Chance::PARTS`]. On screens and in JSON a decimal fraction such as
/// `0.4375`, without loss.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Chance(u64);

impl Decode for Chance {
	fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
		Self::from_parts(u64::decode(input)?).ok_or_else(|| "a chance above 1".into())
	}
}

impl Chance {
	/// Parts of certainty: 10^18.
	pub const PARTS: u64 = 1_000_000_000_000_000_000;
	/// It does not happen.
	pub const NEVER: Self = Self(0);
	/// It happens.
	pub const CERTAIN: Self = Self(Self::PARTS);
	/// Digits behind the point.
	const DIGITS: usize = 18;

	/// A chance of so many parts. `None` above [`Chance::PARTS`].
	pub const fn from_parts(parts: u64) -> Option<Self> {
		if parts > Self::PARTS {
			return None;
		}
		Some(Self(parts))
	}

	/// How many parts it has.
	pub const fn parts(self) -> u64 {
		self.0
	}

	/// The chance of the contrary. Exact.
	pub const fn complement(self) -> Self {
		// At most PARTS is stored.
		Self(Self::PARTS - self.0)
	}

	/// This chance times `numerator / denominator`, rounded down. The fraction counts as 1 if it is greater or its
	/// denominator is 0.
	pub fn scaled_floor(self, numerator: u64, denominator: u64) -> Self {
		if numerator >= denominator {
			return self;
		}
		Self::capped(u128::from(self.0) * u128::from(numerator) / u128::from(denominator))
	}

	/// This chance times `numerator / denominator`, rounded up. The fraction counts as 1 if it is greater or its
	/// denominator is 0.
	pub fn scaled_ceil(self, numerator: u64, denominator: u64) -> Self {
		if numerator >= denominator {
			return self;
		}
		Self::capped((u128::from(self.0) * u128::from(numerator)).div_ceil(u128::from(denominator)))
	}

	/// The chance that this and, independently, `other` happens, rounded up.
	pub fn and_ceil(self, other: Self) -> Self {
		self.scaled_ceil(other.0, Self::PARTS)
	}

	/// The chance that either this or `other` happens, which exclude each other. Exact, and at most certainty.
	pub fn or(self, other: Self) -> Self {
		Self::capped(u128::from(self.0) + u128::from(other.0))
	}

	/// This share of an amount, rounded down.
	pub fn of_amount(self, amount: Balance) -> Balance {
		let parts = Balance::from(Self::PARTS);
		let share = Balance::from(self.0);
		// `share` is at most `parts`: neither product leaves 128 bits, and the sum is at most `amount`.
		(amount / parts) * share + (amount % parts) * share / parts
	}

	fn capped(parts: u128) -> Self {
		Self(u64::try_from(parts).unwrap_or(Self::PARTS).min(Self::PARTS))
	}
}

impl fmt::Display for Chance {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (whole, fraction) = (self.0 / Self::PARTS, self.0 % Self::PARTS);
		if fraction == 0 {
			return write!(f, "{whole}");
		}
		let digits = alloc::format!("{fraction:0width$}", width = Self::DIGITS);
		write!(f, "{whole}.{}", digits.trim_end_matches('0'))
	}
}

/// Why a text is not a [`Chance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseChanceError {
	/// Not digits, with at most one point among them.
	Malformed,
	/// More than 18 digits behind the point.
	TooFine,
	/// Greater than 1.
	TooGreat,
}

impl fmt::Display for ParseChanceError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Malformed => "not a decimal fraction such as 0.25",
			Self::TooFine => "a chance has at most 18 digits behind the point",
			Self::TooGreat => "a chance is at most 1",
		})
	}
}

impl core::error::Error for ParseChanceError {}

impl FromStr for Chance {
	type Err = ParseChanceError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
		let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
		if !is_number(whole) || !is_number(fraction) {
			return Err(ParseChanceError::Malformed);
		}
		if fraction.len() > Self::DIGITS {
			return Err(ParseChanceError::TooFine);
		}
		let padded = alloc::format!("{fraction:0<width$}", width = Self::DIGITS);
		let whole = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(Self::PARTS));
		whole
			.zip(padded.parse().ok())
			.and_then(|(whole, fraction): (u64, u64)| Self::from_parts(whole.checked_add(fraction)?))
			.ok_or(ParseChanceError::TooGreat)
	}
}

#[cfg(feature = "serde")]
impl serde::Serialize for Chance {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Chance {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		<alloc::string::String as serde::Deserialize>::deserialize(deserializer)?
			.parse()
			.map_err(serde::de::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::string::ToString;
	use num_bigint::BigInt;
	use num_rational::BigRational;
	use proptest::prelude::*;

	#[test]
	fn text_keeps_every_digit() {
		for (parts, text) in [
			(0, "0"),
			(1, "0.000000000000000001"),
			(437_500_000_000_000_000, "0.4375"),
			(Chance::PARTS - 1, "0.999999999999999999"),
			(Chance::PARTS, "1"),
		] {
			let chance = Chance::from_parts(parts).unwrap();
			assert_eq!(chance.to_string(), text);
			assert_eq!(text.parse(), Ok(chance));
		}
		for (text, error) in [
			("", ParseChanceError::Malformed),
			(".5", ParseChanceError::Malformed),
			("5.", ParseChanceError::Malformed),
			("-0.5", ParseChanceError::Malformed),
			("0.5.5", ParseChanceError::Malformed),
			("1e-3", ParseChanceError::Malformed),
			("+1", ParseChanceError::Malformed),
			("0.0000000000000000001", ParseChanceError::TooFine),
			("1.000000000000000001", ParseChanceError::TooGreat),
			("99999999999999999999", ParseChanceError::TooGreat),
		] {
			assert_eq!(text.parse::<Chance>(), Err(error), "{text}");
		}
	}

	#[test]
	fn nothing_is_more_than_certain() {
		let too_much = (Chance::PARTS + 1).encode();
		assert!(Chance::decode(&mut &too_much[..]).is_err());
		assert_eq!(Chance::decode(&mut &Chance::CERTAIN.encode()[..]), Ok(Chance::CERTAIN));
		assert_eq!(Chance::CERTAIN.or(Chance::CERTAIN), Chance::CERTAIN);
		assert_eq!(Chance::CERTAIN.scaled_ceil(3, 2), Chance::CERTAIN);
		assert_eq!(Chance::CERTAIN.scaled_floor(3, 0), Chance::CERTAIN);
		assert!(serde_json::from_str::<Chance>("\"1.5\"").is_err());
	}

	fn rational(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
		BigRational::new(numerator.into(), denominator.into())
	}

	proptest! {
		#[test]
		fn rounding_goes_where_the_name_says(parts in 0..=Chance::PARTS, a: u64, b in 1u64.., amount: u128) {
			let chance = Chance::from_parts(parts).unwrap();
			let exact = rational(a.min(b), b) * BigInt::from(parts);
			prop_assert_eq!(BigInt::from(chance.scaled_floor(a, b).parts()), exact.floor().to_integer());
			prop_assert_eq!(BigInt::from(chance.scaled_ceil(a, b).parts()), exact.ceil().to_integer());
			let share = rational(parts, Chance::PARTS) * BigInt::from(amount);
			prop_assert_eq!(BigInt::from(chance.of_amount(amount)), share.floor().to_integer());
		}

		#[test]
		fn json_and_text_are_read_back(parts in 0..=Chance::PARTS) {
			let chance = Chance::from_parts(parts).unwrap();
			prop_assert_eq!(chance.to_string().parse(), Ok(chance));
			let json = serde_json::to_string(&chance).unwrap();
			prop_assert_eq!(serde_json::from_str::<Chance>(&json).unwrap(), chance);
		}
	}
}
