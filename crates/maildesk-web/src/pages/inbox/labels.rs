//! Choosing the categories of messages: which of them all have, which some, a new one, and the
//! colours. A form that is asked on the way, with a script in a dialogue, without one as a page.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use maildesk_model::message::MessageSummary;
use maildesk_model::{MailboxId, MessageId};
use maildesk_store::contract::Category;

use super::palette::{self, COLOURS};
use super::view::View;
use crate::api::messages::change::wrong_categories;
use crate::app::App;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Fields;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};

#[derive(Template)]
#[template(path = "inbox/labels.html")]
struct LabelsPage {
    shell: Shell,
    ids: Vec<String>,
    choices: Vec<Choice>,
    back: String,
}

/// One category to choose.
struct Choice {
    name: String,
    colour: usize,
    /// All of the messages have it.
    all: bool,
    /// Some have it and some do not.
    some: bool,
}

/// What to do with the categories of each message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Relabel {
    add: BTreeSet<String>,
    remove: BTreeSet<String>,
}

impl Relabel {
    /// What the form says: `has` are the ticked ones, `all` those that were ticked before.
    pub(super) fn read(fields: &Fields) -> Result<Self, Problem> {
        let set = |name| -> BTreeSet<String> { fields.all(name).map(str::to_owned).collect() };
        let (mut add, before) = (set("has"), set("all"));
        let fresh = fields.one("new").trim();
        if !fresh.is_empty() {
            add.insert(fresh.to_owned());
        }
        let names: Vec<_> = add.iter().cloned().collect();
        if !wrong_categories(&names).is_empty() {
            return Err(Problem::malformed(
                "A category has at most 255 characters, and a message at most 50 categories.",
            ));
        }
        let remove = before.difference(&add).cloned().collect();
        Ok(Self { add, remove })
    }

    /// The categories of a message afterwards, in the order they were; `None` when they stay.
    pub(super) fn applied(&self, before: &[String]) -> Option<Vec<String>> {
        let kept = before.iter().filter(|name| !self.remove.contains(*name));
        let fresh = self.add.iter().filter(|name| !before.contains(name));
        let after: Vec<_> = kept.chain(fresh).cloned().collect();
        (after != before).then_some(after)
    }
}

/// Asks which categories these messages are to have.
pub(super) async fn ask(
    app: &App,
    person: &Person,
    messages: &[&MessageSummary],
    view: &View,
) -> Result<Response, Problem> {
    let mailboxes: BTreeSet<MailboxId> = messages.iter().map(|one| one.mailbox).collect();
    let mut known: Vec<Category> = Vec::new();
    for mailbox in mailboxes {
        let more = app.store.categories(person.caller.viewer, mailbox).await?;
        for one in more.unwrap_or_default() {
            if !known.iter().any(|other| other.name == one.name) {
                known.push(one);
            }
        }
    }
    known.sort_by_cached_key(|one| one.name.to_lowercase());
    let choices = known.iter().map(|category| {
        let has = |one: &&&MessageSummary| one.categories.contains(&category.name);
        let count = messages.iter().filter(has).count();
        Choice {
            name: category.name.clone(),
            colour: palette::colour(category),
            all: count == messages.len(),
            some: count > 0 && count < messages.len(),
        }
    });
    let shell = Shell::new(app, person, Place::Inbox, "");
    let ids: Vec<MessageId> = messages.iter().map(|one| one.id).collect();
    answer::page(&LabelsPage {
        choices: choices.collect(),
        shell: Shell {
            title: shell.words.say("labels-title"),
            ..shell
        },
        ids: ids.iter().map(ToString::to_string).collect(),
        back: view.path(),
    })
}

/// Keeps the colours that the form says differently from what they are.
pub(super) async fn keep_colours(
    app: &App,
    person: &Person,
    fields: &Fields,
    messages: &[&MessageSummary],
) -> Result<(), Problem> {
    let viewer = person.caller.viewer;
    let mailboxes: BTreeSet<MailboxId> = messages.iter().map(|one| one.mailbox).collect();
    let fresh = fresh(fields);
    for mailbox in mailboxes {
        let known = app.store.categories(viewer, mailbox).await?;
        let mut known = known.unwrap_or_default();
        if let Some(category) = &fresh {
            app.store.set_category(viewer, mailbox, category).await?;
            known.retain(|one| one.name != category.name);
        }
        for category in known {
            let field = format!("colour.{}", category.name);
            let chosen = fields.one(&field).parse::<usize>();
            let Ok(chosen) = chosen else { continue };
            if chosen >= COLOURS.len() || chosen == palette::colour(&category) {
                continue;
            }
            let category = Category {
                colour: i64::try_from(chosen).ok(),
                ..category
            };
            app.store.set_category(viewer, mailbox, &category).await?;
        }
    }
    Ok(())
}

/// The new category, where somebody has chosen its colour.
fn fresh(fields: &Fields) -> Option<Category> {
    let name = fields.one("new").trim();
    let colour = fields.one("new-colour").parse::<usize>().ok()?;
    (!name.is_empty() && colour < COLOURS.len()).then_some(())?;
    Some(Category {
        name: name.to_owned(),
        colour: i64::try_from(colour).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ticked_off_goes_and_what_some_had_stays() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let relabel = Relabel {
            add: BTreeSet::from(["new".to_owned(), "kept".to_owned()]),
            remove: BTreeSet::from(["off".to_owned()]),
        };
        let after = relabel.applied(&names("off some kept"));
        assert_eq!(after, Some(names("some kept new")));
        assert_eq!(relabel.applied(&names("kept new")), None);
    }
}
