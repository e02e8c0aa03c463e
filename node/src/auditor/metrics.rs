//! What the auditor tells Prometheus.

use super::examine::Examination;
use substrate_prometheus_endpoint::{register, CounterVec, Gauge, Opts, PrometheusError, Registry, U64};

/// The auditor's metrics.
pub(super) struct Metrics {
	/// Batches that concern this node.
	pub(super) duties: Gauge<U64>,
	examinations: CounterVec<U64>,
}

impl Metrics {
	/// Registers them.
	///
	/// # Errors
	///
	/// When the names are taken.
	pub(super) fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let duties =
			Gauge::new("assay_auditor_duties", "Batches waiting for auditors that concern this node")?;
		let examinations = CounterVec::new(
			Opts::new("assay_auditor_examinations_total", "Batches this node was drawn for and looked at"),
			&["result"],
		)?;
		Ok(Self { duties: register(duties, registry)?, examinations: register(examinations, registry)? })
	}

	/// Counts an examination by what came of it.
	pub(super) fn count(&self, examination: &Examination) {
		let result = match examination {
			Examination::Leaves(_) => "checked",
			Examination::Unsealed(_) => "unsealed",
			Examination::Missing(_) => "missing",
			Examination::Unusable(_) => "unusable",
			Examination::NoVerdict(_) => "no_verdict",
		};
		self.examinations.with_label_values(&[result]).inc();
	}
}
