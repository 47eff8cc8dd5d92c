//! The whole app and the simulator in this process, each on a port of its own, speaking HTTP to
//! each other; the clock is handed in.

use std::sync::Arc;

use maildesk::app::{App, Parts, SystemEntropy, real_world};
use maildesk::config::{Settings, Values};
use maildesk_model::{Clock, MailboxId, Role};
use maildesk_store::contract::{AlertStore, ConnectionStore, NewUser, PeopleStore, StampStore};
use maildesk_web::auth;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::censor::Censor;
use crate::clock::TurnedClock;
use crate::consent::Consent;
use crate::desk::Desk;
use crate::engine::Engine;
use crate::sim::{CLIENT_ID, CLIENT_SECRET, Sim};
use crate::stack::{TENANT, client};
use crate::valve::Valve;

/// The password of everybody who signs in in a story.
pub const PASSWORD: &str = "a duck on a bicycle";

/// The administrator of every world.
pub const ADMINISTRATOR: &str = "ada@example.org";

/// A world for one story.
#[derive(Debug)]
pub struct World {
    /// The simulator's control side.
    pub sim: Sim,
    /// The API, as an administrator.
    pub desk: Desk,
    /// The desk's clock. The simulator has its own, turned by its control side.
    pub clock: TurnedClock,
    app: App,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl World {
    /// A world on one engine. `more` are further settings by the names of the environment.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(engine: Engine, more: &[(&str, &str)]) -> Self {
        Self::build(engine, more, Fronts::default()).await
    }

    /// A world in which the desk reaches Graph through a valve.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn behind(valve: &Valve, engine: Engine, more: &[(&str, &str)]) -> Self {
        let fronts = Fronts {
            valve: Some(valve.clone()),
            ..Fronts::default()
        };
        Self::build(engine, more, fronts).await
    }

    /// A world in which delta leaves out what a story says.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn censored(censor: &Censor, engine: Engine, more: &[(&str, &str)]) -> Self {
        let fronts = Fronts {
            censor: Some(censor.clone()),
            ..Fronts::default()
        };
        Self::build(engine, more, fronts).await
    }

    /// A world in which a story says what Microsoft grants at a sign-in.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn granting(consent: &Consent, engine: Engine, more: &[(&str, &str)]) -> Self {
        let fronts = Fronts {
            login: Some(consent.clone()),
            ..Fronts::default()
        };
        Self::build(engine, more, fronts).await
    }

    async fn build(engine: Engine, more: &[(&str, &str)], fronts: Fronts) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let http = client();
        let stop = CancellationToken::new();
        let sim = Sim::at(http.clone(), serve_simulator(stop.clone()).await);
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        sim.register_app(&format!("{url}/oauth/microsoft/callback"))
            .await;
        let database = engine.database_url(folder.path()).await;
        let graph = match (fronts.valve, fronts.censor) {
            (Some(valve), _) => valve.serve(sim.url.clone()).await,
            (None, Some(censor)) => censor.serve(sim.url.clone()).await,
            (None, None) => sim.url.clone(),
        };
        let login = match fronts.login {
            Some(consent) => consent.serve(sim.url.clone()).await,
            None => sim.url.clone(),
        };
        let settings = settings(folder.path(), &url, (&graph, &login), &database, more);
        let clock = TurnedClock::default();
        let parts = Parts {
            clock: Arc::new(clock.clone()),
            ..real_world().expect("a client can be built")
        };
        let app = App::start(settings, parts, listener, None, stop.clone())
            .await
            .expect("the app starts");
        let token = administrator(&app, &clock).await;
        Self {
            sim,
            desk: Desk::at(http, url, token),
            clock,
            app,
            stop,
            _folder: folder,
        }
    }

    /// A mailbox that is there on both sides and listed; its id.
    pub async fn mailbox(&self, address: &str) -> String {
        self.sim.add_mailbox(address, "shared").await;
        self.connect(address).await
    }

    /// Connects a mailbox that the simulator has; its id.
    pub async fn connect(&self, address: &str) -> String {
        let mailbox = self.desk.add_mailbox(address).await;
        self.desk.wait_active(&mailbox).await;
        mailbox
    }

    /// A person without administration and their view of the API.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn person(&self, email: &str) -> Desk {
        let token = person(&self.app, &self.clock, email, Role::User).await;
        Desk::at(client(), self.desk.url.clone(), token)
    }

    /// Gives somebody [`PASSWORD`], so that they can sign in with a browser.
    ///
    /// # Panics
    /// When nobody has that address.
    pub async fn give_password(&self, email: &str) {
        let store = self.app.store();
        let user = store.user_by_email(email).await.expect("the store answers");
        let (user, _) = user.expect("somebody has that address");
        let hash = auth::hash_password(PASSWORD, &SystemEntropy).expect("a good password");
        let set = store.set_password(user.id, &hash, None).await;
        assert!(set.expect("the store answers"), "the password is set");
    }

    /// Sets a system parameter as the command line does, so that nothing is asked or checked.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn set_parameter(&self, key: &str, value: &str) {
        let set = self.app.store().set_parameter(key, value, self.clock.now());
        set.await.expect("the store answers");
    }

    /// Whether anything that opens the mailbox at Microsoft is kept.
    ///
    /// # Panics
    /// When there is no such mailbox, or the store does not answer.
    pub async fn has_tokens(&self, mailbox: &str) -> bool {
        let id = MailboxId::parse(mailbox).expect("this is an id");
        let row = self.app.store().connection(id).await;
        let row = row.expect("the store answers").expect("it is there");
        row.tokens.is_some()
    }

    /// How many alerts stand.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn alerts(&self) -> i64 {
        let standing = self.app.store().alert_gauges().await;
        let standing = standing.expect("the store answers");
        standing.iter().map(|(_, count)| count).sum()
    }

    /// How many mailboxes are due now for what somebody or something asked; one that is being worked
    /// on is among them.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn stamps_due(&self) -> i64 {
        let due = self.app.store().stamps_due(self.clock.now()).await;
        due.expect("the store answers")
    }

    /// Whether nothing that is to be told waits.
    ///
    /// # Panics
    /// When the store does not answer.
    pub async fn all_is_told(&self) -> bool {
        let ways = self.app.store().way_states().await;
        let ways = ways.expect("the store answers");
        ways.iter().all(|way| way.waiting == 0)
    }

    /// Stops everything and waits until it has stopped.
    pub async fn stop(self) {
        self.stop.cancel();
        self.app.finished().await;
    }
}

/// What stands between the desk and the simulator.
#[derive(Default)]
struct Fronts {
    valve: Option<Valve>,
    censor: Option<Censor>,
    login: Option<Consent>,
}

pub(crate) fn settings(
    folder: &std::path::Path,
    url: &str,
    (graph, login): (&str, &str),
    database: &str,
    more: &[(&str, &str)],
) -> Settings {
    let folder = folder.display().to_string();
    let fixed = [
        ("MAILDESK_DATA_DIR", folder.as_str()),
        ("MAILDESK_DATABASE_URL", database),
        ("MAILDESK_BASE_URL", url),
        ("MAILDESK_ALLOW_LOOPBACK_BASE_URL", "true"),
        ("MAILDESK_MICROSOFT_CLIENT_ID", CLIENT_ID),
        ("MAILDESK_MICROSOFT_CLIENT_SECRET", CLIENT_SECRET),
        ("MAILDESK_MICROSOFT_TENANT", TENANT),
        ("MAILDESK_MICROSOFT_GRAPH_URL", graph),
        ("MAILDESK_MICROSOFT_LOGIN_URL", login),
    ];
    let environment = fixed
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let values = Values::read(None, environment).expect("the settings can be read");
    assert!(
        values.unknown.is_empty(),
        "unknown settings: {:?}",
        values.unknown
    );
    Settings::parse(&values).expect("the settings make sense")
}

async fn administrator(app: &App, clock: &TurnedClock) -> String {
    person(app, clock, ADMINISTRATOR, Role::Administrator).await
}

async fn person(app: &App, clock: &TurnedClock, email: &str, role: Role) -> String {
    let at = clock.now();
    let user = NewUser {
        email: email.to_owned(),
        name: name_in(email),
        role,
        password_hash: None,
        at,
    };
    let id = app.store().add_user(user).await.expect("the person is new");
    let token = auth::ApiToken::new(&SystemEntropy);
    app.store()
        .add_api_token(id, "test", &token.hash(), at)
        .await
        .expect("the token is kept");
    token.secret().expose().to_owned()
}

/// What somebody is called: the part before the `@`, with a capital.
fn name_in(email: &str) -> String {
    let name = email.split('@').next().unwrap_or_default();
    let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_uppercase())
}

/// A simulator of its own on `localhost`; its base URL.
async fn serve_simulator(stop: CancellationToken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let sim = graph_sim::Sim::new(graph_sim::Config {
        clock: Arc::new(graph_sim::SystemClock),
        seed: 1,
        allow_http: true,
        outbound: Arc::new(graph_sim::HttpOutbound(client())),
    });
    tokio::spawn(async move { sim.serve(listener, stop.cancelled_owned()).await });
    format!("http://localhost:{port}")
}
