//! `/settings/audit`: what people did that is worth remembering, newest first.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::Uri;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maildesk_model::{MailboxId, Timestamp, UserId};
use maildesk_store::contract::{AuditEntry, AuditQuery};

use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::pages::time::{self, Shown};
use crate::words::Words;

/// Where this page is.
const PATH: &str = "/settings/audit";
/// Rows of a page.
const PAGE: usize = 100;
/// People and mailboxes that are named.
const NAMED_MAX: i64 = 1000;
/// The beginnings of actions that can be asked for.
const KINDS: [&str; 10] = [
    "setup",
    "session.",
    "user.",
    "token.",
    "mailbox.",
    "mail.",
    "push.",
    "microsoft.",
    "alert.",
    "parameter.",
];

#[derive(Template)]
#[template(path = "people/audit.html")]
struct AuditPage {
    shell: Shell,
    rows: Vec<AuditRow>,
    people: Vec<(String, String, bool)>,
    mailboxes: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, String, bool)>,
    /// The days it is confined to, as they were chosen.
    from: String,
    until: String,
    older: Option<String>,
    is_filtered: bool,
}

/// What is asked for, as the address says it.
#[derive(Default)]
struct Asked {
    query: AuditQuery,
    /// The first and the last day, where the person is.
    from: Option<Date>,
    until: Option<Date>,
}

struct AuditRow {
    at: Shown,
    who: String,
    what: String,
    action: String,
    mailbox: Option<(String, String)>,
    detail: String,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let zone = time::zone(&person.user.time_zone);
    let asked = Asked::read(uri.query().unwrap_or_default(), &zone);
    let query = &asked.query;
    let mut entries = app.store.audit_log(query).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let users = app.store.users(NAMED_MAX).await?;
    let viewer = person.caller.viewer;
    let mailboxes = app.store.mailboxes(viewer, None, NAMED_MAX).await?;
    let names: HashMap<UserId, &str> = users
        .iter()
        .map(|user| (user.id, user.name.as_str()))
        .collect();
    let boxes: HashMap<MailboxId, &str> = mailboxes
        .iter()
        .map(|one| (one.id, one.name.as_str()))
        .collect();
    let shell = Shell::settings(&app, &person, PATH, Words::english().say("settings-audit"));
    let rows = entries
        .iter()
        .map(|entry| row(&shell, entry, &names, &boxes));
    let page = AuditPage {
        rows: rows.collect(),
        people: users
            .iter()
            .map(|user| {
                (
                    user.id.to_string(),
                    user.name.clone(),
                    query.user == Some(user.id),
                )
            })
            .collect(),
        mailboxes: mailboxes
            .iter()
            .map(|one| {
                let chosen = query.mailbox == Some(one.id);
                (one.id.to_string(), one.name.clone(), chosen)
            })
            .collect(),
        kinds: KINDS
            .into_iter()
            .map(|kind| {
                let chosen = query.action.as_deref() == Some(kind);
                (kind, kind_words(shell.words, kind), chosen)
            })
            .collect(),
        older: entries
            .last()
            .filter(|_| more)
            .map(|last| asked.older(last)),
        from: day(asked.from),
        until: day(asked.until),
        is_filtered: asked.is_filtered(),
        shell,
    };
    answer::page(&page)
}

impl Asked {
    /// Reads the filters; what makes no sense is left out.
    fn read(query: &str, zone: &TimeZone) -> Self {
        let mut asked = Self {
            query: AuditQuery {
                limit: PAGE as i64 + 1,
                ..AuditQuery::default()
            },
            ..Self::default()
        };
        let wanted = &mut asked.query;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "person" => wanted.user = UserId::parse(&value),
                "mailbox" => wanted.mailbox = MailboxId::parse(&value),
                "kind" => {
                    let known = KINDS.into_iter().find(|kind| *kind == value);
                    wanted.action = known.map(str::to_owned);
                }
                "from" => asked.from = value.parse().ok(),
                "until" => asked.until = value.parse().ok(),
                "after" => {
                    wanted.after = value.split_once('.').and_then(|(at, id)| {
                        Some((Timestamp::from_micros(at.parse().ok()?), id.parse().ok()?))
                    });
                }
                _ => {}
            }
        }
        let next = |day: Date| day.tomorrow().ok();
        wanted.from = asked.from.and_then(|day| time::begins(day, zone));
        wanted.before = asked
            .until
            .and_then(next)
            .and_then(|day| time::begins(day, zone));
        asked
    }

    fn is_filtered(&self) -> bool {
        let AuditQuery {
            user,
            mailbox,
            action,
            from,
            before,
            after: _,
            limit: _,
        } = &self.query;
        user.is_some()
            || mailbox.is_some()
            || action.is_some()
            || from.is_some()
            || before.is_some()
    }

    /// The same further down.
    fn older(&self, last: &AuditEntry) -> String {
        let AuditQuery {
            user,
            mailbox,
            action,
            ..
        } = &self.query;
        let mut path = form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                path.append_pair(name, &value);
            }
        };
        add("person", user.map(|id| id.to_string()).unwrap_or_default());
        add(
            "mailbox",
            mailbox.map(|id| id.to_string()).unwrap_or_default(),
        );
        add("kind", action.clone().unwrap_or_default());
        add("from", day(self.from));
        add("until", day(self.until));
        add("after", format!("{}.{}", last.at.as_micros(), last.id));
        format!("{PATH}?{}", path.finish())
    }
}

/// A day as forms have it.
fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn row(
    shell: &Shell,
    entry: &AuditEntry,
    names: &HashMap<UserId, &str>,
    boxes: &HashMap<MailboxId, &str>,
) -> AuditRow {
    let words = shell.words;
    let who = match entry.user {
        None if entry.action == "session.refused" => words.say("audit-nobody"),
        None => words.say("audit-command-line"),
        Some(user) => match names.get(&user) {
            Some(name) => (*name).to_owned().into(),
            None => words.say("audit-gone-person"),
        },
    };
    AuditRow {
        at: shell.time_of(entry.at),
        who: who.into_owned(),
        what: what(words, &entry.action),
        action: entry.action.clone(),
        mailbox: entry.mailbox.map(|id| match boxes.get(&id) {
            Some(name) => (format!("/settings/mailboxes/{id}"), (*name).to_owned()),
            None => (String::new(), words.say("audit-gone-mailbox").into_owned()),
        }),
        detail: named(&entry.detail, names),
    }
}

/// People stand in the log by their ids, which stay the same, and are shown by their names.
fn named(detail: &str, names: &HashMap<UserId, &str>) -> String {
    let name = |word| UserId::parse(word).and_then(|id| names.get(&id).copied());
    let words = detail.split(' ').map(|word| name(word).unwrap_or(word));
    words.collect::<Vec<_>>().join(" ")
}

/// What a kind of action is called in the filter.
fn kind_words(words: Words, kind: &str) -> String {
    match kind {
        "setup" => words.say("audit-kind-setup"),
        "session." => words.say("audit-kind-session"),
        "user." => words.say("audit-kind-user"),
        "token." => words.say("audit-kind-token"),
        "mailbox." => words.say("audit-kind-mailbox"),
        "mail." => words.say("audit-kind-mail"),
        "push." => words.say("audit-kind-push"),
        "microsoft." => words.say("audit-kind-microsoft"),
        "alert." => words.say("audit-kind-alert"),
        _ => words.say("audit-kind-parameter"),
    }
    .into_owned()
}

/// An action in plain words; one that has none is shown as it is.
fn what(words: Words, action: &str) -> String {
    match action {
        "session.begin" => words.say("audit-session-begin"),
        "session.refused" => words.say("audit-session-refused"),
        "session.end" => words.say("audit-session-end"),
        "session.end_all" => words.say("audit-session-end-all"),
        "setup" => words.say("audit-setup"),
        "user.add" | "user.create" => words.say("audit-user-add"),
        "user.rename" => words.say("audit-user-rename"),
        "user.role" => words.say("audit-user-role"),
        "user.disable" => words.say("audit-user-disable"),
        "user.enable" => words.say("audit-user-enable"),
        "user.link" => words.say("audit-user-link"),
        "user.password" => words.say("audit-user-password"),
        "user.password.refused" => words.say("audit-user-password-refused"),
        "token.create" => words.say("audit-token-create"),
        "token.end" => words.say("audit-token-end"),
        "mailbox.create" => words.say("audit-mailbox-create"),
        "mailbox.connect" => words.say("audit-mailbox-connect"),
        "mailbox.connect_again" => words.say("audit-mailbox-connect-again"),
        "mailbox.disconnect" => words.say("audit-mailbox-disconnect"),
        "mailbox.rename" => words.say("audit-mailbox-rename"),
        "mailbox.share" => words.say("audit-mailbox-share"),
        "mailbox.remove" => words.say("audit-mailbox-remove"),
        "mailbox.signature" => words.say("audit-mailbox-signature"),
        "mail.read" => words.say("audit-mail-read"),
        "push.register" => words.say("audit-push-register"),
        "push.turn_off" => words.say("audit-push-turn-off"),
        "push.secret.show" => words.say("audit-push-secret"),
        "push.address.test" => words.say("audit-push-address"),
        "microsoft.set" => words.say("audit-microsoft-set"),
        "microsoft.credential.remove" => words.say("audit-microsoft-credential"),
        "microsoft.consent_link" => words.say("audit-microsoft-consent"),
        "microsoft.test" => words.say("audit-microsoft-test"),
        "alert.set" => words.say("audit-alert-set"),
        "alert.test" => words.say("audit-alert-test"),
        "parameter.set" => words.say("audit-parameter-set"),
        other => return other.to_owned(),
    }
    .into_owned()
}
