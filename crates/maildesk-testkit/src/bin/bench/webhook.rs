//! The webhook beside a large import.

use std::time::Duration;

use maildesk_testkit::stack::{Stack, client};
use maildesk_testkit::wait;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{ADDRESS, say, summary, tick};

/// The webhook's answer time while a large mailbox is imported into the same database.
pub(crate) async fn run(messages: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    let small = "small@contoso.test";
    stack.sim.add_mailbox(small, "shared").await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, messages, 50, 1).await;
    let mailbox = stack.desk.add_mailbox(small).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    let subscription = stack
        .sim
        .subscriptions()
        .await
        .first()
        .cloned()
        .unwrap_or_default();
    let large = stack.desk.add_mailbox(ADDRESS).await;
    let http = client();
    let mut samples = Vec::new();
    let begun = tick();
    loop {
        let sent = tick();
        let answer = http
            .post(format!("{}/maildesk/push/outlook", stack.desk.url))
            .json(&notification(&subscription, samples.len()))
            .send()
            .await;
        assert_eq!(answer.expect("the webhook answers").status().as_u16(), 202);
        samples.push(sent.elapsed());
        wait::moment(Duration::from_millis(20)).await;
        if samples.len() % 50 == 0 {
            let answer = stack
                .desk
                .call(Method::GET, &format!("/mailboxes/{large}"), None)
                .await;
            if answer["state"] == "active" {
                break;
            }
        }
    }
    say(&format!(
        "{messages} messages imported in {:.1?}",
        begun.elapsed()
    ));
    summary("webhook during the import", samples);
}

/// A genuine notification about a message that does not exist, as the flood of a busy mailbox.
fn notification(subscription: &Value, n: usize) -> Value {
    json!({"value": [{
        "subscriptionId": subscription["id"],
        "clientState": subscription["clientState"],
        "changeType": "created",
        "subscriptionExpirationDateTime": subscription["expirationDateTime"],
        "tenantId": "00000000-0000-0000-0000-000000000001",
        "resource": "users/x/messages/y",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": format!("no-such-message-{}", n % 40)},
    }]})
}
