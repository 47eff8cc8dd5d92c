//! Whether push could be registered now, and if not, one plain reason for each thing that fails and
//! what to do about it (P9). Pure: who calls, calls first and hands in what came of it.
//!
//! A new reason is a code here, a sentence, a remedy, and a row in the table of tests. Codes are
//! stable: pages and scripts go by them.

#[cfg(test)]
mod tests;

use maildesk_graph::Scopes;
use maildesk_model::base_url::{self, BaseUrlRules};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};

use crate::words::trouble;

/// Any of these lets a person's token subscribe to their own messages (facts.md 1.4; that writing
/// includes reading here is observed).
const OWN_MAIL: [&str; 3] = ["Mail.ReadWrite", "Mail.Read", "Mail.ReadBasic"];
/// These reach mailboxes of others, which cannot be subscribed to with them (facts.md 1.4).
const SHARED_MAIL: [&str; 3] = [
    "Mail.ReadWrite.Shared",
    "Mail.Read.Shared",
    "Mail.ReadBasic.Shared",
];

const RECONNECT: &str = "Reconnect the mailbox with the Microsoft Graph option.";

/// What readiness is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How the mailbox is reached.
    pub connection: Connection,
    /// How it is doing.
    pub state: MailboxState,
    /// An administrator has disconnected it.
    pub disconnected: bool,
    /// What was granted to a person's token; `None` where nobody said, which is no reason against.
    pub scope: Option<&'a str>,
    /// What came of a real call.
    pub call: &'a Called,
    /// The base URL of the webhook; may be empty.
    pub base_url: &'a str,
    /// What is allowed of it.
    pub rules: BaseUrlRules,
}

/// A real call to Graph with the mailbox's token, as the proof that it is usable now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Called {
    /// None was made: nothing else would let it succeed, or nobody needs the proof now.
    NotTried,
    /// It succeeded.
    Worked,
    /// It did not.
    Failed(Failure, Trouble),
}

/// What kind of failure a call met; decides the reason's code and words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The token is of no use, or none can be had.
    Token,
    /// Permission or policy is missing.
    Permission,
    /// Graph does not reach this mailbox at all.
    Mailbox,
    /// Microsoft cannot be reached or asks to wait; nobody's fault.
    Unreachable,
    /// The installation or its operator stands in the way; the trouble says it all.
    Ours,
}

/// Whether a real call could tell more: without one of these it is known to fail.
pub fn may_call(facts: &Facts<'_>) -> bool {
    let connected = match facts.connection {
        Connection::ImapSmtp => false,
        Connection::GraphDelegated => !matches!(
            facts.state,
            MailboxState::Connecting | MailboxState::Reconnect
        ),
        // Nobody signs in for the organisation: only a call tells whether it can be reached.
        Connection::GraphApplication => true,
    };
    connected && !facts.disconnected && !granted(facts).is_for_imap_or_smtp()
}

/// The reasons against registering now: the mailbox's own first, then the address's. Empty: ready.
pub fn check(facts: &Facts<'_>) -> Vec<Trouble> {
    let mut reasons = Vec::new();
    reasons.extend(of_connection(facts).or_else(|| of_call(facts)));
    reasons.extend(base_url::check(facts.base_url, facts.rules).err());
    reasons
}

fn granted(facts: &Facts<'_>) -> Scopes {
    Scopes::parse(facts.scope.unwrap_or_default())
}

/// What is known without a call. One reason: what follows from the first would only confuse.
fn of_connection(facts: &Facts<'_>) -> Option<Trouble> {
    if facts.disconnected {
        return Some(Trouble::disconnected());
    }
    if facts.connection == Connection::ImapSmtp {
        return Some(trouble(
            "imap_connection",
            "This mailbox is connected over classic IMAP and SMTP, which Microsoft Graph cannot notify about.",
            RECONNECT,
        ));
    }
    let scopes = granted(facts);
    if scopes.is_for_imap_or_smtp() {
        return Some(trouble(
            "imap_token",
            "The mailbox's sign-in is for classic IMAP and SMTP access (outlook.office.com) and cannot create subscriptions.",
            RECONNECT,
        ));
    }
    match (facts.state, facts.connection) {
        (MailboxState::Connecting, Connection::GraphDelegated) => Some(trouble(
            "not_connected",
            "Nobody has signed in to Microsoft for this mailbox yet.",
            "Connect the mailbox: its owner signs in to Microsoft once.",
        )),
        (MailboxState::Connecting, _) if !is_bad(facts.call) => Some(trouble(
            "still_connecting",
            "MailDesk has not read this mailbox for the first time yet.",
            "Nothing to do: this takes a moment. Check again shortly.",
        )),
        (MailboxState::Reconnect, Connection::GraphDelegated) => Some(trouble(
            "token_unusable",
            "Microsoft wants somebody to sign in to this mailbox again.",
            "Reconnect the mailbox: its owner has to sign in to Microsoft once more. No mail is lost meanwhile.",
        )),
        _ => of_scopes(facts, &scopes),
    }
}

/// As a person, what was granted decides; as the organisation only real calls tell (C5).
fn of_scopes(facts: &Facts<'_>, scopes: &Scopes) -> Option<Trouble> {
    if facts.connection != Connection::GraphDelegated || scopes.is_empty() {
        return None;
    }
    let has_any = |names: &[&str]| names.iter().any(|name| scopes.has(name));
    if has_any(&OWN_MAIL) {
        None
    } else if has_any(&SHARED_MAIL) {
        Some(trouble(
            "shared_mailbox_delegated",
            "A person's sign-in cannot subscribe to a shared mailbox.",
            "Connect the mailbox as the organisation (application permission) to have push on it. Until then it is synced on schedule.",
        ))
    } else {
        Some(trouble(
            "scope_missing",
            "The sign-in does not include permission to read mail.",
            "Reconnect the mailbox and accept the permission Mail.ReadWrite; your administrator may have to consent to it first.",
        ))
    }
}

const fn is_bad(call: &Called) -> bool {
    matches!(call, Called::Failed(..))
}

fn of_call(facts: &Facts<'_>) -> Option<Trouble> {
    let Called::Failed(failure, said) = facts.call else {
        return (facts.state == MailboxState::Error).then(not_syncing);
    };
    let (code, meaning) = match (failure, facts.connection) {
        (Failure::Ours, _) => return Some(said.clone()),
        (Failure::Token, _) => (
            "token_unusable",
            "Microsoft does not accept the sign-in of this mailbox.",
        ),
        (Failure::Permission, Connection::GraphApplication) => (
            "application_permission_missing",
            "Microsoft does not let the app into this mailbox.",
        ),
        (Failure::Permission, _) => (
            "scope_missing",
            "Microsoft does not allow this sign-in to read the mailbox.",
        ),
        (Failure::Mailbox, _) => (
            "mailbox_unreachable",
            "Microsoft Graph does not reach this mailbox.",
        ),
        (Failure::Unreachable, _) => (
            "microsoft_unreachable",
            "Microsoft could not be asked just now.",
        ),
    };
    Some(trouble(
        code,
        format!("{meaning} ({}: {})", said.code, said.message),
        said.remedy.clone(),
    ))
}

fn not_syncing() -> Trouble {
    trouble(
        "not_syncing",
        "MailDesk cannot sync this mailbox at the moment.",
        "Mend what the mailbox's own page says, then check again.",
    )
}
