//! What nodes say to each other. SCALE-encoded; the number in the protocol's name changes with it.

use crate::blobs::pieces::{ProvenPiece, PIECE_BYTES};
use assay_primitives::Hash;
use codec::{Compact, Decode, DecodeAll, Encode};
use std::time::Duration;

/// Most bytes of a request.
pub(super) const MAX_REQUEST: u64 = 64;
/// Most bytes of a response: a piece, and room for its proof.
pub(super) const MAX_RESPONSE: u64 = (1 << 20) + 4_096;
/// What a response begins with that is a piece.
const PIECE_INDEX: u8 = 3;
/// Longer paths belong to no blob of a length that fits 64 bits.
const MAX_SIBLINGS: usize = 44;

/// A question about one blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Request {
	/// The blob.
	pub(super) hash: Hash,
	/// What is asked.
	pub(super) want: Want,
}

/// What is asked of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Want {
	/// How long it is.
	#[codec(index = 0)]
	Length,
	/// The piece with this number.
	#[codec(index = 1)]
	Piece(u32),
	/// How long it is, once the peer has at least its last piece: it is to look for it, over so many nodes at most, itself
	/// included.
	#[codec(index = 2)]
	Find(u8),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Response {
	/// The blob is not here, or has no such piece.
	#[codec(index = 0)]
	Missing,
	/// Not now, because there were too many questions, or because the blob is being looked for: ask again after this many
	/// milliseconds.
	#[codec(index = 1)]
	Busy(u32),
	/// The blob is here, or arrives, and has this many bytes.
	#[codec(index = 2)]
	Length(u64),
	/// The piece.
	#[codec(index = 3)]
	Piece {
		/// Bytes of the whole blob.
		len: u64,
		/// The chaining values beside the path from the piece up to the root.
		siblings: Vec<Hash>,
		/// The piece.
		bytes: Vec<u8>,
	},
}

impl Response {
	/// Asks the peer to come back.
	pub(super) fn busy(wait: Duration) -> Self {
		Self::Busy(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX))
	}
}

impl From<ProvenPiece> for Response {
	fn from(piece: ProvenPiece) -> Self {
		let ProvenPiece { len, siblings, bytes } = piece;
		Self::Piece { len, siblings, bytes }
	}
}

/// Reads a request. `None` if it is none, or something follows it.
pub(super) fn read_request(mut bytes: &[u8]) -> Option<Request> {
	Request::decode_all(&mut bytes).ok()
}

/// Writes a response. The bytes of a piece stay in the memory they were read into.
pub(super) fn write_response(response: Response) -> Vec<u8> {
	match response {
		Response::Piece { len, siblings, mut bytes } if bytes.len() <= PIECE_BYTES => {
			// As long as a piece at most, so it fits.
			let count = Compact(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
			drop(bytes.splice(..0, (PIECE_INDEX, len, siblings, count).encode()));
			bytes
		},
		other => other.encode(),
	}
}

/// Reads a response. `None` if it is none, something follows it, or it is larger than any can be.
pub(super) fn read_response(bytes: Vec<u8>) -> Option<Response> {
	if u64::try_from(bytes.len()).ok()? > MAX_RESPONSE {
		return None;
	}
	match bytes.split_first() {
		Some((&PIECE_INDEX, _)) => read_piece(bytes),
		_ => Response::decode_all(&mut &bytes[..]).ok(),
	}
}

/// Reads a response that is a piece, whose bytes stay in the memory they came in: copying them would take as long as hashing
/// them.
fn read_piece(mut bytes: Vec<u8>) -> Option<Response> {
	let mut rest = bytes.get(1..)?;
	let len = u64::decode(&mut rest).ok()?;
	let Compact(siblings) = Compact::<u32>::decode(&mut rest).ok()?;
	if usize::try_from(siblings).ok()? > MAX_SIBLINGS {
		return None;
	}
	let siblings = (0..siblings).map(|_| Hash::decode(&mut rest).ok()).collect::<Option<_>>()?;
	let Compact(count) = Compact::<u32>::decode(&mut rest).ok()?;
	if usize::try_from(count).ok()? != rest.len() || rest.len() > PIECE_BYTES {
		return None;
	}
	let head = bytes.len().checked_sub(rest.len())?;
	bytes.drain(..head);
	Some(Response::Piece { len, siblings, bytes })
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Other implementations rely on these bytes.
	#[test]
	fn the_encoding_is_fixed() {
		let hash = Hash([7; 32]);
		let request = |want| Request { hash, want }.encode();
		assert_eq!(request(Want::Length), [&[7; 32][..], &[0]].concat());
		assert_eq!(request(Want::Piece(258)), [&[7; 32][..], &[1, 2, 1, 0, 0]].concat());
		assert_eq!(request(Want::Find(2)), [&[7; 32][..], &[2, 2]].concat());
		assert!(request(Want::Piece(u32::MAX)).len() as u64 <= MAX_REQUEST);
		assert_eq!(Response::Missing.encode(), [0]);
		assert_eq!(Response::Busy(1).encode(), [1, 1, 0, 0, 0]);
		assert_eq!(Response::Length(2).encode(), [2, 2, 0, 0, 0, 0, 0, 0, 0]);
		let piece = Response::Piece { len: 3, siblings: vec![hash], bytes: vec![1, 2, 3] };
		assert_eq!(piece.encode(), [&[3, 3, 0, 0, 0, 0, 0, 0, 0, 4][..], &[7; 32], &[12, 1, 2, 3]].concat());
		assert_eq!(piece.encode().first(), Some(&PIECE_INDEX));
		assert_eq!(write_response(piece.clone()), piece.encode());
		assert_eq!(read_response(piece.encode()), Some(piece));
	}

	/// What is read is what was written: peers cannot say one thing in two ways.
	#[test]
	fn whatever_the_bytes_they_are_read_or_refused() {
		let hash = Hash([7; 32]);
		let piece = |siblings, bytes| Response::Piece { len: 3, siblings: vec![hash; siblings], bytes };
		let wants = [Want::Length, Want::Piece(258), Want::Find(2)];
		let requests = wants.map(|want| Request { hash, want }.encode());
		let responses =
			[Response::Missing, Response::Busy(9), Response::Length(1 << 40), piece(2, vec![1; 70])]
				.map(|r| r.encode());
		let mut read = [0, 0];
		crate::bytes::try_out(&[&requests[..], &responses[..]].concat(), 1, |bytes| {
			if let Some(request) = read_request(bytes) {
				assert_eq!(request.encode(), bytes);
				read[0] += 1;
			}
			let read_at_once = Response::decode_all(&mut &bytes[..]).ok();
			let response = read_response(bytes.to_vec());
			// A piece is read in a way of its own, with bounds besides, and must not be anything else by it.
			assert!(response == read_at_once || response.is_none());
			if let Some(response) = response {
				assert_eq!(response.encode(), bytes);
				assert_eq!(write_response(response), bytes);
				read[1] += 1;
			}
		});
		assert!(read.iter().all(|count| *count > 100), "{read:?}");
	}

	#[test]
	fn the_largest_piece_fits_and_nothing_larger_is_read() {
		let piece = |siblings, bytes| {
			Response::Piece { len: 0, siblings: vec![Hash::default(); siblings], bytes: vec![0; bytes] }
				.encode()
		};
		let largest = piece(MAX_SIBLINGS, PIECE_BYTES);
		assert!(largest.len() as u64 <= MAX_RESPONSE);
		let response = read_response(largest.clone());
		assert_eq!(response, Response::decode_all(&mut &largest[..]).ok());
		assert_eq!(response.map(write_response), Some(largest.clone()));
		for wrong in [
			piece(0, PIECE_BYTES + 1),
			piece(MAX_SIBLINGS + 1, 0),
			vec![],
			vec![9],
			vec![0, 0],
			largest[..100].to_vec(),
			[largest.clone(), vec![0; 8_192]].concat(),
		] {
			assert_eq!(read_response(wrong), None);
		}
		for wrong in [vec![], vec![0; 32], vec![0; 34], [vec![0; 32], vec![3]].concat()] {
			assert_eq!(read_request(&wrong), None);
		}
	}
}
