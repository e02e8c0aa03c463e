//! Over real connections: nodes with the network that the node itself uses, on the loopback.

use super::{testing::store, wire::Request, wire::Want, *};
use codec::Encode;
use futures::FutureExt;
use sc_network::{
	config::{FullNetworkConfiguration, NetworkConfiguration, Params, ProtocolId, Role, SetConfig},
	service::traits::NetworkService,
	Litep2pNetworkBackend as Litep2p, Multiaddr, NetworkPeers, NetworkRequest, NetworkStateInfo,
	NotificationMetrics,
};
use sp_core::H256;
use sp_runtime::{
	generic::{Block as GenericBlock, Header},
	traits::BlakeTwo256,
	OpaqueExtrinsic,
};

type Block = GenericBlock<Header<u32, BlakeTwo256>, OpaqueExtrinsic>;

const RATE: u64 = 1 << 30;

/// Starts a node. What answers its peers from a store is to be run.
fn start(store: Arc<BlobStore>) -> (Arc<dyn NetworkService>, Server) {
	let mut config =
		FullNetworkConfiguration::<Block, H256, Litep2p>::new(&NetworkConfiguration::new_local(), None);
	let (protocol, server) = protocol::<Block, Litep2p>(name(), store, RATE);
	config.add_request_response_protocol(protocol);
	let (block_announce_config, notifications) =
		<Litep2p as NetworkBackend<Block, H256>>::notification_config(
			"/announces/1".into(),
			vec![],
			1_024,
			None,
			SetConfig::default(),
			NotificationMetrics::new(None),
			config.peer_store_handle(),
		);
	// As long as the network.
	std::mem::forget(notifications);
	let network = <Litep2p as NetworkBackend<Block, H256>>::new(Params {
		role: Role::Full,
		executor: Box::new(|task| drop(tokio::spawn(task))),
		network_config: config,
		protocol_id: ProtocolId::from("test"),
		genesis_hash: H256::zero(),
		fork_id: None,
		metrics_registry: None,
		block_announce_config,
		ipfs_config: None,
		notification_metrics: NotificationMetrics::new(None),
	});
	let network = network.unwrap_or_else(|error| panic!("{error}"));
	let service = <Litep2p as NetworkBackend<Block, H256>>::network_service(&network);
	tokio::spawn(<Litep2p as NetworkBackend<Block, H256>>::run(network));
	(service, server)
}

/// What fetches for a node that knows only these others.
fn exchange(node: &Arc<dyn NetworkService>, store: &Arc<BlobStore>, peers: Vec<PeerId>) -> Arc<Exchange> {
	let connected = move || -> BoxFuture<'static, Vec<PeerId>> {
		let peers = peers.clone();
		async { peers }.boxed()
	};
	let connections = Connections { network: node.clone(), connected, protocol: name() };
	Arc::new(Exchange::new(store.clone(), Arc::new(connections), tokio::runtime::Handle::current()))
}

fn name() -> ProtocolName {
	protocol_name(H256::zero().as_ref(), None)
}

/// Where a node can be found, once it listens.
async fn address(node: &Arc<dyn NetworkService>) -> Multiaddr {
	for _ in 0..500 {
		if let Some(address) = node.listen_addresses().into_iter().next() {
			return address;
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	panic!("the node does not listen");
}

/// The answer of a peer that may only just have begun to listen: it refuses what comes too early, and is asked again.
async fn first_answer(node: &Arc<dyn NetworkService>, peer: PeerId, request: &Request) -> Vec<u8> {
	let mut refusal = None;
	for _ in 0..100 {
		match node.request(peer, name(), request.encode(), None, IfDisconnected::TryConnect).await {
			Ok((answer, _)) => return answer,
			Err(error) => refusal = Some(error),
		}
		tokio::time::sleep(Duration::from_millis(100)).await;
	}
	panic!("{refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_cross_a_real_network() {
	const LEN: usize = (20 << 20) + 77;
	let mut blob = vec![0; LEN];
	blake3::Hasher::new().update(b"network").finalize_xof().fill(&mut blob);
	let hash = Hash::of(&blob);
	let (mut servers, mut directories) = (Vec::new(), Vec::new());
	let (_directory, own) = store();
	let (node, _) = start(own.clone());
	for _ in 0..2 {
		let (directory, store) = store();
		store.insert(&blob).unwrap();
		let (server, answers) = start(store);
		tokio::spawn(answers.run());
		let peer = server.local_peer_id();
		node.add_known_address(peer, address(&server).await);
		let answer = first_answer(&node, peer, &Request { hash, want: Want::Length }).await;
		assert_eq!(wire::read_response(answer), Some(wire::Response::Length(LEN as u64)));
		directories.push(directory);
		servers.push(server);
	}
	let peers: Vec<_> = servers.iter().map(|server| server.local_peer_id()).collect();
	let exchange = exchange(&node, &own, peers);
	exchange.obtain(hash).await.unwrap();
	assert_eq!(own.read_all(&hash, u64::MAX).unwrap()[..], blob);
	let unknown = exchange.obtain(Hash::of(b"unknown")).await;
	assert!(matches!(unknown, Err(ExchangeError::NobodyHasIt { asked: 2, .. })), "{unknown:?}");
}

/// Three nodes in a line: the last one wants what only the first one has, and there is no connection between the two.
#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_found_over_the_node_in_between() {
	let blob = vec![7; (2 << 20) + 1];
	let hash = Hash::of(&blob);
	let ((_first, first_store), (_middle, middle_store), (_last, last_store)) = (store(), store(), store());
	first_store.insert(&blob).unwrap();
	let (first, answers) = start(first_store);
	tokio::spawn(answers.run());
	let (middle, answers) = start(middle_store.clone());
	let fetching = exchange(&middle, &middle_store, vec![first.local_peer_id()]);
	tokio::spawn(answers.finding(fetching.clone()).run());
	let (last, _) = start(last_store.clone());
	let question = Request { hash, want: Want::Length };
	for (node, other) in [(&middle, &first), (&last, &middle)] {
		let peer = other.local_peer_id();
		node.add_known_address(peer, address(other).await);
		first_answer(node, peer, &question).await;
	}
	let wanting = exchange(&last, &last_store, vec![middle.local_peer_id()]);
	let unnamed = wanting.obtain(hash).await;
	assert!(matches!(unnamed, Err(ExchangeError::NobodyHasIt { asked: 1, .. })), "{unnamed:?}");
	middle_store.add_named(&hash);
	wanting.obtain(hash).await.unwrap();
	assert_eq!(last_store.read_all(&hash, u64::MAX).unwrap()[..], blob);
	fetching.obtain(hash).await.unwrap();
	assert!(middle_store.has(&hash));
}
