//! Alerts: what needs a person, said outside of the pages too.
//!
//! An alert is a state and no event: it is there while something stands that somebody must mend, and
//! it ends when that is so no more.

use std::fmt;

use crate::base_url;
use crate::clock::Timestamp;
use crate::id::{AlertId, MailboxId, NoticeId};
use crate::mailbox::Trouble;
use crate::secret::Secret;

/// Longest web address alerts are sent to, in bytes.
const URL_MAX: usize = 2000;
/// Most people a mail goes to.
pub const RECIPIENTS_MAX: usize = 50;
/// Longest secret, in characters.
pub const SECRET_MAX: usize = 256;

/// What is wrong. Everything of one kind is about the installation or about mailboxes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum AlertKind {
    /// Microsoft does not accept the app: all mailboxes wait.
    AppRefused,
    /// The app's credential ends soon, or has ended.
    AppExpiring,
    /// Somebody has to sign in to the mailbox again.
    MailboxReconnect,
    /// The mailbox cannot be synced until an administrator mends something.
    MailboxError,
    /// Push is wanted, and there is no subscription or it cannot be renewed.
    PushBroken,
    /// The tenant's notifications carry no secret, so they count for nothing.
    PushWithoutSecret,
}

impl AlertKind {
    /// Every kind, the most pressing first.
    pub const ALL: [Self; 6] = [
        Self::AppRefused,
        Self::AppExpiring,
        Self::MailboxReconnect,
        Self::MailboxError,
        Self::PushBroken,
        Self::PushWithoutSecret,
    ];

    /// The code in the database, in what is sent, and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppRefused => "app_refused",
            Self::AppExpiring => "app_expiring",
            Self::MailboxReconnect => "mailbox_reconnect",
            Self::MailboxError => "mailbox_error",
            Self::PushBroken => "push_broken",
            Self::PushWithoutSecret => "push_without_secret",
        }
    }

    /// Reads [`AlertKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that needs a person, from when it was first seen until people were told of its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its key.
    pub id: AlertId,
    /// What is wrong.
    pub kind: AlertKind,
    /// With which mailbox; `None`: with the installation.
    pub mailbox: Option<MailboxId>,
    /// What people call that mailbox; empty for the installation.
    pub name: String,
    /// How bad it is where that grows; 0 elsewhere.
    pub level: i64,
    /// Code, message and remedy.
    pub trouble: Trouble,
    /// Since when it has been seen.
    pub since: Timestamp,
    /// Since when it is an alert: it stood long enough.
    pub opened_at: Option<Timestamp>,
    /// Since when nothing is wrong any more; it ends when that lasts.
    pub clear_since: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When people were last told of it.
    pub told_at: Option<Timestamp>,
    /// The level they were told.
    pub told_level: i64,
}

impl Alert {
    /// The path of the page on which it can be mended.
    pub fn path(&self) -> String {
        match (self.kind, self.mailbox) {
            (AlertKind::AppRefused | AlertKind::AppExpiring, _) | (_, None) => {
                "/settings/microsoft".to_owned()
            }
            (AlertKind::PushBroken | AlertKind::PushWithoutSecret, Some(mailbox)) => {
                format!("/mailboxes/{mailbox}/push")
            }
            (_, Some(mailbox)) => format!("/settings/mailboxes/{mailbox}"),
        }
    }
}

/// A way by which alerts leave the desk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum AlertWay {
    /// A mail, sent from one of the connected mailboxes.
    Mail,
    /// A signed POST to an address.
    Http,
}

impl AlertWay {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Http];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Http => "http",
        }
    }

    /// Reads [`AlertWay::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// Why an alert is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Telling {
    /// It is new.
    Opened,
    /// It has become worse.
    Worse,
    /// It still stands.
    Reminder,
    /// It is over.
    Resolved,
}

impl Telling {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Opened, Self::Worse, Self::Reminder, Self::Resolved];

    /// The word in the database and in what is sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Worse => "worse",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
        }
    }

    /// Reads [`Telling::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Something that is to be told by one way: several alerts in one mail or one POST.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Its key; the same at every try.
    pub id: NoticeId,
    /// By which way.
    pub way: AlertWay,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When to try, or to try again.
    pub due_at: Timestamp,
    /// Tries that failed.
    pub tries: i64,
    /// Tries of which nobody knows whether it was taken.
    pub doubts: i64,
    /// How many others were taken by this way within the last hour.
    pub gone_out: i64,
    /// The alerts, as they are now, and why each is told.
    pub lines: Vec<(Alert, Telling)>,
}

/// Where alerts go.
#[derive(Clone, Default)]
pub struct AlertSettings {
    /// Whether mails are sent.
    pub mail: bool,
    /// Which mailbox they are sent from, while it can; `None`: any that can.
    pub sender: Option<MailboxId>,
    /// To whom; empty means everybody who administers.
    pub recipients: Vec<String>,
    /// Where a POST goes; empty: nowhere.
    pub url: String,
    /// What a POST is signed with.
    pub secret: Option<Secret>,
}

/// Addresses stay out of logs, that of the POST too: it may be a secret itself.
impl fmt::Debug for AlertSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertSettings")
            .field("ways", &self.ways())
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

impl AlertSettings {
    /// The ways that are set.
    pub fn ways(&self) -> Vec<AlertWay> {
        let set = |way: &AlertWay| match way {
            AlertWay::Mail => self.mail,
            AlertWay::Http => !self.url.is_empty(),
        };
        AlertWay::ALL.into_iter().filter(set).collect()
    }
}

/// How a way is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WayState {
    /// Which.
    pub way: AlertWay,
    /// When something was last told by it.
    pub told_at: Option<Timestamp>,
    /// From which mailbox, where it was a mail and that mailbox is still here.
    pub sender: Option<MailboxId>,
    /// Notices that wait.
    pub waiting: i64,
    /// Why the oldest of them was not taken.
    pub trouble: Option<Trouble>,
}

/// A mailbox that mails might be sent from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertSender {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// What people call it.
    pub name: String,
    /// Nothing is wrong with it, and it was granted to send as far as that is known.
    pub healthy: bool,
    /// Somebody would have to sign in first, or it is gone, so trying is of no use.
    pub hopeless: bool,
    /// It was chosen, and removed or disconnected since; the name may be empty then.
    pub is_gone: bool,
}

/// What came of a test by one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WayTest {
    /// Which way.
    pub way: AlertWay,
    /// What the mail was sent from.
    pub sender: Option<MailboxId>,
    /// What is wrong; `None`: it was taken.
    pub trouble: Option<Trouble>,
}

/// Looks at an address that alerts are to be sent to, by its text alone; the guarded client looks at
/// where it leads. `allow_loopback` is for tests with the simulator.
pub fn check_url(url: &str, allow_loopback: bool) -> Result<(), Trouble> {
    let wrong = |code: &str, message: &str| {
        Err(Trouble {
            code: code.to_owned(),
            message: message.to_owned(),
            remedy: "Enter an address such as https://alerts.example.com/maildesk.".to_owned(),
        })
    };
    let malformed = || wrong("alert_url_invalid", "This is not a web address.");
    if url.len() > URL_MAX || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return malformed();
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return malformed();
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return wrong(
            "alert_url_user",
            "The address holds a user name. Who calls is proven by the signature.",
        );
    }
    let Some(host) = base_url::host_of(authority) else {
        return malformed();
    };
    if allow_loopback && scheme == "http" && base_url::is_loopback(host) {
        return Ok(());
    }
    if scheme != "https" {
        return wrong("alert_url_not_https", "The address is not https.");
    }
    if base_url::is_loopback(host) && !allow_loopback {
        return wrong(
            "alert_url_local",
            "The address is this machine itself, which MailDesk does not call.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for kind in AlertKind::ALL {
            assert_eq!(AlertKind::from_name(kind.name()), Some(kind));
        }
        for telling in Telling::ALL {
            assert_eq!(Telling::from_name(telling.name()), Some(telling));
        }
        for way in AlertWay::ALL {
            assert_eq!(AlertWay::from_name(way.name()), Some(way));
        }
    }

    #[test]
    fn an_address_is_https_and_elsewhere() {
        let code = |url: &str, loopback| check_url(url, loopback).map_err(|why| why.code);
        for (url, loopback, wrong) in [
            ("https://alerts.example.com/x?y=z", false, None),
            ("https://alerts.example.com:8443", false, None),
            ("alerts.example.com", false, Some("alert_url_invalid")),
            ("https://", false, Some("alert_url_invalid")),
            ("https://a b.example", false, Some("alert_url_invalid")),
            ("https://a:0/", false, Some("alert_url_invalid")),
            (
                "https://me:secret@a.example/",
                false,
                Some("alert_url_user"),
            ),
            ("http://a.example/", false, Some("alert_url_not_https")),
            ("http://a.example/", true, Some("alert_url_not_https")),
            ("ftp://127.0.0.1/", true, Some("alert_url_not_https")),
            ("http://127.0.0.1:80/", false, Some("alert_url_not_https")),
            ("https://localhost/", false, Some("alert_url_local")),
            ("http://127.0.0.1:80/hook", true, None),
            ("https://localhost/", true, None),
        ] {
            assert_eq!(code(url, loopback).err().as_deref(), wrong, "{url}");
        }
    }

    #[test]
    fn an_alert_leads_to_where_it_is_mended() {
        let path = |kind, mailbox| {
            let alert = Alert {
                id: AlertId(1),
                kind,
                mailbox,
                name: String::new(),
                level: 0,
                trouble: Trouble::disconnected(),
                since: Timestamp::EPOCH,
                opened_at: None,
                clear_since: None,
                ended_at: None,
                told_at: None,
                told_level: 0,
            };
            alert.path()
        };
        let mailbox = MailboxId(7);
        for (kind, leads_to) in [
            (AlertKind::AppRefused, "/settings/microsoft".to_owned()),
            (
                AlertKind::MailboxReconnect,
                format!("/settings/mailboxes/{mailbox}"),
            ),
            (AlertKind::PushBroken, format!("/mailboxes/{mailbox}/push")),
        ] {
            assert_eq!(path(kind, Some(mailbox)), leads_to);
        }
    }
}
