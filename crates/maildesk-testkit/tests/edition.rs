//! The edition without push, and back: the webhook is gone with it, what is left at Microsoft is removed, mail
//! comes by the schedule, and push that was on comes back by itself (P14).

use maildesk_testkit::stack::{Stack, client};
use maildesk_testkit::wait;
use reqwest::{Method, StatusCode};
use serde_json::Value;

const ADDRESS: &str = "team@contoso.test";
const SWITCH: &str = "MAILDESK_PUSH_ENABLED";

/// What both webhook addresses answer to Microsoft's validation.
async fn webhook(stack: &Stack) -> [StatusCode; 2] {
    let answer = async |path: &str| {
        let url = format!("{}{path}?validationToken=Hello", stack.desk.url);
        let answer = client().post(url).send().await;
        answer.expect("the server answers").status()
    };
    [
        answer("/maildesk/push/outlook").await,
        answer("/maildesk/push/outlook/lifecycle").await,
    ]
}

async fn push(stack: &Stack, mailbox: &str) -> Value {
    let path = format!("/mailboxes/{mailbox}/push");
    stack.desk.call(Method::GET, &path, None).await
}

async fn arrives(stack: &Stack, mailbox: &str, subject: &str) {
    stack.sim.deliver(ADDRESS, subject).await;
    let list = format!("/messages?mailbox={mailbox}");
    wait::until("the mail is on the desk", || async {
        let all = stack.desk.all(&list).await;
        all.iter()
            .any(|one| one["subject"] == subject)
            .then_some(())
    })
    .await;
}

async fn subscriptions(stack: &Stack, count: usize) {
    wait::until("Microsoft has as many subscriptions", || async {
        (stack.sim.subscriptions().await.len() == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_goes_without_push_and_has_it_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let soon = [("MAILDESK_SYNC_INTERVAL_S", "1")];
    let mut stack = Stack::start(folder.path(), &soon).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    assert_eq!(webhook(&stack).await, [StatusCode::OK; 2]);

    assert_eq!(stack.stop_server(), Some(0));
    stack.set(SWITCH, "false");
    stack.start_server().await;
    assert_eq!(webhook(&stack).await, [StatusCode::NOT_FOUND; 2]);
    subscriptions(&stack, 0).await;
    wait::until("nothing is left", || async {
        let push = push(&stack, &mailbox).await;
        // The subscription's row goes first, the state a moment later.
        let gone = push["subscriptionId"].is_null() && push["leaving"] == 0;
        (gone && push["state"] == "off").then_some(())
    })
    .await;
    let without = push(&stack, &mailbox).await;
    assert_eq!(without["reasons"][0]["code"], "push_disabled");
    arrives(&stack, &mailbox, "By the schedule").await;

    assert_eq!(stack.stop_server(), Some(0));
    stack.set(SWITCH, "true");
    stack.start_server().await;
    assert_eq!(webhook(&stack).await, [StatusCode::OK; 2]);
    subscriptions(&stack, 1).await;
    wait::until("push is active", || async {
        (push(&stack, &mailbox).await["state"] == "active").then_some(())
    })
    .await;
    arrives(&stack, &mailbox, "With push again").await;
}
