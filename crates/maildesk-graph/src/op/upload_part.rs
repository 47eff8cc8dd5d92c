//! Sends a part of an upload.
//! Simulator: PUT /upload/{upload}

use bytes::Bytes;
use http::StatusCode;
use maildesk_model::Secret;

use super::add_attachment::PATIENCE;
use crate::call::Call;
use crate::draft::Part;
use crate::error::GraphError;
use crate::error::classify;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Sends `bytes`, which begin at `offset` of `size`, to the address of an upload. No token goes
    /// along: the address is its own pass, on a host that Graph has named (facts.md 7.3).
    ///
    /// [`GraphError::NotFound`] means that the upload is no more; [`GraphError::Refused`] with status
    /// 416 that it does not go on at `offset`, because it has this part already or lacks one before.
    pub async fn upload_part(
        &self,
        url: &Secret,
        offset: i64,
        size: i64,
        bytes: Bytes,
    ) -> Result<Reply<Part>, GraphError> {
        if !self.graph.hosts().may_upload_to(url.expose()) {
            return Err(classify::foreign_link(None, None));
        }
        let last = offset + bytes.len() as i64 - 1;
        let range = format!("bytes {offset}-{last}/{size}");
        let answer = Call::put_part("upload_part", url, &range, bytes)
            .patience(PATIENCE)
            .send(self)
            .await
            .map_err(pass_ended)?;
        let is_last = answer.status == StatusCode::CREATED;
        let part = if is_last { Part::Last } else { Part::Taken };
        Ok(answer.head().map(|()| part))
    }
}

/// Whatever is wrong with the pass, the upload is no more; the mailbox's own token has no part in it.
fn pass_ended(error: GraphError) -> GraphError {
    match error {
        GraphError::TokenRejected { said }
        | GraphError::SignInAgain { said, .. }
        | GraphError::NotAllowed { said } => GraphError::NotFound { said },
        other => other,
    }
}
