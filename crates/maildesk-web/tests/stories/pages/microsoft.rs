//! The Microsoft app registration: who may open and do what, and the stories of this page.

use maildesk_model::Role;
use maildesk_store::contract::PeopleStore;
use maildesk_web::MicrosoftApp;

use super::access::Row;
use crate::support::{Desk, Engine};

/// Every page and action of this area.
pub(super) const ROWS: &[Row] = &[("GET", "/settings/microsoft", "", &[], [303, 403, 403, 200])];

#[tokio::test]
async fn the_page_says_what_is_set_and_what_is_still_to_do() {
    let missing = Desk::open(Engine::Sqlite).await;
    let admin = missing.person("admin", Role::Administrator).await;
    let session = missing.session(&admin).await;
    let open = async |desk: &Desk, session| {
        let call = desk.call("GET", "~/settings/microsoft").in_session(session);
        call.send().await.text()
    };
    let page = open(&missing, &session).await;
    assert!(page.contains("No Microsoft app is set yet"));
    assert!(page.contains("The public address of this server is not set yet"));
    assert!(!page.contains("adminconsent"));

    let app = MicrosoftApp {
        client_id: "the-client-id".to_owned(),
        tenant: "common".to_owned(),
        cloud: "global".to_owned(),
        secrets: 2,
        has_certificate: false,
    };
    let set = Desk::with(Engine::Sqlite, |settings| settings.microsoft = Some(app)).await;
    let admin = set.person("admin", Role::Administrator).await;
    let session = set.session(&admin).await;
    let base = "https://desk.example.com";
    set.store
        .set_parameter("web.base.url", base, set.now())
        .await
        .unwrap();
    let page = open(&set, &session).await;
    assert!(page.contains("the-client-id") && page.contains("2 client secrets are set"));
    assert!(page.contains("https://desk.example.com/oauth/microsoft/callback"));
    assert!(page.contains("https://login.example/adminconsent"));
    assert!(page.contains("This tenant stands for many"));
}
