//! The registration that an administrator sets on a page, and the tenant's consent.

use axum::http::StatusCode;
use maildesk_connect::ConnectError;
use maildesk_model::intent::Lane;
use maildesk_model::microsoft::AppCredential;
use maildesk_model::{Cloud, UserId};
use maildesk_store::contract::{AppChange, AppStore};

use crate::signing_in::{arrive, come_back, query_of, start, text};
use crate::world::{ADA, BASE, Setup, World, credential};

const ADMIN: UserId = UserId(1);

async fn set(world: &World, client_id: &str, tenant: &str, add: Option<AppCredential>) {
    let seen = world.store.microsoft_app().await.unwrap().version;
    let change = AppChange {
        seen,
        client_id: client_id.to_owned(),
        tenant: tenant.to_owned(),
        cloud: Cloud::Global,
        add,
    };
    let set = world.store.set_microsoft_app(&change, crate::world::START);
    set.await.unwrap();
}

fn kept() -> Setup {
    Setup {
        kind: maildesk_model::mailbox::Connection::GraphApplication,
        is_kept: true,
        ..Setup::default()
    }
}

#[tokio::test]
async fn every_node_follows_a_change_with_its_next_call() {
    let world = World::new(kept()).await;
    let other = world.other_node_of(&kept());
    for node in [&world.connect, &other] {
        let error = node.access(ADA, Lane::Sync).await.unwrap_err();
        assert_eq!(error.trouble().code, "app_not_configured");
    }
    set(&world, "app-1", "contoso.test", Some(credential("one"))).await;
    for node in [&world.connect, &other] {
        node.access(ADA, Lane::Sync).await.unwrap();
    }
    assert_eq!(world.microsoft.asked_with("client_secret", "one"), 2);

    // A token of the old registration serves no call of the new one.
    set(&world, "app-2", "contoso.test", Some(credential("two"))).await;
    world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(world.microsoft.asked_with("client_secret", "two"), 1);
    assert_eq!(world.microsoft.asked_with("client_id", "app-2"), 1);
}

#[tokio::test]
async fn a_new_secret_ends_the_alarm_without_a_pause() {
    let world = World::new(kept()).await;
    set(&world, "app", "contoso.test", Some(credential("old"))).await;
    world.microsoft.refuse(401, "invalid_client", 7_000_222);
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::App(_)));
    let alarm = world.store.app_notice().await.unwrap().alarm.unwrap();
    assert!(alarm.remedy.contains("make a new one"), "{}", alarm.remedy);

    set(&world, "app", "contoso.test", Some(credential("new"))).await;
    world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(world.store.app_notice().await.unwrap().alarm, None);
}

#[tokio::test]
async fn a_cloud_without_delta_is_refused_when_it_is_chosen_on_a_page() {
    let world = World::new(kept()).await;
    let change = AppChange {
        seen: 0,
        client_id: "app".to_owned(),
        tenant: "contoso.test".to_owned(),
        cloud: Cloud::China,
        add: Some(credential("one")),
    };
    let at = crate::world::START;
    world.store.set_microsoft_app(&change, at).await.unwrap();
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert_eq!(error.trouble().code, "cloud_without_delta");
    assert!(world.microsoft.asked().is_empty());
}

#[tokio::test]
async fn a_consent_link_counts_once_in_whatever_browser() {
    let world = World::new(Setup::default()).await;
    let link = world.connect.begin_consent(ADMIN, BASE).await.unwrap();
    assert!(
        link.starts_with("https://login.microsoftonline.com/common/adminconsent?client_id=app&")
    );
    let state = query_of(&link)["state"].clone();
    let back = format!("admin_consent=True&tenant=contoso.test&state={state}");

    let thanks = arrive(&world, &back, "").await;
    assert_eq!(thanks.status(), StatusCode::OK);
    let consented = world.store.consented().await.unwrap().unwrap();
    assert_eq!(consented.tenant, "contoso.test");

    for forged in [
        back.as_str(),
        "admin_consent=True&tenant=evil&state=x",
        "admin_consent=true",
    ] {
        let answer = arrive(&world, forged, "").await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(text(answer).await.contains("does not count any more"));
    }
    let consented = world.store.consented().await.unwrap().unwrap();
    assert_eq!(consented.tenant, "contoso.test");
}

#[tokio::test]
async fn who_does_not_consent_is_told_what_follows() {
    let world = World::new(Setup::default()).await;
    let link = world.connect.begin_consent(ADMIN, BASE).await.unwrap();
    let state = query_of(&link)["state"].clone();
    let back = format!(
        "error=access_denied&error_description=AADSTS65004%3a+User+declined+%3cb%3e&state={state}"
    );
    let answer = arrive(&world, &back, "").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let page = text(answer).await;
    assert!(page.contains("Consent was not given") && page.contains("declined &lt;b&gt;"));
    assert!(world.store.consented().await.unwrap().is_none());

    let bare = "error=permission_denied&error_description=The+admin+canceled+the+request";
    let page = text(arrive(&world, bare, "").await).await;
    assert!(page.contains("Consent was not given"), "{page}");
}

#[tokio::test]
async fn the_link_of_a_refused_sign_in_works() {
    let world = World::new(Setup::default()).await;
    let begun = start(&world).await;
    let refused =
        "error=access_denied&error_description=AADSTS90094%3a+An+administrator+must+consent";
    let page = text(come_back(&world, &begun, refused).await).await;
    let link = page.split("<a href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let state = query_of(&link)["state"].clone();
    let back = format!("admin_consent=True&tenant=t&state={state}");
    assert_eq!(arrive(&world, &back, "").await.status(), StatusCode::OK);
}
