//! Sending probes to the URLs of a subscription, faults included [facts 2].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
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
    /// Where both are the same, nobody knows whether Graph asks twice [facts 2].
    pub(super) async fn run(
        &self,
        notification_url: &str,
        lifecycle_url: Option<&str>,
    ) -> Result<(), Refusal> {
        let faults = &self.world.faults;
        let switches = faults.now().validation.clone();
        let request_id = self.world.fresh("validation").guid();
        let other = faults.strikes("otherToken", notification_url, switches.other_token);
        let token = if other {
            probe::other_token(&request_id)
        } else {
            probe::token(&request_id)
        };
        let form = other.then_some("otherToken");
        self.probe(notification_url, &token, form).await?;
        let once = lifecycle_url == Some(notification_url)
            && faults.strikes("probeOnce", notification_url, switches.probe_once);
        if let Some(url) = lifecycle_url.filter(|_| !once) {
            self.probe(url, &probe::hard_token(&request_id), None)
                .await?;
        }
        self.world.delivery.welcome(notification_url);
        Ok(())
    }

    /// Probes one URL; `form` is the fault that shaped the token.
    async fn probe(
        &self,
        url: &str,
        token: &str,
        form: Option<&'static str>,
    ) -> Result<(), Refusal> {
        let faults = &self.world.faults;
        let switches = faults.now().validation.clone();
        let historic = faults.strikes("historicWords", url, switches.historic_words);
        if faults.strikes("skip", url, switches.skip) {
            // Seen in the field: the probe is never sent, and the creator hears that it timed out [facts 10.1].
            let nothing = Sent {
                fate: Fate::TimedOut,
                took: Duration::ZERO,
            };
            self.write_down(url, self.world.clock.now(), &nothing, Some("skip"));
            return judge(&nothing.fate, token, historic);
        }
        self.world
            .clock
            .sleep(Duration::from_millis(switches.delay_ms))
            .await;
        let began = self.world.clock.now();
        let sent = self.send(url, token).await;
        let failing =
            switches.fail_first > 0 && faults.count("failFirst", url) <= switches.fail_first;
        let fault = if failing {
            Some("failFirst")
        } else if switches.delay_ms > 0 {
            Some("delayMs")
        } else {
            form
        };
        self.write_down(url, began, &sent, fault);
        let fate = if failing { &Fate::TimedOut } else { &sent.fate };
        judge(fate, token, historic)
    }

    async fn send(&self, url: &str, token: &str) -> Sent {
        let url = probe::url(url, token);
        let Some(request) = post::request(&url, "text/plain; charset=utf-8", Bytes::new()) else {
            return Sent {
                fate: Fate::Unreachable,
                took: Duration::ZERO,
            };
        };
        let outbound = self.world.outbound.as_ref();
        post::send(&self.world.clock, outbound, request, probe::PATIENCE).await
    }

    fn write_down(&self, url: &str, began: Timestamp, sent: &Sent, fault: Option<&str>) {
        self.world.journal.write(Note {
            at: began,
            side: Side::Validation,
            method: "POST".to_owned(),
            path: url.to_owned(),
            mailbox: Some(self.mailbox.to_owned()),
            status: sent.fate.status(),
            ms: sent.took.as_millis() as u64,
            fault: fault.map(str::to_owned),
        });
    }
}

/// Judges an answer; the fault that chose the words is named.
fn judge(fate: &Fate, token: &str, historic: bool) -> Result<(), Refusal> {
    probe::judge(fate, token, historic).map_err(|refusal| {
        if historic {
            refusal.struck("historicWords")
        } else {
            refusal
        }
    })
}
