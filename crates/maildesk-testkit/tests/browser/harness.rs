//! The harness itself, so that a red story means the product.

use maildesk_testkit::browser::trap::Trap;
use maildesk_testkit::browser::{Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;

/// The browser finds by role and name, and whatever leaves this machine's servers is caught.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_finds_clicks_and_is_watched() {
    let trap = Trap::listen().await;
    let options = Options {
        requests: true,
        trap: Some(trap.address),
        no_scripts: false,
    };
    let world = World::start(Engine::Sqlite, &[]).await;
    world.sim.add_mailbox("team@contoso.test", "shared").await;
    story("harness", options, async |browser| {
        browser.open_page(&format!("{}/", world.sim.url)).await;
        browser.click("link", "team@contoso.test").await;
        browser.is_at("/outlook/team%40contoso%2Etest").await;
        let requests = browser.requests().await;
        assert!(requests.iter().any(|url| url.contains("/outlook/")), "{requests:?}");
        let load = "const picture = new Image(); picture.src = 'http://pixel.evil.test/a.gif'; document.body.append(picture);";
        browser.script(load, serde_json::json!([])).await;
        browser
            .until("the picture", "return document.images[0].complete")
            .await;
        assert_eq!(trap.caught("pixel.evil.test").len(), 1);
        let requests = browser.requests().await;
        assert!(requests.iter().any(|url| url.contains("pixel.evil.test")), "{requests:?}");
    })
    .await;
    world.stop().await;
}
