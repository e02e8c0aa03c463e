//! C: clang for WebAssembly, with wasi-libc.

use super::{answer, files_with_extension, run, Project, ToolchainError};
use std::{
	env,
	path::{Path, PathBuf},
};

const TARGET: &str = "--target=wasm32-wasi";
/// The names under which clang is installed, newest first.
const NAMES: [&str; 11] = [
	"clang", "clang-23", "clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16",
	"clang-15", "clang-14",
];
const GET: &str = "On Debian 12: apt-get install clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32. \
	Elsewhere unpack the WASI SDK and set WASI_SDK_PATH to its folder: https://github.com/WebAssembly/wasi-sdk/releases";
const GET_NATIVE: &str =
	"Install a C compiler (on Debian: apt-get install gcc libc6-dev), or name one with CC.";

/// The C files of the program.
pub(super) fn sources(directory: &Path) -> Vec<PathBuf> {
	files_with_extension(&directory.join("src"), "c")
}

/// Compiles everything in `src`.
pub(super) fn build(project: &Project) -> Result<PathBuf, ToolchainError> {
	let clang = find_clang(project)?;
	let module = project.module(&project.name())?;
	let mut command = project.command(&clang);
	command.args([TARGET, "-std=c11", "-O2", "-Wall", "-Wextra", "-fuse-ld=lld", "-Wl,--strip-all", "-o"]);
	command.arg(absolute(&module)).args(sources(&project.directory).iter().map(|path| absolute(path)));
	run(&mut command, "clang", GET)?;
	Ok(module)
}

/// The command runs in the project's folder.
fn absolute(path: &Path) -> PathBuf {
	std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A clang that has all it takes.
fn find_clang(project: &Project) -> Result<PathBuf, ToolchainError> {
	let sdk = env::var_os("WASI_SDK_PATH").map(|path| PathBuf::from(path).join("bin/clang"));
	let mut lacking = None;
	for clang in sdk.into_iter().chain(NAMES.map(PathBuf::from)) {
		match lack(project, &clang) {
			None => return Ok(clang),
			Some(lack) => lacking = lacking.or(lack),
		}
	}
	let what = lacking.unwrap_or_else(|| "there is no clang on the path".into());
	Err(ToolchainError::Missing { what, remedy: GET.into() })
}

/// What that clang lacks: nothing, or something that may be there for another one, or itself.
fn lack(project: &Project, clang: &Path) -> Option<Option<String>> {
	let ask = |question: &str| answer(project.command(clang).args([TARGET, question]));
	if ask("--version").is_none() {
		return Some(None);
	}
	let is_file = |answer: Option<String>| answer.is_some_and(|path| Path::new(&path).is_file());
	let lacks = |what: &str| Some(Some(format!("{} is there, but not {what}", clang.display())));
	if !is_file(ask("-print-file-name=libc.a")) {
		return lacks("wasi-libc");
	}
	// It answers with the bare name where it leaves the search to the path.
	let linker = ask("-print-prog-name=wasm-ld").unwrap_or_default();
	if !Path::new(&linker).is_file()
		&& answer(project.command("wasm-ld").arg("--version")).is_none()
		&& !has_linker(clang)
	{
		return lacks("the linker wasm-ld");
	}
	if !is_file(answer(project.command(clang).args([
		TARGET,
		"--rtlib=compiler-rt",
		"-print-libgcc-file-name",
	]))) {
		return lacks("compiler-rt for wasm32");
	}
	None
}

/// Whether Debian's package of the same version brought a linker: it stands beside the compiler the name leads to.
fn has_linker(clang: &Path) -> bool {
	let on_path = env::var_os("PATH").and_then(|paths| {
		env::split_paths(&paths).map(|directory| directory.join(clang)).find(|path| path.is_file())
	});
	let real = on_path.and_then(|path| path.canonicalize().ok());
	real.is_some_and(|path| path.with_file_name("wasm-ld").is_file())
}

/// Compiles `tests/native.c` with everything in `src` but `main.c` for this machine, and runs it.
pub(super) fn test(project: &Project) -> Result<(), ToolchainError> {
	let tests = project.directory.join("tests/native.c");
	if !tests.is_file() {
		return Ok(());
	}
	let program = absolute(&project.module("native-tests")?.with_extension(""));
	let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
	let mut command = project.command(compiler);
	command.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-o"]).arg(&program).arg(absolute(&tests));
	let parts = sources(&project.directory);
	let parts = parts.iter().filter(|path| path.file_name().is_some_and(|name| name != "main.c"));
	command.args(parts.map(|path| absolute(path))).arg("-lm");
	run(&mut command, "the native C compiler", GET_NATIVE)?;
	run(&mut project.command(&program), "tests/native.c", "")
}
