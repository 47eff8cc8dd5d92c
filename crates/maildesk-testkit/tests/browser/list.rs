//! The list goes on when somebody scrolls, what they read stays where it is when mail arrives, and
//! what they do can be taken back.

use maildesk_testkit::browser::{Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_goes_on_and_holds_still() {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 400, 1, 1).await;
    let mailbox = world.connect(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    story("list", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        let rows = "document.querySelectorAll('#list > li').length";
        browser
            .until("a first page of rows", &format!("return {rows} === 50"))
            .await;
        browser
            .until(
                "further pages as somebody scrolls",
                &format!("const list = document.getElementById('scroll'); list.scrollTop = list.scrollHeight; return {rows} > 100"),
            )
            .await;

        // What is opened far down is opened in this list, which stays where it is.
        let place = "return document.getElementById('scroll').scrollTop";
        let seventieth = "const row = document.querySelectorAll('#list > li')[70];
            row.scrollIntoView(); row.querySelector('a').click();";
        browser.script(seventieth, json!([])).await;
        let before = browser.script(place, json!([])).await;
        let is_open = "return document.querySelectorAll('#list > li')[70]?.classList.contains('current')
            && !!document.querySelector('#reading article')";
        browser.until("it is open", is_open).await;
        assert_eq!(browser.script(place, json!([])).await, before, "it moved");
        let all = browser.script(&format!("return {rows}"), json!([])).await;
        assert!(all.as_i64() > Some(100), "what was loaded is there: {all}");

        browser
            .script("document.getElementById('scroll').scrollTop = 900", json!([]))
            .await;
        let before = browser.script(place, json!([])).await;
        world.sim.deliver(ADDRESS, "Meanwhile").await;
        browser.find("button", "1 new").await;
        assert_eq!(browser.script(place, json!([])).await, before, "it moved");
        browser.click("button", "1 new").await;
        browser.find("row", "Meanwhile").await;
        browser
            .until("back at the top", &format!("{place} === 0"))
            .await;
        let all = browser.script(&format!("return {rows}"), json!([])).await;
        assert!(all.as_i64() > Some(100), "what was loaded has stayed: {all}");

        browser.click("link", "Meanwhile").await;
        browser
            .frame_shows("Text of the message", "Meanwhile")
            .await;
        browser.click("button", "Archive").await;
        browser.shows("Archived.").await;
        assert!(browser.all("row", "Meanwhile").await.is_empty());
        browser.click("button", "Undo").await;
        browser.find("row", "Meanwhile").await;
    })
    .await;
    world.stop().await;
}
