//! From where a request comes, and how many places those of one address may take up.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The address of the client, behind trusted proxies too. The program, which knows the proxies, puts it
/// into each request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Where nobody knows: all of those are one.
    pub const UNKNOWN: Self = Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED));

    /// Whom to count it as: an address, or for IPv6 its /64, of which anybody has plenty.
    #[must_use]
    pub fn counted(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// Places: so many in all, and so many of them for one address or person.
#[derive(Debug)]
pub struct Places<K: Copy + Eq + Hash> {
    taken: Arc<Mutex<Taken<K>>>,
    all_max: usize,
    each_max: usize,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by_key: HashMap<K, usize>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub struct Place<K: Copy + Eq + Hash> {
    taken: Arc<Mutex<Taken<K>>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Places<K> {
    /// So many in all, so many for each.
    pub fn new(all_max: usize, each_max: usize) -> Self {
        let taken = Taken {
            all: 0,
            by_key: HashMap::new(),
        };
        Self {
            taken: Arc::new(Mutex::new(taken)),
            all_max,
            each_max,
        }
    }

    /// A place, if there is one.
    pub fn take(&self, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_key.get(&key).copied().unwrap_or(0);
        if taken.all >= self.all_max || own >= self.each_max {
            return None;
        }
        taken.all += 1;
        taken.by_key.insert(key, own + 1);
        Some(Place {
            taken: Arc::clone(&self.taken),
            key,
        })
    }
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        match taken.by_key.get_mut(&self.key) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let places = Places::new(3, 2);
        let first = places.take("ada");
        let second = places.take("ada");
        assert!(first.is_some() && second.is_some());
        assert!(places.take("ada").is_none(), "two for one");
        let third = places.take("bob");
        assert!(third.is_some());
        assert!(places.take("bob").is_none(), "three in all");
        drop(first);
        assert!(places.take("bob").is_some());
        drop((second, third));
        assert!(places.taken.lock().unwrap().by_key.is_empty());
    }

    #[test]
    fn one_house_is_one_client() {
        let counted = |text: &str| ClientAddress(text.parse().unwrap()).counted();
        assert_eq!(counted("2001:db8::1"), counted("2001:db8::ffff:2"));
        assert_ne!(counted("2001:db8::1"), counted("2001:db8:0:1::1"));
        assert_eq!(counted("::ffff:192.0.2.1"), counted("192.0.2.1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
    }
}
