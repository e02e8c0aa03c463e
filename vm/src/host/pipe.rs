//! Pipes that give up at a deadline.

use std::{
	io::{self, Read, Write},
	os::fd::{AsFd, AsRawFd, BorrowedFd},
	time::Instant,
};

/// Puts a pipe's end of ours into the mode in which it never blocks. The child's end is not affected.
pub(super) fn never_block(pipe: BorrowedFd<'_>) -> io::Result<()> {
	// SAFETY: reading and setting the flags of a descriptor that is borrowed, hence open, touches no memory.
	let done = unsafe {
		let flags = libc::fcntl(pipe.as_raw_fd(), libc::F_GETFL);
		flags >= 0 && libc::fcntl(pipe.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) >= 0
	};
	if done {
		Ok(())
	} else {
		Err(io::Error::last_os_error())
	}
}

/// Waits until the pipe can be read from, or written to.
fn wait(pipe: BorrowedFd<'_>, events: libc::c_short, deadline: Instant) -> io::Result<()> {
	loop {
		let left = deadline.saturating_duration_since(Instant::now());
		if left.is_zero() {
			return Err(io::ErrorKind::TimedOut.into());
		}
		// Rounded up, so that the last wait does not turn into a busy one; cut, so that it fits.
		let milliseconds = i32::try_from(left.as_millis().saturating_add(1)).unwrap_or(i32::MAX);
		let mut entry = libc::pollfd { fd: pipe.as_raw_fd(), events, revents: 0 };
		// SAFETY: `entry` is one valid entry, and lives through the call.
		let ready = unsafe { libc::poll(&mut entry, 1, milliseconds) };
		if ready > 0 {
			return Ok(());
		}
		if ready < 0 {
			let error = io::Error::last_os_error();
			if error.kind() != io::ErrorKind::Interrupted {
				return Err(error);
			}
		}
	}
}

/// Writes all of `bytes` to a pipe that never blocks.
pub(super) fn write_all<P: Write + AsFd>(
	pipe: &mut P,
	mut bytes: &[u8],
	deadline: Instant,
) -> io::Result<()> {
	while !bytes.is_empty() {
		match pipe.write(bytes) {
			Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
			Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
			Err(error) if error.kind() == io::ErrorKind::Interrupted => {},
			Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
				wait(pipe.as_fd(), libc::POLLOUT, deadline)?;
			},
			Err(error) => return Err(error),
		}
	}
	Ok(())
}

/// Fills `bytes` from a pipe that never blocks.
pub(super) fn read_exact<P: Read + AsFd>(
	pipe: &mut P,
	bytes: &mut [u8],
	deadline: Instant,
) -> io::Result<()> {
	let mut rest = bytes;
	while !rest.is_empty() {
		match pipe.read(rest) {
			Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
			Ok(read) => rest = rest.get_mut(read..).unwrap_or_default(),
			Err(error) if error.kind() == io::ErrorKind::Interrupted => {},
			Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
				wait(pipe.as_fd(), libc::POLLIN, deadline)?;
			},
			Err(error) => return Err(error),
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{os::unix::net::UnixStream, time::Duration};

	fn pair() -> (UnixStream, UnixStream) {
		let (ours, theirs) = UnixStream::pair().expect("the kernel gives a pair");
		never_block(ours.as_fd()).expect("it can be set");
		(ours, theirs)
	}

	fn soon() -> Instant {
		Instant::now() + Duration::from_millis(50)
	}

	#[test]
	fn silence_ends_at_the_deadline() {
		let (mut ours, _theirs) = pair();
		let started = Instant::now();
		let error = read_exact(&mut ours, &mut [0; 1], soon()).expect_err("nobody writes");
		assert_eq!(error.kind(), io::ErrorKind::TimedOut);
		assert!(started.elapsed() >= Duration::from_millis(50));
	}

	#[test]
	fn a_reader_that_does_not_read_ends_at_the_deadline() {
		let (mut ours, _theirs) = pair();
		let error = write_all(&mut ours, &vec![0; 32 << 20], soon()).expect_err("nobody reads");
		assert_eq!(error.kind(), io::ErrorKind::TimedOut);
	}

	#[test]
	fn the_other_end_closing_is_noticed_at_once() {
		let (mut ours, theirs) = pair();
		drop(theirs);
		let far = Instant::now() + Duration::from_secs(3_600);
		let error = read_exact(&mut ours, &mut [0; 1], far).expect_err("nobody is there");
		assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
	}
}
