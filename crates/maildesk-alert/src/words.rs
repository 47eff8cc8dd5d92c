//! What is said: the troubles that only alerts know, and the sentences of mails. Pages have their own.

use std::fmt::Write as _;

use maildesk_model::Timestamp;
use maildesk_model::alert::{Alert, AlertKind, Telling};
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::ExpiryLevel;

use crate::run::Unsent;

/// Mailboxes named in a subject; more are counted.
const NAMED_MAX: usize = 2;

pub(crate) fn trouble(code: &str, message: impl Into<String>, remedy: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.into(),
        remedy: remedy.to_owned(),
    }
}

/// What is said of a kind where nothing better is known.
pub(crate) fn of_kind(kind: AlertKind) -> Trouble {
    let (message, remedy) = match kind {
        AlertKind::AppRefused => (
            "Microsoft does not accept the app of this server, so no mailbox can be synced.",
            "Look at its credential in the Microsoft app settings.",
        ),
        AlertKind::AppExpiring => (
            "The credential of this server’s Microsoft app ends soon.",
            "Make a new one in Entra and add it in the Microsoft app settings.",
        ),
        AlertKind::MailboxReconnect => (
            "Microsoft wants somebody to sign in to this mailbox again. No mail comes until then.",
            "Reconnect the mailbox: its owner signs in to Microsoft once more.",
        ),
        AlertKind::MailboxError => (
            "This mailbox cannot be synced.",
            "Its page in the settings says what stands in the way.",
        ),
        AlertKind::PushBroken => (
            "There is no push for this mailbox, so mail comes by the schedule only.",
            "Its push page says what was tried and what failed.",
        ),
        AlertKind::PushWithoutSecret => (
            "The tenant of this mailbox sends no secret with its notifications, so they cannot be trusted: mail comes by the schedule only.",
            "Nothing can be done about it here. Turn push off for the mailbox to have it quiet.",
        ),
    };
    trouble(kind.name(), message, remedy)
}

/// The app's credential ends. Told by the date, so that the words stay the same from day to day.
pub(crate) fn app_ends(level: ExpiryLevel, ends: Timestamp) -> Trouble {
    let at = ends.to_rfc3339();
    let day = at.split('T').next().unwrap_or_default();
    let message = match level {
        ExpiryLevel::Over => format!(
            "The credential of this server’s Microsoft app has ended on {day}. No mailbox can be synced until it is renewed."
        ),
        ExpiryLevel::Urgent => format!(
            "The credential of this server’s Microsoft app ends on {day}, in three days or less. All mailboxes stop then."
        ),
        ExpiryLevel::Soon | ExpiryLevel::Near => format!(
            "The credential of this server’s Microsoft app ends on {day}. All mailboxes stop then."
        ),
    };
    Trouble {
        message,
        ..of_kind(AlertKind::AppExpiring)
    }
}

pub(crate) fn no_sender() -> Trouble {
    trouble(
        "alert_no_sender",
        "No connected mailbox can send a mail now.",
        "Connect a mailbox over Microsoft Graph, or reconnect one that waits for a sign-in.",
    )
}

pub(crate) fn no_recipient() -> Trouble {
    trouble(
        "alert_no_recipient",
        "Nobody is there to send the mail to.",
        "Enter recipients in the alert settings.",
    )
}

/// Its push is being worked on, or Graph wants to be left alone about it.
pub(crate) fn sender_busy() -> Trouble {
    trouble(
        "alert_mail_busy",
        "The mailbox is busy, or Microsoft has asked to leave it alone for a while.",
        "Nothing to do: MailDesk tries again by itself.",
    )
}

pub(crate) fn token_too_slow() -> Trouble {
    trouble(
        "alert_token_slow",
        "Microsoft did not say in time that MailDesk may send from the mailbox.",
        "Nothing to do: MailDesk tries again by itself.",
    )
}

pub(crate) fn mail_too_slow() -> Trouble {
    trouble(
        "alert_mail_slow",
        "Microsoft did not say in time that it took the mail, which may have gone out all the same.",
        "Nothing to do: MailDesk sends it once more if need be.",
    )
}

/// The address answered, and not well.
pub(crate) fn refused_with(status: u16) -> Trouble {
    trouble(
        "alert_post_status",
        format!("The address answered with status {status} and not with 2xx."),
        "Look in the log of whoever listens there; redirects are not followed. MailDesk tries again by itself.",
    )
}

/// The address did not answer.
pub(crate) fn unsent(why: Unsent) -> Trouble {
    let (code, message, remedy) = match why {
        Unsent::NoSuchName => (
            "alert_post_no_name",
            "The name in the address has no address (DNS).",
            "Check the spelling of the address in the alert settings.",
        ),
        Unsent::Private => (
            "alert_post_private",
            "The address leads into a private network, which MailDesk does not call.",
            "Enter an address that is public.",
        ),
        Unsent::Refused => (
            "alert_post_refused",
            "Nobody accepts the connection at the address.",
            "Check that the receiver runs, and that firewalls let this server through.",
        ),
        Unsent::TimedOut => (
            "alert_post_timeout",
            "No answer came from the address in time.",
            "The receiver must answer within ten seconds; it may do its work afterwards.",
        ),
        Unsent::Certificate => (
            "alert_post_certificate",
            "The certificate of the address does not hold.",
            "It must be current, for that name, and signed by a public authority with the whole chain.",
        ),
        Unsent::Broken => (
            "alert_post_broke",
            "The connection to the address broke off.",
            "Look in the log of whoever listens there.",
        ),
    };
    trouble(code, message, remedy)
}

/// The subject of a mail about these alerts.
pub(crate) fn subject(lines: &[(Alert, Telling)]) -> String {
    let is_resolved = |(_, why): &&(Alert, Telling)| *why == Telling::Resolved;
    let wrong = lines.len() - lines.iter().filter(is_resolved).count();
    if wrong == 0 {
        return format!("MailDesk: resolved: {}", about(lines));
    }
    let fresh = lines
        .iter()
        .any(|(_, why)| matches!(why, Telling::Opened | Telling::Worse));
    if fresh {
        format!("MailDesk needs you: {}", about(lines))
    } else {
        format!("MailDesk still needs you: {}", about(lines))
    }
}

/// What they are about, short: names where they are few.
fn about(lines: &[(Alert, Telling)]) -> String {
    if lines.iter().any(|(alert, _)| alert.mailbox.is_none()) {
        return "the Microsoft app".to_owned();
    }
    let mut names: Vec<_> = lines.iter().map(|(alert, _)| alert.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > NAMED_MAX {
        return format!("{} mailboxes", names.len());
    }
    names.join(", ")
}

/// The text of a mail about these alerts.
pub(crate) fn text(lines: &[(Alert, Telling)], base_url: &str) -> String {
    let mut text = String::new();
    for (heading, telling) in [
        ("New", Telling::Opened),
        ("Worse than before", Telling::Worse),
        ("Still so", Telling::Reminder),
        ("Resolved", Telling::Resolved),
    ] {
        let told: Vec<_> = lines.iter().filter(|(_, why)| *why == telling).collect();
        if told.is_empty() {
            continue;
        }
        push(&mut text, format_args!("{heading}\n\n"));
        for (alert, _) in told {
            one(&mut text, alert, telling, base_url);
        }
    }
    push(
        &mut text,
        format_args!(
            "--\nMailDesk sends this to whoever looks after it. Where alerts go is set at {base_url}/settings/alerts\n"
        ),
    );
    text
}

fn one(text: &mut String, alert: &Alert, telling: Telling, base_url: &str) {
    let name = if alert.mailbox.is_some() {
        alert.name.as_str()
    } else {
        "The Microsoft app"
    };
    push(text, format_args!("* {name}: {}\n", alert.trouble.message));
    if telling == Telling::Resolved {
        let ended = alert.ended_at.unwrap_or(alert.since);
        let (since, ended) = (minute(alert.since), minute(ended));
        push(
            text,
            format_args!("  This was so from {since} to {ended}.\n\n"),
        );
    } else {
        push(
            text,
            format_args!(
                "  {}\n  {base_url}{}\n  Since {}. Code: {} ({})\n\n",
                alert.trouble.remedy,
                alert.path(),
                minute(alert.since),
                alert.kind.name(),
                alert.trouble.code,
            ),
        );
    }
}

/// The text of a mail that somebody asked for to see whether mails arrive.
pub(crate) fn test_text(base_url: &str) -> String {
    format!(
        "This is a test: alerts of MailDesk arrive here.\nNothing is wrong, and there is nothing to do.\n\n--\nWhere alerts go is set at {base_url}/settings/alerts\n"
    )
}

/// An instant to the minute, in UTC.
fn minute(at: Timestamp) -> String {
    let text = at.floor_to_second().to_rfc3339();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let time: String = time.chars().take(5).collect();
    format!("{day} {time} UTC")
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more)
        .expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maildesk_model::MailboxId;
    use maildesk_model::id::AlertId;

    use super::*;

    fn line(kind: AlertKind, name: &str, telling: Telling) -> (Alert, Telling) {
        let since = Timestamp::from_micros(1_800_000_000_000_000);
        let is_over = telling == Telling::Resolved;
        let alert = Alert {
            id: AlertId(1),
            kind,
            mailbox: (!name.is_empty()).then_some(MailboxId(7)),
            name: name.to_owned(),
            level: 0,
            trouble: trouble("invalid_grant", "Something is wrong.", "Mend it."),
            since,
            opened_at: Some(since),
            clear_since: None,
            ended_at: is_over.then(|| since.plus(Duration::from_mins(90))),
            told_at: None,
            told_level: 0,
        };
        (alert, telling)
    }

    #[test]
    fn a_subject_says_how_it_stands_and_names_what_is_few() {
        use AlertKind::{AppRefused, MailboxReconnect, PushBroken};
        use Telling::{Opened, Reminder, Resolved};
        let many: Vec<_> = ["a", "b", "c", "c"]
            .map(|name| line(PushBroken, name, Opened))
            .into();
        let sales = |why| line(MailboxReconnect, "Sales", why);
        for (lines, said) in [
            (vec![sales(Opened)], "MailDesk needs you: Sales"),
            (vec![sales(Reminder)], "MailDesk still needs you: Sales"),
            (vec![sales(Resolved)], "MailDesk: resolved: Sales"),
            (
                vec![sales(Resolved), line(PushBroken, "Ada", Opened)],
                "MailDesk needs you: Ada, Sales",
            ),
            (many, "MailDesk needs you: 3 mailboxes"),
            (
                vec![line(AppRefused, "", Opened), sales(Opened)],
                "MailDesk needs you: the Microsoft app",
            ),
        ] {
            assert_eq!(subject(&lines), said);
        }
    }

    #[test]
    fn a_mail_says_what_since_when_and_where_to_go() {
        let lines = [
            line(AlertKind::MailboxReconnect, "Sales", Telling::Opened),
            line(AlertKind::PushBroken, "Ada", Telling::Resolved),
        ];
        let mailbox = MailboxId(7);
        let expected = format!(
            "New\n\n\
             * Sales: Something is wrong.\n  Mend it.\n  \
             https://desk.example/settings/mailboxes/{mailbox}\n  \
             Since 2027-01-15 08:00 UTC. Code: mailbox_reconnect (invalid_grant)\n\n\
             Resolved\n\n\
             * Ada: Something is wrong.\n  \
             This was so from 2027-01-15 08:00 UTC to 2027-01-15 09:30 UTC.\n\n\
             --\nMailDesk sends this to whoever looks after it. \
             Where alerts go is set at https://desk.example/settings/alerts\n"
        );
        assert_eq!(text(&lines, "https://desk.example"), expected);
    }
}
