//! What an answer or a forward begins with: whom it goes to, its subject, and the original as it goes
//! along below.

use jiff::tz::TimeZone;
use maildesk_model::draft::{DraftKind, DraftText, SUBJECT_MAX};
use maildesk_model::message::{Address, Body, MessageDetail};

use super::text::NAME_MAX;
use crate::foreign;
use crate::html;
use crate::pages::time;
use crate::words::Words;

/// The prefixes of subjects, which stand there once however often a mail goes back and forth.
const REPLY: &str = "RE: ";
const FORWARD: &str = "FW: ";

/// The text that a draft of this kind begins with. `own` is the mailbox's address, to which no answer
/// goes.
pub(super) fn begin(kind: DraftKind, origin: &MessageDetail, own: &str) -> DraftText {
    let (to, cc) = match kind {
        DraftKind::New | DraftKind::Forward => (Vec::new(), Vec::new()),
        DraftKind::Reply => (sender(origin, own), Vec::new()),
        DraftKind::ReplyAll => everybody(origin, own),
    };
    DraftText {
        to: to.into_iter().map(fit).collect(),
        cc: cc.into_iter().map(fit).collect(),
        subject: subject(kind, &foreign::line(&origin.summary.subject)),
        quotes: kind != DraftKind::New,
        ..DraftText::default()
    }
}

/// Somebody as a draft may name them: it is ours from here on, and a stranger chose the name.
fn fit(one: Address) -> Address {
    Address {
        name: foreign::line(&one.name).chars().take(NAME_MAX).collect(),
        ..one
    }
}

/// Where an answer goes: as the mail says, else to its author. Whoever answers their own mail writes
/// to whom they had written.
fn sender(origin: &MessageDetail, own: &str) -> Vec<Address> {
    let author: Vec<Address> = origin.summary.from.clone().into_iter().collect();
    let is_own = |one: &Address| one.address.eq_ignore_ascii_case(own);
    if !origin.reply_to.is_empty() {
        origin.reply_to.clone()
    } else if author.iter().all(is_own) {
        origin.summary.to.clone()
    } else {
        author
    }
}

fn everybody(origin: &MessageDetail, own: &str) -> (Vec<Address>, Vec<Address>) {
    let mut known = vec![own.to_lowercase()];
    let mut fresh = |list: &[Address]| -> Vec<Address> {
        let mut kept = Vec::new();
        for one in list {
            let key = one.address.to_lowercase();
            if !key.is_empty() && !known.contains(&key) {
                known.push(key);
                kept.push(one.clone());
            }
        }
        kept
    };
    let mut to = fresh(&sender(origin, own));
    to.extend(fresh(&origin.summary.to));
    let cc = fresh(&origin.cc);
    (to, cc)
}

fn subject(kind: DraftKind, original: &str) -> String {
    let (prefix, known): (_, &[&str]) = match kind {
        DraftKind::New => return original.to_owned(),
        DraftKind::Reply | DraftKind::ReplyAll => (REPLY, &["RE:"]),
        DraftKind::Forward => (FORWARD, &["FW:", "FWD:"]),
    };
    let has = |prefix: &&str| {
        let start = original.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let whole = if known.iter().any(has) {
        original.to_owned()
    } else {
        format!("{prefix}{original}")
    };
    whole.chars().take(SUBJECT_MAX).collect()
}

/// The original as it goes along: a few lines that say what it is, and then itself as it came.
pub(super) fn quote(origin: &MessageDetail, body: &Body, zone: &TimeZone) -> String {
    let words = Words::english();
    let sent_at = time::shown(origin.summary.received_at, origin.summary.received_at, zone);
    let from = origin.summary.from.as_slice();
    let lines = [
        (words.say("writing-from"), people(from)),
        (words.say("writing-sent"), html::escape(&sent_at.full)),
        (words.say("writing-to"), people(&origin.summary.to)),
        (words.say("writing-cc"), people(&origin.cc)),
        (
            words.say("writing-subject"),
            html::escape(&foreign::line(&origin.summary.subject)),
        ),
    ];
    let head: Vec<String> = lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("<b>{}</b> {value}", html::escape(&label)))
        .collect();
    let content = if body.is_html {
        inside(&body.content).to_owned()
    } else {
        html::from_text(&body.content)
    };
    format!(
        "<br><hr><div>{}</div><br><blockquote style=\"margin:0\">{content}</blockquote>",
        head.join("<br>")
    )
}

fn people(list: &[Address]) -> String {
    let shown: Vec<String> = list
        .iter()
        .map(|one| (foreign::line(&one.name), foreign::line(&one.address)))
        .map(|(name, address)| match (name.as_str(), address.as_str()) {
            ("", address) => html::escape(address),
            (name, address) if name == address || address.is_empty() => html::escape(name),
            (name, address) => html::escape(&format!("{name} <{address}>")),
        })
        .collect();
    shown.join("; ")
}

/// What stands inside the body element of a whole document; everything, where there is none.
fn inside(document: &str) -> &str {
    let lower = document.to_ascii_lowercase();
    let Some(opens) = lower.find("<body") else {
        return document;
    };
    let Some(begins) = lower[opens..].find('>') else {
        return document;
    };
    let begins = opens + begins + 1;
    let ends = lower.rfind("</body").filter(|ends| *ends >= begins);
    &document[begins..ends.unwrap_or(document.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::message::{Flag, Importance, MessageSummary};
    use maildesk_model::{ConversationId, FolderId, MailboxId, MessageId, Timestamp};

    fn person(name: &str) -> Address {
        Address {
            name: name.to_owned(),
            address: format!("{}@contoso.test", name.to_lowercase()),
        }
    }

    fn mail() -> MessageDetail {
        MessageDetail {
            summary: MessageSummary {
                id: MessageId(1),
                mailbox: MailboxId(1),
                folder: FolderId(1),
                conversation: ConversationId(1),
                subject: "Plans".to_owned(),
                from: Some(person("Ada")),
                to: vec![person("Support"), person("Bo"), person("Ada")],
                received_at: Timestamp::from_micros(1_800_000_000_000_000),
                preview: String::new(),
                is_read: true,
                is_draft: false,
                flag: Flag::None,
                due: None,
                importance: Importance::Normal,
                has_attachments: false,
                categories: Vec::new(),
                web_link: String::new(),
                meeting: None,
            },
            sender: None,
            cc: vec![person("Cy"), person("bo")],
            bcc: Vec::new(),
            reply_to: Vec::new(),
            body: None,
            text: None,
            attachments: None,
        }
    }

    fn names(list: &[Address]) -> String {
        let names: Vec<&str> = list.iter().map(|one| one.name.as_str()).collect();
        names.join(" ")
    }

    #[test]
    fn answers_go_where_the_mail_says() {
        let own = "SUPPORT@contoso.test";
        let mut mail = mail();
        let goes = |kind, mail: &MessageDetail| {
            let text = begin(kind, mail, own);
            (names(&text.to), names(&text.cc))
        };
        assert_eq!(goes(DraftKind::Reply, &mail), ("Ada".into(), String::new()));
        assert_eq!(
            goes(DraftKind::ReplyAll, &mail),
            ("Ada Bo".into(), "Cy".into())
        );
        assert_eq!(
            goes(DraftKind::Forward, &mail),
            (String::new(), String::new())
        );
        mail.reply_to = vec![person("List")];
        assert_eq!(
            goes(DraftKind::Reply, &mail),
            ("List".into(), String::new())
        );
        assert_eq!(goes(DraftKind::ReplyAll, &mail).0, "List Bo Ada");
        mail.reply_to.clear();
        mail.summary.from = Some(person("Support"));
        assert_eq!(
            goes(DraftKind::Reply, &mail).0,
            "Support Bo Ada",
            "one's own mail"
        );
        assert_eq!(goes(DraftKind::ReplyAll, &mail).0, "Bo Ada");
    }

    #[test]
    fn a_prefix_stands_there_once() {
        for (kind, original, expected) in [
            (DraftKind::Reply, "Plans", "RE: Plans"),
            (DraftKind::ReplyAll, "Re: Plans", "Re: Plans"),
            (DraftKind::Reply, "FW: Plans", "RE: FW: Plans"),
            (DraftKind::Forward, "Plans", "FW: Plans"),
            (DraftKind::Forward, "fwd: Plans", "fwd: Plans"),
            (DraftKind::Reply, "", "RE: "),
            (DraftKind::Reply, "Rë", "RE: Rë"),
            (DraftKind::New, "Plans", "Plans"),
        ] {
            assert_eq!(subject(kind, original), expected);
        }
        assert_eq!(
            subject(DraftKind::Reply, &"ä".repeat(255)).chars().count(),
            SUBJECT_MAX
        );
    }

    #[test]
    fn what_is_quoted_says_what_it_is_and_stays_as_it_came() {
        let zone = TimeZone::UTC;
        let whole = "<html><head><title>x</title></head><BODY class=a><p>old</p></BODY></html>";
        let body = |is_html, content: &str| Body {
            is_html,
            content: content.to_owned(),
        };
        let html = quote(&mail(), &body(true, whole), &zone);
        assert_eq!(
            html,
            "<br><hr><div><b>From:</b> Ada &lt;ada@contoso.test&gt;<br>\
             <b>Sent:</b> 15 January 2027, 08:00<br>\
             <b>To:</b> Support &lt;support@contoso.test&gt;; Bo &lt;bo@contoso.test&gt;; \
             Ada &lt;ada@contoso.test&gt;<br>\
             <b>Cc:</b> Cy &lt;cy@contoso.test&gt;; bo &lt;bo@contoso.test&gt;<br>\
             <b>Subject:</b> Plans</div><br>\
             <blockquote style=\"margin:0\"><p>old</p></blockquote>"
        );
        let text = quote(&mail(), &body(false, "1 < 2\n<b>"), &zone);
        assert!(
            text.ends_with("pre-wrap\">1 &lt; 2\n&lt;b&gt;</div></blockquote>"),
            "{text}"
        );
        assert_eq!(inside("<p>x</p>"), "<p>x</p>");
        assert_eq!(inside("<body>x"), "x");
    }
}
