//! The connection to the node, made anew whenever it is lost.

use assay_client::{Client, Error};
use assay_primitives::Hash;
use std::{
	future::Future,
	sync::{PoisonError, RwLock},
	time::Duration,
};
use tokio::{sync::Mutex, time::sleep};

/// How long to wait before the first attempt to connect again. Doubles with each failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How long to wait at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A connection that lasts as long as the worker.
pub(crate) struct Link {
	url: String,
	genesis: Hash,
	current: RwLock<Connection>,
	/// One attempt to connect at a time.
	repair: Mutex<()>,
}

/// A client, and how many there were before it.
#[derive(Clone)]
struct Connection {
	client: Client,
	generation: u64,
}

impl Link {
	/// Connects for the first time.
	pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
		let client = Client::connect(url).await?;
		Ok(Self {
			url: url.to_owned(),
			genesis: client.genesis(),
			current: RwLock::new(Connection { client, generation: 0 }),
			repair: Mutex::new(()),
		})
	}

	/// Hash of the chain's first block.
	pub(crate) fn genesis(&self) -> Hash {
		self.genesis
	}

	fn current(&self) -> Connection {
		self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
	}

	/// The client of the moment.
	pub(crate) fn client(&self) -> Client {
		self.current().client
	}

	/// Grows with every new connection.
	pub(crate) fn generation(&self) -> u64 {
		self.current().generation
	}

	/// Asks the node something, if need be again over a new connection, for as long as it takes.
	pub(crate) async fn ask<T, F: Future<Output = Result<T, Error>>>(
		&self,
		question: impl Fn(Client) -> F,
	) -> Result<T, Error> {
		loop {
			match self.attempt(&question).await {
				Err(error) if error.is_connection_lost() => (),
				answer => return answer,
			}
		}
	}

	/// Tells the node something once. When the connection is lost on the way, there is a new one afterwards, but nobody
	/// knows whether it was heard.
	pub(crate) async fn attempt<T, F: Future<Output = Result<T, Error>>>(
		&self,
		question: impl Fn(Client) -> F,
	) -> Result<T, Error> {
		let Connection { client, generation } = self.current();
		let answer = question(client).await;
		if let Err(error) = &answer {
			if error.is_connection_lost() {
				self.reconnect(generation, error).await;
			}
		}
		answer
	}

	/// Replaces the connection of this generation, unless somebody has done so.
	async fn reconnect(&self, generation: u64, error: &Error) {
		let _turn = self.repair.lock().await;
		if self.current().generation != generation {
			return;
		}
		tracing::warn!(target: "link", "{error}; connecting again to {}", self.url);
		let mut pause = FIRST_PAUSE;
		let client = loop {
			sleep(pause).await;
			match Client::connect(&self.url).await {
				Ok(client) if client.genesis() == self.genesis => break client,
				Ok(client) => tracing::error!(
					target: "link",
					"the node at {} is on another chain now: its first block is {}, not {}",
					self.url,
					client.genesis(),
					self.genesis
				),
				Err(error) => tracing::warn!(target: "link", "{error}"),
			}
			pause = (pause * 2).min(LONGEST_PAUSE);
		};
		tracing::info!(target: "link", "connected again to {}", self.url);
		let next = Connection { client, generation: generation.wrapping_add(1) };
		*self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
	}
}
