//! What the chain stands like: the runtime's views, run without its wasm.
//!
//! A question about one job reads a few values of the state. Asked of the runtime, it takes an instance of its wasm besides,
//! whose memory is mapped for each call and unmapped after it, and the runtime's version is looked up with another. That costs
//! far more than the answer, and threads wait for each other in it: a hundred clients that ask now and then kept two cores busy.
//! But this program has the same views as native code, because the runtime is a part of it. So if the code on the chain is
//! bit by bit the wasm that was built together with that native code, the native code answers. If it is any other, an older or
//! a newer one or one built elsewhere, the runtime is asked as ever. So the answer is always the one that the runtime gives.
//!
//! Answers are not kept. Clients ask for different jobs, and with every block each of them may have changed: there would be
//! little to find, and memory to defend against whoever asks for everything.

use crate::meters::counters;
use codec::Codec;
use sp_core::{storage::well_known_keys, Hasher};
use sp_externalities::set_and_run_with_externalities;
use sp_io::hashing::blake2_256;
use sp_panic_handler::AbortGuard;
use sp_state_machine::{Backend, Ext, OverlayedChanges};
use std::panic::{catch_unwind, AssertUnwindSafe};
use substrate_prometheus_endpoint::{register, CounterVec, PrometheusError, Registry, U64};

const BY_NODE: &str = "node";
const BY_RUNTIME: &str = "runtime";

/// Runs the views that are part of this program, where they are those of the chain. Share it with `Arc`.
pub(crate) struct Views {
	/// The hash of the code that belongs to them.
	code: Option<[u8; 32]>,
	answers: CounterVec<U64>,
}

impl Views {
	/// Runs views on states whose code is `code`, and on none without it.
	pub(crate) fn new(code: Option<&[u8]>) -> Self {
		let answers = counters(
			"assay_rpc_views_total",
			"Questions about the chain's state, by whether the node itself or the runtime's wasm answered",
			"by",
			[BY_NODE, BY_RUNTIME],
		);
		Self { code: code.map(blake2_256), answers }
	}

	/// Has Prometheus see who answers.
	pub(crate) fn register(&self, registry: &Registry) -> Result<(), PrometheusError> {
		register(self.answers.clone(), registry).map(drop)
	}

	/// What a view says about a state. `None` if the runtime is to be asked: its code is not the one that belongs to the view,
	/// or the view failed.
	pub(crate) fn read<H, B, R>(&self, state: &B, view: impl FnOnce() -> R) -> Option<R>
	where
		H: Hasher,
		H::Out: Ord + Codec + 'static,
		B: Backend<H>,
	{
		let answer = self.is_of(state).then(|| run(state, view)).flatten();
		let by = if answer.is_some() { BY_NODE } else { BY_RUNTIME };
		self.answers.with_label_values(&[by]).inc();
		answer
	}

	/// Whether the views are those of the code that a call of the runtime would run on this state.
	fn is_of<H: Hasher, B: Backend<H>>(&self, state: &B) -> bool {
		let Some(own) = &self.code else { return false };
		// The trie has the hash of a value as long as this beside its key: the code itself is not read.
		let on_chain = state.storage_hash(well_known_keys::CODE).ok().flatten();
		on_chain.is_some_and(|hash| hash.as_ref() == own)
	}
}

/// Runs a view on a state. What it writes is forgotten. `None` if it panics, because the state cannot be read for instance.
fn run<H, B, R>(state: &B, view: impl FnOnce() -> R) -> Option<R>
where
	H: Hasher,
	H::Out: Ord + Codec + 'static,
	B: Backend<H>,
{
	let mut changes = OverlayedChanges::default();
	let mut externalities = Ext::new(&mut changes, state, None);
	// Otherwise a panic would end the node. Nothing that it leaves half done is used again.
	let _guard = AbortGuard::force_unwind();
	catch_unwind(AssertUnwindSafe(|| set_and_run_with_externalities(&mut externalities, view))).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain_spec::genesis;
	use assay_primitives::{
		view::{BatchStage, BatchView, JobStatus},
		AuditPolicy, BlobRef, InputSpec, JobSpec, TaskLimits, VM_VERSION,
	};
	use assay_runtime::{AccountId, Compute, Runtime, RuntimeOrigin, UNIT, WASM_BINARY};
	use codec::{Decode, Encode};
	use pallet_compute::runtime_api::runtime_decl_for_compute_api::ComputeApiV1;
	use sc_executor::WasmExecutor;
	use sp_core::{crypto::Pair, sr25519, storage::StateVersion, traits::CallContext};
	use sp_io::SubstrateHostFunctions;
	use sp_runtime::traits::BlakeTwo256;
	use sp_state_machine::{
		backend::{BackendRuntimeCode, TryPendingCode},
		InMemoryBackend, StateMachine, TestExternalities,
	};
	use std::fmt::Debug;

	type State = InMemoryBackend<BlakeTwo256>;

	const TASKS: u32 = 6;

	fn account(name: &str) -> AccountId {
		sr25519::Pair::from_string(name, None).unwrap().public().into()
	}

	fn spec() -> JobSpec {
		JobSpec {
			program: BlobRef::of(b"program"),
			vm_version: VM_VERSION,
			input: InputSpec::Shared { blob: BlobRef::of(b"input") },
			tasks: TASKS,
			batch_size: TASKS / 2,
			bounty: UNIT,
			limits: TaskLimits { fuel: 100_000_000, memory_pages: 16, output_bytes: 1_024 },
			audit: AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH },
			execution_window: 200,
			challenge_window: 5,
			lifetime: 5_000,
		}
	}

	/// The development chain with three jobs, of which one has a worker and one is cancelled.
	fn chain() -> TestExternalities<BlakeTwo256> {
		let storage = genesis(sp_genesis_builder::DEV_RUNTIME_PRESET).unwrap();
		let mut chain = TestExternalities::from((storage, StateVersion::V1));
		chain.execute_with(|| {
			let (requester, worker) = (account("//Bob"), account("//Charlie"));
			for _ in 0..3 {
				Compute::post_job(RuntimeOrigin::signed(requester.clone()), spec()).unwrap();
			}
			Compute::bond_worker(RuntimeOrigin::signed(worker.clone()), 1_000 * UNIT).unwrap();
			Compute::claim(RuntimeOrigin::signed(worker), 1, 1).unwrap();
			Compute::cancel_job(RuntimeOrigin::signed(requester), 2).unwrap();
		});
		chain
	}

	fn own() -> Views {
		Views::new(WASM_BINARY)
	}

	/// What a call of the runtime answers.
	fn by_wasm<R: Decode>(state: &State, method: &str, arguments: &impl Encode) -> R {
		let executor = WasmExecutor::<SubstrateHostFunctions>::builder().build();
		let code = BackendRuntimeCode::new(state, TryPendingCode::No);
		let code = code.runtime_code().unwrap();
		let (mut changes, mut extensions) = Default::default();
		let answer = StateMachine::new(
			state,
			&mut changes,
			&executor,
			method,
			&arguments.encode(),
			&mut extensions,
			&code,
			CallContext::Offchain,
		)
		.execute()
		.unwrap();
		R::decode(&mut &answer[..]).unwrap()
	}

	#[test]
	fn a_view_says_what_the_runtime_says() {
		let state = chain().as_backend();
		let views = own();
		fn same<R: Decode + PartialEq + Debug>(
			(state, views): (&State, &Views),
			(method, arguments): (&str, impl Encode),
			view: impl FnOnce() -> R,
		) -> R {
			let native = views.read(state, view).expect("the code is that of the views");
			assert_eq!(native, by_wasm(state, method, &arguments), "{method}");
			native
		}
		let at = (&state, &views);
		let open = same(at, ("ComputeApi_job", 0u64), || Runtime::job(0)).unwrap();
		assert_eq!((open.status, open.batches.available), (JobStatus::Open, 2));
		let claimed = same(at, ("ComputeApi_job", 1u64), || Runtime::job(1)).unwrap();
		assert_eq!((claimed.batches.available, claimed.batches.claimed), (1, 1));
		let cancelled = same(at, ("ComputeApi_job", 2u64), || Runtime::job(2)).unwrap();
		assert_eq!(cancelled.status, JobStatus::Closed);
		assert_eq!(same(at, ("ComputeApi_job", 3u64), || Runtime::job(3)), None);
		assert_eq!(same(at, ("ComputeApi_jobs", (1u64, 100u32)), || Runtime::jobs(1, 100)).len(), 2);
		let stage = |batch: Option<BatchView>| batch.map(|batch| batch.stage);
		let batch = same(at, ("ComputeApi_batch", (1u64, 0u32)), || Runtime::batch(1, 0));
		assert_eq!(stage(batch), Some(BatchStage::Claimed));
		assert_eq!(same(at, ("ComputeApi_batch", (1u64, 2u32)), || Runtime::batch(1, 2)), None);
		let batches = same(at, ("ComputeApi_batches", (1u64, 0u32, 9u32)), || Runtime::batches(1, 0, 9));
		assert_eq!(batches.len(), 2);
		for (name, is_worker, is_auditor) in [("//Charlie", true, false), ("//Alice", false, true)] {
			let account = assay_primitives::AccountId(account(name).into());
			let worker = same(at, ("ComputeApi_worker", account), || Runtime::worker(account));
			let auditor = same(at, ("ComputeApi_auditor", account), || Runtime::auditor(account));
			assert_eq!((worker.is_some(), auditor.is_some()), (is_worker, is_auditor), "{name}");
		}
		let parameters = same(at, ("ComputeApi_parameters", ()), Runtime::parameters);
		assert!(parameters.minimum_stake > 0);
		let quote = same(at, ("ComputeApi_quote", (spec(), 200_000u32)), || Runtime::quote(spec(), 200_000));
		assert!(quote.is_ok(), "{quote:?}");
		assert_eq!(views.answers.with_label_values(&[BY_RUNTIME]).get(), 0);
	}

	#[test]
	fn a_chain_with_other_code_is_left_to_the_runtime() {
		let mut chain = chain();
		let job = || Runtime::job(0);
		let views = own();
		assert!(views.read(&chain.as_backend(), job).is_some());
		assert!(Views::new(None).read(&chain.as_backend(), job).is_none(), "it is not to be used");
		let mut other = WASM_BINARY.unwrap().to_vec();
		other.push(0);
		chain.execute_with(|| sp_io::storage::set(well_known_keys::CODE, &other));
		assert!(views.read(&chain.as_backend(), job).is_none());
		assert!(Views::new(Some(&other)).read(&chain.as_backend(), job).is_some());
		let answers = |by| views.answers.with_label_values(&[by]).get();
		assert_eq!((answers(BY_NODE), answers(BY_RUNTIME)), (1, 1));
	}

	#[test]
	fn a_view_that_fails_is_left_to_the_runtime_and_leaves_nothing_behind() {
		let state = chain().as_backend();
		let views = own();
		let failed = views.read(&state, || -> u32 {
			sp_io::storage::set(b"half", b"done");
			panic!("as it would if the disk failed")
		});
		assert_eq!(failed, None);
		assert_eq!(views.read(&state, || sp_io::storage::get(b"half")), Some(None));
	}
}
