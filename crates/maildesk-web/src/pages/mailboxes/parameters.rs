//! Settings → Technical → System Parameters.
//!
//! A changed base URL re-creates every subscription (lifecycle URLs cannot be changed, P19), which
//! Microsoft may let live only after the former one was deleted, and needs a redirect URI in Entra. So
//! the new address is called first, and what the change means is said and confirmed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::parameter::{
    self, IMAGES_PROXY, PARAMETERS, PUSH_BASE_URL, Parameter, ParameterKind, WEB_BASE_URL,
};
use maildesk_store::contract::AuditEntry;

use crate::api::note;
use crate::app::App;
use crate::error::{Chain, Problem};
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::microsoft::CALLBACK_PATH;
use crate::pages::person::Person;
use crate::pages::push::address::{self, Tested};
use crate::pages::shell::Shell;
use crate::words::Words;

/// Where this page is.
const PATH: &str = "/settings/technical/system-parameters";
/// Subscriptions that are counted.
const SUBSCRIPTIONS_MAX: i64 = 10_000;

#[derive(Template)]
#[template(path = "mailboxes/parameters.html")]
struct ParametersPage {
    shell: Shell,
    rows: Vec<ParameterRow>,
    /// What a change means, before it is made.
    means: Option<Means>,
    saved: bool,
}

struct ParameterRow {
    key: &'static str,
    about: &'static str,
    is_switch: bool,
    is_days: bool,
    value: String,
    wrong: Option<String>,
}

impl ParameterRow {
    /// The values of a switch and their words, the chosen one marked.
    fn choices(&self) -> Vec<(&'static str, String, bool)> {
        let words = Words::english();
        let choices = if self.key == IMAGES_PROXY {
            [
                ("", words.say("images-proxy-unset")),
                ("true", words.say("images-proxy-true")),
                ("false", words.say("images-proxy-false")),
            ]
        } else {
            [
                ("", words.say("register-new-unset")),
                ("true", words.say("register-new-true")),
                ("false", words.say("register-new-false")),
            ]
        };
        let marked = choices.map(|(value, text)| (value, text.into_owned(), value == self.value));
        marked.into()
    }
}

/// What a change of an address means.
struct Means {
    /// Key, former value and new value of what changes.
    changes: Vec<(&'static str, String, String)>,
    /// What becomes of subscriptions and of signing in.
    follows: Vec<String>,
    redirect_uri: Option<String>,
    /// What came of calling the new address; nothing where the webhook stays where it is.
    tested: Option<Tested>,
    /// All values as they were checked: what is confirmed is these and no others.
    values: Vec<(&'static str, String)>,
    /// What *Change it* sends along: see [`confirmation`].
    confirmation: String,
}

impl Means {
    /// Whether nothing speaks against the change.
    fn is_good(&self) -> bool {
        self.tested.as_ref().is_none_or(|tested| tested.good)
    }
}

/// A parameter whose value is to be another one.
struct Change {
    parameter: Parameter,
    former: String,
    new: String,
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    let rows = rows(&app, |_, kept| (kept, None)).await?;
    render(&app, &person, StatusCode::OK, rows, Render::Plain)
}

/// Checks, tries a new address, says what the change means, and once that is confirmed saves.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let rules = BaseUrlRules {
        allow_loopback: app.settings.allow_loopback,
    };
    let mut changes = Vec::new();
    let rows = rows(&app, |parameter, former| {
        let new = parameter.tidy(fields.one(parameter.key));
        let wrong = parameter.check(&new, rules).err();
        let wrong = wrong.map(|why| format!("{} {}", why.message, why.remedy));
        if new != former {
            changes.push(Change {
                parameter,
                former,
                new: new.clone(),
            });
        }
        (new, wrong)
    })
    .await?;
    if rows.iter().any(|row| row.wrong.is_some()) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&app, &person, status, rows, Render::Plain);
    }
    let confirmation = confirmation(&changes);
    if !confirmation.is_empty() && fields.one("sure") != confirmation {
        let means = means(&app, &person, &changes, &rows, confirmation).await?;
        return render(&app, &person, StatusCode::OK, rows, Render::Means(means));
    }
    for change in &changes {
        keep(&app, &person, change).await?;
    }
    render(&app, &person, StatusCode::OK, rows, Render::Saved)
}

/// A row for each parameter there is; `value` gets the parameter and what is kept.
async fn rows(
    app: &App,
    mut value: impl FnMut(Parameter, String) -> (String, Option<String>),
) -> Result<Vec<ParameterRow>, Problem> {
    let kept = app.store.parameters().await?;
    let row = PARAMETERS.into_iter().map(|parameter| {
        let known = kept.iter().find(|(key, _)| key == parameter.key);
        let known = known.map(|(_, value)| value.clone()).unwrap_or_default();
        let (value, wrong) = value(parameter, known);
        ParameterRow {
            key: parameter.key,
            about: parameter.about,
            is_switch: parameter.kind == ParameterKind::Switch,
            is_days: parameter.kind == ParameterKind::Days,
            value,
            wrong,
        }
    });
    Ok(row.collect())
}

/// What is confirmed, from which value to which: so what was edited since, here or by somebody else, is
/// not confirmed. Empty where nothing has to be.
fn confirmation(changes: &[Change]) -> String {
    let addresses = changes
        .iter()
        .filter(|change| change.parameter.kind == ParameterKind::BaseUrl);
    let each = addresses.map(
        |Change {
             parameter,
             former,
             new,
         }| { format!("{} {former} {new}", parameter.key) },
    );
    each.collect::<Vec<_>>().join(", ")
}

/// The values of one parameter before and after the changes.
fn before_and_after(changes: &[Change], rows: &[ParameterRow], key: &str) -> (String, String) {
    let change = changes.iter().find(|change| change.parameter.key == key);
    if let Some(change) = change {
        return (change.former.clone(), change.new.clone());
    }
    let row = rows.iter().find(|row| row.key == key);
    let value = row.map(|row| row.value.clone()).unwrap_or_default();
    (value.clone(), value)
}

async fn means(
    app: &App,
    person: &Person,
    changes: &[Change],
    rows: &[ParameterRow],
    confirmation: String,
) -> Result<Means, Problem> {
    let words = Words::english();
    let (web_before, web) = before_and_after(changes, rows, WEB_BASE_URL);
    let (push_before, push) = before_and_after(changes, rows, PUSH_BASE_URL);
    // Where the webhook has an address of its own, the other one moves no subscription.
    let or_web = |push: String, web: &str| {
        if push.is_empty() {
            web.to_owned()
        } else {
            push
        }
    };
    let (before, after) = (or_web(push_before, &web_before), or_web(push, &web));
    let moves = before != after && app.settings.push_enabled;
    let gauges = app.store.subscription_gauges(SUBSCRIPTIONS_MAX).await?;
    let live = gauges.iter().filter(|(_, _, ends)| ends.is_some()).count() as i64;
    let mut follows = vec![match (moves, after.is_empty()) {
        (false, _) => words.say("means-no-subscription"),
        (true, true) => words.fill("means-stranded", live),
        (true, false) => words.fill("means-subscriptions", live),
    }];
    if web.is_empty() {
        follows.push(words.say("means-no-sign-in"));
    }
    let tested = if moves && !after.is_empty() {
        note::done(app, &person.caller, "push.address.test", None).await;
        let shell = Shell::settings(app, person, PATH, "");
        Some(address::tested(
            &shell,
            app.address.test(Some(&after)).await?,
        ))
    } else {
        None
    };
    Ok(Means {
        changes: changes
            .iter()
            .map(|one| (one.parameter.key, one.former.clone(), one.new.clone()))
            .collect(),
        follows: follows.into_iter().map(Into::into).collect(),
        redirect_uri: (web != web_before && !web.is_empty())
            .then(|| format!("{web}{CALLBACK_PATH}")),
        tested,
        values: rows
            .iter()
            .map(|row| (row.key, row.value.clone()))
            .collect(),
        confirmation,
    })
}

async fn keep(app: &App, person: &Person, change: &Change) -> Result<(), Problem> {
    let at = app.clock.now();
    let key = change.parameter.key;
    app.store.set_parameter(key, &change.new, at).await?;
    let entry = AuditEntry {
        id: 0,
        at,
        user: Some(person.user.id),
        action: "parameter.set".to_owned(),
        mailbox: None,
        detail: parameter::changed(key, &change.former, &change.new),
    };
    if let Err(error) = app.store.audit(entry).await {
        tracing::error!(error = %Chain(&error), "the audit log could not be written");
    }
    Ok(())
}

/// What the page shows beside the values.
enum Render {
    Plain,
    Means(Means),
    Saved,
}

fn render(
    app: &App,
    person: &Person,
    status: StatusCode,
    rows: Vec<ParameterRow>,
    beside: Render,
) -> Result<Response, Problem> {
    let title = Words::english().say("settings-parameters");
    let saved = matches!(beside, Render::Saved);
    let page = ParametersPage {
        shell: Shell::settings(app, person, PATH, title),
        rows,
        means: match beside {
            Render::Means(means) => Some(means),
            Render::Plain | Render::Saved => None,
        },
        saved,
    };
    answer::page_with(status, &page)
}
