//! The app's own token, the allow-list, and the settings that cannot work.

use std::time::Duration;

use maildesk_connect::{AllowList, ConnectError};
use maildesk_graph::Who;
use maildesk_model::Cloud;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Connection;
use maildesk_store::contract::AppStore;

use crate::world::{ADA, START, Setup, World};

#[tokio::test]
async fn one_token_serves_every_mailbox_until_it_ages() {
    let world = World::organisation().await;
    let bob = world
        .store
        .add(Connection::GraphApplication, "bob@contoso.test", START)
        .await;
    let first = world.connect.access(ADA, Lane::Sync).await.unwrap();
    let second = world.connect.access(bob, Lane::Push).await.unwrap();
    assert_eq!(first.who(), &Who::User("ada@contoso.test".to_owned()));
    assert_eq!(second.who(), &Who::User("bob@contoso.test".to_owned()));
    assert_eq!(first.token().expose(), second.token().expose());
    assert_eq!(world.microsoft.asked().len(), 1);
    assert_eq!(
        world.microsoft.asked()[0]["scope"],
        "https://graph.microsoft.com/.default"
    );

    world.clock.advance(Duration::from_mins(59));
    let third = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(third.token().expose(), "access-2");
}

#[tokio::test]
async fn renewals_get_a_token_issued_now_and_rejections_another_one() {
    let world = World::organisation().await;
    let old = world.connect.access(ADA, Lane::Sync).await.unwrap();
    world.clock.advance(Duration::from_mins(2));
    for _ in 0..3 {
        let renewed = world.connect.access_renewed(ADA, Lane::Push).await.unwrap();
        assert_eq!(
            renewed.token().expose(),
            "access-2",
            "one for a whole row of renewals"
        );
    }
    for (rejected, wanted) in [("access-1", "access-2"), ("access-2", "access-3")] {
        let rejected = if rejected == "access-1" {
            old.clone()
        } else {
            world.connect.access(ADA, Lane::Sync).await.unwrap()
        };
        let after = world
            .connect
            .access_after_rejection(ADA, Lane::Sync, &rejected)
            .await
            .unwrap();
        assert_eq!(after.token().expose(), wanted);
    }
}

#[tokio::test]
async fn an_address_outside_the_list_is_refused_before_microsoft_is_asked() {
    let world = World::new(Setup {
        kind: Connection::GraphApplication,
        tenant: "contoso.test",
        allowed: AllowList::only(["bob@contoso.test".to_owned()]),
        ..Setup::default()
    })
    .await;
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::NotAllowed(_)));
    assert_eq!(error.trouble().code, "address_not_allowed");
    assert!(world.microsoft.asked().is_empty());
}

#[tokio::test]
async fn the_common_tenant_is_a_configuration_error_and_no_alarm_for_people() {
    let world = World::new(Setup {
        kind: Connection::GraphApplication,
        ..Setup::default()
    })
    .await;
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::App(_)));
    assert_eq!(error.trouble().code, "tenant_is_common");
    assert!(error.trouble().message.contains("not \"common\""));
    assert!(world.microsoft.asked().is_empty());
    assert_eq!(world.store.app_notice().await.unwrap().alarm, None);
}

#[tokio::test]
async fn what_cannot_work_at_all_is_said_plainly() {
    let china = World::new(Setup {
        cloud: Cloud::China,
        ..Setup::default()
    })
    .await;
    let error = china.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert_eq!(error.trouble().code, "cloud_without_delta");

    let bare = World::new(Setup {
        kind: Connection::GraphApplication,
        has_app: false,
        ..Setup::default()
    })
    .await;
    let error = bare.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert_eq!(error.trouble().code, "app_not_configured");
    for error in [china, bare] {
        assert!(error.microsoft.asked().is_empty());
    }
}

#[tokio::test]
async fn a_refused_secret_rings_the_alarm() {
    let world = World::organisation().await;
    world.microsoft.refuse(401, "invalid_client", 7_000_215);
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::App(_)));
    assert!(world.store.app_notice().await.unwrap().alarm.is_some());
}
