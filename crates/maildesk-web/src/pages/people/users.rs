//! `/settings/users`: everybody who may sign in, what they may do, and links to set a password.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{Role, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::{NewUser, User, UserChange};

use crate::app::App;
use crate::auth::{session, sha256};
use crate::check;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::pages::shell::Shell;
use crate::words::Words;

/// Where this page is.
pub(super) const PATH: &str = "/settings/users";
/// People on the page.
const PEOPLE_MAX: i64 = 1000;
/// Shared mailboxes on the page, over all people.
const SHARES_MAX: i64 = 10_000;
/// A link to set a password is good for a day.
const LINK_LIFE: Duration = Duration::from_hours(24);

#[derive(Template)]
#[template(path = "people/users.html")]
struct UsersPage {
    shell: Shell,
    rows: Vec<UserRow>,
    /// A link that was just made: shown this once.
    link: Option<(String, String)>,
    wrong: Option<String>,
    name: String,
    email: String,
    new_administers: bool,
}

struct UserRow {
    id: String,
    name: String,
    email: String,
    administers: bool,
    disabled: bool,
    /// Path and name of each mailbox that is shared with them.
    mailboxes: Vec<(String, String)>,
    /// Oneself: nobody changes their own role or locks themselves out.
    is_self: bool,
}

/// What an action adds to the page.
#[derive(Default)]
struct Said {
    link: Option<(String, String)>,
    wrong: Option<String>,
    name: String,
    email: String,
    administers: bool,
}

/// The page.
pub(super) async fn show(State(app): State<App>, person: Person) -> Result<Response, Problem> {
    person.must_administer()?;
    render(&app, &person, Said::default()).await
}

/// Adds somebody, and shows the link by which they set their password.
pub(super) async fn add(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let said = match added(&app, &person, &fields).await? {
        Ok(link) => Said {
            link: Some(link),
            ..Said::default()
        },
        Err(wrong) => Said {
            wrong: Some(wrong),
            name: fields.one("name").to_owned(),
            email: fields.one("email").to_owned(),
            administers: role(&fields) == Role::Administrator,
            ..Said::default()
        },
    };
    render(&app, &person, said).await
}

async fn added(
    app: &App,
    person: &Person,
    fields: &Fields,
) -> Result<Result<(String, String), String>, Problem> {
    let words = Words::english();
    let Ok(name) = check::name("name", fields.one("name")) else {
        return Ok(Err(words.say("wrong-name").into_owned()));
    };
    let Ok(email) = check::address("email", fields.one("email")) else {
        return Ok(Err(words.say("wrong-email").into_owned()));
    };
    let user = NewUser {
        email,
        name: name.clone(),
        role: role(fields),
        password_hash: None,
        at: app.clock.now(),
    };
    let id = match app.store.add_user(user).await {
        Ok(id) => id,
        Err(StoreError::Conflict(_)) => {
            return Ok(Err(words.say("users-there-already").into_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    super::note_about(app, person.user.id, "user.add", id).await;
    Ok(Ok((name, link(app, id).await?)))
}

/// Changes somebody: name, role, disabled or not, a new link.
pub(super) async fn act(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let id = UserId::parse(fields.one("user")).ok_or_else(Problem::not_found)?;
    let user = app.store.user(id).await?.ok_or_else(Problem::not_found)?;
    let words = Words::english();
    let mut said = Said::default();
    let doing = fields.one("do");
    if id == person.user.id && !matches!(doing, "link" | "name") {
        said.wrong = Some(words.say("users-not-oneself").into_owned());
        return render(&app, &person, said).await;
    }
    let done = match doing {
        "name" => {
            let Ok(name) = check::name("name", fields.one("name")) else {
                said.wrong = Some(words.say("wrong-name").into_owned());
                return render(&app, &person, said).await;
            };
            let change = UserChange {
                name: Some(name),
                ..UserChange::default()
            };
            app.store.change_user(id, &change).await
        }
        "role" => {
            let change = UserChange {
                role: Some(role(&fields)),
                ..UserChange::default()
            };
            app.store.change_user(id, &change).await
        }
        "disable" | "enable" => {
            let disabled = doing == "disable";
            app.store.set_disabled(id, disabled, app.clock.now()).await
        }
        "link" => {
            said.link = Some((user.name, link(&app, id).await?));
            Ok(true)
        }
        _ => return Err(Problem::malformed("This form asks for nothing we know.")),
    };
    match done {
        Ok(_) => {
            let action = match doing {
                "name" => "user.rename",
                "role" => "user.role",
                "disable" => "user.disable",
                "enable" => "user.enable",
                _ => "user.link",
            };
            super::note_about(&app, person.user.id, action, id).await;
        }
        Err(StoreError::Conflict(_)) => {
            said.wrong = Some(words.say("users-last-administrator").into_owned());
        }
        Err(error) => return Err(error.into()),
    }
    if said.link.is_none() && said.wrong.is_none() {
        return Ok(answer::see(PATH));
    }
    render(&app, &person, said).await
}

fn role(fields: &Fields) -> Role {
    Role::from_name(fields.one("role")).unwrap_or(Role::User)
}

/// A new link for somebody; their older ones are worth nothing any more.
async fn link(app: &App, user: UserId) -> Result<String, Problem> {
    let secret = session::random(&*app.entropy);
    let until = app.clock.now().plus(LINK_LIFE);
    app.store
        .add_password_link(user, &sha256(&secret), until)
        .await?;
    let base = app.store.parameter(WEB_BASE_URL).await?.unwrap_or_default();
    Ok(format!("{base}/password?link={secret}"))
}

async fn render(app: &App, person: &Person, said: Said) -> Result<Response, Problem> {
    let title = Words::english().say("users-title");
    let shell = Shell::settings(app, person, PATH, title);
    let users = app.store.users(PEOPLE_MAX).await?;
    let mut shared = shared(app, person).await?;
    let status = if said.wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = UsersPage {
        rows: users
            .into_iter()
            .map(|user| UserRow {
                mailboxes: shared.remove(&user.id).unwrap_or_default(),
                ..row(person, user)
            })
            .collect(),
        link: said.link,
        wrong: said.wrong,
        name: said.name,
        email: said.email,
        new_administers: said.administers,
        shell,
    };
    answer::page_with(status, &page)
}

/// Path and name of each mailbox, by the people it is shared with.
async fn shared(
    app: &App,
    person: &Person,
) -> Result<HashMap<UserId, Vec<(String, String)>>, Problem> {
    let shares = app.store.shares(person.caller.viewer, SHARES_MAX).await?;
    let mut shared: HashMap<UserId, Vec<_>> = HashMap::new();
    for (user, id, name) in shares {
        let path = format!("/settings/mailboxes/{id}");
        shared.entry(user).or_default().push((path, name));
    }
    Ok(shared)
}

fn row(person: &Person, user: User) -> UserRow {
    UserRow {
        is_self: user.id == person.user.id,
        id: user.id.to_string(),
        administers: user.role == Role::Administrator,
        disabled: user.disabled_at.is_some(),
        mailboxes: Vec::new(),
        name: user.name,
        email: user.email,
    }
}
