//! The frame around every page: its head, the way to the other pages, who is signed in.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use maildesk_model::{Role, Secret, Timestamp};
use maildesk_store::contract::Appearance;

use super::assets;
use super::notice::Warning;
use super::person::Person;
use super::time::{self, Shown};
use crate::app::App;
use crate::words::Words;

/// What a template needs besides what is its own. Templates extend `shell.html` and hold this in a
/// field `shell`.
#[derive(Debug)]
pub(crate) struct Shell {
    /// The texts.
    pub(crate) words: Words,
    /// What stands in the browser's tab.
    pub(crate) title: Cow<'static, str>,
    /// Which part of the product this is.
    pub(crate) place: Place,
    /// Who is signed in; nobody on the pages before that.
    pub(crate) person: Option<Signed>,
    /// Which entry of the settings this page belongs to, as its path; empty outside the settings.
    pub(crate) entry: &'static str,
    /// Where the person reads times.
    pub(crate) zone: TimeZone,
    /// When the page was made.
    pub(crate) now: Timestamp,
    /// Whether loopback base URLs are allowed, which every page says.
    pub(crate) loopback: bool,
    /// On a server without push: that it has none, and what brings the mail (P14).
    pub(crate) no_push: Option<String>,
}

/// Which entry of the navigation is the current one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Reading mail.
    Inbox,
    /// Anything under `/settings` and the assistant.
    Settings,
    /// One's own account.
    Profile,
    /// None of these.
    Elsewhere,
}

/// Who is signed in, as the frame shows it.
#[derive(Debug)]
pub(crate) struct Signed {
    /// What they are called.
    pub(crate) name: String,
    /// Whether they see what administrators see.
    pub(crate) administers: bool,
    /// For forms, and for scripts by way of a `meta` tag.
    pub(crate) csrf: Secret,
    /// What every page tells them.
    pub(crate) notice: Option<Warning>,
    /// Whether the desk is light or dark for them.
    pub(crate) appearance: Appearance,
    /// Alerts that stand, for those who can mend them.
    pub(crate) alerts: i64,
}

impl Shell {
    /// The frame of a page for a person.
    pub(crate) fn new(
        app: &App,
        person: &Person,
        place: Place,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            person: Some(Signed {
                name: person.user.name.clone(),
                administers: person.user.role == Role::Administrator,
                csrf: person.csrf.clone(),
                notice: person.notice.clone(),
                appearance: person.user.appearance,
                alerts: person.alerts,
            }),
            zone: time::zone(&person.user.time_zone),
            ..Self::for_nobody(app, place, title)
        }
    }

    /// The frame of a page before somebody is signed in.
    pub(crate) fn for_nobody(app: &App, place: Place, title: impl Into<Cow<'static, str>>) -> Self {
        let words = Words::english();
        Self {
            no_push: (!app.settings.push_enabled).then(|| {
                let interval = time::span(words, app.settings.sync_interval);
                words.fill("push-disabled", interval).into_owned()
            }),
            words,
            title: title.into(),
            place,
            person: None,
            entry: "",
            zone: TimeZone::UTC,
            now: app.clock.now(),
            loopback: app.settings.allow_loopback,
        }
    }

    /// The frame of a page under an entry of the settings.
    pub(crate) fn settings(
        app: &App,
        person: &Person,
        entry: &'static str,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            entry,
            ..Self::new(app, person, Place::Settings, title)
        }
    }

    /// An instant as this person reads it.
    pub(crate) fn time_of(&self, at: Timestamp) -> Shown {
        time::shown(at, self.now, &self.zone)
    }

    /// The day it is where this person is.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        time::day(self.now, &self.zone)
    }

    /// Whether this entry of the settings is the current one.
    pub(crate) fn is_at(&self, entry: &str) -> bool {
        self.entry == entry
    }

    /// Whether this page is about what a server without push does otherwise.
    pub(crate) fn says_no_push(&self) -> bool {
        let about_push = [
            "/settings/mailboxes",
            "/settings/push",
            "/settings/technical/system-parameters",
        ];
        about_push.contains(&self.entry)
    }

    /// Alerts that stand; 0 for those who cannot mend them.
    pub(crate) fn alerts(&self) -> i64 {
        self.person.as_ref().map_or(0, |person| person.alerts)
    }

    /// Light or dark, where somebody wants it whatever their system says.
    pub(crate) fn scheme(&self) -> Option<&'static str> {
        match self.person.as_ref()?.appearance {
            Appearance::System => None,
            chosen => Some(chosen.name()),
        }
    }

    /// The path of a style sheet or script.
    #[expect(
        clippy::unused_self,
        reason = "templates reach what they need by the shell"
    )]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// The value of the hidden field of every form.
    pub(crate) fn csrf(&self) -> &str {
        self.person
            .as_ref()
            .map_or("", |person| person.csrf.expose())
    }
}
