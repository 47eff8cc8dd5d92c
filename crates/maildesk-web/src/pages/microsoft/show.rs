//! `/settings/microsoft`, whatever was just done on it.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_model::microsoft::{
    AppCredential, AppRegistration, CREDENTIALS_MAX, CredentialKind, expiry_warning,
    names_one_tenant,
};
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{Cloud, Timestamp};
use maildesk_store::contract::KeptApp;

use super::in_force;
use super::test::Tested;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::notice;
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::words::Words;

/// Where this page is.
pub(super) const PATH: &str = "/settings/microsoft";
/// Where Microsoft sends people back to, below the base URL.
pub(crate) const CALLBACK_PATH: &str = "/oauth/microsoft/callback";
/// Mailboxes offered for a test.
const MAILBOXES_MAX: i64 = 200;

/// What was just done, and how it went.
#[derive(Default)]
pub(super) struct Done {
    pub(super) status: StatusCode,
    /// Saved, in words.
    pub(super) saved: Option<Cow<'static, str>>,
    /// Somebody else was faster, or the environment fixes it.
    pub(super) refused: Option<Trouble>,
    /// What somebody typed that could not be saved.
    pub(super) typed: Option<Typed>,
    /// Which fields are wrong.
    pub(super) wrong: Vec<(&'static str, String)>,
    /// A link for an administrator of the tenant.
    pub(super) consent: Option<String>,
    pub(super) tested: Option<Tested>,
}

/// The fields of the form that are no secret.
pub(super) struct Typed {
    pub(super) client_id: String,
    pub(super) tenant: String,
    pub(super) cloud: String,
    pub(super) expires: String,
}

#[derive(Template)]
#[template(path = "microsoft/show.html")]
struct MicrosoftPage {
    shell: Shell,
    done: Done,
    alarm: Option<Trouble>,
    is_set: bool,
    is_fixed: bool,
    fixed_tenant: bool,
    fixed_cloud: bool,
    seen: i64,
    fields: Typed,
    clouds: Vec<(&'static str, Cow<'static, str>)>,
    credentials: Vec<CredentialRow>,
    may_add: bool,
    may_remove: bool,
    is_many: bool,
    redirect_uri: Option<String>,
    consented: Option<(Shown, String)>,
    people: Vec<(String, String)>,
    organisation: String,
}

pub(super) struct CredentialRow {
    /// Its key, where a page may remove it.
    id: Option<i64>,
    kind: Cow<'static, str>,
    added: Option<Shown>,
    expires: Option<Shown>,
    warning: Option<notice::Warning>,
}

impl MicrosoftPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        let found = self.done.wrong.iter().find(|(name, _)| *name == field);
        found.map(|(_, words)| words.as_str())
    }
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    render(&app, &person, Done::default()).await
}

/// The page, after something was done on it.
pub(super) async fn render(app: &App, person: &Person, done: Done) -> Result<Response, Problem> {
    let title = Words::english().say("microsoft-title");
    let shell = Shell::settings(app, person, PATH, title);
    let (kept, in_force) = in_force(app).await?;
    let fixed = &app.settings.fixed_app;
    let base = app.store.parameter(WEB_BASE_URL).await?;
    let base = base.filter(|base| !base.is_empty());
    let consented = app.store.consented().await?;
    let (people, organisation) = mailboxes(app, person).await?;
    let is_fixed = fixed.registration.is_some();
    let credentials = match &fixed.registration {
        Some(registration) => fixed_rows(&shell, &registration.credentials),
        None => kept_rows(&shell, &kept),
    };
    let status = done.status;
    let page = MicrosoftPage {
        alarm: app.store.app_notice().await?.alarm,
        is_set: in_force.is_some(),
        is_fixed,
        fixed_tenant: fixed.tenant.is_some(),
        fixed_cloud: fixed.cloud.is_some(),
        seen: kept.version,
        clouds: clouds(shell.words),
        may_remove: credentials.len() > 1,
        may_add: !is_fixed && credentials.len() < CREDENTIALS_MAX,
        credentials,
        is_many: in_force
            .as_ref()
            .is_some_and(|known| !names_one_tenant(&known.tenant)),
        redirect_uri: base.map(|base| format!("{base}{CALLBACK_PATH}")),
        consented: consented.map(|consented| (shell.time_of(consented.at), consented.tenant)),
        fields: fields(app, &kept, in_force.as_ref(), &done),
        people,
        organisation,
        done,
        shell,
    };
    answer::page_with(status, &page)
}

/// What stands in the form: what somebody typed, else what is in force, else what is usual.
fn fields(app: &App, kept: &KeptApp, in_force: Option<&AppRegistration>, done: &Done) -> Typed {
    if let Some(typed) = &done.typed {
        return Typed {
            client_id: typed.client_id.clone(),
            tenant: typed.tenant.clone(),
            cloud: typed.cloud.clone(),
            expires: typed.expires.clone(),
        };
    }
    let fixed = &app.settings.fixed_app;
    let tenant = fixed.tenant.clone().unwrap_or_else(|| kept.tenant.clone());
    let cloud = fixed.cloud.unwrap_or(kept.cloud);
    Typed {
        client_id: in_force.map_or_else(String::new, |known| known.client_id.clone()),
        tenant: in_force.map_or(tenant, |known| known.tenant.clone()),
        cloud: in_force
            .map_or(cloud, |known| known.cloud)
            .name()
            .to_owned(),
        expires: String::new(),
    }
}

fn clouds(words: Words) -> Vec<(&'static str, Cow<'static, str>)> {
    let named = Cloud::ALL.into_iter().map(|cloud| {
        let text = match cloud {
            Cloud::Global => words.say("cloud-global"),
            Cloud::UsGov => words.say("cloud-us-gov"),
            Cloud::UsGovDod => words.say("cloud-us-gov-dod"),
            Cloud::China => words.say("cloud-china"),
        };
        (cloud.name(), text)
    });
    named.collect()
}

fn fixed_rows(shell: &Shell, credentials: &[AppCredential]) -> Vec<CredentialRow> {
    let rows = credentials.iter();
    rows.map(|one| row(shell, None, one, None)).collect()
}

fn kept_rows(shell: &Shell, kept: &KeptApp) -> Vec<CredentialRow> {
    let rows = kept.credentials.iter();
    rows.map(|one| row(shell, Some(one.id), &one.credential, Some(one.added_at)))
        .collect()
}

fn row(
    shell: &Shell,
    id: Option<i64>,
    credential: &AppCredential,
    added: Option<Timestamp>,
) -> CredentialRow {
    let words = shell.words;
    let ends = credential.expires_at;
    CredentialRow {
        id,
        kind: kind(words, credential.kind),
        added: added.map(|at| shell.time_of(at)),
        expires: ends.map(|at| shell.time_of(at)),
        warning: ends
            .and_then(|at| expiry_warning(at, shell.now))
            .map(|warning| notice::warning(words, warning)),
    }
}

/// What a credential is called.
pub(super) fn kind(words: Words, kind: CredentialKind) -> Cow<'static, str> {
    match kind {
        CredentialKind::Secret => words.say("microsoft-secret"),
        CredentialKind::Certificate => words.say("microsoft-certificate"),
    }
}

/// Mailboxes connected as a person, to choose one for a test, and the address of one that is
/// connected as the organisation.
async fn mailboxes(app: &App, person: &Person) -> Result<(Vec<(String, String)>, String), Problem> {
    let viewer = person.caller.viewer;
    let all = app.store.mailboxes(viewer, None, MAILBOXES_MAX).await?;
    let mut people = Vec::new();
    let mut organisation = String::new();
    for mailbox in all {
        match mailbox.connection {
            Connection::GraphDelegated => people.push((mailbox.id.to_string(), mailbox.address)),
            Connection::GraphApplication if organisation.is_empty() => {
                organisation = mailbox.address;
            }
            _ => {}
        }
    }
    Ok((people, organisation))
}
