//! Setting where alerts go.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::alert::{AlertSettings, RECIPIENTS_MAX, SECRET_MAX, check_url};
use maildesk_model::{MailboxId, Secret};

use super::show::{Done, Typed, render};
use crate::api::note;
use crate::app::App;
use crate::check;
use crate::error::Problem;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::words::Words;

/// A shorter secret would be guessed.
const SECRET_MIN: usize = 16;

/// Which fields are wrong, and how.
type Wrong = Vec<(&'static str, String)>;

/// Checks what was typed and keeps it.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let kept = app.store.alert_settings().await?;
    let mut wrong = Wrong::new();
    let sender = sender(&app, &person, &fields, kept.sender, &mut wrong).await?;
    let settings = AlertSettings {
        mail: fields.has("mail"),
        sender,
        recipients: recipients(&fields, &mut wrong),
        url: url(&app, &fields, &mut wrong),
        secret: secret(&fields, kept.secret, &mut wrong),
    };
    if !wrong.is_empty() {
        let done = Done {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            wrong,
            typed: Some(typed(&fields)),
            ..Done::default()
        };
        return render(&app, &person, done).await;
    }
    let set = app.store.set_alert_settings(&settings, app.clock.now());
    set.await?;
    note::done(&app, &person.caller, "alert.set", None).await;
    let done = Done {
        saved: Some(Words::english().say("alerts-saved")),
        ..Done::default()
    };
    render(&app, &person, done).await
}

fn typed(fields: &Fields) -> Typed {
    Typed {
        mail: fields.has("mail"),
        sender: fields.one("sender").to_owned(),
        recipients: fields.one("recipients").to_owned(),
        url: fields.one("url").trim().to_owned(),
    }
}

async fn sender(
    app: &App,
    person: &Person,
    fields: &Fields,
    kept: Option<MailboxId>,
    wrong: &mut Wrong,
) -> Result<Option<MailboxId>, Problem> {
    let asked = fields.one("sender");
    if asked.is_empty() {
        return Ok(None);
    }
    let asked = MailboxId::parse(asked);
    if asked.is_some() && asked == kept {
        // Gone or not: it stays until somebody chooses another one.
        return Ok(kept);
    }
    let known = match asked {
        Some(id) => app.store.mailbox(person.caller.viewer, id).await?,
        None => None,
    };
    if known.is_none() {
        let words = Words::english().say("alerts-wrong-sender");
        wrong.push(("sender", words.into_owned()));
    }
    Ok(known.map(|mailbox| mailbox.id))
}

/// One address a line, or with commas between them.
fn recipients(fields: &Fields, wrong: &mut Wrong) -> Vec<String> {
    let words = Words::english();
    let mut recipients: Vec<String> = Vec::new();
    let typed = fields.one("recipients").split(['\n', ',', ';']);
    for one in typed.map(str::trim).filter(|one| !one.is_empty()) {
        match check::whole_address("recipients", one) {
            Ok(address) if recipients.contains(&address) => {}
            Ok(address) => recipients.push(address),
            Err(_) => {
                let words = words.fill("alerts-wrong-recipient", one);
                wrong.push(("recipients", words.into_owned()));
                return recipients;
            }
        }
    }
    if recipients.len() > RECIPIENTS_MAX {
        let words = words.fill("alerts-many-recipients", RECIPIENTS_MAX as i64);
        wrong.push(("recipients", words.into_owned()));
    }
    recipients
}

fn url(app: &App, fields: &Fields, wrong: &mut Wrong) -> String {
    let url = fields.one("url").trim();
    if !url.is_empty()
        && let Err(why) = check_url(url, app.settings.allow_loopback)
    {
        wrong.push(("url", format!("{} {}", why.message, why.remedy)));
    }
    url.to_owned()
}

/// The secret: a new one, none any more, or the one that is kept.
fn secret(fields: &Fields, kept: Option<Secret>, wrong: &mut Wrong) -> Option<Secret> {
    let typed = fields.one("secret").trim();
    if typed.is_empty() {
        return kept.filter(|_| !fields.has("unsigned"));
    }
    let length = typed.chars().count();
    if !(SECRET_MIN..=SECRET_MAX).contains(&length) || typed.chars().any(char::is_control) {
        let words = Words::english().say("alerts-wrong-secret");
        wrong.push(("secret", words.into_owned()));
    }
    Some(Secret::new(typed))
}
