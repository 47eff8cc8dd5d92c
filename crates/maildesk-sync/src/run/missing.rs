//! Messages that a folder called removed: deleted, or moved (S4)?

use maildesk_graph::{GraphError, Want};
use maildesk_store::contract::{Missing, Source};

use super::{Result, Visit, fetch, take_in};

/// Looks for each by its id. Found ones are shown where they are, the others go.
pub(super) async fn look_for(visit: &Visit<'_>, missing: &[Missing]) -> Result<()> {
    let asked = missing.iter().map(|one| ((), one.remote_id.clone()));
    let asked = asked.map(|((), id)| (id.clone(), id));
    let read = fetch::several(visit, asked, Want::FIELDS).await;
    let (mut gone, mut failure, mut decided) = (Vec::new(), None, 0);
    for (id, answer) in read.answers {
        match answer {
            Ok(reply) => {
                decided += 1;
                let reply = reply.map(|message| vec![message]);
                take_in::anywhere(visit, reply, Source::Live).await?;
            }
            Err(GraphError::NotFound { .. } | GraphError::Refused { .. }) => {
                decided += 1;
                gone.push(id);
            }
            Err(error) => failure = Some(error),
        }
    }
    if !gone.is_empty() {
        let (store, at) = (visit.store(), visit.now());
        store.forget_messages(visit.lease, &gone, at).await?;
    }
    match read.stopped.or(failure.filter(|_| decided == 0)) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
