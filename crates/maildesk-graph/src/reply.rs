//! What every good answer carries beside its value.

use maildesk_model::Timestamp;

/// A good answer: its value, and what its head said.
#[derive(Clone, PartialEq, Debug)]
pub struct Reply<T> {
    /// What was asked for.
    pub value: T,
    /// Graph's `Date` header: its clock, in whole seconds. Compared with [`Reply::received_at`]
    /// it tells how far apart the clocks are (P5).
    pub date: Option<Timestamp>,
    /// Our clock when the head of the answer was here.
    pub received_at: Timestamp,
    /// Graph's `request-id`, which Microsoft's support asks for.
    pub request_id: Option<String>,
}

impl<T> Reply<T> {
    /// The same head with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            value: change(self.value),
            date: self.date,
            received_at: self.received_at,
            request_id: self.request_id,
        }
    }

    /// The value, and the head without it.
    pub(crate) fn take(self) -> (T, Reply<()>) {
        let head = Reply {
            value: (),
            date: self.date,
            received_at: self.received_at,
            request_id: self.request_id,
        };
        (self.value, head)
    }

    /// How far Graph's clock is ahead of ours, in microseconds; negative if it is behind.
    /// Good to about a second, because `Date` knows no finer time.
    pub fn skew_micros(&self) -> Option<i64> {
        self.date
            .map(|date| date.as_micros() - self.received_at.floor_to_second().as_micros())
    }
}

impl<T> Reply<Option<T>> {
    /// A reply with the value, if there is one.
    pub(crate) fn transpose(self) -> Option<Reply<T>> {
        let (value, head) = self.take();
        value.map(|value| head.map(|()| value))
    }
}
