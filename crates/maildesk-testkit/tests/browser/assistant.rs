//! The assistant "Enable Microsoft 365 push notifications": a reason for everything that is in the
//! way and no button, then the button, the subscription's id and its expiration.

use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::consent::Consent;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::json;

use crate::steps;

const ADDRESS: &str = "grace@contoso.test";
/// Longer than any access token lives, so that the next call needs a fresh one.
const TOKEN_LIFE: Duration = Duration::from_hours(2);

/// Opens the assistant, looks again, and finds this reason and no button.
async fn is_refused(browser: &Browser, world: &World, mailbox: &str, reason: &str) {
    let assistant = format!("{}/mailboxes/{mailbox}/push", world.desk.url);
    browser.open_page(&assistant).await;
    browser.click("button", "Check now").await;
    browser.shows(reason).await;
    let buttons = browser.all("button", "Register Subscription").await;
    assert!(buttons.is_empty(), "{reason}: there is a button");
}

/// The token lives no longer; the next is asked for.
async fn token_ends(world: &World) {
    world.clock.advance(TOKEN_LIFE);
    let seconds = json!({"seconds": TOKEN_LIFE.as_secs()});
    world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_in_the_way_has_its_own_reason_and_no_button() {
    let consent = Consent::default();
    let world = World::granting(&consent, Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "user").await;
    story("assistant-reasons", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        let mailbox = steps::connect_as_a_person(browser, &world.desk.url, ADDRESS).await;

        let base_url = world.desk.url.clone();
        world
            .set_parameter("web.base.url", "http://desk.example.com")
            .await;
        is_refused(browser, &world, &mailbox, "The base URL is not https.").await;
        world.set_parameter("web.base.url", &base_url).await;

        consent.grants("https://outlook.office.com/IMAP.AccessAsUser.All offline_access");
        token_ends(&world).await;
        is_refused(browser, &world, &mailbox, "classic IMAP").await;
        browser.find("link", "Reconnect with Microsoft Graph").await;

        consent.grants("Mail.ReadWrite.Shared Mail.Send.Shared User.Read offline_access");
        token_ends(&world).await;
        is_refused(
            browser,
            &world,
            &mailbox,
            "A person's sign-in cannot subscribe to a shared mailbox.",
        )
        .await;

        world.sim.faults(json!({"token": {"revoke": 1.0}})).await;
        token_ends(&world).await;
        is_refused(browser, &world, &mailbox, "sign in to this mailbox again").await;

        // Reconnected, everything is well again, and the mail has stayed.
        world.sim.faults(json!({})).await;
        consent.grants("Mail.ReadWrite Mail.Send User.Read offline_access");
        browser
            .click("link", "Reconnect with Microsoft Graph")
            .await;
        steps::accept_at_microsoft(browser, ADDRESS, &mailbox).await;
        browser
            .open_page(&format!("{}/mailboxes/{mailbox}/push", world.desk.url))
            .await;
        browser.click("button", "Check now").await;
        browser.find("button", "Register Subscription").await;
    })
    .await;
    world.stop().await;
}
