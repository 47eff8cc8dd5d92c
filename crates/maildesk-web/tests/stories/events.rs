//! The event stream: nothing missed, nothing shown that is not theirs, and an end when it ends.

use std::time::Duration;

use maildesk_model::intent::{Change, Want};
use maildesk_model::{Role, Timestamp};
use maildesk_store::contract::{DeskStore, JournalStore, MailboxStore, PeopleStore};
use serde_json::json;

use crate::support::{Desk, Engine, SERVER, Stream, mail, soon, story};

story!(an_arrival_is_told_to_whoever_may_see_it, async |engine| {
    let desk = Desk::open(engine).await;
    let member = desk.person("member", Role::User).await;
    let outsider = desk.person("outsider", Role::User).await;
    let id = desk.mailbox("Support", &[&member]).await;
    let own = desk.mailbox("Own", &[&outsider]).await;
    let mut inside = desk.events(&member).await;
    let mut outside = desk.events(&outsider).await;
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    desk.deliver(own, vec![mail(2)]).await;
    let event = inside.next_of("message.created").await;
    let shown = desk
        .get(&format!("/messages/{message}"))
        .by(&member)
        .send()
        .await
        .expect(200);
    assert_eq!(
        event.data,
        json!({
            "mailboxId": id.to_string(),
            "id": message.to_string(),
            "folderId": shown["folderId"],
        })
    );
    let event = outside.next_of("message.created").await;
    assert_eq!(event.data["mailboxId"], own.to_string());
});

story!(
    a_reconnect_misses_nothing_and_repeats_nothing,
    async |engine| {
        let desk = Desk::open(engine).await;
        let user = desk.person("user", Role::User).await;
        let id = desk.mailbox("Support", &[&user]).await;
        let mut stream = desk.events(&user).await;
        desk.deliver(id, vec![mail(1)]).await;
        let first = stream.next_of("message.created").await;
        drop(stream);
        let missed = desk.deliver(id, vec![mail(2), mail(3)]).await;
        let after = first.id.to_string();
        let by_header = desk
            .get("/events")
            .by(&user)
            .header("last-event-id", &after);
        let by_query = desk.get(&format!("/events?lastEventId={after}")).by(&user);
        for call in [by_header, by_query] {
            let mut stream = Stream::open(call).await;
            let mut last = first.id;
            for message in &missed {
                let event = stream.next_of("message.created").await;
                assert_eq!(event.data["id"], message.to_string());
                assert!(event.id > last);
                last = event.id;
            }
        }
    }
);

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_event_knows_where_it_was() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let head = desk.store.journal_head().await.unwrap();
    let mut stream = desk.events(&user).await;
    let opening = format!("retry: 2000\nid: {head}");
    assert_eq!(stream.raw().await, opening);
    drop(stream);
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    let call = desk
        .get("/events")
        .by(&user)
        .header("last-event-id", &head.to_string());
    let event = Stream::open(call).await.next_of("message.created").await;
    assert_eq!(event.data["id"], message.to_string());
}

#[tokio::test]
async fn the_position_is_fixed_before_the_head_is_sent() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    // Nothing of the stream has been read when the mail comes; only its head is there.
    let mut stream = desk.events(&user).await;
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    let event = stream.next_of("message.created").await;
    assert_eq!(event.data["id"], message.to_string());
}

story!(
    what_is_no_longer_kept_makes_the_reader_start_over,
    async |engine| {
        let desk = Desk::open(engine).await;
        let user = desk.person("user", Role::User).await;
        let id = desk.mailbox("Support", &[&user]).await;
        let old = desk.store.journal_head().await.unwrap();
        desk.deliver(id, vec![mail(1), mail(2)]).await;
        let later = desk.now().plus(Duration::from_hours(1));
        while desk.store.forget_old(later, 0).await.unwrap() {}
        let head = desk.store.journal_head().await.unwrap();
        for last in [old.to_string(), "999999".to_owned(), "x".to_owned()] {
            let call = desk.get("/events").by(&user).header("last-event-id", &last);
            let mut stream = Stream::open(call).await;
            let event = stream.next().await.unwrap();
            assert_eq!((event.name.as_str(), event.id), ("reset", head), "{last}");
        }
    }
);

#[tokio::test]
async fn a_mailbox_that_is_no_longer_theirs_falls_silent() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let own = desk.mailbox("Own", &[&user]).await;
    let mut stream = desk.events(&user).await;
    desk.deliver(id, vec![mail(1)]).await;
    stream.next_of("message.created").await;
    desk.store
        .set_access(SERVER, id, &[], desk.now())
        .await
        .unwrap();
    desk.deliver(id, vec![mail(2)]).await;
    desk.deliver(own, vec![mail(3)]).await;
    let event = stream.next_of("message.created").await;
    assert_eq!(event.data["mailboxId"], own.to_string());
}

#[tokio::test]
async fn a_person_who_is_disabled_is_out_within_seconds() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let mut quiet = desk.events(&user).await;
    let mut busy = desk.events(&user).await;
    quiet.raw().await;
    busy.raw().await;
    desk.store
        .set_disabled(user.id, true, desk.now())
        .await
        .unwrap();
    desk.deliver(id, vec![mail(1)]).await;
    assert_eq!(busy.next().await, None, "not one event more");
    desk.clock.turn(Duration::from_secs(5));
    assert_eq!(quiet.next().await, None);
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let mut stream = desk.events(&user).await;
    stream.raw().await;
    desk.shutdown.cancel();
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_comment_comes_every_fifteen_seconds() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let mut stream = desk.events(&user).await;
    stream.raw().await;
    for _ in 0..2 {
        desk.clock.turn(Duration::from_secs(15));
        assert_eq!(stream.raw().await, ": live");
    }
}

#[tokio::test]
async fn a_person_has_so_many_streams_and_no_more() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.streams_per_user_max = 2).await;
    let user = desk.person("user", Role::User).await;
    let other = desk.person("other", Role::User).await;
    let first = desk.events(&user).await;
    let second = desk.events(&user).await;
    let third = desk.get("/events").by(&user).send().await;
    third.refused(429, "too_many_streams");
    drop(desk.events(&other).await);
    drop((first, second));
    soon("a free place", async {
        while desk.get("/events").by(&user).start().await.status() != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_by_a_person_is_told_to_the_others() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    let mut stream = desk.events(&user).await;
    let change = Change {
        is_read: Some(true),
        ..Change::default()
    };
    let want = Want::Change { message, change };
    desk.store
        .want(SERVER, id, &want, desk.now())
        .await
        .unwrap()
        .unwrap();
    let event = stream.next_of("message.updated").await;
    assert_eq!(event.data["id"], message.to_string());
}

#[tokio::test]
async fn the_first_screen_is_noted_and_the_second_is_not() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[]).await;
    let mut first = desk.events(&admin).await;
    let mut second = desk.events(&admin).await;
    desk.clock.turn(Duration::from_secs(3));
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    first.next_of("message.created").await;
    second.next_of("message.created").await;
    let path = format!("/mailboxes/{id}/push");
    let latency = soon("the arrival to be measured", async {
        loop {
            let push = desk.get(&path).by(&admin).send().await.expect(200);
            if push["latency"]["samples"] == 1 {
                return push["latency"].clone();
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(
        latency.await,
        json!({"p50Ms": 2000, "p95Ms": 2000, "samples": 1})
    );
    let again = desk
        .store
        .mark_shown(&[message], Timestamp::EPOCH)
        .await
        .unwrap();
    assert_eq!(again, []);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_given_up() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.streams_per_user_max = 1).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    // The opening fills the place there is; the mail waits for somebody to take it.
    let mut stuck = desk.events(&user).await;
    desk.deliver(id, vec![mail(1)]).await;
    soon("the stuck stream's place", async {
        while desk.get("/events").by(&user).start().await.status() != 200 {
            desk.clock.turn(Duration::from_secs(30));
            tokio::task::yield_now().await;
        }
    })
    .await;
    stuck.raw().await;
    assert_eq!(stuck.next().await, None);
}
