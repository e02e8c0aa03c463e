//! What was measured, for people and for programs.

use crate::{
	chain::Kind,
	measurement::{BatchCost, Flood, Measurement},
};
use serde_json::{json, Value};
use std::fmt::Write;

/// A settled batch weighs no more than this many transfers.
pub const GOAL_WEIGHT: f64 = 15.0;
/// A batch under way takes less than this many bytes of state.
pub const GOAL_BYTES: usize = 1_000;
/// Task results that are settled each second, at least.
pub const GOAL_RESULTS: f64 = 100_000.0;

/// Where the tables lie in a document.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Rows of cells, the first one with headings.
struct Table(Vec<Vec<String>>);

impl Table {
	fn new(headings: &[&str]) -> Self {
		Self(vec![headings.iter().map(ToString::to_string).collect()])
	}

	fn push(&mut self, row: Vec<String>) {
		self.0.push(row);
	}

	/// Markdown whose columns are as wide as they have to be: the first to the left, numbers to the right.
	fn text(&self) -> String {
		let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
		let width = |column: usize| {
			let cells = self.0.iter().filter_map(|row| row.get(column));
			cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
		};
		let widths: Vec<_> = (0..columns).map(width).collect();
		let mut text = String::new();
		for (number, row) in self.0.iter().enumerate() {
			for (column, width) in widths.iter().enumerate() {
				let cell = row.get(column).map_or("", String::as_str);
				// Writing to a string cannot fail.
				let _ = match column {
					0 => write!(text, "| {cell:width$} "),
					_ => write!(text, "| {cell:>width$} "),
				};
			}
			text.push_str("|\n");
			if number == 0 {
				for (column, width) in widths.iter().enumerate() {
					let line = "-".repeat(width + 1);
					let _ = if column == 0 { write!(text, "|{line}-") } else { write!(text, "|{line}:") };
				}
				text.push_str("|\n");
			}
		}
		text
	}
}

/// A number with its thousands set apart, and some decimals if it is small.
fn number(value: f64) -> String {
	if value.abs() < 9.95 {
		return format!("{value:.2}");
	}
	if value.abs() < 99.5 {
		return format!("{value:.1}");
	}
	set_apart(&format!("{value:.0}"))
}

/// A whole number with its thousands set apart.
fn count(value: impl ToString) -> String {
	set_apart(&value.to_string())
}

fn set_apart(digits: &str) -> String {
	let mut text = String::new();
	for (place, digit) in digits.chars().enumerate() {
		if place > 0 && (digits.len() - place).is_multiple_of(3) {
			text.push(',');
		}
		text.push(digit);
	}
	text
}

fn micros(picoseconds: f64) -> String {
	number(picoseconds / 1e6)
}

fn percent((mean, most): (f64, f64)) -> String {
	format!("{:.0} %, {:.0} %", mean * 100.0, most * 100.0)
}

fn tasks(tasks: u32) -> String {
	match tasks {
		1 => "1 task".into(),
		_ => format!("{} tasks", count(tasks)),
	}
}

impl Flood {
	fn name(&self) -> String {
		self.tasks.map_or("transfers".into(), |size| format!("batches of {}", tasks(size)))
	}
}

/// One of the goals, and how it was met.
struct Goal {
	name: String,
	goal: String,
	measured: String,
	/// By how much it is met (above 1) or missed (below).
	factor: f64,
}

impl Measurement {
	/// How many transfers a settled batch weighs.
	pub fn transfers(&self, weight: f64) -> f64 {
		weight / self.transfer.weight.max(1.0)
	}

	/// The greatest rate of task results, in results per second.
	pub fn best_task_rate(&self) -> Option<f64> {
		self.floods.iter().filter_map(Flood::task_rate).reduce(f64::max)
	}

	fn goals(&self) -> Vec<Goal> {
		let mut goals = Vec::new();
		let (wanted, _) = self.policy;
		for cost in &self.costs {
			let ratio = self.transfers(cost.weight_with(wanted));
			goals.push(Goal {
				name: format!(
					"weight of a settled batch of {} with {wanted} reports, in transfers",
					tasks(cost.tasks)
				),
				goal: format!("≤ {GOAL_WEIGHT:.0}"),
				measured: number(ratio),
				factor: GOAL_WEIGHT / ratio.max(f64::MIN_POSITIVE),
			});
		}
		if let Some(most) = self.costs.iter().map(BatchCost::largest_footprint).max() {
			goals.push(Goal {
				name: "state of a batch under way, in bytes".into(),
				goal: format!("< {}", count(GOAL_BYTES)),
				measured: count(most),
				factor: GOAL_BYTES as f64 / (most as f64).max(1.0),
			});
		}
		if let Some(rate) = self.best_task_rate() {
			goals.push(Goal {
				name: "task results per second".into(),
				goal: format!("≥ {}", number(GOAL_RESULTS)),
				measured: number(rate),
				factor: rate / GOAL_RESULTS,
			});
		}
		goals
	}

	fn throughput(&self) -> String {
		let mut table = Table::new(&[
			"",
			"number",
			"transactions",
			"blocks",
			"seconds",
			"per second",
			"task results per second",
			"blocks from claim to pay",
			"the weight allows, per second",
		]);
		let mut fullness =
			Table::new(&["mean and greatest share of", "weight", "weight of transactions", "length"]);
		for flood in &self.floods {
			table.push(vec![
				flood.name(),
				count(flood.count),
				count(flood.transactions),
				count(flood.blocks),
				number(flood.seconds),
				number(flood.rate()),
				flood.task_rate().map_or("–".into(), number),
				flood.latency.map_or("–".into(), |blocks| blocks.to_string()),
				number(flood.ceiling),
			]);
			let mut row = vec![flood.name()];
			row.extend(flood.fullness.map(percent));
			fullness.push(row);
		}
		format!("{}\n{}", table.text(), fullness.text())
	}

	fn weights(&self) -> String {
		let mut headings = vec!["microseconds of weight (bytes)".to_owned()];
		headings.extend(self.costs.iter().map(|cost| tasks(cost.tasks)));
		let mut table = Table(vec![headings]);
		let mut row = |name: &str, cell: &dyn Fn(&BatchCost) -> String| {
			let mut row = vec![name.to_owned()];
			row.extend(self.costs.iter().map(cell));
			table.push(row);
		};
		let call = |kind: Kind| {
			move |cost: &BatchCost| match cost.calls.get(&kind) {
				Some(call) => format!("{} ({})", micros(call.weight), number(call.length)),
				None => "–".into(),
			}
		};
		row("`claim` of one batch", &call(Kind::Claim));
		row("`submit_receipt`", &call(Kind::Receipt));
		row("`submit_audit`", &call(Kind::Report));
		row("reports on a batch", &|cost| number(cost.reports));
		row("`reveal`", &call(Kind::Reveal));
		row("settled as its window ends, by the block", &|cost| micros(cost.window));
		row("or `accept`", &call(Kind::Accept));
		row("**all, settled by the block**", &|cost| micros(cost.weight()));
		row("**in transfers**", &|cost| number(self.transfers(cost.weight())));
		let (wanted, _) = self.policy;
		let name = format!("in transfers, with {wanted} reports");
		row(&name, &|cost| number(self.transfers(cost.weight_with(wanted))));
		row("all, accepted", &|cost| micros(cost.accepted_weight()));
		row("in transfers", &|cost| number(self.transfers(cost.accepted_weight())));
		let transfer = self.transfer;
		format!(
			"{}\nA transfer weighs {} microseconds and takes {} bytes.\n",
			table.text(),
			micros(transfer.weight),
			number(transfer.length)
		)
	}

	fn states(&self) -> String {
		let mut headings = vec!["bytes of keys and values (entries)".to_owned()];
		headings.extend(self.costs.iter().map(|cost| tasks(cost.tasks)));
		let mut table = Table(vec![headings]);
		let stages = self.costs.first().map(|cost| cost.footprints.clone()).unwrap_or_default();
		for (stage, _) in stages {
			let mut row = vec![stage.to_owned()];
			row.extend(self.costs.iter().map(|cost| {
				let found = cost.footprints.iter().find(|(name, _)| *name == stage);
				found.map_or("–".into(), |(_, found)| format!("{} ({})", count(found.bytes), found.entries))
			}));
			table.push(row);
		}
		table.text()
	}

	/// Everything, as Markdown.
	pub fn markdown(&self) -> String {
		let machine = &self.machine;
		let mut goals = Table::new(&["goal", "", "measured", "", "by a factor of"]);
		for Goal { name, goal, measured, factor } in self.goals() {
			let verdict = if factor >= 1.0 { "met" } else { "missed" };
			let factor = number(if factor >= 1.0 { factor } else { 1.0 / factor });
			goals.push(vec![name, goal, measured, verdict.into(), factor]);
		}
		let mut text = format!(
			"Measured on {} ({} cores, {} GiB, Linux {}; load {} when it began) with node {}: {} s of weight in a block, {} of \
			 them for transactions, {} bytes of transactions, a block every {} s; {} auditor(s), jobs that want {} auditors with \
			 {} samples each.\n\n{}",
			machine.processor,
			machine.cores,
			machine.memory,
			machine.kernel,
			machine.load,
			self.node,
			number(self.limits.weight as f64 / 1e12),
			number(self.limits.normal_weight as f64 / 1e12),
			count(self.limits.normal_length),
			self.limits.block_time / 1_000,
			self.auditors,
			self.policy.0,
			self.policy.1,
			goals.text()
		);
		let mut section = |title: &str, content: String| {
			// Writing to a string cannot fail.
			let _ = write!(text, "\n### {title}\n\n{content}");
		};
		if !self.floods.is_empty() {
			section("Throughput", self.throughput());
		}
		section("Weight of a settled batch", self.weights());
		section("State of a batch under way", self.states());
		text
	}

	/// Everything, for programs. Weights are picoseconds of reference time.
	pub fn json(&self) -> Value {
		let machine = &self.machine;
		let cost = |cost: &BatchCost| {
			let calls: serde_json::Map<_, _> = cost
				.calls
				.iter()
				.map(|(kind, call)| {
					(kind.name().to_owned(), json!({ "weight": call.weight, "length": call.length }))
				})
				.collect();
			let stages: serde_json::Map<_, _> = cost
				.footprints
				.iter()
				.map(|(stage, found)| {
					((*stage).to_owned(), json!({ "bytes": found.bytes, "entries": found.entries }))
				})
				.collect();
			json!({
				"tasks": cost.tasks,
				"calls": calls,
				"reports": cost.reports,
				"windowWeight": cost.window,
				"weight": cost.weight(),
				"transfers": self.transfers(cost.weight()),
				"transfersWithAllReports": self.transfers(cost.weight_with(self.policy.0)),
				"acceptedWeight": cost.accepted_weight(),
				"acceptedTransfers": self.transfers(cost.accepted_weight()),
				"state": stages,
			})
		};
		let share = |(mean, most): (f64, f64)| json!({ "mean": mean, "greatest": most });
		let flood = |flood: &Flood| {
			let [weight, transactions, length] = flood.fullness.map(share);
			json!({
				"tasks": flood.tasks,
				"count": flood.count,
				"transactions": flood.transactions,
				"blocks": flood.blocks,
				"seconds": flood.seconds,
				"perSecond": flood.rate(),
				"taskResultsPerSecond": flood.task_rate(),
				"latencyBlocks": flood.latency,
				"weightAllowsPerSecond": flood.ceiling,
				"fullness": { "weight": weight, "transactionWeight": transactions, "length": length },
			})
		};
		let goal = |goal: Goal| json!({ "name": goal.name, "goal": goal.goal, "measured": goal.measured, "metByFactor": goal.factor });
		json!({
			"machine": {
				"processor": machine.processor,
				"cores": machine.cores,
				"memoryGibibytes": machine.memory,
				"kernel": machine.kernel,
				"load": machine.load,
			},
			"node": self.node,
			"limits": {
				"weight": self.limits.weight,
				"transactionWeight": self.limits.normal_weight,
				"transactionLength": self.limits.normal_length,
				"blockTimeMilliseconds": self.limits.block_time,
			},
			"auditors": self.auditors,
			"policy": { "auditors": self.policy.0, "samples": self.policy.1 },
			"transfer": { "weight": self.transfer.weight, "length": self.transfer.length },
			"goals": self.goals().into_iter().map(goal).collect::<Vec<_>>(),
			"batches": self.costs.iter().map(cost).collect::<Vec<_>>(),
			"floods": self.floods.iter().map(flood).collect::<Vec<_>>(),
		})
	}

	/// A document with these tables in place of the ones it has. `None` if it has no place for them.
	pub fn insert_into(&self, document: &str) -> Option<String> {
		let (before, rest) = document.split_once(BEGIN)?;
		let (_, after) = rest.split_once(END)?;
		Some(format!("{before}{BEGIN}\n\n{}\n{END}{after}", self.markdown()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_are_short_and_readable() {
		let cases = [(0.0, "0.00"), (9.944, "9.94"), (9.96, "10.0"), (99.44, "99.4"), (100.0, "100")];
		for (value, text) in cases {
			assert_eq!(number(value), text);
		}
		assert_eq!(number(1_234_567.4), "1,234,567");
		assert_eq!(number(999.6), "1,000");
	}

	#[test]
	fn columns_are_as_wide_as_their_cells() {
		let mut table = Table::new(&["a", "long heading"]);
		table.push(vec!["b — c".into(), "1".into()]);
		let text = "| a     | long heading |\n|-------|-------------:|\n| b — c |            1 |\n";
		assert_eq!(table.text(), text);
	}
}
