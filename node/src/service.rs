//! What a running node is made of.

use crate::{
	auditor::{self, AuditorParams},
	blobs::{
		exchange::{self, Connections, Exchange},
		keeper::{self, KeeperParams},
		metrics::register_store,
		BlobLimits, BlobStore,
	},
	certificate::Certifier,
	cli::AssayArgs,
	equivocations::{self, EquivocationParams},
	metrics::{self, ChainMetrics},
	rpc,
	views::Views,
};
use assay_runtime::{opaque::Block, Hash, RuntimeApi, WASM_BINARY};
use futures::{future::BoxFuture, FutureExt};
use sc_client_api::{Backend, BlockBackend};
use sc_consensus::{DefaultImportQueue, LongestChain};
use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState};
use sc_executor::WasmExecutor;
use sc_network::{Litep2pNetworkBackend as Network, NetworkBackend, PeerId};
use sc_service::{
	error::Error as ServiceError, BuildNetworkParams, Configuration, SpawnTasksParams, TaskManager,
	WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus::SyncOracle;
use sp_consensus_babe::{
	inherents::{BabeCreateInherentDataProviders, InherentDataProvider as SlotProvider},
	SlotDuration,
};
use sp_timestamp::InherentDataProvider as TimeProvider;
use std::{path::PathBuf, sync::Arc, time::Duration};
use substrate_prometheus_endpoint::{PrometheusError, Registry};

/// Executes the runtime, with nothing but the standard host functions: standard tools can follow this chain.
type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;
/// Access to the chain.
pub(crate) type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// The database.
pub(crate) type FullBackend = sc_service::TFullBackend<Block>;
/// Decides which fork is best.
pub(crate) type FullSelectChain = LongestChain<FullBackend, Block>;
/// Transactions waiting for a block.
pub(crate) type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;
type GrandpaImport =
	sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, FullSelectChain>;
type Import = BabeBlockImport<
	Block,
	FullClient,
	GrandpaImport,
	BabeCreateInherentDataProviders<Block>,
	FullSelectChain,
>;

/// Blocks between GRANDPA justifications that are kept, which light clients and warp sync need.
pub(crate) const JUSTIFICATION_PERIOD: u32 = 512;

/// The parts of a node that need no network.
pub(crate) struct Partial {
	pub(crate) client: Arc<FullClient>,
	pub(crate) backend: Arc<FullBackend>,
	pub(crate) task_manager: TaskManager,
	pub(crate) import_queue: DefaultImportQueue<Block>,
	keystore: sc_service::KeystoreContainer,
	select_chain: FullSelectChain,
	pool: Arc<FullPool>,
	block_import: Import,
	grandpa_link: GrandpaLink,
	babe_link: BabeLink<Block>,
	babe_worker: BabeWorkerHandle<Block>,
	telemetry: Option<Telemetry>,
}

fn start_telemetry(config: &Configuration) -> Result<Option<(TelemetryWorker, Telemetry)>, ServiceError> {
	let endpoints = config.telemetry_endpoints.clone().filter(|endpoints| !endpoints.is_empty());
	Ok(endpoints
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?)
}

fn inherents(slot_duration: SlotDuration) -> BabeCreateInherentDataProviders<Block> {
	Arc::new(move |_, _| async move {
		let time = TimeProvider::from_system_time();
		Ok((SlotProvider::from_timestamp_and_slot_duration(*time, slot_duration), time))
	})
}

/// Opens the database and sets up everything that does not need the network.
pub(crate) fn new_partial(config: &Configuration) -> Result<Partial, ServiceError> {
	let telemetry = start_telemetry(config)?;
	let executor = sc_service::new_wasm_executor::<sp_io::SubstrateHostFunctions>(&config.executor);
	let (client, backend, keystore, task_manager) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
		config,
		telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
		executor,
		Default::default(),
	)?;
	let client = Arc::new(client);
	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let telemetry_handle = telemetry.as_ref().map(|telemetry| telemetry.handle());

	let select_chain = LongestChain::new(backend.clone());
	let pool = Arc::from(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry_handle.clone(),
	)?;
	let babe_config = sc_consensus_babe::configuration(&*client)?;
	let slot_duration = babe_config.slot_duration();
	let (block_import, babe_link) = sc_consensus_babe::block_import(
		babe_config,
		grandpa_import.clone(),
		client.clone(),
		inherents(slot_duration),
		select_chain.clone(),
		OffchainTransactionPoolFactory::new(Arc::clone(&pool)),
	)?;
	let (import_queue, babe_worker) =
		sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
			link: babe_link.clone(),
			block_import: block_import.clone(),
			justification_import: Some(Box::new(grandpa_import)),
			client: client.clone(),
			slot_duration,
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			telemetry: telemetry_handle,
		})?;

	Ok(Partial {
		client,
		backend,
		task_manager,
		import_queue,
		keystore,
		select_chain,
		pool,
		block_import,
		grandpa_link,
		babe_link,
		babe_worker,
		telemetry,
	})
}

fn open_blobs(config: &Configuration, args: &AssayArgs) -> Result<Arc<BlobStore>, ServiceError> {
	let in_chain = || -> PathBuf { config.base_path.config_dir(config.chain_spec.id()).join("blobs") };
	let path = args.blob_path.clone().unwrap_or_else(in_chain);
	let limits =
		BlobLimits { max_size: args.blob_max_size, quota: args.blob_quota, staging: args.blob_staging };
	BlobStore::open(&path, limits).map(Arc::new).map_err(|error| ServiceError::Application(Box::new(error)))
}

/// The views that are part of this program. Not to be used if this node runs other code than what is on the chain.
fn own_views(config: &Configuration) -> Arc<Views> {
	let is_replaced =
		config.wasm_runtime_overrides.is_some() || !config.chain_spec.code_substitutes().is_empty();
	Arc::new(Views::new(WASM_BINARY.filter(|_| !is_replaced)))
}

/// Registers the metrics of the chain, of the blobs and of the views, if anybody can ask for them.
fn register_metrics(
	registry: Option<&Registry>,
	blobs: &Arc<BlobStore>,
	views: &Views,
) -> Result<Option<ChainMetrics>, ServiceError> {
	let Some(registry) = registry else { return Ok(None) };
	let register = || -> Result<_, PrometheusError> {
		register_store(blobs, registry)?;
		views.register(registry)?;
		ChainMetrics::register(registry)
	};
	register().map(Some).map_err(ServiceError::Prometheus)
}

/// Starts a node.
pub(crate) fn new_full(config: Configuration, args: AssayArgs) -> Result<TaskManager, ServiceError> {
	let Partial {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore,
		select_chain,
		pool,
		block_import,
		grandpa_link,
		babe_link,
		babe_worker,
		mut telemetry,
	} = new_partial(&config)?;
	let blobs = open_blobs(&config, &args)?;
	let views = own_views(&config);
	let chain_metrics = register_metrics(config.prometheus_registry(), &blobs, &views)?;
	if let Some(chain_metrics) = chain_metrics.clone() {
		let counting = metrics::run::<Block, FullBackend, _>(client.clone(), chain_metrics);
		task_manager.spawn_handle().spawn("chain-metrics", None, counting);
	}

	let metrics = <Network as NetworkBackend<Block, Hash>>::register_notification_metrics(
		config.prometheus_config.as_ref().map(|prometheus| &prometheus.registry),
	);
	let mut net_config = sc_network::config::FullNetworkConfiguration::<_, _, Network>::new(
		&config.network,
		config.prometheus_registry().cloned(),
	);
	let genesis_hash: Hash = client.block_hash(0)?.ok_or_else(|| {
		ServiceError::Other("the database has no first block: purge it and start again".into())
	})?;
	let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
	let (grandpa_protocol_config, grandpa_notifications) =
		sc_consensus_grandpa::grandpa_peers_set_config::<Block, Network>(
			grandpa_protocol.clone(),
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(grandpa_protocol_config);
	let blob_protocol = exchange::protocol_name(genesis_hash.as_ref(), config.chain_spec.fork_id());
	let (blob_protocol_config, blob_server) =
		exchange::protocol::<Block, Network>(blob_protocol.clone(), blobs.clone(), args.blob_peer_rate);
	net_config.add_request_response_protocol(blob_protocol_config);
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::default(),
	));

	let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	let peers = sync_service.clone();
	let connected = move || -> BoxFuture<'static, Vec<PeerId>> {
		let peers = peers.clone();
		async move {
			let connected = peers.peers_info().await.unwrap_or_default();
			connected.into_iter().map(|(peer, _)| peer).collect()
		}
		.boxed()
	};
	let peers = Connections { network: network.clone(), connected, protocol: blob_protocol };
	let exchange = Arc::new(Exchange::new(blobs.clone(), Arc::new(peers), config.tokio_handle.clone()));
	let blob_server = blob_server.finding(exchange.clone());
	task_manager.spawn_handle().spawn("blob-server", Some("networking"), blob_server.run());
	let sync = sync_service.clone();
	let keeper = keeper::run::<Block, _>(KeeperParams {
		client: client.clone(),
		store: blobs,
		expire_after: Duration::from_secs(args.blob_expiry),
		is_syncing: Box::new(move || sync.is_major_syncing()),
		metrics: chain_metrics,
	});
	task_manager.spawn_handle().spawn("blob-keeper", None, keeper);

	if config.offchain_worker.enabled {
		let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: config.role.is_authority(),
			keystore: Some(keystore.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: false,
			custom_extensions: |_| Vec::new(),
		})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	}

	let role = config.role;
	let force_authoring = config.force_authoring;
	let name = config.network.node_name.clone();
	let with_grandpa = !config.disable_grandpa;
	let registry = config.prometheus_registry().cloned();
	let slot_duration = babe_link.config().slot_duration();
	let voter_state = SharedVoterState::empty();

	let rpc_deps = rpc::Dependencies {
		client: client.clone(),
		views,
		pool: pool.clone(),
		select_chain: select_chain.clone(),
		keystore: keystore.keystore(),
		blobs: exchange.clone(),
		certifier: Arc::new(Certifier::new(
			client.clone(),
			backend.clone(),
			grandpa_link.shared_authority_set().clone(),
			config.chain_spec.cloned_box(),
		)),
		chain_spec: config.chain_spec.cloned_box(),
		babe_worker,
		voter_state: voter_state.clone(),
		authority_set: grandpa_link.shared_authority_set().clone(),
		justifications: grandpa_link.justification_stream(),
		finality_proofs: FinalityProofProvider::new_for_service(
			backend.clone(),
			Some(grandpa_link.shared_authority_set().clone()),
		),
	};
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore.keystore(),
		transaction_pool: pool.clone(),
		rpc_builder: Box::new(move |executor| {
			rpc::create(&rpc_deps, executor).map_err(ServiceError::Application)
		}),
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;
	let telemetry = telemetry.as_ref().map(|telemetry| telemetry.handle());

	if role.is_authority() {
		let proposer = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			pool.clone(),
			registry.as_ref(),
			telemetry.clone(),
		);
		let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
			keystore: keystore.keystore(),
			client: client.clone(),
			select_chain,
			env: proposer,
			block_import,
			sync_oracle: sync_service.clone(),
			justification_sync_link: sync_service.clone(),
			create_inherent_data_providers: inherents(slot_duration),
			force_authoring,
			backoff_authoring_blocks: Some(
				sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging::default(),
			),
			babe_link,
			block_proposal_slot_portion: SlotProportion::new(0.5),
			max_block_proposal_slot_portion: None,
			telemetry: telemetry.clone(),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("babe", Some("block-authoring"), babe);
		let watch = equivocations::run(EquivocationParams {
			client: client.clone(),
			pool: OffchainTransactionPoolFactory::new(pool.clone()),
		});
		task_manager.spawn_handle().spawn("equivocations", None, watch);

		if !args.no_auditor {
			let sync = sync_service.clone();
			let auditor = auditor::run(AuditorParams {
				client: client.clone(),
				pool: pool.clone(),
				keystore: keystore.keystore(),
				blobs: Arc::new(exchange),
				slots: args.slots(),
				block_time: Duration::from_millis(slot_duration.as_millis()),
				is_syncing: Box::new(move || sync.is_major_syncing()),
				registry: registry.clone(),
			});
			task_manager.spawn_handle().spawn("auditor", None, auditor);
		}
	}

	if with_grandpa {
		let grandpa = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: sc_consensus_grandpa::Config {
				gossip_duration: Duration::from_millis(333),
				justification_generation_period: JUSTIFICATION_PERIOD,
				name: Some(name),
				observer_enabled: false,
				keystore: role.is_authority().then(|| keystore.keystore()),
				local_role: role,
				telemetry: telemetry.clone(),
				protocol_name: grandpa_protocol,
			},
			link: grandpa_link,
			network,
			sync: Arc::new(sync_service),
			notification_service: grandpa_notifications,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry: registry,
			shared_voter_state: voter_state,
			telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, grandpa);
	}
	Ok(task_manager)
}
