//! Lists: every item once, cursors that only fit where they came from.

use maildesk_model::Role;
use maildesk_model::mailbox::Connection;
use serde_json::Value;

use crate::support::{Desk, Engine, Person, mail, story};

/// All items of a list, page by page; each page as long as asked for but the last.
async fn walk(desk: &Desk, person: &Person, path: &str, limit: usize, field: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = format!("{path}{sign}limit={limit}{cursor}");
        let page = desk.get(&page).by(person).send().await.expect(200);
        let items = page["items"].as_array().unwrap();
        found.extend(
            items
                .iter()
                .map(|item| item[field].as_str().unwrap().to_owned()),
        );
        match &page["nextCursor"] {
            Value::String(next) => {
                assert_eq!(items.len(), limit);
                cursor = format!("&cursor={next}");
            }
            _ => return found,
        }
    }
}

story!(every_item_comes_once, async |engine| {
    let desk = Desk::open(engine).await;
    let admin = desk.person("admin", Role::Administrator).await;
    for n in 0..4 {
        desk.person(&format!("user{n}"), Role::User).await;
    }
    let id = desk.mailbox("Zed", &[]).await;
    for name in ["b", "a", "Ä", "c"] {
        desk.bare_mailbox(name, Connection::GraphDelegated).await;
    }
    // Several of one second, so that the order needs the key too.
    let mut mails: Vec<_> = (0..25).map(mail).collect();
    for mail in &mut mails {
        let at = mail.received_at.unwrap().as_micros() / 4_000_000 * 4_000_000;
        mail.received_at = Some(maildesk_model::Timestamp::from_micros(at));
    }
    desk.deliver(id, mails).await;
    let folders = format!("/mailboxes/{id}/folders");
    for (path, field, count) in [
        ("/mailboxes", "id", 5),
        ("/users", "email", 5),
        ("/messages", "id", 25),
        ("/messages?unread=true", "id", 25),
        (folders.as_str(), "id", 3),
    ] {
        let whole = walk(&desk, &admin, path, 200, field).await;
        assert_eq!(whole.len(), count, "{path}");
        for limit in [1, 2, 4, 5, 24, 25] {
            let pages = walk(&desk, &admin, path, limit, field).await;
            assert_eq!(pages, whole, "{path} by {limit}");
        }
    }
    let default = desk.get("/messages").by(&admin).send().await.expect(200);
    assert_eq!(default["items"].as_array().unwrap().len(), 25);
    assert_eq!(default["nextCursor"], Value::Null);
});

#[tokio::test]
async fn the_largest_page_loses_nothing() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.deliver(id, (0..205).map(mail).collect()).await;
    assert_eq!(walk(&desk, &admin, "/messages", 200, "id").await.len(), 205);
    let first = desk.get("/messages").by(&admin).send().await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_cursor_fits_only_its_own_list() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.deliver(id, vec![mail(1), mail(2)]).await;
    desk.bare_mailbox("Other", Connection::GraphDelegated).await;
    let cursor = async |path: &str| {
        let page = desk.get(path).by(&admin).send().await.expect(200);
        page["nextCursor"].as_str().unwrap().to_owned()
    };
    let messages = cursor("/messages?limit=1").await;
    let mailboxes = cursor("/mailboxes?limit=1").await;
    let mut tampered = messages.clone().into_bytes();
    tampered[12] ^= 1;
    let tampered = String::from_utf8(tampered).unwrap();
    for path in [
        format!("/messages?cursor={mailboxes}"),
        format!("/mailboxes?cursor={messages}"),
        format!("/users?cursor={messages}"),
        format!("/mailboxes/{id}/folders?cursor={messages}"),
        format!("/messages?unread=true&cursor={messages}"),
        format!("/messages?cursor={tampered}"),
    ] {
        let problem = desk
            .get(&path)
            .by(&admin)
            .send()
            .await
            .refused(400, "malformed");
        assert_eq!(problem["errors"][0]["field"], "cursor", "{path}");
    }
    let next = format!("/messages?limit=1&cursor={messages}");
    desk.get(&next).by(&admin).send().await.expect(200);
}
