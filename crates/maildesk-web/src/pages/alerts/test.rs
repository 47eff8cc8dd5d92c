//! *Send a test alert*: each way that is set, tried now, and what came of it in words.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use maildesk_model::alert::{AlertWay, WayTest};

use super::show::{Done, render, way};
use crate::api::note;
use crate::app::App;
use crate::error::Problem;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::words::Words;

/// A way, and how it went.
pub(super) struct TestRow {
    pub(super) way: Cow<'static, str>,
    pub(super) class: &'static str,
    pub(super) outcome: Cow<'static, str>,
    /// Code, message and remedy where it was not taken.
    pub(super) trouble: Option<(String, String, String)>,
}

/// Tries each way and shows what came of it.
pub(super) async fn test(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    form.of(&app, &person).await?;
    note::done(&app, &person.caller, "alert.test", None).await;
    let mut rows = Vec::new();
    for test in app.alerts.test().await? {
        rows.push(row(&app, &person, test).await?);
    }
    let done = Done {
        tested: Some(rows),
        ..Done::default()
    };
    render(&app, &person, done).await
}

async fn row(app: &App, person: &Person, test: WayTest) -> Result<TestRow, Problem> {
    let words = Words::english();
    let name = match test.sender {
        Some(id) => app.store.mailbox(person.caller.viewer, id).await?,
        None => None,
    };
    let (class, outcome) = match (&test.trouble, test.way) {
        (Some(_), _) => ("bad", words.say("alerts-test-refused")),
        (None, AlertWay::Http) => ("good", words.say("alerts-test-posted")),
        (None, AlertWay::Mail) => {
            let name = name.map(|mailbox| mailbox.name).unwrap_or_default();
            ("good", words.fill("alerts-test-sent", name))
        }
    };
    Ok(TestRow {
        way: way(words, test.way),
        class,
        outcome,
        trouble: test.trouble.map(|why| (why.code, why.message, why.remedy)),
    })
}
