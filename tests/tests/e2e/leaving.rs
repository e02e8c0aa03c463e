//! A validator that has had enough leaves, and gets its bond back; the others go on.

use assay_tests::{chain, keys, wait::wait_for, Validators, Wallet, ASY};

/// What a candidate has reserved, as the preset has it, and what it has at stake as an auditor.
const BOND: u128 = 10 * ASY;
const STAKE: u128 = 100 * ASY;

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_leaves_and_gets_its_bond_back() {
	let (genesis, mut node) = Validators::start_with_dave().await;
	let client = genesis.alice.client().await;
	let dave = keys("//Dave").account();
	let wallet = Wallet::at(node.url());

	wallet.json(&["validator", "join", "--suri", "//Dave"]).await;
	let validates = |wanted: bool| {
		let client = &client;
		move || async move {
			let validators = client.validators().await.ok()?;
			(validators.contains(&dave) == wanted).then_some(())
		}
	};
	wait_for("Dave to validate", validates(true)).await;
	let before = chain::balance(&client, &dave).await;

	let standing = wallet.json(&["validator", "leave", "--suri", "//Dave"]).await;
	assert_eq!(standing["candidacyBond"], serde_json::Value::Null, "{standing}");
	assert_eq!(standing["stake"], STAKE.to_string(), "{standing}");
	let after = chain::balance(&client, &dave).await;
	assert_eq!(before.reserved - after.reserved, BOND, "the bond is back at once");
	wait_for("Dave to validate no more", validates(false)).await;
	node.stop().await;

	// The stake answers for a while longer.
	let at_alice = Wallet::at(genesis.alice.url());
	at_alice.json(&["auditor", "unbond", "--amount", "100", "--suri", "//Dave"]).await;
	let auditor = client.auditor(&dave).await.expect("the node answers").expect("it is remembered");
	assert_eq!((auditor.stake, auditor.unbonding), (0, STAKE));
	assert!(auditor.withdrawable_at.is_some());

	let block = client.finalized_block().await.expect("the node answers");
	wait_for("the others to go on", || async {
		client.finalized_block().await.ok().filter(|finalised| *finalised > block)
	})
	.await;
}
