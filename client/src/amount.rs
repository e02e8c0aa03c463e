//! Money as people write it: tokens with up to twelve decimal places, exact, without floating point.

use assay_primitives::{Balance, TOKEN_DECIMALS, TOKEN_SYMBOL};
use std::{fmt, str::FromStr};

/// The smallest units in one token.
const UNIT: Balance = 10u128.pow(TOKEN_DECIMALS as u32);

/// An amount of money, in the smallest unit. Written as tokens: `0.5 ASY`, or `0.5` with the alternate flag (`{:#}`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Balance);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
	/// Something other than digits and one point.
	#[error("not an amount: write tokens as in 10 or 0.5")]
	Malformed,
	/// Money that does not exist.
	#[error("too precise: a token has {TOKEN_DECIMALS} decimal places")]
	TooPrecise,
	/// More than there can ever be.
	#[error("too large an amount")]
	TooLarge,
}

impl FromStr for Amount {
	type Err = AmountError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let number = text.trim();
		let number = number.strip_suffix(TOKEN_SYMBOL).unwrap_or(number).trim_end();
		let (tokens, places) = number.split_once('.').unwrap_or((number, "0"));
		let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
		if !is_number(tokens) || !is_number(places) {
			return Err(AmountError::Malformed);
		}
		let places = places.trim_end_matches('0');
		if places.len() > usize::from(TOKEN_DECIMALS) {
			return Err(AmountError::TooPrecise);
		}
		let places = format!("{places:0<width$}", width = usize::from(TOKEN_DECIMALS));
		// Digits only: the one way left to fail is overflow.
		let units = |digits: &str| digits.parse::<Balance>().map_err(|_| AmountError::TooLarge);
		units(tokens)?
			.checked_mul(UNIT)
			.and_then(|whole| whole.checked_add(units(&places).ok()?))
			.map(Self)
			.ok_or(AmountError::TooLarge)
	}
}

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (tokens, rest) = (self.0 / UNIT, self.0 % UNIT);
		write!(f, "{tokens}")?;
		if rest > 0 {
			let places = format!("{rest:0width$}", width = usize::from(TOKEN_DECIMALS));
			write!(f, ".{}", places.trim_end_matches('0'))?;
		}
		if f.alternate() {
			return Ok(());
		}
		write!(f, " {TOKEN_SYMBOL}")
	}
}

impl From<Balance> for Amount {
	fn from(units: Balance) -> Self {
		Self(units)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_read_exactly() {
		for (text, units) in [
			("10", 10 * UNIT),
			("0", 0),
			("0.5", UNIT / 2),
			("0.000000000001", 1),
			("00.10", UNIT / 10),
			(" 3.25 ASY ", 3 * UNIT + UNIT / 4),
			("1ASY", UNIT),
			("1.0000000000000000", UNIT),
			("340282366920938463463374607.431768211455", Balance::MAX),
		] {
			assert_eq!(text.parse(), Ok(Amount(units)), "{text}");
		}
	}

	#[test]
	fn what_is_no_amount_is_refused() {
		use AmountError::{Malformed, TooLarge, TooPrecise};
		for (text, error) in [
			("", Malformed),
			("ASY", Malformed),
			(".", Malformed),
			("1.", Malformed),
			(".5", Malformed),
			("-1", Malformed),
			("+1", Malformed),
			("1e3", Malformed),
			("1,5", Malformed),
			("1 000", Malformed),
			("1.2.3", Malformed),
			("٣", Malformed),
			("0.0000000000001", TooPrecise),
			("340282366920938463463374607.431768211456", TooLarge),
			("340282366920938463463374608", TooLarge),
			("9999999999999999999999999999999999999999999", TooLarge),
		] {
			assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
		}
	}

	#[test]
	fn an_amount_reads_back_as_it_is_shown() {
		for units in [0, 1, UNIT - 1, UNIT, UNIT + 1, 1_234_567_890_123_456, Balance::MAX] {
			let amount = Amount(units);
			assert_eq!(amount.to_string().parse(), Ok(amount));
			assert_eq!(format!("{amount:#}").parse(), Ok(amount));
		}
		assert_eq!(Amount(UNIT / 2).to_string(), "0.5 ASY");
		assert_eq!(format!("{:#}", Amount(10 * UNIT)), "10");
	}
}
