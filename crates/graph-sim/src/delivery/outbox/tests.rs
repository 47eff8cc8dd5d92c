//! What the outbox decides, without sending anything.

use super::*;
use crate::delivery::payload::{Form, LifecycleEvent, LifecycleFacts};

const HOOK: &str = "https://desk.test/hook";
const QUICK: Duration = Duration::from_millis(5);

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("literal")
}

fn entry(subscription: &str, message: Option<&str>) -> Entry {
    let facts = LifecycleFacts {
        subscription_id: subscription.into(),
        expires: String::new(),
        tenant: String::new(),
        client_state: None,
        validation_token: String::new(),
        event: LifecycleEvent::MISSED,
    };
    Entry {
        subscription: subscription.into(),
        mailbox: "ada@contoso.test".into(),
        message: message.map(str::to_owned),
        item: facts.item(Form::Captured),
        queued: start(),
        faults: Vec::new(),
    }
}

fn outbox(messages: &[&str]) -> Outbox {
    let mut outbox = Outbox::default();
    for message in messages {
        outbox.put(HOOK, entry("s1", Some(message)), start(), start());
    }
    outbox
}

fn due(outbox: &mut Outbox, now: Timestamp) -> Vec<Parcel> {
    outbox.take_due(now, |_| Subscriber::Listening)
}

fn lost(subscription: &str) -> BTreeMap<String, Loss> {
    BTreeMap::from([(subscription.to_owned(), Loss::Undelivered)])
}

fn soon() -> Timestamp {
    start() + TOGETHER
}

#[test]
fn neighbours_for_one_url_travel_together_and_other_urls_apart() {
    let mut outbox = outbox(&["m1", "m2"]);
    outbox.put(
        "https://desk.test/other",
        entry("s2", Some("m1")),
        start(),
        start(),
    );
    assert!(due(&mut outbox, start()).is_empty());
    let next = outbox.next_due().expect("something waits");
    let parcels = due(&mut outbox, next);
    assert_eq!(
        parcels
            .iter()
            .map(|parcel| parcel.entries.len())
            .collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!((outbox.next_due(), outbox.waiting), (None, 0));
}

#[test]
fn a_post_has_a_largest_size() {
    let names: Vec<_> = (0..250).map(|n| n.to_string()).collect();
    let mut outbox = outbox(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let sizes: Vec<_> = due(&mut outbox, soon())
        .iter()
        .map(|parcel| parcel.entries.len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[test]
fn what_fails_comes_back_until_four_hours_are_over_and_then_is_missed() {
    let mut outbox = outbox(&["m1"]);
    let mut attempts = 0;
    while let Some(now) = outbox.next_due() {
        for parcel in due(&mut outbox, now) {
            attempts += 1;
            outbox.came_back(parcel, Reception::Failed, QUICK, now);
        }
    }
    assert_eq!(attempts, 12);
    assert_eq!(outbox.take_lost(), lost("s1"));
    assert_eq!(outbox.waiting, 0);
}

#[test]
fn a_paused_subscription_holds_its_own_back_until_released() {
    let mut outbox = outbox(&["m1"]);
    outbox.put(HOOK, entry("s2", Some("m2")), start(), start());
    let paused = |id: &str| {
        if id == "s1" {
            Subscriber::Paused
        } else {
            Subscriber::Listening
        }
    };
    let parcels = outbox.take_due(soon(), paused);
    assert_eq!(
        parcels
            .iter()
            .flat_map(|parcel| &parcel.entries)
            .map(|entry| entry.subscription.as_str())
            .collect::<Vec<_>>(),
        ["s2"]
    );
    outbox.release("s1", soon());
    assert_eq!(due(&mut outbox, soon() + TOGETHER).len(), 1);
    assert_eq!(outbox.waiting, 0);
}

#[test]
fn what_is_held_longer_than_four_hours_or_belongs_to_none_is_forgotten() {
    let mut outbox = outbox(&["m1"]);
    assert!(outbox.take_due(soon(), |_| Subscriber::Paused).is_empty());
    assert!(
        outbox
            .take_due(start() + backoff::GIVE_UP, |_| Subscriber::Paused)
            .is_empty()
    );
    outbox.release("s1", start() + backoff::GIVE_UP);
    assert_eq!((outbox.next_due(), outbox.waiting), (None, 0));
    let mut outbox = super::tests::outbox(&["m1"]);
    assert!(outbox.take_due(soon(), |_| Subscriber::Gone).is_empty());
}

#[test]
fn a_dropped_endpoint_loses_what_is_new_and_hears_of_it_when_well_again() {
    let mut outbox = Outbox::default();
    let hung = || Parcel {
        url: HOOK.into(),
        entries: Vec::new(),
        failed: 1,
        first_tried: Some(start()),
        probe: false,
    };
    (0..10)
        .for_each(|_| outbox.came_back(hung(), Reception::Taken, Duration::from_secs(10), start()));
    outbox.put(HOOK, entry("s1", Some("m1")), start(), start());
    outbox.put(HOOK, entry("s1", None), start(), start());
    let lifecycle = due(&mut outbox, soon());
    assert_eq!(
        lifecycle.len(),
        1,
        "lifecycle notifications are not thrown away"
    );
    let later = start() + super::super::endpoint::WINDOW;
    outbox.put(HOOK, entry("s1", Some("m2")), later, later);
    let probe = due(&mut outbox, later + TOGETHER)
        .pop()
        .expect("a probe goes out");
    assert!(outbox.take_lost().is_empty());
    outbox.came_back(probe, Reception::Taken, QUICK, later + TOGETHER);
    assert_eq!(outbox.take_lost(), lost("s1"));
}

#[test]
fn more_than_twenty_five_messages_at_once_are_only_missed() {
    for (messages, delivered) in [(25, true), (26, false)] {
        let mut outbox = Outbox::default();
        for n in 0..messages {
            let name = n.to_string();
            outbox.put_bulk(HOOK, entry("s1", Some(&name)), start(), soon(), || true);
            outbox.put_bulk(HOOK, entry("s1", Some(&name)), start(), soon(), || true);
        }
        assert!(
            outbox
                .take_due(start(), |_| Subscriber::Listening)
                .is_empty()
        );
        assert_eq!(
            !due(&mut outbox, soon()).is_empty(),
            delivered,
            "{messages}"
        );
        assert_eq!(outbox.take_lost().is_empty(), delivered, "{messages}");
    }
}
