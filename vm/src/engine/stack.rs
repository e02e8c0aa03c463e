//! Stacks that hold the deepest calls a task may make.

use crate::error::NoVerdict;
use std::{
	cell::Cell,
	io,
	panic::{self, AssertUnwindSafe},
	sync::{mpsc, Mutex},
	thread,
};

/// Bytes of stack that compiled code may take. Mapped, but only used as far as calls go.
///
/// A program's own stack has room for 16 384 frames of 64 units, 8 for each local and operand, and one for each 8 operands
/// that are pushed. Measured on x86-64: compiled frames take 32 to 80 bytes, and 8 for each value that is live across a
/// call, 16 for a vector, so 4 MiB hold what compilers make of real programs. Adversaries can do worse: Cranelift keeps
/// values that are computed before a call and again after it, and can be led to give each value a place of its own, used
/// once. That is 16 bytes for each operand pushed, or 128 for each unit, and so half of this if calls go all the way down.
/// `frames.rs` holds the compiler to it.
pub(super) const TASK_STACK_BYTES: usize = 256 << 20;
/// Room for the host's own frames above and below the program's.
const HOST_STACK_BYTES: usize = 2 << 20;
/// Bytes of stack that stay with a thread between tasks.
const KEPT_STACK_BYTES: usize = 256 << 10;

std::thread_local! {
	/// The lowest address of this thread's stack, if it is large enough for tasks.
	static TASK_STACK: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Calls `work` on a thread whose stack is large enough for tasks, and waits for it. An [`Engine`](super::Engine) runs
/// the tasks that `work` gives it right there, which spares each the way to another thread.
///
/// # Errors
///
/// When there is no such thread to be had.
pub fn with_task_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
	thread::scope(|scope| {
		let thread = builder().spawn_scoped(scope, || {
			TASK_STACK.set(Some(lowest_address()));
			work()
		})?;
		Ok(thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
	})
}

fn builder() -> thread::Builder {
	thread::Builder::new().name("assay-task".into()).stack_size(TASK_STACK_BYTES + HOST_STACK_BYTES)
}

type Work = Box<dyn FnOnce() + Send>;

/// Threads whose stack is large enough for tasks, kept to be used again.
#[derive(Default)]
pub(super) struct TaskThreads {
	idle: Mutex<Vec<mpsc::Sender<Work>>>,
}

impl TaskThreads {
	/// Calls `work` where there is stack enough for a task: here, or on one of the threads.
	pub(super) fn run<T: Send + 'static>(
		&self,
		work: impl FnOnce() -> Result<T, NoVerdict> + Send + 'static,
	) -> Result<T, NoVerdict> {
		if TASK_STACK.get().is_some() {
			return guarded(work);
		}
		let thread = match self.take() {
			Some(thread) => thread,
			None => start().map_err(|error| NoVerdict::Engine(format!("no thread for the task: {error}")))?,
		};
		let (answer, result) = mpsc::sync_channel(1);
		let gone = || NoVerdict::Engine("the thread of the task is gone".into());
		let work = Box::new(move || {
			// Whoever asked waits for it.
			let _ = answer.send(guarded(work));
		});
		thread.send(work).map_err(|_| gone())?;
		let result = result.recv().map_err(|_| gone())?;
		self.keep(thread);
		result
	}

	fn take(&self) -> Option<mpsc::Sender<Work>> {
		self.idle.lock().ok()?.pop()
	}

	fn keep(&self, thread: mpsc::Sender<Work>) {
		if let Ok(mut idle) = self.idle.lock() {
			idle.push(thread);
		}
	}
}

/// Starts a thread that does one piece of work after the other, until nobody can send it any.
fn start() -> io::Result<mpsc::Sender<Work>> {
	let (sender, works) = mpsc::channel::<Work>();
	builder().spawn(move || {
		TASK_STACK.set(Some(lowest_address()));
		works.into_iter().for_each(|work| work());
	})?;
	Ok(sender)
}

/// A panic of the engine's says nothing about the task.
fn guarded<T>(work: impl FnOnce() -> Result<T, NoVerdict>) -> Result<T, NoVerdict> {
	let result = panic::catch_unwind(AssertUnwindSafe(work));
	release_stack();
	result.unwrap_or_else(|_| Err(NoVerdict::Engine("the engine panicked".into())))
}

/// Gives back what a deep task took of this thread's stack, so that the thread does not hold on to it for good.
#[cfg(target_os = "linux")]
fn release_stack() {
	/// A multiple of every page size there is.
	const ALIGNMENT: usize = 64 << 10;
	let Some(lowest) = TASK_STACK.get() else { return };
	let here = std::ptr::from_ref(&lowest).addr();
	let end = here.saturating_sub(KEPT_STACK_BYTES) & !(ALIGNMENT - 1);
	let Some(len) = end.checked_sub(lowest) else { return };
	// SAFETY: these pages belong to this thread's stack, below all of its frames, where nothing is that is still needed.
	// A failure leaves them as they are.
	unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(lowest), len, libc::MADV_DONTNEED) };
}

#[cfg(not(target_os = "linux"))]
fn release_stack() {}

/// Of this thread's stack. The highest there is if it cannot be found out.
#[cfg(target_os = "linux")]
fn lowest_address() -> usize {
	let mut attributes = std::mem::MaybeUninit::uninit();
	// SAFETY: it initialises the attributes of the calling thread, if it succeeds.
	if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
		return usize::MAX;
	}
	let (mut lowest, mut len) = (std::ptr::null_mut(), 0);
	// SAFETY: the attributes are initialised, and destroyed once.
	let found = unsafe {
		let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut len);
		libc::pthread_attr_destroy(attributes.as_mut_ptr());
		found
	};
	if found == 0 {
		lowest.expose_provenance()
	} else {
		usize::MAX
	}
}

#[cfg(not(target_os = "linux"))]
fn lowest_address() -> usize {
	usize::MAX
}

/// Bytes of this thread's stack below this frame, a little apart, that were touched and not given back since.
#[cfg(all(test, target_os = "linux"))]
pub(super) fn touched_below() -> usize {
	const PAGE: usize = 4096;
	const LITTLE: usize = 64 << 10;
	let marker = 0u8;
	let here = std::ptr::from_ref(std::hint::black_box(&marker)).addr();
	let start = TASK_STACK.get().expect("a thread with a stack for tasks").next_multiple_of(PAGE);
	let mut pages = vec![0u8; here.checked_sub(start + LITTLE).expect("it lies above") / PAGE];
	// SAFETY: only asks about pages, and has room for an answer about each.
	let result = unsafe {
		libc::mincore(std::ptr::with_exposed_provenance_mut(start), pages.len() * PAGE, pages.as_mut_ptr())
	};
	assert_eq!(result, 0, "{}", io::Error::last_os_error());
	pages.iter().filter(|page| **page & 1 == 1).count() * PAGE
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_panic_is_no_verdict_and_the_thread_lives_on() {
		let threads = TaskThreads::default();
		let thread = || Ok(thread::current().id());
		let first = threads.run(thread);
		let result: Result<(), _> = threads.run(|| panic!("on purpose"));
		assert_eq!(result, Err(NoVerdict::Engine("the engine panicked".into())));
		assert_eq!(threads.run(thread), first);
	}

	#[test]
	fn threads_are_used_again_but_never_shared() {
		let threads = TaskThreads::default();
		let thread = || Ok(thread::current().id());
		let outer = threads.run(thread).expect("it runs");
		assert_eq!(threads.run(thread), Ok(outer));
		let (first, second) = thread::scope(|scope| {
			let (started, wait) = mpsc::channel();
			let (finish, finished) = mpsc::channel::<()>();
			let threads = &threads;
			let busy = scope.spawn(move || {
				threads.run(move || {
					started.send(thread::current().id()).expect("somebody waits");
					finished.recv().expect("somebody says so");
					Ok(())
				})
			});
			let first = wait.recv().expect("it starts");
			let second = threads.run(thread).expect("it runs");
			finish.send(()).expect("it waits");
			busy.join().expect("it ends").expect("it runs");
			(first, second)
		});
		assert_eq!(first, outer);
		assert_ne!(first, second);
		assert_eq!(threads.idle.lock().expect("nobody panicked").len(), 2);
	}

	#[test]
	fn where_there_is_stack_enough_tasks_stay() {
		let threads = TaskThreads::default();
		let run = || (thread::current().id(), threads.run(|| Ok(thread::current().id())));
		let (here, there) = with_task_stack(run).expect("a thread starts");
		assert_eq!(there, Ok(here));
		assert_ne!(here, thread::current().id());
		let panics = || threads.run(|| -> Result<(), _> { panic!("on purpose") });
		assert!(matches!(with_task_stack(panics), Ok(Err(NoVerdict::Engine(_)))));
	}

	#[cfg(target_os = "linux")]
	#[test]
	fn a_deep_task_leaves_no_stack_behind() {
		const DEPTH: usize = 64 << 20;

		fn touch(bytes: usize) -> u8 {
			let page = std::hint::black_box([1u8; 4096]);
			if bytes < page.len() {
				return page[0];
			}
			std::hint::black_box(touch(bytes - page.len())) + page[1]
		}

		/// How many of the pages between 1 MiB and `DEPTH` below this frame are there.
		fn resident() -> usize {
			let marker = 0u8;
			let here = std::ptr::from_ref(std::hint::black_box(&marker)).addr();
			let start = (here - DEPTH) & !0xffff;
			let mut pages = vec![0u8; (DEPTH - (1 << 20)) / 4096];
			// SAFETY: only asks about pages, and has room for an answer about each.
			let result = unsafe {
				libc::mincore(
					std::ptr::with_exposed_provenance_mut(start),
					pages.len() * 4096,
					pages.as_mut_ptr(),
				)
			};
			assert_eq!(result, 0, "{}", io::Error::last_os_error());
			pages.iter().filter(|page| **page & 1 == 1).count()
		}

		let threads = TaskThreads::default();
		let used = threads.run(|| {
			touch(DEPTH);
			Ok(resident())
		});
		assert!(matches!(used, Ok(pages) if pages > 10_000), "{used:?}");
		assert_eq!(threads.run(|| Ok(resident())), Ok(0));
	}
}
