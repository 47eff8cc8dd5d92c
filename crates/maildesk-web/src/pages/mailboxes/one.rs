//! `/settings/mailboxes/{id}`: one mailbox with everything that can be done with it.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::mailbox::{Connection, Mailbox, MailboxState};
use maildesk_model::stamp::Trigger;
use maildesk_model::{MailboxId, Role, UserId};

use super::{all, share, states};
use crate::api::{mailboxes, note};
use crate::app::App;
use crate::check;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::push::states::{self as push_states, StateBadge};
use crate::pages::shell::Shell;
use crate::pages::time::Shown;
use crate::request::id::One;

/// People to share with.
const PEOPLE_MAX: i64 = 1000;

#[derive(Template)]
#[template(path = "mailboxes/one.html")]
struct OnePage {
    shell: Shell,
    id: String,
    name: String,
    address: String,
    connection: String,
    state: StateBadge,
    trouble: Option<(String, String)>,
    disconnected: bool,
    import: Option<(i64, i64, String)>,
    bodies: Option<String>,
    synced: Option<Shown>,
    waits: Option<Shown>,
    push: StateBadge,
    push_lives: bool,
    /// How it can be connected now.
    connect: Option<ConnectButton>,
    people: Vec<PersonChoice>,
    wrong: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ConnectButton {
    /// Somebody signs in for the first time.
    SignIn,
    /// Somebody signs in once more, whenever they like.
    SignInAgain,
    /// It is disconnected, and somebody signs in.
    BackBySignIn,
    /// It is disconnected, and nobody has to sign in.
    Back,
}

struct PersonChoice {
    id: String,
    name: String,
    email: String,
    shared: bool,
    administers: bool,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    mailboxes::visible(&app, person.caller.viewer, id).await?;
    person.must_administer()?;
    render(&app, &person, id, None).await
}

/// Rename, share, sync, connect again.
pub(super) async fn act(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(&app, viewer, id).await?;
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let now = app.clock.now();
    match fields.one("do") {
        "rename" => {
            let Ok(name) = check::name("name", fields.one("name")) else {
                let wrong = crate::words::Words::english().say("wrong-name");
                return render(&app, &person, id, Some(wrong.into_owned())).await;
            };
            app.store.rename_mailbox(viewer, id, &name, now).await?;
            note::done(&app, &person.caller, "mailbox.rename", Some(id)).await;
        }
        "share" => {
            let users = share::people(&fields);
            let shared = app.store.set_access(viewer, id, &users, now).await?;
            if shared != Some(true) {
                let wrong = crate::words::Words::english().say("share-gone");
                return render(&app, &person, id, Some(wrong.into_owned())).await;
            }
            note::done(&app, &person.caller, "mailbox.share", Some(id)).await;
        }
        "sync" => {
            app.store
                .request_sync(viewer, id, Trigger::Manual, now)
                .await?;
        }
        "connect" => {
            mailboxes::connect_again::carry_out(&app, &person.caller, &mailbox).await?;
        }
        _ => return Err(Problem::malformed("This form asks for nothing we know.")),
    }
    Ok(answer::see(&format!("{}/{id}", all::PATH)))
}

async fn render(
    app: &App,
    person: &Person,
    id: MailboxId,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let mailbox = mailboxes::visible(app, viewer, id).await?;
    let shared: HashSet<UserId> = app
        .store
        .access(viewer, id)
        .await?
        .unwrap_or_default()
        .into_iter()
        .collect();
    let users = app.store.users(PEOPLE_MAX).await?;
    let people = users
        .into_iter()
        .filter(|user| user.disabled_at.is_none())
        .map(|user| PersonChoice {
            shared: shared.contains(&user.id),
            id: user.id.to_string(),
            name: user.name,
            email: user.email,
            administers: user.role == Role::Administrator,
        })
        .collect();
    let shell = Shell::settings(app, person, all::PATH, mailbox.name.clone());
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    answer::page_with(status, &page(shell, mailbox, people, wrong))
}

fn page(
    shell: Shell,
    mailbox: Mailbox,
    people: Vec<PersonChoice>,
    wrong: Option<String>,
) -> OnePage {
    let words = shell.words;
    let waits = mailbox.not_before.filter(|until| *until > shell.now);
    OnePage {
        id: mailbox.id.to_string(),
        connection: states::connection(words, mailbox.connection),
        state: states::badge(words, &mailbox),
        import: states::import(words, &mailbox),
        bodies: bodies(&shell, &mailbox),
        synced: mailbox.last_sync_at.map(|at| shell.time_of(at)),
        waits: waits.map(|at| shell.time_of(at)),
        push: push_states::badge(&shell, mailbox.push),
        push_lives: push_states::lives(mailbox.push),
        disconnected: mailbox.disconnected_at.is_some(),
        connect: connect(&mailbox),
        trouble: mailbox
            .trouble
            .map(|trouble| (trouble.message, trouble.remedy)),
        name: mailbox.name,
        address: mailbox.address,
        people,
        wrong,
        shell,
    }
}

fn connect(mailbox: &Mailbox) -> Option<ConnectButton> {
    let disconnected = mailbox.disconnected_at.is_some();
    match (mailbox.connection, mailbox.state) {
        (Connection::GraphDelegated, _) if disconnected => Some(ConnectButton::BackBySignIn),
        (Connection::GraphApplication, _) if disconnected => Some(ConnectButton::Back),
        (Connection::GraphDelegated, MailboxState::Connecting) => Some(ConnectButton::SignIn),
        (Connection::GraphDelegated, _) => Some(ConnectButton::SignInAgain),
        _ => None,
    }
}

/// Texts that are still to come, once everything is listed.
fn bodies(shell: &Shell, mailbox: &Mailbox) -> Option<String> {
    let progress = mailbox.import;
    if mailbox.state != MailboxState::Active || progress.bodies >= progress.listed {
        return None;
    }
    let values = [
        ("here", progress.bodies.into()),
        ("all", progress.listed.into()),
    ];
    Some(shell.words.fill_all("bodies-of", values).into_owned())
}
