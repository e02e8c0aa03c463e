//! Blobs that no peer has: nodes in a line, each of which sees only the next one.

use super::{
	fetch::{ENOUGH, MAX_OPENING, MAX_PROBES, MAX_UNANSWERED},
	finding::{MAX_LOST, MAX_TOLD, PAUSE},
	testing::{store, Network, LIMITS, QUICK},
	wire::{Request, Response, Want},
	*,
};
use crate::blobs::{BlobLimits, BlobStatus};
use assay_primitives::BlobRef;
use assay_runtime::{Runtime, MILLISECONDS_PER_BLOCK};
use codec::Encode;
use std::collections::HashSet;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(120);
const MIB: usize = 1 << 20;

/// Others look for a blob meanwhile, and may take their time.
const PATIENT: Pace = Pace { stall: LONG, search: LONG, idle: LONG, ..QUICK };

/// Nodes of which each but the first asks only the one before it, and what it is asked goes through a network of its own.
struct Line {
	exchanges: Vec<Arc<Exchange>>,
	networks: Vec<Arc<Network>>,
	_last: TempDir,
}

impl Line {
	/// The first of the nodes has `blob`.
	fn new(nodes: usize, blob: &[u8]) -> Self {
		let (mut exchanges, mut networks) = (Vec::new(), vec![Arc::new(Network::default())]);
		let (mut directory, mut own) = store();
		own.insert(blob).unwrap();
		loop {
			let exchange = networks.last().unwrap().exchange_at(own, PATIENT);
			exchanges.push(exchange.clone());
			if exchanges.len() == nodes {
				return Self { exchanges, networks, _last: directory };
			}
			let network = Arc::new(Network::default());
			network.serve_finding(directory, &exchange);
			networks.push(network);
			(directory, own) = store();
		}
	}

	/// Has jobs name a blob, as far as these nodes know.
	fn name(&self, blob: &Hash, nodes: impl IntoIterator<Item = usize>) {
		for node in nodes {
			self.exchanges[node].store().keep(HashSet::from([*blob]), Duration::from_secs(3_600));
		}
	}

	fn last(&self) -> &Arc<Exchange> {
		self.exchanges.last().unwrap()
	}

	/// Everything the nodes that ask the node of this number have asked it.
	fn asked(&self, node: usize) -> Vec<Want> {
		self.networks[node + 1].asked().into_iter().map(|(_, Request { want, .. })| want).collect()
	}

	fn has(&self, node: usize, hash: &Hash) -> bool {
		self.exchanges[node].store().status(hash) != BlobStatus::Missing
	}
}

fn blob() -> (Vec<u8>, Hash) {
	let mut blob = vec![0; (3 << 20) + 5];
	blake3::Hasher::new().update(b"finding").finalize_xof().fill(&mut blob);
	let hash = BlobRef::of(&blob).hash;
	(blob, hash)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_peer_has_is_found_over_others_if_a_job_names_it() {
	let (blob, hash) = blob();
	for nodes in [3, 2 + usize::from(MAX_HOPS)] {
		let line = Line::new(nodes, &blob);
		line.name(&hash, 1..nodes - 1);
		line.last().obtain(hash).await.unwrap();
		assert_eq!(line.last().store().read_all(&hash, u64::MAX).unwrap()[..], blob);
		// What was found stays where it is looked for next. The last piece may have been passed on before it was written.
		line.exchanges[1].obtain(hash).await.unwrap();
		assert!(line.has(1, &hash));
		assert!(line.networks.iter().all(|network| network.reports().is_empty()));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_job_names_takes_no_room_on_other_nodes() {
	let (blob, hash) = blob();
	let line = Line::new(3, &blob);
	let result = line.last().obtain(hash).await;
	assert!(matches!(result, Err(ExchangeError::NobodyHasIt { asked: 1, .. })), "{result:?}");
	assert!(!line.has(1, &hash));
	assert!(line.asked(1).contains(&Want::Find(MAX_HOPS)), "it was asked to");
	assert_eq!(line.asked(0), [], "and asked nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_is_not_too_long() {
	let (blob, hash) = blob();
	let nodes = 3 + usize::from(MAX_HOPS);
	let line = Line::new(nodes, &blob);
	line.name(&hash, 1..nodes - 1);
	let result = line.last().obtain(hash).await;
	assert!(matches!(result, Err(ExchangeError::NobodyHasIt { asked: 1, .. })), "{result:?}");
	assert_eq!(line.asked(0), [], "the one that has it");
	for node in 2..nodes - 1 {
		let hops = u8::try_from(node - 1).unwrap();
		assert!(line.asked(node).contains(&Want::Find(hops)), "{node}: {:?}", line.asked(node));
	}
	assert!(line.asked(1).iter().all(|want| *want == Want::Length), "{:?}", line.asked(1));
	assert!(!line.asked(1).is_empty());

	// Whoever is asked again soon looks no more.
	let (asked, lost) = (line.asked(1).len(), line.exchanges[3].lost.lock()[&hash]);
	let again = line.last().obtain(hash).await;
	assert!(matches!(again, Err(ExchangeError::NobodyHasIt { .. })), "{again:?}");
	if lost.elapsed() < PAUSE {
		assert_eq!(line.asked(1).len(), asked);
	}
}

/// Two nodes that ask each other, and a third that asks both, for something that nobody has.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_in_a_circle() {
	let hash = Hash::of(b"nowhere");
	let network = Arc::new(Network::default());
	let mut exchanges = Vec::new();
	for _ in 0..3 {
		let (directory, own) = store();
		own.keep(HashSet::from([hash]), Duration::from_secs(3_600));
		let exchange = network.exchange_at(own, PATIENT);
		network.serve_finding(directory, &exchange);
		exchanges.push(exchange);
	}
	let results = futures::future::join_all(exchanges.iter().map(|exchange| exchange.obtain(hash))).await;
	for result in results {
		assert!(matches!(result, Err(ExchangeError::NobodyHasIt { asked: 3, .. })), "{result:?}");
	}
}

/// A node that finds `hash` for others among those of `network`, in a network of its own, and what serves there.
fn in_between(
	network: &Arc<Network>,
	hash: Hash,
	limits: BlobLimits,
	pace: Pace,
) -> (Arc<Exchange>, Arc<Network>) {
	let directory = TempDir::new().unwrap();
	let own = Arc::new(BlobStore::open(directory.path(), limits).unwrap());
	own.keep(HashSet::from([hash]), LONG);
	let exchange = network.exchange_at(own, pace);
	let beyond = Arc::new(Network::default());
	beyond.serve_finding(directory, &exchange);
	(exchange, beyond)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_passed_on_while_it_arrives() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(1) => Some(Response::Busy(5).encode()),
		_ => Some(answer),
	});
	let (middle, beyond) = in_between(&network, hash, LIMITS, PATIENT);
	let (_directory, own) = store();
	let last = beyond.exchange_at(own, Pace { patience: LONG, ..PATIENT });
	for start in [0, 2 * MIB, 3 * MIB] {
		let part = last.read(hash, start as u64, 5).await.unwrap();
		assert_eq!((part.len, &part.bytes[..]), (blob.len() as u64, &blob[start..start + 5]));
	}
	assert_eq!(middle.store().status(&hash), BlobStatus::Missing, "one piece never comes");
	assert!(beyond.reports().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_in_between_is_found_out_and_others_make_up_for_it() {
	let (blob, hash) = blob();
	let source = Arc::new(Network::default());
	source.add(&blob);
	for is_wrong in [true, false] {
		let (_middle, beyond) = in_between(&source, hash, LIMITS, PATIENT);
		// One sends wrong bytes, the other says that it has the blob and always has an excuse.
		let liar = beyond.add_changed(&blob, move |request, mut answer| {
			if matches!(request.want, Want::Piece(_)) {
				match answer.last_mut().filter(|_| is_wrong) {
					Some(last) => *last ^= 1,
					None => return Some(Response::Busy(5).encode()),
				}
			}
			Some(answer)
		});
		let (_directory, own) = store();
		let search = if is_wrong { LONG } else { Duration::from_millis(100) };
		let last = beyond.exchange_at(own.clone(), Pace { search, ..PATIENT });
		last.obtain(hash).await.unwrap();
		assert_eq!(own.read_all(&hash, u64::MAX).unwrap()[..], blob);
		assert_eq!(beyond.reports(), if is_wrong { vec![liar] } else { vec![] });
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_want_leaves_half_of_the_room() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	network.add(&blob);
	let limits = BlobLimits { quota: 2 * blob.len() as u64 - 1, ..LIMITS };
	let (middle, beyond) = in_between(&network, hash, limits, PATIENT);
	let (_directory, own) = store();
	let last = beyond.exchange_at(own, PATIENT);
	let refused = last.obtain(hash).await;
	assert!(matches!(refused, Err(ExchangeError::NobodyHasIt { .. })), "{refused:?}");
	// For itself it has room.
	middle.obtain(hash).await.unwrap();
	last.obtain(hash).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asks_for_any_more_is_given_up() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(0) => Some(Response::Busy(5).encode()),
		_ => Some(answer),
	});
	let (middle, _beyond) =
		in_between(&network, hash, LIMITS, Pace { idle: Duration::from_millis(500), ..PATIENT });
	assert_eq!(middle.look_for(hash, 0), Response::Missing, "no further");
	let start = Instant::now();
	while middle.look_for(hash, 1) != Response::Length(blob.len() as u64) {
		assert!(start.elapsed() < LONG);
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	while !middle.downloads.lock().is_empty() {
		assert!(start.elapsed() < LONG);
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	// What arrived stays for whoever asks next.
	assert_eq!(middle.store().fetched_len(&hash), Some(blob.len() as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_fans_out_to_a_few() {
	let network = Arc::new(Network::default());
	for number in 0..2 * MAX_TOLD {
		network.add(&number.to_le_bytes());
	}
	let (_directory, own) = store();
	let result = network.exchange_at(own, PATIENT).obtain(Hash::of(b"nowhere")).await;
	assert!(matches!(result, Err(ExchangeError::NobodyHasIt { .. })), "{result:?}");
	let asked = network.asked();
	let count = |want| asked.iter().filter(|(_, request)| request.want == want).count();
	assert_eq!((count(Want::Length), count(Want::Find(MAX_HOPS))), (2 * MAX_TOLD, MAX_TOLD));
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_in_vain_are_few() {
	let (_directory, own) = store();
	let hashes: Vec<_> = (0..=MAX_LOST).map(|number| Hash::of(&number.to_le_bytes())).collect();
	own.keep(hashes.iter().copied().collect(), LONG);
	let exchange = Arc::new(Network::default()).exchange_at(own, PATIENT);
	let (start, last) = (Instant::now(), hashes[MAX_LOST]);
	for hash in &hashes[..MAX_LOST] {
		exchange.search_ended(*hash, false);
	}
	let refused = exchange.look_for(last, MAX_HOPS);
	if start.elapsed() < PAUSE {
		assert_eq!(refused, Response::Missing);
	}
	tokio::time::sleep(PAUSE).await;
	assert!(matches!(exchange.look_for(last, MAX_HOPS), Response::Busy(_)));
}

/// A peer that never answers, and one that says it has a blob and never sends it.
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_does_not_wait_for_what_nobody_proves_to_have() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(_) => Some(Response::Busy(5).encode()),
		_ => Some(answer),
	});
	let (_directory, own) = store();
	let exchange = network.exchange_at(own, Pace { proof: Duration::from_millis(50), ..PATIENT });
	let auditor = exchange.clone();
	let result = tokio::task::spawn_blocking(move || auditor.obtain_blocking(hash, LONG)).await.unwrap();
	assert!(matches!(result, Err(ExchangeError::NotInTime(_))), "{result:?}");
	assert!(exchange.downloads.lock().contains_key(&hash), "the search goes on");
	// Now somebody has it, and the auditor looks again.
	network.add(&blob);
	let start = Instant::now();
	loop {
		let auditor = exchange.clone();
		match tokio::task::spawn_blocking(move || auditor.obtain_blocking(hash, LONG)).await.unwrap() {
			Ok(()) => break,
			Err(error) => assert!(start.elapsed() < LONG, "{error}"),
		}
	}
}

/// Some of those that say they have it answer nothing else, and the one that means it is heard of last.
#[tokio::test(flavor = "multi_thread")]
async fn silence_takes_nobodys_place() {
	let (blob, hash) = blob();
	let pieces = |request: &Request| matches!(request.want, Want::Piece(_)).then_some(LONG);
	for silent in [MAX_OPENING, ENOUGH + 2] {
		let network = Arc::new(Network::default());
		for _ in 0..silent {
			network.add_silent(std::slice::from_ref(&blob), pieces);
		}
		network.add_changed(&blob, |request, answer| {
			if request.want == Want::Length {
				std::thread::sleep(Duration::from_millis(100));
			}
			Some(answer)
		});
		let (_directory, own) = store();
		let (answer, proof) = (Duration::from_millis(50), Duration::from_secs(1));
		let exchange = network.exchange_at(own, Pace { answer, proof, piece: answer, ..PATIENT });
		let looks = tokio::task::spawn_blocking(move || {
			(0..3).map(|_| exchange.obtain_blocking(hash, LONG)).find(Result::is_ok)
		});
		assert!(looks.await.unwrap().is_some(), "{silent}");
	}
}

/// Many blobs that only two peers have, who do not send them: not even the last piece, or nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_do_not_come_leave_room_for_one_that_does() {
	let (blob, hash) = blob();
	let last = u32::try_from(blob.len() / MIB).unwrap();
	for is_proved in [false, true] {
		let silence = move |request: &Request| match request.want {
			Want::Piece(index) if !is_proved || (request.hash == hash && index < last) => Some(LONG),
			Want::Piece(0) if request.hash != hash => Some(LONG),
			_ => None,
		};
		let (count, len) = if is_proved { (40, MIB + 1) } else { (MAX_OPENINGS, 1) };
		let others: Vec<_> = (0..count).map(|number| vec![u8::try_from(number).unwrap(); len]).collect();
		let network = Arc::new(Network::default());
		for _ in 0..2 {
			network.add_silent(&[&others[..], std::slice::from_ref(&blob)].concat(), silence);
		}
		let (_directory, own) = store();
		let (answer, proof) = (Duration::from_millis(100), Duration::from_secs(2));
		let exchange = network.exchange_at(own, Pace { answer, proof, piece: answer * 2, ..PATIENT });
		for other in &others {
			exchange.join(Hash::of(other), None, MAX_HOPS).unwrap();
		}
		// They have taken what there is.
		tokio::time::sleep(answer / 2).await;
		network.add(&blob);
		let fetched = tokio::time::timeout(proof * 3, exchange.obtain(hash)).await;
		assert!(matches!(fetched, Ok(Ok(()))), "{is_proved}: {fetched:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_does_not_get_on_takes_less_and_less_of_what_all_share() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	for _ in 0..ENOUGH {
		network.add_silent(std::slice::from_ref(&blob), |request| match request.want {
			Want::Piece(index) if index < 3 => Some(LONG),
			_ => None,
		});
	}
	let (_directory, own) = store();
	let piece = Duration::from_secs(1);
	let exchange = network.exchange_at(own, Pace { piece, ..PATIENT });
	exchange.join(hash, None, MAX_HOPS).unwrap();
	let taken = || MAX_PIECES - exchange.permits.available_permits();
	let start = Instant::now();
	while taken() < 3 {
		assert!(start.elapsed() < LONG);
		tokio::time::sleep(Duration::from_millis(5)).await;
	}
	tokio::time::sleep(piece * 3 / 2).await;
	assert!(taken() <= 1, "{}", taken());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_it_has_a_blob_and_keeps_silent_loses_reputation() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	let silent = network.add_silent(std::slice::from_ref(&blob), |request| {
		matches!(request.want, Want::Piece(_)).then_some(Duration::from_millis(20))
	});
	let (_directory, own) = store();
	let result = network.exchange_at(own, PATIENT).obtain(hash).await;
	assert!(matches!(result, Err(ExchangeError::NobodyHasIt { asked: 1, .. })), "{result:?}");
	assert!(!network.reports().is_empty() && network.reports().iter().all(|peer| *peer == silent));
}

/// A slot is worth more than a blob that trickles in.
// Three answers sleep at once, each in a thread of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn nobody_waits_for_a_blob_that_trickles_in() {
	const PIECE: Duration = Duration::from_millis(450);
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	let turn = Mutex::new(());
	network.add_changed(&blob, move |request, answer| {
		if matches!(request.want, Want::Piece(index) if index < 3) {
			let _turn = turn.lock();
			std::thread::sleep(PIECE);
		}
		Some(answer)
	});
	let (_directory, own) = store();
	let exchange = network.exchange_at(own.clone(), PATIENT);
	let (auditor, patience) = (exchange.clone(), Duration::from_millis(100));
	let looks = tokio::task::spawn_blocking(move || {
		[patience, LONG].map(|patience| (auditor.obtain_blocking(hash, patience), Instant::now()))
	});
	let start = Instant::now();
	for (result, end) in looks.await.unwrap() {
		assert!(matches!(result, Err(ExchangeError::Arriving(_))), "{result:?}");
		assert!(end - start < PIECE * 3, "it would have been here by then");
	}
	let mut seen = std::collections::BTreeSet::new();
	while let Some(arrived) = exchange.arrived_of(&hash) {
		seen.insert(arrived);
		assert!(start.elapsed() < LONG);
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	assert!(own.has(&hash));
	assert!(seen.len() > 2 && seen.iter().all(|arrived| *arrived <= blob.len() as u64), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_any_more_is_not_fetched_any_more() {
	let (blob, hash) = blob();
	let network = Arc::new(Network::default());
	network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(0) => Some(Response::Busy(5).encode()),
		_ => Some(answer),
	});
	let (_directory, own) = store();
	let own_idle = Duration::from_millis(500);
	let exchange = network.exchange_at(own.clone(), Pace { own_idle, ..PATIENT });
	let auditor = exchange.clone();
	let looked = tokio::task::spawn_blocking(move || auditor.obtain_blocking(hash, own_idle / 2));
	assert!(matches!(looked.await.unwrap(), Err(ExchangeError::Arriving(_))));
	let start = Instant::now();
	// Asking for it is waiting.
	while start.elapsed() < own_idle * 2 {
		assert!(exchange.arrived_of(&hash).is_some());
		tokio::time::sleep(own_idle / 50).await;
	}
	while !exchange.downloads.lock().is_empty() {
		assert!(start.elapsed() < LONG);
		tokio::time::sleep(own_idle / 50).await;
	}
	assert_eq!(own.fetched_len(&hash), Some(blob.len() as u64), "what arrived stays");
}

/// The auditor says that something is missing after it has looked in three finalised blocks, at the sealed results and at last
/// at the program, too. That is in a block before the next tranche is admitted, whoever else keeps silent.
#[test]
fn a_search_ends_within_a_tranche() {
	const FINALITY: u32 = 2;
	// From the first look to the third.
	const LOOKS: u32 = 2;
	const REPORT: u32 = 1;
	// Eight that a node has connected to, and 32 others.
	const MAX_PEERS: usize = 40;
	let block = Duration::from_millis(MILLISECONDS_PER_BLOCK);
	assert!(PACE.proof < block, "the second look does not wait for the first");
	let tranche = <<Runtime as pallet_compute::Config>::TranchePeriod as sp_core::Get<u32>>::get();
	let last_look = PACE.proof * 2;
	assert!(block * (FINALITY + LOOKS + REPORT) + last_look <= block * tranche);
	// Whoever keeps silent does not use up the looks of those that are asked after it, however many there are that may be.
	let rounds = MAX_UNANSWERED.div_ceil(MAX_OPENING) + MAX_PEERS.div_ceil(MAX_PROBES);
	assert!(PACE.answer * u32::try_from(rounds).unwrap() < PACE.proof * (LOOKS + 1));
	// What takes a place for long is not given up before others are asked.
	assert!(PACE.piece * 2 < PACE.stall && PACE.own_idle > PACE.stall);
	// Whoever is told to find something has given up before the one that waits for it.
	assert!(PACE.search > PACE.tick * 4 && PACE.search * u32::from(MAX_HOPS + 1) < PACE.stall);
}
