//! The calls that users of the chain make.

use crate::SessionKeys;
use assay_primitives::{
	audit::Opening,
	sealing::{BatchKey, SealedOpening},
	AccountId, Balance, BatchIndex, JobId, JobSpec, SignedReceipt, TaskIndex,
};
use codec::{Compact, Encode};
use subxt::ext::{
	scale_decode::visitor::{decode_with_visitor, IgnoreVisitor},
	scale_encode::{EncodeAsFields, Error as EncodeError, FieldIter, TypeResolver},
};

/// A name, and the number that stands for it in transactions.
type Numbered = (&'static str, u8);

const BALANCES: Numbered = ("Balances", 4);
const CANDIDATES: Numbered = ("Candidates", 6);
const SESSION: Numbered = ("Session", 7);
const COMPUTE: Numbered = ("Compute", 20);

/// A call. Its place in the runtime is looked up by name in the metadata of the node at hand, and has to be the one that is
/// known here: a node that lies about it would have something else signed. The arguments are checked against what
/// that metadata says about them before anything is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
	/// Posts a job and pays for it.
	PostJob(JobSpec),
	/// Ends a job of one's own: what nobody has claimed is refunded.
	CancelJob(JobId),
	/// Adds to the stake a worker has.
	BondWorker(Balance),
	/// Asks for some of the free stake back.
	UnbondWorker(Balance),
	/// Takes what has been unbonding for long enough.
	WithdrawUnbonded,
	/// Claims the next batches of a job.
	Claim {
		/// The job.
		job: JobId,
		/// How many batches.
		count: u32,
	},
	/// Opens an audited batch.
	Reveal {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// Its key.
		key: BatchKey,
		/// The outcome of every sampled task, with its proof.
		openings: Vec<Opening>,
	},
	/// Opens the sampled tasks of a batch whose audit ran out.
	Answer {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// The outcome of every sampled task, with its proof.
		openings: Vec<Opening>,
	},
	/// Pays the worker of a revealed batch at once.
	Accept {
		/// The job, one's own.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// Has the validators run a task again, against a bond.
	Challenge {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// What the worker committed to.
		opening: Opening,
	},
	/// Demands that the worker put a result onto the chain, for a fee.
	Demand {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// The task.
		task: TaskIndex,
	},
	/// Asks all validators whether the sealed results of a batch of one's own job can be had, for a fee.
	DemandBatch {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// Shows a result that was demanded.
	AnswerDemand {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// The outcome, with its proof.
		opening: Opening,
		/// The sealed result, with its proof.
		sealed: SealedOpening,
	},
	/// Shows that a worker sealed something else than its result.
	ProveMissealed {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// The outcome, with its proof.
		opening: Opening,
		/// The sealed result, with its proof.
		sealed: SealedOpening,
	},
	/// Shows that a worker signed two receipts for one attempt.
	ReportDoubleReceipt {
		/// One.
		first: Box<SignedReceipt>,
		/// Another.
		second: Box<SignedReceipt>,
	},
	/// Adds to the stake an auditor has.
	BondAuditor(Balance),
	/// Asks for some of the auditor's stake back.
	UnbondAuditor(Balance),
	/// Takes what of the auditor's stake has been unbonding for long enough.
	WithdrawAuditor,
	/// Pays the worker of a batch whose challenge window is over.
	Settle {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// Moves on a batch whose deadline has passed.
	Expire {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// Ends a job that has expired.
	ExpireJob(JobId),
	/// Registers the session keys that a node has made for the account.
	SetSessionKeys(SessionKeys),
	/// Becomes a candidate for validator.
	RegisterCandidate,
	/// Stops being one.
	LeaveCandidacy,
	/// Changes the bond of one's candidacy.
	SetCandidacyBond(Balance),
	/// Sends money, and refuses to empty the sender's account.
	Transfer {
		/// Who gets it.
		to: AccountId,
		/// How much.
		amount: Balance,
	},
}

impl Call {
	/// The pallet and the call, as the runtime names them.
	pub fn path(&self) -> (&'static str, &'static str) {
		let ((pallet, _), (call, _)) = self.place();
		(pallet, call)
	}

	/// The numbers of pallet and call, with which its encoding begins.
	pub fn numbers(&self) -> [u8; 2] {
		let ((_, pallet), (_, call)) = self.place();
		[pallet, call]
	}

	/// Pallet and call, each with the number that it has for ever.
	fn place(&self) -> (Numbered, Numbered) {
		match self {
			Self::PostJob(_) => (COMPUTE, ("post_job", 0)),
			Self::CancelJob(_) => (COMPUTE, ("cancel_job", 1)),
			Self::BondWorker(_) => (COMPUTE, ("bond_worker", 2)),
			Self::UnbondWorker(_) => (COMPUTE, ("unbond_worker", 3)),
			Self::WithdrawUnbonded => (COMPUTE, ("withdraw_unbonded", 4)),
			Self::Claim { .. } => (COMPUTE, ("claim", 5)),
			Self::Reveal { .. } => (COMPUTE, ("reveal", 8)),
			Self::Answer { .. } => (COMPUTE, ("answer", 12)),
			Self::Accept { .. } => (COMPUTE, ("accept", 13)),
			Self::Challenge { .. } => (COMPUTE, ("challenge", 14)),
			Self::Demand { .. } => (COMPUTE, ("demand", 16)),
			Self::DemandBatch { .. } => (COMPUTE, ("demand_batch", 24)),
			Self::AnswerDemand { .. } => (COMPUTE, ("answer_demand", 17)),
			Self::ProveMissealed { .. } => (COMPUTE, ("prove_missealed", 18)),
			Self::ReportDoubleReceipt { .. } => (COMPUTE, ("report_double_receipt", 19)),
			Self::BondAuditor(_) => (COMPUTE, ("bond_auditor", 20)),
			Self::UnbondAuditor(_) => (COMPUTE, ("unbond_auditor", 21)),
			Self::WithdrawAuditor => (COMPUTE, ("withdraw_auditor", 22)),
			Self::Settle { .. } => (COMPUTE, ("settle", 9)),
			Self::Expire { .. } => (COMPUTE, ("expire", 10)),
			Self::ExpireJob(_) => (COMPUTE, ("expire_job", 11)),
			Self::SetSessionKeys(_) => (SESSION, ("set_keys", 0)),
			Self::RegisterCandidate => (CANDIDATES, ("register_as_candidate", 3)),
			Self::LeaveCandidacy => (CANDIDATES, ("leave_intent", 4)),
			Self::SetCandidacyBond(_) => (CANDIDATES, ("update_bond", 7)),
			Self::Transfer { .. } => (BALANCES, ("transfer_keep_alive", 3)),
		}
	}

	/// The SCALE encoding of the arguments.
	pub fn arguments(&self) -> Vec<u8> {
		match self {
			Self::PostJob(spec) => spec.encode(),
			Self::CancelJob(job) | Self::ExpireJob(job) => job.encode(),
			Self::BondWorker(amount)
			| Self::UnbondWorker(amount)
			| Self::BondAuditor(amount)
			| Self::UnbondAuditor(amount)
			| Self::SetCandidacyBond(amount) => amount.encode(),
			Self::WithdrawUnbonded
			| Self::WithdrawAuditor
			| Self::RegisterCandidate
			| Self::LeaveCandidacy => Vec::new(),
			Self::SetSessionKeys(made) => [made.keys.clone(), made.proof.encode()].concat(),
			Self::Claim { job, count } => (job, count).encode(),
			Self::Reveal { job, batch, key, openings } => (job, batch, key, openings).encode(),
			Self::Answer { job, batch, openings } => (job, batch, openings).encode(),
			Self::Challenge { job, batch, opening } => (job, batch, opening).encode(),
			Self::Demand { job, batch, task } => (job, batch, task).encode(),
			Self::AnswerDemand { job, batch, opening, sealed }
			| Self::ProveMissealed { job, batch, opening, sealed } => (job, batch, opening, sealed).encode(),
			Self::ReportDoubleReceipt { first, second } => (first, second).encode(),
			Self::Settle { job, batch }
			| Self::Expire { job, batch }
			| Self::Accept { job, batch }
			| Self::DemandBatch { job, batch } => (job, batch).encode(),
			// The first variant of a `MultiAddress` is the account itself.
			Self::Transfer { to, amount } => (0u8, to, Compact(*amount)).encode(),
		}
	}
}

impl std::fmt::Display for Call {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let (pallet, call) = self.path();
		write!(f, "{pallet}.{call}")
	}
}

/// A call in the form subxt takes.
pub(crate) struct Payload {
	path: (&'static str, &'static str),
	arguments: Arguments,
}

impl From<&Call> for Payload {
	fn from(call: &Call) -> Self {
		Self { path: call.path(), arguments: Arguments(call.arguments()) }
	}
}

impl subxt::tx::Payload for Payload {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		self.path.0
	}

	fn call_name(&self) -> &str {
		self.path.1
	}

	fn call_data(&self) -> &Self::CallData {
		&self.arguments
	}
}

/// Arguments that are encoded already.
pub(crate) struct Arguments(Vec<u8>);

/// The runtime's idea of a call's arguments is not this program's.
#[derive(Debug, thiserror::Error)]
#[error("the runtime takes other arguments: {0}")]
struct OtherArguments(String);

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		fields: &mut dyn FieldIter<'_, R::TypeId>,
		types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		let mut rest = self.0.as_slice();
		for field in fields {
			decode_with_visitor(&mut rest, field.id, types, IgnoreVisitor::<R>::new())
				.map_err(|error| EncodeError::custom(OtherArguments(error.to_string())))?;
		}
		if !rest.is_empty() {
			return Err(EncodeError::custom(OtherArguments(format!("{} bytes less", rest.len()))));
		}
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use scale_info::{meta_type, PortableRegistry, Registry};
	use subxt::ext::scale_encode::Field;

	fn encode(call: &Call, types: Vec<scale_info::MetaType>) -> Result<Vec<u8>, EncodeError> {
		let mut registry = Registry::new();
		let ids: Vec<u32> = registry.register_types(types).into_iter().map(|symbol| symbol.id).collect();
		let registry: PortableRegistry = registry.into();
		let mut fields = ids.into_iter().map(Field::unnamed);
		let mut out = Vec::new();
		Arguments(call.arguments()).encode_as_fields_to(&mut fields, &registry, &mut out).map(|()| out)
	}

	#[test]
	fn arguments_that_fit_the_metadata_are_passed_on_as_they_are() {
		let openings = vec![Opening {
			task: 9,
			outcome: assay_primitives::TaskOutcome::new(assay_primitives::TaskStatus::Trapped, b"", 5)
				.unwrap(),
			proof: vec![Default::default(); 3],
		}];
		let call = Call::Reveal { job: 1, batch: 2, key: [3; 32], openings };
		let types = vec![
			meta_type::<u64>(),
			meta_type::<u32>(),
			meta_type::<[u8; 32]>(),
			meta_type::<Vec<Opening>>(),
		];
		assert_eq!(encode(&call, types).unwrap(), call.arguments());
	}

	#[test]
	fn arguments_that_do_not_fit_are_not_signed() {
		let call = Call::Claim { job: 1, count: 2 };
		assert!(encode(&call, vec![meta_type::<u64>(), meta_type::<u32>()]).is_ok());
		assert!(encode(&call, vec![meta_type::<u64>()]).is_err());
		assert!(encode(&call, vec![meta_type::<u64>(), meta_type::<u64>()]).is_err());
		assert!(encode(&call, vec![meta_type::<u64>(), meta_type::<u32>(), meta_type::<u8>()]).is_err());
	}
}
