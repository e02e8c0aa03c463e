//! Calls that make other calls.

use super::*;

/// The calls that `call` makes, in its own name or somebody else's. None for most.
pub fn inner_calls(call: &RuntimeCall) -> Vec<&RuntimeCall> {
	use pallet_multisig::Call as MultisigCall;
	use pallet_proxy::Call as ProxyCall;
	use pallet_sudo::Call as SudoCall;
	use pallet_utility::Call as UtilityCall;
	match call {
		RuntimeCall::Utility(
			UtilityCall::batch { calls }
			| UtilityCall::batch_all { calls }
			| UtilityCall::force_batch { calls },
		) => calls.iter().collect(),
		RuntimeCall::Utility(
			UtilityCall::as_derivative { call, .. }
			| UtilityCall::dispatch_as { call, .. }
			| UtilityCall::dispatch_as_fallible { call, .. }
			| UtilityCall::with_weight { call, .. },
		) => alloc::vec![&**call],
		RuntimeCall::Utility(UtilityCall::if_else { main, fallback }) => alloc::vec![&**main, &**fallback],
		RuntimeCall::Proxy(ProxyCall::proxy { call, .. } | ProxyCall::proxy_announced { call, .. }) => {
			alloc::vec![&**call]
		},
		RuntimeCall::Multisig(
			MultisigCall::as_multi { call, .. } | MultisigCall::as_multi_threshold_1 { call, .. },
		) => alloc::vec![&**call],
		RuntimeCall::Sudo(SudoCall::sudo_as { call, .. }) => alloc::vec![&**call],
		_ => Vec::new(),
	}
}
