//! An auditor that cheats, for tests: it draws, and reports, with the key of a validator whose node was told not to audit
//! (`--no-auditor`). What it says is false in a share of its duties. A chain on which that costs an honest worker money,
//! or a false report nothing, is broken.

use assay_client::Client;
use assay_primitives::{
	audit::{tag, Findings},
	input::TaskInputs,
	view::{AuditTask, DisputeTask},
	BatchIndex, BlobRef, Hash, JobId, JobSpec, Ruling, TaskIndex, Vote,
};
use assay_tests::{
	auditing::{AnyError, Auditor},
	keys, program,
};
use clap::{Parser, ValueEnum};
use codec::{Decode, Encode};
use serde_json::json;
use std::{collections::HashSet, process::ExitCode, time::Duration};

/// Most reports looked at.
const MAX_REPORTS: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(700);
/// Where the chain keeps reports: the XX hashes of `Compute` and `Reports`.
const REPORTS: &str = "0xc946330e6fb55244ecf7951cd7f85c4cb262e9238fa402540c250bc3f5d6188d";

/// What it does to the duties it lies about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Behaviour {
	/// Reports tags that fit no result.
	FalseTags,
	/// Reports that program and input cannot be had.
	Unavailable,
	/// Reports true tags, and that the sealed results cannot be had.
	Unsealed,
	/// Does not run anything, and does not report.
	Lazy,
	/// Does not run anything, and reports the tags of whoever reported before it.
	Copy,
}

/// What it says in disputes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Voting {
	/// Nothing.
	Silent,
	/// What the task really comes to.
	Honest,
	/// Another leaf.
	False,
}

#[derive(Parser)]
#[command(name = "assay-lying-auditor", about = "An auditor that cheats, for tests")]
struct Arguments {
	/// WebSocket address of a node
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	node: String,
	/// Secret URI of the validator's audit key, such as //Dave
	#[arg(long, value_name = "URI")]
	suri: String,
	/// What to do to the duties it lies about
	#[arg(long, value_enum)]
	behaviour: Behaviour,
	/// Share of the duties to lie about, in percent; it is honest in the others
	#[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
	share: u8,
	/// What to say in disputes
	#[arg(long, value_enum, default_value = "silent")]
	voting: Voting,
}

/// A duty towards one attempt at a batch.
type Duty = (JobId, BatchIndex, u32, Hash);

struct Liar {
	auditor: Auditor,
	arguments: Arguments,
	reported: HashSet<Duty>,
	voted: HashSet<(JobId, BatchIndex, TaskIndex, u32)>,
}

/// Whether one of so many percent of duties is lied about: the same answer every time.
fn is_marked(duty: &Duty, percent: u8) -> bool {
	let [number, ..] = Hash::of(&duty.encode()).0;
	u32::from(number) * 100 < u32::from(percent) * 256
}

impl Liar {
	fn key(&self) -> [u8; 32] {
		self.auditor.key()
	}

	async fn look_around(&mut self) -> Result<(), AnyError> {
		for task in self.auditor.tasks().await? {
			let duty = (task.job, task.batch, task.attempt, task.receipt);
			if task.barred.contains(&self.key()) || self.reported.contains(&duty) {
				continue;
			}
			if self.audit(&task, &duty).await? {
				self.reported.insert(duty);
			}
		}
		if self.arguments.voting != Voting::Silent {
			for dispute in self.auditor.disputes().await? {
				self.vote(&dispute).await?;
			}
		}
		Ok(())
	}

	/// Does with a batch what it is there for. Returns whether that is done.
	async fn audit(&self, task: &AuditTask, duty: &Duty) -> Result<bool, AnyError> {
		let Some(samples) = self.auditor.samples(task)? else { return Ok(false) };
		let Some(findings) = self.findings(task, &samples, is_marked(duty, self.arguments.share)).await?
		else {
			return Ok(self.arguments.behaviour == Behaviour::Lazy);
		};
		self.auditor.send("report_extrinsic", &self.auditor.report(task, findings)).await?;
		Ok(true)
	}

	/// What it says about a batch: `None` for nothing, so far.
	async fn findings(
		&self,
		task: &AuditTask,
		samples: &[TaskIndex],
		lies: bool,
	) -> Result<Option<Findings>, AnyError> {
		let name = format!("job {} batch {} attempt {}", task.job, task.batch, task.attempt);
		if !lies {
			println!("{name}: honest");
			return Ok(Some(Findings::Checked(self.tags(task, samples).await?)));
		}
		let findings = match self.arguments.behaviour {
			Behaviour::FalseTags => {
				let lie = |sample: &TaskIndex| tag(&self.key(), &Hash::of(&(*sample, "a lie").encode()));
				Findings::Checked(samples.iter().map(lie).collect())
			},
			Behaviour::Unavailable => Findings::Unavailable,
			Behaviour::Unsealed => Findings::Unsealed(self.tags(task, samples).await?),
			Behaviour::Lazy => {
				println!("{name}: not reported");
				return Ok(None);
			},
			Behaviour::Copy => match self.tags_of_others(task).await? {
				Some(mut tags) => {
					tags.truncate(samples.len());
					Findings::Checked(tags)
				},
				None => return Ok(None),
			},
		};
		println!("{name}: lied");
		Ok(Some(findings))
	}

	async fn tags(&self, task: &AuditTask, samples: &[TaskIndex]) -> Result<Vec<Hash>, AnyError> {
		let mut tags = Vec::new();
		for sample in samples {
			tags.push(tag(&self.key(), &self.leaf(task.job, &task.spec, *sample).await?));
		}
		Ok(tags)
	}

	/// What a task really comes to.
	async fn leaf(&self, job: JobId, spec: &JobSpec, task: TaskIndex) -> Result<Hash, AnyError> {
		let fetch = |blob: BlobRef| async move { self.auditor.client.download(&blob, blob.len).await };
		let code = fetch(spec.program).await?;
		let inputs = TaskInputs::parse(&spec.input, fetch(*spec.input.blob()).await?, spec.tasks)
			.map_err(|error| error.to_string())?;
		let input = inputs.get(task).map_err(|error| error.to_string())?.to_vec();
		let limits = spec.limits;
		let run = move || program::run(&code, task..task.saturating_add(1), &limits, |_| &input[..]);
		let results = tokio::task::spawn_blocking(run).await?;
		Ok(results.first().ok_or("no result")?.outcome.leaf(job, task))
	}

	/// The tags of a report that somebody else made on the batch, if there is one.
	async fn tags_of_others(&self, task: &AuditTask) -> Result<Option<Vec<Hash>>, AnyError> {
		/// The pallet's and the item's hash, and one of the batch.
		const BATCH: std::ops::Range<usize> = 40..52;
		let all: Vec<String> =
			self.auditor.client.ask("state_getKeysPaged", &[json!(REPORTS), json!(MAX_REPORTS)]).await?;
		for key in all {
			let bytes = hex::decode(key.trim_start_matches("0x"))?;
			if bytes.get(BATCH) != Some(&(task.job, task.batch).encode()[..]) {
				continue;
			}
			let value: Option<String> = self.auditor.client.ask("state_getStorage", &[json!(key)]).await?;
			let Some(value) = value else { continue };
			let bytes = hex::decode(value.trim_start_matches("0x"))?;
			let (_, _, checked, _) =
				<([u8; 32], u32, Option<Vec<(TaskIndex, Hash)>>, bool)>::decode(&mut &bytes[..])?;
			if let Some(checked) = checked {
				return Ok(Some(checked.into_iter().map(|(_, tag)| tag).collect()));
			}
		}
		Ok(None)
	}

	async fn vote(&mut self, dispute: &DisputeTask) -> Result<(), AnyError> {
		let DisputeTask { job, batch, attempt, task, opened_at, .. } = *dispute;
		let mark = (job, batch, task, opened_at);
		if self.voted.contains(&mark) {
			return Ok(());
		}
		// Of what is held it says nothing: its lies are about results.
		if dispute.withheld {
			return Ok(());
		}
		let mut leaf = self.leaf(job, &dispute.spec, task).await?;
		if self.arguments.voting == Voting::False {
			leaf = Hash::of(leaf.as_bytes());
		}
		let vote = Vote {
			genesis: self.auditor.client.genesis(),
			job,
			batch,
			attempt,
			task,
			opened_at,
			validator: self.key(),
			ruling: Ruling::Leaf(leaf),
		};
		self.auditor.send("vote_extrinsic", &vote.sign(self.auditor.keys.keypair())).await?;
		println!("job {job} batch {batch} task {task}: voted");
		self.voted.insert(mark);
		Ok(())
	}
}

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	let client = match Client::connect(&arguments.node).await {
		Ok(client) => client,
		Err(error) => {
			eprintln!("assay-lying-auditor: {error}");
			return ExitCode::FAILURE;
		},
	};
	let auditor = Auditor { client, keys: keys(&arguments.suri) };
	let mut liar = Liar { auditor, arguments, reported: HashSet::new(), voted: HashSet::new() };
	loop {
		// What fails is tried again: a report may come too early or too late, and a node may be away.
		if let Err(error) = liar.look_around().await {
			eprintln!("assay-lying-auditor: {error}");
		}
		tokio::time::sleep(PAUSE).await;
	}
}
