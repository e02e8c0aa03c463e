//! How this node's metrics are made.

use substrate_prometheus_endpoint::{prometheus::core::Atomic, Counter, CounterVec, Gauge, Opts, U64};

/// A number that goes up and down.
pub(crate) fn gauge<P: Atomic>(name: &str, help: &str) -> Gauge<P> {
	Gauge::new(name, help).expect("all names in this crate are valid; qed")
}

/// A number that grows.
pub(crate) fn counter<P: Atomic>(name: &str, help: &str) -> Counter<P> {
	Counter::new(name, help).expect("all names in this crate are valid; qed")
}

/// A counter that has a value for each of these labels from the start, so that rates can be taken of the first event.
pub(crate) fn counters(
	name: &str,
	help: &str,
	label: &str,
	values: impl IntoIterator<Item = &'static str>,
) -> CounterVec<U64> {
	let counters =
		CounterVec::new(Opts::new(name, help), &[label]).expect("all names in this crate are valid; qed");
	for value in values {
		counters.with_label_values(&[value]);
	}
	counters
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_label_is_there_before_anything_happens() {
		let counters = counters("things_total", "Things", "kind", ["one", "other"]);
		let families = substrate_prometheus_endpoint::prometheus::core::Collector::collect(&counters);
		let values: usize = families.iter().map(|family| family.get_metric().len()).sum();
		assert_eq!(values, 2);
	}
}
