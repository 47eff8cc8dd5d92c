//! Who may open and do what: every page and every action, for nobody, for somebody without the
//! mailbox, for somebody with it, and for an administrator. A path that is in no row fails the
//! test, and so does a method that a path answers to without a row.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::{Scene, scene};
use crate::support::{Desk, Engine, Session, story};

/// Method, path as routed (with `{id}`, `{message}`, … of the scene), query, the form's fields
/// beside its CSRF token, and the status for each of the four. Nobody is sent to `/login`: 303.
pub(super) type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    [u16; 4],
);

/// Paths that are not pages: the API has a matrix of its own, and these are for machines.
const MACHINES: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/api/"];

const COMMON: &[Row] = &[("GET", "/assets/{version}/css/base.css", "", &[], [200; 4])];

fn rows() -> impl Iterator<Item = Row> {
    [
        COMMON,
        super::people::ROWS,
        super::inbox::ROWS,
        super::mailboxes::ROWS,
        super::push::ROWS,
        super::microsoft::ROWS,
        super::alerts::ROWS,
        super::signatures::ROWS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

async fn status(scene: &Scene, session: Option<&Session>, row: &Row) -> u16 {
    let (method, path, query, fields, _) = row;
    let path = scene.path(&format!("~{path}{query}"));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, scene.path(value)))
        .collect();
    let mut call = scene.desk.call(method, &path);
    if let Some(session) = session {
        call = call.in_session(session);
    }
    if *method == "POST" {
        call = call.form(session, &fields);
    }
    call.start().await.status().as_u16()
}

story!(everybody_opens_what_is_theirs, async |engine| {
    for n in 0..4 {
        // A scene for each: what one may delete, the next must find.
        let scene = scene(engine).await;
        let session = match &scene.people[n] {
            Some(person) => Some(scene.desk.session(person).await),
            None => None,
        };
        for row in rows() {
            // Signing out in a row ends no other row's session.
            let renewed = match (&session, &scene.people[n]) {
                (Some(_), Some(person)) => Some(scene.desk.session(person).await),
                _ => None,
            };
            let status = status(&scene, renewed.as_ref(), &row).await;
            assert_eq!(
                status, row.4[n],
                "{} {}{} for the {n}th",
                row.0, row.1, row.2
            );
        }
    }
});

/// A form without the token of the session changes nothing, whoever sends it. (`/setup` has no
/// session yet, and its code instead.)
#[tokio::test]
async fn a_form_counts_only_with_its_token() {
    let scene = scene(Engine::Sqlite).await;
    let admin = scene.people[3].as_ref().unwrap();
    for row in rows().filter(|row| row.0 == "POST" && row.4[0] == 303 && row.1 != "/setup") {
        let session = scene.desk.session(admin).await;
        let path = scene.path(&format!("~{}{}", row.1, row.2));
        let call = scene.desk.call("POST", &path).in_session(&session);
        let answer = call.form(None, &[]).send().await;
        assert_eq!(answer.status, 403, "{} {}", row.0, row.1);
        let call = scene.desk.call("POST", &path).in_session(&session);
        let foreign = call.header("sec-fetch-site", "cross-site");
        let answer = foreign.form(Some(&session), &[]).send().await;
        assert_eq!(answer.status, 403, "{} {} from elsewhere", row.0, row.1);
    }
}

#[tokio::test]
async fn the_matrix_is_every_page_and_action() {
    let desk = Desk::open(Engine::Sqlite).await;
    // axum lists its paths nowhere but in `Debug`; a test may read them there.
    let router = format!("{:?}", desk.web);
    let routed: BTreeSet<_> = router
        .split('"')
        .filter(|text| text.starts_with('/') && !text.contains(' '))
        .filter(|text| !text.contains("__private"))
        .filter(|path| !MACHINES.iter().any(|start| path.starts_with(start)))
        .map(shape)
        .collect();
    let mut tested: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for (method, path, ..) in rows() {
        tested.entry(shape(path)).or_default().insert(method);
    }
    let known: BTreeSet<_> = tested.keys().cloned().collect();
    assert_eq!(routed, known);
    for (path, methods) in tested {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if methods.contains(method) {
                continue;
            }
            let path = format!("~{}", path.replace("{}", "x"));
            let answer = desk.call(method, &path).send().await;
            assert_eq!(answer.status, 405, "{method} {path} is in no row");
        }
    }
}

/// A path without the names of its ids; the assets are one path.
fn shape(path: &str) -> String {
    if path.starts_with("/assets/") {
        return "/assets/{}/x".to_owned();
    }
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
