//! `assay account new`, `import`, `export` and `list`: keystores on this machine. None of them asks a node.

use crate::{
	cli::Context,
	error::{Error, Exit},
	files,
	identity::IdentityError,
	keyring::{self, KeyringError},
	output::Facts,
};
use assay_client::{Keys, Keystore};
use assay_primitives::AccountId;
use clap::Args;
use serde::Serialize;
use std::{
	io::{self, IsTerminal, Write},
	path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct NewOptions {
	/// What to call it on this machine
	#[arg(value_name = "NAME")]
	name: String,

	/// A file whose first line is the password [default: it is asked for]
	#[arg(long, value_name = "FILE")]
	password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
	/// What to call it on this machine
	#[arg(value_name = "NAME")]
	name: String,

	/// A keystore of polkadot-js or of another assay, which keeps its password
	#[arg(long, value_name = "FILE.json", conflicts_with = "phrase_file")]
	keystore: Option<PathBuf>,

	/// A file whose first line is the phrase, or a 0x-hexadecimal seed [default: it is asked for]
	#[arg(long, value_name = "FILE")]
	phrase_file: Option<PathBuf>,

	/// A file whose first line is the password [default: it is asked for]
	#[arg(long, value_name = "FILE")]
	password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
	/// Name or address of the account
	#[arg(value_name = "NAME")]
	name: String,

	/// Its phrase, in the clear, instead of its encrypted keystore
	#[arg(long)]
	phrase: bool,

	/// A file that is not there yet [default: standard output]
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,

	/// A file whose first line is the password, for --phrase [default: it is asked for]
	#[arg(long, value_name = "FILE")]
	password_file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
	name: String,
	address: AccountId,
	file: PathBuf,
}

/// Makes new keys.
pub(super) fn new(context: &Context, options: &NewOptions) -> Result<Exit, Error> {
	let path = keyring::place(&options.name)?;
	let password = keyring::new_password(options.password_file.as_deref())?;
	let (keys, phrase) = Keys::generate();
	keep(context, &options.name, &path, &keys, Some(&phrase), &password)?;
	show(&phrase);
	context
		.output
		.note(format_args!("See the phrase again with: assay account export {} --phrase", options.name))?;
	Ok(Exit::Done)
}

/// Shows a phrase to a person, and to nobody else.
pub(super) fn show(phrase: &str) {
	if io::stderr().is_terminal() {
		eprintln!(
			"\nWrite these words down. Whoever has them has the money; without them and the file it is lost:\n\n    \
			 {phrase}\n"
		);
	}
}

/// Takes over keys from elsewhere.
pub(super) fn import(context: &Context, options: &ImportOptions) -> Result<Exit, Error> {
	let path = keyring::place(&options.name)?;
	if let Some(file) = &options.keystore {
		let entry = keyring::read(file)?;
		// Now, rather than when it is needed, it is seen whether it opens.
		entry.unlock(options.password_file.as_deref())?;
		return told(context, &options.name, &path, &entry.keystore);
	}
	let phrase = match &options.phrase_file {
		Some(file) => keyring::secret_in(file)?,
		None => keyring::ask("Phrase, or 0x-hexadecimal seed: ", "the phrase")?,
	};
	let keys = Keys::from_suri(&phrase).map_err(IdentityError::from)?;
	let password = keyring::new_password(options.password_file.as_deref())?;
	keep(context, &options.name, &path, &keys, Some(phrase.trim()), &password)?;
	Ok(Exit::Done)
}

fn keep(
	context: &Context,
	name: &str,
	path: &Path,
	keys: &Keys,
	phrase: Option<&str>,
	password: &str,
) -> Result<Exit, Error> {
	let keystore = Keystore::lock(keys, phrase, name, password)
		.map_err(|source| KeyringError::Keystore { path: path.to_path_buf(), source })?;
	told(context, name, path, &keystore)
}

fn told(context: &Context, name: &str, path: &Path, keystore: &Keystore) -> Result<Exit, Error> {
	keyring::keep(path, keystore)?;
	let address = keystore.account();
	context.output.json(&Kept { name: name.into(), address, file: path.to_path_buf() })?;
	let mut facts = Facts::default();
	facts.add("Account", name).add("Address", address).add("Keystore", path.display());
	context.output.line(facts)?;
	Ok(Exit::Done)
}

/// Hands out a keystore, or the phrase in it.
pub(super) fn export(context: &Context, options: &ExportOptions) -> Result<Exit, Error> {
	let entry = keyring::find(&options.name)?;
	let bytes = if options.phrase {
		let mut phrase = entry.phrase(options.password_file.as_deref())?;
		phrase.push('\n');
		phrase.into_bytes()
	} else {
		entry.keystore.to_json()
	};
	match &options.out {
		Some(path) => {
			files::write_new_private(path, &bytes).map_err(KeyringError::from)?;
			context.output.note(format_args!("Written to {}.", path.display()))?;
		},
		None => {
			let mut stdout = io::stdout().lock();
			stdout.write_all(&bytes)?;
			stdout.flush()?;
		},
	}
	Ok(Exit::Done)
}

/// Lists the accounts of this machine.
pub(super) fn list(context: &Context) -> Result<Exit, Error> {
	let kept: Vec<_> = keyring::list()?
		.into_iter()
		.map(|entry| Kept { name: entry.name, address: entry.keystore.account(), file: entry.path })
		.collect();
	context.output.json(&kept)?;
	if kept.is_empty() {
		context.output.line("No accounts. Make one with: assay account new NAME")?;
		return Ok(Exit::Done);
	}
	let mut facts = Facts::default();
	for account in &kept {
		facts.add(&account.name, account.address);
	}
	context.output.line(facts)?;
	Ok(Exit::Done)
}
