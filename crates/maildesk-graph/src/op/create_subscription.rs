//! Subscribes to all messages of the mailbox.
//! Simulator: POST /v1.0/subscriptions

use std::time::Duration;

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::{Session, Who};
use crate::subscription::{NewSubscription, RemoteSubscription};
use crate::wire::subscription::{CHANGE_TYPE, Create, Subscription};

/// Graph probes both URLs, ten seconds each, before it answers (facts.md 1.5, 2); the usual limit
/// would give up on a registration that is about to succeed.
const PATIENCE: Duration = Duration::from_mins(1);

impl Session {
    /// Creates a subscription; its notifications will carry immutable ids, which can be asked for
    /// here and never later (facts.md 1.3). Graph calls both URLs before it answers, so the
    /// webhook must be answering already.
    ///
    /// [`GraphError::Later`] with `maybe_done` may leave a subscription behind that nobody knows;
    /// it shows as a [`GraphError::Conflict`] on the next try, or ends by itself.
    pub async fn create_subscription(
        &self,
        wanted: &NewSubscription,
    ) -> Result<Reply<RemoteSubscription>, GraphError> {
        let resource = match self.who() {
            Who::Me => "me/messages".to_owned(),
            Who::User(user) => format!("users/{user}/messages"),
        };
        let address = self.root().then("subscriptions");
        Call::new(
            "create_subscription",
            Kind::Subscribe,
            Method::POST,
            address,
        )
        .json(&Create {
            change_type: CHANGE_TYPE,
            notification_url: &wanted.notification_url,
            lifecycle_notification_url: &wanted.lifecycle_url,
            resource: &resource,
            expiration_date_time: wanted.expires_at.to_rfc3339(),
            client_state: wanted.client_state.expose(),
        })
        .patience(PATIENCE)
        .read_one::<Subscription>(self)
        .await
    }
}
