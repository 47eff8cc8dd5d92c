//! Steps that several stories take.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::Value;

/// A story of somebody at the desk, once it is live and a row is to be seen; nothing goes wrong in the
/// console.
pub(crate) async fn at_the_desk(
    world: &World,
    name: &str,
    row: &str,
    what: impl AsyncFn(&Browser),
) {
    story(name, Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", row).await;
        what(browser).await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
}

/// Waits until so many messages that Outlook has in a mailbox are as a test wants them.
pub(crate) async fn in_outlook(
    world: &World,
    address: &str,
    what: &str,
    count: usize,
    fits: impl Fn(&Value) -> bool,
) {
    wait::until(what, || async {
        let there = world.sim.snapshot(address).await;
        let messages = there["messages"].as_array().cloned().unwrap_or_default();
        (messages.iter().filter(|one| fits(one)).count() == count).then_some(())
    })
    .await;
}

/// Signs in at the simulated Microsoft, accepts what the app asks for, and is back at the mailbox.
pub(crate) async fn accept_at_microsoft(browser: &Browser, address: &str, mailbox: &str) {
    browser.shows("Sign in (simulated)").await;
    browser.fill("Account", address).await;
    browser.click("button", "Accept").await;
    browser
        .is_at(&format!("/settings/mailboxes/{mailbox}"))
        .await;
}

/// Adds a mailbox as a person, by the pages; its id.
pub(crate) async fn add_as_a_person(browser: &Browser, desk: &str, address: &str) -> String {
    browser
        .open_page(&format!("{desk}/settings/mailboxes"))
        .await;
    browser.click("field", "As a person").await;
    browser.fill("Addresses", address).await;
    browser.click("button", "Add").await;
    browser.shows("Not connected yet").await;
    let path = browser.path().await;
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// As [`add_as_a_person`], and signs in at Microsoft; done when the mailbox is in sync.
pub(crate) async fn connect_as_a_person(browser: &Browser, desk: &str, address: &str) -> String {
    let mailbox = add_as_a_person(browser, desk, address).await;
    browser.click("link", "Sign in to Microsoft").await;
    accept_at_microsoft(browser, address, &mailbox).await;
    browser.shows("In sync").await;
    mailbox
}
