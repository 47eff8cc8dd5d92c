//! The JSON API: one operation, one file; the listing of these folders reads as the list of calls.
//!
//! Every handler answers in the same order: who are you (401), may you see it (404), may you do it
//! (403), is what you sent right (400/422), and only then acts. `Caller` comes first among the
//! parameters, path ids next, and bodies and queries are read inside, late.
//!
//! A new call: its file, its line in [`routes()`], its row in the access matrix of the tests. A route
//! that is not made by [`routes()`] would be missing from the description; so make none.

mod addresses;
pub(crate) mod cursor;
pub(crate) mod drafts;
mod intent;
pub(crate) mod mailboxes;
pub(crate) mod messages;
pub(crate) mod note;
pub(crate) mod openapi;
mod page;
pub(crate) mod push;
pub(crate) mod shape;
mod users;
pub(crate) mod wait;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::live;

/// Where the API lives. Its version changes only when a client would break.
const BASE: &str = "/api/v1";

/// The API's routes.
pub(crate) fn router() -> Router<App> {
    let (router, _) = described().split_for_parts();
    router
}

/// Routes and their description, made from the same lines.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::head()).nest(BASE, routes())
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mailboxes::list::list, mailboxes::create::create))
        .routes(routes!(
            mailboxes::get::get,
            mailboxes::rename::rename,
            mailboxes::remove::remove
        ))
        .routes(routes!(mailboxes::share::share))
        .routes(routes!(
            mailboxes::connect::connect,
            mailboxes::connect_again::connect_again
        ))
        .routes(routes!(mailboxes::disconnect::disconnect))
        .routes(routes!(mailboxes::sync::sync))
        .routes(routes!(mailboxes::folders::folders))
        .routes(routes!(mailboxes::signature::signature))
        .routes(routes!(
            push::show::show,
            push::register::register,
            push::turn_off::turn_off
        ))
        .routes(routes!(push::check::check))
        .routes(routes!(push::secret::secret))
        .routes(routes!(users::list))
        .routes(routes!(messages::list::list))
        .routes(routes!(messages::count::count))
        .routes(routes!(
            messages::get::get,
            messages::change::change,
            messages::delete::delete
        ))
        .routes(routes!(messages::attachment::attachment))
        .routes(routes!(drafts::submit::submit))
        .routes(routes!(drafts::create::create))
        .routes(routes!(drafts::adopt::adopt))
        .routes(routes!(drafts::list::list))
        .routes(routes!(
            drafts::get::get,
            drafts::update::update,
            drafts::discard::discard
        ))
        .routes(routes!(drafts::add_file::add_file))
        .routes(routes!(
            drafts::put_part::put_part,
            drafts::remove_file::remove_file
        ))
        .routes(routes!(drafts::send::send, drafts::take_back::take_back))
        .routes(routes!(addresses::complete))
        .routes(routes!(intent::get))
        .routes(routes!(live::events::follow))
        .routes(routes!(openapi::show))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// axum lists its paths nowhere but in `Debug`; a test may read them there.
    #[test]
    fn every_path_of_the_router_is_described_and_every_described_one_routed() {
        let router = format!("{:?}", super::router());
        let routed: BTreeSet<_> = router
            .split('"')
            .filter(|text| text.starts_with("/api/"))
            .collect();
        let description: serde_json::Value =
            serde_json::from_str(&super::openapi::json()).expect("the description is JSON");
        let paths = description["paths"].as_object().expect("it has paths");
        let described: BTreeSet<_> = paths.keys().map(String::as_str).collect();
        assert_eq!(routed, described);
    }
}
