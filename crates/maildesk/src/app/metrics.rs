//! The recorder behind `/metrics`.

use std::sync::{Arc, OnceLock};

use maildesk_web::MetricsRender;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of every histogram, in seconds: from an answer out of memory to the slowest delivery
/// Microsoft publishes (facts: three minutes).
const BUCKETS: [f64; 16] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0,
];

/// Installs the recorder the first time; every app of the process (tests start many) renders it.
/// `None` when somebody else has installed one.
pub(super) fn render() -> Option<MetricsRender> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let handle = HANDLE.get_or_init(install).clone()?;
    Some(Arc::new(move || handle.render()))
}

fn install() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
    builder.install_recorder().ok()
}
