//! Programs and inputs on their way. Nothing waits for them: other jobs are claimed meanwhile.

use crate::{
	context::{Heads, Ledger},
	job_data::JobDataError,
};
use assay_primitives::{view::JobView, BlockNumber, JobId};
use std::{
	collections::BTreeMap,
	future::Future,
	time::{Duration, Instant},
};
use tokio::task::{AbortHandle, JoinSet};

/// Jobs that are loaded at once, at most.
const PLACES: usize = 4;
/// How long a job has its place for sure. After that it keeps it for as long as no other job wants one. What has arrived at
/// the node stays there, so the next turn goes on where this one ended.
const TURN: Duration = Duration::from_secs(60);
/// Blocks for which a job that could not be loaded is left alone. Doubles each time.
const REFUSE_FOR: BlockNumber = 20;
/// The most: an honest requester may have been away, and come back.
const REFUSE_AT_MOST: BlockNumber = 1 << 10;

/// A job, and how loading it ended.
pub(crate) type Loaded = (JobId, Result<(), JobDataError>);

/// What is being loaded. Ends with this.
pub(crate) struct Loads {
	running: JoinSet<Loaded>,
	under_way: BTreeMap<JobId, Load>,
	max_bytes: u64,
}

struct Load {
	since: Instant,
	bytes: u64,
	abort: AbortHandle,
}

impl Loads {
	/// No more than `max_bytes` are under way together, unless one job alone has more.
	pub(crate) fn new(max_bytes: u64) -> Self {
		Self { running: JoinSet::new(), under_way: BTreeMap::new(), max_bytes }
	}

	/// Whether nothing is under way.
	pub(crate) fn is_empty(&self) -> bool {
		self.under_way.is_empty()
	}

	/// The first of `jobs`, which come best first, that `is_here`. One of those before it begins to load, if there is a
	/// place: the one that could be loaded least often in vain, so that no number of jobs that take for ever keeps out one that
	/// does not. One at a time, since most are here before the next block, and then others may not be needed.
	pub(crate) fn choose<'a, F: Future<Output = Result<(), JobDataError>> + Send + 'static>(
		&mut self,
		jobs: impl IntoIterator<Item = &'a JobView>,
		is_here: impl Fn(&JobView) -> bool,
		load: impl FnOnce(&JobView) -> F,
		ledger: &Ledger,
		now: (Heads, Instant),
	) -> Option<&'a JobView> {
		let (mut wanted, mut found) = (Vec::new(), None);
		for job in jobs {
			if is_here(job) {
				found = Some(job);
				break;
			}
			if !self.under_way.contains_key(&job.id) {
				wanted.push(job);
			}
		}
		if let Some(job) = wanted.into_iter().min_by_key(|job| ledger.unloaded(job.id)) {
			let bytes = job.spec.program.len.saturating_add(job.spec.input.blob().len);
			for slow in self.make_room(bytes, now.1) {
				tracing::warn!(target: "claim", "job {slow}: program or input come too slowly: others go first");
				give_up(ledger, slow, now.0.best);
			}
			if self.has_room(bytes) {
				self.begin(job.id, bytes, now.1, load(job));
			}
		}
		found
	}

	/// How the next job ended, once it does. `None` if none is under way.
	pub(crate) async fn next(&mut self) -> Option<Loaded> {
		loop {
			match self.running.join_next().await? {
				Ok(loaded) => {
					self.under_way.remove(&loaded.0);
					return Some(loaded);
				},
				// It gave way.
				Err(_) => self.under_way.retain(|_, load| !load.abort.is_finished()),
			}
		}
	}

	fn begin(
		&mut self,
		job: JobId,
		bytes: u64,
		now: Instant,
		load: impl Future<Output = Result<(), JobDataError>> + Send + 'static,
	) {
		let abort = self.running.spawn(async move { (job, load.await) });
		self.under_way.insert(job, Load { since: now, bytes, abort });
	}

	fn has_room(&self, bytes: u64) -> bool {
		let sum = self.under_way.values().map(|load| load.bytes).fold(bytes, u64::saturating_add);
		self.under_way.is_empty() || (self.under_way.len() < PLACES && sum <= self.max_bytes)
	}

	/// Ends what had its turn, the longest first, until there is room.
	fn make_room(&mut self, bytes: u64, now: Instant) -> Vec<JobId> {
		let mut ended = Vec::new();
		while !self.has_room(bytes) {
			let Some((job, load)) = self.under_way.iter().min_by_key(|(_, load)| load.since) else { break };
			if now.saturating_duration_since(load.since) < TURN {
				break;
			}
			load.abort.abort();
			let job = *job;
			self.under_way.remove(&job);
			ended.push(job);
		}
		ended
	}
}

/// Leaves a job alone that could not be loaded, longer each time.
pub(crate) fn give_up(ledger: &Ledger, job: JobId, best: BlockNumber) {
	let times = ledger.note_unloaded(job);
	let pause = REFUSE_FOR.saturating_mul(1u32.checked_shl(times).unwrap_or(u32::MAX));
	ledger.refuse(job, best.saturating_add(pause.min(REFUSE_AT_MOST)));
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use assay_primitives::{BlobRef, InputSpec, JobSpec};
	use futures::FutureExt;
	use std::{collections::BTreeSet, sync::Arc};

	const BLOCK: Duration = Duration::from_secs(3);

	/// A worker that claims whenever it can.
	struct Claims {
		loads: Loads,
		ledger: Ledger,
		here: BTreeSet<JobId>,
		begun: Vec<JobId>,
		now: (Heads, Instant),
	}

	impl Claims {
		fn new() -> Self {
			let now = (Heads::default(), Instant::now());
			Self {
				loads: Loads::new(u64::MAX),
				ledger: Ledger::default(),
				here: BTreeSet::new(),
				begun: Vec::new(),
				now,
			}
		}

		/// What is claimed of in the next block, of `jobs` of which the `bad` ones never come.
		async fn block(&mut self, jobs: &[JobView], bad: impl Fn(JobId) -> bool) -> Option<JobId> {
			self.now = (Heads { best: self.now.0.best + 1, ..self.now.0 }, self.now.1 + BLOCK);
			let wanted = jobs.iter().filter(|job| !self.ledger.is_refused(job.id, self.now.0.best));
			let (here, begun) = (&self.here, &mut self.begun);
			let load = |job: &JobView| {
				begun.push(job.id);
				let is_bad = bad(job.id);
				async move {
					match is_bad {
						true => std::future::pending().await,
						false => Ok(()),
					}
				}
			};
			let chosen =
				self.loads.choose(wanted, |job| here.contains(&job.id), load, &self.ledger, self.now);
			let chosen = chosen.map(|job| job.id);
			// Long enough for those that end at once.
			for _ in 0..10 {
				tokio::task::yield_now().await;
				if let Some(Some((job, Ok(())))) = self.loads.next().now_or_never() {
					self.here.insert(job);
				}
			}
			chosen
		}
	}

	fn jobs(count: JobId) -> Vec<JobView> {
		(0..count).map(|id| testing::job(id, testing::spec())).collect()
	}

	#[tokio::test]
	async fn a_job_that_never_comes_keeps_no_other_from_being_claimed() {
		let (mut claims, jobs) = (Claims::new(), jobs(2));
		let mut chosen = None;
		for _ in 0..3 {
			chosen = chosen.or(claims.block(&jobs, |job| job == 0).await);
		}
		assert_eq!(chosen, Some(1));
		assert_eq!(claims.begun, [0, 1]);
		assert!(claims.loads.under_way.contains_key(&0), "nobody wants its place");
	}

	#[tokio::test]
	async fn jobs_that_never_come_give_way_when_they_had_their_turn() {
		let places = JobId::try_from(PLACES).unwrap();
		let (mut claims, jobs) = (Claims::new(), jobs(places + 1));
		let first = |blocks: BlockNumber| BLOCK * blocks >= TURN;
		for block in 0.. {
			let chosen = claims.block(&jobs, |job| job < places).await;
			assert_eq!(claims.loads.under_way.len().min(PLACES), claims.loads.under_way.len());
			if let Some(job) = chosen {
				assert_eq!(job, places);
				assert!(first(block), "the first one had its turn");
				break;
			}
			assert!(BLOCK * block < TURN * 2, "{:?}", claims.begun);
		}
		assert_eq!(claims.ledger.unloaded(0), 1);
		assert!(claims.ledger.is_refused(0, claims.now.0.best));
		assert_eq!([1, 2, 3].map(|job| claims.ledger.unloaded(job)), [0; 3], "one place is enough");
	}

	#[tokio::test]
	async fn a_crowd_that_never_comes_delays_a_job_by_a_turn_each() {
		const CROWD: JobId = 40;
		let (mut claims, jobs) = (Claims::new(), jobs(CROWD + 1));
		let turns = u32::try_from(usize::try_from(CROWD).unwrap().div_ceil(PLACES)).unwrap() + 1;
		let blocks = TURN.as_secs() / BLOCK.as_secs() * u64::from(turns);
		for _ in 0..blocks {
			if claims.block(&jobs, |job| job < CROWD).await == Some(CROWD) {
				return;
			}
		}
		panic!("not in {blocks} blocks: {:?}", claims.begun);
	}

	#[tokio::test]
	async fn what_is_alone_may_take_its_time() {
		let (mut claims, jobs) = (Claims::new(), jobs(1));
		for _ in 0..10_000 {
			assert_eq!(claims.block(&jobs, |_| true).await, None);
		}
		assert_eq!(claims.begun, [0]);
		assert_eq!(claims.ledger.unloaded(0), 0);
	}

	#[tokio::test]
	async fn no_more_is_in_memory_than_there_is_room_for() {
		let large = |id| {
			let blob = BlobRef { len: 100, ..BlobRef::of(b"input") };
			testing::job(id, JobSpec { input: InputSpec::Shared { blob }, ..testing::spec() })
		};
		let mut claims = Claims::new();
		claims.loads.max_bytes = 250;
		let jobs: Vec<_> = (0..4).map(large).collect();
		for _ in 0..4 {
			claims.block(&jobs, |_| true).await;
		}
		assert_eq!(claims.begun, [0, 1], "three would have more");
		claims.loads = Loads::new(50);
		claims.block(&jobs, |_| true).await;
		assert_eq!(claims.begun, [0, 1, 0], "one alone has to be");
	}

	#[tokio::test]
	async fn nothing_is_loaded_any_more_once_the_worker_stops() {
		let mut claims = Claims::new();
		let held = Arc::new(());
		let inside = Arc::clone(&held);
		let never = async move {
			let _inside = inside;
			std::future::pending().await
		};
		claims.loads.begin(1, 0, claims.now.1, never);
		tokio::task::yield_now().await;
		assert_eq!(Arc::strong_count(&held), 2);
		drop(claims);
		tokio::task::yield_now().await;
		assert_eq!(Arc::strong_count(&held), 1);
	}

	#[test]
	fn a_job_that_cannot_be_loaded_is_left_alone_longer_each_time() {
		let ledger = Ledger::default();
		let mut now = 50;
		for times in 0..40u32 {
			give_up(&ledger, 1, now);
			let until = (now..).find(|block| !ledger.is_refused(1, *block)).unwrap();
			let expected = 20u64.checked_shl(times).unwrap_or(u64::MAX).min(1_024);
			assert_eq!(u64::from(until - now), expected, "for the {times}. time");
			now = until;
		}
		ledger.note_loaded(1);
		give_up(&ledger, 1, now);
		assert!(ledger.is_refused(1, now + 19) && !ledger.is_refused(1, now + 20), "it was there once");
	}
}
