//! Sends a mail that is nowhere yet.
//! Simulator: POST /v1.0/{who}/sendMail

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::message::NewMail;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::SendMail;

impl Session {
    /// Sends `mail` in one call; a copy lies in Sent Items afterwards. Needs `Mail.Send` alone.
    ///
    /// Graph knows no key by which a second try would be found out: after [`GraphError::Later`] with
    /// `maybe_done` the mail may have gone, and sending again may send it twice. Use it for mail of
    /// which two are harmless; what a person writes goes by a draft.
    pub async fn send_mail(&self, mail: &NewMail) -> Result<Reply<()>, GraphError> {
        let address = self.mailbox().then("sendMail");
        Call::new("send_mail", Kind::Write, Method::POST, address)
            .json(&SendMail::from(mail))
            .finish(self)
            .await
    }
}
