//! `assay quote`.

use super::offer::Offer;
use crate::{
	cli::Context,
	error::{Error, Exit},
	plan::PlanOptions,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	plan: PlanOptions,
}

/// Tells what `assay map` would cost. Sends nothing, and needs no keys.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let plan = options.plan.read()?;
	let waiting = context.output.waiting("running a task here");
	let estimate = options.plan.try_out(&plan);
	waiting.finish_and_clear();
	let client = context.connect().await?;
	let offer = Offer::new(&client, &options.plan, &plan, &estimate?).await?;
	context.output.json(&offer)?;
	context.output.line(offer.facts())?;
	Ok(Exit::Done)
}
