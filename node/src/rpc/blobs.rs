//! `blob_*`: moving blobs in and out of this node's store, a piece at a time.

use crate::blobs::{
	exchange::{Exchange, ExchangeError},
	BlobError, BlobPart, BlobStatus,
};
use assay_primitives::Hash;
use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use jsonrpsee::{core::RpcResult, proc_macros::rpc, types::ErrorObjectOwned};
use serde::Serialize;
use serde_json::{json, Value};
use std::sync::Arc;

/// Most bytes one call can carry, before base64 makes them longer.
const MAX_CHUNK: usize = 1 << 20;
/// What [`MAX_CHUNK`] becomes in base64, padding included.
const MAX_ENCODED_CHUNK: usize = MAX_CHUNK.div_ceil(3) * 4;

/// The answer to `blob_status` and `blob_upload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StatusAnswer {
	/// `missing`, `partial` or `complete`.
	state: &'static str,
	/// Bytes that have arrived.
	received: u64,
	/// Bytes of the whole blob, once somebody has said so.
	len: Option<u64>,
}

impl From<BlobStatus> for StatusAnswer {
	fn from(status: BlobStatus) -> Self {
		let (state, received, len) = match status {
			BlobStatus::Missing => ("missing", 0, None),
			BlobStatus::Partial { received, len } => ("partial", received, Some(len)),
			BlobStatus::Complete { len } => ("complete", len, Some(len)),
		};
		Self { state, received, len }
	}
}

/// The answer to `blob_download`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PartAnswer {
	/// Bytes of the whole blob.
	len: u64,
	/// Where the data starts.
	offset: u64,
	/// The bytes in base64; fewer than asked for at the blob's end, none behind it.
	data: String,
}

/// Why a call failed. The numbers of the variants are their JSON-RPC error codes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobRpcError {
	/// -32201 to -32205, -32207, -32208, -32210: the store's own errors.
	#[error(transparent)]
	Store(#[from] BlobError),
	/// -32201, -32211: no other node has the blob, or it did not come in time. Otherwise a store's own error.
	#[error(transparent)]
	Exchange(#[from] ExchangeError),
	/// -32206: the piece is larger than one call may carry.
	#[error("a piece has at most {MAX_CHUNK} bytes: send or ask for less at a time")]
	ChunkTooLarge,
	/// -32209: the data is not base64.
	#[error("the data is not base64: {0}")]
	MalformedData(base64::DecodeError),
}

impl BlobRpcError {
	fn code(&self) -> i32 {
		match self {
			Self::Store(error) => store_code(error),
			Self::Exchange(ExchangeError::Store(error)) => store_code(error),
			Self::Exchange(ExchangeError::NobodyHasIt { .. }) => -32201,
			Self::Exchange(
				ExchangeError::NotInTime(_)
				| ExchangeError::Arriving(_)
				| ExchangeError::TooManyFetches { .. },
			) => -32211,
			Self::ChunkTooLarge => -32206,
			Self::MalformedData(_) => -32209,
		}
	}

	/// What a program needs to act on the error.
	fn data(&self) -> Value {
		match self {
			Self::Store(error) => store_data(error),
			Self::Exchange(ExchangeError::Store(error)) => store_data(error),
			Self::Exchange(
				ExchangeError::NobodyHasIt { hash, .. }
				| ExchangeError::NotInTime(hash)
				| ExchangeError::Arriving(hash),
			) => {
				json!({ "hash": hash })
			},
			Self::Exchange(ExchangeError::TooManyFetches { limit }) => json!({ "limit": limit }),
			Self::ChunkTooLarge => json!({ "max": MAX_CHUNK }),
			Self::MalformedData(_) => Value::Null,
		}
	}

	fn is_disk_failure(&self) -> bool {
		match self {
			Self::Store(error) => matches!(error, BlobError::Io { .. }),
			Self::Exchange(ExchangeError::Store(error)) => matches!(**error, BlobError::Io { .. }),
			_ => false,
		}
	}
}

fn store_code(error: &BlobError) -> i32 {
	match error {
		BlobError::Missing(_) | BlobError::Corrupted(_) => -32201,
		BlobError::WrongHash { .. } => -32202,
		BlobError::WrongOffset { .. } | BlobError::BeyondEnd { .. } => -32203,
		BlobError::TooLarge { .. } => -32204,
		BlobError::QuotaExceeded { .. } | BlobError::StagingFull { .. } | BlobError::HeldFull { .. } => {
			-32205
		},
		BlobError::Io { .. } => -32207,
		BlobError::WrongLength { .. } => -32208,
		BlobError::TooManyUploads { .. } => -32210,
	}
}

fn store_data(error: &BlobError) -> Value {
	match error {
		BlobError::Missing(hash) | BlobError::Corrupted(hash) => json!({ "hash": hash }),
		BlobError::WrongHash { expected, found } => json!({ "expected": expected, "found": found }),
		BlobError::WrongLength { known, given, .. } => json!({ "expected": known, "given": given }),
		BlobError::WrongOffset { expected, given, .. } => {
			json!({ "expected": expected, "given": given })
		},
		BlobError::BeyondEnd { len, offset, .. } => json!({ "len": len, "given": offset }),
		BlobError::TooLarge { len, max } => json!({ "len": len, "max": max }),
		BlobError::QuotaExceeded { needed, used, quota }
		| BlobError::StagingFull { needed, used, quota }
		| BlobError::HeldFull { needed, used, quota } => {
			json!({ "needed": needed, "used": used, "quota": quota })
		},
		BlobError::TooManyUploads { limit } => json!({ "limit": limit }),
		BlobError::Io { .. } => Value::Null,
	}
}

impl From<BlobRpcError> for ErrorObjectOwned {
	fn from(error: BlobRpcError) -> Self {
		if error.is_disk_failure() {
			log::error!(target: "blobs", "{error}");
		}
		ErrorObjectOwned::owned(
			error.code(),
			error.to_string(),
			Some(error.data()).filter(|data| !data.is_null()),
		)
	}
}

/// Blobs over JSON-RPC.
#[rpc(server)]
pub(crate) trait BlobRpc {
	/// How much of a blob is here.
	#[method(name = "blob_status", blocking)]
	fn status(&self, hash: Hash) -> RpcResult<StatusAnswer>;

	/// Adds a piece, in base64, to the upload of a blob of `len` bytes, at the offset where the upload stopped.
	#[method(name = "blob_upload", blocking)]
	fn upload(&self, hash: Hash, len: u64, offset: u64, data: String) -> RpcResult<StatusAnswer>;

	/// A piece of a blob: at most `limit` bytes from `offset` on. A blob that is not here is fetched from other nodes.
	#[method(name = "blob_download")]
	async fn download(&self, hash: Hash, offset: u64, limit: u32) -> RpcResult<PartAnswer>;
}

/// Serves [`BlobRpcServer`] from this node's store, and from other nodes.
pub(crate) struct Blobs {
	exchange: Arc<Exchange>,
}

impl Blobs {
	/// Serves what is in the exchange's store, or can be fetched.
	pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
		Self { exchange }
	}

	fn store_piece(
		&self,
		hash: &Hash,
		len: u64,
		offset: u64,
		data: &str,
	) -> Result<BlobStatus, BlobRpcError> {
		if data.len() > MAX_ENCODED_CHUNK {
			return Err(BlobRpcError::ChunkTooLarge);
		}
		let data = BASE64.decode(data).map_err(BlobRpcError::MalformedData)?;
		if data.len() > MAX_CHUNK {
			return Err(BlobRpcError::ChunkTooLarge);
		}
		Ok(self.exchange.store().append(hash, len, offset, &data)?)
	}

	async fn read_piece(&self, hash: Hash, offset: u64, limit: u32) -> Result<BlobPart, BlobRpcError> {
		let limit = usize::try_from(limit)
			.ok()
			.filter(|limit| *limit <= MAX_CHUNK)
			.ok_or(BlobRpcError::ChunkTooLarge)?;
		Ok(self.exchange.read(hash, offset, limit).await?)
	}
}

#[jsonrpsee::core::async_trait]
impl BlobRpcServer for Blobs {
	fn status(&self, hash: Hash) -> RpcResult<StatusAnswer> {
		Ok(self.exchange.store().status(&hash).into())
	}

	fn upload(&self, hash: Hash, len: u64, offset: u64, data: String) -> RpcResult<StatusAnswer> {
		Ok(self.store_piece(&hash, len, offset, &data)?.into())
	}

	async fn download(&self, hash: Hash, offset: u64, limit: u32) -> RpcResult<PartAnswer> {
		let part = self.read_piece(hash, offset, limit).await?;
		Ok(PartAnswer { len: part.len, offset, data: BASE64.encode(part.bytes) })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::blobs::{exchange::testing::no_peers, BlobLimits, BlobStore};
	use assay_primitives::BlobRef;
	use jsonrpsee::RpcModule;
	use tempfile::TempDir;

	fn module(directory: &TempDir) -> RpcModule<Blobs> {
		let limits = BlobLimits { max_size: 4 << 20, quota: 8 << 20, staging: 8 << 20 };
		Blobs::new(no_peers(BlobStore::open(directory.path(), limits).unwrap())).into_rpc()
	}

	/// The whole JSON-RPC response to a call.
	async fn call(module: &RpcModule<Blobs>, method: &str, params: Value) -> Value {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let (response, _) = module.raw_json_request(&request.to_string(), 1).await.unwrap();
		serde_json::from_str(&response).unwrap()
	}

	#[tokio::test]
	async fn a_blob_goes_in_and_comes_out() {
		let directory = TempDir::new().unwrap();
		let module = module(&directory);
		let data = vec![7; MAX_CHUNK + 10];
		let BlobRef { hash, len } = BlobRef::of(&data);
		let (first, rest) = data.split_at(MAX_CHUNK);

		let missing = call(&module, "blob_status", json!([hash])).await;
		assert_eq!(missing["result"], json!({ "state": "missing", "received": 0, "len": null }));
		let partial = call(&module, "blob_upload", json!([hash, len, 0, BASE64.encode(first)])).await;
		assert_eq!(partial["result"], json!({ "state": "partial", "received": MAX_CHUNK, "len": len }));
		let complete = call(&module, "blob_upload", json!([hash, len, MAX_CHUNK, BASE64.encode(rest)])).await;
		assert_eq!(complete["result"], json!({ "state": "complete", "received": len, "len": len }));
		let end = call(&module, "blob_download", json!([hash, MAX_CHUNK, 100])).await;
		assert_eq!(end["result"], json!({ "len": len, "offset": MAX_CHUNK, "data": BASE64.encode(rest) }));
	}

	#[tokio::test]
	async fn errors_say_what_is_wrong_in_words_and_in_data() {
		let directory = TempDir::new().unwrap();
		let module = module(&directory);
		let hash = Hash::of(b"right");
		let data = |bytes: &[u8]| BASE64.encode(bytes);
		let cases = [
			("blob_download", json!([hash, 0, 1]), -32201, json!({ "hash": hash })),
			(
				"blob_upload",
				json!([hash, 5, 0, data(b"wrong")]),
				-32202,
				json!({ "expected": hash, "found": Hash::of(b"wrong") }),
			),
			("blob_upload", json!([hash, 5, 2, data(b"x")]), -32203, json!({ "expected": 0, "given": 2 })),
			("blob_upload", json!([hash, 0, 0, data(b"x")]), -32203, json!({ "len": 0, "given": 0 })),
			(
				"blob_upload",
				json!([hash, (4 << 20) + 1, 0, ""]),
				-32204,
				json!({ "len": (4 << 20) + 1, "max": 4 << 20 }),
			),
			(
				"blob_upload",
				json!([hash, 2 << 20, 0, data(&vec![0; MAX_CHUNK + 1])]),
				-32206,
				json!({ "max": MAX_CHUNK }),
			),
			("blob_download", json!([hash, 0, MAX_CHUNK + 1]), -32206, json!({ "max": MAX_CHUNK })),
			("blob_upload", json!([hash, 5, 0, "?"]), -32209, Value::Null),
		];
		for (method, params, code, data) in cases {
			let response = call(&module, method, params.clone()).await;
			assert_eq!(response["error"]["code"], code, "{method} {params}: {response}");
			assert_eq!(response["error"]["data"], data, "{method} {params}: {response}");
		}
		let malformed = call(&module, "blob_status", json!(["0x12"])).await;
		assert_eq!(malformed["error"]["code"], -32602);
	}
}
