//! Places for event streams: so many in all, so many for one person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use maildesk_model::UserId;

/// Hands out places.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    taken: Arc<Mutex<Taken>>,
    all_max: usize,
    user_max: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_user: HashMap<UserId, usize>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    taken: Arc<Mutex<Taken>>,
    user: UserId,
}

impl Seats {
    /// So many in all, so many for one person.
    pub(crate) fn new(all_max: usize, user_max: usize) -> Self {
        Self {
            taken: Arc::default(),
            all_max,
            user_max,
        }
    }

    /// A place, if there is one.
    pub(crate) fn take(&self, user: UserId) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_user.get(&user).copied().unwrap_or(0);
        if taken.all >= self.all_max || own >= self.user_max {
            return None;
        }
        taken.all += 1;
        taken.by_user.insert(user, own + 1);
        Some(Seat {
            taken: Arc::clone(&self.taken),
            user,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        match taken.by_user.get_mut(&self.user) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let seats = Seats::new(3, 2);
        let (ada, bob) = (UserId(1), UserId(2));
        let first = seats.take(ada);
        let second = seats.take(ada);
        assert!(first.is_some() && second.is_some());
        assert!(seats.take(ada).is_none(), "two for one person");
        let third = seats.take(bob);
        assert!(third.is_some());
        assert!(seats.take(bob).is_none(), "three in all");
        drop(first);
        assert!(seats.take(bob).is_some());
        drop((second, third));
        assert!(seats.taken.lock().unwrap().by_user.is_empty());
    }
}
