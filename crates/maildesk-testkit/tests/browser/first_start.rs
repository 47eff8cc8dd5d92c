//! A new server, by its pages alone: the setup code from the log, the first mailbox as a person,
//! its import, and push registered; the real programs, on two sites.

use maildesk_testkit::browser::{Options, story};
use maildesk_testkit::stack::Stack;
use maildesk_testkit::wait;
use maildesk_testkit::world::PASSWORD;
use serde_json::json;

use crate::steps;

const ADDRESS: &str = "grace@contoso.test";
/// Enough that its import can be watched.
const HISTORY: u64 = 3_000;

/// The code that the server's log shows to whoever runs it.
async fn setup_code(stack: &Stack) -> String {
    wait::until("the setup code in the log", || async {
        let log = stack.server_log();
        let code = log.split("type the code ").nth(1)?;
        code.split_whitespace().next().map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_setup_code_to_mail_by_push() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start_unclaimed(folder.path(), &[]).await;
    stack.sim.add_mailbox(ADDRESS, "user").await;
    stack.sim.fill(ADDRESS, HISTORY, 8, 1).await;
    // Slow until its import has been seen.
    stack
        .sim
        .faults(json!({"graph": {"latencyMs": 1000}}))
        .await;
    let desk = stack.desk.url.clone();
    story("first-start", Options::default(), async |browser| {
        browser.open_page(&format!("{desk}/setup")).await;
        for dark in [false, true] {
            browser.darken(dark).await;
            browser.keep_picture(&format!("setup-dark-{dark}")).await;
            assert_eq!(browser.violations().await, "");
        }
        browser.fill("Setup code", "AAAA-BBBB-CCCC-DDDD").await;
        browser.fill("Name", "Ada").await;
        browser.fill("Email address", "ada@example.org").await;
        browser.fill("Password", PASSWORD).await;
        browser.fill("Password again", PASSWORD).await;
        browser.click("button", "Set up MailDesk").await;
        browser.shows("This is not the code").await;
        // What was typed has stayed, but for what is secret.
        assert_eq!(browser.value("Name").await, "Ada");
        assert_eq!(browser.value("Password").await, "");
        browser.fill("Setup code", &setup_code(&stack).await).await;
        browser.fill("Password", PASSWORD).await;
        browser.fill("Password again", PASSWORD).await;
        browser.click("button", "Set up MailDesk").await;
        browser.is_at("/settings/mailboxes").await;

        let mailbox = steps::add_as_a_person(browser, &desk, ADDRESS).await;
        browser.click("link", "Sign in to Microsoft").await;
        steps::accept_at_microsoft(browser, ADDRESS, &mailbox).await;
        browser.find("progress", "messages").await;
        stack.sim.faults(json!({})).await;
        browser.shows("In sync").await;

        browser
            .click("link", "Enable Microsoft 365 push notifications")
            .await;
        browser.is_at(&format!("/mailboxes/{mailbox}/push")).await;
        browser.shows(ADDRESS).await;
        let webhook = browser.value("Webhook URL").await;
        assert_eq!(webhook, format!("{desk}/maildesk/push/outlook"));
        browser.click("button", "Check now").await;
        browser.click("button", "Register Subscription").await;
        browser.shows("Subscription id").await;
        let alive = stack.sim.subscriptions().await;
        let id = alive[0]["id"].as_str().expect("a subscription has an id");
        browser.shows(id).await;
        browser.shows("Expires").await;
        assert!(
            browser
                .all("button", "Register Subscription")
                .await
                .is_empty()
        );

        browser.open_page(&format!("{desk}/")).await;
        browser.find("status", "Live").await;
        stack.sim.deliver(ADDRESS, "The first by push").await;
        browser.find("row", "The first by push").await;
    })
    .await;
}
