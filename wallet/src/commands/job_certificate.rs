//! `assay job certificate`.

use super::verify::{told, verdict};
use crate::{
	anchor,
	cli::Context,
	error::{Error, Exit},
	files,
	output::one_line,
};
use assay_primitives::{certificate::Verified, BatchIndex, JobId};
use codec::Encode;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// The batch's number within the job
	#[arg(value_name = "BATCH")]
	batch: BatchIndex,

	/// Where to write the certificate
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,

	/// Show how authority went over from set to set from this one on [default: the chain's first]
	#[arg(long, value_name = "NUMBER")]
	first_set: Option<u64>,

	#[command(flatten)]
	anchor: anchor::Options,
}

/// The certificate, for scripts.
#[derive(Debug, Serialize)]
struct Answer<'a> {
	verdict: &'static str,
	certificate: String,
	#[serde(flatten)]
	shows: &'a Verified,
}

/// Fetches and verifies a certificate. Here the node is believed what the chain's first block is, and nothing else.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let anchor = options.anchor.anchor()?;
	let client = context.connect().await?;
	let certificate = client.certificate(options.job, options.batch, options.first_set).await?;
	let found = (certificate.genesis, certificate.job, certificate.batch);
	if found != (client.genesis(), options.job, options.batch) {
		return Err(Error::OtherCertificate);
	}
	let shows = certificate.verify(anchor.as_ref())?;
	let bytes = certificate.encode();
	if let Some(path) = &options.out {
		files::write(path, &bytes).map_err(Error::CertificateFile)?;
	}
	let certificate = format!("0x{}", hex::encode(&bytes));
	context.output.json(&Answer { verdict: verdict(&shows), certificate, shows: &shows })?;
	context.output.line(told(&shows, anchor.as_ref()))?;
	if let Some(path) = &options.out {
		let path = one_line(&path.display().to_string());
		context.output.line(format_args!(
			"\nWritten to {path}, {} bytes. Anybody can check it with: assay verify {path}",
			bytes.len()
		))?;
	}
	Ok(Exit::Done)
}
