//! Signing in and out.

use maildesk_testkit::browser::{Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};

const ADDRESS: &str = "team@contoso.test";

/// "Sign out everywhere" ends the other browser's session too.
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_every_session() {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let desk = &world.desk.url;
    story("at-work", Options::default(), async |work| {
        story("at-home", Options::default(), async |home| {
            work.sign_in(desk, ADMINISTRATOR, PASSWORD).await;
            home.sign_in(desk, ADMINISTRATOR, PASSWORD).await;
            home.open_page(&format!("{desk}/profile")).await;
            work.open_page(&format!("{desk}/profile")).await;
            assert_eq!(work.all("row", "this one").await.len(), 1);
            work.click("button", "Sign out everywhere").await;
            work.is_at("/login").await;
            home.reload().await;
            home.is_at("/login").await;
            // The way back leads to where one was.
            home.fill("Email address", ADMINISTRATOR).await;
            home.fill("Password", PASSWORD).await;
            home.click("button", "Sign in").await;
            home.is_at("/profile").await;
        })
        .await;
    })
    .await;
    world.stop().await;
}

/// Pages are made on the server, and forms are forms: mail is read and flagged without scripts.
#[tokio::test(flavor = "multi_thread")]
async fn mail_is_read_without_scripts() {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.deliver(ADDRESS, "Plain and simple").await;
    world.connect(ADDRESS).await;
    let options = Options {
        no_scripts: true,
        ..Options::default()
    };
    story("no-scripts", options, async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.click("link", "Plain and simple").await;
        browser
            .frame_shows("Text of the message", "Plain and simple")
            .await;
        // Nothing ran: the mark of the live stream never came.
        assert!(browser.all("status", "Live").await.is_empty());
        browser.click("button", "Flag").await;
        browser.find("button", "Take the flag off").await;
        wait::until("it is flagged in Outlook", || async {
            let there = world.sim.snapshot(ADDRESS).await;
            (there["messages"][0]["flagStatus"] == "flagged").then_some(())
        })
        .await;
        // What a script saves at once has a button.
        browser
            .open_page(&format!("{}/profile", world.desk.url))
            .await;
        browser.click("field", "Dark").await;
        browser.click("#desk button", "Save").await;
        browser.find("[data-scheme=dark]", "Your account").await;
        browser.click("button", "Sign out").await;
        browser.is_at("/login").await;
    })
    .await;
    world.stop().await;
}
