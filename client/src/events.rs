//! What calls and blocks did, as the chain tells it.

use crate::Error;
use assay_primitives::{AccountId, Attempt, Balance, BatchIndex, BlockNumber, Hash, JobId, TaskIndex};
use subxt::{
	events::{Events, Phase},
	ext::scale_value::{Composite, Value, ValueDef},
	SubstrateConfig,
};

/// An event of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainEvent {
	/// One of the pallet that jobs, batches and workers live in.
	Compute(ComputeEvent),
	/// Any other.
	Other {
		/// The pallet.
		pallet: String,
		/// The event's name.
		name: String,
	},
}

/// Something happened to a job, a batch or a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names and types say, here as in the pallet")]
pub enum ComputeEvent {
	/// A job was posted and paid for.
	JobPosted { job: JobId, requester: AccountId, escrow: Balance },
	/// A job was ended by its requester.
	JobCancelled { job: JobId },
	/// A job ended because its time was up.
	JobExpired { job: JobId },
	/// Every batch of a job is settled or refunded.
	JobClosed { job: JobId, refunded: Balance },
	/// A worker added to its stake.
	WorkerBonded { worker: AccountId, amount: Balance, stake: Balance },
	/// A worker has a batch to run.
	BatchClaimed {
		job: JobId,
		batch: BatchIndex,
		attempt: Attempt,
		worker: AccountId,
		bond: Balance,
		deadline: BlockNumber,
	},
	/// A worker handed in a batch.
	ReceiptAccepted { job: JobId, batch: BatchIndex, attempt: Attempt, worker: AccountId, receipt: Hash },
	/// A worker opened an audited batch, and everything agreed.
	BatchRevealed { job: JobId, batch: BatchIndex, attempt: Attempt, worker: AccountId },
	/// An auditor got another result than the worker.
	AuditMismatch { job: JobId, batch: BatchIndex, attempt: Attempt, task: TaskIndex },
	/// A batch can be claimed again, as this attempt.
	BatchReopened { job: JobId, batch: BatchIndex, attempt: Attempt, reason: String },
	/// A worker was paid.
	BatchSettled { job: JobId, batch: BatchIndex, worker: AccountId, paid: Balance },
	/// A batch's money went back to the requester.
	BatchRefunded { job: JobId, batch: BatchIndex, amount: Balance },
	/// A worker missed the deadline of a claim.
	ClaimPenalised { job: JobId, batch: BatchIndex, worker: AccountId, amount: Balance },
	/// A worker lost its bond.
	WorkerSlashed {
		job: JobId,
		batch: BatchIndex,
		worker: AccountId,
		burned: Balance,
		rewarded: Balance,
		compensation: Balance,
	},
	/// Validators run a task again.
	DisputeOpened { job: JobId, batch: BatchIndex, attempt: Attempt, task: TaskIndex, challenged: bool },
	/// A dispute has ended. `verdict`: what it says, if there was one.
	DisputeDecided {
		job: JobId,
		batch: BatchIndex,
		attempt: Attempt,
		task: TaskIndex,
		verdict: Option<String>,
	},
	/// A worker has to put a result onto the chain.
	ResultDemanded { job: JobId, batch: BatchIndex, task: TaskIndex, deadline: BlockNumber },
	/// It did, and some of the fee went back.
	DemandAnswered { job: JobId, batch: BatchIndex, task: TaskIndex, returned: Balance },
	/// Validators have to say whether they can get the sealed results of a batch.
	BatchDemanded { job: JobId, batch: BatchIndex, attempt: Attempt, fee: Balance, deadline: BlockNumber },
	/// They can, and some of the fee went back.
	BatchHeld { job: JobId, batch: BatchIndex, burned: Balance, returned: Balance },
	/// A challenger was wrong and lost its bond.
	ChallengeLost { job: JobId, batch: BatchIndex, burned: Balance, compensation: Balance },
	/// Somebody was rewarded for helping to convict a worker.
	ReporterRewarded { job: JobId, batch: BatchIndex, reporter: AccountId, amount: Balance },
	/// An auditor was convicted of a wrong report.
	AuditorSlashed {
		job: JobId,
		batch: BatchIndex,
		auditor: AccountId,
		burned: Balance,
		compensation: Balance,
	},
	/// An auditor committed an offence as a validator, and lost stake.
	OffenderSlashed { auditor: AccountId, burned: Balance },
	/// A worker paid for the receipts and reports that a claim draws: `burned` is destroyed.
	StatementsPaid { job: JobId, worker: AccountId, burned: Balance },
	/// One that this program does not know, or knows with other fields.
	Other { name: String },
}

/// An event's fields, by name.
struct Fields(Composite<()>);

impl Fields {
	fn get(&self, name: &str) -> Option<&Value<()>> {
		match &self.0 {
			Composite::Named(fields) => {
				fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
			},
			Composite::Unnamed(_) => None,
		}
	}

	fn number<T: TryFrom<u128>>(&self, name: &str) -> Option<T> {
		T::try_from(self.get(name)?.as_u128()?).ok()
	}

	fn bytes<T: From<[u8; 32]>>(&self, name: &str) -> Option<T> {
		let mut bytes = Vec::new();
		collect_bytes(self.get(name)?, &mut bytes)?;
		<[u8; 32]>::try_from(bytes).ok().map(T::from)
	}

	/// What is inside an `Option`, if something is.
	fn option(&self, name: &str) -> Option<Option<&Value<()>>> {
		match &self.get(name)?.value {
			ValueDef::Variant(variant) => match variant.name.as_str() {
				"Some" => variant.values.values().next().map(Some),
				"None" => Some(None),
				_ => None,
			},
			_ => None,
		}
	}

	fn variant(&self, name: &str) -> Option<String> {
		variant_name(self.get(name)?)
	}
}

fn variant_name(value: &Value<()>) -> Option<String> {
	match &value.value {
		ValueDef::Variant(variant) => Some(variant.name.clone()),
		_ => None,
	}
}

/// The bytes in an array, however many structs it is wrapped in.
fn collect_bytes(value: &Value<()>, bytes: &mut Vec<u8>) -> Option<()> {
	match &value.value {
		ValueDef::Composite(composite) => {
			composite.values().try_for_each(|inner| collect_bytes(inner, bytes))
		},
		_ => {
			bytes.push(u8::try_from(value.as_u128()?).ok()?);
			Some(())
		},
	}
}

impl ComputeEvent {
	fn read(name: &str, fields: Composite<()>) -> Self {
		Self::known(name, &Fields(fields)).unwrap_or_else(|| Self::Other { name: name.into() })
	}

	fn known(name: &str, fields: &Fields) -> Option<Self> {
		let job = fields.number("job");
		let batch = fields.number("batch");
		let attempt = fields.number("attempt");
		let worker = fields.bytes("worker");
		Some(match name {
			"JobPosted" => Self::JobPosted {
				job: job?,
				requester: fields.bytes("requester")?,
				escrow: fields.number("escrow")?,
			},
			"JobCancelled" => Self::JobCancelled { job: job? },
			"JobExpired" => Self::JobExpired { job: job? },
			"JobClosed" => Self::JobClosed { job: job?, refunded: fields.number("refunded")? },
			"WorkerBonded" => Self::WorkerBonded {
				worker: worker?,
				amount: fields.number("amount")?,
				stake: fields.number("stake")?,
			},
			"BatchClaimed" => Self::BatchClaimed {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				worker: worker?,
				bond: fields.number("bond")?,
				deadline: fields.number("deadline")?,
			},
			"ReceiptAccepted" => Self::ReceiptAccepted {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				worker: worker?,
				receipt: fields.bytes("receipt")?,
			},
			"BatchRevealed" => {
				Self::BatchRevealed { job: job?, batch: batch?, attempt: attempt?, worker: worker? }
			},
			"AuditMismatch" => Self::AuditMismatch {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				task: fields.number("task")?,
			},
			"BatchReopened" => Self::BatchReopened {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				reason: fields.variant("reason")?,
			},
			"BatchSettled" => {
				Self::BatchSettled { job: job?, batch: batch?, worker: worker?, paid: fields.number("paid")? }
			},
			"BatchRefunded" => {
				Self::BatchRefunded { job: job?, batch: batch?, amount: fields.number("amount")? }
			},
			"ClaimPenalised" => Self::ClaimPenalised {
				job: job?,
				batch: batch?,
				worker: worker?,
				amount: fields.number("amount")?,
			},
			"WorkerSlashed" => Self::WorkerSlashed {
				job: job?,
				batch: batch?,
				worker: worker?,
				burned: fields.number("burned")?,
				rewarded: fields.number("rewarded")?,
				compensation: fields.number("compensation")?,
			},
			"DisputeOpened" => Self::DisputeOpened {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				task: fields.number("task")?,
				challenged: fields.option("challenger")?.is_some(),
			},
			"DisputeDecided" => Self::DisputeDecided {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				task: fields.number("task")?,
				verdict: match fields.option("ruling")? {
					None => None,
					Some(ruling) => Some(variant_name(ruling)?),
				},
			},
			"ResultDemanded" => Self::ResultDemanded {
				job: job?,
				batch: batch?,
				task: fields.number("task")?,
				deadline: fields.number("deadline")?,
			},
			"DemandAnswered" => Self::DemandAnswered {
				job: job?,
				batch: batch?,
				task: fields.number("task")?,
				returned: fields.number("returned")?,
			},
			"BatchDemanded" => Self::BatchDemanded {
				job: job?,
				batch: batch?,
				attempt: attempt?,
				fee: fields.number("fee")?,
				deadline: fields.number("deadline")?,
			},
			"BatchHeld" => Self::BatchHeld {
				job: job?,
				batch: batch?,
				burned: fields.number("burned")?,
				returned: fields.number("returned")?,
			},
			"ChallengeLost" => Self::ChallengeLost {
				job: job?,
				batch: batch?,
				burned: fields.number("burned")?,
				compensation: fields.number("compensation")?,
			},
			"ReporterRewarded" => Self::ReporterRewarded {
				job: job?,
				batch: batch?,
				reporter: fields.bytes("reporter")?,
				amount: fields.number("amount")?,
			},
			"OffenderSlashed" => {
				Self::OffenderSlashed { auditor: fields.bytes("auditor")?, burned: fields.number("burned")? }
			},
			"AuditorSlashed" => Self::AuditorSlashed {
				job: job?,
				batch: batch?,
				auditor: fields.bytes("auditor")?,
				burned: fields.number("burned")?,
				compensation: fields.number("compensation")?,
			},
			"StatementsPaid" => {
				Self::StatementsPaid { job: job?, worker: worker?, burned: fields.number("burned")? }
			},
			_ => return None,
		})
	}
}

/// The events of a block, or those of one of its transactions.
pub(crate) fn read(
	events: &Events<SubstrateConfig>,
	transaction: Option<u32>,
) -> Result<Vec<ChainEvent>, Error> {
	let mut read = Vec::new();
	for event in events.iter() {
		let event = event.map_err(|error| Error::from_subxt("the block's events", error))?;
		if transaction.is_some_and(|index| event.phase() != Phase::ApplyExtrinsic(index)) {
			continue;
		}
		read.push(match event.pallet_name() {
			"Compute" => {
				let fields = event
					.decode_fields_unchecked_as::<Composite<()>>()
					.map_err(|error| Error::from_subxt("the block's events", error))?;
				ChainEvent::Compute(ComputeEvent::read(event.event_name(), fields))
			},
			pallet => ChainEvent::Other { pallet: pallet.into(), name: event.event_name().into() },
		});
	}
	Ok(read)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn account(byte: u8) -> Value<()> {
		Value::unnamed_composite([Value::from_bytes([byte; 32])])
	}

	fn claimed() -> Vec<(&'static str, Value<()>)> {
		vec![
			("deadline", Value::u128(99)),
			("job", Value::u128(3)),
			("batch", Value::u128(7)),
			("attempt", Value::u128(1)),
			("worker", account(5)),
			("bond", Value::u128(u128::MAX)),
		]
	}

	#[test]
	fn fields_are_found_by_name() {
		let event = ComputeEvent::read("BatchClaimed", Composite::named(claimed()));
		assert_eq!(
			event,
			ComputeEvent::BatchClaimed {
				job: 3,
				batch: 7,
				attempt: 1,
				worker: AccountId([5; 32]),
				bond: u128::MAX,
				deadline: 99
			}
		);
		let reopened = Composite::named([
			("job", Value::u128(3)),
			("batch", Value::u128(7)),
			("attempt", Value::u128(2)),
			("reason", Value::unnamed_variant("Mismatch", [])),
		]);
		let ComputeEvent::BatchReopened { reason, .. } = ComputeEvent::read("BatchReopened", reopened) else {
			panic!("not recognised")
		};
		assert_eq!(reason, "Mismatch");
	}

	#[test]
	fn verdicts_are_told_by_name() {
		let event = |ruling: Value<()>, challenger: Value<()>| {
			let fields = |extra: (&'static str, Value<()>)| {
				let mut fields = claimed();
				fields.push(("task", Value::u128(9)));
				fields.push(extra);
				Composite::named(fields)
			};
			(
				ComputeEvent::read("DisputeDecided", fields(("ruling", ruling))),
				ComputeEvent::read("DisputeOpened", fields(("challenger", challenger))),
			)
		};
		let some = |value| Value::unnamed_variant("Some", [value]);
		let none = || Value::unnamed_variant("None", []);
		let leaf = Value::unnamed_variant("Leaf", [Value::from_bytes([1; 32])]);
		let decided =
			|verdict| ComputeEvent::DisputeDecided { job: 3, batch: 7, attempt: 1, task: 9, verdict };
		let opened =
			|challenged| ComputeEvent::DisputeOpened { job: 3, batch: 7, attempt: 1, task: 9, challenged };
		assert_eq!(event(some(leaf), some(account(1))), (decided(Some("Leaf".into())), opened(true)));
		assert_eq!(event(none(), none()), (decided(None), opened(false)));
	}

	#[test]
	fn what_does_not_fit_is_kept_by_name() {
		let other = |name: &str| ComputeEvent::Other { name: name.into() };
		assert_eq!(ComputeEvent::read("Unheard", Composite::named(claimed())), other("Unheard"));
		for missing in 0..6 {
			let mut fields = claimed();
			fields.remove(missing);
			assert_eq!(ComputeEvent::read("BatchClaimed", Composite::named(fields)), other("BatchClaimed"));
		}
		let mut fields = claimed();
		fields[2].1 = Value::u128(1 << 40);
		assert_eq!(ComputeEvent::read("BatchClaimed", Composite::named(fields)), other("BatchClaimed"));
		let mut fields = claimed();
		fields[4].1 = Value::from_bytes([5; 31]);
		assert_eq!(ComputeEvent::read("BatchClaimed", Composite::named(fields)), other("BatchClaimed"));
	}
}
