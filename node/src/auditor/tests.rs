use super::{
	duties::{GRACE, RESEND_AFTER, START},
	source::FetchError,
	*,
};
use assay_primitives::{
	audit::{tag, Draw},
	input::{pack, PackedInputs},
	sealing::{seal_batch, SealedBatch, TaskResult},
	AuditPolicy, BlobRef, InputSpec, JobSpec, Ruling, TaskIndex, TaskLimits, TaskOutcome, TaskStatus,
	VM_VERSION,
};
use assay_vm::{Engine, NoVerdict, Program, ProgramSource, Task};
use pallet_compute::AUDIT_KEY_TYPE;
use parking_lot::Mutex;
use sp_keystore::{testing::MemoryKeystore, Keystore};
use std::collections::HashMap;

/// Reads up to 4 KiB from standard input and writes them to standard output:
/// ```wat
/// (module
///   (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
///   (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
///   (memory (export "memory") 1)
///   (data (i32.const 0) "\10\00\00\00\00\10\00\00")
///   (func (export "_start")
///     (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
///     (i32.store (i32.const 4) (i32.load (i32.const 8)))
///     (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
/// ```
#[rustfmt::skip]
const ECHO: &[u8] = &[
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0c, 0x02, 0x60, 0x04, 0x7f, 0x7f, 0x7f, 0x7f, 0x01,
	0x7f, 0x60, 0x00, 0x00, 0x02, 0x44, 0x02, 0x16, 0x77, 0x61, 0x73, 0x69, 0x5f, 0x73, 0x6e, 0x61, 0x70, 0x73,
	0x68, 0x6f, 0x74, 0x5f, 0x70, 0x72, 0x65, 0x76, 0x69, 0x65, 0x77, 0x31, 0x07, 0x66, 0x64, 0x5f, 0x72, 0x65,
	0x61, 0x64, 0x00, 0x00, 0x16, 0x77, 0x61, 0x73, 0x69, 0x5f, 0x73, 0x6e, 0x61, 0x70, 0x73, 0x68, 0x6f, 0x74,
	0x5f, 0x70, 0x72, 0x65, 0x76, 0x69, 0x65, 0x77, 0x31, 0x08, 0x66, 0x64, 0x5f, 0x77, 0x72, 0x69, 0x74, 0x65,
	0x00, 0x00, 0x03, 0x02, 0x01, 0x01, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x13, 0x02, 0x06, 0x6d, 0x65, 0x6d,
	0x6f, 0x72, 0x79, 0x02, 0x00, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x02, 0x0a, 0x24, 0x01, 0x22,
	0x00, 0x41, 0x00, 0x41, 0x00, 0x41, 0x01, 0x41, 0x08, 0x10, 0x00, 0x1a, 0x41, 0x04, 0x41, 0x08, 0x28, 0x02,
	0x00, 0x36, 0x02, 0x00, 0x41, 0x01, 0x41, 0x00, 0x41, 0x01, 0x41, 0x08, 0x10, 0x01, 0x1a, 0x0b, 0x0b, 0x0e,
	0x01, 0x00, 0x41, 0x00, 0x0b, 0x08, 0x10, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
];

const GENESIS: Hash = Hash([1; 32]);
const TASKS: u32 = 10;
const BATCH_SIZE: u32 = 4;
const BATCH: u32 = 1;

/// The real engine, in this process, that remembers what it was asked to run.
struct InProcess {
	engine: Engine,
	runs: Runs,
}

impl Machine for InProcess {
	fn run(
		&self,
		program: &ProgramSource,
		task: TaskIndex,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		_: Duration,
	) -> Result<TaskOutcome, NoVerdict> {
		self.runs.lock().push((task, input.to_vec()));
		let program =
			Program::prepare(&program.bytes).map_err(|error| NoVerdict::ProgramRefused(error.to_string()))?;
		let compiled = self.engine.compile(&program)?;
		let run = self.engine.run(&compiled, &Task { index: task, input: &input }, limits)?;
		Ok(run.outcome)
	}
}

#[derive(Default)]
struct FakeSource {
	blobs: Mutex<HashMap<Hash, Arc<[u8]>>>,
	is_broken: bool,
	no_room_for: Option<Hash>,
	/// How much is here of what is on its way.
	arriving: Mutex<HashMap<Hash, u64>>,
	has_no_room_to_hold: bool,
	/// What is kept longer than the rest, and what is held.
	kept: Arc<Mutex<(Vec<Hash>, Vec<Hash>)>>,
}

impl FakeSource {
	fn add(&self, bytes: &[u8]) -> BlobRef {
		self.blobs.lock().insert(Hash::of(bytes), bytes.into());
		BlobRef::of(bytes)
	}
}

impl BlobSource for FakeSource {
	fn fetch(&self, blob: &BlobRef) -> Result<Arc<[u8]>, FetchError> {
		if self.is_broken || self.no_room_for == Some(blob.hash) {
			return Err(FetchError::Failed("the disk is on fire".into()));
		}
		if self.arriving.lock().contains_key(&blob.hash) {
			return Err(FetchError::OnItsWay(blob.hash));
		}
		let missing = || FetchError::Unavailable(format!("{} is missing", blob.hash));
		self.blobs.lock().get(&blob.hash).cloned().ok_or_else(missing)
	}

	fn arrived(&self, blob: &Hash) -> Option<u64> {
		self.arriving.lock().get(blob).copied()
	}

	fn vouch(&self, blob: &BlobRef) {
		self.kept.lock().0.push(blob.hash);
	}

	fn hold(&self, blob: &BlobRef) -> Result<(), FetchError> {
		if self.has_no_room_to_hold {
			return Err(FetchError::Failed("there is no room to hold more".into()));
		}
		self.kept.lock().1.push(blob.hash);
		Ok(())
	}
}

fn inputs() -> Vec<Vec<u8>> {
	(0..TASKS).map(|task| format!("input of task {task}").into_bytes()).collect()
}

/// Sealed results with a key. What is inside is nobody's business before the reveal: these are not the results.
fn sealed(key: u8) -> SealedBatch {
	let result =
		TaskResult { outcome: TaskOutcome::new(TaskStatus::Trapped, b"", 0).unwrap(), output: Vec::new() };
	seal_batch(&[key; 32], BATCH * BATCH_SIZE, &vec![result; 4]).unwrap()
}

/// A job whose first batches echo their inputs, one of which is committed and can be audited.
struct Scene {
	source: FakeSource,
	task: AuditTask,
	sealed_root: Hash,
}

impl Scene {
	fn new() -> Self {
		let source = FakeSource::default();
		let PackedInputs { bytes, root } = pack(&inputs()).unwrap();
		let spec = JobSpec {
			program: source.add(ECHO),
			vm_version: VM_VERSION,
			input: InputSpec::PerTask { blob: source.add(&bytes), root },
			tasks: TASKS,
			batch_size: BATCH_SIZE,
			bounty: 1,
			limits: TaskLimits::default(),
			audit: AuditPolicy { auditors: 1, samples: 2, rate: AuditPolicy::EVERY_BATCH },
			execution_window: 10,
			challenge_window: 10,
			lifetime: 100,
		};
		let sealed = sealed(3);
		let task = AuditTask {
			job: 7,
			spec,
			batch: BATCH,
			attempt: 0,
			receipt: Hash::of(b"receipt"),
			sealed: source.add(&sealed.bytes),
			seed: Hash::of(b"seed"),
			validators: 1,
			tranche: 0,
			barred: Vec::new(),
		};
		Self { source, task, sealed_root: sealed.root }
	}

	fn assignment(&self, samples: &[u32]) -> Assignment {
		Assignment {
			task: self.task.clone(),
			sealed_root: self.sealed_root,
			samples: samples.to_vec(),
			is_last_call: false,
			late: Vec::new(),
		}
	}

	/// Examines offsets 1 and 3 of the batch. Returns what was run as well.
	fn examine(self) -> (Examination, Vec<(TaskIndex, Vec<u8>)>) {
		let assignment = self.assignment(&[1, 3]);
		let (examiner, runs) = examiner(self.source);
		let examination = examiner.examine(&assignment);
		let runs = runs.lock().clone();
		(examination, runs)
	}
}

type Runs = Arc<Mutex<Vec<(TaskIndex, Vec<u8>)>>>;

fn examiner(source: FakeSource) -> (Examiner<FakeSource, InProcess>, Runs) {
	let runs = Runs::default();
	let machine = InProcess { engine: Engine::new().unwrap(), runs: runs.clone() };
	(Examiner::new(Arc::new(source), machine, Duration::from_secs(3)), runs)
}

/// The leaf an honest worker has for a task of the scene's job.
fn honest_leaf(task: TaskIndex) -> Hash {
	let engine = Engine::new().unwrap();
	let program = engine.compile(&Program::prepare(ECHO).unwrap()).unwrap();
	let input = &inputs()[task as usize];
	let run = engine.run(&program, &Task { index: task, input }, &TaskLimits::default()).unwrap();
	assert_eq!(run.output, *input);
	run.outcome.leaf(7, task)
}

#[test]
fn an_examination_finds_the_leaves_an_honest_worker_has() {
	let (examination, runs) = Scene::new().examine();
	assert_eq!(examination, Examination::Leaves(vec![honest_leaf(5), honest_leaf(7)]));
	assert_eq!(runs, [(5, inputs().remove(5)), (7, inputs().remove(7))]);
}

#[test]
fn a_shared_input_is_the_same_for_all() {
	let mut scene = Scene::new();
	scene.task.spec.input = InputSpec::Shared { blob: scene.source.add(b"scene") };
	let (examination, runs) = scene.examine();
	assert!(matches!(examination, Examination::Leaves(leaves) if leaves.len() == 2));
	assert_eq!(runs, [(5, b"scene".to_vec()), (7, b"scene".to_vec())]);
}

#[test]
fn the_next_batch_of_a_job_needs_only_its_sealed_results() {
	let scene = Scene::new();
	let (first, program) = (scene.assignment(&[0]), scene.task.spec.program);
	let source = Arc::new(scene.source);
	let machine = InProcess { engine: Engine::new().unwrap(), runs: Runs::default() };
	let examiner = Examiner::new(source.clone(), machine, Duration::from_secs(3));
	assert!(matches!(examiner.examine(&first), Examination::Leaves(_)));
	source.blobs.lock().remove(&program.hash);
	assert!(matches!(examiner.examine(&first), Examination::Leaves(_)));
	examiner.forget();
	assert!(matches!(examiner.examine(&first), Examination::Missing(_)));
}

#[test]
fn what_is_missing_is_missing_and_nothing_is_run() {
	for missing in 0..3 {
		let scene = Scene::new();
		let spec = &scene.task.spec;
		let blob = [spec.program, *spec.input.blob(), scene.task.sealed][missing];
		scene.source.blobs.lock().remove(&blob.hash);
		let (examination, runs) = scene.examine();
		let Examination::Missing(reason) = examination else { panic!("{examination:?}") };
		assert!(reason.contains(&blob.hash.to_string()), "{reason}");
		assert!(runs.is_empty());
	}
}

#[test]
fn what_is_of_no_use_to_anybody_is_told_apart() {
	let changes: [fn(&mut Scene); 2] = [
		|scene| scene.task.spec.program = scene.source.add(b"not a program"),
		|scene| {
			let packed = pack(&inputs()[1..]).unwrap();
			let blob = scene.source.add(&packed.bytes);
			scene.task.spec.input = InputSpec::PerTask { blob, root: packed.root };
		},
	];
	for (number, change) in changes.into_iter().enumerate() {
		let mut scene = Scene::new();
		change(&mut scene);
		let (examination, _) = scene.examine();
		assert!(matches!(examination, Examination::Unusable(_)), "change {number}: {examination:?}");
	}
}

#[test]
fn tasks_are_run_even_if_the_sealed_results_never_come() {
	let leaves = || Examination::Unsealed(vec![honest_leaf(5), honest_leaf(7)]);
	let changes: [fn(&mut Scene); 2] = [
		|scene| scene.task.sealed = scene.source.add(b"not sealed results"),
		|scene| scene.sealed_root = Hash::of(b"another root"),
	];
	for change in changes {
		let mut scene = Scene::new();
		change(&mut scene);
		assert_eq!(scene.examine().0, leaves());
	}
	let scene = Scene::new();
	scene.source.blobs.lock().remove(&scene.task.sealed.hash);
	let assignment = scene.assignment(&[1, 3]);
	let (examiner, runs) = examiner(scene.source);
	assert!(matches!(examiner.examine(&assignment), Examination::Missing(_)));
	assert!(runs.lock().is_empty(), "they may come yet");
	let last_call = Assignment { is_last_call: true, ..assignment };
	assert_eq!(examiner.examine(&last_call), leaves());
}

#[test]
fn the_own_machines_troubles_are_no_finding() {
	let mut broken = Scene::new();
	broken.source.is_broken = true;
	assert!(matches!(broken.examine().0, Examination::NoVerdict(_)));
	let mut newer = Scene::new();
	newer.task.spec.vm_version = VM_VERSION + 1;
	assert!(matches!(newer.examine().0, Examination::NoVerdict(_)));
}

#[test]
fn from_the_draw_to_a_report_the_chain_accepts() {
	let keystore = MemoryKeystore::new();
	let auditor = keystore.sr25519_generate_new(AUDIT_KEY_TYPE, None).unwrap().0;
	let scene = Scene::new();
	let (task, statement) = (scene.task.clone(), statement(GENESIS, &scene.task));
	let mut duties = Duties::default();
	duties.update(&[auditor], std::slice::from_ref(&task), |key, task| {
		key::draw(&keystore, key, &duties::statement(GENESIS, task)).ok()
	});
	let due = duties.begin(1, true).unwrap();
	let assignment = Assignment {
		task: due.task,
		sealed_root: scene.sealed_root,
		samples: due.samples,
		is_last_call: false,
		late: due.late,
	};
	let examination = examiner(scene.source).0.examine(&assignment);
	let conclusion = duties.conclude(&due.id, examination, 1).unwrap();
	let report = key::sign(&keystore, &auditor, &statement, conclusion.findings).unwrap();

	// What the chain does with it: verify, draw the samples itself, and compare with the worker's leaves.
	let draw = report.verify(&statement).unwrap();
	assert!(draw.is_eligible(&task.spec.audit, task.validators, task.tranche));
	let expected = draw
		.samples(&task.spec.audit, task.spec.batch_len(task.batch).unwrap())
		.into_iter()
		.map(|offset| tag(&auditor, &honest_leaf(BATCH * BATCH_SIZE + offset)))
		.collect();
	assert_eq!(report.findings, Findings::Checked(expected));
}

/// A draw 0.47 of the way from the luckiest to the unluckiest.
const DRAW: Draw = Draw { randomness: [0x77; 32] };
const KEY: AuditorKey = [5; 32];

fn listed(batch: u32) -> AuditTask {
	let mut task = Scene::new().task;
	task.batch = batch;
	task
}

fn duties_for(tasks: &[AuditTask]) -> Duties {
	let mut duties = Duties::default();
	duties.update(&[KEY], tasks, |_, _| Some(DRAW));
	duties
}

#[test]
fn the_most_urgent_batch_comes_first_and_each_once() {
	let mut duties = duties_for(&[listed(2), listed(0), listed(1)]);
	assert_eq!(duties.begin(1, true).unwrap().task.batch, 2);
	duties.update(&[KEY], &[listed(1), listed(2), listed(0)], |_, task| panic!("drawn twice: {task:?}"));
	assert_eq!(duties.begin(1, true).unwrap().task.batch, 1);
	assert_eq!(duties.begin(1, true).unwrap().task.batch, 0);
	assert!(duties.begin(1, true).is_none());
}

#[test]
fn nothing_is_done_before_the_draw_admits_it() {
	let mut task = listed(0);
	// 1.5 · 1 / 10 per tranche, and the draw is at 0.47.
	task.validators = 10;
	let mut duties = duties_for(&[task.clone()]);
	for tranche in 0..3 {
		task.tranche = tranche;
		duties.update(&[KEY], &[task.clone()], |_, _| None);
		assert!(duties.begin(1, true).is_none(), "tranche {tranche}");
	}
	task.tranche = 3;
	duties.update(&[KEY], &[task], |_, _| None);
	assert_eq!(duties.begin(1, true).unwrap().samples, DRAW.samples(&listed(0).spec.audit, BATCH_SIZE));
}

#[test]
fn endless_loops_do_not_keep_an_auditor_from_the_rest() {
	let mut endless = listed(0);
	endless.spec.limits.fuel = TaskLimits::MAX_FUEL;
	let mut duties = duties_for(&[endless, listed(1), listed(2)]);
	assert_eq!(duties.begin(1, true).unwrap().task.batch, 1, "short ones first, however urgent others are");
	assert_eq!(duties.begin(1, false).unwrap().task.batch, 2);
	assert!(duties.begin(1, false).is_none(), "the last slot is kept free");
	assert_eq!(duties.begin(1, true).unwrap().task.batch, 0);
}

#[test]
fn a_report_already_there_is_no_duty_and_neither_is_an_impossible_batch() {
	let mut reported = listed(0);
	reported.barred = vec![[6; 32], KEY];
	assert_eq!(duties_for(&[reported, listed(99)]).len(), 0);
}

#[test]
fn what_moved_on_is_forgotten_unless_it_is_under_way() {
	let mut duties = duties_for(&[listed(0), listed(1)]);
	let due = duties.begin(1, true).unwrap();
	duties.update(&[KEY], &[], |_, _| None);
	assert_eq!(duties.len(), 1);
	// It was listed again meanwhile: still under way.
	duties.update(&[KEY], &[listed(0)], |_, _| Some(DRAW));
	assert!(duties.begin(1, true).is_none());
	duties.conclude(&due.id, Examination::NoVerdict(String::new()), 1);
	duties.update(&[KEY], &[], |_, _| None);
	assert_eq!(duties.len(), 0);
	assert!(duties.conclude(&due.id, Examination::Leaves(Vec::new()), 1).is_none());
}

#[test]
fn missing_data_is_reported_only_after_a_grace_period() {
	let mut duties = duties_for(&[listed(0)]);
	for now in 100..100 + GRACE {
		let due = duties.begin(now, true).unwrap();
		assert_eq!(duties.conclude(&due.id, Examination::Missing(String::new()), now), None);
		assert!(duties.begin(now, true).is_none(), "not twice at one block");
	}
	let due = duties.begin(100 + GRACE, true).unwrap();
	let conclusion = duties.conclude(&due.id, Examination::Missing(String::new()), 100 + GRACE).unwrap();
	assert_eq!(conclusion.findings, Findings::Unavailable);
}

#[test]
fn sealed_results_are_not_waited_for_longer_than_other_data() {
	let mut duties = duties_for(&[listed(0)]);
	for now in 100..100 + GRACE {
		let due = duties.begin(now, true).unwrap();
		assert!(!due.is_last_call);
		duties.conclude(&due.id, Examination::Missing(String::new()), now);
	}
	let due = duties.begin(100 + GRACE, true).unwrap();
	assert!(due.is_last_call);
	let leaf = Hash::of(b"leaf");
	let conclusion = duties.conclude(&due.id, Examination::Unsealed(vec![leaf]), 100 + GRACE).unwrap();
	assert_eq!(conclusion.findings, Findings::Unsealed(vec![tag(&KEY, &leaf)]));
}

/// Whoever serves the sealed results decides how long an examination waits for them. That must not have an auditor report that
/// it has nothing, without a tag, before it has run its samples.
#[test]
fn however_long_a_look_takes_the_samples_are_run_before_anything_is_unavailable() {
	let mut duties = duties_for(&[listed(0)]);
	let missing = || Examination::Missing(String::new());
	let due = duties.begin(100, true).unwrap();
	assert_eq!(duties.conclude(&due.id, missing(), 300), None);
	let due = duties.begin(301, true).unwrap();
	assert!(!due.is_last_call);
	assert_eq!(duties.conclude(&due.id, missing(), 500), None);
	let due = duties.begin(501, true).unwrap();
	assert!(due.is_last_call, "now they are run without");
	let conclusion = duties.conclude(&due.id, missing(), 501).unwrap();
	assert_eq!(conclusion.findings, Findings::Unavailable, "the program or the input is missing, too");
}

#[test]
fn what_turns_up_in_time_is_checked() {
	let mut duties = duties_for(&[listed(0)]);
	let due = duties.begin(100, true).unwrap();
	assert_eq!(duties.conclude(&due.id, Examination::Missing(String::new()), 100), None);
	let due = duties.begin(101, true).unwrap();
	let leaf = Hash::of(b"leaf");
	let conclusion = duties.conclude(&due.id, Examination::Leaves(vec![leaf]), 101).unwrap();
	assert_eq!(conclusion.findings, Findings::Checked(vec![tag(&KEY, &leaf)]));
}

#[test]
fn useless_data_is_reported_at_once_and_a_failing_machine_never() {
	let mut duties = duties_for(&[listed(0)]);
	let mut now = 1;
	for wait in [1, 2, 4, 8, 16, 32, 32] {
		let due = duties.begin(now, true).unwrap();
		assert_eq!(duties.conclude(&due.id, Examination::NoVerdict(String::new()), now), None);
		assert!(duties.begin(now + wait - 1, true).is_none());
		now += wait;
	}
	let due = duties.begin(now, true).unwrap();
	let conclusion = duties.conclude(&due.id, Examination::Unusable(String::new()), now).unwrap();
	assert_eq!(conclusion.findings, Findings::Unavailable);
}

#[test]
fn a_report_that_got_lost_is_sent_again_unchanged() {
	let mut duties = duties_for(&[listed(0)]);
	let due = duties.begin(1, true).unwrap();
	let report = AuditReport {
		job: 7,
		batch: 0,
		attempt: 0,
		auditor: KEY,
		pre_output: [0; 32],
		proof: [0; 64],
		findings: Findings::Unavailable,
	};
	duties.conclude(&due.id, Examination::Unusable(String::new()), 1).unwrap();
	duties.reported(&due.id, report.clone(), 1);
	assert!(duties.begin(1, true).is_none());
	duties.update(&[KEY], &[listed(0)], |_, _| None);
	assert_eq!(duties.overdue(RESEND_AFTER), []);
	assert_eq!(duties.overdue(1 + RESEND_AFTER), [report]);
	assert_eq!(duties.overdue(2 + RESEND_AFTER), []);
	let mut included = listed(0);
	included.barred.push(KEY);
	duties.update(&[KEY], &[included], |_, _| None);
	assert_eq!(duties.len(), 0);
}

/// Contested, and not looked at before.
fn fresh(task: DisputeTask) -> Contested {
	Contested { task, late: Vec::new(), leaf: None }
}

/// The question whether the sealed results of the scene's batch can be had.
fn asked_for(scene: &Scene) -> DisputeTask {
	let AuditTask { job, spec, batch, attempt, sealed, .. } = scene.task;
	DisputeTask {
		job,
		spec,
		batch,
		attempt,
		task: BATCH * BATCH_SIZE,
		leaf: sealed.hash,
		opened_at: 1,
		sealed,
		sealed_root: scene.sealed_root,
		key: Some([3; 32]),
		voted: Vec::new(),
		withheld: true,
	}
}

#[test]
fn results_that_are_asked_for_are_held_or_not() {
	let judged = |change: fn(&mut Scene)| {
		let mut scene = Scene::new();
		change(&mut scene);
		let dispute = asked_for(&scene);
		let (examiner, runs) = examiner(scene.source);
		let judgement = examiner.judge(&fresh(dispute));
		assert!(runs.lock().is_empty(), "nothing is run");
		judgement
	};
	assert_eq!(judged(|_| {}), Judgement::Ruling(Ruling::Held));
	// Neither program nor input are needed, and the machine need not be the right one.
	let bare = judged(|scene| {
		let sealed = scene.task.sealed.hash;
		scene.source.blobs.lock().retain(|hash, _| *hash == sealed);
		scene.task.spec.vm_version = VM_VERSION + 1;
	});
	assert_eq!(bare, Judgement::Ruling(Ruling::Held));
	let missing = judged(|scene| drop(scene.source.blobs.lock().remove(&scene.task.sealed.hash)));
	assert!(matches!(missing, Judgement::Missing(_)), "it may come yet: {missing:?}");
	let useless = judged(|scene| scene.task.sealed = scene.source.add(b"not sealed results"));
	assert_eq!(useless, Judgement::Ruling(Ruling::Unavailable));
	let others = judged(|scene| scene.sealed_root = Hash::of(b"another root"));
	assert_eq!(others, Judgement::Ruling(Ruling::Unavailable));
	let broken = judged(|scene| scene.source.is_broken = true);
	assert!(matches!(broken, Judgement::NoVerdict(_)), "that is this machine's trouble: {broken:?}");
}

/// A challenger that found garbage loses its bond if validators say that the worker's leaf is right and no more.
#[test]
fn no_room_for_the_sealed_results_is_no_vote_for_their_worker() {
	let task = BATCH * BATCH_SIZE;
	let judged = |change: fn(&mut Scene)| {
		let mut scene = Scene::new();
		change(&mut scene);
		let dispute = DisputeTask { leaf: honest_leaf(task), withheld: false, ..asked_for(&scene) };
		examiner(scene.source).0.judge(&fresh(dispute))
	};
	assert_eq!(judged(|_| {}), Judgement::Ruling(Ruling::Missealed), "the scene's results are others");
	let missing = judged(|scene| drop(scene.source.blobs.lock().remove(&scene.task.sealed.hash)));
	assert_eq!(missing, Judgement::Ruling(Ruling::Leaf(honest_leaf(task))));
	let full = judged(|scene| scene.source.no_room_for = Some(scene.task.sealed.hash));
	assert!(matches!(full, Judgement::NoVerdict(_)), "{full:?}");
}

/// Who votes `Held` has the results, and keeps them as long as there is room.
#[test]
fn a_validator_votes_that_it_has_what_it_has_and_nothing_else() {
	let judged = |change: fn(&mut Scene)| {
		let mut scene = Scene::new();
		change(&mut scene);
		let (dispute, kept) = (asked_for(&scene), scene.source.kept.clone());
		let judgement = examiner(scene.source).0.judge(&fresh(dispute.clone()));
		let (vouched, held) = kept.lock().clone();
		assert!(vouched.is_empty());
		(judgement, held == [dispute.sealed.hash])
	};
	assert_eq!(judged(|_| {}), (Judgement::Ruling(Ruling::Held), true));
	let full = judged(|scene| scene.source.has_no_room_to_hold = true);
	assert_eq!(full, (Judgement::Ruling(Ruling::Held), false), "they are here now");
	let useless = judged(|scene| scene.sealed_root = Hash::of(b"another root"));
	assert_eq!(useless, (Judgement::Ruling(Ruling::Unavailable), false), "garbage takes none of that room");
}

#[test]
fn an_auditor_keeps_the_sealed_results_that_it_vouches_for() {
	let vouched = |change: fn(&mut Scene)| {
		let mut scene = Scene::new();
		change(&mut scene);
		let (sealed, kept) = (scene.task.sealed.hash, scene.source.kept.clone());
		scene.examine();
		let (vouched, held) = kept.lock().clone();
		assert!(held.is_empty());
		(vouched.contains(&sealed), vouched.len())
	};
	assert_eq!(vouched(|_| {}), (true, 1), "and neither the program nor the input");
	assert_eq!(vouched(|scene| scene.sealed_root = Hash::of(b"another root")), (false, 0));
}

/// The sealed results of a batch arrive a piece a minute. There is one slot, and another batch at hand.
#[test]
fn what_is_slow_to_come_keeps_nobody_from_what_is_at_hand() {
	let slow = Scene::new();
	let (task, again) = (slow.task.clone(), sealed(4));
	let other = AuditTask { attempt: 1, sealed: slow.source.add(&again.bytes), ..task.clone() };
	let roots = [slow.sealed_root, again.root];
	slow.source.arriving.lock().insert(task.sealed.hash, 1 << 20);
	let source = Arc::new(slow.source);
	let machine = InProcess { engine: Engine::new().unwrap(), runs: Runs::default() };
	let examiner = Examiner::new(source.clone(), machine, Duration::from_secs(3));
	let mut duties = duties_for(&[task, other]);
	let examine = |duties: &mut Duties, now| {
		let Due { id, task, samples, is_last_call, late, .. } = duties.begin(now, true)?;
		let attempt = task.attempt;
		let sealed_root = roots[attempt as usize];
		let examination = examiner.examine(&Assignment { task, sealed_root, samples, is_last_call, late });
		let conclusion = duties.conclude(&id, examination, now);
		if conclusion.is_some() {
			// Reported.
			duties.postpone(&id, BlockNumber::MAX);
		}
		Some((attempt, conclusion.map(|conclusion| conclusion.findings)))
	};
	assert_eq!(examine(&mut duties, 100), Some((0, None)));
	let (attempt, findings) = examine(&mut duties, 100).unwrap();
	assert!(attempt == 1 && matches!(findings, Some(Findings::Checked(_))), "{attempt} {findings:?}");
	let mut begun = Vec::new();
	for now in 101..200 {
		duties.look_at_arrivals(now, |blob| examiner.arrived(blob));
		begun.extend(examine(&mut duties, now).map(|what| (now, what)));
	}
	// Then it counts as missing, and what is wrong with the batch comes out all the same.
	let late = 100 + START + 1;
	let [looks @ .., (last, (0, Some(Findings::Unsealed(_))))] = &begun[..] else { panic!("{begun:?}") };
	assert_eq!(looks, [(late, (0, None)), (late + 1, (0, None))]);
	assert_eq!(*last, late + GRACE);
}

#[test]
fn what_arrives_at_an_honest_rate_is_waited_for_and_checked() {
	let mut duties = duties_for(&[listed(0)]);
	let due = duties.begin(100, true).unwrap();
	let blob = Hash::of(b"large");
	assert_eq!(duties.conclude(&due.id, Examination::OnItsWay(blob), 100), None);
	for now in 101..250 {
		duties.look_at_arrivals(now, |_| Some(u64::from(now - 100) << 21));
		assert!(duties.begin(now, true).is_none(), "block {now}");
	}
	duties.look_at_arrivals(250, |_| None);
	let due = duties.begin(250, true).unwrap();
	assert!(due.late.is_empty() && !due.is_last_call && !due.is_first);
	let leaf = Hash::of(b"leaf");
	let conclusion = duties.conclude(&due.id, Examination::Leaves(vec![leaf]), 250).unwrap();
	assert_eq!(conclusion.findings, Findings::Checked(vec![tag(&KEY, &leaf)]));
}

#[test]
fn what_is_looked_for_again_comes_after_what_was_never_looked_at() {
	let mut duties = duties_for(&[listed(0)]);
	let due = duties.begin(100, true).unwrap();
	duties.conclude(&due.id, Examination::Missing(String::new()), 100);
	duties.update(&[KEY], &[listed(0), listed(1)], |_, _| Some(DRAW));
	assert_eq!(duties.begin(101, true).unwrap().task.batch, 1);
	assert_eq!(duties.begin(101, true).unwrap().task.batch, 0);
}

/// The task is not run again with every look, and a leaf that convicts is not held up by what the convicted sends slowly.
#[test]
fn a_contested_task_is_run_once_whatever_is_on_its_way() {
	let task = BATCH * BATCH_SIZE;
	let scene = Scene::new();
	let right = DisputeTask { leaf: honest_leaf(task), withheld: false, ..asked_for(&scene) };
	let wrong = DisputeTask { leaf: Hash::of(b"wrong"), ..right.clone() };
	let sealed = scene.task.sealed.hash;
	scene.source.arriving.lock().insert(sealed, 0);
	let (examiner, runs) = examiner(scene.source);
	let leaf = honest_leaf(task);
	assert_eq!(examiner.judge(&fresh(wrong)), Judgement::Ruling(Ruling::Leaf(leaf)));
	let waiting = Judgement::OnItsWay { blob: sealed, leaf: Some(leaf) };
	assert_eq!(examiner.judge(&fresh(right.clone())), waiting);
	assert_eq!(runs.lock().len(), 2);
	let again = Contested { leaf: Some(leaf), ..fresh(right) };
	assert_eq!(examiner.judge(&again), waiting);
	let late = Contested { late: vec![sealed], ..again };
	assert_eq!(examiner.judge(&late), Judgement::Ruling(Ruling::Leaf(leaf)));
	assert_eq!(runs.lock().len(), 2);
}
