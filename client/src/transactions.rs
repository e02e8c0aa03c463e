//! Signing calls, handing them to the pool, and following them until they are in a block.

use crate::{
	calls::Payload, client::AtBlock, events, Call, ChainEvent, Client, ComputeEvent, DispatchFailure,
};
use crate::{Error, Keys};
use assay_primitives::{Balance, BlockNumber, Hash, JobId};
use std::{fmt::Display, time::Duration};
use subxt::{
	config::{
		substrate::{SubstrateConfig, SubstrateExtrinsicParamsBuilder},
		Hasher,
	},
	error::DispatchError,
	events::{Events, Phase},
	rpcs::{
		client::{rpc_params, RpcSubscription},
		methods::legacy::TransactionStatus,
	},
	tx::SubmittableTransaction,
	utils::{AccountId32, H256},
};

/// Blocks for which a signed transaction is valid.
pub(crate) const MORTALITY: u64 = 64;
/// How far below the best block a transaction is born at least, so that no small fork buries it.
const BIRTH_DEPTH: BlockNumber = 16;
/// How long a transaction may take to reach a block. Its mortality has ended by then.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(240);
/// How long it may take to become final.
const FINALITY_TIMEOUT: Duration = Duration::from_secs(600);
/// How often a transaction is signed anew because another one of the account came first.
const NONCE_ATTEMPTS: usize = 4;

/// Codes with which a node's pool refuses transactions.
pub(crate) mod pool {
	pub(super) const INVALID: i32 = 1010;
	pub(super) const UNKNOWN_VALIDITY: i32 = 1011;
	pub(crate) const TEMPORARILY_BANNED: i32 = 1012;
	pub(crate) const ALREADY_IMPORTED: i32 = 1013;
	pub(super) const TOO_LOW_PRIORITY: i32 = 1014;
	pub(super) const CYCLE: i32 = 1015;
	pub(super) const IMMEDIATELY_DROPPED: i32 = 1016;
}

/// How the answer to a rehearsal begins, if the transaction is valid and its call fails: the variants of two `Result`s.
const REHEARSED_AND_FAILED: [u8; 2] = [0, 1];

type Statuses = RpcSubscription<TransactionStatus<H256>>;
pub(crate) type Transaction =
	SubmittableTransaction<SubstrateConfig, subxt::client::OnlineClientAtBlockImpl<SubstrateConfig>>;

/// How far to follow a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inclusion {
	/// Into a block, which a fork may still revert.
	BestBlock,
	/// Into a block that is final.
	Finalized,
}

/// A transaction that reached a block and succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
	/// Its hash.
	pub transaction: Hash,
	/// The block it is in.
	pub block: Hash,
	/// That block's height.
	pub number: BlockNumber,
	/// What it did.
	pub events: Vec<ChainEvent>,
}

impl Submitted {
	/// What it did to jobs, batches and workers.
	pub fn compute_events(&self) -> impl Iterator<Item = &ComputeEvent> {
		self.events.iter().filter_map(|event| match event {
			ChainEvent::Compute(event) => Some(event),
			ChainEvent::Other { .. } => None,
		})
	}

	/// The job it posted, if it posted one.
	pub fn posted_job(&self) -> Option<JobId> {
		self.compute_events().find_map(|event| match event {
			ComputeEvent::JobPosted { job, .. } => Some(*job),
			_ => None,
		})
	}
}

impl Client {
	/// Signs a call, hands it to the node's pool and follows it.
	///
	/// Any number of calls of one account can be under way: each takes the nonce after those the node knows of.
	///
	/// # Errors
	///
	/// [`Error::Dispatch`] if the call was carried out and failed; [`Error::Refused`], [`Error::Invalid`],
	/// [`Error::Usurped`] and [`Error::Dropped`] if it was not; with [`Error::TimedOut`] and
	/// [`Error::ConnectionLost`] one does not know.
	pub async fn submit(&self, keys: &Keys, call: &Call, until: Inclusion) -> Result<Submitted, Error> {
		let (transaction, statuses) = self.hand_in(keys, call).await?;
		let timeout = match until {
			Inclusion::BestBlock => INCLUSION_TIMEOUT,
			Inclusion::Finalized => FINALITY_TIMEOUT,
		};
		let block = tokio::time::timeout(timeout, follow(statuses, call, until))
			.await
			.map_err(|_| Error::TimedOut { what: format!("the transaction {call}"), after: timeout })??;
		self.outcome(call, transaction.encoded(), block).await
	}

	/// What a call would cost now.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn estimate_fee(&self, keys: &Keys, call: &Call) -> Result<Balance, Error> {
		let transaction = self.sign(keys, call).await?;
		let fee = transaction.partial_fee_estimate().await;
		fee.map_err(|error| Error::from_subxt("the fee", error))
	}

	/// Has the node carry a call out on the best block as it is, and forget what that did: what fails then would cost its
	/// fee for nothing.
	///
	/// # Errors
	///
	/// [`Error::WouldFail`]; those of any request to the node. What the node cannot tell is no error.
	pub async fn rehearse(&self, keys: &Keys, call: &Call) -> Result<(), Error> {
		let transaction = self.sign(keys, call).await?;
		let encoded = format!("0x{}", hex::encode(transaction.encoded()));
		let answer =
			self.request::<String>("state_call", rpc_params!["BlockBuilder_apply_extrinsic", encoded]);
		let answer = match answer.await {
			Err(Error::Rpc { .. }) => return Ok(()),
			answer => hex::decode(answer?.trim_start_matches("0x")).unwrap_or_default(),
		};
		match answer.strip_prefix(&REHEARSED_AND_FAILED) {
			None => Ok(()),
			Some(error) => {
				let at = self.at_finalized().await?;
				let error = DispatchError::decode_from(error, at.metadata())
					.map_err(|error| Error::from_subxt("the call's error", error))?;
				Err(Error::WouldFail(DispatchFailure::new(&call.to_string(), &error)))
			},
		}
	}

	async fn hand_in(&self, keys: &Keys, call: &Call) -> Result<(Transaction, Statuses), Error> {
		let _turn = self.submission_turn(keys.account()).await;
		let mut attempt = 1;
		loop {
			let transaction = self.sign(keys, call).await?;
			let error = match self.methods().author_submit_and_watch_extrinsic(transaction.encoded()).await {
				Ok(statuses) => return Ok((transaction, statuses)),
				Err(error) => refusal(call, Error::from_raw("author_submitAndWatchExtrinsic", error)),
			};
			if attempt == NONCE_ATTEMPTS || !is_about_nonce(&error) {
				return Err(error);
			}
			tracing::debug!(target: "client", "{call}: {error}; signing it anew");
			attempt += 1;
			tokio::time::sleep(Duration::from_millis(500)).await;
		}
	}

	async fn sign(&self, keys: &Keys, call: &Call) -> Result<Transaction, Error> {
		Ok(self.sign_within(keys, call).await?.0)
	}

	/// Signs a call, and tells its nonce and the block it is valid from.
	pub(crate) async fn sign_within(
		&self,
		keys: &Keys,
		call: &Call,
	) -> Result<(Transaction, u64, BlockNumber), Error> {
		let at = self.at_finalized().await?;
		let account = AccountId32(keys.account().0);
		let nonce: u64 = self.request("system_accountNextIndex", rpc_params![account]).await?;
		let (birth, birth_hash) = self.birth(&at).await?;
		let parameters = SubstrateExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(MORTALITY, birth.into(), birth_hash)
			.build();
		let payload = Payload::from(call);
		ensure_means(call, &at.tx().call_data(&payload).map_err(|error| incompatible(call, &error))?)?;
		at.tx()
			.create_signable_offline(&payload, parameters)
			.and_then(|mut transaction| transaction.sign(keys))
			.map(|transaction| (transaction, nonce, birth))
			.map_err(|error| incompatible(call, &error))
	}

	/// The block a new transaction is valid from: the final one, or a later one if finality lags.
	async fn birth(&self, finalized: &AtBlock) -> Result<(BlockNumber, H256), Error> {
		let last = BlockNumber::try_from(finalized.block_number()).unwrap_or(BlockNumber::MAX);
		let recent = self.best_block().await?.saturating_sub(BIRTH_DEPTH);
		if recent <= last {
			return Ok((last, finalized.block_hash()));
		}
		match self.block_hash(recent).await? {
			Some(hash) => Ok((recent, H256(hash.0))),
			None => Ok((last, finalized.block_hash())),
		}
	}

	/// What became of a transaction in a block.
	pub(crate) async fn outcome(
		&self,
		call: &(dyn Display + Sync),
		transaction: &[u8],
		block: H256,
	) -> Result<Submitted, Error> {
		let what = "the transaction's block";
		let at = self.at(block).await?;
		let body = self
			.methods()
			.chain_get_block(Some(block))
			.await
			.map_err(|error| Error::from_raw("chain_getBlock", error))?;
		let extrinsics = body.map(|body| body.block.extrinsics).unwrap_or_default();
		let index = extrinsics
			.iter()
			.position(|extrinsic| extrinsic.0 == transaction)
			.and_then(|index| u32::try_from(index).ok())
			.ok_or_else(|| Error::MalformedAnswer {
				method: "chain_getBlock".into(),
				reason: format!("{call} is not in the block it is said to be in"),
			})?;
		let events = at.events().fetch().await.map_err(|error| Error::from_subxt(what, error))?;
		if let Some(failure) = failure(call, &at, &events, index)? {
			return Err(failure.into());
		}
		Ok(Submitted {
			transaction: Hash(at.hasher().hash(transaction).0),
			block: Hash(block.0),
			number: BlockNumber::try_from(at.block_number()).unwrap_or(BlockNumber::MAX),
			events: events::read(&events, Some(index))?,
		})
	}
}

fn incompatible(call: &Call, reason: &dyn Display) -> Error {
	Error::Incompatible { reason: format!("{call}: {reason}") }
}

/// Makes sure that what is about to be signed is the call, and not another one that the node calls by its name.
fn ensure_means(call: &Call, encoded: &[u8]) -> Result<(), Error> {
	let expected = [&call.numbers()[..], &call.arguments()].concat();
	if encoded == expected {
		return Ok(());
	}
	Err(incompatible(call, &"the node gives another number for it; use a node you trust"))
}

/// Waits for the block asked for.
async fn follow(mut statuses: Statuses, call: &Call, until: Inclusion) -> Result<H256, Error> {
	while let Some(status) = statuses.next().await {
		match status.map_err(|error| Error::from_raw("author_submitAndWatchExtrinsic", error))? {
			TransactionStatus::InBlock(block) if until == Inclusion::BestBlock => return Ok(block),
			TransactionStatus::Finalized(block) => return Ok(block),
			TransactionStatus::Usurped(_) => return Err(Error::Usurped { call: call.to_string() }),
			TransactionStatus::Dropped => return Err(Error::Dropped { call: call.to_string() }),
			TransactionStatus::Invalid => return Err(Error::Invalid { call: call.to_string() }),
			TransactionStatus::FinalityTimeout(_) => {
				return Err(Error::TimedOut { what: format!("finality of {call}"), after: FINALITY_TIMEOUT })
			},
			TransactionStatus::Retracted(block) => {
				tracing::debug!(target: "client", "{call}: block {block:?} was reverted, waiting for another");
			},
			_ => (),
		}
	}
	Err(Error::ConnectionLost { reason: format!("the node stopped telling about {call}") })
}

/// The error a transaction ended with, if it did.
fn failure(
	call: &(dyn Display + Sync),
	at: &AtBlock,
	events: &Events<SubstrateConfig>,
	index: u32,
) -> Result<Option<DispatchFailure>, Error> {
	for event in events.iter() {
		let event = event.map_err(|error| Error::from_subxt("the transaction's events", error))?;
		let is_failure = event.phase() == Phase::ApplyExtrinsic(index)
			&& (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed");
		if is_failure {
			let error = DispatchError::decode_from(event.field_bytes(), at.metadata())
				.map_err(|error| Error::from_subxt("the transaction's error", error))?;
			return Ok(Some(DispatchFailure::new(&call.to_string(), &error)));
		}
	}
	Ok(None)
}

/// A refusal by the pool, in its own words.
pub(crate) fn refusal(call: &dyn Display, error: Error) -> Error {
	let Error::Rpc { code, message, data, .. } = &error else { return error };
	let call = call.to_string();
	match *code {
		pool::IMMEDIATELY_DROPPED => Error::Dropped { call },
		pool::INVALID
		| pool::UNKNOWN_VALIDITY
		| pool::TEMPORARILY_BANNED
		| pool::ALREADY_IMPORTED
		| pool::TOO_LOW_PRIORITY
		| pool::CYCLE => {
			let detail = match data {
				Some(serde_json::Value::String(detail)) => format!("{message}: {detail}"),
				Some(detail) => format!("{message}: {detail}"),
				None => message.clone(),
			};
			Error::Refused { call, message: detail }
		},
		_ => error,
	}
}

/// Whether another transaction took the nonce.
pub(crate) fn is_about_nonce(error: &Error) -> bool {
	let Error::Refused { message, .. } = error else { return false };
	let message = message.to_ascii_lowercase();
	["outdated", "stale", "priority is too low", "already imported"].iter().any(|hint| message.contains(hint))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn rpc(code: i32, message: &str, data: Option<&str>) -> Error {
		Error::Rpc {
			method: "author_submitAndWatchExtrinsic".into(),
			code,
			message: message.into(),
			data: data.map(Into::into),
		}
	}

	#[test]
	fn a_refusal_carries_the_reason() {
		let call = Call::WithdrawUnbonded;
		let error = refusal(&call, rpc(1010, "Invalid Transaction", Some("Inability to pay some fees")));
		assert_eq!(
			error.to_string(),
			"the node refused the transaction Compute.withdraw_unbonded: Invalid Transaction: Inability to pay some \
			 fees"
		);
		assert!(!is_about_nonce(&error));
		assert!(matches!(refusal(&call, rpc(1016, "Immediately Dropped", None)), Error::Dropped { .. }));
		assert!(matches!(refusal(&call, rpc(-32_601, "Method not found", None)), Error::Rpc { .. }));
	}

	#[test]
	fn another_call_by_the_same_name_is_not_signed() {
		let call = Call::BondWorker(7);
		let bonding = [&[20, 2][..], &7u128.to_le_bytes()].concat();
		ensure_means(&call, &bonding).unwrap();
		let unbonding = [&[20, 3][..], &7u128.to_le_bytes()].concat();
		let elsewhere = [&[21, 2][..], &7u128.to_le_bytes()].concat();
		let more = [&bonding[..], &[0]].concat();
		for other in [unbonding, elsewhere, more, Vec::new()] {
			let error = ensure_means(&call, &other).unwrap_err();
			assert!(error.to_string().contains("Compute.bond_worker"), "{error}");
		}
	}

	#[test]
	fn a_taken_nonce_is_recognised() {
		let call = Call::WithdrawUnbonded;
		for error in [
			rpc(1010, "Invalid Transaction", Some("Transaction is outdated")),
			rpc(1014, "Priority is too low: (1 vs 1)", Some("The transaction has too low priority")),
			rpc(1013, "Transaction Already Imported", None),
		] {
			assert!(is_about_nonce(&refusal(&call, error)));
		}
		assert!(!is_about_nonce(&Error::Dropped { call: "x".into() }));
	}
}
