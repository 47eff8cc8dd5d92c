//! Locks that do not carry a panic on: a request that panicked must not take the whole world with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock whether or not an earlier holder panicked.
pub(crate) trait Held<T> {
    /// The guard.
    fn held(&self) -> MutexGuard<'_, T>;
}

impl<T> Held<T> for Mutex<T> {
    fn held(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
