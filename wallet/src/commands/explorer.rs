//! `assay explorer`: the page on which jobs are watched and checked, from this machine to a browser on it.

use crate::{
	cli::Context,
	error::{Error, Exit},
	output::is_watched,
};
use assay_client::NodeUrl;
use std::{
	collections::BTreeMap,
	fs,
	io::{self, BufRead, BufReader, Read, Write},
	net::{Ipv4Addr, TcpListener, TcpStream},
	path::{Path, PathBuf},
	process::{Command, Stdio},
	sync::Arc,
	thread,
	time::Duration,
};

/// What the build took in: paths from `/` on, and bytes.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/explorer.rs"));
/// Bytes of a request's first line and headers, at most.
const MAX_REQUEST_BYTES: u64 = 16 << 10;
/// How long a browser may take to ask, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The port of this machine to serve the page at; 0 for any that is free
	#[arg(long, value_name = "PORT", default_value_t = 8944)]
	port: u16,

	/// Serve the files in this folder instead of those that are built in
	#[arg(long, value_name = "DIR")]
	files: Option<PathBuf>,

	/// Only print the address
	#[arg(long)]
	no_open: bool,
}

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExplorerError {
	/// Built without the page, and none was named.
	#[error("this assay was built without the explorer's files")]
	NotBuiltIn,
	/// The folder is not that of the built explorer.
	#[error("cannot read {path}: {reason}", path = path.display())]
	Files {
		/// The folder or file.
		path: PathBuf,
		/// What is wrong.
		reason: io::Error,
	},
	/// Somebody else has the port.
	#[error("cannot listen at port {port}: {reason}")]
	Port {
		/// The port.
		port: u16,
		/// What is wrong.
		reason: io::Error,
	},
}

impl ExplorerError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::NotBuiltIn => {
				"Build it with scripts/explorer.sh, and assay again; or name its files with --files DIR."
			},
			Self::Files { .. } => "Name the folder that scripts/explorer.sh prints: it has an index.html.",
			Self::Port { .. } => "Give another one with --port, or 0 for any that is free.",
		}
	}
}

/// The files, by the path they are asked for by.
type Files = BTreeMap<String, Vec<u8>>;

/// Serves the page until the process is ended.
pub(crate) fn run(context: &Context, options: &Options) -> Result<Exit, Error> {
	let node = NodeUrl::parse(context.node())?.to_string();
	let files = Arc::new(match &options.files {
		Some(folder) => read(folder)?,
		None => built_in()?,
	});
	let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
		.map_err(|reason| ExplorerError::Port { port: options.port, reason })?;
	let port = listener.local_addr()?.port();
	let address = format!("http://127.0.0.1:{port}/?node={}", encode(&node));
	context.output.json_line(&serde_json::json!({ "address": address, "node": node }))?;
	context.output.line(format_args!("{address}\nEnd it with Ctrl-C."))?;
	if !options.no_open && is_watched() {
		open(&address);
	}
	for stream in listener.incoming() {
		let files = Arc::clone(&files);
		// A browser that goes away in between is no trouble of this side.
		thread::spawn(move || stream.and_then(|stream| answer(&stream, &files)));
	}
	Ok(Exit::Done)
}

fn built_in() -> Result<Files, ExplorerError> {
	let files: Files = BUILT_IN.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
	files.contains_key("/index.html").then_some(files).ok_or(ExplorerError::NotBuiltIn)
}

/// Reads a folder once: what is asked for later is looked up, and leads nowhere else.
fn read(folder: &Path) -> Result<Files, ExplorerError> {
	fn walk(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), ExplorerError> {
		let failed = |path: &Path| {
			let path = path.to_owned();
			move |reason| ExplorerError::Files { path, reason }
		};
		for entry in fs::read_dir(folder).map_err(failed(folder))? {
			let path = entry.map_err(failed(folder))?.path();
			let name = path.file_name().unwrap_or_default().to_string_lossy();
			let name = format!("{prefix}/{name}");
			if path.is_dir() {
				walk(&path, &name, files)?;
			} else {
				files.insert(name, fs::read(&path).map_err(failed(&path))?);
			}
		}
		Ok(())
	}
	// Before anything else of a folder that may be any.
	let index = folder.join("index.html");
	if let Err(reason) = fs::metadata(&index) {
		return Err(ExplorerError::Files { path: index, reason });
	}
	let mut files = Files::new();
	walk(folder, "", &mut files)?;
	Ok(files)
}

/// For a part of an address: all that is not plainly harmless as `%` and two digits.
fn encode(text: &str) -> String {
	let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
	let encoded =
		|byte: u8| if harmless(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
	text.bytes().map(encoded).collect()
}

fn open(address: &str) {
	let quiet = |name: &str| {
		let mut command = Command::new(name);
		command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
		command.spawn()
	};
	// Where neither is there, the address that was printed has to do.
	let _ = quiet("xdg-open").or_else(|_| quiet("open"));
}

fn media_type(path: &str) -> &'static str {
	match path.rsplit('.').next() {
		Some("html") => "text/html; charset=utf-8",
		Some("js") => "text/javascript; charset=utf-8",
		Some("css") => "text/css; charset=utf-8",
		Some("svg") => "image/svg+xml",
		Some("wasm") => "application/wasm",
		_ => "application/octet-stream",
	}
}

/// Answers one request, and hangs up.
fn answer(mut stream: &TcpStream, files: &Files) -> io::Result<()> {
	stream.set_read_timeout(Some(PATIENCE))?;
	stream.set_write_timeout(Some(PATIENCE))?;
	let mut lines = BufReader::new(stream.take(MAX_REQUEST_BYTES)).lines();
	let request = lines.next().transpose()?.unwrap_or_default();
	// The headers are of no interest, but a browser wants them read before it is answered.
	for line in lines {
		if line?.is_empty() {
			break;
		}
	}
	let mut words = request.split(' ');
	let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
	let path = target.split(['?', '#']).next().unwrap_or_default();
	let path = if path == "/" { "/index.html" } else { path };
	let (status, body) = match (method, files.get(path)) {
		("GET" | "HEAD", Some(body)) => ("200 OK", body.as_slice()),
		("GET" | "HEAD", None) => ("404 Not Found", b"there is no such file".as_slice()),
		_ => ("405 Method Not Allowed", b"".as_slice()),
	};
	let media_type = if status.starts_with("200") { media_type(path) } else { "text/plain" };
	write!(
		stream,
		"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
		X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
		body.len()
	)?;
	if method != "HEAD" {
		stream.write_all(body)?;
	}
	stream.flush()
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What a server with these files answers to a request.
	fn ask(files: Files, request: &str) -> String {
		let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
		let address = listener.local_addr().expect("it is bound");
		let server = thread::spawn(move || {
			let (stream, _) = listener.accept()?;
			answer(&stream, &files)
		});
		let mut client = TcpStream::connect(address).expect("it listens");
		client.write_all(request.as_bytes()).expect("it reads");
		let mut reply = String::new();
		client.read_to_string(&mut reply).expect("it answers");
		server.join().expect("it does not panic").expect("it answers");
		reply
	}

	fn folder() -> (tempfile::TempDir, Files) {
		let outer = tempfile::tempdir().expect("there is room");
		let folder = outer.path().join("site");
		fs::create_dir_all(folder.join("assets")).expect("there is room");
		fs::write(outer.path().join("secret"), "secret").expect("there is room");
		fs::write(folder.join("index.html"), "<p>page</p>").expect("there is room");
		fs::write(folder.join("assets/a.js"), "script").expect("there is room");
		let files = read(&folder).expect("it has an index");
		(outer, files)
	}

	#[test]
	fn the_files_of_a_folder_are_served_under_their_names() {
		let (_outer, files) = folder();
		let index = ask(files.clone(), "GET /?node=ws://127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n");
		assert!(index.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{index}");
		assert!(index.ends_with("\r\n\r\n<p>page</p>"), "{index}");
		let script = ask(files.clone(), "GET /assets/a.js HTTP/1.1\r\n\r\n");
		assert!(script.contains("text/javascript") && script.ends_with("script"), "{script}");
		let head = ask(files.clone(), "HEAD / HTTP/1.1\r\n\r\n");
		assert!(head.contains("Content-Length: 11") && head.ends_with("\r\n\r\n"), "{head}");
	}

	#[test]
	fn nothing_else_is_served() {
		let (_outer, files) = folder();
		for path in
			["/secret", "/../secret", "/assets/../../secret", "/%2e%2e/secret", "//secret", "/assets", ""]
		{
			let reply = ask(files.clone(), &format!("GET {path} HTTP/1.1\r\n\r\n"));
			assert!(reply.starts_with("HTTP/1.1 404"), "{path}: {reply}");
		}
		let posted = ask(files, "POST / HTTP/1.1\r\n\r\n");
		assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
	}

	#[test]
	fn a_folder_without_a_page_is_refused_before_it_is_read() {
		let empty = tempfile::tempdir().expect("there is room");
		let error = read(empty.path()).expect_err("there is no index.html");
		assert!(
			matches!(&error, ExplorerError::Files { path, .. } if path.ends_with("index.html")),
			"{error}"
		);
	}

	#[test]
	fn a_node_survives_in_an_address() {
		assert_eq!(encode("ws://127.0.0.1:9944"), "ws://127.0.0.1:9944");
		assert_eq!(encode("wss://x/?a=b&c"), "wss://x/%3Fa%3Db%26c");
	}
}
