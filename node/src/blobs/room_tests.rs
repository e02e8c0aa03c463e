//! What gives way to what where room is short. What depends on hours is tested where time can be turned back.

use super::{
	ledger::BLOCK,
	pieces::{self, ProvenPiece, Tree},
	*,
};
use assay_primitives::BlobRef;
use std::collections::HashSet;
use tempfile::TempDir;

/// Room for eight blobs of a block each.
const LIMITS: BlobLimits = BlobLimits { max_size: 8 * BLOCK, quota: 8 * BLOCK, staging: 2 * BLOCK };
const EXPIRY: Duration = Duration::from_secs(3_600);

fn store(directory: &TempDir) -> BlobStore {
	BlobStore::open(directory.path(), LIMITS).unwrap()
}

/// A blob of a block, named by a job.
fn named(store: &BlobStore, what: &str) -> (Vec<u8>, Hash) {
	let bytes = what.as_bytes().to_vec();
	let hash = Hash::of(&bytes);
	store.add_named(&hash);
	(bytes, hash)
}

/// Has a named blob come from another node.
fn fetch(store: &BlobStore, what: &str) -> Result<Hash, BlobError> {
	let (bytes, hash) = named(store, what);
	let len = BlobRef::of(&bytes).len;
	let Some(partial) = store.begin_fetch(&hash, len)? else { return Ok(hash) };
	let tree = Tree::read(&hash, len, &bytes[..]).unwrap().unwrap();
	assert_eq!(pieces::count(len), 1);
	let piece = ProvenPiece { len, siblings: tree.siblings(0).unwrap(), bytes };
	assert!(store.add_piece(&partial, 0, &piece).unwrap());
	store.finish_fetch(&partial)?;
	// Times differ, whatever the clock can tell apart.
	std::thread::sleep(Duration::from_millis(2));
	Ok(hash)
}

/// Has a client upload a named blob.
fn upload(store: &BlobStore, what: &str) -> Result<Hash, BlobError> {
	let (bytes, _) = named(store, what);
	store.insert(&bytes).map(|blob| blob.hash)
}

fn fetch_all(store: &BlobStore, what: &str, count: usize) -> Vec<Hash> {
	(0..count).map(|number| fetch(store, &format!("{what} {number}")).unwrap()).collect()
}

fn is_full<T: std::fmt::Debug>(result: Result<T, BlobError>) -> bool {
	matches!(result, Err(BlobError::QuotaExceeded { .. }))
}

/// Forty jobs with an input each, of which every validator needs all: the jobs name them for weeks.
#[test]
fn inputs_of_finished_duties_keep_nothing_out() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let own = [upload(&store, "a requester's input").unwrap(), upload(&store, "a worker's results").unwrap()];
	let hostile = fetch_all(&store, "hostile input", 40);
	let next = fetch(&store, "the input of an honest job").unwrap();
	assert_eq!(&store.read_all(&next, BLOCK).unwrap()[..], b"the input of an honest job");
	assert!(own.iter().all(|hash| store.has(hash)), "nothing that clients have uploaded is lost");
	let left: Vec<_> = hostile.iter().map(|hash| store.has(hash)).collect();
	assert_eq!(left, [vec![false; 35], vec![true; 5]].concat(), "the oldest are gone");
	let holdings = store.holdings();
	assert_eq!((holdings.used, holdings.evictable), (8 * BLOCK, 6 * BLOCK));
	// What is gone is not on the disk either.
	drop(store);
	let again = BlobStore::open(directory.path(), LIMITS).unwrap();
	let found = again.holdings();
	assert_eq!((found.complete, found.used, found.evictable), (holdings.complete, 8 * BLOCK, 6 * BLOCK));
}

#[test]
fn what_a_duty_waits_for_stays() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let oldest = fetch(&store, "the program of a running duty").unwrap();
	let in_use = [store.begin_use(&oldest), store.begin_use(&oldest)];
	fetch_all(&store, "hostile", 20);
	assert!(store.has(&oldest));
	let [first, second] = in_use;
	drop(first);
	fetch_all(&store, "more", 8);
	assert!(store.has(&oldest), "another duty waits for it");
	drop(second);
	fetch_all(&store, "yet more", 8);
	assert!(!store.has(&oldest));
}

#[test]
fn what_was_used_last_goes_last() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let fetched = fetch_all(&store, "blob", 8);
	store.read_all(&fetched[0], BLOCK).unwrap();
	store.read(&fetched[1], 0, 1).unwrap();
	// What peers are sent is of no use to this node.
	store.piece(&fetched[2], 0).unwrap();
	fetch_all(&store, "other", 6);
	let left: Vec<_> = fetched.iter().map(|hash| store.has(hash)).collect();
	assert_eq!(left, [true, true, false, false, false, false, false, false]);
}

#[test]
fn sealed_results_that_can_be_had_go_after_all_that_was_only_fetched() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let sealed = fetch(&store, "sealed results").unwrap();
	store.vouch(&sealed);
	let fetched = fetch_all(&store, "blob", 20);
	assert!(store.has(&sealed) && !store.has(&fetched[12]));
	// A restart changes nothing about that.
	drop(store);
	let store = self::store(&directory);
	fetch_all(&store, "another", 20);
	assert!(store.has(&sealed));
	for number in 0..8 {
		store.vouch(&fetch(&store, &format!("vouched for {number}")).unwrap());
	}
	assert!(!store.has(&sealed), "there is no room for more of them");
}

#[test]
fn uploads_give_way_to_nothing_and_nothing_goes_in_vain() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	for number in 0..6 {
		upload(&store, &format!("upload {number}")).unwrap();
	}
	let fetched = fetch_all(&store, "fetched", 2);
	let large = Hash::of(b"large");
	store.add_named(&large);
	assert!(is_full(store.begin_fetch(&large, 3 * BLOCK).map(|_| ())));
	assert!(is_full(store.append(&large, 3 * BLOCK, 0, b"a")));
	assert!(fetched.iter().all(|hash| store.has(hash)), "it would not have been enough");
	assert!(store.begin_fetch(&large, 2 * BLOCK).unwrap().is_some());
	assert!(!fetched.iter().any(|hash| store.has(hash)));
	assert_eq!(store.holdings().complete.0, 6);
}

#[test]
fn an_upload_has_what_was_fetched_give_way_and_stays_itself() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	fetch_all(&store, "fetched", 8);
	let own: Vec<_> = (0..8).map(|number| upload(&store, &format!("upload {number}")).unwrap()).collect();
	assert!(is_full(fetch(&store, "one more")) && is_full(upload(&store, "one more")));
	// Nor after a restart.
	drop(store);
	let store = self::store(&directory);
	assert!(is_full(fetch(&store, "one more")));
	assert!(own.iter().all(|hash| store.has(hash)));
}

#[test]
fn an_upload_that_is_refused_anyway_removes_nothing() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let fetched = fetch_all(&store, "fetched", 8);
	let late = store.append(&Hash::of(b"new"), BLOCK, 5, b"a");
	assert!(matches!(late, Err(BlobError::WrongOffset { .. })) || is_full(late));
	assert!(
		is_full(store.append(&Hash::of(b"no job names it"), 3 * BLOCK, 0, b"a")),
		"more than strangers may have"
	);
	assert!(matches!(store.append(&Hash::of(b"x"), 9 * BLOCK, 0, b"a"), Err(BlobError::TooLarge { .. })));
	assert!(fetched.iter().all(|hash| store.has(hash)));
	store.append(&Hash::of(b"no job names it"), 2 * BLOCK, 0, b"a").unwrap();
	assert_eq!(fetched.iter().filter(|hash| store.has(hash)).count(), 6);
}

#[test]
fn what_a_client_brings_that_is_here_already_stays_for_it() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let (bytes, hash) = named(&store, "a program that everybody uses");
	fetch(&store, "a program that everybody uses").unwrap();
	let len = BlobRef::of(&bytes).len;
	assert_eq!(store.append(&hash, len, 0, &[]).unwrap(), BlobStatus::Complete { len });
	fetch_all(&store, "hostile", 20);
	assert!(store.has(&hash));
	drop(store);
	let store = self::store(&directory);
	fetch_all(&store, "more of them", 20);
	assert!(store.has(&hash), "a restart knows of it");
}

#[test]
fn a_fetch_that_was_broken_off_gives_way_and_one_under_way_does_not() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let begin = |what: &str| {
		let (_, hash) = named(&store, what);
		let partial = store.begin_fetch(&hash, BLOCK).unwrap().unwrap();
		std::thread::sleep(Duration::from_millis(2));
		(hash, partial)
	};
	let (broken_off, partial) = begin("nobody sends the rest of it");
	drop(partial);
	let (under_way, _partial) = begin("on its way");
	fetch_all(&store, "blob", 20);
	assert_eq!(store.fetched_len(&broken_off), None);
	assert_eq!(store.fetched_len(&under_way), Some(BLOCK));
}

/// What a validator has said to have it keeps, whatever else it has to fetch, and has no more of it than it has room for.
#[test]
fn what_is_held_stays_and_takes_half_of_the_room() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let held = fetch_all(&store, "demanded", 4);
	held.iter().for_each(|hash| store.hold(hash).unwrap());
	held.iter().for_each(|hash| store.hold(hash).unwrap());
	let more = fetch(&store, "demanded too").unwrap();
	let refused = store.hold(&more);
	assert!(
		matches!(refused, Err(BlobError::HeldFull { needed, used, quota })
			if (needed, used, quota) == (BLOCK, 4 * BLOCK, 4 * BLOCK)),
		"{refused:?}"
	);
	assert!(matches!(store.hold(&Hash::of(b"not here")), Err(BlobError::Missing(_))));
	fetch_all(&store, "hostile", 20);
	assert!(held.iter().all(|hash| store.has(hash)) && !store.has(&more));
	assert_eq!(store.holdings().held, 4 * BLOCK);
	drop(store);
	let store = self::store(&directory);
	fetch_all(&store, "hostile after a restart", 20);
	assert!(held.iter().all(|hash| store.has(hash)));
	assert_eq!(store.holdings().held, 4 * BLOCK);
	// Not even where nothing else is left to give way.
	for number in 0..4 {
		upload(&store, &format!("upload {number}")).unwrap();
	}
	assert!(is_full(fetch(&store, "one more")) && is_full(upload(&store, "one more")));
	assert!(held.iter().all(|hash| store.has(hash)));
	drop(store);
	let store = self::store(&directory);
	assert_eq!(store.keep(held.iter().copied().collect(), Duration::ZERO), 4);
	// What a client has uploaded is kept anyway.
	let own = upload(&store, "uploaded").unwrap();
	store.hold(&own).unwrap();
	assert_eq!(store.holdings().held, 4 * BLOCK);
	// When the chain has forgotten the jobs all of it goes.
	std::thread::sleep(Duration::from_millis(2));
	assert_eq!(store.keep(HashSet::new(), Duration::ZERO), 5);
	assert!(!held.iter().any(|hash| store.has(hash)));
	drop(store);
	assert_eq!(std::fs::read_dir(directory.path().join("marks")).unwrap().count(), 0);
}

/// What was noted for a fetch that found no place is not said of the upload that follows.
#[test]
fn an_upload_after_a_fetch_that_failed_is_an_upload() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let (bytes, hash) = named(&store, "wanted by all");
	let shard = directory.path().join("blobs").join(hex::encode(&hash.0[..1]));
	std::fs::write(&shard, b"").unwrap();
	assert!(matches!(fetch(&store, "wanted by all"), Err(BlobError::Io { .. })));
	std::fs::remove_file(&shard).unwrap();
	store.insert(&bytes).unwrap();
	drop(store);
	let found = self::store(&directory).holdings();
	assert_eq!((found.complete.0, found.evictable), (1, 0), "{found:?}");
}

#[test]
fn what_is_named_no_longer_goes_wherever_it_came_from() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let (fetched, own) = (fetch(&store, "fetched").unwrap(), upload(&store, "uploaded").unwrap());
	assert_eq!(store.keep(HashSet::from([own]), EXPIRY), 0);
	std::thread::sleep(Duration::from_millis(2));
	assert_eq!(store.keep(HashSet::from([own]), Duration::ZERO), 1);
	assert!(!store.has(&fetched) && store.has(&own));
}
