//! *Test*: each permission, proven by a real call, and what to do about those that fail.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use maildesk_model::MailboxId;
use maildesk_model::microsoft::{AppRegistration, Proof, ProofOutcome, ProofWish, Proven};

use super::in_force;
use super::show::{self, Done, render};
use crate::api::note;
use crate::app::App;
use crate::check;
use crate::error::Problem;
use crate::pages::form::{Fields, Form};
use crate::pages::person::Person;
use crate::words::Words;

/// What was proven.
pub(super) struct Tested {
    pub(super) rows: Vec<ProofRow>,
    pub(super) summary: Cow<'static, str>,
    pub(super) class: &'static str,
}

pub(super) struct ProofRow {
    pub(super) what: Cow<'static, str>,
    pub(super) class: &'static str,
    pub(super) outcome: Cow<'static, str>,
    /// Code, message and remedy of what does not hold.
    pub(super) trouble: Option<(String, String, String)>,
}

/// Calls Microsoft and shows what came of it.
pub(super) async fn test(
    State(app): State<App>,
    person: Person,
    form: Form,
) -> Result<Response, Problem> {
    person.must_administer()?;
    let fields = form.of(&app, &person).await?;
    let wish = match wish(&fields) {
        Ok(wish) => wish,
        Err(field) => {
            let words = Words::english().say("add-no-address").into_owned();
            let done = Done {
                status: http::StatusCode::UNPROCESSABLE_ENTITY,
                wrong: vec![(field, words)],
                ..Done::default()
            };
            return render(&app, &person, done).await;
        }
    };
    let (_, registration) = in_force(&app).await?;
    note::done(&app, &person.caller, "microsoft.test", None).await;
    let proofs = app.microsoft.prove(&wish).await?;
    let done = Done {
        tested: Some(tested(registration.as_ref(), proofs)),
        ..Done::default()
    };
    render(&app, &person, done).await
}

/// What was asked for; the field that holds no address.
fn wish(fields: &Fields) -> Result<ProofWish, &'static str> {
    let address = |field: &'static str| match fields.one(field).trim() {
        "" => Ok(None),
        typed => check::whole_address(field, typed)
            .map(Some)
            .map_err(|_| field),
    };
    Ok(ProofWish {
        person: MailboxId::parse(fields.one("person")),
        organisation: address("organisation")?,
        outside: address("outside")?,
    })
}

fn tested(registration: Option<&AppRegistration>, proofs: Vec<Proof>) -> Tested {
    let words = Words::english();
    let fails = |proof: &Proof| matches!(proof.outcome, ProofOutcome::Fails(_));
    let failed = proofs.iter().filter(|proof| fails(proof)).count();
    let unknown = |proof: &Proof| matches!(proof.outcome, ProofOutcome::Unknown(_));
    let (summary, class) = if failed > 0 {
        (words.fill("test-some-fail", failed as i64), "bad")
    } else if proofs.iter().any(unknown) {
        (words.say("test-some-unknown"), "warn")
    } else {
        (words.say("test-all-hold"), "good")
    };
    let rows = proofs.into_iter();
    let rows = rows.map(|proof| row(words, registration, proof));
    Tested {
        rows: rows.collect(),
        summary,
        class,
    }
}

fn row(words: Words, registration: Option<&AppRegistration>, proof: Proof) -> ProofRow {
    let (class, outcome, trouble) = match proof.outcome {
        ProofOutcome::Holds => ("good", words.say("test-holds"), None),
        ProofOutcome::Fails(why) => ("bad", words.say("test-fails"), Some(why)),
        ProofOutcome::Unknown(why) => ("warn", words.say("test-unknown"), Some(why)),
    };
    ProofRow {
        what: what(words, registration, proof.of),
        class,
        outcome,
        trouble: trouble.map(|why| (why.code, why.message, why.remedy)),
    }
}

fn what(words: Words, registration: Option<&AppRegistration>, of: Proven) -> Cow<'static, str> {
    match of {
        Proven::Credential(place) => {
            let known = registration.and_then(|known| known.credentials.get(place));
            match known {
                Some(known) => {
                    let kind = show::kind(words, known.kind);
                    words.fill("test-credential", kind.as_ref())
                }
                None => words.say("test-app"),
            }
        }
        Proven::PersonStays => words.say("test-person-stays"),
        Proven::PersonProfile => words.say("test-person-profile"),
        Proven::PersonReads => words.say("test-person-reads"),
        Proven::PersonWrites => words.say("test-person-writes"),
        Proven::PersonSends => words.say("test-person-sends"),
        Proven::OrganisationReads => words.say("test-organisation-reads"),
        Proven::OrganisationWrites => words.say("test-organisation-writes"),
        Proven::OrganisationSends => words.say("test-organisation-sends"),
        Proven::Fence => words.say("test-fence"),
    }
}
