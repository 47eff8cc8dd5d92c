//! Figures for machines.

use std::time::Duration;

use maildesk_model::Role;

use crate::support::{Desk, Engine, story};

story!(the_stores_gauges_are_read_when_asked_for, async |engine| {
    let desk = Desk::open(engine).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    desk.subscribe(id, "secret").await;
    desk.clock.turn(Duration::from_hours(1));
    desk.call("POST", &format!("/mailboxes/{id}/sync"))
        .by(&user)
        .send()
        .await
        .expect(202);
    let call = desk
        .get("~/metrics")
        .header("authorization", "Bearer metrics-token");
    let answer = call.send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text();
    let expiry = format!("maildesk_subscription_expires_seconds{{mailbox=\"{id}\"}} 82800");
    for line in [
        "recorded_total 1",
        "# TYPE maildesk_subscriptions gauge",
        "maildesk_subscriptions{state=\"broken\"} 0",
        expiry.as_str(),
        "# TYPE maildesk_mailbox_last_sync_seconds gauge",
        "# TYPE maildesk_intents gauge",
        "maildesk_alerts{code=\"push_broken\"} 0",
        "maildesk_stamps_due 1",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
    }
});

#[tokio::test]
async fn figures_are_for_whoever_has_the_token() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    desk.get("~/metrics")
        .send()
        .await
        .refused(401, "unauthenticated");
    desk.get("~/metrics")
        .by(&admin)
        .send()
        .await
        .refused(401, "unauthenticated");
}
