//! From which mailbox a mail goes out, and when it is left alone.

use std::time::Duration;

use maildesk_model::{Clock, NodeId};
use maildesk_store::contract::{MailboxStore, PushStore};

use crate::world::{Answer, World, sign_in};

#[tokio::test]
async fn where_one_mailbox_is_refused_another_one_sends() {
    let world = World::new().await;
    assert_eq!(world.test().await, Ok(world.ada));
    assert_eq!(world.microsoft.asked(), ["ada"]);
    // Its quota, a policy, an outage of its server: it may be about that mailbox alone.
    for refused in [
        Answer::Refused(403, None),
        Answer::Refused(400, None),
        Answer::Refused(404, None),
    ] {
        world.microsoft.answers("ada", refused);
        assert_eq!(world.test().await, Ok(world.bob), "{refused:?}");
        assert_eq!(world.microsoft.asked(), ["ada", "bob"]);
    }
    for name in ["bob", "eve"] {
        world.microsoft.answers(name, Answer::Refused(403, None));
    }
    assert_eq!(world.test().await, Err("ErrorNo".to_owned()));
    assert_eq!(world.microsoft.asked(), ["ada", "bob", "eve"]);
}

#[tokio::test]
async fn where_the_answer_was_lost_no_other_one_sends_it_a_second_time() {
    let world = World::new().await;
    world.microsoft.answers("ada", Answer::Lost);
    assert!(world.test().await.is_err());
    assert_eq!(world.microsoft.asked(), ["ada"]);
    world.microsoft.answers("ada", Answer::Hangs);
    let test = world.testing();
    world.microsoft.is_asked("ada").await;
    world.advance(Duration::from_secs(15));
    assert_eq!(test.await.unwrap(), Err("alert_mail_slow".to_owned()));
    assert_eq!(world.microsoft.asked(), ["ada"]);
}

#[tokio::test]
async fn a_mailbox_microsoft_wants_left_alone_is_left_alone() {
    let world = World::new().await;
    let busy = Answer::Refused(429, Some(600));
    world.microsoft.answers("ada", busy);
    assert_eq!(world.test().await, Ok(world.bob));
    assert_eq!(world.microsoft.asked(), ["ada", "bob"]);
    // Nor does anything else ask it.
    let viewer = maildesk_model::access::Viewer {
        user: maildesk_model::UserId(0),
        role: maildesk_model::Role::Administrator,
    };
    let mailbox = world.store.mailbox(viewer, world.ada).await.unwrap();
    let until = world.clock.now().plus(Duration::from_mins(10));
    assert_eq!(mailbox.unwrap().not_before, Some(until));
    world.advance(Duration::from_secs(599));
    assert_eq!(world.test().await, Ok(world.bob));
    assert_eq!(world.microsoft.asked(), ["bob"]);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.test().await, Ok(world.bob));
    assert_eq!(world.microsoft.asked(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_mailbox_whose_push_is_being_worked_on_has_no_call_to_spare() {
    let world = World::new().await;
    let there = NodeId("there".to_owned());
    let now = world.clock.now();
    let until = now.plus(Duration::from_secs(30));
    let lease = world.store.borrow_push(world.ada, &there, now, until);
    let lease = lease.await.unwrap().unwrap();
    assert_eq!(world.test().await, Ok(world.bob));
    world.store.release_push(&lease).await.unwrap();
    assert_eq!(world.test().await, Ok(world.ada));
    assert_eq!(world.microsoft.asked(), ["bob", "ada"]);
    // It is given back, whatever came of the mail.
    world.microsoft.answers("ada", Answer::Refused(403, None));
    assert_eq!(world.test().await, Ok(world.bob));
    for mailbox in [world.ada, world.bob] {
        let lease = world.store.borrow_push(mailbox, &there, now, until);
        assert!(lease.await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_token_that_does_not_come_is_no_doubt_about_the_mail() {
    let world = World::new().await;
    sign_in(&world.store, world.ada, "ada", world.clock.now()).await;
    world.microsoft.answers("token", Answer::Hangs);
    let test = world.testing();
    world.microsoft.is_asked("token").await;
    world.advance(Duration::from_secs(10));
    assert_eq!(test.await.unwrap(), Ok(world.bob));
    assert_eq!(world.microsoft.asked(), ["token", "bob"]);
}

#[tokio::test]
async fn a_mail_has_its_own_time_whatever_the_token_took() {
    let world = World::new().await;
    world.microsoft.answers("ada", Answer::Hangs);
    let test = world.testing();
    world.microsoft.is_asked("ada").await;
    world.advance(Duration::from_secs(14));
    tokio::task::yield_now().await;
    assert!(!test.is_finished());
    world.advance(Duration::from_secs(1));
    assert_eq!(test.await.unwrap(), Err("alert_mail_slow".to_owned()));
}

#[tokio::test]
async fn a_way_that_was_given_up_a_moment_ago_tells_nothing_any_more() {
    for mail_off in [false, true] {
        let world = World::new().await;
        world.posts(mail_off).await;
        world.until_posted().await;
        let mails = world.microsoft.asked();
        assert_eq!(mails.is_empty(), mail_off, "{mails:?}");
    }
}
