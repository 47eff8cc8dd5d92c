//! Bodies that never end: anybody may send them, and they are in no genuine notification's way.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::{StreamExt as _, stream};
use http::Request;
use maildesk_model::client::ClientAddress;
use maildesk_push::NOTIFICATIONS_PATH;
use maildesk_store::contract::{ConnectionStore, PushStore};
use serde_json::json;
use tower::ServiceExt as _;

use crate::office::ADA;
use crate::world::{World, body, item, stories};

stories!(bodies_that_never_end_keep_no_notification_out);

type Answering = Pin<Box<dyn Future<Output = u16> + Send>>;

/// A POST from this address of which so many bytes have come and no more do.
fn stalled(world: &World, from: [u8; 4], bytes: usize) -> Answering {
    let beginning = stream::iter([Ok::<_, Infallible>(vec![b' '; bytes])]);
    let body = Body::from_stream(beginning.chain(stream::pending()));
    posted(world, from, body)
}

fn posted(world: &World, from: [u8; 4], body: Body) -> Answering {
    let request = Request::post(NOTIFICATIONS_PATH).extension(ClientAddress(from.into()));
    let answer = world.webhook.clone().oneshot(request.body(body).unwrap());
    Box::pin(async {
        answer
            .await
            .map(|answer: Response| answer.status().as_u16())
            .unwrap()
    })
}

async fn bodies_that_never_end_keep_no_notification_out(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let id = world.panel(ada).await.subscription.unwrap();
    let secret = world.store().push_secret(world.admin, ada).await.unwrap();
    let secret = secret.unwrap().unwrap().expose().to_owned();
    let (attacker, microsoft) = ([203, 0, 113, 1], [20, 20, 32, 1]);
    let mut all = Vec::new();
    for (count, bytes) in [(64, 200_000), (1984, 10)] {
        for _ in 0..count {
            let mut answer = stalled(&world, attacker, bytes);
            assert!(futures::poll!(&mut answer).is_pending());
            all.push(answer);
        }
    }
    for bytes in [10, 200_000] {
        assert_eq!(
            stalled(&world, attacker, bytes).await,
            503,
            "that is enough of them"
        );
    }
    let genuine = |count: usize| {
        let items = (0..count).map(|n| item(&id, json!(secret), &format!("m{n}")));
        Body::from(body(items.collect()))
    };
    // Small, and so large that it is parsed elsewhere.
    for count in [1, 1000] {
        assert_eq!(posted(&world, microsoft, genuine(count)).await, 202);
    }
    world.clock.advance(Duration::from_secs(2));
    for answer in all {
        assert_eq!(answer.await, 400);
    }
    assert_eq!(posted(&world, attacker, genuine(1)).await, 202);
    // Whoever sends slowly does not make us late: silence would say nothing any more.
    let late = world.store().memo("push.answered_late_at").await.unwrap();
    assert_eq!(late, None);
}
