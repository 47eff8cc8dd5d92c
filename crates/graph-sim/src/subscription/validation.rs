//! Sending probes to the URLs of a subscription, faults included [facts 2].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::{Host, Url};

use super::{body, probe};
use crate::answer::Refusal;
use crate::delivery::post::{self, Fate, Sent};
use crate::journal::{Note, Side};
use crate::world::World;

/// Whether a notification URL may be used at all: https, or loopback http where the simulator was started so.
pub(super) fn acceptable(world: &World, name: &str, url: &str) -> Result<(), Refusal> {
    let parsed =
        Url::parse(url).map_err(|_| body::invalid(format!("{name} is not an absolute URL.")))?;
    let loopback = match parsed.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if world.allow_http && loopback => Ok(()),
        _ => Err(body::invalid(format!("{name} must use https."))),
    }
}

/// What both probes of one call have in common.
pub(super) struct Validation<'a> {
    pub(super) world: &'a Arc<World>,
    /// Address of the mailbox, for the journal.
    pub(super) mailbox: &'a str,
}

impl Validation<'_> {
    /// Probes the notification URL, then the lifecycle URL where there is one; the first failure refuses the call.
    pub(super) async fn run(
        &self,
        notification_url: &str,
        lifecycle_url: Option<&str>,
    ) -> Result<(), Refusal> {
        let request_id = self.world.fresh("validation").guid();
        self.probe(notification_url, &probe::token(&request_id))
            .await?;
        match lifecycle_url {
            Some(url) => self.probe(url, &probe::hard_token(&request_id)).await,
            None => Ok(()),
        }
    }

    async fn probe(&self, url: &str, token: &str) -> Result<(), Refusal> {
        let switches = self.world.faults.now().validation.clone();
        if self.world.faults.strikes("skip", url, switches.skip) {
            // Seen in the field: the probe is never sent, and the creator hears that it timed out [facts 10.1].
            return probe::judge(&Fate::TimedOut, token);
        }
        self.world
            .clock
            .sleep(Duration::from_millis(switches.delay_ms))
            .await;
        let began = self.world.clock.now();
        let sent = match post::request(
            &probe::url(url, token),
            "text/plain; charset=utf-8",
            Bytes::new(),
        ) {
            Some(request) => {
                post::send(
                    &self.world.clock,
                    self.world.outbound.as_ref(),
                    request,
                    probe::PATIENCE,
                )
                .await
            }
            None => Sent {
                fate: Fate::Unreachable,
                took: Duration::ZERO,
            },
        };
        let failing = switches.fail_first > 0
            && self.world.faults.count("failFirst", url) <= switches.fail_first;
        self.world.journal.write(Note {
            at: began,
            side: Side::Validation,
            method: "POST".to_owned(),
            path: url.to_owned(),
            mailbox: Some(self.mailbox.to_owned()),
            status: sent.fate.status(),
            ms: sent.took.as_millis() as u64,
            fault: failing.then(|| "failFirst".to_owned()),
        });
        probe::judge(if failing { &Fate::TimedOut } else { &sent.fate }, token)
    }
}
