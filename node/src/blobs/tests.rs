use super::{
	ledger::{BLOCK, MAX_STAGED},
	*,
};
use assay_primitives::BlobRef;
use std::{collections::HashSet, fs, path::PathBuf};
use tempfile::TempDir;

const LIMITS: BlobLimits = BlobLimits { max_size: 1 << 20, quota: 4 << 20, staging: u64::MAX };

fn store(directory: &TempDir) -> BlobStore {
	BlobStore::open(directory.path(), LIMITS).unwrap()
}

fn store_with(directory: &TempDir, quota: u64, stale_after: Duration) -> BlobStore {
	BlobStore::open_with(directory.path(), BlobLimits { quota, ..LIMITS }, stale_after).unwrap()
}

/// Bytes that differ all over, so that no piece is like another.
fn bytes(len: usize, seed: u8) -> Vec<u8> {
	let mut bytes = vec![0; len];
	blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
	bytes
}

fn files_in(directory: &TempDir, under: &str) -> Vec<PathBuf> {
	let mut found = Vec::new();
	for entry in fs::read_dir(directory.path().join(under)).unwrap() {
		let path = entry.unwrap().path();
		if path.is_dir() {
			found.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
		} else {
			found.push(path);
		}
	}
	found
}

#[test]
fn a_blob_arrives_in_pieces_and_is_read_in_others() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(10_000, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	assert_eq!(store.status(&hash), BlobStatus::Missing);
	assert!(matches!(store.read(&hash, 0, 1), Err(BlobError::Missing(_))));

	for (piece, offset) in data.chunks(3_000).zip((0..).step_by(3_000)) {
		assert!(matches!(store.read_all(&hash, u64::MAX), Err(BlobError::Missing(_))));
		let status = store.append(&hash, len, offset, piece).unwrap();
		assert_eq!(store.status(&hash), status);
		let received = offset + piece.len() as u64;
		let partial = BlobStatus::Partial { received, len };
		assert_eq!(status, if received < len { partial } else { BlobStatus::Complete { len } });
	}
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
	assert_eq!(store.read(&hash, 9_000, 5_000).unwrap(), BlobPart { len, bytes: data[9_000..].to_vec() });
	assert!(store.read(&hash, len, 10).unwrap().bytes.is_empty());
	assert!(matches!(store.read(&hash, len + 1, 10), Err(BlobError::BeyondEnd { .. })));
	assert!(matches!(store.read_all(&hash, len - 1), Err(BlobError::TooLarge { .. })));
	assert!(files_in(&directory, "staging").is_empty());
	// A second upload of it is as good as done.
	assert_eq!(store.append(&hash, len, 0, &data[..5]).unwrap(), BlobStatus::Complete { len });
	let wrong = store.append(&hash, len + 1, 0, &data);
	assert!(matches!(wrong, Err(BlobError::WrongLength { known: 10_000, .. })), "{wrong:?}");
}

#[test]
fn an_empty_blob_is_a_blob() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let blob = store.insert(&[]).unwrap();
	assert_eq!(store.status(&blob.hash), BlobStatus::Complete { len: 0 });
	assert_eq!(store.read_all(&blob.hash, 0).unwrap().len(), 0);
}

#[test]
fn a_piece_must_follow_the_one_before() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(100, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	let early = store.append(&hash, len, 10, &data[10..]);
	assert!(matches!(early, Err(BlobError::WrongOffset { expected: 0, given: 10, .. })), "{early:?}");
	assert_eq!(store.status(&hash), BlobStatus::Missing);

	store.append(&hash, len, 0, &data[..40]).unwrap();
	for offset in [0, 39, 41] {
		let wrong = store.append(&hash, len, offset, &data[..5]);
		assert!(matches!(wrong, Err(BlobError::WrongOffset { expected: 40, .. })), "{wrong:?}");
	}
	for (offset, piece) in [(40, &data[..61]), (u64::MAX, &data[..1])] {
		let wrong = store.append(&hash, len, offset, piece);
		assert!(matches!(wrong, Err(BlobError::BeyondEnd { .. })), "{wrong:?}");
	}
	assert_eq!(store.status(&hash), BlobStatus::Partial { received: 40, len });
	store.insert(&data).unwrap();
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
}

#[test]
fn wrong_bytes_are_discarded_and_the_right_ones_still_welcome() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(100, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	let wrong = store.append(&hash, len, 0, &bytes(100, 2));
	assert!(matches!(wrong, Err(BlobError::WrongHash { expected, .. }) if expected == hash), "{wrong:?}");
	assert_eq!(store.status(&hash), BlobStatus::Missing);
	assert!(files_in(&directory, "staging").is_empty());
	store.insert(&data).unwrap();
}

#[test]
fn a_wrong_length_does_not_block_the_right_one() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(100, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	store.append(&hash, 5_000, 0, &data[..50]).unwrap();
	let later = store.append(&hash, len, 50, &data[50..]);
	assert!(matches!(later, Err(BlobError::WrongLength { known: 5_000, given: 100, .. })), "{later:?}");
	assert_eq!(store.append(&hash, len, 0, &data).unwrap(), BlobStatus::Complete { len });
	assert!(files_in(&directory, "staging").is_empty());
}

#[test]
fn limits_hold_for_what_is_announced() {
	let directory = TempDir::new().unwrap();
	let store = store_with(&directory, 4 * BLOCK, STALE_AFTER);
	let large = store.append(&Hash::of(b"large"), LIMITS.max_size + 1, 0, b"");
	assert!(matches!(large, Err(BlobError::TooLarge { .. })), "{large:?}");

	store.insert(&bytes(1, 1)).unwrap();
	store.append(&Hash::of(b"announced"), 2 * BLOCK, 0, b"a").unwrap();
	let full = store.append(&Hash::of(b"other"), BLOCK + 1, 0, b"");
	assert!(
		matches!(full, Err(BlobError::QuotaExceeded { needed, used, quota })
			if (needed, used, quota) == (2 * BLOCK, 3 * BLOCK, 4 * BLOCK)),
		"{full:?}"
	);
	store.insert(&bytes(BLOCK as usize, 2)).unwrap();
	assert!(matches!(store.insert(b"x"), Err(BlobError::QuotaExceeded { .. })));
	// What is refused leaves nothing behind, and what is here stays.
	assert_eq!(store.status(&Hash::of(b"x")), BlobStatus::Missing);
	assert_eq!(files_in(&directory, "staging").len(), 1);
	assert_eq!(files_in(&directory, "blobs").len(), 2);
}

#[test]
fn an_upload_started_again_with_a_length_that_does_not_fit_is_left_alone() {
	let directory = TempDir::new().unwrap();
	let store = store_with(&directory, 2 * BLOCK, STALE_AFTER);
	let hash = Hash::of(b"x");
	store.append(&hash, BLOCK, 0, b"abc").unwrap();
	assert!(matches!(store.append(&hash, 3 * BLOCK, 0, b"a"), Err(BlobError::QuotaExceeded { .. })));
	assert_eq!(store.status(&hash), BlobStatus::Partial { received: 3, len: BLOCK });
	// Its own room counts as free for its replacement.
	store.append(&hash, 2 * BLOCK, 0, b"abcd").unwrap();
	assert_eq!(store.status(&hash), BlobStatus::Partial { received: 4, len: 2 * BLOCK });
	assert_eq!(files_in(&directory, "staging").len(), 1);
}

#[test]
fn given_up_uploads_make_room_when_it_is_needed() {
	let directory = TempDir::new().unwrap();
	let patient = store_with(&directory, 2 * BLOCK, STALE_AFTER);
	patient.append(&Hash::of(b"given up"), 2 * BLOCK, 0, b"a").unwrap();
	assert!(matches!(patient.insert(b"x"), Err(BlobError::QuotaExceeded { .. })));
	drop(patient);

	let impatient = store_with(&directory, 2 * BLOCK, Duration::ZERO);
	assert_ne!(impatient.status(&Hash::of(b"given up")), BlobStatus::Missing);
	impatient.insert(b"x").unwrap();
	assert_eq!(impatient.status(&Hash::of(b"given up")), BlobStatus::Missing);
	assert!(files_in(&directory, "staging").is_empty());
}

#[test]
fn uploads_under_way_are_bounded() {
	let directory = TempDir::new().unwrap();
	let store = store_with(&directory, u64::MAX, STALE_AFTER);
	for number in 0..MAX_STAGED as u64 {
		store.append(&Hash::of(&number.to_le_bytes()), 10, 0, b"a").unwrap();
	}
	let more = store.append(&Hash::of(b"more"), 10, 0, b"a");
	assert!(matches!(more, Err(BlobError::TooManyUploads { .. })), "{more:?}");
	// Those under way go on.
	let status = store.append(&Hash::of(&0u64.to_le_bytes()), 10, 1, b"b").unwrap();
	assert_eq!(status, BlobStatus::Partial { received: 2, len: 10 });
}

#[test]
fn a_restart_loses_nothing() {
	let directory = TempDir::new().unwrap();
	let (done, begun, checked) = (bytes(5_000, 1), bytes(6_000, 2), bytes(7_000, 3));
	let first = store(&directory);
	first.insert(&done).unwrap();
	let begun_ref = BlobRef::of(&begun);
	first.append(&begun_ref.hash, begun_ref.len, 0, &begun[..2_000]).unwrap();
	drop(first);
	// As if the node had stopped between the last byte and the check; one good, one bad.
	let staging = directory.path().join("staging");
	let staged_name = |blob: &BlobRef| format!("{}-{}", hex::encode(blob.hash.0), blob.len);
	fs::write(staging.join(staged_name(&BlobRef::of(&checked))), &checked).unwrap();
	fs::write(staging.join(staged_name(&BlobRef::of(b"bad"))), b"dab").unwrap();
	fs::write(staging.join("../blobs/stranger"), b"?").unwrap();

	let second = store(&directory);
	assert_eq!(second.read_all(&Hash::of(&done), u64::MAX).unwrap()[..], done);
	assert_eq!(second.read_all(&Hash::of(&checked), u64::MAX).unwrap()[..], checked);
	assert_eq!(second.status(&Hash::of(b"bad")), BlobStatus::Missing);
	let partial = BlobStatus::Partial { received: 2_000, len: begun_ref.len };
	assert_eq!(second.status(&begun_ref.hash), partial);
	second.append(&begun_ref.hash, begun_ref.len, 2_000, &begun[2_000..]).unwrap();
	assert_eq!(second.read_all(&begun_ref.hash, u64::MAX).unwrap()[..], begun);
	assert!(files_in(&directory, "staging").is_empty());
	assert!(directory.path().join("blobs/stranger").exists());
	drop(second);
	// What is taken is counted again.
	let third = store_with(&directory, 6 * BLOCK, STALE_AFTER);
	let full = third.insert(&bytes(1, 9));
	assert!(matches!(full, Err(BlobError::QuotaExceeded { used, .. }) if used == 6 * BLOCK), "{full:?}");
}

#[test]
fn what_the_disk_damaged_is_found_and_can_be_replaced() {
	let directory = TempDir::new().unwrap();
	let store = store_with(&directory, 2 * BLOCK, STALE_AFTER);
	let data = bytes(5_000, 1);
	let BlobRef { hash, len } = store.insert(&data).unwrap();
	let file = files_in(&directory, "blobs").remove(0);

	let mut flipped = data.clone();
	flipped[4_000] ^= 1;
	fs::write(&file, &flipped).unwrap();
	assert!(matches!(store.read_all(&hash, len), Err(BlobError::Corrupted(_))));
	assert_eq!(store.status(&hash), BlobStatus::Missing);
	assert!(!file.exists());

	store.insert(&data).unwrap();
	fs::write(&file, &data[1..]).unwrap();
	assert!(matches!(store.read(&hash, 0, 10), Err(BlobError::Corrupted(_))));
	store.insert(&data).unwrap();
	fs::remove_file(&file).unwrap();
	assert!(matches!(store.read(&hash, 0, 10), Err(BlobError::Missing(_))));
	// Each time its room came back: the quota holds it only once.
	store.insert(&data).unwrap();
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
}

#[test]
fn many_can_upload_one_blob_at_once() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(300_000, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	// Each resumes from wherever the upload is, as a client does.
	let upload = || loop {
		let start = match store.status(&hash) {
			BlobStatus::Complete { .. } => return,
			BlobStatus::Partial { received, .. } => received as usize,
			BlobStatus::Missing => 0,
		};
		let end = data.len().min(start + 7_000);
		match store.append(&hash, len, start as u64, &data[start..end]) {
			Ok(_) | Err(BlobError::WrongOffset { .. }) => {},
			Err(error) => panic!("{error}"),
		}
	};
	std::thread::scope(|scope| {
		for _ in 0..8 {
			scope.spawn(upload);
		}
	});
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
	assert!(files_in(&directory, "staging").is_empty());
	assert_eq!(files_in(&directory, "blobs").len(), 1);
}

#[test]
fn rivals_with_wrong_lengths_never_make_a_wrong_blob() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(200_000, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	std::thread::scope(|scope| {
		for rival in 0..3u64 {
			let (store, data) = (&store, &data);
			scope.spawn(move || {
				for _ in 0..300 {
					let _ = store.append(&hash, len + rival, 0, &data[1..50_000]);
				}
			});
		}
		// Their bytes are in the way now and then, and it begins again.
		while store.insert(&data).is_err() {}
	});
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
	assert!(files_in(&directory, "staging").is_empty());
}

#[test]
fn what_nothing_names_goes_and_what_is_named_stays() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let [named, loose, new] = [1, 2, 3].map(|seed| bytes(5_000, seed));
	let named = store.insert(&named).unwrap().hash;
	let loose = store.insert(&loose).unwrap().hash;
	let expiry = Duration::from_millis(300);
	assert_eq!(store.keep(HashSet::from([named]), expiry), 0, "there is time to post a job");
	std::thread::sleep(expiry);
	let new = store.insert(&new).unwrap().hash;
	assert_eq!(store.keep(HashSet::from([named]), expiry), 1);
	assert_eq!(store.status(&loose), BlobStatus::Missing);
	assert!(store.has(&named) && store.has(&new));
	assert_eq!(files_in(&directory, "blobs").len(), 2);

	// The time begins when it is named no longer, and again when somebody puts it here once more.
	std::thread::sleep(expiry);
	store.insert(&bytes(5_000, 3)).unwrap();
	assert_eq!(store.keep(HashSet::new(), expiry), 0);
	std::thread::sleep(expiry);
	assert_eq!(store.keep(HashSet::from([new]), expiry), 1);
	assert!(!store.has(&named) && store.has(&new));
}

#[test]
fn what_a_job_names_takes_no_room_from_what_none_does() {
	let directory = TempDir::new().unwrap();
	let limits = BlobLimits { staging: 2 * BLOCK, quota: 4 * BLOCK, ..LIMITS };
	let store = BlobStore::open(directory.path(), limits).unwrap();
	let first = store.insert(b"first").unwrap().hash;
	store.insert(b"second").unwrap();
	let full = |result: Result<BlobRef, BlobError>| match result {
		Err(BlobError::StagingFull { needed, used, quota }) => (needed, used, quota),
		other => panic!("{other:?}"),
	};
	assert_eq!(full(store.insert(b"third")), (BLOCK, 2 * BLOCK, 2 * BLOCK));
	store.add_named(&first);
	store.insert(b"third").unwrap();
	store.keep(HashSet::from([first]), STALE_AFTER);
	assert_eq!(full(store.insert(b"fourth")), (BLOCK, 2 * BLOCK, 2 * BLOCK));
	// What a job names goes beyond that room, but not beyond the quota.
	for name in [b"fourth", b"fifth_"] {
		store.add_named(&Hash::of(name));
	}
	store.insert(b"fourth").unwrap();
	assert!(matches!(store.insert(b"fifth_"), Err(BlobError::QuotaExceeded { .. })));
	store.keep(HashSet::new(), Duration::ZERO);
	assert_eq!(files_in(&directory, "blobs").len(), 0);
	store.insert(b"fourth").unwrap();
	store.insert(b"fifth_").unwrap();
	full(store.insert(b"sixth"));
}

#[test]
fn uploads_that_were_given_up_go_with_time() {
	let directory = TempDir::new().unwrap();
	let store = store_with(&directory, 4 * BLOCK, Duration::ZERO);
	store.append(&Hash::of(b"given up"), 100, 0, b"a").unwrap();
	store.keep(HashSet::new(), STALE_AFTER);
	assert!(files_in(&directory, "staging").is_empty());
}

/// Has a full disk for whatever is written to `path`: `/dev/full` takes nothing, and says why. Returns what was there.
fn fill_disk(path: &std::path::Path) -> Vec<u8> {
	let before = fs::read(path).unwrap();
	fs::remove_file(path).unwrap();
	std::os::unix::fs::symlink("/dev/full", path).unwrap();
	before
}

fn assert_no_space(result: &Result<BlobStatus, BlobError>) {
	let Err(error @ BlobError::Io { source, .. }) = result else { panic!("{result:?}") };
	assert_eq!(source.kind(), std::io::ErrorKind::StorageFull, "{error}");
	assert!(error.to_string().contains("No space left on device"), "{error}");
}

#[test]
fn an_upload_outlives_a_full_disk() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(9_000, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	let kept = store.insert(b"on the disk already").unwrap();
	store.append(&hash, len, 0, &data[..3_000]).unwrap();
	let before = store.holdings();

	let staged = files_in(&directory, "staging").remove(0);
	let content = fill_disk(&staged);
	for _ in 0..2 {
		assert_no_space(&store.append(&hash, len, 3_000, &data[3_000..6_000]));
		assert_eq!(store.status(&hash), BlobStatus::Partial { received: 3_000, len });
	}
	assert_eq!(store.holdings(), before, "nothing is counted that is not there");
	assert_eq!(store.read_all(&kept.hash, len).unwrap()[..], *b"on the disk already");

	fs::remove_file(&staged).unwrap();
	fs::write(&staged, content).unwrap();
	store.append(&hash, len, 3_000, &data[3_000..6_000]).unwrap();
	assert_eq!(store.append(&hash, len, 6_000, &data[6_000..]).unwrap(), BlobStatus::Complete { len });
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
}

#[test]
fn a_blob_that_finds_no_place_after_its_last_piece_can_be_finished_later() {
	let directory = TempDir::new().unwrap();
	let store = store(&directory);
	let data = bytes(5_000, 1);
	let BlobRef { hash, len } = BlobRef::of(&data);
	store.append(&hash, len, 0, &data[..4_000]).unwrap();
	// Where the folder for it should be made there is something else.
	let shard = directory.path().join("blobs").join(hex::encode(&hash.0[..1]));
	fs::write(&shard, b"").unwrap();
	for _ in 0..2 {
		let failed = store.append(&hash, len, 4_000, &data[4_000..]);
		assert!(matches!(failed, Err(BlobError::Io { .. })), "{failed:?}");
		assert_eq!(store.status(&hash), BlobStatus::Partial { received: 4_000, len });
	}
	fs::remove_file(&shard).unwrap();
	assert_eq!(store.append(&hash, len, 4_000, &data[4_000..]).unwrap(), BlobStatus::Complete { len });
	assert_eq!(store.read_all(&hash, len).unwrap()[..], data);
	assert!(files_in(&directory, "staging").is_empty());
}

#[test]
fn a_full_store_says_so_and_takes_what_fits_once_there_is_room() {
	let directory = TempDir::new().unwrap();
	let store =
		BlobStore::open(directory.path(), BlobLimits { quota: 2 * BLOCK, staging: 2 * BLOCK, ..LIMITS })
			.unwrap();
	let (first, second) = (store.insert(b"one").unwrap(), store.insert(b"two").unwrap());
	let data = bytes(10, 1);
	let blob = BlobRef::of(&data);
	let refused = store.append(&blob.hash, blob.len, 0, &data);
	let Err(BlobError::QuotaExceeded { needed, used, quota }) = refused else { panic!("{refused:?}") };
	assert_eq!((needed, used, quota), (BLOCK, 2 * BLOCK, 2 * BLOCK));
	assert_eq!(store.status(&blob.hash), BlobStatus::Missing);
	assert_eq!(store.keep(HashSet::from([first.hash]), Duration::ZERO), 1, "the second goes");
	store.insert(&data).unwrap();
	assert!(store.has(&first.hash) && store.has(&blob.hash) && !store.has(&second.hash));
}
