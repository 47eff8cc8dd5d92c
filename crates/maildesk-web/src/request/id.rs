//! Opaque ids in paths. What was never one of our ids is simply not there: 404, never 400.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use maildesk_model::id::{AttachmentId, DraftFileId, DraftId, IntentId, MailboxId, MessageId};

use crate::error::Problem;

/// An id that can stand in a path.
pub(crate) trait Opaque: Sized {
    /// Reads the opaque form.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! opaque {
    ($($id:ty),*) => {$(
        impl Opaque for $id {
            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )*};
}

opaque!(
    AttachmentId,
    DraftFileId,
    DraftId,
    IntentId,
    MailboxId,
    MessageId
);

/// The one id of a path.
pub(crate) struct One<T>(pub(crate) T);

/// The two ids of a path, outer first.
pub(crate) struct Two<A, B>(pub(crate) A, pub(crate) B);

impl<T: Opaque, S: Send + Sync> FromRequestParts<S> for One<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = path::<String, S>(parts, state).await?;
        T::read(&id).map(Self).ok_or_else(Problem::not_found)
    }
}

impl<A: Opaque, B: Opaque, S: Send + Sync> FromRequestParts<S> for Two<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((outer, inner)) = path::<(String, String), S>(parts, state).await?;
        match (A::read(&outer), B::read(&inner)) {
            (Some(outer), Some(inner)) => Ok(Self(outer, inner)),
            _ => Err(Problem::not_found()),
        }
    }
}

async fn path<T, S>(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    // Percent-encoded text that is not UTF-8 is no id either.
    Path::from_request_parts(parts, state)
        .await
        .map_err(|_| Problem::not_found())
}
