//! Mail that goes out while the server dies in the middle of it: each of many mails is written,
//! answered or handed on by the JSON API, the server is killed at a moment of its way that the seed
//! decides, and afterwards every one of them lies in Sent Items once, and has arrived once.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use maildesk_model::Clock as _;
use serde_json::{Value, json};

use super::Telling;
use super::gate::Health;
use super::stage::{Stage, api, on_stage};
use super::story::{Kind, Story};

/// The kinds of mail, in turn.
const MODES: [&str; 4] = ["new", "reply", "replyAll", "forward"];
/// Calls to the store and to Microsoft that sending one mail takes; it is killed at one of them.
const PASSES: usize = 40;
/// How long a mail may take, with everything that goes wrong on its way.
const LIMIT: Duration = Duration::from_mins(40);
/// How long the database and the line fail now and then, where they do.
const SHAKY: Duration = Duration::from_mins(2);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What was wrong; empty when all came right.
    pub wrongs: Vec<String>,
    /// Servers that were killed on the way.
    pub kills: usize,
    /// Calls that Graph carried out and did not answer, and others that it failed over.
    pub faults: BTreeMap<String, u64>,
    /// What happened, if it was kept.
    pub lines: Vec<String>,
}

/// Sends so many mails, one after the other.
pub fn send(seed: u64, mails: usize, telling: Telling) -> Sent {
    let kind = Kind {
        as_person: false,
        filled: (0, 0),
        has_push: true,
    };
    let story = Story {
        seed,
        nodes: 1,
        workers: 2,
        mailboxes: vec![kind; 2],
        acts: Vec::new(),
    };
    on_stage(&story, telling, async |mut stage| {
        let faults = json!({
            "seed": seed,
            "graph": {"error503": 0.08, "error5xx": 0.04, "timeout": 0.01, "error429": 0.02},
            "mail": {"sendLagMs": 3000},
        });
        let office = stage.common.office.clone();
        office.tell(Method::PUT, "faults", faults).await;
        let origin = stage.origin().await;
        let mut kills = 0;
        for n in 0..mails {
            kills += stage.send_one(n, &origin).await;
        }
        let struck = office.get("faults/struck").await;
        let struck = struck.as_object().into_iter().flatten();
        let faults = struck.map(|(name, times)| (name.clone(), times.as_u64().unwrap_or(0)));
        let faults = faults.collect();
        stage.mend().await;
        stage.each_once(mails).await;
        stage.panics();
        Sent {
            wrongs: stage.log.wrongs(),
            kills,
            faults,
            lines: stage.log.take().0,
        }
    })
}

impl Stage {
    /// A mail from the second mailbox in the first one, to answer and to hand on; our id of it.
    async fn origin(&mut self) -> String {
        let to = self.mailboxes[0].address.clone();
        let from = self.mailboxes[1].address.clone();
        let mail = json!({
            "from": {"name": "Bo", "address": from}, "subject": "The origin", "html": "<p>old</p>",
            "attachments": [{"name": "a.txt", "contentType": "text/plain", "contentBase64": "YQ=="}],
        });
        let path = format!("mailboxes/{to}/messages");
        let office = self.common.office.clone();
        office.tell(Method::POST, &path, mail).await;
        loop {
            let found = self.list("/messages").await;
            let found = found.iter().find(|one| one["subject"] == "The origin");
            if let Some(id) = found.and_then(|one| one["id"].as_str()) {
                return id.to_owned();
            }
            self.time.sleep(LOOK_EVERY).await;
        }
    }

    /// Asks until somebody answers with that status, as a person would.
    async fn insist(&mut self, method: Method, path: &str, body: &Value, status: u16) -> Value {
        loop {
            if let Some(server) = self.any_server() {
                let asked = api(&server, &self.token, method.clone(), path, body.clone());
                // A server that dies answers nothing.
                let answer = tokio::select! {
                    biased;
                    () = server.gate.died() => None,
                    answer = asked => Some(answer),
                };
                if let Some((found, answer)) = answer {
                    if found == status {
                        return answer;
                    }
                    assert!(found >= 500, "{method} {path}: {found} {answer}");
                }
            }
            self.time.sleep(LOOK_EVERY).await;
            self.look_after_servers();
        }
    }

    /// Writes a mail, has it sent, and kills the server on the way; how often.
    async fn send_one(&mut self, n: usize, origin: &str) -> usize {
        let mode = MODES[n % MODES.len()];
        let begin = match mode {
            "new" => json!({"mode": mode}),
            _ => json!({"mode": mode, "messageId": origin}),
        };
        let path = format!("/mailboxes/{}/drafts", self.mailboxes[0].id);
        let draft = self.insist(Method::POST, &path, &begin, 201).await;
        let path = format!("/drafts/{}", draft["id"].as_str().unwrap_or_default());
        let to = self.mailboxes[1].address.clone();
        let text = json!({
            "version": 1, "to": [{"name": "Bo", "address": to}], "cc": [], "bcc": [],
            "subject": format!("Mail {n}"), "bodyHtml": format!("<p>This is mail {n}</p>"),
            "quotes": draft["quotes"], "importance": "normal",
        });
        self.insist(Method::PUT, &path, &text, 200).await;
        let undo = [0, 0, 2, 10][self.chance.below(4)];
        let send = json!({"undoSeconds": undo});
        let strikes = 1 + self.chance.below(2);
        let is_shaky = self.chance.below(4) == 0;
        let mut health = if is_shaky {
            Health::Shaky
        } else {
            Health::Well
        };
        self.set_health(health);
        let mut kills = self.kill_soon();
        self.insist(Method::POST, &format!("{path}/send"), &send, 202)
            .await;
        let began = self.time.elapsed();
        loop {
            self.time.sleep(LOOK_EVERY).await;
            if self.time.elapsed() > began + SHAKY && health == Health::Shaky {
                health = Health::Well;
                self.set_health(health);
            }
            let was_dead = self.is_dead();
            self.look_after_servers();
            if was_dead && !self.is_dead() {
                self.set_health(health);
                if kills < strikes {
                    kills += self.kill_soon();
                }
            }
            let Some(server) = self.any_server() else {
                continue;
            };
            let asked = api(&server, &self.token, Method::GET, &path, Value::Null);
            let answer = tokio::select! {
                biased;
                () = server.gate.died() => continue,
                answer = asked => answer,
            };
            if answer.1["state"] == "sent" {
                break;
            }
            if self.time.elapsed() > began + LIMIT {
                self.log
                    .wrong(format!("mail {n} ({mode}) is not sent: {}", answer.1));
                break;
            }
        }
        self.set_health(Health::Well);
        kills
    }

    fn is_dead(&self) -> bool {
        self.nodes[0].node.server.gate.is_dead()
    }

    fn set_health(&self, health: Health) {
        self.nodes[0].node.server.gate.set_line(health);
        self.nodes[0].node.server.gate.set_database(health);
    }

    fn kill_soon(&mut self) -> usize {
        let passes = 1 + self.chance.below(PASSES);
        self.nodes[0].node.server.gate.kill_after(passes as u64);
        1
    }

    /// Looks at Microsoft: each mail was sent once, arrived once, and left no draft behind.
    async fn each_once(&mut self, mails: usize) {
        let office = self.common.office.clone();
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for one in &self.mailboxes {
            let path = format!("mailboxes/{}/snapshot", one.address);
            let snapshot = office.get(&path).await;
            let box_name = one.address.split('@').next().unwrap_or_default();
            for message in snapshot["messages"].as_array().into_iter().flatten() {
                let folder = message["folderName"].as_str().unwrap_or_default();
                let subject = message["subject"].as_str().unwrap_or_default().to_owned();
                let place = format!("{box_name} {folder}");
                *counts.entry((place, subject)).or_default() += 1;
            }
        }
        for n in 0..mails {
            let subject = format!("Mail {n}");
            for place in ["box0 Sent Items", "box1 Inbox"] {
                let count = counts.remove(&(place.to_owned(), subject.clone()));
                if count != Some(1) {
                    self.log
                        .wrong(format!("{subject} lies {count:?} times in {place}"));
                }
            }
        }
        for ((place, subject), count) in counts {
            let is_stray = subject.starts_with("Mail ") || place.ends_with("Drafts");
            if is_stray {
                self.log.wrong(format!("{count} of {subject} in {place}"));
            }
        }
    }
}
