//! Ends a subscription.
//! Simulator: DELETE /v1.0/subscriptions/{subscription}

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Deletes a subscription. [`GraphError::NotFound`]: it has ended already, or its user is gone
    /// (facts.md 10, 10); either way nothing is left to delete. Notifications may still come for
    /// a while (facts.md 10, 9).
    pub async fn delete_subscription(&self, id: &str) -> Result<Reply<()>, GraphError> {
        let address = self.root().then("subscriptions").id(id);
        Call::new(
            "delete_subscription",
            Kind::Subscription,
            Method::DELETE,
            address,
        )
        .finish(self)
        .await
    }
}
