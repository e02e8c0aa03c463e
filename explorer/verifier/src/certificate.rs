//! Certificates: whether they hold, and what is in them.

use crate::{message::json, Reply};
use alloc::{string::ToString, vec::Vec};
use assay_primitives::{
	audit::{AuditStatement, Findings},
	certificate::{Anchor, Certificate, Verified},
	BlockNumber, Hash, TaskIndex, TaskOutcome,
};
use codec::DecodeAll;
use serde::{Deserialize, Serialize};

/// What is trusted already.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
	/// The fingerprint of a set of the chain's authorities.
	trusted_set: Option<Hash>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
	shows: Verified,
	reports: Vec<ReportAnswer>,
	openings: Vec<OpeningAnswer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportAnswer {
	/// The auditor's key.
	auditor: Hash,
	block: BlockNumber,
	/// `checked`, `unsealed` (ran its tasks, but could not get the sealed results) or `unavailable`.
	findings: &'static str,
	/// What the auditor's VRF gave for this batch.
	randomness: Option<Hash>,
	/// The tasks that it had to run.
	samples: Vec<TaskIndex>,
	tags: Vec<Hash>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpeningAnswer {
	task: TaskIndex,
	outcome: TaskOutcome,
	leaf: Hash,
	proof: Vec<Hash>,
}

fn reports(certificate: &Certificate, shows: &Verified) -> Vec<ReportAnswer> {
	let statement = AuditStatement {
		genesis: shows.genesis,
		job: shows.job,
		batch: shows.batch,
		attempt: shows.attempt,
		receipt: shows.receipt,
		seed: shows.seed,
	};
	let one = |included: &assay_primitives::certificate::IncludedReport| {
		let draw = included.report.verify(&statement);
		let (findings, tags) = match &included.report.findings {
			Findings::Checked(tags) => ("checked", tags.iter().copied().collect()),
			Findings::Unsealed(tags) => ("unsealed", tags.iter().copied().collect()),
			Findings::Unavailable => ("unavailable", Vec::new()),
		};
		let samples =
			draw.as_ref().map(|draw| draw.samples(&shows.spec.audit, shows.tasks)).unwrap_or_default();
		ReportAnswer {
			auditor: Hash(included.report.auditor),
			block: included.block,
			findings,
			randomness: draw.map(|draw| Hash(draw.randomness)),
			samples: samples.into_iter().map(|offset| shows.first_task.saturating_add(offset)).collect(),
			tags,
		}
	};
	certificate.reports.iter().map(one).collect()
}

/// Verifies the certificate in `bytes`.
pub(crate) fn verify(question: &Question, bytes: &[u8]) -> Reply {
	let certificate = Certificate::decode_all(&mut &*bytes).map_err(|_| "this is not a certificate")?;
	let anchor = question.trusted_set.map(Anchor::Set);
	let shows = certificate.verify(anchor.as_ref()).map_err(|error| error.to_string())?;
	let openings = certificate
		.openings
		.iter()
		.map(|opening| OpeningAnswer {
			task: opening.task,
			outcome: opening.outcome,
			leaf: opening.outcome.leaf(shows.job, opening.task),
			proof: opening.proof.clone(),
		})
		.collect();
	let reports = reports(&certificate, &shows);
	Ok(alloc::vec![json(&Answer { shows, reports, openings })?])
}
