//! A new server, by its pages alone: the setup code from the log, the first mailbox as a person,
//! its import, and push registered; the real programs, on two sites.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::sim::{CLIENT_ID, CLIENT_SECRET};
use maildesk_testkit::stack::{Stack, TENANT};
use maildesk_testkit::wait;
use maildesk_testkit::world::PASSWORD;
use serde_json::json;

use crate::steps;

const ADDRESS: &str = "grace@contoso.test";
/// The environment fixes no app: an administrator sets it on a page.
const NO_APP: [(&str, &str); 3] = [
    ("MAILDESK_MICROSOFT_CLIENT_ID", ""),
    ("MAILDESK_MICROSOFT_CLIENT_SECRET", ""),
    ("MAILDESK_MICROSOFT_TENANT", ""),
];
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

/// Sets the Microsoft app and has an administrator of the tenant consent.
async fn set_the_app(browser: &Browser, desk: &str) {
    browser
        .open_page(&format!("{desk}/settings/microsoft"))
        .await;
    browser.shows("No Microsoft app is set yet").await;
    browser.fill("Application (client) ID", CLIENT_ID).await;
    browser.fill("Directory (tenant) ID", TENANT).await;
    browser
        .fill("Client secret", "11111111-2222-3333-4444-555555555555")
        .await;
    browser.fill("The secret expires on", "06302099").await;
    browser.click("button", "Save").await;
    browser
        .shows("the id of a client secret, not the secret")
        .await;
    for dark in [false, true] {
        browser.darken(dark).await;
        browser
            .keep_picture(&format!("microsoft-wrong-dark-{dark}"))
            .await;
        assert_eq!(browser.violations().await, "");
    }
    browser.fill("Client secret", CLIENT_SECRET).await;
    browser.click("button", "Save").await;
    browser.shows("Saved.").await;
    browser.shows("30 June 2099").await;

    browser
        .click("button", "Make a link for the administrator")
        .await;
    browser.click("link", "Open it").await;
    browser.click("button", "Accept").await;
    browser.shows("Consent was given").await;
    assert_eq!(browser.violations().await, "");
    browser.click("link", "To the Microsoft app settings").await;
    browser.shows("An administrator consented on").await;
}

/// *Test address* calls both webhook addresses.
async fn test_the_address(browser: &Browser) {
    browser.click("button", "Test address").await;
    browser
        .shows("The public address answers as Microsoft wants it")
        .await;
    browser.shows("/maildesk/push/outlook/lifecycle").await;
    for dark in [false, true] {
        browser.darken(dark).await;
        browser.keep_picture(&format!("address-dark-{dark}")).await;
        assert_eq!(browser.violations().await, "");
    }
}

/// Declining is told in plain words, with the way back.
async fn decline_at_microsoft(browser: &Browser, desk: &str, mailbox: &str) {
    browser.click("link", "Sign in to Microsoft").await;
    browser.shows("Sign in (simulated)").await;
    browser.fill("Account", ADDRESS).await;
    browser.click("button", "Decline").await;
    browser.shows("The mailbox could not be connected").await;
    browser
        .shows("send an administrator of the tenant the admin consent link")
        .await;
    for dark in [false, true] {
        browser.darken(dark).await;
        browser.keep_picture(&format!("declined-dark-{dark}")).await;
        assert_eq!(browser.violations().await, "");
    }
    browser.click("link", "Back to the mailboxes").await;
    browser
        .open_page(&format!("{desk}/settings/mailboxes/{mailbox}"))
        .await;
}

/// *Test*, as the person and as the organisation.
async fn prove_the_app(browser: &Browser, desk: &str) {
    browser
        .open_page(&format!("{desk}/settings/microsoft"))
        .await;
    browser
        .fill("As the organisation, the mailbox", ADDRESS)
        .await;
    browser.click("button", "Test").await;
    browser.shows("Everything holds.").await;
    for told in [
        "Client secret is accepted",
        "Sending mail (Mail.Send, delegated)",
        "Sending mail (Mail.Send, application)",
    ] {
        browser.shows(told).await;
    }
    for dark in [false, true] {
        browser.darken(dark).await;
        browser
            .keep_picture(&format!("microsoft-tested-dark-{dark}"))
            .await;
        assert_eq!(browser.violations().await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_setup_code_to_mail_by_push() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start_unclaimed(folder.path(), &NO_APP).await;
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

        set_the_app(browser, &desk).await;
        let mailbox = steps::add_as_a_person(browser, &desk, ADDRESS).await;
        decline_at_microsoft(browser, &desk, &mailbox).await;
        browser.click("link", "Sign in to Microsoft").await;
        steps::accept_at_microsoft(browser, ADDRESS, &mailbox).await;
        browser.find("progress", "messages").await;
        stack.sim.faults(json!({})).await;
        browser.shows("In sync").await;

        prove_the_app(browser, &desk).await;
        browser
            .open_page(&format!("{desk}/settings/mailboxes/{mailbox}"))
            .await;
        browser
            .click("link", "Enable Microsoft 365 push notifications")
            .await;
        browser.is_at(&format!("/mailboxes/{mailbox}/push")).await;
        browser.shows(ADDRESS).await;
        let webhook = browser.value("Webhook URL").await;
        assert_eq!(webhook, format!("{desk}/maildesk/push/outlook"));
        test_the_address(browser).await;
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
