//! Adding mailboxes: one, or a pasted list. Each line stands for itself: good ones are added, and
//! wrong ones stay in the box with the reason.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maildesk_model::UserId;
use maildesk_model::mailbox::Connection;
use maildesk_model::microsoft::names_one_tenant;
use maildesk_store::StoreError;
use maildesk_store::contract::NewMailbox;

use super::all::{self, Added, Said};
use super::share;
use crate::api::note;
use crate::app::App;
use crate::check;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::microsoft;
use crate::pages::person::Person;
use crate::words::Words;

/// Lines of one form.
const LINES_MAX: usize = 500;

/// Adds what was pasted. One mailbox as a person goes straight on to its sign-in page.
pub(super) async fn add(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let words = Words::english();
    let as_organisation = fields.one("connection") == "graph_application";
    let connection = if as_organisation {
        Connection::GraphApplication
    } else {
        Connection::GraphDelegated
    };
    let users = share::people(&fields);
    let mut added = Added {
        as_organisation,
        ..Added::default()
    };
    let lines = fields.one("addresses").lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty())
        .take(LINES_MAX)
        .collect();
    if lines.is_empty() {
        let why = words.say("add-nothing").into_owned();
        added.wrong.push((String::new(), why));
    }
    if as_organisation && tenant_stands_for_many(&app).await? {
        let why = words.say("microsoft-many").into_owned();
        added.wrong.push((String::new(), why));
        added.left = lines.join("\n");
        return again(&app, &person, added, users).await;
    }
    let mut new = Vec::new();
    for line in &lines {
        match one(&app, &person, line, connection).await? {
            Ok(id) => {
                added.good += 1;
                new.push(id);
            }
            Err(why) => {
                added.left.push_str(line);
                added.left.push('\n');
                added.wrong.push(((*line).to_owned(), why));
            }
        }
    }
    // They are there, whatever becomes of this.
    if !users.is_empty()
        && !new.is_empty()
        && !share::with(&app, &person, &new, &users, true).await?
    {
        let why = words.say("share-gone-some").into_owned();
        added.wrong.push((String::new(), why));
    }
    if added.wrong.is_empty() {
        return Ok(match new[..] {
            [only] => answer::see(&format!("{}/{only}", all::PATH)),
            _ => answer::see(all::PATH),
        });
    }
    again(&app, &person, added, users).await
}

/// The page once more, with what is still to be done.
async fn again(
    app: &App,
    person: &Person,
    added: Added,
    users: Vec<UserId>,
) -> Result<Response, Problem> {
    let said = Said {
        added,
        users,
        ..Said::default()
    };
    all::render(app, person, StatusCode::UNPROCESSABLE_ENTITY, said).await
}

/// Whether mailboxes cannot be connected as the organisation, because nobody said which one (C7).
async fn tenant_stands_for_many(app: &App) -> Result<bool, Problem> {
    let (_, registration) = microsoft::in_force(app).await?;
    Ok(registration.is_some_and(|known| !names_one_tenant(&known.tenant)))
}

async fn one(
    app: &App,
    person: &Person,
    line: &str,
    connection: Connection,
) -> Result<Result<maildesk_model::MailboxId, String>, Problem> {
    let words = Words::english();
    let (name, address) = split(line);
    let Ok(address) = check::whole_address("email", address) else {
        return Ok(Err(words.say("add-no-address").into_owned()));
    };
    let name = if name.is_empty() {
        address.as_str()
    } else {
        name
    };
    let Ok(name) = check::name("name", name) else {
        return Ok(Err(words.say("wrong-name").into_owned()));
    };
    let mailbox = NewMailbox {
        name,
        address,
        connection,
        at: app.clock.now(),
    };
    match app.store.add_mailbox(mailbox).await {
        Ok(id) => {
            note::done(app, &person.caller, "mailbox.create", Some(id)).await;
            Ok(Ok(id))
        }
        Err(StoreError::Conflict(_)) => Ok(Err(words.say("add-there-already").into_owned())),
        Err(error) => Err(error.into()),
    }
}

/// `Name <address>`, `address`, or what a spreadsheet gives: `Name<tab>address`.
fn split(line: &str) -> (&str, &str) {
    if let Some((name, rest)) = line.split_once('<') {
        let address = rest.trim_end().trim_end_matches('>');
        return (name.trim().trim_matches('"'), address.trim());
    }
    for mark in ['\t', ';', ','] {
        if let Some((name, address)) = line.rsplit_once(mark)
            && address.contains('@')
        {
            return (name.trim().trim_matches('"'), address.trim());
        }
    }
    ("", line)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn lines_come_in_several_forms() {
        for (line, wanted) in [
            ("sales@x.example", ("", "sales@x.example")),
            ("Sales <sales@x.example>", ("Sales", "sales@x.example")),
            (
                "\"Sales, North\" <s@x.example>",
                ("Sales, North", "s@x.example"),
            ),
            ("Sales\tsales@x.example", ("Sales", "sales@x.example")),
            ("Sales; sales@x.example", ("Sales", "sales@x.example")),
            ("no address", ("", "no address")),
        ] {
            assert_eq!(split(line), wanted, "{line}");
        }
    }
}
