//! Pages for people: server-rendered, and readable without JavaScript.
//!
//! A page is a file that holds its handler, its view model and its askama template's name; its path
//! is one line in [`router`], and the access matrix of the tests fails until it has a row there.
//! What all pages share: [`person::Person`] (who is signed in, or off to `/login`), [`shell::Shell`]
//! (the frame around a page), [`form::Form`] (a posted form with its CSRF token), and [`wear`], which
//! turns a problem into a page in plain words. A page asks in the same order as the API: who are
//! you, may you see it, may you do it, is what you sent right.

mod alerts;
pub(crate) mod answer;
pub(crate) mod assets;
mod browser;
pub(crate) mod form;
pub(crate) mod icons;
mod inbox;
mod mailboxes;
pub(crate) mod microsoft;
pub(crate) mod notice;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod push;
pub(crate) mod shell;
mod signatures;
pub(crate) mod time;
pub(crate) mod wear;

use axum::Router;

use crate::app::App;

/// The routes of all pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{version}/{*name}", assets::route())
        .merge(alerts::router())
        .merge(inbox::router())
        .merge(mailboxes::router())
        .merge(microsoft::router())
        .merge(people::router())
        .merge(push::router())
        .merge(signatures::router())
}
