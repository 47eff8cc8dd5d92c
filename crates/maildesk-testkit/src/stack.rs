//! Simulator and server as two programs that know each other, as an operator would start them.

use std::path::Path;
use std::time::Duration;

use crate::desk::Desk;
use crate::node::Node;
use crate::program::{Program, free_port, loopback, run, run_with};
use crate::sim::{CLIENT_ID, CLIENT_SECRET, Sim};
use crate::wait;
use crate::world::{ADMINISTRATOR, PASSWORD};

/// The simulated tenant.
pub const TENANT: &str = "contoso.test";

/// Milliseconds that a Graph call takes where nobody asks for more, as the simulator has it.
pub(crate) const USUAL_PACE: u64 = 5;

/// Two programs and how to speak to them.
#[derive(Debug)]
pub struct Stack {
    /// The simulator's control side.
    pub sim: Sim,
    /// The server's API, as an administrator.
    pub desk: Desk,
    sim_program: Program,
    server: Node,
}

impl Stack {
    /// Starts both in `folder`; the server is up when this returns. `more` are further settings.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(folder: &Path, more: &[(&str, &str)]) -> Self {
        Self::start_paced(folder, USUAL_PACE, more).await
    }

    /// As [`Stack::start`], where each Graph call takes `pace` milliseconds at least.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start_paced(folder: &Path, pace: u64, more: &[(&str, &str)]) -> Self {
        let mut stack = Self::prepare(folder, pace, more).await;
        let token = administrator(&stack.server);
        stack.desk = Desk::at(client(), stack.desk.url, token);
        stack.start_server().await;
        stack
    }

    /// As [`Stack::start`], for a server that nobody has used yet: the setup code is in its log.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start_unclaimed(folder: &Path, more: &[(&str, &str)]) -> Self {
        let mut stack = Self::prepare(folder, USUAL_PACE, more).await;
        stack.start_server().await;
        stack
    }

    /// The simulator, and everything the server needs to be started.
    async fn prepare(folder: &Path, pace: u64, more: &[(&str, &str)]) -> Self {
        let port = free_port();
        let url = format!("http://{}", loopback(port));
        let (sim, sim_program) = simulator(folder, &url, pace).await;
        let settings = settings(folder, port, &url, &sim.url, more);
        Self {
            sim,
            desk: Desk::at(client(), url, ""),
            sim_program,
            server: Node::new(settings, folder.join("maildesk.log")),
        }
    }

    /// Gives the administrator [`PASSWORD`], so that they can sign in to pages.
    ///
    /// # Panics
    /// When the command fails.
    pub fn give_password(&self) {
        let args = ["user", "password", "--email", ADMINISTRATOR];
        run_with("maildesk", &args, &self.server.settings(), PASSWORD);
    }

    /// Starts the server and waits until it answers.
    pub async fn start_server(&mut self) {
        self.spawn_server();
        self.desk.wait_listening().await;
    }

    /// Another value for a setting, from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.server.set(name, value);
    }

    /// Starts the server and does not wait.
    pub fn spawn_server(&mut self) {
        self.server.spawn();
    }

    /// kill -9 of the server.
    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// SIGTERM to the server; its exit code.
    pub fn stop_server(&mut self) -> Option<i32> {
        self.server.stop()
    }

    /// Resident memory of the server in KiB.
    pub fn server_resident_kib(&self) -> Option<u64> {
        self.server.resident_kib()
    }

    /// Whether the simulator still runs.
    pub fn sim_is_running(&mut self) -> bool {
        self.sim_program.is_running()
    }

    /// What the server logged so far.
    pub fn server_log(&self) -> String {
        self.server.log()
    }
}

/// Starts the simulator in `folder`, with an app for the desk at `desk_url`; each Graph call takes `pace`
/// milliseconds at least.
pub(crate) async fn simulator(folder: &Path, desk_url: &str, pace: u64) -> (Sim, Program) {
    let http = client();
    let port = free_port();
    let (listen, pace) = (loopback(port).to_string(), pace.to_string());
    let world = ["--allow-http", "--seed", "1", "--pace", &pace];
    let mut args = vec!["serve", "--listen", &listen];
    args.extend(world);
    let program = Program::start("graph-sim", &args, &[], &folder.join("graph-sim.log"));
    let sim = Sim::at(http.clone(), format!("http://localhost:{port}"));
    wait::until("the simulator listens", || async {
        http.get(format!("{}/sim/subscriptions", sim.url))
            .send()
            .await
            .ok()
    })
    .await;
    sim.register_app(&format!("{desk_url}/oauth/microsoft/callback"))
        .await;
    (sim, program)
}

/// A client that gives up on a hanging answer, for tests and measurements.
///
/// # Panics
/// When no client can be built.
#[expect(clippy::disallowed_methods, reason = "tests bring their own client")]
pub fn client() -> reqwest::Client {
    // Two crates of one process may both try; the second is told so and that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(wait::LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client can be built")
}

/// The settings of a server in `folder` that listens at `port` and is reached at `url`.
pub(crate) fn settings(
    folder: &Path,
    port: u16,
    url: &str,
    sim: &str,
    more: &[(&str, &str)],
) -> Vec<(String, String)> {
    let data = folder.join("data").display().to_string();
    let listen = loopback(port).to_string();
    let fixed = [
        ("MAILDESK_LISTEN", listen.as_str()),
        ("MAILDESK_DATA_DIR", data.as_str()),
        ("MAILDESK_BASE_URL", url),
        ("MAILDESK_ALLOW_LOOPBACK_BASE_URL", "true"),
        ("MAILDESK_MICROSOFT_CLIENT_ID", CLIENT_ID),
        ("MAILDESK_MICROSOFT_CLIENT_SECRET", CLIENT_SECRET),
        ("MAILDESK_MICROSOFT_TENANT", TENANT),
        ("MAILDESK_MICROSOFT_GRAPH_URL", sim),
        ("MAILDESK_MICROSOFT_LOGIN_URL", sim),
    ];
    fixed
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Adds an administrator by the command line; their API token.
pub(crate) fn administrator(node: &Node) -> String {
    let settings = node.settings();
    let email = "ada@example.org";
    run(
        "maildesk",
        &[
            "user",
            "add",
            "--email",
            email,
            "--name",
            "Ada",
            "--role",
            "administrator",
        ],
        &settings,
    );
    let token = run(
        "maildesk",
        &["token", "create", "--email", email, "--label", "test"],
        &settings,
    );
    token.trim().to_owned()
}
