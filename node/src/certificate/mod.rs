//! Certifying that a batch was audited and accepted: everything is put together from blocks, the state of the last final
//! one, and the votes for it.
//!
//! Reports leave the state when their batch is settled, and old states are forgotten, but blocks stay.

mod calls;
#[cfg(not(test))]
mod certifier;
mod error;
mod inclusion;
#[cfg(not(test))]
mod lineage;
#[cfg(not(test))]
mod seed;
#[cfg(test)]
mod tests;

#[cfg(not(test))]
pub(crate) use certifier::Certifier;
#[cfg(not(test))]
pub(crate) use error::CertifyError;

#[cfg(not(test))]
use {
	crate::service::FullClient,
	assay_primitives::{certificate::Header, BlockNumber},
	codec::{DecodeAll, Encode},
	sp_blockchain::HeaderBackend,
};

/// The header of a block of the best chain.
#[cfg(not(test))]
fn header_at(client: &FullClient, number: BlockNumber) -> Result<Header, CertifyError> {
	let hash = client.hash(number)?.ok_or(CertifyError::NoBlock(number))?;
	translate(&client.header(hash)?.ok_or(CertifyError::NoBlock(number))?)
}

/// The same header in the vocabulary of certificates.
#[cfg(not(test))]
fn translate(header: &assay_runtime::Header) -> Result<Header, CertifyError> {
	Header::decode_all(&mut &header.encode()[..])
		.map_err(|error| CertifyError::Database(format!("unreadable header: {error}")))
}
