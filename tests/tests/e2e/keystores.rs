//! Accounts in keystores, made and used by somebody at a terminal. No node is needed until a key is to sign.

use assay_tests::{files, keys, node, Terminal, Wallet};
use serde_json::Value;
use std::path::Path;

const UNREACHABLE: i32 = 4;
const USAGE: i32 = 64;
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

struct Person<'a> {
	folder: &'a Path,
}

impl Person<'_> {
	fn start(&self, arguments: &[&str]) -> Terminal {
		let folder = files::argument(self.folder);
		Terminal::assay(arguments, &[("ASSAY_KEYS", folder), ("ASSAY_CONFIG", "/dev/null")])
	}

	/// Runs a command that asks for passwords.
	async fn run(&self, arguments: &[&str], answers: &[(&str, &str)]) -> (i32, String) {
		let mut terminal = self.start(arguments);
		for (question, answer) in answers {
			terminal.expect_secretly(question).await;
			terminal.type_in(&format!("{answer}\n"));
		}
		terminal.end().await
	}
}

/// The phrase that is shown on a line of its own.
fn phrase(screen: &str) -> String {
	let words = |line: &str| line.split_whitespace().count();
	let line = screen.lines().find(|line| line.starts_with("    ") && words(line) == 12);
	line.unwrap_or_else(|| panic!("no phrase in:\n{screen}")).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn keystores_are_made_opened_and_carried_elsewhere() {
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let person = Person { folder: directory.path() };
	let url = node::dead_url();
	let password = [("New password: ", "s3cret"), ("The same again: ", "s3cret")];

	let (code, screen) = person
		.run(&["account", "new", "main"], &[("New password: ", "s3cret"), ("The same again: ", "secret")])
		.await;
	assert_eq!(code, USAGE, "{screen}");
	assert!(screen.contains("the two passwords are not the same"), "{screen}");
	assert!(!directory.path().join("main.json").exists(), "an account of an uncertain password");

	let (code, screen) = person.run(&["account", "new", "main"], &password).await;
	assert_eq!(code, 0, "{screen}");
	assert!(!screen.contains("s3cret"), "the password is shown: {screen}");
	let phrase = phrase(&screen);
	let account = keys(&phrase).account().to_ss58();
	assert!(screen.contains(&account), "{screen}");
	let (code, screen) = person.run(&["account", "new", "main"], &[]).await;
	assert_eq!((code, screen.contains("already")), (USAGE, true), "{screen}");

	// Only what signs asks for the password, and before it asks a node.
	let address = person.run(&["account", "address"], &[]).await;
	assert_eq!(address, (0, format!("{account}\r\n")));
	let transfer = ["--node", &url, "account", "transfer", "--to", ALICE, "--amount", "1"];
	let (code, screen) = person.run(&transfer, &[("Password of main: ", "S3cret")]).await;
	assert_eq!(code, USAGE, "{screen}");
	assert!(screen.contains("wrong password"), "{screen}");
	let (code, screen) = person.run(&transfer, &[("Password of main: ", "s3cret")]).await;
	assert_eq!(code, UNREACHABLE, "{screen}");

	let (code, screen) =
		person.run(&["account", "export", "main", "--phrase"], &[("Password of main: ", "s3cret")]).await;
	assert_eq!((code, screen.contains(&phrase)), (0, true), "{screen}");
	let questions = [("Phrase, or 0x-hexadecimal seed: ", phrase.as_str()), password[0], password[1]];
	let (code, screen) = person.run(&["account", "import", "again"], &questions).await;
	assert_eq!((code, screen.contains(&account)), (0, true), "{screen}");
	assert!(!screen.contains(&phrase), "the phrase is shown: {screen}");
	// With two accounts it has to be said which.
	let (code, screen) = person.run(&transfer, &[]).await;
	assert_eq!((code, screen.contains("--account")), (USAGE, true), "{screen}");

	let mut interrupted = person.start(&["account", "new", "other"]);
	interrupted.expect("New password: ").await;
	interrupted.press_ctrl_c();
	interrupted.expect_interruption().await;
	assert!(!directory.path().join("other.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_without_a_terminal_are_not_asked() {
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let file = directory.path().join("keystore.json");
	let keystore =
		assay_client::Keystore::lock(&keys("//Bob"), None, "bob", "s3cret").expect("it can be locked");
	std::fs::write(&file, keystore.to_json()).expect("there is room for a file");
	let password = directory.path().join("password");
	std::fs::write(&password, "s3cret\n").expect("there is room for a file");
	let wallet = Wallet::at(node::dead_url());
	let account = files::argument(&file);
	let address: Value = wallet.json(&["account", "address", "--account", account]).await;
	assert_eq!(address["address"], keys("//Bob").account().to_ss58());
	let transfer = ["account", "transfer", "--to", ALICE, "--amount", "1", "--account", account];
	wallet.refused(&transfer, USAGE, &["password", "--password-file", "ASSAY_PASSWORD"]).await;
	let with_password = [&transfer[..], &["--password-file", files::argument(&password)]].concat();
	wallet.refused(&with_password, UNREACHABLE, &["no node answers"]).await;
	std::fs::write(&file, b"{}").expect("there is room for a file");
	wallet.refused(&with_password, USAGE, &["no keystore"]).await;
	let said = wallet.run(&["completions", "bash"]).await;
	assert_eq!((said.code, said.output.contains("complete -F _assay")), (0, true));
	let doctor = wallet.run(&["doctor", "--json"]).await;
	assert_eq!(doctor.code, UNREACHABLE, "{doctor:?}");
	let findings: Value = serde_json::from_str(&doctor.output).expect("it is JSON");
	let node = findings.as_array().expect("a list").iter().find(|finding| finding["what"] == "node");
	assert_eq!(node.expect("it looked for the node")["verdict"], "bad");
}
