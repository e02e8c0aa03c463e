//! `assay verify`: whether a certificate holds, without a node.

use crate::{
	anchor,
	cli::Context,
	error::{Error, Exit},
	files,
	output::{count, one_line, Facts},
};
use assay_primitives::certificate::{Anchor, Certificate, Decision, Verified};
use codec::DecodeAll;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The certificate, as `assay job certificate` writes it
	#[arg(value_name = "FILE")]
	file: PathBuf,

	#[command(flatten)]
	anchor: anchor::Options,
}

/// Bytes that a certificate can have: those that a node sends in one answer, in hexadecimal.
const MAX_BYTES: u64 = 32 << 20;

/// A certificate that holds, for scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
	/// `trusted`, or `unanchored` if nobody has compared the authorities with any known ones.
	verdict: &'static str,
	#[serde(flatten)]
	shows: &'a Verified,
}

/// Verifies a certificate.
pub(crate) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let anchor = options.anchor.anchor()?;
	let bytes = files::read(&options.file, MAX_BYTES).map_err(Error::CertificateFile)?;
	let certificate = decode(&options.file, bytes)?;
	let verified = certificate.verify(anchor.as_ref())?;
	context.output.json(&Answer { verdict: verdict(&verified), shows: &verified })?;
	context.output.line(told(&verified, anchor.as_ref()))?;
	Ok(if verified.trusted { Exit::Done } else { Exit::Unanchored })
}

pub(super) fn verdict(verified: &Verified) -> &'static str {
	if verified.trusted {
		"trusted"
	} else {
		"unanchored"
	}
}

/// Reads a certificate, in bytes or in hexadecimal.
fn decode(path: &Path, bytes: Vec<u8>) -> Result<Certificate, Error> {
	let broken =
		|reason: String| Error::NoCertificate { path: path.to_path_buf(), reason: one_line(&reason) };
	let bytes = match bytes.strip_prefix(b"0x") {
		None => bytes,
		Some(digits) => hex::decode(digits.trim_ascii_end()).map_err(|error| broken(error.to_string()))?,
	};
	Certificate::decode_all(&mut &bytes[..]).map_err(|error| broken(error.to_string()))
}

/// What a certificate shows, and on what condition.
pub(super) fn told(verified: &Verified, anchor: Option<&Anchor>) -> String {
	let condition = match anchor {
		Some(anchor) => format!(
			"This holds if more than two thirds of the authorities you trust ({}) were honest.",
			anchor::fingerprint(anchor)
		),
		None => format!(
			"NOT COMPARED WITH ANYTHING: anybody can make such a file with authorities of his own. It is worth something only \
			 if authority set {} is the chain's. Compare its fingerprint with one you trust, or give --chain-spec or \
			 --authority-set.",
			verified.signed_by.set
		),
	};
	format!("{}\n\n{condition}", facts(verified))
}

fn facts(verified: &Verified) -> Facts {
	let mut facts = Facts::default();
	let last = verified.first_task.saturating_add(verified.tasks).saturating_sub(1);
	facts
		.add("Chain", verified.genesis)
		.add(
			"Batch",
			format_args!("{} of job {}, attempt {}", verified.batch, verified.job, verified.attempt),
		)
		.add("Tasks", format_args!("{}, {} to {last}", verified.tasks, verified.first_task))
		.add("Program", verified.spec.program.hash)
		.add("Requester", verified.requester)
		.add("Worker", verified.worker)
		.add("Receipt", format_args!("{}, in block {}", verified.receipt, verified.receipt_block))
		.add("Results", format_args!("root {}", verified.outputs_root))
		.add("Audit", audit(verified));
	for auditor in &verified.confirmed_by {
		facts.add("Confirmed by", auditor);
	}
	for auditor in &verified.overruled {
		facts.add("Overruled", format_args!("{auditor}, by more than two thirds of all validators"));
	}
	for auditor in &verified.starved {
		facts.add("Data missing", auditor);
	}
	facts
		.add("Decision", decision(verified.decision))
		.add("Final block", format_args!("{}, {}", verified.block, verified.block_hash))
		.add(
			"Signed by",
			format_args!(
				"authority set {} ({}), fingerprint {}",
				verified.signed_by.set,
				count(u32::try_from(verified.signed_by.authorities.len()).unwrap_or(u32::MAX), "key"),
				verified.signed_by.fingerprint
			),
		);
	facts
}

fn audit(verified: &Verified) -> String {
	if !verified.audited {
		return "none: the draw spared this batch, as the job's policy allows".into();
	}
	let tasks: Vec<String> = verified.sampled.iter().map(ToString::to_string).collect();
	format!("of tasks {}; {} asked for", tasks.join(", "), count(verified.required, "report"))
}

fn decision(decision: Decision) -> &'static str {
	match decision {
		Decision::Revealed => "accepted, and can still be contested: the worker is not paid yet",
		Decision::Demanded => "accepted, but the worker still has to show a result: it is not paid yet",
		Decision::Paid => "accepted for good: the worker was paid",
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What decodes is what was written, and an empty certificate shows nothing, however it is changed.
	#[test]
	fn whatever_the_bytes_a_certificate_is_read_or_refused() {
		use codec::{Decode, Encode};
		let empty = Certificate::decode(&mut &[0; 4_096][..]).unwrap();
		let versioned = Certificate { version: assay_primitives::certificate::VERSION, ..empty.clone() };
		let plain = [empty.encode(), versioned.encode()];
		let digits = plain.each_ref().map(|bytes| format!("0x{}", hex::encode(bytes)).into_bytes());
		let mut read = 0;
		crate::bytes::try_out(&[plain, digits].concat(), 1, |bytes| {
			if let Ok(certificate) = decode(Path::new("file"), bytes.to_vec()) {
				assert!(certificate.verify(None).is_err());
				read += 1;
			}
		});
		assert!(read > 100, "{read} were read");
	}

	#[test]
	fn what_is_no_certificate_is_told() {
		for bytes in [&b""[..], b"0x", b"0xzz", b"{}", &[0; 1_000]] {
			let error = decode(Path::new("file"), bytes.to_vec()).unwrap_err();
			assert!(matches!(error, Error::NoCertificate { .. }), "{error}");
		}
	}
}
