use super::{
	testing::{store, Network, LIMITS},
	wire::{Request, Response, Want},
	*,
};
use crate::blobs::{BlobLimits, BlobStatus};
use assay_primitives::BlobRef;
use codec::{Decode, Encode};
use std::{collections::HashSet, fs};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

/// Bytes that differ all over, so that no piece is like another.
fn bytes(len: usize, seed: u8) -> Vec<u8> {
	let mut bytes = vec![0; len];
	blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
	bytes
}

/// Changes a piece on its way, and nothing else.
fn piece_changed(
	change: impl Fn(&mut u64, &mut Vec<Hash>, &mut Vec<u8>) + Send + Sync + 'static,
) -> impl Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static {
	move |_, answer| {
		let mut response = Response::decode(&mut &answer[..]).unwrap();
		if let Response::Piece { len, siblings, bytes } = &mut response {
			change(len, siblings, bytes);
		}
		Some(response.encode())
	}
}

fn pieces_asked(network: &Network, peer: PeerId) -> usize {
	let is_piece = |request: &Request| matches!(request.want, Want::Piece(_));
	network.asked().iter().filter(|(asked, request)| *asked == peer && is_piece(request)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_comes_from_several_peers_and_each_piece_once() {
	let network = Arc::new(Network::default());
	for len in [0, 1, MIB, MIB + 1, 20 * MIB + 5] {
		let blob = bytes(len, 1);
		let hash = Hash::of(&blob);
		let peers = [network.add(&blob), network.add(&blob), network.add(&blob)];
		network.add(b"something else");
		let (_directory, store) = store();
		let before: Vec<_> = peers.iter().map(|peer| pieces_asked(&network, *peer)).collect();
		network.exchange(store.clone()).obtain(hash).await.unwrap();
		assert_eq!(store.read_all(&hash, u64::MAX).unwrap()[..], blob);
		let asked: Vec<_> =
			peers.iter().zip(before).map(|(peer, before)| pieces_asked(&network, *peer) - before).collect();
		let pieces = len.div_ceil(MIB).max(1);
		// The last piece, which shows the length, is asked for twice.
		assert!((pieces..=pieces + 1).contains(&asked.iter().sum::<usize>()), "{asked:?}");
		if pieces > 8 {
			assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
		}
	}
	assert!(network.reports().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_nobody_has_is_an_error_that_says_so() {
	let network = Arc::new(Network::default());
	let (_directory, store) = store();
	let exchange = network.exchange(store);
	let hash = Hash::of(b"unknown");
	let alone = exchange.obtain(hash).await;
	assert!(matches!(alone, Err(ExchangeError::NobodyHasIt { asked: 0, .. })), "{alone:?}");
	network.add(b"one thing");
	network.add(b"another");
	let asked = exchange.read(hash, 0, 10).await;
	assert!(matches!(asked, Err(ExchangeError::NobodyHasIt { asked: 2, .. })), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_piece_is_noticed_reported_and_made_good_by_others() {
	let blob = bytes(3 * MIB + 100, 1);
	let hash = Hash::of(&blob);
	let other = bytes(3 * MIB + 100, 2);
	let shorter = blob[..3 * MIB].to_vec();
	type Change = Box<dyn Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;
	let lie = |change: fn(Response) -> Vec<u8>| -> Change {
		Box::new(move |_, answer| Some(change(Response::decode(&mut &answer[..]).unwrap())))
	};
	let with_tree_of = |blob: Vec<u8>| -> Change {
		let (directory, store) = store();
		store.insert(&blob).unwrap();
		let hash = Hash::of(&blob);
		Box::new(move |request, _| {
			let _ = &directory;
			Some(server::answer(&store, Request { hash, want: request.want }).encode())
		})
	};
	let wrong: Vec<(&str, Change)> = vec![
		("a flipped bit", Box::new(piece_changed(|_, _, bytes| bytes[7] ^= 1))),
		("a flipped bit of the proof", Box::new(piece_changed(|_, siblings, _| siblings[0].0[0] ^= 1))),
		("too few bytes", Box::new(piece_changed(|_, _, bytes| bytes.truncate(bytes.len() - 1)))),
		("too many bytes", Box::new(piece_changed(|_, _, bytes| bytes.push(0)))),
		("no bytes", Box::new(piece_changed(|_, _, bytes| bytes.clear()))),
		("no proof", Box::new(piece_changed(|_, siblings, _| siblings.clear()))),
		("another length", Box::new(piece_changed(|len, _, _| *len += 1))),
		("another blob", with_tree_of(other)),
		("its beginning", with_tree_of(shorter)),
		("another piece", shifted(&blob)),
		("a larger answer than any", lie(|response| [response.encode(), vec![0; 2 * MIB]].concat())),
		("half an answer", lie(|response| response.encode()[..5].to_vec())),
		("nothing", lie(|_| vec![])),
		(
			"an answer to another question",
			lie(|response| match response {
				Response::Length(_) => response.encode(),
				_ => Response::Length(5).encode(),
			}),
		),
		(
			"a false length",
			lie(|response| match response {
				Response::Length(len) => Response::Length(len + 1).encode(),
				other => other.encode(),
			}),
		),
	];
	for (what, change) in wrong {
		let network = Arc::new(Network::default());
		let liar = network.add_changed(&blob, change);
		let (_directory, store) = store();
		let exchange = network.exchange(store.clone());
		let refused = exchange.obtain(hash).await;
		assert!(matches!(refused, Err(ExchangeError::NobodyHasIt { asked: 1, .. })), "{what}: {refused:?}");
		assert_eq!(store.status(&hash), BlobStatus::Missing, "{what}");
		assert_eq!(network.reports(), [liar], "{what}: it is reported");
		// With it among them others make up for it.
		let honest = network.add(&blob);
		exchange.obtain(hash).await.unwrap();
		assert_eq!(store.read_all(&hash, u64::MAX).unwrap()[..], blob, "{what}");
		assert_eq!(network.reports(), [liar], "{what}: it is not asked again");
		assert_ne!(pieces_asked(&network, honest), 0, "{what}");
	}
}

/// What becomes of an answer on its way.
type Twist = Box<dyn Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;

/// Answers with the piece before the one that was asked for, or the second for the first.
fn shifted(blob: &[u8]) -> Twist {
	let (directory, store) = store();
	store.insert(blob).unwrap();
	Box::new(move |request, answer| {
		let _ = &directory;
		let Want::Piece(index) = request.want else { return Some(answer) };
		let want = Want::Piece(index.checked_sub(1).unwrap_or(1));
		Some(server::answer(&store, Request { want, ..*request }).encode())
	})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sent_something_wrong_is_not_asked_again() {
	let network = Arc::new(Network::default());
	let blob = bytes(24 * MIB, 1);
	// The last piece, which comes first, is right: this one is found out later.
	let liar = network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(index) if index < 23 => piece_changed(|_, _, bytes| bytes[MIB - 1] ^= 1)(request, answer),
		_ => Some(answer),
	});
	network.add(&blob);
	let (_directory, store) = store();
	network.exchange(store.clone()).obtain(Hash::of(&blob)).await.unwrap();
	assert_eq!(store.read_all(&Hash::of(&blob), u64::MAX).unwrap()[..], blob);
	assert!(!network.reports().is_empty() && network.reports().iter().all(|peer| *peer == liar));
	// What was under way when the first lie arrived, and the last piece.
	let asked = pieces_asked(&network, liar);
	assert!(asked <= limits::MAX_IN_FLIGHT_PER_PEER + 1, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_blob_does_not_leave_its_node() {
	for is_restarted in [false, true] {
		let network = Arc::new(Network::default());
		let blob = bytes(2 * MIB + 5, 1);
		let hash = Hash::of(&blob);
		let (directory, mut damaged) = store();
		damaged.insert(&blob).unwrap();
		assert!(matches!(
			server::answer(&damaged, Request { hash, want: Want::Piece(0) }),
			Response::Piece { .. }
		));
		let digits = hex::encode(hash.0);
		let path = directory.path().join("blobs").join(&digits[..2]).join(&digits);
		let mut on_disk = fs::read(&path).unwrap();
		on_disk[2 * MIB + 1] ^= 1;
		fs::write(&path, on_disk).unwrap();
		if is_restarted {
			// Its tree, known since it came, is read anew.
			damaged = Arc::new(BlobStore::open(directory.path(), LIMITS).unwrap());
		}
		network.serve(directory, damaged.clone(), u64::MAX, |_, answer| Some(answer));
		// So that the damaged one is asked first.
		network.add_changed(&blob, |request, answer| {
			if request.want == Want::Length {
				std::thread::sleep(Duration::from_millis(100));
			}
			Some(answer)
		});

		let (_directory, store) = store();
		network.exchange(store.clone()).obtain(hash).await.unwrap();
		assert_eq!(store.read_all(&hash, u64::MAX).unwrap()[..], blob);
		assert!(network.reports().is_empty(), "a broken disk is no lie");
		assert_eq!(damaged.status(&hash), BlobStatus::Missing);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_after_a_restart_with_what_is_still_right() {
	const PIECES: u32 = 9;
	let blob = bytes(9 * MIB - 3, 1);
	let BlobRef { hash, len } = BlobRef::of(&blob);
	let failing = Arc::new(Network::default());
	failing.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(index) => (index < 4 || index == 8).then_some(answer),
		Want::Length | Want::Find(_) => Some(answer),
	});
	let (directory, first) = store();
	let stalled = failing.exchange(first.clone()).obtain(hash).await;
	assert!(matches!(stalled, Err(ExchangeError::NotInTime(_))), "{stalled:?}");
	assert_eq!(first.status(&hash), BlobStatus::Missing, "a part of a fetch is no part of an upload");
	drop(first);

	// One piece has not survived, and the log ends in the middle of an entry.
	let data = directory.path().join("fetching").join(format!("{}-{len}", hex::encode(hash.0)));
	let mut on_disk = fs::read(&data).unwrap();
	on_disk[2 * MIB + 10] ^= 1;
	fs::write(&data, on_disk).unwrap();
	let log = data.with_file_name(format!("{}-{len}.log", hex::encode(hash.0)));
	fs::write(&log, [fs::read(&log).unwrap(), vec![1, 2, 3]].concat()).unwrap();

	let network = Arc::new(Network::default());
	let peer = network.add(&blob);
	let second = Arc::new(BlobStore::open(directory.path(), LIMITS).unwrap());
	network.exchange(second.clone()).obtain(hash).await.unwrap();
	assert_eq!(second.read_all(&hash, u64::MAX).unwrap()[..], blob);
	let asked: HashSet<_> = network
		.asked()
		.into_iter()
		.filter_map(|(_, request)| match request.want {
			Want::Piece(index) => Some(index),
			Want::Length | Want::Find(_) => None,
		})
		.collect();
	assert_eq!(asked, HashSet::from_iter([2].into_iter().chain(4..PIECES - 1)));
	assert_eq!(pieces_asked(&network, peer), asked.len());
	assert_eq!(fs::read_dir(directory.path().join("fetching")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_finds_no_room_beyond_the_quota_or_for_what_nothing_names() {
	let network = Arc::new(Network::default());
	let blob = bytes(3 * MIB, 1);
	let hash = Hash::of(&blob);
	network.add(&blob);
	let try_with = |limits: BlobLimits, is_named: bool| {
		let network = network.clone();
		async move {
			let directory = TempDir::new().unwrap();
			let store = Arc::new(BlobStore::open(directory.path(), limits).unwrap());
			store.insert(b"something").unwrap();
			if is_named {
				store.add_named(&hash);
			}
			let result = network.exchange(store.clone()).obtain(hash).await;
			let left = fs::read_dir(directory.path().join("fetching")).unwrap().count();
			assert_eq!(left, 0, "nothing is left behind");
			match result {
				Ok(()) => None,
				Err(ExchangeError::Store(error)) => Some(error),
				Err(error) => panic!("{error}"),
			}
		}
	};
	let too_large = try_with(BlobLimits { max_size: 3 * MIB as u64 - 1, ..LIMITS }, false).await;
	assert!(matches!(too_large.as_deref(), Some(BlobError::TooLarge { .. })), "{too_large:?}");
	let (full, roomy) = (3 * MIB as u64, 3 * MIB as u64 + 4_096);
	let no_room = try_with(BlobLimits { quota: full, ..LIMITS }, true).await;
	assert!(matches!(no_room.as_deref(), Some(BlobError::QuotaExceeded { .. })), "{no_room:?}");
	let no_staging = try_with(BlobLimits { staging: full, ..LIMITS }, false).await;
	assert!(matches!(no_staging.as_deref(), Some(BlobError::StagingFull { .. })), "{no_staging:?}");
	for (limits, is_named) in [
		(BlobLimits { quota: roomy, ..LIMITS }, false),
		(BlobLimits { staging: roomy, ..LIMITS }, false),
		(BlobLimits { staging: full, ..LIMITS }, true),
	] {
		let fits = try_with(limits, is_named).await;
		assert!(fits.is_none(), "{fits:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_arrived_is_read_while_the_rest_is_on_its_way() {
	let network = Arc::new(Network::default());
	let blob = bytes(6 * MIB, 1);
	let hash = Hash::of(&blob);
	network.add_changed(&blob, |request, answer| match request.want {
		Want::Piece(3) => None,
		_ => Some(answer),
	});
	let (_directory, store) = store();
	let exchange = network.exchange(store.clone());
	let part = exchange.read(hash, 10, MIB).await.unwrap();
	assert_eq!((part.len, &part.bytes[..]), (6 * MIB as u64, &blob[10..MIB + 10]));
	assert_eq!(exchange.read(hash, 5 * MIB as u64, MIB).await.unwrap().bytes, blob[5 * MIB..]);
	let lacking = exchange.read(hash, 3 * MIB as u64 - 1, 2).await;
	assert!(matches!(lacking, Err(ExchangeError::NotInTime(_))), "{lacking:?}");
	assert_eq!(store.status(&hash), BlobStatus::Missing);
	let beyond = exchange.read(hash, 6 * MIB as u64 + 1, 2).await;
	assert!(
		matches!(&beyond, Err(ExchangeError::Store(error)) if matches!(**error, BlobError::BeyondEnd { .. })),
		"{beyond:?}"
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_had_enough_is_given_time() {
	let network = Arc::new(Network::default());
	let blob = bytes(3 * MIB, 1);
	let refusals = Mutex::new(5);
	let peer = network.add_changed(&blob, move |_, answer| {
		let mut refusals = refusals.lock();
		if *refusals > 0 {
			*refusals -= 1;
			return Some(Response::Busy(20).encode());
		}
		Some(answer)
	});
	let (_directory, store) = store();
	let start = Instant::now();
	network.exchange(store.clone()).obtain(Hash::of(&blob)).await.unwrap();
	assert_eq!(store.read_all(&Hash::of(&blob), u64::MAX).unwrap()[..], blob);
	// At least two of the refusals came one after the other: the first is for the length.
	assert!(start.elapsed() >= Duration::from_millis(40));
	assert!(network.reports().is_empty());
	assert!(network.asked().iter().all(|(asked, _)| *asked == peer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_sends_each_peer_only_so_much() {
	let network = Arc::new(Network::default());
	let blob = bytes(20 * MIB, 1);
	let (directory, slow) = store();
	slow.insert(&blob).unwrap();
	network.serve(directory, slow, 1_000, |_, answer| Some(answer));
	let (_directory, store) = store();
	let result = network.exchange(store).obtain(Hash::of(&blob)).await;
	assert!(matches!(result, Err(ExchangeError::NotInTime(_))), "{result:?}");
	assert!(network.reports().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_wait_for_a_blob_fetch_it_once() {
	let network = Arc::new(Network::default());
	let blob = bytes(4 * MIB, 1);
	let hash = Hash::of(&blob);
	network.add(&blob);
	let (_directory, store) = store();
	let exchange = network.exchange(store);
	let waiting: Vec<_> = (0..20)
		.map(|number| {
			let exchange = exchange.clone();
			tokio::spawn(async move { exchange.read(hash, number * 200_000, 100).await.unwrap().bytes })
		})
		.collect();
	for (number, bytes) in waiting.into_iter().enumerate() {
		assert_eq!(bytes.await.unwrap(), blob[number * 200_000..number * 200_000 + 100]);
	}
	exchange.obtain(hash).await.unwrap();
	let pieces = network.asked().iter().filter(|(_, request)| matches!(request.want, Want::Piece(_))).count();
	assert_eq!(pieces, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_of_its_own_can_wait_for_a_blob() {
	let network = Arc::new(Network::default());
	let blob = bytes(100, 1);
	network.add(&blob);
	let (_directory, store) = store();
	let exchange = network.exchange(store);
	let obtain = move |hash| exchange.obtain_blocking(hash, Duration::from_secs(10));
	let (hash, unknown) = (Hash::of(&blob), Hash::of(b"unknown"));
	let results = tokio::task::spawn_blocking(move || (obtain(hash), obtain(unknown))).await.unwrap();
	assert!(results.0.is_ok());
	assert!(matches!(results.1, Err(ExchangeError::NobodyHasIt { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_make_a_node_neither_fetch_nor_keep_anything() {
	let network = Arc::new(Network::default());
	let blob = bytes(100, 1);
	let hash = Hash::of(&blob);
	network.add(&blob);
	let (directory, bystander) = store();
	let _own = network.exchange(bystander.clone());
	network.serve(directory, bystander.clone(), u64::MAX, |_, answer| Some(answer));
	let (_directory, store) = store();
	network.exchange(store).obtain(hash).await.unwrap();
	assert_eq!(bystander.status(&hash), BlobStatus::Missing);

	let kept = bystander.insert(b"kept by nobody").unwrap().hash;
	assert!(matches!(
		server::answer(&bystander, Request { hash: kept, want: Want::Piece(0) }),
		Response::Piece { .. }
	));
	assert_eq!(bystander.keep(HashSet::new(), Duration::ZERO), 1);
	assert_eq!(bystander.status(&kept), BlobStatus::Missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_finds_no_place_goes_on_without_fetching_anything_twice() {
	let network = Arc::new(Network::default());
	let blob = bytes(4 * MIB, 1);
	let hash = Hash::of(&blob);
	network.add(&blob);
	let (directory, store) = store();
	// Where the folder for it should be made there is something else.
	let shard = directory.path().join("blobs").join(hex::encode(&hash.0[..1]));
	fs::write(&shard, b"").unwrap();
	let exchange = network.exchange(store.clone());
	let failed = exchange.obtain(hash).await;
	let Err(ExchangeError::Store(error)) = &failed else { panic!("{failed:?}") };
	assert!(matches!(**error, BlobError::Io { .. }), "{error}");
	assert_eq!(store.status(&hash), BlobStatus::Missing);
	let pieces =
		|| network.asked().iter().filter(|(_, request)| matches!(request.want, Want::Piece(_))).count();
	let asked = pieces();

	fs::remove_file(&shard).unwrap();
	exchange.obtain(hash).await.unwrap();
	assert_eq!(store.read_all(&hash, u64::MAX).unwrap()[..], blob);
	assert_eq!(pieces(), asked);
}
