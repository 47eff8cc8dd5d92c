//! A large attachment on its way here holds nothing up: mail goes on arriving, clicks go on taking
//! effect, and the download ends well.

use std::time::Duration;

use maildesk_testkit::engine::Engine;
use maildesk_testkit::valve::Valve;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";

/// Asks for the attachment's bytes until they are here; 503 while they are on their way.
async fn download(url: &str, token: &str) -> Vec<u8> {
    let http = maildesk_testkit::stack::client();
    wait::within(Duration::from_mins(2), "the attachment is here", || async {
        let answer = http.get(url).bearer_auth(token).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        Some(answer.bytes().await.ok()?.to_vec())
    })
    .await
}

async fn a_download_holds_nothing_up(engine: Engine) {
    let valve = Valve::holding("/$value");
    let more = [("MAILDESK_SYNC_INTERVAL_S", "1")];
    let world = World::behind(&valve, engine, &more).await;
    let mailbox = world.mailbox(ADDRESS).await;
    let mut events = world.desk.events(None).await;
    let bytes = vec![0_u8; 600_000];
    let mail = json!({
        "from": {"name": "Bo", "address": "bo@example.org"},
        "subject": "Plans",
        "text": "see the file",
        "attachments": [{"name": "plans.bin", "contentType": "application/octet-stream", "contentBase64": "AAAA".repeat(bytes.len() / 3)}],
    });
    world.sim.deliver_mail(ADDRESS, mail).await;
    let id = events.next_named("message.created").await.data["id"].clone();
    let path = format!("/messages/{}", id.as_str().expect("an id"));
    let detail = wait::until("the attachment is listed", || async {
        let detail = world.desk.call(Method::GET, &path, None).await;
        detail["attachments"][0]["id"].is_string().then_some(detail)
    })
    .await;
    let file = detail["attachments"][0]["id"].as_str().expect("an id");
    let url = format!("{}/api/v1{path}/attachments/{file}", world.desk.url);
    let token = world.desk.token().to_owned();
    let download = tokio::spawn(async move { download(&url, &token).await });
    valve.holds(1).await;

    world.sim.deliver(ADDRESS, "Meanwhile").await;
    let next = events.next_named("message.created").await;
    let shown = world
        .desk
        .call(
            Method::GET,
            &format!("/messages/{}", next.data["id"].as_str().expect("an id")),
            None,
        )
        .await;
    assert_eq!(shown["subject"], "Meanwhile");
    let read = Some(json!({"isRead": true}));
    let answer: Value = world.desk.call(Method::PATCH, &path, read).await;
    assert_eq!(answer["isRead"], true);
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &mailbox).await;
    assert!(!download.is_finished(), "it is held still");
    assert_eq!(valve.given_up(), 0, "nothing waited for the download's end");

    valve.open();
    assert_eq!(download.await.expect("it ends"), bytes);
    world.stop().await;
}

story!(
    an_attachment_comes_in_beside_everything_else,
    a_download_holds_nothing_up
);
