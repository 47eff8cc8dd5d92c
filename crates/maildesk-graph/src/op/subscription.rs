//! One subscription, as Graph has it now.
//! Simulator: GET /v1.0/subscriptions/{subscription}

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::subscription::RemoteSubscription;
use crate::wire::subscription::Subscription;

impl Session {
    /// Reads a subscription by Graph's id. [`GraphError::NotFound`]: it has ended.
    pub async fn subscription(&self, id: &str) -> Result<Reply<RemoteSubscription>, GraphError> {
        let address = self.root().then("subscriptions").id(id);
        Call::new("subscription", Kind::Subscription, Method::GET, address)
            .read_one::<Subscription>(self)
            .await
    }
}
