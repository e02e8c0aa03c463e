//! Posting a map's job exactly once, however often that is interrupted.

use super::{
	delivery::deliver,
	journal::{remember, Desk, Journal, Posted},
};
use crate::{commands::job_post::upload, error::Error, output::Output, spec::Draft};
use assay_client::{Call, Client, Error as ClientError, Keys, Prepared};
use assay_primitives::{BlockNumber, Hash, JobId};

/// How often the job is signed anew in one run, each time because something else used up the account's nonce.
const SIGNINGS: u32 = 4;
/// Jobs in one answer.
const PAGE: u32 = assay_client::compute::PAGE;

/// What posting takes.
pub(super) struct Posting<'a> {
	pub(super) output: Output,
	pub(super) client: &'a Client,
	pub(super) keys: &'a Keys,
	pub(super) desk: &'a Desk,
	pub(super) draft: &'a Draft,
}

impl Posting<'_> {
	/// Posts the job, unless it is posted already. What is signed is written down before it is handed in, and nothing else
	/// is signed until it is certain that it cannot reach a block any more.
	pub(super) async fn carry_out(&self, journal: &mut Journal) -> Result<Posted, Error> {
		if let Some(posted) = journal.posted {
			return Ok(posted);
		}
		let call = Call::PostJob(journal.spec);
		upload(self.output, self.client, "program", &self.draft.program).await?;
		upload(self.output, self.client, "input", &self.draft.input).await?;
		let waiting = self.output.waiting("waiting for the job's block to be final");
		let posted = self.until_final(journal, &call).await;
		waiting.finish_and_clear();
		let posted = posted?;
		remember(journal.genesis, posted.job, self.desk.path());
		Ok(posted)
	}

	async fn until_final(&self, journal: &mut Journal, call: &Call) -> Result<Posted, Error> {
		for _ in 0..SIGNINGS {
			let transaction = self.signed(journal, call).await?;
			match deliver(self.client, call, &transaction).await? {
				Some((block, number)) => {
					let job = match self.identify(call, &transaction, block, number, journal).await {
						Ok(job) => job,
						Err(error) => {
							if matches!(error, Error::Client(ClientError::Dispatch(_))) {
								// It was carried out, and posted nothing: that is settled.
								journal.posting = None;
								self.desk.write(journal)?;
							}
							return Err(error);
						},
					};
					let posted = Posted { job, block: number };
					journal.posted = Some(posted);
					self.desk.write(journal)?;
					return Ok(posted);
				},
				None => {
					journal.posting = None;
					self.desk.write(journal)?;
				},
			}
		}
		Err(ClientError::Usurped { call: call.to_string() }.into())
	}

	/// The transaction that was written down, or a new one that is now.
	async fn signed(&self, journal: &mut Journal, call: &Call) -> Result<Prepared, Error> {
		if let Some(transaction) = &journal.posting {
			return Ok(transaction.clone());
		}
		let transaction = self.client.prepare(self.keys, call).await?;
		journal.posting = Some(transaction.clone());
		self.desk.write(journal)?;
		Ok(transaction)
	}

	/// The job that the transaction posted.
	async fn identify(
		&self,
		call: &Call,
		transaction: &Prepared,
		block: Hash,
		number: BlockNumber,
		journal: &Journal,
	) -> Result<JobId, Error> {
		match self.client.effect(call, transaction, block).await {
			Ok(submitted) => submitted
				.posted_job()
				.ok_or(Error::NoJobPosted { transaction: submitted.transaction, block: number }),
			Err(ClientError::Dispatch(failure)) => Err(ClientError::Dispatch(failure).into()),
			Err(error) if error.is_connection_lost() => Err(error.into()),
			// The node may have forgotten that block's events. The job itself says where it comes from.
			Err(error) => self.look_up(number, journal).await?.ok_or(error.into()),
		}
	}

	async fn look_up(&self, number: BlockNumber, journal: &Journal) -> Result<Option<JobId>, Error> {
		let mut start = 0;
		loop {
			let jobs = self.client.jobs(start, PAGE).await?;
			let Some(last) = jobs.last() else { return Ok(None) };
			start = last.id.saturating_add(1);
			let found = jobs.iter().find(|job| {
				job.posted_at == number && job.requester == journal.requester && job.spec == journal.spec
			});
			if let Some(job) = found {
				return Ok(Some(job.id));
			}
		}
	}
}
