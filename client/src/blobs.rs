//! Programs, inputs and results: bytes addressed by their hash, kept by nodes.

use crate::{codes, Client, Error};
use assay_primitives::{BlobRef, Hash};
use base64::{engine::general_purpose::STANDARD as BASE64, Engine as _};
use serde::{Deserialize, Serialize};
use subxt::rpcs::client::rpc_params;

/// Bytes sent or fetched with one request, at most: 1 MiB.
pub const MAX_CHUNK: u32 = 1 << 20;
/// How often an upload may be thrown back before it is given up.
const MAX_SETBACKS: u32 = 8;
/// How often a piece is asked for that the node itself has to fetch from other nodes. Each time it waits for half a minute.
const MAX_WAITS: u32 = 4;
/// Before a piece is asked for again, in case the node refused at once.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// Whether a node has a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BlobState {
	/// Not at all.
	Missing,
	/// Its beginning.
	Partial,
	/// All of it, with the right hash.
	Complete,
}

/// How much of a blob a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobStatus {
	/// Whether it has it.
	pub state: BlobState,
	/// Bytes it has, from the beginning.
	pub received: u64,
	/// How many there are in all, if the node knows.
	pub len: Option<u64>,
}

/// A piece of a blob.
#[derive(Deserialize)]
struct Chunk {
	len: u64,
	offset: u64,
	data: String,
}

impl Client {
	/// How much of a blob the node has.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn blob_status(&self, hash: &Hash) -> Result<BlobStatus, Error> {
		self.request("blob_status", rpc_params![hash]).await
	}

	/// Puts bytes onto the node. Continues where an earlier upload ended, and sends none if the node has them: it is told to
	/// keep them, for what it has from other nodes gives way to what its clients bring.
	///
	/// # Errors
	///
	/// [`Error::Rpc`] with one of the blob [`codes`] if the node does not take them; those of any request to the node.
	pub async fn upload(&self, bytes: &[u8]) -> Result<BlobRef, Error> {
		self.upload_with(bytes, |_| ()).await
	}

	/// [`Client::upload`], telling how many bytes the node has after each step.
	///
	/// # Errors
	///
	/// Those of [`Client::upload`].
	pub async fn upload_with(&self, bytes: &[u8], mut progress: impl FnMut(u64)) -> Result<BlobRef, Error> {
		let blob = BlobRef::of(bytes);
		let mut setbacks = 0;
		let mut status = self.blob_status(&blob.hash).await?;
		if status.state == BlobState::Complete {
			status = self.send(&blob, 0, &[]).await?;
		}
		while status.state != BlobState::Complete {
			let offset = status.received;
			progress(offset);
			status = match self.upload_chunk(&blob, bytes, offset).await {
				Ok(next) if next.state == BlobState::Complete || next.received > offset => next,
				Ok(next) => {
					count_setback(&mut setbacks, &blob)?;
					next
				},
				// Somebody else uploads the same bytes, or the node forgot the part it had.
				Err(error) if error.rpc_code() == Some(codes::BLOB_WRONG_OFFSET) => {
					count_setback(&mut setbacks, &blob)?;
					self.blob_status(&blob.hash).await?
				},
				Err(error) => return Err(error),
			};
		}
		progress(blob.len);
		Ok(blob)
	}

	async fn upload_chunk(&self, blob: &BlobRef, bytes: &[u8], offset: u64) -> Result<BlobStatus, Error> {
		let chunk = chunk_at(bytes, offset).ok_or(Error::UploadStuck { hash: blob.hash })?;
		self.send(blob, offset, chunk).await
	}

	async fn send(&self, blob: &BlobRef, offset: u64, chunk: &[u8]) -> Result<BlobStatus, Error> {
		let data = BASE64.encode(chunk);
		self.request("blob_upload", rpc_params![blob.hash, blob.len, offset, data]).await
	}

	/// Fetches a blob, and checks its length and hash. Blobs of more than `max_len` bytes are not even begun. What the node
	/// does not have it gets from other nodes, which may take a while.
	///
	/// # Errors
	///
	/// [`Error::BlobTooLarge`]; [`Error::WrongBlob`] if the node sends other bytes; [`Error::Rpc`] with
	/// [`codes::BLOB_MISSING`] if neither it nor any node it is connected to has the blob, or with
	/// [`codes::BLOB_NOT_IN_TIME`]; those of any request to the node.
	pub async fn download(&self, blob: &BlobRef, max_len: u64) -> Result<Vec<u8>, Error> {
		self.download_with(blob, max_len, |_| ()).await
	}

	/// [`Client::download`], telling how many bytes there are after each step.
	///
	/// # Errors
	///
	/// Those of [`Client::download`].
	pub async fn download_with(
		&self,
		blob: &BlobRef,
		max_len: u64,
		mut progress: impl FnMut(u64),
	) -> Result<Vec<u8>, Error> {
		if blob.len > max_len {
			return Err(Error::BlobTooLarge { blob: *blob, limit: max_len });
		}
		let mut bytes = Vec::new();
		let mut offset = 0;
		loop {
			let chunk = self.download_chunk(blob, offset).await?;
			let piece = read_chunk(blob, offset, &chunk)?;
			bytes.extend_from_slice(&piece);
			// No more than `blob.len` in all, or `read_chunk` had refused.
			offset += piece.len() as u64;
			progress(offset);
			if offset == blob.len {
				break;
			}
		}
		if Hash::of(&bytes) != blob.hash {
			return Err(Error::WrongBlob { hash: blob.hash, reason: "bytes with another hash".into() });
		}
		Ok(bytes)
	}

	async fn download_chunk(&self, blob: &BlobRef, offset: u64) -> Result<Chunk, Error> {
		let mut waits = 0;
		loop {
			match self.request("blob_download", rpc_params![blob.hash, offset, MAX_CHUNK]).await {
				Err(error) if error.rpc_code() == Some(codes::BLOB_NOT_IN_TIME) && waits < MAX_WAITS => {
					waits += 1;
					tokio::time::sleep(PAUSE).await;
				},
				result => return result,
			}
		}
	}
}

fn count_setback(setbacks: &mut u32, blob: &BlobRef) -> Result<(), Error> {
	*setbacks += 1;
	if *setbacks > MAX_SETBACKS {
		return Err(Error::UploadStuck { hash: blob.hash });
	}
	Ok(())
}

/// The next piece to send. `None` if the node claims to have more than there is.
fn chunk_at(bytes: &[u8], offset: u64) -> Option<&[u8]> {
	let rest = bytes.get(usize::try_from(offset).ok()?..)?;
	let len = usize::try_from(MAX_CHUNK).map_or(rest.len(), |max| max.min(rest.len()));
	rest.get(..len)
}

/// The bytes of a piece, if it is one that continues the blob at `offset`.
fn read_chunk(blob: &BlobRef, offset: u64, chunk: &Chunk) -> Result<Vec<u8>, Error> {
	let wrong = |reason: &str| Error::WrongBlob { hash: blob.hash, reason: reason.into() };
	if chunk.len != blob.len {
		return Err(wrong("another length"));
	}
	if chunk.offset != offset {
		return Err(wrong("another piece than asked for"));
	}
	let data = BASE64.decode(&chunk.data).map_err(|_| wrong("broken base 64"))?;
	let end = offset.checked_add(data.len() as u64);
	if end.is_none_or(|end| end > blob.len) {
		return Err(wrong("too many bytes"));
	}
	if data.is_empty() && blob.len > 0 {
		return Err(wrong("too few bytes"));
	}
	Ok(data)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn chunk(len: u64, offset: u64, data: &[u8]) -> Chunk {
		Chunk { len, offset, data: BASE64.encode(data) }
	}

	#[test]
	fn pieces_cover_the_whole_and_stay_small() {
		let bytes = vec![7; MAX_CHUNK as usize * 2 + 5];
		let mut offset = 0;
		let mut pieces = Vec::new();
		while offset < bytes.len() as u64 {
			let piece = chunk_at(&bytes, offset).unwrap();
			assert!(!piece.is_empty() && piece.len() <= MAX_CHUNK as usize);
			offset += piece.len() as u64;
			pieces.push(piece);
		}
		assert_eq!(pieces.concat(), bytes);
		assert_eq!(chunk_at(&bytes, offset), Some(&[][..]));
		assert_eq!(chunk_at(&bytes, offset + 1), None);
		assert_eq!(chunk_at(&bytes, u64::MAX), None);
	}

	#[test]
	fn a_piece_must_continue_what_is_there() {
		let blob = BlobRef::of(b"0123456789");
		assert_eq!(read_chunk(&blob, 4, &chunk(10, 4, b"456789")).unwrap(), b"456789");
		let wrong = [
			chunk(11, 4, b"456789"),
			chunk(10, 5, b"56789"),
			chunk(10, 4, b"4567890"),
			chunk(10, 4, b""),
			Chunk { data: "=?".into(), ..chunk(10, 4, b"") },
		];
		for chunk in wrong {
			assert!(matches!(read_chunk(&blob, 4, &chunk), Err(Error::WrongBlob { .. })));
		}
		let empty = BlobRef::of(b"");
		assert_eq!(read_chunk(&empty, 0, &chunk(0, 0, b"")).unwrap(), b"");
	}

	#[test]
	fn the_status_is_read_as_nodes_write_it() {
		let status: BlobStatus =
			serde_json::from_str(r#"{"state":"partial","received":5,"len":null}"#).unwrap();
		assert_eq!(status, BlobStatus { state: BlobState::Partial, received: 5, len: None });
	}
}
