//! `assay node`.

use crate::{
	cli::Context,
	error::{Error, Exit},
	output::{one_line, Facts},
};
use assay_primitives::{BlockNumber, Hash};
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeView {
	chain: String,
	genesis: Hash,
	best: BlockNumber,
	finalized: BlockNumber,
}

/// Tells which chain the node is on, and how far.
pub(crate) async fn run(context: &Context) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let view = NodeView {
		chain: client.chain_name().await?,
		genesis: client.genesis(),
		finalized: client.finalized_block().await?,
		best: client.best_block().await?,
	};
	context.output.json(&view)?;
	let mut facts = Facts::default();
	facts
		.add("Chain", one_line(&view.chain))
		.add("Genesis", view.genesis)
		.add("Best block", view.best)
		.add("Final block", view.finalized);
	context.output.line(facts)?;
	Ok(Exit::Done)
}
