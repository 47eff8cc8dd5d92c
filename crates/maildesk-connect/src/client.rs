//! The clients for the app registration in force. A page may change the registration at any time, on
//! any node; whoever reads a connection reads its version along, and a newer one replaces the clients.

use std::sync::{Arc, Mutex};

use maildesk_graph::login::{App, BadCertificate, Certificate, Credential};
use maildesk_graph::transport::Transport;
use maildesk_graph::{Graph, Hosts, Login};
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Clock, Cloud, Entropy, Secret, Timestamp};
use maildesk_store::StoreError;

use crate::access::AppTokenCell;
use crate::alarm::AppAlarm;
use crate::error::{self, ConnectError};
use crate::{Connect, Shared};

/// The way out to Microsoft, whatever the registration is.
#[derive(Clone, Debug)]
pub struct Way {
    /// What carries requests; it must follow no redirects.
    pub transport: Arc<dyn Transport>,
    /// The hosts, of any cloud: a registration moves them to its own.
    pub hosts: Hosts,
    /// The limits of this server's calls.
    pub limits: maildesk_graph::Settings,
}

/// What belongs to one registration; with another one all of it is new.
pub(crate) struct Client {
    version: i64,
    pub(crate) cloud: Cloud,
    pub(crate) graph: Graph,
    login: Option<Login>,
    pub(crate) app_token: AppTokenCell,
    pub(crate) app_alarm: AppAlarm,
}

impl Client {
    /// The registration's client, or the words that none is set.
    pub(crate) fn login(&self) -> Result<&Login, ConnectError> {
        self.login.as_ref().ok_or_else(error::no_app)
    }
}

/// Makes clients, and keeps the newest.
pub(crate) struct Clients {
    way: Way,
    fixed: FixedApp,
    newest: Mutex<Option<Arc<Client>>>,
}

impl Clients {
    pub(crate) const fn new(way: Way, fixed: FixedApp) -> Self {
        Self {
            way,
            fixed,
            newest: Mutex::new(None),
        }
    }

    fn newest(&self) -> Option<Arc<Client>> {
        let newest = self.newest.lock();
        newest
            .expect("nothing panics while it holds this lock")
            .clone()
    }

    fn make(
        &self,
        version: i64,
        app: Option<AppRegistration>,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Client, ConnectError> {
        let Way {
            transport,
            hosts,
            limits,
        } = &self.way;
        let cloud = app.as_ref().map(|app| app.cloud).or(self.fixed.cloud);
        let cloud = cloud.unwrap_or(Cloud::Global);
        let hosts = hosts.in_cloud(cloud);
        // The cap over all calls is the client's: while the cloud stays, so does it.
        let same = self.newest().filter(|newest| newest.cloud == cloud);
        let graph = match same {
            Some(newest) => newest.graph.clone(),
            None => Graph::new(
                transport.clone(),
                hosts.clone(),
                limits.clone(),
                clock.clone(),
                entropy.clone(),
            ),
        };
        let app = app.as_ref().map(app_of).transpose();
        let app = app.map_err(error::bad_certificate)?;
        let login = app.map(|app| {
            let (clock, entropy) = (clock.clone(), entropy.clone());
            let agent = limits.user_agent.clone();
            Login::new(transport.clone(), hosts, app, agent, clock, entropy)
        });
        Ok(Client {
            version,
            cloud,
            graph,
            login,
            app_token: AppTokenCell::default(),
            app_alarm: AppAlarm::default(),
        })
    }

    /// The registration in force, given the one that is kept.
    pub(crate) fn in_force(&self, kept: Option<AppRegistration>) -> Option<AppRegistration> {
        self.fixed.or_kept(kept)
    }

    /// Keeps a client unless a newer one is kept by now; the newest.
    fn keep(&self, client: Client) -> Arc<Client> {
        let newest = self.newest.lock();
        let mut newest = newest.expect("nothing panics while it holds this lock");
        let kept = newest.take().filter(|kept| kept.version >= client.version);
        let kept = kept.unwrap_or_else(|| Arc::new(client));
        *newest = Some(Arc::clone(&kept));
        kept
    }
}

impl Connect {
    /// The clients for the registration that is kept at `version`, or for a newer one.
    pub(crate) async fn client(&self, version: i64) -> Result<Arc<Client>, ConnectError> {
        let clients = &self.shared.clients;
        let newest = clients.newest();
        let is_fixed = clients.fixed.registration.is_some();
        if let Some(newest) = newest.filter(|newest| is_fixed || newest.version >= version) {
            return Ok(newest);
        }
        let kept = self.shared.store.microsoft_app().await?;
        let app = clients.in_force(kept.registration());
        let client = clients.make(kept.version, app, &self.shared.clock, &self.shared.entropy)?;
        Ok(clients.keep(client))
    }

    /// Clients for a registration that is only looked at.
    pub(crate) fn client_of(&self, app: AppRegistration) -> Result<Client, ConnectError> {
        let Shared { clock, entropy, .. } = &*self.shared;
        self.shared.clients.make(0, Some(app), clock, entropy)
    }

    /// The clients for the registration in force now.
    pub(crate) async fn client_now(&self) -> Result<Arc<Client>, ConnectError> {
        let kept = self.shared.store.microsoft_app().await?;
        self.client(kept.version).await
    }

    /// The cloud of the registration in force.
    pub async fn cloud(&self) -> Result<Cloud, StoreError> {
        match self.client_now().await {
            Ok(client) => Ok(client.cloud),
            Err(ConnectError::Store(why)) => Err(why),
            Err(_) => Ok(Cloud::Global),
        }
    }
}

/// When the certificate of this PEM text ends; the words if it cannot be used.
pub fn certificate_end(pem: &Secret) -> Result<Timestamp, Trouble> {
    let read = Certificate::from_pem(pem.expose());
    let read = read.map_err(|why| error::bad_certificate(why).trouble())?;
    Ok(read.expires_at())
}

fn app_of(registration: &AppRegistration) -> Result<App, BadCertificate> {
    let credential = |one: &maildesk_model::microsoft::AppCredential| {
        Ok(match one.kind {
            CredentialKind::Secret => Credential::Secret(one.value.clone()),
            CredentialKind::Certificate => {
                Credential::Certificate(Arc::new(Certificate::from_pem(one.value.expose())?))
            }
        })
    };
    Ok(App {
        client_id: registration.client_id.clone(),
        tenant: registration.tenant.clone(),
        credentials: registration
            .credentials
            .iter()
            .map(credential)
            .collect::<Result<_, _>>()?,
    })
}
