//! *Test*: proves the app registration by real calls, one for each permission (point 3 of C7).
//!
//! Nothing is changed at Microsoft: mail is read, and what may be written or sent is tried on a
//! message that does not exist. Permissions are looked at before messages are, so "not allowed"
//! means that the permission is missing and "not found" that it is there.

use maildesk_graph::message::MessagePatch;
use maildesk_graph::{GraphError, Session, Who};
use maildesk_model::MailboxId;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{
    AppRegistration, Proof, ProofOutcome, ProofWish, Proven, names_one_tenant,
};
use maildesk_store::StoreError;

use crate::client::Client;
use crate::error::{self, ConnectError, trouble};
use crate::{Connect, gates};

/// A message nobody has.
const NOBODYS: &str = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AmaildeskTest";

/// The three proofs of a mailbox: read, write, send.
type OfMailbox = [Proven; 3];

const PERSON: OfMailbox = [
    Proven::PersonReads,
    Proven::PersonWrites,
    Proven::PersonSends,
];
const ORGANISATION: OfMailbox = [
    Proven::OrganisationReads,
    Proven::OrganisationWrites,
    Proven::OrganisationSends,
];

impl Connect {
    /// Proves what `wish` names; the credentials in any case. A few calls to Microsoft, one after
    /// the other; what cannot be found out says why.
    pub async fn prove(&self, wish: &ProofWish) -> Result<Vec<Proof>, StoreError> {
        let kept = self.shared.store.microsoft_app().await?;
        let client = match self.client(kept.version).await {
            Ok(client) => client,
            Err(error) => return failed(Proven::Credential(0), error).map(|proof| vec![proof]),
        };
        let Some(app) = self.shared.clients.in_force(kept.registration()) else {
            let missing = failed(Proven::Credential(0), error::no_app());
            return missing.map(|proof| vec![proof]);
        };
        let mut proofs = self.prove_credentials(&app).await;
        if let Some(mailbox) = wish.person {
            self.prove_person(mailbox, &mut proofs).await?;
        }
        if let Some(address) = &wish.organisation {
            self.prove_organisation(&client, address, &mut proofs)
                .await?;
        }
        if let Some(address) = &wish.outside {
            proofs.push(self.prove_fence(&client, address).await?);
        }
        Ok(proofs)
    }

    /// Each credential by itself, so that a rotation is known to be done before the old one ends.
    async fn prove_credentials(&self, app: &AppRegistration) -> Vec<Proof> {
        let mut proofs = Vec::new();
        for (place, credential) in app.credentials.iter().enumerate() {
            let alone = AppRegistration {
                credentials: vec![credential.clone()],
                ..app.clone()
            };
            let outcome = if names_one_tenant(&app.tenant) {
                self.prove_credential(alone).await
            } else {
                ProofOutcome::Unknown(trouble(
                    "tenant_is_common",
                    "With a tenant that stands for many, Microsoft lets the app not sign in by itself.",
                    "Test a mailbox that is connected as a person: its sign-in proves the credential that is in use. Or enter your own tenant.",
                ))
            };
            proofs.push(Proof {
                of: Proven::Credential(place),
                outcome,
            });
        }
        if proofs.is_empty() {
            proofs.push(Proof {
                of: Proven::Credential(0),
                outcome: ProofOutcome::Fails(error::no_app().trouble()),
            });
        }
        proofs
    }

    async fn prove_credential(&self, alone: AppRegistration) -> ProofOutcome {
        let client = match self.client_of(alone) {
            Ok(client) => client,
            Err(error) => return ProofOutcome::Fails(error.trouble()),
        };
        let login = match client.login() {
            Ok(login) => login,
            Err(error) => return ProofOutcome::Fails(error.trouble()),
        };
        match login.client_credentials().await {
            Ok(_) => ProofOutcome::Holds,
            Err(error) => outcome_of(error::of_login(&error)),
        }
    }

    async fn prove_person(
        &self,
        mailbox: MailboxId,
        proofs: &mut Vec<Proof>,
    ) -> Result<(), StoreError> {
        let row = self.shared.store.connection(mailbox).await?;
        if row.is_some_and(|row| row.disconnected) {
            // Its tokens may be there still, to delete its subscriptions with and for nothing else.
            let away = ConnectError::SignInAgain(Trouble::disconnected());
            proofs.push(failed(Proven::PersonStays, away)?);
            return Ok(());
        }
        let session = match self.access_renewed(mailbox, Lane::Push).await {
            Ok(session) => session,
            Err(error) => {
                proofs.push(failed(Proven::PersonStays, error)?);
                return Ok(());
            }
        };
        let holds = |of| Proof {
            of,
            outcome: ProofOutcome::Holds,
        };
        proofs.push(holds(Proven::PersonStays));
        proofs.push(Proof {
            of: Proven::PersonProfile,
            outcome: read(session.me().await.map(drop)),
        });
        prove_mail(&session, PERSON, proofs).await;
        Ok(())
    }

    async fn prove_organisation(
        &self,
        client: &Client,
        address: &str,
        proofs: &mut Vec<Proof>,
    ) -> Result<(), StoreError> {
        match self.as_organisation(client, address).await {
            Ok(session) => prove_mail(&session, ORGANISATION, proofs).await,
            Err(error) => proofs.push(failed(Proven::OrganisationReads, error)?),
        }
        Ok(())
    }

    /// A mailbox that must not be reached: 403 is the good answer.
    async fn prove_fence(&self, client: &Client, address: &str) -> Result<Proof, StoreError> {
        let session = match self.app_session(client, address).await {
            Ok(session) => session,
            Err(error) => return failed(Proven::Fence, error),
        };
        let outcome = match session.newest(1, None).await {
            Err(GraphError::NotAllowed { .. }) => ProofOutcome::Holds,
            Ok(_) => ProofOutcome::Fails(trouble(
                "no_fence",
                "The app can read this mailbox, so there is no fence around the mailboxes it may reach.",
                "Narrow the app's permissions in Exchange Online with RBAC for Applications; a change there takes up to 30 minutes to count. MAILDESK_MICROSOFT_ALLOWED_ADDRESSES fences MailDesk itself in.",
            )),
            Err(error) => ProofOutcome::Unknown(error.trouble()),
        };
        Ok(Proof {
            of: Proven::Fence,
            outcome,
        })
    }

    /// A session as the organisation for an address that may be connected so.
    async fn as_organisation(
        &self,
        client: &Client,
        address: &str,
    ) -> Result<Session, ConnectError> {
        if !self.shared.settings.allowed_addresses.allows(address) {
            return Err(error::not_allowed());
        }
        self.app_session(client, address).await
    }

    async fn app_session(&self, client: &Client, address: &str) -> Result<Session, ConnectError> {
        // What was granted stands in the token from when it is issued: the one in use may be older
        // than the consent that is to be proven.
        let token = self.new_app_token(client).await?.access;
        let who = Who::User(address.to_owned());
        Ok(client.graph.session(who, token, gates::alone()))
    }
}

async fn prove_mail(session: &Session, of: OfMailbox, proofs: &mut Vec<Proof>) {
    let [reads, writes, sends] = of;
    let outcome = read(session.newest(1, None).await.map(drop));
    let may_read = outcome == ProofOutcome::Holds;
    proofs.push(Proof { of: reads, outcome });
    // A mailbox that cannot even be read would only say the same three times.
    if !may_read {
        return;
    }
    let patch = MessagePatch {
        is_read: Some(true),
        ..MessagePatch::default()
    };
    let written = session.update_message(NOBODYS, &patch).await.map(drop);
    proofs.push(Proof {
        of: writes,
        outcome: permitted(written),
    });
    let sent = session.send_draft(NOBODYS).await.map(drop);
    proofs.push(Proof {
        of: sends,
        outcome: permitted(sent),
    });
}

/// What the answer to a call says that should have gone well.
fn read(answer: Result<(), GraphError>) -> ProofOutcome {
    match answer {
        Ok(()) => ProofOutcome::Holds,
        Err(error @ (GraphError::Throttled { .. } | GraphError::Later { .. })) => {
            ProofOutcome::Unknown(error.trouble())
        }
        Err(error) => ProofOutcome::Fails(error.trouble()),
    }
}

/// What the answer to a call about nobody's message says: refused for what it is, and not for who
/// asks, it was permitted.
fn permitted(answer: Result<(), GraphError>) -> ProofOutcome {
    match answer {
        Err(GraphError::NotFound { .. } | GraphError::Refused { .. }) => ProofOutcome::Holds,
        answer => read(answer),
    }
}

fn failed(of: Proven, error: ConnectError) -> Result<Proof, StoreError> {
    match error {
        ConnectError::Store(why) => Err(why),
        error => Ok(Proof {
            of,
            outcome: outcome_of(error),
        }),
    }
}

fn outcome_of(error: ConnectError) -> ProofOutcome {
    let said: Trouble = error.trouble();
    match error {
        ConnectError::Later { .. } | ConnectError::Store(_) => ProofOutcome::Unknown(said),
        _ => ProofOutcome::Fails(said),
    }
}
