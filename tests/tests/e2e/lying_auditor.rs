//! An auditor that lies: it costs itself money, and nobody else.

use assay_client::{Client, ComputeEvent};
use assay_primitives::{
	view::{BatchStage, JobView},
	AccountId, AuditPolicy, JobId,
};
use assay_tests::{chain, job, keys, program, LyingAuditor, Network, Worker, ASY};

/// The liar, whose node does not audit.
const LIAR: usize = 3;
const VALIDATORS: u8 = 4;
const TASKS: u32 = 4;
/// What a wrong report costs.
const PENALTY: u128 = 100 * ASY;
const STAKE: u128 = 1_000 * ASY;
const INPUT: &[u8] = b"what all of them see";

async fn network() -> Network {
	let mut network = Network::new(VALIDATORS.into(), assay_tests::network::LONG_SESSIONS);
	network.node_mut(LIAR).add_arguments(&["--no-auditor"]);
	network.launch().await;
	network
}

/// Posts a job of a single batch that so many auditors look at, and waits until it is over.
async fn finished(client: &Client, auditors: u8) -> JobView {
	let code = program::countdown(1_000);
	let mut spec = job::spec(&code, INPUT, TASKS);
	spec.audit = AuditPolicy { auditors, samples: 1, rate: AuditPolicy::EVERY_BATCH };
	let id = job::post(client, &keys("//Eve"), &code, INPUT, spec).await;
	job::closed(client, id).await
}

/// Checks that the worker was paid for everything, and that nobody took anything from it.
async fn assert_paid(client: &Client, job: &JobView, worker: &AccountId) {
	job::assert_balanced(job);
	assert_eq!(job.paid_to_workers, job.spec.bounty * u128::from(TASKS), "{job:?}");
	let batch = job::batch(client, (job.id, 0)).await;
	assert_eq!((batch.stage, batch.worker), (BatchStage::Settled, Some(*worker)), "{batch:?}");
	let record = client.worker(worker).await.expect("the node answers").expect("it is a worker");
	assert_eq!((record.slashed, record.batches_lost, record.locked), (0, 0, 0), "{record:?}");
}

async fn stake(client: &Client, suri: &str) -> u128 {
	let auditor = client.auditor(&keys(suri).account()).await.expect("the node answers");
	auditor.expect("it has a stake").stake
}

/// Which auditors lost something over a job.
fn slashed(history: &[ComputeEvent], wanted: JobId) -> Vec<(AccountId, u128)> {
	let lost = |event: &ComputeEvent| match event {
		ComputeEvent::AuditorSlashed { job, auditor, burned, compensation, .. } if *job == wanted => {
			Some((*auditor, burned + compensation))
		},
		_ => None,
	};
	history.iter().filter_map(lost).collect()
}

/// Everybody who was honest has all of its stake.
async fn assert_honest_are_whole(client: &Client) {
	for honest in ["//Alice", "//Bob", "//Charlie"] {
		assert_eq!(stake(client, honest).await, STAKE, "{honest}");
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "with the other faults: make faults"]
async fn an_auditor_that_lies_loses_its_stake_and_the_worker_is_paid() {
	let network = network().await;
	let client = network.node(0).client().await;
	let (dave, worker) = (keys("//Dave").account(), keys("//Ferdie").account());
	let liar = LyingAuditor::start(&network.node(1).url(), "//Dave", "false-tags", &[]);
	let _worker = Worker::start_at(&network.node(1).url(), "//Ferdie", &["--stake", "10"]);

	// Four of four are wanted, so the liar is drawn whatever its VRF says.
	let closed = finished(&client, VALIDATORS).await;
	assert_eq!(liar.lies(), 1);
	assert_paid(&client, &closed, &worker).await;
	let history = chain::history(&client, 1).await;
	assert_eq!(slashed(&history, closed.id), [(dave, PENALTY)], "{history:?}");
	assert_eq!(stake(&client, "//Dave").await, STAKE - PENALTY);
	assert_honest_are_whole(&client).await;
	let verdict = |event: &ComputeEvent| matches!(event, ComputeEvent::DisputeDecided { verdict: Some(verdict), .. } if verdict == "Leaf");
	assert_eq!(history.iter().filter(|event| verdict(event)).count(), 1, "{history:?}");
	assert!(chain::convictions(&history).is_empty(), "{history:?}");
}

/// A kind of liar, how many auditors its jobs want, and whether it is to lose something.
const KINDS: [(&str, u8, bool); 4] =
	[("copy", VALIDATORS, true), ("lazy", 2, false), ("unavailable", 1, false), ("unsealed", 1, false)];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes about ten minutes: make faults"]
async fn no_kind_of_liar_harms_anybody_else() {
	/// More jobs than that without a single lie, and the draw is not random.
	const JOBS: usize = 20;
	let network = network().await;
	let client = network.node(0).client().await;
	let (dave, worker) = (keys("//Dave").account(), keys("//Ferdie").account());
	let _worker = Worker::start_at(&network.node(1).url(), "//Ferdie", &["--stake", "10"]);
	let mut lost = 0;
	for (kind, auditors, costs) in KINDS {
		let liar = LyingAuditor::start(&network.node(2).url(), "//Dave", kind, &[]);
		let mut jobs = Vec::new();
		while liar.lies() == 0 {
			assert!(jobs.len() < JOBS, "{kind}: never drawn");
			let closed = finished(&client, auditors).await;
			assert_paid(&client, &closed, &worker).await;
			jobs.push(closed.id);
		}
		let history = chain::history(&client, 1).await;
		let slashes: Vec<_> = jobs.iter().flat_map(|job| slashed(&history, *job)).collect();
		if costs {
			assert!(!slashes.is_empty(), "{kind}: a lie that cost nothing");
		}
		assert!(
			slashes.iter().all(|(auditor, amount)| (*auditor, *amount) == (dave, PENALTY)),
			"{kind}: {slashes:?}"
		);
		if !costs {
			assert!(slashes.is_empty(), "{kind}: {slashes:?}");
		}
		lost += PENALTY * u128::try_from(slashes.len()).expect("a small number");
		assert_eq!(stake(&client, "//Dave").await, STAKE - lost, "{kind}");
		assert_honest_are_whole(&client).await;
		assert!(chain::convictions(&history).is_empty(), "{kind}: {history:?}");
		eprintln!("{kind}: {} jobs, {} slashes", jobs.len(), slashes.len());
	}
}
