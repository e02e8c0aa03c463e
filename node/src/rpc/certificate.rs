//! `compute_getCertificate`: what convinces somebody without a node that a batch was audited and accepted.

use crate::certificate::{Certifier, CertifyError};
use assay_primitives::{certificate::Verified, BatchIndex, JobId};
use codec::Encode;
use jsonrpsee::{core::RpcResult, proc_macros::rpc, types::ErrorObjectOwned};
use serde::Serialize;
use serde_json::{json, Value};
use std::sync::Arc;

/// The answer to `compute_getCertificate`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateAnswer {
	/// `0x` and the SCALE encoding in hexadecimal.
	certificate: String,
	/// What it shows.
	shows: Verified,
}

/// Certificates over JSON-RPC.
#[rpc(server)]
pub(crate) trait CertificateRpc {
	/// The certificate of a batch that is revealed or settled in the last final block. It shows how authority went over
	/// from set to set from `first_set` on, by default from the chain's first.
	#[method(name = "compute_getCertificate", blocking)]
	fn certificate(
		&self,
		job: JobId,
		batch: BatchIndex,
		first_set: Option<u64>,
	) -> RpcResult<CertificateAnswer>;
}

/// Serves [`CertificateRpcServer`].
pub(crate) struct Certificates {
	certifier: Arc<Certifier>,
}

impl Certificates {
	/// Serves what `certifier` makes.
	pub(crate) fn new(certifier: Arc<Certifier>) -> Self {
		Self { certifier }
	}
}

impl CertificateRpcServer for Certificates {
	fn certificate(
		&self,
		job: JobId,
		batch: BatchIndex,
		first_set: Option<u64>,
	) -> RpcResult<CertificateAnswer> {
		let (certificate, shows) = self.certifier.certify(job, batch, first_set)?;
		Ok(CertificateAnswer { certificate: format!("0x{}", hex::encode(certificate.encode())), shows })
	}
}

impl CertifyError {
	fn code(&self) -> i32 {
		match self {
			Self::UnknownJob(_) => -32101,
			Self::UnknownBatch { .. } => -32102,
			Self::LaterSet { .. } => -32104,
			Self::NoState { .. } => -32106,
			Self::NotAccepted { .. } | Self::NothingFinal => -32110,
			Self::NoBlock(_) | Self::TooLong { .. } | Self::NotFound { .. } | Self::NoLineage(_) => -32111,
			Self::Database(_) | Self::Unsound(_) => -32112,
		}
	}

	/// What a program needs to act on the error.
	fn data(&self) -> Value {
		match self {
			Self::UnknownJob(job) => json!({ "job": job }),
			Self::UnknownBatch { job, batch } => json!({ "job": job, "batch": batch }),
			Self::NotAccepted { job, batch, stage, block } => {
				json!({ "job": job, "batch": batch, "stage": stage, "block": block })
			},
			Self::NoState { block, .. }
			| Self::NoBlock(block)
			| Self::TooLong { block, .. }
			| Self::NotFound { block, .. } => json!({ "block": block }),
			Self::LaterSet { asked, needed } => json!({ "asked": asked, "needed": needed }),
			Self::NoLineage(set) => json!({ "set": set }),
			Self::NothingFinal | Self::Database(_) | Self::Unsound(_) => Value::Null,
		}
	}
}

impl From<CertifyError> for ErrorObjectOwned {
	fn from(error: CertifyError) -> Self {
		if matches!(error, CertifyError::Database(_) | CertifyError::Unsound(_)) {
			log::error!(target: "rpc", "{error}");
		}
		ErrorObjectOwned::owned(
			error.code(),
			error.to_string(),
			Some(error.data()).filter(|data| !data.is_null()),
		)
	}
}
