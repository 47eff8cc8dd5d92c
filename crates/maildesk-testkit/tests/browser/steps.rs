//! Steps that several stories take.

use maildesk_testkit::browser::Browser;

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
