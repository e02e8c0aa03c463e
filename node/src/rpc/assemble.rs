//! Puts all methods together.

use crate::{
	blobs::exchange::Exchange,
	certificate::Certifier,
	service::{FullBackend, FullClient, FullPool, FullSelectChain},
	views::Views,
};
use assay_runtime::{opaque::Block, AccountId, Hash, Nonce};
use jsonrpsee::RpcModule;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_rpc::SubscriptionTaskExecutor;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// What the methods work with.
pub(crate) struct Dependencies {
	pub(crate) client: Arc<FullClient>,
	pub(crate) views: Arc<Views>,
	pub(crate) pool: Arc<FullPool>,
	pub(crate) select_chain: FullSelectChain,
	pub(crate) keystore: KeystorePtr,
	pub(crate) blobs: Arc<Exchange>,
	pub(crate) certifier: Arc<Certifier>,
	pub(crate) babe_worker: BabeWorkerHandle<Block>,
	pub(crate) voter_state: SharedVoterState,
	pub(crate) authority_set: SharedAuthoritySet<Hash, assay_runtime::BlockNumber>,
	pub(crate) justifications: GrandpaJustificationStream<Block>,
	pub(crate) chain_spec: Box<dyn sc_service::ChainSpec>,
	pub(crate) finality_proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// Every method of this node's own.
pub(crate) fn create(
	deps: &Dependencies,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	use super::{
		blobs::{BlobRpcServer, Blobs},
		certificate::{CertificateRpcServer, Certificates},
		compute::{Compute, ComputeRpcServer},
	};
	use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
	use sc_consensus_babe_rpc::{Babe, BabeApiServer};
	use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
	use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
	use substrate_frame_rpc_system::{System, SystemApiServer};

	let (client, pool) = (&deps.client, &deps.pool);
	let mut module = RpcModule::new(());
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(System::<_, _, Block>::new(
		client.clone(),
		pool.clone(),
	)))?;
	module.merge(TransactionPayment::<_, Block>::new(client.clone()).into_rpc())?;
	module.merge(
		Babe::new(client.clone(), deps.babe_worker.clone(), deps.keystore.clone(), deps.select_chain.clone())
			.into_rpc(),
	)?;
	module.merge(
		Grandpa::new(
			executor.clone(),
			deps.authority_set.clone(),
			deps.voter_state.clone(),
			deps.justifications.clone(),
			deps.finality_proofs.clone(),
		)
		.into_rpc(),
	)?;
	let sync_state = SyncState::<Block, _>::new(
		deps.chain_spec.cloned_box(),
		client.clone(),
		deps.authority_set.clone(),
		deps.babe_worker.clone(),
	)?;
	module.merge(sync_state.into_rpc())?;
	module.merge(Compute::new(client.clone(), deps.views.clone(), pool.clone(), executor).into_rpc())?;
	module.merge(Certificates::new(deps.certifier.clone()).into_rpc())?;
	module.merge(Blobs::new(deps.blobs.clone()).into_rpc())?;
	Ok(module)
}
