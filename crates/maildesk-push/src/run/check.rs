//! Gathers the facts readiness is judged by, with one real call where a call can tell more.

use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_store::StoreError;
use maildesk_store::contract::{PushNote, PushWork};

use super::round::Round;
use crate::readiness::{self, Called, Facts};

impl Round<'_> {
    /// What stands in the way, given what came of a call. Makes none itself.
    pub(super) async fn reasons(
        &self,
        work: &PushWork,
        call: &Called,
    ) -> Result<Vec<Trouble>, StoreError> {
        let scope = self.scope(work).await?;
        Ok(readiness::check(&self.facts(work, scope.as_deref(), call)))
    }

    /// Checks readiness now, with a real call as the proof of a usable token (P9), and keeps what
    /// was found.
    pub(super) async fn check(&mut self, work: &PushWork) -> Result<Vec<Trouble>, StoreError> {
        self.done.checked = true;
        let scope = self.scope(work).await?;
        let facts = self.facts(work, scope.as_deref(), &Called::NotTried);
        let call = if readiness::may_call(&facts) {
            self.call().await?
        } else {
            Called::NotTried
        };
        // A refused token may have changed the mailbox's own state, which is then the reason.
        let work = self.work().await?;
        let reasons = readiness::check(&self.facts(&work, scope.as_deref(), &call));
        self.note(PushNote {
            readiness: Some((reasons.clone(), self.now())),
            ..PushNote::default()
        })
        .await?;
        Ok(reasons)
    }

    /// Any call that needs the mailbox would do; this one is small and every mailbox has an inbox.
    async fn call(&self) -> Result<Called, StoreError> {
        let failed = match self.session().await? {
            Err(failed) => failed,
            Ok(session) => {
                let asked = self.ask(
                    session,
                    |session| async move { session.folder("inbox").await },
                );
                match asked.await? {
                    Ok(_) => return Ok(Called::Worked),
                    Err(failed) => failed,
                }
            }
        };
        Ok(Called::Failed(failed.kind(), failed.trouble()))
    }

    async fn scope(&self, work: &PushWork) -> Result<Option<String>, StoreError> {
        if work.connection != Connection::GraphDelegated {
            return Ok(None);
        }
        let row = self.shared.store.connection(work.mailbox).await?;
        Ok(row.and_then(|row| row.tokens).map(|tokens| tokens.scope))
    }

    fn facts<'b>(&'b self, work: &PushWork, scope: Option<&'b str>, call: &'b Called) -> Facts<'b> {
        Facts {
            connection: work.connection,
            state: work.state,
            disconnected: work.disconnected,
            scope,
            call,
            base_url: &self.base_url,
            rules: self.rules(),
        }
    }
}
