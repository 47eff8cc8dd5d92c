//! Prolongs a subscription, which also re-authorizes it.
//! Simulator: PATCH /v1.0/subscriptions/{subscription}

use std::time::Duration;

use http::Method;
use maildesk_model::Timestamp;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::subscription::RemoteSubscription;
use crate::wire::subscription::{Renew, Subscription};

/// Graph was seen probing the webhook on renewals too (facts.md 2), ten seconds for each URL.
const PATIENCE: Duration = Duration::from_mins(1);

impl Session {
    /// Asks for a new end. What the answer says counts. Use a session with a freshly refreshed
    /// token, because delivery pauses when the token of the last renewal ages (facts.md 4), and
    /// renew one subscription at most once in ten minutes (facts.md 1.5).
    ///
    /// [`GraphError::NotFound`], which is also what a `308` becomes: it has ended; create anew.
    pub async fn renew_subscription(
        &self,
        id: &str,
        expires_at: Timestamp,
    ) -> Result<Reply<RemoteSubscription>, GraphError> {
        let address = self.root().then("subscriptions").id(id);
        let body = Renew {
            expiration_date_time: expires_at.to_rfc3339(),
        };
        Call::new(
            "renew_subscription",
            Kind::Subscription,
            Method::PATCH,
            address,
        )
        .json(&body)
        .patience(PATIENCE)
        .read_one::<Subscription>(self)
        .await
    }
}
