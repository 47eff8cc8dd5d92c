//! The subscriptions this app has, as far as the token may see them.
//! Simulator: GET /v1.0/subscriptions

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::link::DeltaLink;
use crate::message::Page;
use crate::reply::Reply;
use crate::session::Session;
use crate::subscription::RemoteSubscription;
use crate::wire::page::List;
use crate::wire::subscription::Subscription;

impl Session {
    /// Lists subscriptions, or goes on at `next`: as a person this app's for this person, as the
    /// organisation this app's for any user of the tenant. Lists are scarce (25 in 20 s for an app
    /// and tenant, facts.md 1.6) and take no options.
    pub async fn subscriptions(
        &self,
        next: Option<&DeltaLink>,
    ) -> Result<Reply<Page<RemoteSubscription>>, GraphError> {
        const NAME: &str = "subscriptions";
        let call = match next {
            Some(link) => Call::follow(self, NAME, Kind::Read, link)?,
            None => Call::get(NAME, self.root().then("subscriptions")),
        };
        let reply = call.read::<List<Subscription>>(self).await?;
        self.checked(reply.map(List::into_page), Page::link)
    }
}
