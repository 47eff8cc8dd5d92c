//! Push of a mailbox, as an administrator handles it; the push worker is played by the test.

use std::time::Duration;

use maildesk_model::intent::Want;
use maildesk_model::mailbox::Trouble;
use maildesk_model::parameter::{PUSH_BASE_URL, WEB_BASE_URL};
use maildesk_model::push::PushState;
use maildesk_model::{MailboxId, Role};
use maildesk_store::contract::{IntentOutcome, PeopleStore, PushNote, PushStore};
use serde_json::{Value, json};

use crate::support::{Answer, Desk, Engine, Person, story};

fn trouble(code: &str, message: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: message.to_owned(),
        remedy: "Do something.".to_owned(),
    }
}

async fn scene(engine: Engine) -> (Desk, Person, MailboxId) {
    let desk = Desk::with(engine, |_| {}).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[&admin]).await;
    (desk, admin, id)
}

/// Calls, while the push worker settles what is wanted and writes its note.
async fn settled(
    desk: &Desk,
    id: MailboxId,
    call: crate::support::Call<'_>,
    want: Want,
    note: PushNote,
    outcome: IntentOutcome,
) -> Answer {
    let (answer, ()) = tokio::join!(call.send(), async {
        let (lease, intent) = desk.push_intent(id).await;
        assert_eq!(intent.want, want);
        let (store, now) = (&desk.store, desk.now());
        store.note_push(&lease, &note, now).await.unwrap();
        let settled = store.settle_push_intent(&lease, intent.id, &outcome, now);
        settled.await.unwrap();
        store.release_push(&lease).await.unwrap();
    });
    answer
}

#[tokio::test]
async fn before_anything_happened_it_looks_like_this() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    let base = desk
        .store
        .set_parameter(WEB_BASE_URL, "https://desk.example", desk.now());
    base.await.unwrap();
    let answer = desk
        .get(&format!("/mailboxes/{id}/push"))
        .by(&admin)
        .send()
        .await;
    insta::assert_snapshot!(answer.shown(), @r#"
    200 application/json
    {
      "checkedAt": null,
      "counts": {
        "accepted": 0,
        "forged": 0,
        "lifecycle": 0,
        "silent": 0
      },
      "events": [],
      "expiresAt": null,
      "lastNotificationAt": null,
      "lastSyncAt": null,
      "lastSyncTrigger": null,
      "latency": {
        "p50Ms": null,
        "p95Ms": null,
        "samples": 0
      },
      "latencyParts": {
        "announced": 0,
        "notified": {
          "p50Ms": null,
          "p95Ms": null
        },
        "shown": {
          "p50Ms": null,
          "p95Ms": null
        },
        "stored": {
          "p50Ms": null,
          "p95Ms": null
        }
      },
      "leaving": 0,
      "ready": false,
      "reasons": [],
      "state": "off",
      "subscriptionId": null,
      "trouble": null,
      "webhookUrl": "https://desk.example/maildesk/push/outlook"
    }
    "#);
}

#[tokio::test]
async fn the_webhook_has_an_address_of_its_own_where_one_is_set() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    let url = async || {
        let answer = desk
            .get(&format!("/mailboxes/{id}/push"))
            .by(&admin)
            .send()
            .await;
        answer.expect(200)["webhookUrl"].clone()
    };
    assert_eq!(url().await, Value::Null);
    for (key, value, wanted) in [
        (
            WEB_BASE_URL,
            "https://a.example",
            "https://a.example/maildesk/push/outlook",
        ),
        (
            PUSH_BASE_URL,
            "https://b.example",
            "https://b.example/maildesk/push/outlook",
        ),
        (PUSH_BASE_URL, "", "https://a.example/maildesk/push/outlook"),
    ] {
        desk.store
            .set_parameter(key, value, desk.now())
            .await
            .unwrap();
        assert_eq!(url().await, wanted);
    }
}

story!(a_registration_that_works, async |engine| {
    let (desk, admin, id) = scene(engine).await;
    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let note = PushNote {
        wanted: Some(true),
        state: Some(PushState::Active),
        readiness: Some((Vec::new(), desk.now())),
        ..PushNote::default()
    };
    let done = IntentOutcome::Done(None);
    let answer = settled(&desk, id, call, Want::RegisterPush, note, done).await;
    let push = answer.expect(200);
    assert_eq!(push["state"], "active");
    assert_eq!(push["ready"], true);
    assert_eq!(
        push["latency"],
        json!({"p50Ms": null, "p95Ms": null, "samples": 0})
    );
    assert_eq!(desk.audited().await, ["push.register"]);
});

story!(a_mailbox_that_is_not_ready, async |engine| {
    let (desk, admin, id) = scene(engine).await;
    let reasons = vec![trouble("base_url_missing", "No public address is set.")];
    let note = PushNote {
        state: Some(PushState::NotReady),
        readiness: Some((reasons, desk.now())),
        ..PushNote::default()
    };
    let refused = IntentOutcome::Refused(trouble("not_ready", "The mailbox is not ready."));
    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let answer = settled(&desk, id, call, Want::RegisterPush, note.clone(), refused).await;
    let problem = answer.refused(409, "not_ready");
    assert_eq!(
        problem["reasons"],
        json!([{
            "code": "base_url_missing",
            "message": "No public address is set.",
            "remedy": "Do something."
        }])
    );

    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push/check"))
        .by(&admin);
    let done = IntentOutcome::Done(None);
    let answer = settled(&desk, id, call, Want::CheckPush, note, done).await;
    let push = answer.expect(200);
    assert_eq!(push["ready"], false);
    assert_eq!(push["reasons"][0]["code"], "base_url_missing");
    assert_eq!(push["checkedAt"], "2026-03-02T14:00:00Z");
});

#[tokio::test]
async fn what_graph_refuses_is_told_in_its_words() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    let words = "Subscription validation request timed out.";
    let refused = IntentOutcome::Refused(trouble("ValidationError", words));
    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let note = PushNote::default();
    let answer = settled(&desk, id, call, Want::RegisterPush, note, refused).await;
    insta::assert_snapshot!(answer.shown(), @r#"
    502 application/problem+json
    {
      "code": "ValidationError",
      "detail": "Subscription validation request timed out.",
      "message": "Subscription validation request timed out.",
      "remedy": "Do something.",
      "status": 502,
      "title": "Bad Gateway",
      "type": "about:blank"
    }
    "#);
    answer.refused(502, "ValidationError");
}

#[tokio::test]
async fn what_takes_longer_goes_on_by_itself() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let (answer, intent) = tokio::join!(call.send(), async {
        let (_, intent) = desk.push_intent(id).await;
        desk.clock.turn(Duration::from_secs(20));
        intent.id.to_string()
    });
    let push = answer.expect(202);
    assert_eq!(push["intentId"], intent);
    let asked = desk
        .get(&format!("/intents/{intent}"))
        .by(&admin)
        .send()
        .await
        .expect(200);
    assert_eq!(asked["state"], "waiting");
}

#[tokio::test]
async fn turning_off() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    let call = desk
        .call("DELETE", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let note = PushNote {
        wanted: Some(false),
        state: Some(PushState::Off),
        ..PushNote::default()
    };
    let done = IntentOutcome::Done(None);
    let answer = settled(&desk, id, call, Want::TurnOffPush, note, done).await;
    assert_eq!(answer.expect(200)["state"], "off");
}

#[tokio::test]
async fn it_takes_no_values() {
    let (desk, admin, id) = scene(Engine::Sqlite).await;
    for path in [
        format!("/mailboxes/{id}/push"),
        format!("/mailboxes/{id}/push/check"),
    ] {
        let call = desk
            .call("POST", &path)
            .by(&admin)
            .json(&json!({"minutes": 60}));
        call.send().await.refused(422, "body_not_empty");
    }
}

#[tokio::test]
async fn a_server_without_push_says_so() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.push_enabled = false).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let member = desk.person("member", Role::User).await;
    let id = desk.mailbox("Support", &[&member]).await;
    let path = format!("/mailboxes/{id}/push");
    for (method, path) in [
        ("POST", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/check")),
    ] {
        desk.call(method, &path)
            .by(&member)
            .send()
            .await
            .refused(403, "forbidden");
        desk.call(method, &path)
            .by(&admin)
            .send()
            .await
            .refused(409, "push_disabled");
    }
    let push = desk.get(&path).by(&admin).send().await.expect(200);
    assert_eq!(push["ready"], false);
    assert_eq!(push["reasons"][0]["code"], "push_disabled");
}

story!(the_secret_is_shown_and_audited, async |engine| {
    let (desk, admin, id) = scene(engine).await;
    let path = format!("/mailboxes/{id}/push/secret");
    desk.get(&path)
        .by(&admin)
        .send()
        .await
        .refused(404, "no_subscription");
    desk.subscribe(id, "the-secret").await;
    let answer = desk.get(&path).by(&admin).send().await.expect(200);
    assert_eq!(answer, json!({"clientState": "the-secret"}));
    assert_eq!(
        desk.audited().await,
        ["push.secret.show", "push.secret.show"]
    );
});
