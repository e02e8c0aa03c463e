//! What people mistype.

use super::Jobs;
use assay_client::Client;
use assay_tests::{chain, files, keys, program, DevNode, Wallet};
use std::{fs, path::Path};

/// The exit codes of `assay`.
const FAILED: i32 = 1;
const REFUSED: i32 = 5;
const USAGE: i32 = 64;

/// Whose money every refused command would have spent.
const BYSTANDER: &str = "//Bob//stash";

struct Files<'a>(&'a Path);

impl Files<'_> {
	fn write(&self, name: &str, bytes: &[u8]) -> String {
		let path = self.0.join(name);
		fs::write(&path, bytes).expect("there is room for a file");
		files::argument(&path).to_owned()
	}
}

pub(crate) async fn refuses(node: &DevNode, client: &Client, jobs: &Jobs) {
	let wallet = Wallet::new(node);
	let account = keys(BYSTANDER).account();
	let before = chain::balance(client, &account).await;
	assert!(before.free > 0);
	tokio::join!(
		bad_programs_and_inputs(&wallet, node),
		bad_numbers(&wallet, node),
		bad_keys(&wallet, node),
		unknown_things(&wallet, client, jobs),
		somebody_elses_job(&wallet, jobs),
	);
	assert_eq!(chain::balance(client, &account).await, before, "a refused command cost something");
}

/// `job post` with these arguments, complete but for what is wrong.
async fn refuse_post(wallet: &Wallet, arguments: &[&str], code: i32, words: &[&str]) {
	let complete = [&["job", "post", "--suri", BYSTANDER, "--yes"], arguments].concat();
	wallet.refused(&complete, code, words).await;
}

async fn bad_programs_and_inputs(wallet: &Wallet, node: &DevNode) {
	let files = Files(node.directory());
	let good = files.write("good.wasm", &program::countdown(1));
	let input = files.write("input", b"input");
	let unknown_import = files.write("unknown-import.wasm", &program::with_unknown_import());
	let cut_short = files.write("cut-short.wasm", &program::countdown(1)[..40]);
	let common = ["--input", &input, "--tasks", "1", "--bounty", "1"];
	for (program, words) in [
		(&input, &["is not a program for Assay's machine"][..]),
		(&cut_short, &["is not a program for Assay's machine"]),
		(&unknown_import, &["\"open_socket\"", "\"env\""]),
	] {
		refuse_post(
			wallet,
			&[&[program.as_str()], &common[..]].concat(),
			USAGE,
			&[&[program.as_str()], words].concat(),
		)
		.await;
	}
	refuse_post(
		wallet,
		&["no-such-file.wasm", "--input", &input, "--tasks", "1", "--bounty", "1"],
		USAGE,
		&["no-such-file.wasm"],
	)
	.await;
	refuse_post(
		wallet,
		&[&good, "--input", "no-such-input", "--tasks", "1", "--bounty", "1"],
		USAGE,
		&["no-such-input"],
	)
	.await;
	refuse_post(wallet, &[&good, "--tasks", "1", "--bounty", "1"], USAGE, &["no input", "--input"]).await;
	refuse_post(wallet, &[&good, "--input", &input, "--bounty", "1"], USAGE, &["--tasks"]).await;
	refuse_post(
		wallet,
		&[&good, "--tasks", "2", "--bounty", "1", "--inputs", &input],
		USAGE,
		&["2 tasks", "1 input"],
	)
	.await;
}

async fn bad_numbers(wallet: &Wallet, node: &DevNode) {
	let files = Files(node.directory());
	let good = files.write("numbers.wasm", &program::countdown(1));
	let post = |arguments: &'static str| {
		let words: Vec<_> = arguments.split_whitespace().collect();
		[&[good.as_str(), "--input", &good], &words[..]].concat()
	};
	// Amounts with more digits than there is money are no amounts; two of the greatest are more than there can be.
	for (arguments, words) in [
		("--tasks 0 --bounty 1", &["--tasks"][..]),
		("--tasks 4294967296 --bounty 1", &["--tasks"]),
		("--tasks 1 --bounty 0", &["bounty is 0", "--bounty"]),
		("--tasks 1 --bounty -1", &["-1"]),
		("--tasks 1 --bounty 0.0000000000001", &["--bounty", "12 decimal places"]),
		("--tasks 1 --bounty 999999999999999999999999999999", &["--bounty", "too large"]),
		("--tasks 2 --bounty 340282366920938463463374607", &["more money than there can be"]),
		("--tasks 1 --bounty 1 --batch-size 0", &["--batch-size"]),
		("--tasks 1 --bounty 1 --batch-size 100001", &["--batch-size"]),
		("--tasks 1 --bounty 1 --batch-size 99999999999999999999", &["--batch-size"]),
		("--tasks 1 --bounty 1 --fuel 0", &["--fuel"]),
		("--tasks 1 --bounty 1 --memory-pages 16385", &["--memory-pages"]),
		("--tasks 1 --bounty 1 --auditors 0", &["--auditors"]),
		("--tasks 1 --bounty 1 --samples 17", &["--samples"]),
		("--tasks 1 --bounty 1 --rate 4.9", &["--rate", "between 5 and 100"]),
		("--tasks 1 --bounty 1 --execution-window 4", &["--execution-window is 4 blocks"]),
		("--tasks 1 --bounty 1 --challenge-window 1", &["--challenge-window is 1 blocks"]),
		("--tasks 1 --bounty 1 --lifetime 0", &["--lifetime is 0 blocks"]),
	] {
		refuse_post(wallet, &post(arguments), USAGE, words).await;
	}
	// More than the account has, though not more than there is.
	refuse_post(wallet, &post("--tasks 1000 --bounty 100000"), REFUSED, &["can spend", "are needed"]).await;
	let nobody = ["job", "post", "--suri", "//Nobody", "--yes"];
	wallet
		.refused(&[&nobody, &post("--tasks 1 --bounty 1")[..]].concat(), REFUSED, &["can spend 0 ASY"])
		.await;
	let transfer = ["account", "transfer", "--suri", "//Nobody", "--amount", "1", "--to"];
	let to = keys(BYSTANDER).account().to_ss58();
	wallet.refused(&[&transfer, &[to.as_str()][..]].concat(), REFUSED, &["can spend 0 ASY"]).await;
}

async fn bad_keys(wallet: &Wallet, node: &DevNode) {
	let files = Files(node.directory());
	let good = files.write("keys.wasm", &program::countdown(1));
	let post = ["job", "post", &good, "--input", &good, "--tasks", "1", "--bounty", "1"];
	wallet.refused(&[&post[..], &["--yes"]].concat(), USAGE, &["--key-file", "--suri"]).await;
	wallet.refused(&[&post[..], &["--suri", BYSTANDER]].concat(), USAGE, &["--yes"]).await;
	let secret = "0x0123456789abcdef";
	let said = wallet.run(&[&post[..], &["--yes", "--suri", secret]].concat()).await;
	assert_eq!(said.code, USAGE, "{said:?}");
	assert!(!said.errors.contains(secret), "a secret is shown: {said:?}");
	let address = keys(BYSTANDER).account().to_ss58();
	let (start, end) = address.split_at(address.len() - 1);
	let mistyped = format!("{start}{}", if end == "1" { "2" } else { "1" });
	wallet.refused(&["account", "balance", &mistyped], USAGE, &["address"]).await;
	Wallet::at("http://127.0.0.1:9944").refused(&["node"], USAGE, &["ws://127.0.0.1:9944"]).await;
}

async fn unknown_things(wallet: &Wallet, client: &Client, jobs: &Jobs) {
	let unknown = "1000000";
	for command in ["status", "watch", "report"] {
		wallet
			.refused(&["job", command, unknown], FAILED, &["there is no job 1000000", "assay job list"])
			.await;
	}
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let out = directory.path().join("results");
	let out = files::argument(&out);
	wallet.refused(&["job", "fetch", unknown, "--out", out], FAILED, &["there is no job 1000000"]).await;
	assert!(!Path::new(out).exists(), "a directory for nothing");
	let job = jobs.untouched.to_string();
	let fetch = ["job", "fetch", &job, "--out", out, "--batch", "7"];
	wallet.refused(&fetch, USAGE, &[&format!("job {job} has no batch 7"), "from 0 to 0"]).await;
	let said = wallet.run(&["job", "fetch", &job, "--out", out]).await;
	assert_eq!(said.code, 3, "results that are not ready yet have a code of their own: {said:?}");
	let nobody = keys("//Nobody").account();
	wallet.refused(&["account", "worker", &nobody.to_ss58()], FAILED, &["is not a worker"]).await;
	assert_eq!(client.worker(&nobody).await.expect("the node answers"), None);
}

async fn somebody_elses_job(wallet: &Wallet, jobs: &Jobs) {
	let job = jobs.untouched.to_string();
	wallet.refused(&["job", "cancel", &job, "--suri", "//Dave//stash"], REFUSED, &["NotRequester"]).await;
	wallet.refused(&["job", "cancel", "1000000", "--suri", "//Dave//stash"], REFUSED, &["UnknownJob"]).await;
}
