//! The measurement of `make bench-chain`, without its floods: whoever changes a call, an event or a window finds out here.

use assay_bench_chain::{measure, report::GOAL_BYTES, Kind, Plan};
use assay_tests::DevNode;

const SIZES: [u32; 2] = [1_000, 100_000];

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_settled_and_weighed() {
	let node = DevNode::start_with(&["--no-auditor"]).await;
	let plan = Plan { sizes: SIZES.to_vec(), blocks: 0 };
	let measured = measure(&node.url(), &plan, |_| ()).await.unwrap_or_else(|error| panic!("{error}"));

	let transfer = measured.transfer.weight;
	assert!(transfer > 0.0);
	assert_eq!(measured.costs.iter().map(|cost| cost.tasks).collect::<Vec<_>>(), SIZES);
	for cost in &measured.costs {
		let every = [Kind::Claim, Kind::Receipt, Kind::Report, Kind::Reveal, Kind::Accept];
		assert!(every.iter().all(|kind| cost.calls.contains_key(kind)), "{cost:?}");
		assert!(cost.window > 0.0 && cost.weight() > transfer, "{cost:?}");
		assert_eq!(cost.footprints.len(), 4, "{cost:?}");
		assert!((1..GOAL_BYTES).contains(&cost.largest_footprint()), "{cost:?}");
	}
	// However many tasks there are, the state is the same.
	let [few, many] = &measured.costs[..] else { panic!("{measured:?}") };
	assert_eq!(few.footprints, many.footprints);

	let document = "before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n";
	let document = measured.insert_into(document).expect("it has a place for the tables");
	assert!(document.starts_with("before\n") && document.ends_with("\nafter\n") && !document.contains("old"));
	assert!(document.contains("100,000 tasks"), "{document}");
	assert_eq!(measured.json()["batches"].as_array().map(Vec::len), Some(SIZES.len()));
}
