//! Why a blob is here, for a restart to know: empty files `marks/<hash>.<why>`. A blob without one was uploaded, so what
//! gets lost here is kept longer, never less long.

use super::{
	error::{io, BlobError},
	files::{hash_from, list, modified, name, remove, sync_directory},
	ledger::Origin,
};
use assay_primitives::Hash;
use std::{
	collections::HashMap,
	fs::{self, File},
	path::{Path, PathBuf},
	time::SystemTime,
};

pub(super) struct Marks {
	directory: PathBuf,
}

/// What marks blobs that came from other nodes, the weakest first.
const LABELS: [&str; 3] = ["fetched", "vouched", "held"];

fn label(origin: Origin) -> Option<&'static str> {
	let [fetched, vouched, held] = LABELS;
	match origin {
		Origin::Fetched => Some(fetched),
		Origin::Vouched => Some(vouched),
		Origin::Held { .. } => Some(held),
		Origin::Uploaded => None,
	}
}

impl Marks {
	pub(super) fn open(root: &Path) -> Result<Self, BlobError> {
		let directory = root.join("marks");
		fs::create_dir_all(&directory).map_err(io("create the directory of its blobs"))?;
		Ok(Self { directory })
	}

	fn path(&self, hash: &Hash, label: &str) -> PathBuf {
		self.directory.join(format!("{}.{label}", name(hash)))
	}

	/// Notes why a blob is here. That it is held is on the disk when this returns.
	pub(super) fn set(&self, hash: &Hash, origin: Origin) -> Result<(), BlobError> {
		let chosen = label(origin);
		if let Some(chosen) = chosen {
			File::create(self.path(hash, chosen)).map_err(io("note why it has a blob"))?;
		}
		if matches!(origin, Origin::Held { .. }) {
			sync_directory(&self.directory)?;
		}
		for label in LABELS.into_iter().filter(|label| Some(*label) != chosen) {
			remove(&self.path(hash, label));
		}
		Ok(())
	}

	/// Forgets that a blob came from other nodes.
	pub(super) fn clear(&self, hash: &Hash) {
		for label in LABELS {
			remove(&self.path(hash, label));
		}
	}

	/// Everything that is noted, the strongest if there are several.
	pub(super) fn all(&self) -> Result<HashMap<Hash, Origin>, BlobError> {
		let mut found = HashMap::new();
		for (path, metadata) in list(&self.directory)? {
			let hash = path.file_stem().and_then(|stem| hash_from(stem.to_str()?));
			let label = path.extension().and_then(|label| label.to_str());
			let (Some(hash), Some(origin)) = (hash, label.and_then(|label| read(label, modified(&metadata))))
			else {
				continue;
			};
			let known = found.entry(hash).or_insert(origin);
			*known = origin.max(*known);
		}
		Ok(found)
	}
}

fn read(label: &str, since: SystemTime) -> Option<Origin> {
	[Origin::Fetched, Origin::Vouched, Origin::Held { since }]
		.into_iter()
		.zip(LABELS)
		.find_map(|(origin, known)| (known == label).then_some(origin))
}
