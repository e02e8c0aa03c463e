//! There is no node at the address.

use assay_client::{Client, Error};
use assay_tests::{files, node::dead_url, program, Wallet, Worker};

/// The wallet's exit code for a node that does not answer.
const UNREACHABLE: i32 = 4;
const ADVICE: &str = "assay-node --dev";

pub(crate) async fn says_what_to_do() {
	let url = dead_url();
	let wallet = Wallet::at(&url);
	for command in
		[&["node"][..], &["job", "list"], &["job", "watch", "0"], &["account", "balance", "--suri", "//Bob"]]
	{
		wallet.refused(command, UNREACHABLE, &[&url, ADVICE]).await;
	}
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let path = directory.path().join("program.wasm");
	std::fs::write(&path, program::countdown(1)).expect("there is room for a file");
	let program = files::argument(&path);
	let post = [
		"job", "post", program, "--input", program, "--tasks", "1", "--bounty", "1", "--suri", "//Bob",
		"--yes",
	];
	wallet.refused(&post, UNREACHABLE, &[&url, ADVICE]).await;

	let mut worker = Worker::start_at(&url, "//Bob", &[]);
	let status = worker.end().await;
	let log = worker.log();
	assert!(!status.success(), "{log}");
	assert!(log.contains(&url) && log.contains(ADVICE) && log.contains("--node"), "{log}");

	let error = Client::connect(&url).await.map(drop).expect_err("there is nobody");
	assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}
