//! Who is asking: tokens, sessions, and being wrong too often.

use std::time::Duration;

use maildesk_model::Role;
use maildesk_store::contract::PeopleStore;
use serde_json::json;

use crate::support::{Answer, Call, Desk, Engine, Person};

/// A session, as the sign-in page would make it.
async fn session(desk: &Desk, person: &Person, cookie: &str, csrf: &str) {
    let added = desk
        .store
        .add_session(desk.new_session(person, cookie, csrf));
    added.await.unwrap();
}

fn with_cookie<'a>(call: Call<'a>, cookie: &str) -> Call<'a> {
    call.header("cookie", &format!("theme=dark; __Host-maildesk={cookie}"))
}

#[tokio::test]
async fn a_cookie_reads_and_with_the_csrf_header_writes() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    session(&desk, &admin, "cookie", "csrf-token").await;
    let body = json!({"name": "A", "email": "a@contoso.example", "connection": "graph_delegated"});
    let create = || with_cookie(desk.call("POST", "/mailboxes").json(&body), "cookie");

    with_cookie(desk.get("/mailboxes"), "cookie")
        .send()
        .await
        .expect(200);
    create().send().await.refused(401, "unauthenticated");
    let forged = create().header("x-csrf-token", "csrf-tokem").send().await;
    forged.refused(401, "unauthenticated");
    create()
        .header("x-csrf-token", "csrf-token")
        .send()
        .await
        .expect(201);

    with_cookie(desk.get("/mailboxes"), "other")
        .send()
        .await
        .refused(401, "unauthenticated");
    desk.clock.turn(Duration::from_hours(1));
    with_cookie(desk.get("/mailboxes"), "cookie")
        .send()
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_wrong_token_is_not_saved_by_a_good_cookie() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    session(&desk, &user, "cookie", "csrf").await;
    let call = with_cookie(desk.get("/mailboxes"), "cookie");
    let answer = call.header("authorization", "Bearer md_wrong").send().await;
    answer.refused(401, "unauthenticated");
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"maildesk\""
    );
    assert_eq!(answer.header("location"), "", "never a redirect");
}

#[tokio::test]
async fn a_disabled_person_is_nobody() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    desk.get("/mailboxes").by(&user).send().await.expect(200);
    desk.store
        .set_disabled(user.id, true, desk.now())
        .await
        .unwrap();
    desk.get("/mailboxes")
        .by(&user)
        .send()
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn being_wrong_too_often_is_slowed_down_for_strangers_only() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    desk.get("/mailboxes").by(&user).send().await.expect(200);
    let wrong = async || -> Answer {
        let call = desk.get("/mailboxes");
        call.header("authorization", "Bearer md_wrong").send().await
    };
    for _ in 0..30 {
        wrong().await.refused(401, "unauthenticated");
    }
    let answer = wrong().await;
    answer.refused(429, "too_many_failures");
    assert_eq!(answer.header("retry-after"), "2");
    desk.get("/mailboxes").by(&user).send().await.expect(200);
    desk.get("/mailboxes")
        .send()
        .await
        .refused(401, "unauthenticated");
    desk.clock.turn(Duration::from_secs(2));
    wrong().await.refused(401, "unauthenticated");
}
