//! The program: it serves, keeps its world over a restart, speaks TLS, and refuses a crowd.

use std::process::Stdio;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// How long anything may take here.
const LIMIT: Duration = Duration::from_secs(30);

struct Program {
    child: Child,
    base: String,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Program {
    /// Starts it on a free port, which it says on its standard error.
    async fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_graph-sim"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let begun = async {
            loop {
                let line = lines
                    .next_line()
                    .await
                    .expect("readable")
                    .expect("a line that names the port");
                if let Some(at) = line
                    .find("http")
                    .filter(|_| line.contains("is a simulated"))
                {
                    break line[at..]
                        .split("/ ")
                        .next()
                        .expect("an address")
                        .to_owned();
                }
            }
        };
        let base = tokio::time::timeout(LIMIT, begun)
            .await
            .expect("a port in time");
        Self { child, base, lines }
    }

    /// Asks it to stop and waits until it has.
    async fn stop(mut self) {
        let id = self.child.id().expect("running").to_string();
        let asked = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .expect("asked");
        assert!(asked.success());
        let ended = async {
            while self.lines.next_line().await.expect("readable").is_some() {}
            self.child.wait().await.expect("an end")
        };
        let status = tokio::time::timeout(LIMIT, ended)
            .await
            .expect("an end in time");
        assert!(status.success(), "{status}");
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are their own program")]
fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let own = reqwest::Certificate::from_pem(include_bytes!("data/localhost.pem"))
        .expect("a certificate");
    reqwest::Client::builder()
        .tls_certs_only([own])
        .build()
        .expect("a client")
}

async fn post(http: &reqwest::Client, url: String, body: Value) -> Value {
    let answer = http.post(&url).json(&body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    answer.json().await.unwrap_or(Value::Null)
}

async fn token(http: &reqwest::Client, base: &str) -> String {
    post(
        http,
        format!("{base}/sim/apps"),
        json!({"clientId": "a", "clientSecret": "s", "application": ["Mail.Read"]}),
    )
    .await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "a"),
        ("client_secret", "s"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let answer = http
        .post(format!("{base}/contoso.test/oauth2/v2.0/token"))
        .form(&form)
        .send()
        .await
        .expect("an answer");
    answer.json::<Value>().await.expect("JSON")["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test]
async fn the_world_outlives_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.json");
    let keeping = ["--data", file.to_str().expect("text"), "--seed", "5"];
    let http = client();
    let first = Program::start(&keeping).await;
    post(
        &http,
        format!("{}/sim/mailboxes", first.base),
        json!({"address": "ada@contoso.test"}),
    )
    .await;
    let delivered = post(
        &http,
        format!("{}/sim/mailboxes/ada@contoso.test/messages", first.base),
        json!({"subject": "kept"}),
    )
    .await;
    first.stop().await;
    let second = Program::start(&keeping).await;
    let snapshot = http
        .get(format!(
            "{}/sim/mailboxes/ada@contoso.test/snapshot",
            second.base
        ))
        .send()
        .await
        .expect("an answer");
    let snapshot: Value = snapshot.json().await.expect("JSON");
    assert_eq!(snapshot["messages"][0]["id"], delivered["id"]);
    second.stop().await;
}

#[tokio::test]
async fn links_say_https_where_it_is_spoken() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/localhost");
    let program = Program::start(&["--tls", &format!("{data}.pem"), &format!("{data}.key")]).await;
    assert!(program.base.starts_with("https://"), "{}", program.base);
    let http = client();
    post(
        &http,
        format!("{}/sim/mailboxes", program.base),
        json!({"address": "ada@contoso.test"}),
    )
    .await;
    let token = token(&http, &program.base).await;
    let list = http
        .get(format!(
            "{}/v1.0/users/ada@contoso.test/mailFolders",
            program.base
        ))
        .bearer_auth(token)
        .send()
        .await
        .expect("an answer");
    let list: Value = list.json().await.expect("JSON");
    assert!(
        list["@odata.context"]
            .as_str()
            .expect("text")
            .starts_with("https://127.0.0.1:")
    );
    program.stop().await;
}

#[tokio::test]
async fn a_crowd_of_calls_to_one_mailbox_is_too_much() {
    let program = Program::start(&["--pace", "3600000"]).await;
    let http = client();
    let sim = |path: &str| format!("{}/sim/{path}", program.base);
    post(
        &http,
        sim("mailboxes"),
        json!({"address": "ada@contoso.test"}),
    )
    .await;
    let token = token(&http, &program.base).await;
    let url = format!("{}/v1.0/users/ada@contoso.test/messages", program.base);
    let call = || async {
        let answer = http.get(&url).bearer_auth(&token).send().await;
        answer.expect("an answer").status().as_u16()
    };
    let mut running: FuturesUnordered<_> = (0..6).map(|_| call()).collect();
    // Two are too many; the others wait for time to pass.
    assert_eq!(
        [running.next().await, running.next().await],
        [Some(429), Some(429)]
    );
    let passing = post(&http, sim("clock/advance"), json!({"seconds": 3_601}));
    let (rest, _) = tokio::join!(running.collect::<Vec<_>>(), passing);
    assert_eq!(rest.len(), 4);
    assert!(
        rest.iter().all(|status| *status == 401 || *status == 200),
        "{rest:?}"
    );
    program.stop().await;
}
