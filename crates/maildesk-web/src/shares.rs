//! Shares of what takes long: so many at once, and so many of them for one person. Who wants more waits
//! behind themselves, so that nobody waits for what one other person asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use maildesk_model::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is shared.
#[derive(Debug)]
pub(crate) struct Shares {
    all: Arc<Semaphore>,
    each_max: usize,
    each: Mutex<HashMap<UserId, Weak<Semaphore>>>,
}

/// A share; given back when dropped, by whoever has it then.
#[derive(Debug)]
pub(crate) struct Share {
    _of_all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl Shares {
    /// So many at once, so many of them for each.
    pub(crate) fn new(all_max: usize, each_max: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all_max)),
            each_max,
            each: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for one. `None` never comes while the server runs: nobody closes what is waited at.
    pub(crate) async fn take(&self, person: UserId) -> Option<Share> {
        let own = self.own(person).acquire_owned().await.ok()?;
        Some(Share {
            _of_all: Arc::clone(&self.all).acquire_owned().await.ok()?,
            _own: own,
        })
    }

    /// Where this person waits; whoever is not about is forgotten.
    fn own(&self, person: UserId) -> Arc<Semaphore> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = each.get(&person).and_then(Weak::upgrade) {
            return own;
        }
        each.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(self.each_max));
        each.insert(person, Arc::downgrade(&own));
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn nobody_waits_behind_anothers_many() {
        let shares = Shares::new(3, 2);
        let (ada, bo, cy) = (UserId(1), UserId(2), UserId(3));
        let first = shares.take(ada).await;
        let second = shares.take(ada).await;
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(ada).now_or_never().is_none(), "two for one");
        let third = shares.take(bo).now_or_never();
        assert!(third.is_some(), "she does not wait for Ada's third");
        assert!(shares.take(cy).now_or_never().is_none(), "three in all");
        drop(first);
        assert!(shares.take(cy).now_or_never().is_some());
        drop((second, third));
        drop(shares.take(bo).await);
        assert_eq!(shares.each.lock().unwrap().len(), 1, "the others are gone");
    }
}
