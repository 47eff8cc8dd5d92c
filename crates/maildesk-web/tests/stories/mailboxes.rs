//! Mailboxes: add, share, rename, connect, sync, remove.

use maildesk_model::Role;
use maildesk_model::mailbox::Connection;
use maildesk_store::contract::{StampStore, SyncStore};
use serde_json::json;

use crate::support::{Desk, Engine, story};

story!(a_mailbox_from_beginning_to_end, async |engine| {
    let desk = Desk::open(engine).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let user = desk.person("user", Role::User).await;
    let body = json!({
        "name": " Support ", "email": "support@contoso.example", "connection": "graph_delegated"
    });
    let create = || desk.call("POST", "/mailboxes").by(&admin).json(&body);
    let answer = create().send().await;
    let mailbox = answer.expect(201);
    let id = mailbox["id"].as_str().unwrap();
    let path = format!("/mailboxes/{id}");
    assert_eq!(answer.header("location"), format!("/api/v1{path}"));
    assert_eq!(mailbox["name"], "Support");
    assert_eq!(mailbox["email"], "support@contoso.example");
    assert_eq!(mailbox["connection"], "graph_delegated");
    assert_eq!(mailbox["state"], "connecting");
    assert_eq!(mailbox["push"], json!({"state": "off"}));
    assert_eq!(mailbox["createdAt"], "2026-03-02T14:00:00Z");

    create().send().await.refused(409, "mailbox_exists");
    let twin = json!({
        "name": "B", "email": "SUPPORT@contoso.example", "connection": "graph_application"
    });
    let twin = desk.call("POST", "/mailboxes").by(&admin).json(&twin);
    twin.send().await.refused(409, "mailbox_exists");

    desk.get(&path)
        .by(&user)
        .send()
        .await
        .refused(404, "not_found");
    let access = format!("{path}/access");
    let share = |users: serde_json::Value| {
        let call = desk.call("PUT", &access).by(&admin);
        call.json(&json!({ "userIds": users }))
    };
    let shared = share(json!([user.id.to_string(), user.id.to_string()]))
        .send()
        .await;
    assert_eq!(
        shared.expect(200),
        json!({"userIds": [user.id.to_string()]})
    );
    desk.get(&path).by(&user).send().await.expect(200);
    let problem = share(json!([user.id.to_string(), "x"])).send().await;
    let problem = problem.refused(422, "invalid_value");
    assert_eq!(problem["errors"][0]["field"], "userIds[1]");
    let nobody = maildesk_model::UserId(4711).to_string();
    share(json!([nobody]))
        .send()
        .await
        .refused(422, "invalid_value");
    desk.get(&path).by(&user).send().await.expect(200);

    let rename = |body: serde_json::Value| desk.call("PATCH", &path).by(&admin).json(&body);
    let renamed = rename(json!({"name": "Help"})).send().await.expect(200);
    assert_eq!(renamed["name"], "Help");
    for wrong in [
        json!({}),
        json!({"name": "a", "email": "b@c"}),
        json!({"name": "\n"}),
    ] {
        rename(wrong).send().await.refused(422, "invalid_value");
    }

    let removed = desk.call("DELETE", &path).by(&admin).send().await;
    assert_eq!((removed.status, removed.bytes.len()), (204, 0));
    desk.get(&path)
        .by(&user)
        .send()
        .await
        .refused(404, "not_found");
    desk.call("DELETE", &path)
        .by(&admin)
        .send()
        .await
        .refused(404, "not_found");
    create().send().await.expect(201);
    let actions = [
        "mailbox.create",
        "mailbox.remove",
        "mailbox.rename",
        "mailbox.share",
        "mailbox.create",
    ];
    assert_eq!(desk.audited().await, actions);
});

story!(a_mailbox_is_disconnected_and_comes_back, async |engine| {
    let desk = Desk::open(engine).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let post = async |path: String| desk.call("POST", &path).by(&admin).send().await;
    for _ in 0..2 {
        let gone = post(format!("/mailboxes/{id}/disconnect"))
            .await
            .expect(200);
        assert_eq!(gone["state"], "reconnect");
        assert_eq!(gone["trouble"]["code"], "disconnected");
    }
    let path = format!("/mailboxes/{id}");
    let seen = desk.get(&path).by(&user).send().await.expect(200);
    assert_eq!(seen["trouble"]["code"], "disconnected");
    let far = desk.now().plus(std::time::Duration::from_hours(48));
    assert_eq!(desk.store.next_due_at(far).await.unwrap(), None);
    let body = desk.call("POST", &format!("{path}/disconnect")).by(&admin);
    let body = body.json(&json!({ "sure": true })).send().await;
    body.refused(422, "body_not_empty");

    let back = post(format!("{path}/connect")).await.expect(200);
    assert_eq!(back["trouble"], json!(null));
    assert!(desk.store.next_due_at(far).await.unwrap().is_some());
    let person = desk
        .bare_mailbox("Person", Connection::GraphDelegated)
        .await;
    post(format!("/mailboxes/{person}/disconnect"))
        .await
        .expect(200);
    let refused = post(format!("/mailboxes/{person}/connect")).await;
    refused.refused(409, "sign_in_needed");
    let actions = [
        "mailbox.disconnect",
        "mailbox.connect_again",
        "mailbox.disconnect",
    ];
    assert_eq!(desk.audited().await, actions);
});

#[tokio::test]
async fn a_sign_in_leads_to_microsoft() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let connect = async |name: &str, connection| {
        let id = desk.bare_mailbox(name, connection).await;
        desk.get(&format!("/mailboxes/{id}/connect"))
            .by(&admin)
            .send()
            .await
    };
    let answer = connect("Person", Connection::GraphDelegated).await;
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.header("location"),
        "https://login.example/authorize?state=x"
    );
    assert_eq!(
        answer.header("set-cookie"),
        "__Host-sign-in=y; Path=/; Secure; HttpOnly"
    );
    let problem = connect("Not set up", Connection::GraphDelegated).await;
    let problem = problem.refused(409, "app_missing");
    assert_eq!(problem["remedy"], "Set the client id.");
    let organisation = connect("Organisation", Connection::GraphApplication).await;
    organisation.refused(409, "no_sign_in");
}

#[tokio::test]
async fn asking_for_a_sync_makes_one_due() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let lease = desk.lease(id).await;
    let stamp = desk
        .store
        .work(&lease, desk.now())
        .await
        .unwrap()
        .stamp
        .unwrap();
    let settled = desk.store.settle_hints(&lease, stamp.version, true, &[]);
    settled.await.unwrap();
    desk.release(lease).await;
    assert_eq!(desk.store.stamps_due(desk.now()).await.unwrap(), 0);
    let path = format!("/mailboxes/{id}/sync");
    let sync = || desk.call("POST", &path).by(&user);
    assert_eq!(sync().send().await.expect(202)["id"], id.to_string());
    sync()
        .text("application/json", "{}")
        .send()
        .await
        .expect(202);
    assert_eq!(desk.store.stamps_due(desk.now()).await.unwrap(), 1);
    let body = sync()
        .text("application/json", "{\"full\":true}")
        .send()
        .await;
    body.refused(422, "body_not_empty");
}
