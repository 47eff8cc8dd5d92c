//! The document of `PUT /sim/faults`: every switch with its unit and what it means when it is left out.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::choice::{Cloud, Death, DeleteTo};

/// A probability in `0..=1`. On the wire a number, or `true`/`false` for always/never.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
pub struct Rate(pub f64);

impl Rate {
    /// Whether it can strike at all.
    pub fn on(self) -> bool {
        self.0 > 0.0
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(always) => Ok(Self(if always { 1.0 } else { 0.0 })),
            Value::Number(number) => {
                let rate = number.as_f64().unwrap_or(-1.0);
                if (0.0..=1.0).contains(&rate) {
                    Ok(Self(rate))
                } else {
                    Err(D::Error::custom("a rate is a number from 0 to 1"))
                }
            }
            _ => Err(D::Error::custom(
                "a rate is a number from 0 to 1, or true or false",
            )),
        }
    }
}

/// A year whose delivery page was read: 2021, 2023, 2024, 2025 or 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Year(pub u16);

impl Default for Year {
    fn default() -> Self {
        Self(2026)
    }
}

impl<'de> Deserialize<'de> for Year {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let year = u16::deserialize(deserializer)?;
        if matches!(year, 2021 | 2023..=2026) {
            Ok(Self(year))
        } else {
            Err(D::Error::custom(
                "rules are those of 2021, 2023, 2024, 2025 or 2026",
            ))
        }
    }
}

/// All faults. What is left out does not strike; `{}` is a healthy, strict Microsoft 365.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Faults {
    /// Feeds every decision.
    pub seed: u64,
    /// On the way of notifications.
    pub notifications: NotificationFaults,
    /// On calls of `/v1.0`.
    pub graph: GraphFaults,
    /// In delta rounds.
    pub delta: DeltaFaults,
    /// When a webhook is validated.
    pub validation: ValidationFaults,
    /// In the life of subscriptions.
    pub subscription: SubscriptionFaults,
    /// At sign-in and the token endpoint.
    pub token: TokenFaults,
    /// In what happens to mail.
    pub mail: MailFaults,
}

/// Faults on the way of notifications, those about a subscription's life included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationFaults {
    /// Lost for good.
    pub drop: Rate,
    /// Delivered twice.
    pub duplicate: Rate,
    /// Overtaken by a later one.
    pub reorder: Rate,
    /// Every delivery starts this much later, in milliseconds.
    pub delay_ms: u64,
    /// How many `updated` notifications follow an arrival; 2 when left out.
    pub updates: Option<u32>,
    /// `clientState` is null, as seen in some tenants.
    pub null_client_state: Rate,
    /// A bulk change (more than 25 messages at once) gives only a `missed` lifecycle notification.
    pub bulk_missed: Rate,
    /// Lifecycle notifications take the form of the documentation; that of the capture of 2026 when left out.
    pub documented_lifecycle: Rate,
    /// Lifecycle notifications take the form of the capture of 2023.
    pub lifecycle2023: Rate,
    /// Times, paths and optional fields take one of the other forms that were seen.
    pub other_forms: Rate,
    /// `clientState` is not there at all.
    pub absent_client_state: Rate,
    /// Personal accounts are told with the tenant id that all of them share; with an empty one when left out.
    pub consumer_tenant: Rate,
    /// A `created` is preceded by one with an id that nobody finds.
    pub ghost: Rate,
    /// What changes while a dead token pauses the delivery is lost; held for four hours when left out.
    pub pause_loses: Rate,
    /// Seconds before the first retry, doubled from there; 10 when left out.
    pub first_retry_s: Option<u64>,
    /// After this many refusals (401 or 403) in a row an endpoint hears nothing until it is validated again; never when left out.
    pub silent_after_refusals: Option<u32>,
    /// The most notifications in one POST; 100 when left out, since Microsoft names no number.
    pub most_per_post: Option<u32>,
    /// The year of the delivery page whose rules hold; 2026 when left out.
    pub rules: Year,
}

impl NotificationFaults {
    /// How many `updated` notifications follow an arrival.
    pub fn updates(&self) -> u32 {
        self.updates.unwrap_or(2)
    }
}

/// Faults on calls of `/v1.0`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphFaults {
    /// Answered 429 with a `Retry-After` of 1 to 5 s (whole, fractional or a date).
    pub error429: Rate,
    /// Answered 503; half of them after the work was done.
    pub error503: Rate,
    /// Answered 500, 502 or 504.
    pub error5xx: Rate,
    /// Hangs 30 s, then 504.
    pub timeout: Rate,
    /// Every call takes at least this long, in milliseconds.
    pub latency_ms: u64,
    /// A new message cannot be read by id or listed until this long after it arrived, in milliseconds.
    pub readable_after_ms: u64,
    /// How surely the fifth parallel call to a mailbox is refused; always when left out.
    pub concurrency_limit: Option<Rate>,
    /// Answered 509, which means throttled as well.
    pub error509: Rate,
    /// Every call is refused with this status.
    pub answer_status: Option<u16>,
    /// A 503 after the work comes this much later, in milliseconds; about 22,000 were seen.
    pub error503_after_ms: u64,
    /// The four calls at a time count for the app over all mailboxes, as one page had it in 2023.
    pub concurrency_per_app: Rate,
    /// The refusal of a fifth call has the header `RateLimit-Exceeded`, as was told second-hand.
    pub rate_limit_header: Rate,
    /// A fifth call in a batch is refused in the older code.
    pub old_concurrency_code: Rate,
    /// Calls in 10 s that one app may make to all mailboxes together; 130,000 when left out.
    pub app_requests: Option<u64>,
    /// Calls in ten minutes that one app may make to one mailbox; 10,000 when left out.
    pub mailbox_requests: Option<u64>,
    /// A list of more messages than this with their bodies is answered 504.
    pub bodies_above: Option<u64>,
    /// Calls in a batch at most; 20 when left out.
    pub batch_most: Option<u64>,
    /// Calls of a batch that run at a time; 4 when left out.
    pub batch_parallel: Option<u64>,
    /// A batch with a throttled call is refused as a whole with 424, as in 2021.
    pub batch424: Rate,
    /// The answer to a call of a batch is left out, though the call was made.
    pub batch_loses: Rate,
    /// The cloud in which it stands; it serves every cloud when left out.
    pub cloud: Option<Cloud>,
    /// `innerError` holds a second, more specific error.
    pub nested_inner: Rate,
    /// The error's `code` is empty.
    pub empty_code: Rate,
    /// The error's `code` begins with a small letter.
    pub lower_case_codes: Rate,
    /// A missing message is told in the longer words that were seen.
    pub long_not_found: Rate,
}

/// Faults in delta rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DeltaFaults {
    /// One in this many calls with a token finds it dead (410); below 1 it is a rate.
    pub expire_every: f64,
    /// A round reports changes again that an earlier one reported.
    pub replay: Rate,
    /// A page is empty and has a next link.
    pub empty_pages: Rate,
    /// A changed item carries only what changed; read toggles always do.
    pub sparse: Rate,
    /// With immutable ids, a message that left and came back within a round is reported removed and not added again.
    pub aba_loss: Rate,
    /// With immutable ids, a message that was moved into a folder is never told there.
    pub move_loss: Rate,
    /// Changes show in delta only this much later, in milliseconds.
    pub late_ms: u64,
    /// `$top` is ignored; it ends the round when left out. Both were seen.
    pub ignore_top: Rate,
    /// `receivedDateTime gt` is taken in a filter, as documented; only `ge` when left out, as captured.
    pub gt_filter: Rate,
    /// The items of a page come in no order, unless `$orderby` asked for one.
    pub shuffle: Rate,
    /// A page has fewer items than it may.
    pub short_pages: Rate,
    /// A filtered round is silent about what does not match; it tells removals and changes of it when left out.
    pub filter_hides: Rate,
    /// A first round tells what left the folder earlier.
    pub first_removed: Rate,
    /// An item stands twice in its page; one that came back is told removed first.
    pub twice: Rate,
    /// Seconds until a next link is dead.
    pub next_link_life_s: Option<u64>,
    /// How a dead token is told; one of the captured forms when left out.
    pub death: Option<Death>,
}

/// Faults when a webhook is validated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ValidationFaults {
    /// The probe is never sent, and the creator hears that it timed out.
    pub skip: Rate,
    /// The first N validations of each notification URL fail.
    pub fail_first: u64,
    /// The probe starts this much later, in milliseconds.
    pub delay_ms: u64,
    /// A failure is told in the code and words of 2017 to 2021.
    pub historic_words: Rate,
    /// Where both URLs are the same, it is probed once; twice when left out.
    pub probe_once: Rate,
    /// A new notification URL in a renewal is not probed.
    pub trust_new_url: Rate,
    /// The token has another form than the recorded one.
    pub other_token: Rate,
}

/// Faults in the life of subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionFaults {
    /// Graph drops each subscription this many seconds after its creation.
    pub remove_after_s: Option<u64>,
    /// Longer lifetimes are refused; 10,070 minutes when left out.
    pub reject_above_minutes: Option<u64>,
    /// Renewing and reauthorizing probe the notification URL again, as recorded; always when left out, though the documentation names creation only.
    pub probe_on_renew: Option<Rate>,
    /// How surely a twin is refused with 409; always when left out.
    pub conflict409: Option<Rate>,
    /// Lists allowed per 20 s, app and tenant; 25 when left out.
    pub list_quota: Option<u32>,
    /// A create without `clientState` is refused, as one page has it; another calls it optional.
    pub client_state_required: Rate,
    /// The longest `clientState`; 128 characters when left out, another page says 255.
    pub client_state_max: Option<u32>,
    /// Too long a life is refused in the other sentence that was seen.
    pub other_ceiling_words: Rate,
    /// A folder's subscription covers the folders below it.
    pub sub_folders: Rate,
    /// The resource is shown with the user's id in place of what was given.
    pub by_user_id: Rate,
    /// Permissions to write do not subscribe, as an older page has it.
    pub read_scopes_only: Rate,
    /// Of a renewal and a reauthorization within ten minutes the second is answered well and has no effect; always when left out.
    pub race_undone: Option<Rate>,
    /// Renewing and deleting answer 308 without a `Location`, and nothing is done.
    pub redirect308: Rate,
    /// Creating fails for a while with 500.
    pub create_fails: Rate,
    /// Renewing fails for a while with 503 or 400.
    pub renew_fails: Rate,
    /// Personal accounts cannot be subscribed to, as in 2018.
    pub personal_refused: Rate,
    /// The tenant has no Exchange Online.
    pub no_exchange: Rate,
    /// A missing permission is told as 401; as 403 when left out.
    pub unauthorized: Rate,
    /// Seconds between two challenges to authorize anew; 15 minutes when left out.
    pub challenge_every_s: Option<u64>,
}

/// Faults at sign-in and the token endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenFaults {
    /// Access tokens live this many seconds; 60 to 90 minutes when left out.
    pub lifetime_s: Option<u64>,
    /// Refresh tokens are refused as revoked.
    pub revoke: Rate,
    /// The app's secret is refused as expired.
    pub secret_expired: Rate,
    /// Graph demands claims, and only a sign-in that passes them on helps.
    pub claims_challenge: Rate,
    /// Nobody but an administrator can consent; nothing works until that happened.
    pub admin_consent_required: Rate,
    /// The token endpoint refuses everything with this AADSTS number.
    pub error: Option<u32>,
    /// A person who accepts is sent back with this error.
    pub authorize_error: Option<String>,
    /// A good refresh token is refused with 70000.
    pub sporadic70000: Rate,
    /// Conditional access is told as `interaction_required`, as on the v1 endpoint.
    pub v1_pairing: Rate,
    /// The parts of a description are separated by line ends, as until 2023.
    pub line_ends: Rate,
    /// An app that is not found is an `invalid_client`; `unauthorized_client` when left out.
    pub unknown_app_is_invalid: Rate,
    /// A token for another resource is refused with 403, as documented; 401 when left out, as captured.
    pub audience403: Rate,
    /// Claims are demanded with a 403, as documented; 401 when left out, as captured.
    pub challenge403: Rate,
    /// An expired token is told in the other words that were seen.
    pub other_expired_words: Rate,
    /// Seconds until a change of an app's access policy takes effect; up to 1,800 are documented.
    pub policy_lag_s: u64,
}

/// Faults in what happens to mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MailFaults {
    /// What was accepted for sending waits this long in the outbox, in milliseconds.
    pub send_lag_ms: u64,
    /// Messages that a mailbox may send in a minute; 30 when left out.
    pub sends_per_minute: Option<u64>,
    /// A 202 has a `Retry-After`, and still was done.
    pub accepted_retry_after: Rate,
    /// What was accepted for sending is answered with an empty 503 [recorded 6].
    pub send_answer_lost: Rate,
    /// Where `DELETE` puts a message.
    pub delete_to: DeleteTo,
    /// Bodies are HTML unless text is preferred, as documented; as they are when left out.
    pub html_bodies: Rate,
    /// A search is refused for its stale data.
    pub stale_search: Rate,
}

/// What was wrong with a document of faults: the unknown keys, or the first bad value.
#[derive(Debug, thiserror::Error)]
pub enum UnknownKeys {
    /// Keys that no fault has, as dotted paths.
    #[error("unknown: {}", .0.join(", "))]
    Keys(Vec<String>),
    /// A value of the wrong type or out of range.
    #[error("{0}")]
    Value(String),
}

/// Reads the document; unknown keys are all named.
pub(crate) fn parse(document: Value) -> Result<Faults, UnknownKeys> {
    let known = serde_json::to_value(Faults::default())
        .map_err(|error| UnknownKeys::Value(error.to_string()))?;
    let mut unknown = Vec::new();
    strangers(&document, &known, "", &mut unknown);
    if !unknown.is_empty() {
        return Err(UnknownKeys::Keys(unknown));
    }
    serde_json::from_value(document).map_err(|error| UnknownKeys::Value(error.to_string()))
}

fn strangers(given: &Value, known: &Value, path: &str, unknown: &mut Vec<String>) {
    let (Value::Object(given), Value::Object(known)) = (given, known) else {
        return;
    };
    for (key, value) in given {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match known.get(key) {
            Some(inner) => strangers(value, inner, &path, unknown),
            None => unknown.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_switch_of_the_contract_is_known() {
        let faults = parse(json!({"seed": 3,
            "notifications": {"drop":0.3,"duplicate":0.3,"reorder":1,"delayMs":5,"updates":0,"nullClientState":true,"bulkMissed":1},
            "graph": {"error429":0.1,"error503":0,"error5xx":0,"timeout":0,"latencyMs":150,"readableAfterMs":1,"concurrencyLimit":0.13},
            "delta": {"expireEvery":7,"replay":0.1,"emptyPages":0.1,"sparse":1,"abaLoss":1,"lateMs":1},
            "validation": {"skip":0,"failFirst":2,"delayMs":1},
            "subscription": {"removeAfterS":60,"rejectAboveMinutes":4230,"probeOnRenew":true,"conflict409":true,"listQuota":25},
            "token": {"lifetimeS":60,"revoke":false,"secretExpired":false,"claimsChallenge":false,"adminConsentRequired":false}}))
        .expect("all known");
        assert_eq!(faults.notifications.updates(), 0);
        assert_eq!(parse(json!({})).expect("empty").notifications.updates(), 2);
    }

    #[test]
    fn unknown_keys_are_all_named() {
        let error = parse(json!({"graph": {"error418": 1, "latencyMs": 1}, "weather": {}}))
            .expect_err("unknown");
        assert_eq!(error.to_string(), "unknown: graph.error418, weather");
    }

    #[test]
    fn a_rate_out_of_range_and_a_year_without_rules_are_refused() {
        assert!(parse(json!({"graph": {"error429": 1.5}})).is_err());
        assert!(parse(json!({"notifications": {"rules": 2022}})).is_err());
        let old = parse(json!({"notifications": {"rules": 2021}})).expect("known");
        assert_eq!(old.notifications.rules, Year(2021));
    }
}
