//! `/profile`: one's own account, sessions and API tokens.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Extensions, HeaderMap, StatusCode, Uri, header};
use maildesk_store::contract::{
    ApiTokenRow, Appearance, DarkMail, MarkRead, PictureSender, Session, UserChange,
};

use crate::app::App;
use crate::auth::sign_in::{self, Tried, Try};
use crate::auth::{ApiToken, hex, session};
use crate::check;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::browser;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::pages::time::{self, Shown};
use crate::request::client::blame;
use crate::words::Words;

#[derive(Template)]
#[template(path = "people/profile.html")]
struct ProfilePage {
    shell: Shell,
    name: String,
    email: String,
    zone: String,
    zones: Vec<String>,
    groups_messages: bool,
    shortcuts: bool,
    /// When opening counts as reading: name, words, chosen.
    mark_read: Vec<(&'static str, String, bool)>,
    /// Whether the desk is light or dark: name, words, chosen.
    appearance: Vec<(&'static str, String, bool)>,
    /// How mail with colours of its own is shown in the dark: name, words, chosen.
    dark_mail: Vec<(&'static str, String, bool)>,
    /// Whose pictures are loaded, and since when.
    senders: Vec<(String, Shown)>,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    /// The token that was just made: shown this once.
    fresh: Option<String>,
    saved: Option<String>,
    wrong: Vec<(&'static str, String)>,
}

impl ProfilePage {
    fn wrong(&self, field: &str) -> Option<&str> {
        let found = self.wrong.iter().find(|(name, _)| *name == field);
        found.map(|(_, words)| words.as_str())
    }
}

struct SessionRow {
    id: String,
    browser: String,
    address: String,
    began: Shown,
    seen: Shown,
    is_this: bool,
}

struct TokenRow {
    id: String,
    label: String,
    made: Shown,
    used: Option<Shown>,
}

/// What the page says besides what it always says.
#[derive(Default)]
struct Said {
    fresh: Option<String>,
    saved: Option<String>,
    wrong: Vec<(&'static str, String)>,
    /// Name and time zone as they were typed, where they could not be saved.
    typed: Option<(String, String)>,
}

impl Said {
    fn wrong(wrong: Vec<(&'static str, String)>) -> Self {
        Self {
            wrong,
            ..Self::default()
        }
    }
}

/// The page, and what was saved when a form has just led here.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
) -> Result<Response, Problem> {
    let words = Words::english();
    let saved = match uri.query() {
        Some("saved=you") => Some(words.say("profile-saved").into_owned()),
        Some("saved=password") => Some(words.say("profile-password-saved").into_owned()),
        _ => None,
    };
    let said = Said {
        saved,
        ..Said::default()
    };
    render(&app, &person, said).await
}

/// Name and time zone.
pub(super) async fn save(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let words = Words::english();
    let mut wrong = Vec::new();
    let name = check::name("name", fields.one("name"));
    if name.is_err() {
        wrong.push(("name", words.say("wrong-name").into_owned()));
    }
    let zone = fields.one("zone");
    if !time::is_zone(zone) {
        wrong.push(("zone", words.say("wrong-zone").into_owned()));
    }
    if !wrong.is_empty() {
        let said = Said {
            typed: Some((fields.one("name").to_owned(), zone.to_owned())),
            ..Said::wrong(wrong)
        };
        return render(&app, &person, said).await;
    }
    let change = UserChange {
        name: name.ok(),
        time_zone: Some(zone.to_owned()),
        ..UserChange::default()
    };
    app.store.change_user(person.user.id, &change).await?;
    Ok(answer::see("/profile?saved=you"))
}

/// How one wants to work at the desk.
pub(super) async fn save_desk(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let mark_read = MarkRead::from_name(fields.one("mark-read"));
    let none_such = || Problem::malformed("There is no such way.");
    let dark_mail = match fields.one("dark-mail") {
        "" => None,
        name => Some(DarkMail::from_name(name).ok_or_else(none_such)?),
    };
    let appearance = match fields.one("appearance") {
        "" => None,
        name => Some(Appearance::from_name(name).ok_or_else(none_such)?),
    };
    let change = UserChange {
        groups_messages: Some(fields.has("group")),
        shortcuts: Some(fields.has("shortcuts")),
        mark_read: Some(mark_read.ok_or_else(none_such)?),
        dark_mail,
        appearance,
        ..UserChange::default()
    };
    app.store.change_user(person.user.id, &change).await?;
    Ok(answer::see("/profile?saved=you"))
}

/// Pictures of somebody's mail are not loaded any more without being asked for.
pub(super) async fn end_pictures(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let sender = fields.one("sender");
    app.store.end_picture_sender(person.user.id, sender).await?;
    Ok(answer::see("/profile#pictures"))
}

/// A new password, for whoever knows the present one; all other sessions end.
pub(super) async fn change_password(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let words = Words::english();
    let mut wrong = Vec::new();
    let present = fields.secret("present");
    let one = Try {
        from: blame(&extensions),
        headers: &headers,
        is_signed_in: true,
    };
    match sign_in::attempt(&app, one, &person.user.email, present).await? {
        Tried::Welcome(..) => {}
        Tried::Wrong => {
            super::note(&app, Some(person.user.id), "user.password.refused").await;
            wrong.push(("present", words.say("wrong-present").into_owned()));
        }
        Tried::Later(wait) => return Err(super::too_many(wait)),
    }
    if fields.one("password") != fields.one("again") {
        wrong.push(("again", words.say("wrong-again").into_owned()));
    }
    if wrong.is_empty() {
        match sign_in::hashed(&app, fields.secret("password")).await {
            Ok(hash) => {
                let this = person.caller.credential.hash();
                app.store
                    .set_password(person.user.id, &hash, Some(this))
                    .await?;
                super::note(&app, Some(person.user.id), "user.password").await;
                return Ok(answer::see("/profile?saved=password"));
            }
            Err(why) => wrong.push(("password", super::password_words(words, why))),
        }
    }
    render(&app, &person, Said::wrong(wrong)).await
}

/// Ends one session, or all of them.
pub(super) async fn end_sessions(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let user = person.user.id;
    if fields.has("everywhere") {
        app.store.end_sessions(user, None).await?;
        super::note(&app, Some(user), "session.end_all").await;
        let gone = [(header::SET_COOKIE, session::gone())];
        return Ok((gone, answer::see("/login")).into_response());
    }
    let wanted = fields.one("session");
    let sessions = app.store.sessions(user, app.clock.now()).await?;
    if let Some(found) = sessions.iter().find(|one| id_of(&one.hash) == wanted) {
        app.store.end_session(&found.hash).await?;
        super::note(&app, Some(user), "session.end").await;
    }
    Ok(answer::see("/profile"))
}

/// Makes an API token and shows it, this once.
pub(super) async fn create_token(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let Ok(label) = check::name("label", fields.one("label")) else {
        let words = Words::english().say("wrong-label");
        let wrong = vec![("label", words.into_owned())];
        return render(&app, &person, Said::wrong(wrong)).await;
    };
    let token = ApiToken::new(&*app.entropy);
    let now = app.clock.now();
    app.store
        .add_api_token(person.user.id, &label, &token.hash(), now)
        .await?;
    super::note(&app, Some(person.user.id), "token.create").await;
    let fresh = Some(token.secret().expose().to_owned());
    render(
        &app,
        &person,
        Said {
            fresh,
            ..Said::default()
        },
    )
    .await
}

/// Ends an API token.
pub(super) async fn end_token(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of(&app, &person).await?;
    let wanted = fields.one("token");
    let tokens = app.store.api_tokens(person.user.id).await?;
    if let Some(found) = tokens.iter().find(|one| id_of(&one.hash) == wanted) {
        app.store.end_api_token(person.user.id, &found.hash).await?;
        super::note(&app, Some(person.user.id), "token.end").await;
    }
    Ok(answer::see("/profile"))
}

async fn render(app: &App, person: &Person, said: Said) -> Result<Response, Problem> {
    let now = app.clock.now();
    let title = Words::english().say("profile-title");
    let shell = Shell::new(app, person, Place::Profile, title);
    let sessions = app.store.sessions(person.user.id, now).await?;
    let tokens = app.store.api_tokens(person.user.id).await?;
    let senders = app.store.picture_senders(person.user.id).await?;
    let this = person.caller.credential.hash();
    let status = if said.wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let kept = || (person.user.name.clone(), person.user.time_zone.clone());
    let (name, zone) = said.typed.unwrap_or_else(kept);
    let page = ProfilePage {
        name,
        email: person.user.email.clone(),
        zone,
        zones: time::zones(),
        groups_messages: person.user.groups_messages,
        shortcuts: person.user.shortcuts,
        mark_read: mark_read(shell.words, person.user.mark_read),
        appearance: appearance(shell.words, person.user.appearance),
        dark_mail: dark_mail(shell.words, person.user.dark_mail),
        senders: senders
            .into_iter()
            .map(|PictureSender { address, added_at }| (address, shell.time_of(added_at)))
            .collect(),
        sessions: sessions
            .iter()
            .map(|one| session_row(&shell, one, this))
            .collect(),
        tokens: tokens.iter().map(|one| token_row(&shell, one)).collect(),
        fresh: said.fresh,
        saved: said.saved,
        wrong: said.wrong,
        shell,
    };
    answer::page_with(status, &page)
}

fn mark_read(words: Words, chosen: MarkRead) -> Vec<(&'static str, String, bool)> {
    let ways = MarkRead::ALL.map(|way| {
        let text = match way {
            MarkRead::Opened => words.say("profile-read-opened"),
            MarkRead::Later => words.say("profile-read-later"),
            MarkRead::ByHand => words.say("profile-read-by-hand"),
        };
        (way.name(), text.into_owned(), way == chosen)
    });
    ways.into()
}

fn appearance(words: Words, chosen: Appearance) -> Vec<(&'static str, String, bool)> {
    let ways = Appearance::ALL.map(|way| {
        let text = match way {
            Appearance::System => words.say("profile-appearance-system"),
            Appearance::Light => words.say("profile-appearance-light"),
            Appearance::Dark => words.say("profile-appearance-dark"),
        };
        (way.name(), text.into_owned(), way == chosen)
    });
    ways.into()
}

fn dark_mail(words: Words, chosen: DarkMail) -> Vec<(&'static str, String, bool)> {
    let ways = DarkMail::ALL.map(|way| {
        let text = match way {
            DarkMail::Adapted => words.say("profile-dark-adapted"),
            DarkMail::Original => words.say("profile-dark-original"),
        };
        (way.name(), text.into_owned(), way == chosen)
    });
    ways.into()
}

fn session_row(shell: &Shell, session: &Session, this: &[u8; 32]) -> SessionRow {
    SessionRow {
        id: id_of(&session.hash),
        browser: browser::name(&session.browser, shell.words),
        address: session.address.clone(),
        began: shell.time_of(session.created_at),
        seen: shell.time_of(session.seen_at),
        is_this: session.hash == *this,
    }
}

fn token_row(shell: &Shell, token: &ApiTokenRow) -> TokenRow {
    TokenRow {
        id: id_of(&token.hash),
        label: token.label.clone(),
        made: shell.time_of(token.created_at),
        used: token.used_at.map(|at| shell.time_of(at)),
    }
}

/// A name for a hash in a form; whoever reads it learns nothing they could sign in with.
fn id_of(hash: &[u8; 32]) -> String {
    hex(&hash[..8])
}
