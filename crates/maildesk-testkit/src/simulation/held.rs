//! State that several hold and nobody holds for longer than one look.

use std::sync::Mutex;

/// A value behind a lock.
#[derive(Debug, Default)]
pub(super) struct Held<T>(Mutex<T>);

impl<T> Held<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Looks at it or changes it.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        act(&mut value)
    }
}
