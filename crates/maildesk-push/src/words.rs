//! The words of the push panel: what happened, by kinds that stay the same, and what is wrong.

use maildesk_model::Timestamp;
use maildesk_model::mailbox::Trouble;
use maildesk_model::push::PushEvent;

/// A subscription was created.
pub(crate) const REGISTERED: &str = "registered";
/// The public address is another one, so a subscription that lives is made again.
pub(crate) const ADDRESS_CHANGED: &str = "address_changed";
/// A subscription was renewed.
pub(crate) const RENEWED: &str = "renewed";
/// A renewal did not succeed; it is tried again.
pub(crate) const RENEWAL_FAILED: &str = "renewal_failed";
/// A subscription could not be created.
pub(crate) const REFUSED: &str = "refused";
/// A subscription was deleted at Microsoft.
pub(crate) const REMOVED: &str = "removed";
/// Somebody turned push off.
pub(crate) const TURNED_OFF: &str = "turned_off";
/// Microsoft does not know a subscription any more.
pub(crate) const GONE: &str = "gone";
/// Mail came that no notification announced.
pub(crate) const UNANNOUNCED: &str = "unannounced";
/// A subscription that announced nothing is replaced.
pub(crate) const REPLACED: &str = "replaced";
/// Microsoft missed some notifications.
pub(crate) const MISSED: &str = "missed";
/// A subscription ended because it could not be renewed in time.
pub(crate) const EXPIRED: &str = "expired";
/// A subscription could not be deleted and is left to end by itself.
pub(crate) const GIVEN_UP: &str = "given_up";
/// A subscription could not be deleted; it is tried again.
pub(crate) const REMOVAL_FAILED: &str = "removal_failed";
/// What is said with [`GIVEN_UP`].
pub(crate) const ENDS_BY_ITSELF: &str =
    "Microsoft did not let a former subscription be deleted; it ends by itself.";
/// Microsoft's probe of the public address was seen, or missed, during a registration.
pub(crate) const PROBE_SEEN: &str = "probe_seen";
/// See [`PROBE_SEEN`].
pub(crate) const PROBE_MISSED: &str = "probe_missed";

/// Why an intent to register is refused by our own check; the web answers it with the reasons.
pub(crate) const NOT_READY: &str = "not_ready";
/// Why nothing can be registered on a server without push.
pub(crate) const PUSH_DISABLED: &str = "push_disabled";

/// Something that happened, for the panel.
pub(crate) fn event(at: Timestamp, kind: &str, detail: impl Into<String>) -> PushEvent {
    PushEvent {
        at,
        kind: kind.to_owned(),
        detail: detail.into(),
        times: 1,
    }
}

/// Whether the `nth` failure in a row belongs on the panel's list, which is short: the first is
/// news, the second and fourth still are, the hundredth is not.
pub(crate) fn is_news(nth: i64) -> bool {
    u64::try_from(nth).is_ok_and(u64::is_power_of_two)
}

/// Something that is wrong.
pub(crate) fn trouble(
    code: &str,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.into(),
        remedy: remedy.into(),
    }
}

/// This server has no push.
pub(crate) fn disabled() -> Trouble {
    trouble(
        PUSH_DISABLED,
        "Push is switched off for this server.",
        "Set MAILDESK_PUSH_ENABLED to true and start the server again.",
    )
}
