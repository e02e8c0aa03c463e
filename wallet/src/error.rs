//! What can go wrong, how a script can tell, and what a person can do.

use crate::{
	anchor::AnchorError,
	books::BooksError,
	commands::{dev::DevError, explorer::ExplorerError, map::JournalError, worker::WorkerError},
	config::ConfigError,
	files::FileError,
	identity::IdentityError,
	keyring::KeyringError,
	output::{one_line, stage_word},
	plan::PlanError,
	program::ProgramError,
	rerun::RerunError,
	results::ResultsError,
	scaffold::ScaffoldError,
	spec::SpecError,
	toolchain::ToolchainError,
};
use assay_client::{codes, Amount, Error as ClientError};
use assay_primitives::{
	certificate::CertificateError, view::BatchStage, AccountId, BatchIndex, Hash, JobId, TaskIndex,
};
use std::{io, path::PathBuf, process::ExitCode};

/// The table of exit codes in `--help`. It must say what [`Exit`] says.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  failed, for a reason not listed here
   2  the job is over, but some of its batches were refunded: there are no results for these
   3  some results are not ready yet
   4  no node answers
   5  the chain refused the transaction, or the money does not suffice
   6  something does not add up: results that are not those on the chain, or not what their program gives; a job's books;
      a certificate
   7  a certificate holds if the authorities that signed it are the chain's, but was not compared with any known ones
   8  all results are there and verified, but some tasks did not end with exit code 0
  64  the command line, a program, an input or a key file is wrong; nothing was sent
 130  interrupted with Ctrl-C; nothing is lost";

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
	/// Everything asked for was done.
	Done = 0,
	/// Something else failed.
	Failed = 1,
	/// Some batches were refunded.
	Refunded = 2,
	/// Some results are not ready.
	NotReady = 3,
	/// No node answers.
	Unreachable = 4,
	/// The chain refused.
	Refused = 5,
	/// Something does not add up.
	Unverified = 6,
	/// A certificate holds in itself, and nothing was given to compare its authorities with.
	Unanchored = 7,
	/// Everything is there, but some tasks failed.
	TasksFailed = 8,
	/// The command line or what it names is wrong.
	Usage = 64,
	/// Somebody pressed Ctrl-C.
	Interrupted = 130,
}

impl From<Exit> for ExitCode {
	fn from(exit: Exit) -> Self {
		Self::from(exit as u8)
	}
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
	/// The job cannot be made.
	#[error(transparent)]
	Spec(#[from] SpecError),
	/// There is no plan for a map.
	#[error(transparent)]
	Plan(#[from] PlanError),
	/// A map cannot go on.
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// Another account's map.
	#[error("{requester} pays for what is mapped into {path}", path = path.display())]
	NotMapper {
		/// The directory.
		path: PathBuf,
		/// Who pays.
		requester: AccountId,
	},
	/// Somebody pressed Ctrl-C.
	#[error("interrupted")]
	Interrupted,
	/// The program cannot be posted, or tried.
	#[error(transparent)]
	Program(#[from] ProgramError),
	/// The configuration file is of no use.
	#[error(transparent)]
	Config(#[from] ConfigError),
	/// A keystore cannot be made, or not be used.
	#[error(transparent)]
	Keyring(#[from] KeyringError),
	/// A new program cannot be made.
	#[error(transparent)]
	Scaffold(#[from] ScaffoldError),
	/// A program cannot be built or tested.
	#[error(transparent)]
	Toolchain(#[from] ToolchainError),
	/// A worker cannot be started.
	#[error(transparent)]
	Worker(#[from] WorkerError),
	/// There are no keys.
	#[error(transparent)]
	Identity(#[from] IdentityError),
	/// Results cannot be had.
	#[error(transparent)]
	Results(#[from] ResultsError),
	/// There is no chain to try things with.
	#[error(transparent)]
	Dev(#[from] DevError),
	/// The explorer cannot be served.
	#[error(transparent)]
	Explorer(#[from] ExplorerError),
	/// A task cannot be run again.
	#[error(transparent)]
	Rerun(#[from] RerunError),
	/// A job's books cannot be made up.
	#[error(transparent)]
	Books(#[from] BooksError),
	/// What a certificate is to be compared with cannot be read.
	#[error(transparent)]
	Anchor(#[from] AnchorError),
	/// The file of a certificate cannot be read.
	#[error(transparent)]
	CertificateFile(FileError),
	/// The bytes are not those of a certificate.
	#[error("{path} is not a certificate, or was damaged: {reason}", path = path.display())]
	NoCertificate {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		reason: String,
	},
	/// A certificate does not hold.
	#[error("the certificate does not hold: {0}")]
	Certificate(#[from] CertificateError),
	/// The node sent a certificate of something else.
	#[error("the node sent a certificate of another batch or another chain than was asked for")]
	OtherCertificate,
	/// Node or chain.
	#[error(transparent)]
	Client(#[from] ClientError),
	/// There is not enough money.
	#[error("{account} can spend {spendable}, but {needed} are needed, {fee} of them for the transaction")]
	Money {
		/// The account.
		account: AccountId,
		/// What it can spend.
		spendable: Amount,
		/// What it would have to.
		needed: Amount,
		/// The part that is the fee.
		fee: Amount,
	},
	/// There is nobody to confirm.
	#[error("nothing was confirmed, because standard input is not a terminal")]
	NobodyToAsk,
	/// The person said no.
	#[error("not confirmed, so nothing was sent and nothing is locked")]
	Declined,
	/// The transaction is in a block, but did not post a job.
	#[error(
		"the transaction {transaction} is in block {block}, but the node does not tell which job it posted"
	)]
	NoJobPosted {
		/// The transaction.
		transaction: Hash,
		/// The block.
		block: u32,
	},
	/// A batch was asked for that does not exist.
	#[error("job {job} has no batch {batch}, only {batches}")]
	NoSuchBatch {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// How many it has.
		batches: u32,
	},
	/// A task was asked for that does not exist.
	#[error("job {job} has no task {task}, only {tasks}")]
	NoSuchTask {
		/// The job.
		job: JobId,
		/// The task.
		task: TaskIndex,
		/// How many it has.
		tasks: u32,
	},
	/// The batch cannot be accepted or contested as it is.
	#[error(
		"batch {batch} of job {job} is {}: only what is revealed can be contested or accepted",
		stage_word(*stage)
	)]
	NotContestable {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// Where it stands.
		stage: BatchStage,
	},
	/// The job belongs to another account.
	#[error("job {job} was posted by {requester}, and only that account can do this to it")]
	NotRequester {
		/// The job.
		job: JobId,
		/// Who posted it.
		requester: AccountId,
	},
	/// A transfer of nothing.
	#[error("an amount of 0 is nothing to send")]
	NothingToSend,
	/// The job kept changing while its books were read.
	#[error("job {0} keeps changing while it is read")]
	Unsteady(JobId),
	/// The sealed results of a batch do not get here, or not fast enough to wait for them.
	#[error("the sealed results of batch {0} do not come from whoever says to have them")]
	NotComing(BatchIndex),
	/// The account never was a worker.
	#[error("{0} is not a worker")]
	NotAWorker(AccountId),
	/// The account has no stake as an auditor.
	#[error("{0} has no stake as an auditor")]
	NotAnAuditor(AccountId),
	/// There is no way to wait for the node.
	#[error("cannot start: {0}")]
	Runtime(io::Error),
	/// Nobody takes what is printed.
	#[error("cannot print: {0}")]
	Output(#[from] io::Error),
}

impl Error {
	/// Whether the connection to the node is gone.
	pub(crate) fn is_connection_lost(&self) -> bool {
		matches!(self, Self::Client(error) if error.is_connection_lost())
	}

	/// What went wrong, on one line.
	pub(crate) fn message(&self) -> String {
		one_line(&self.to_string())
	}

	/// What to do about it, on one line, unless the message says so already.
	pub(crate) fn advice(&self) -> Option<String> {
		let advice = match self {
			Self::Spec(error) => error.advice(),
			Self::Plan(error) => error.advice(),
			Self::Journal(error) => error.advice(),
			Self::NotMapper { .. } => "Give the keys of that account, or name another directory with --out.".into(),
			Self::Interrupted => "Nothing is lost, and nothing is paid twice: the same command goes on with it.".into(),
			Self::Program(error) => error.advice(),
			Self::Config(error) => error.advice(),
			Self::Keyring(error) => error.advice(),
			Self::Scaffold(error) => error.advice().into(),
			Self::Toolchain(error) => error.advice(),
			Self::Worker(error) => error.advice(),
			Self::Identity(error) => error.advice(),
			Self::Results(error) => error.advice().into(),
			Self::Dev(error) => error.advice(),
			Self::Explorer(error) => error.advice().into(),
			Self::Rerun(error) => error.advice().into(),
			Self::Anchor(error) => error.advice().into(),
			Self::CertificateFile(error) => error.advice().into(),
			Self::NoCertificate { .. } => {
				"Get it anew: what `assay job certificate JOB BATCH --out FILE` has written, unchanged.".into()
			},
			Self::Certificate(CertificateError::Version(_)) => "Use a newer assay.".into(),
			Self::Certificate(CertificateError::UntrustedChain { .. } | CertificateError::UntrustedAuthorities) => {
				"Check that the chain specification, or the authority set, is of the chain the certificate is about; if it is, do not believe the certificate.".into()
			},
			Self::Certificate(_) => "Do not believe it. It may have been damaged: get it anew, from another node.".into(),
			Self::OtherCertificate => "Ask another node with --node.".into(),
			Self::Books(_) => "Ask another node with --node; if that says the same, report it.".into(),
			Self::Client(error) => return client_advice(error),
			Self::Money { .. } => {
				"Send money to the account, or ask for less: fewer tasks, a lower bounty, a smaller stake.".into()
			},
			Self::NobodyToAsk => "Give --yes to post without being asked.".into(),
			Self::Declined => return None,
			Self::NoJobPosted { .. } => "Look for the job with: assay job list".into(),
			Self::NoSuchBatch { batches, .. } => {
				format!("Name batches from 0 to {}.", batches.saturating_sub(1))
			},
			Self::NoSuchTask { tasks, .. } => format!("Name a task from 0 to {}.", tasks.saturating_sub(1)),
			Self::NotContestable { job, .. } => {
				format!("See where it stands with: assay job report {job} --batches")
			},
			Self::NotRequester { .. } => "Give the keys of that account.".into(),
			Self::NothingToSend => "Give --amount and how much, in ASY, for example --amount 0.5.".into(),
			Self::Unsteady(_) => "Try again in a few seconds.".into(),
			Self::NotComing(_) => {
				"Try again: what has come stays on the node. Or ask another node with --node; if none gets them, their worker \
				 has to answer assay job demand."
					.into()
			},
			Self::NotAWorker(_) => "An account becomes a worker with its first stake: assay worker start.".into(),
			Self::NotAnAuditor(_) => {
				"A validator gets one with: assay auditor bond --amount, and at least what the chain asks for.".into()
			},
			Self::Runtime(_) => "The system allows no more threads or files; try again later.".into(),
			Self::Output(_) => "Check where standard output leads to.".into(),
		};
		Some(one_line(&advice))
	}

	/// The exit code.
	pub(crate) fn exit(&self) -> Exit {
		match self {
			Self::Keyring(error) | Self::Identity(IdentityError::Keyring(error))
				if error.is_interrupted() =>
			{
				Exit::Interrupted
			},
			Self::Spec(_)
			| Self::Config(_)
			| Self::Keyring(_)
			| Self::Scaffold(ScaffoldError::Name(_) | ScaffoldError::Occupied(_))
			| Self::Identity(_)
			| Self::Explorer(_)
			| Self::NobodyToAsk
			| Self::NotMapper { .. }
			| Self::NoSuchBatch { .. }
			| Self::NoSuchTask { .. }
			| Self::NothingToSend
			| Self::NotRequester { .. } => Exit::Usage,
			Self::NotContestable { stage, .. } if may_be_revealed(*stage) => Exit::NotReady,
			Self::Anchor(_) | Self::CertificateFile(FileError::Read { .. } | FileError::TooLarge { .. }) => {
				Exit::Usage
			},
			Self::CertificateFile(_) => Exit::Failed,
			Self::NoCertificate { .. } | Self::Certificate(_) | Self::OtherCertificate => Exit::Unverified,
			Self::Interrupted => Exit::Interrupted,
			Self::Plan(error) if error.is_usage() => Exit::Usage,
			Self::Journal(error) if error.is_usage() => Exit::Usage,
			Self::Program(error) if error.is_usage() => Exit::Usage,
			Self::Results(error) if error.is_verdict() => Exit::Unverified,
			Self::Worker(error) if error.is_usage() => Exit::Usage,
			Self::Dev(error) if error.is_usage() => Exit::Usage,
			Self::Dev(_) => Exit::Failed,
			Self::Worker(_) => Exit::Failed,
			Self::Toolchain(error) if error.is_usage() => Exit::Usage,
			Self::Plan(_)
			| Self::Journal(_)
			| Self::Program(_)
			| Self::Scaffold(_)
			| Self::Toolchain(_)
			| Self::Results(_) => Exit::Failed,
			Self::Books(_) => Exit::Unverified,
			Self::Client(error) => client_exit(error),
			Self::Money { .. } => Exit::Refused,
			Self::Declined
			| Self::NoJobPosted { .. }
			| Self::Unsteady(_)
			| Self::NotComing(_)
			| Self::NotAWorker(_)
			| Self::NotAnAuditor(_)
			| Self::NotContestable { .. }
			| Self::Rerun(_)
			| Self::Runtime(_)
			| Self::Output(_) => Exit::Failed,
		}
	}
}

/// Whether a batch may still come to be revealed, or be so again.
fn may_be_revealed(stage: BatchStage) -> bool {
	!matches!(stage, BatchStage::Settled | BatchStage::Refunded | BatchStage::Pruned)
}

fn client_exit(error: &ClientError) -> Exit {
	match error {
		ClientError::InvalidUrl { .. } => Exit::Usage,
		ClientError::Unreachable { .. } | ClientError::ConnectionLost { .. } => Exit::Unreachable,
		ClientError::Dispatch(_)
		| ClientError::WouldFail(_)
		| ClientError::Refused { .. }
		| ClientError::Invalid { .. }
		| ClientError::Usurped { .. }
		| ClientError::Dropped { .. } => Exit::Refused,
		ClientError::WrongBlob { .. } | ClientError::BlobTooLarge { .. } => Exit::Unverified,
		ClientError::Rpc { code: codes::NOT_CERTIFIABLE, .. } => Exit::NotReady,
		_ => Exit::Failed,
	}
}

fn client_advice(error: &ClientError) -> Option<String> {
	let advice = match error {
		ClientError::InvalidUrl { .. } => "Give --node an address such as ws://127.0.0.1:9944.",
		ClientError::ConnectionLost { .. } => {
			"Run the command again. If it was to send a transaction, look first whether it did."
		},
		ClientError::Rpc { code: codes::UNKNOWN_JOB, .. } => "See all jobs with: assay job list",
		ClientError::Rpc { code: codes::UNKNOWN_BATCH, .. } => {
			"See how many batches the job has with: assay job status JOB"
		},
		ClientError::Rpc { code: codes::NOT_CERTIFIABLE, .. } => {
			"See where it stands with: assay job report JOB --batches"
		},
		ClientError::Rpc { code: codes::NO_RECORDS, .. } => "Ask another node with --node.",
		ClientError::Rpc { code: codes::BLOB_MISSING | codes::BLOB_NOT_IN_TIME, .. } => {
			"Try again in a minute, or ask another node with --node: this one may not have fetched it yet."
		},
		ClientError::Rpc { code: codes::BLOB_TOO_LARGE | codes::BLOB_QUOTA, .. } => {
			"Use smaller inputs, or another node with --node. Nothing is locked."
		},
		ClientError::Rpc { .. } | ClientError::MalformedAnswer { .. } => "Check that node and assay are of one release.",
		ClientError::Dispatch(_) => "Nothing but the fee was paid. Mend what it names, and run the command again.",
		ClientError::WouldFail(_) => "Nothing was sent, and nothing paid. Mend what it names, and run the command again.",
		ClientError::Refused { .. } | ClientError::Invalid { .. } | ClientError::Usurped { .. } => {
			"Nothing was paid. Check the account's balance, and that nothing else sends from it."
		},
		ClientError::TimedOut { .. } => {
			"Check that the chain produces and finalises blocks, and look whether the transaction arrived after all."
		},
		ClientError::WrongBlob { .. } | ClientError::BlobTooLarge { .. } => "Ask another node with --node.",
		ClientError::UploadStuck { .. } => "Try again; nothing is locked.",
		_ => return None,
	};
	Some(advice.into())
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_client::{DispatchFailure, NodeUrl};
	use assay_primitives::sealing::SealError;
	use assay_vm::NoVerdict;

	fn rpc(code: i32) -> Error {
		let message = "no such\nthing".into();
		Error::Client(ClientError::Rpc { method: "compute_getJob".into(), code, message, data: None })
	}

	fn examples() -> Vec<(Error, Exit)> {
		let file = || FileError::Read { path: PathBuf::from("file"), source: io::ErrorKind::NotFound.into() };
		let url = NodeUrl::parse("ws://127.0.0.1:1").unwrap();
		let dispatch = DispatchFailure {
			call: "post_job".into(),
			pallet: "Compute".into(),
			name: "Bad".into(),
			docs: "".into(),
		};
		let account = AccountId([1; 32]);
		vec![
			(SpecError::NoInput.into(), Exit::Usage),
			(SpecError::File(file()).into(), Exit::Usage),
			(ProgramError::File(file()).into(), Exit::Usage),
			(ProgramError::NoVerdict(NoVerdict::Crashed("killed".into())).into(), Exit::Failed),
			(ScaffoldError::Name("A".into()).into(), Exit::Usage),
			(ScaffoldError::Occupied("here".into()).into(), Exit::Usage),
			(WorkerError::NoBinary(io::ErrorKind::NotFound.into()).into(), Exit::Failed),
			(WorkerError::NoKey.into(), Exit::Usage),
			(WorkerError::KeyExists("key".into()).into(), Exit::Usage),
			(WorkerError::StakeTooSmall { wish: Amount(1), minimum: Amount(2) }.into(), Exit::Usage),
			(
				DevError::NoBinary { name: "assay-node", reason: io::ErrorKind::NotFound.into() }.into(),
				Exit::Failed,
			),
			(DevError::Port { port: 9, reason: io::ErrorKind::AddrInUse.into() }.into(), Exit::Usage),
			(ToolchainError::NoProject("here".into()).into(), Exit::Usage),
			(
				ToolchainError::Missing { what: "no\ncc".into(), remedy: "get\ncc".into() }.into(),
				Exit::Failed,
			),
			(ToolchainError::NotOneModule(vec![]).into(), Exit::Usage),
			(ToolchainError::NoCases("here".into()).into(), Exit::Usage),
			(IdentityError::Missing.into(), Exit::Usage),
			(ResultsError::File(file()).into(), Exit::Failed),
			(ResultsError::OtherJob { path: "out".into(), found: 3 }.into(), Exit::Failed),
			(ResultsError::WrongKey { batch: 1 }.into(), Exit::Unverified),
			(ResultsError::Sealed { batch: 1, reason: SealError::WrongOutputsRoot }.into(), Exit::Unverified),
			(ClientError::Unreachable { url, reason: "refused".into() }.into(), Exit::Unreachable),
			(ClientError::ConnectionLost { reason: "reset".into() }.into(), Exit::Unreachable),
			(ClientError::InvalidUrl { url: "x".into(), reason: "y".into() }.into(), Exit::Usage),
			(ClientError::WouldFail(dispatch.clone()).into(), Exit::Refused),
			(ClientError::Dispatch(dispatch).into(), Exit::Refused),
			(rpc(codes::UNKNOWN_BATCH), Exit::Failed),
			(rpc(codes::UNKNOWN_JOB), Exit::Failed),
			(rpc(codes::BLOB_QUOTA), Exit::Failed),
			(
				Error::Money { account, spendable: Amount(1), needed: Amount(3), fee: Amount(1) },
				Exit::Refused,
			),
			(ExplorerError::NotBuiltIn.into(), Exit::Usage),
			(Error::NobodyToAsk, Exit::Usage),
			(PlanError::NoTasks.into(), Exit::Usage),
			(PlanError::NoLines("lines".into()).into(), Exit::Usage),
			(Error::NothingToSend, Exit::Usage),
			(KeyringError::NotTheSame.into(), Exit::Usage),
			(KeyringError::NobodyToAsk("the password").into(), Exit::Usage),
			(ConfigError::Line { path: "c".into(), line: 1, reason: "no".into() }.into(), Exit::Usage),
			(
				PlanError::TrialFailed {
					task: 1,
					status: assay_primitives::TaskStatus::Trapped,
					stderr: "no".into(),
					remedy: None,
				}
				.into(),
				Exit::Usage,
			),
			(JournalError::Busy { path: "out".into() }.into(), Exit::Failed),
			(JournalError::Damaged { path: "out".into(), reason: "cut".into() }.into(), Exit::Failed),
			(JournalError::Forgotten { path: "out".into(), job: 1 }.into(), Exit::Failed),
			(JournalError::NotPosted { path: "out".into() }.into(), Exit::Usage),
			(JournalError::NoDirectory(1).into(), Exit::Usage),
			(Error::NotMapper { path: "out".into(), requester: account }, Exit::Usage),
			(Error::Interrupted, Exit::Interrupted),
			(Error::NoSuchBatch { job: 1, batch: 9, batches: 8 }, Exit::Usage),
			(Error::NoSuchTask { job: 1, task: 9, tasks: 8 }, Exit::Usage),
			(Error::NotContestable { job: 1, batch: 2, stage: BatchStage::Committed }, Exit::NotReady),
			(Error::NotContestable { job: 1, batch: 2, stage: BatchStage::Settled }, Exit::Failed),
			(Error::NotRequester { job: 1, requester: account }, Exit::Usage),
			(Error::NotAnAuditor(account), Exit::Failed),
			(RerunError::OtherMachine(2).into(), Exit::Failed),
			(
				RerunError::NoVerdict { task: 1, reason: NoVerdict::Crashed("killed".into()) }.into(),
				Exit::Failed,
			),
			(AnchorError::File(file()).into(), Exit::Usage),
			(AnchorError::NotRaw.into(), Exit::Usage),
			(Error::CertificateFile(file()), Exit::Usage),
			(Error::NoCertificate { path: "file".into(), reason: "cut".into() }, Exit::Unverified),
			(CertificateError::OtherKey.into(), Exit::Unverified),
			(CertificateError::Version(2).into(), Exit::Unverified),
			(CertificateError::UntrustedAuthorities.into(), Exit::Unverified),
			(Error::OtherCertificate, Exit::Unverified),
			(rpc(codes::NOT_CERTIFIABLE), Exit::NotReady),
			(rpc(codes::NO_RECORDS), Exit::Failed),
			(Error::Unsteady(1), Exit::Failed),
			(Error::NotComing(1), Exit::Failed),
			(Error::NotAWorker(account), Exit::Failed),
		]
	}

	#[test]
	fn every_error_says_what_went_wrong_and_what_to_do_on_a_line_each() {
		for (error, _) in examples() {
			let message = error.message();
			assert!(!message.is_empty() && !message.contains('\n'), "{message}");
			// The client's own message says it for a node that is not there.
			if matches!(error, Error::Client(ClientError::Unreachable { .. })) {
				assert!(message.contains("--node"), "{message}");
				continue;
			}
			let advice = error.advice().unwrap_or_else(|| panic!("no advice for: {message}"));
			assert!(!advice.is_empty() && !advice.contains('\n'), "{advice}");
		}
	}

	#[test]
	fn scripts_can_tell_errors_apart() {
		for (error, exit) in examples() {
			assert_eq!(error.exit(), exit, "{}", error.message());
		}
	}

	#[test]
	fn the_help_lists_every_exit_code() {
		for exit in [
			Exit::Done,
			Exit::Failed,
			Exit::Refused,
			Exit::NotReady,
			Exit::Unreachable,
			Exit::Refused,
			Exit::Unverified,
			Exit::Unanchored,
			Exit::TasksFailed,
			Exit::Usage,
			Exit::Interrupted,
		] {
			let number = (exit as u8).to_string();
			let listed = EXIT_CODES.lines().any(|line| line.split_whitespace().next() == Some(&number));
			assert!(listed, "{exit:?}");
		}
	}
}
