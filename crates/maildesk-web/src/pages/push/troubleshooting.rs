//! `/settings/push/troubleshooting`: everything that can stand in the way of push, with cause and
//! remedy, in one table; and the way there from wherever one of these things is said.
//!
//! To add something: a row here, its three texts in `words/en/troubleshooting.ftl`, and the same row in
//! `docs/admin/push-troubleshooting.md`, whose codes a test compares with these.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maildesk_model::mailbox::Trouble;

use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::words::{Words, text_id};

/// Where this page is.
pub(super) const PATH: &str = "/settings/push/troubleshooting";
/// The entry of the settings it belongs to.
const ENTRY: &str = "/settings/push";

/// The page, part by part.
const PARTS: [(&str, &[Row]); 5] = [
    (
        text_id("trouble-part-ready"),
        &[
            Row(text_id("trouble-no-button"), &[]),
            Row(text_id("trouble-imap"), &["imap_connection", "imap_token"]),
            Row(
                text_id("trouble-connecting"),
                &["not_connected", "still_connecting"],
            ),
            Row(text_id("trouble-disconnected"), &["disconnected"]),
            Row(text_id("trouble-token"), &["token_unusable"]),
            Row(text_id("trouble-scope"), &["scope_missing"]),
            Row(text_id("trouble-shared"), &["shared_mailbox_delegated"]),
            Row(
                text_id("trouble-fence"),
                &["application_permission_missing"],
            ),
            Row(text_id("trouble-mailbox"), &["mailbox_unreachable"]),
            Row(text_id("trouble-microsoft"), &["microsoft_unreachable"]),
            Row(text_id("trouble-not-syncing"), &["not_syncing"]),
            Row(text_id("trouble-base-url"), &["base_url_"]),
            Row(text_id("trouble-app"), &["app_", "invalid_client"]),
            Row(text_id("trouble-disabled"), &["push_disabled"]),
        ],
    ),
    (
        text_id("trouble-part-refused"),
        &[
            Row(text_id("trouble-graph"), &[]),
            Row(
                text_id("trouble-handshake"),
                &["ValidationError", "InvalidRequest"],
            ),
            Row(
                text_id("trouble-permission"),
                &["ExtensionError", "ErrorAccessDenied"],
            ),
            Row(text_id("trouble-quota"), &[]),
            Row(text_id("trouble-no-exchange"), &["ResourceNotFound"]),
            Row(text_id("trouble-twin"), &["ObjectIdentifierInUse"]),
            Row(
                text_id("trouble-busy"),
                &["ApplicationThrottled", "no_connection", "no_answer"],
            ),
        ],
    ),
    (
        text_id("trouble-part-address"),
        &[
            Row(text_id("trouble-name"), &["address_no_name"]),
            Row(text_id("trouble-private"), &["address_private"]),
            Row(text_id("trouble-refused"), &["address_refused"]),
            Row(text_id("trouble-timeout"), &["address_timeout"]),
            Row(text_id("trouble-expired"), &["certificate_expired"]),
            Row(text_id("trouble-name-differs"), &["certificate_name"]),
            Row(text_id("trouble-issuer"), &["certificate_issuer"]),
            Row(text_id("trouble-tls"), &["tls_failed"]),
            Row(text_id("trouble-broke"), &["address_broke"]),
            Row(text_id("trouble-redirect"), &["address_redirect"]),
            Row(text_id("trouble-wall"), &["address_login_wall"]),
            Row(text_id("trouble-not-found"), &["address_not_found"]),
            Row(text_id("trouble-gateway"), &["address_bad_gateway"]),
            Row(text_id("trouble-status"), &["address_status"]),
            Row(
                text_id("trouble-page"),
                &[
                    "address_page",
                    "address_wrong_answer",
                    "address_content_type",
                ],
            ),
            Row(text_id("trouble-slow"), &["address_slow"]),
        ],
    ),
    (
        text_id("trouble-part-late"),
        &[
            Row(text_id("trouble-nothing"), &[]),
            Row(text_id("trouble-no-notification"), &[]),
            Row(text_id("trouble-forged"), &[]),
            Row(text_id("trouble-no-secret"), &[]),
            Row(text_id("trouble-waiting"), &[]),
            Row(text_id("trouble-quiet"), &[]),
        ],
    ),
    (
        text_id("trouble-part-stopped"),
        &[
            Row(
                text_id("trouble-unannounced"),
                &["unannounced", "gone", "caught_up"],
            ),
            Row(text_id("trouble-moved"), &["address_changed", "removed"]),
            Row(text_id("trouble-replaced"), &["replaced"]),
            Row(text_id("trouble-renewed"), &["renewed"]),
            Row(text_id("trouble-renewal"), &["renewal_failed", "expired"]),
            Row(text_id("trouble-missed"), &["missed"]),
            Row(text_id("trouble-left"), &["removal_failed", "given_up"]),
            Row(text_id("trouble-orphan"), &[]),
            Row(text_id("trouble-sign-in"), &[]),
        ],
    ),
];

/// The id of a row's texts, and the codes it is about; one that ends with `_` is a beginning.
struct Row(&'static str, &'static [&'static str]);

#[derive(Template)]
#[template(path = "push/troubleshooting.html")]
struct TroublePage {
    shell: Shell,
    parts: Vec<(String, Vec<TroubleRow>)>,
}

/// One row, ready to show.
struct TroubleRow {
    id: &'static str,
    symptom: Cow<'static, str>,
    cause: Cow<'static, str>,
    remedy: Cow<'static, str>,
    codes: String,
}

/// The page. It is about no mailbox, so every administrator may read it.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    let words = Words::english();
    let title = words.say("go-troubleshooting");
    let parts = PARTS.iter().map(|(title, rows)| {
        let rows = rows.iter().map(|row| shown(words, row));
        (words.say(title).into_owned(), rows.collect())
    });
    answer::page(&TroublePage {
        parts: parts.collect(),
        shell: Shell::settings(&app, &person, ENTRY, title),
    })
}

fn shown(words: Words, row: &Row) -> TroubleRow {
    let Row(id, codes) = row;
    let codes = codes.iter().map(|code| match code.strip_suffix('_') {
        Some(_) => format!("{code}…"),
        None => (*code).to_owned(),
    });
    TroubleRow {
        id,
        symptom: words.say(id),
        cause: words.part(id, "cause"),
        remedy: words.part(id, "remedy"),
        codes: codes.collect::<Vec<_>>().join(", "),
    }
}

/// Where to read more about a trouble.
pub(super) fn path_for(trouble: &Trouble) -> Option<String> {
    // Graph has one code for several things and tells them apart in its message.
    let has = |part: &str| trouble.message.to_ascii_lowercase().contains(part);
    let id = match trouble.code.as_str() {
        "ExtensionError" if has("limit") || has("quota") => "trouble-quota",
        "ExtensionError" if has("not yet supported") => "trouble-no-exchange",
        code => row_of(code)?,
    };
    Some(format!("{PATH}#{id}"))
}

/// The row a code belongs to.
fn row_of(code: &str) -> Option<&'static str> {
    let is_it = |known: &str| known == code || known.ends_with('_') && code.starts_with(known);
    let mut rows = PARTS.iter().flat_map(|(_, rows)| rows.iter());
    let row = rows.find(|Row(_, codes)| codes.iter().any(|known| is_it(known)))?;
    Some(row.0)
}
