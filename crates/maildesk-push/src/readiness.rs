//! Whether a mailbox can have push, and one plain reason for each thing that is in the way (P9).

use maildesk_model::base_url::{self, BaseUrlRules};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};

/// The code a refused registration carries when readiness was the reason; the panel's reasons say
/// which.
pub const NOT_READY: &str = "not_ready";

/// What is known about a mailbox that wants push.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How it is reached.
    pub connection: Connection,
    /// How it is doing.
    pub state: MailboxState,
    /// The base URL that counts: `push.base.url`, or `web.base.url`; empty if none is set.
    pub base_url: &'a str,
    /// What base URLs may be beyond the public internet.
    pub rules: BaseUrlRules,
    /// What a real call to Graph ended with; `None` when none was possible.
    pub call: Option<Result<(), Trouble>>,
}

/// Every reason why it is not ready; empty means ready.
pub fn reasons(facts: &Facts<'_>) -> Vec<Trouble> {
    let mut reasons = Vec::new();
    if facts.connection == Connection::ImapSmtp {
        reasons.push(trouble(
            "imap_token",
            "The mailbox is connected with a classic IMAP/SMTP sign-in, which cannot have push.",
            "Reconnect the mailbox with the Microsoft Graph option.",
        ));
    } else if let Some(reason) = connection_reason(facts) {
        reasons.push(reason);
    }
    if let Err(reason) = base_url::check(facts.base_url, facts.rules) {
        reasons.push(reason);
    }
    reasons
}

/// What is wrong with the connection; one reason, since one mends the others.
fn connection_reason(facts: &Facts<'_>) -> Option<Trouble> {
    match facts.state {
        MailboxState::Connecting => Some(trouble(
            "not_connected",
            "The mailbox is not connected to Microsoft yet.",
            "Connect the mailbox first; as a person, its owner signs in to Microsoft once.",
        )),
        MailboxState::Reconnect => Some(trouble(
            "sign_in_again",
            "Microsoft wants somebody to sign in again for this mailbox.",
            "Reconnect the mailbox with the Microsoft Graph option, then check again.",
        )),
        _ => match &facts.call {
            Some(Err(reason)) => Some(reason.clone()),
            Some(Ok(())) => None,
            None => Some(trouble(
                "token_unusable",
                "There is no usable token for this mailbox right now.",
                "Check again in a minute; reconnect the mailbox if it stays so.",
            )),
        },
    }
}

pub(crate) fn trouble(code: &str, message: &str, remedy: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(change: impl FnOnce(&mut Facts<'_>)) -> Vec<String> {
        let mut facts = Facts {
            connection: Connection::GraphApplication,
            state: MailboxState::Active,
            base_url: "https://mail.example.com",
            rules: BaseUrlRules::default(),
            call: Some(Ok(())),
        };
        change(&mut facts);
        reasons(&facts)
            .into_iter()
            .map(|reason| reason.code)
            .collect()
    }

    #[test]
    fn each_thing_in_the_way_has_its_reason() {
        assert_eq!(codes(|_| {}), Vec::<String>::new());
        assert_eq!(
            codes(|facts| facts.state = MailboxState::Importing),
            Vec::<String>::new()
        );
        assert_eq!(
            codes(|facts| facts.connection = Connection::ImapSmtp),
            ["imap_token"]
        );
        assert_eq!(
            codes(|facts| facts.state = MailboxState::Connecting),
            ["not_connected"]
        );
        assert_eq!(
            codes(|facts| facts.state = MailboxState::Reconnect),
            ["sign_in_again"]
        );
        assert_eq!(codes(|facts| facts.call = None), ["token_unusable"]);
        let denied = trouble(
            "ErrorAccessDenied",
            "Access is denied.",
            "Grant Mail.ReadWrite.",
        );
        assert_eq!(
            codes(|facts| facts.call = Some(Err(denied))),
            ["ErrorAccessDenied"]
        );
        assert_eq!(
            codes(|facts| facts.base_url = "http://mail.example.com"),
            ["base_url_not_https"]
        );
        assert_eq!(
            codes(|facts| {
                facts.base_url = "";
                facts.state = MailboxState::Reconnect;
            }),
            ["sign_in_again", "base_url_missing"]
        );
    }
}
