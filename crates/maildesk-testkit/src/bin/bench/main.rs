//! The measurements of docs/performance.md, on the real programs, one file each.
//!
//! Run it as `cargo xtask bench NAME`; it needs release builds of `maildesk` and `graph-sim`.
//! A new one is a file here, a line in [`main`] and a row in docs/performance.md.

mod flood;
mod import;
mod latency;
mod list;
mod lossy;
mod memory;
mod webhook;

use std::time::{Duration, Instant};

use maildesk_testkit::desk::Desk;
use maildesk_testkit::wait;
use reqwest::Method;

const ADDRESS: &str = "team@contoso.test";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        let given = arguments.get(at).and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    match arguments.first().map(String::as_str) {
        Some("latency") => latency::run(number(1, 200), number(2, 5)).await,
        Some("lossy") => lossy::run(number(1, 200), number(2, 30)).await,
        Some("flood") => flood::run(number(1, 200), number(2, 20)).await,
        Some("import") => import::run(number(1, 50_000)).await,
        Some("webhook") => webhook::run(number(1, 500_000)).await,
        Some("list") => list::run(number(1, 1_000_000), arguments.get(2).map(String::as_str)).await,
        Some("memory") => memory::run(number(1, 500)).await,
        _ => say(USAGE),
    }
}

const USAGE: &str = "usage: bench latency [MAILS [MS A GRAPH CALL]]
       bench lossy [MAILS [INTERVAL S]]
       bench flood [MAILS [FORGED NOTIFICATIONS A POST]]
       bench import|webhook [MESSAGES]
       bench list [MESSAGES [FOLDER TO KEEP THEM IN]]
       bench memory [MAILBOXES]";

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "measuring needs the real clock")]
pub(crate) fn tick() -> Instant {
    Instant::now()
}

/// The value below which `share` of the sorted samples lie.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

pub(crate) fn summary(what: &str, mut samples: Vec<Duration>) {
    samples.sort();
    say(&format!(
        "{what}: n={} p50={:.1?} p95={:.1?} p99={:.1?} max={:.1?}",
        samples.len(),
        quantile(&samples, 0.5),
        quantile(&samples, 0.95),
        quantile(&samples, 0.99),
        samples.last().copied().unwrap_or_default()
    ));
}

/// Waits for the end of a listing, however large.
pub(crate) async fn active(desk: &Desk, mailbox: &str) {
    let path = format!("/mailboxes/{mailbox}");
    wait::within(Duration::from_hours(1), "the listing ends", || async {
        let (_, answer) = desk.try_call(Method::GET, &path, None).await?;
        (answer["state"] == "active").then_some(())
    })
    .await;
}
