//! Re-authorizes a subscription without prolonging it.
//! Simulator: POST /v1.0/subscriptions/{subscription}/reauthorize

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Re-authorizes a subscription. A renewal does this and more, and the two must never come
    /// within ten minutes of each other (facts.md 1.5), so the product renews instead (P12).
    pub async fn reauthorize_subscription(&self, id: &str) -> Result<Reply<()>, GraphError> {
        let address = self.root().then("subscriptions").id(id).then("reauthorize");
        Call::new(
            "reauthorize_subscription",
            Kind::Subscription,
            Method::POST,
            address,
        )
        .finish(self)
        .await
    }
}
