//! What can happen in a story, and how it is made to happen: in Outlook, at the desk, and to servers,
//! databases and lines.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{Clock as _, MailboxId};
use maildesk_store::contract::{MailboxStore as _, PeopleStore as _};
use serde_json::{Value, json};

use super::{Stage, api};
use crate::simulation::gate::Gate;
use crate::simulation::node::{BASE_URL, Common};
use crate::simulation::office::Office;
use crate::simulation::story::{Act, Change, PLACES};

impl Stage {
    fn gate(&self, node: usize) -> &Arc<Gate> {
        &self.nodes[node % self.nodes.len()].node.server.gate
    }

    fn mend_after(&mut self, node: usize, span: Duration) {
        let count = self.nodes.len();
        self.nodes[node % count].mended_at = Some(self.time.elapsed() + span);
    }

    pub(super) async fn happen(&mut self, act: &Act) {
        let office = self.common.office.clone();
        let count = self.mailboxes.len();
        let address = |mailbox: &usize| self.mailboxes[mailbox % count].address.clone();
        match act {
            Act::Deliver(mailbox, folder) => {
                self.mails += 1;
                let mail = json!({
                    "from": {"name": "Grace", "address": "grace@fabrikam.test"},
                    "subject": format!("Mail {}", self.mails),
                    "text": "Hello",
                    "folder": PLACES[*folder],
                });
                let path = format!("mailboxes/{}/messages", address(mailbox));
                office.tell(Method::POST, &path, mail).await;
            }
            Act::InOutlook(mailbox, pick, change) => {
                in_outlook(&office, &address(mailbox), *pick, *change).await;
            }
            Act::AtTheDesk(mailbox, pick, change) => {
                let id = self.mailboxes[mailbox % count].id;
                self.at_the_desk(id, *pick, *change);
            }
            Act::NewFolder(mailbox) => {
                let path = format!("mailboxes/{}/folders", address(mailbox));
                let mut folder = json!({"displayName": self.folder_name()});
                if self.folders.is_multiple_of(2) {
                    folder["parent"] = json!("inbox");
                }
                office.tell(Method::POST, &path, folder).await;
            }
            Act::FolderMoves(mailbox, pick) => {
                let address = address(mailbox);
                if let Some(folder) = own_folder(&office, &address, *pick).await {
                    let path = format!("mailboxes/{address}/folders/{folder}");
                    let change = json!({"displayName": self.folder_name()});
                    office.try_tell(Method::PATCH, &path, change).await;
                }
            }
            Act::FolderGoes(mailbox, pick) => {
                let address = address(mailbox);
                if let Some(folder) = own_folder(&office, &address, *pick).await {
                    let path = format!("mailboxes/{address}/folders/{folder}");
                    office.try_tell(Method::DELETE, &path, Value::Null).await;
                }
            }
            Act::Faults(faults) => {
                self.count_set(faults);
                office.tell(Method::PUT, "faults", faults.clone()).await;
            }
            Act::Kill(node, after) => self.gate(*node).kill_after(1 + after),
            Act::Freeze(node, span) => {
                self.log.struck("frozen");
                self.gate(*node).freeze(true);
                self.mend_after(*node, *span);
            }
            Act::Database(node, health, span) => {
                self.gate(*node).set_database(*health);
                self.mend_after(*node, *span);
            }
            Act::Line(node, health, span) => {
                self.gate(*node).set_line(*health);
                self.mend_after(*node, *span);
            }
            Act::Lifecycle(mailbox, event) => {
                for id in subscriptions_of(&office, &address(mailbox)).await {
                    let told = json!({"subscriptionId": id, "event": event});
                    office.try_tell(Method::POST, "lifecycle", told).await;
                }
            }
            Act::SubscriptionVanishes(mailbox) => {
                for id in subscriptions_of(&office, &address(mailbox)).await {
                    self.log.struck("subscription vanished");
                    office.delete_subscription(&id).await;
                }
            }
            Act::Push(mailbox, on) => self.set_push(mailbox % count, *on),
            Act::Connection(mailbox, on) => self.set_connection(mailbox % count, *on),
            Act::SyncNow(mailbox) => {
                let id = self.mailboxes[mailbox % count].id;
                self.send(Method::POST, format!("/mailboxes/{id}/sync"), Value::Null);
            }
            Act::BaseUrl(which) => {
                let url = if *which == 0 {
                    BASE_URL.to_owned()
                } else {
                    format!("https://desk{which}.example.com")
                };
                let Common { engine, store, .. } = &self.common;
                let set = store.set_parameter(WEB_BASE_URL, &url, self.time.now());
                engine.now(set).expect("the store answers");
            }
            Act::Leap(span) => {
                self.log.struck("leap");
                self.time.leap(*span);
            }
        }
    }

    /// Some faults strike as long as they are set (a latency, say), so that there is nothing to count
    /// but how often each was set.
    fn count_set(&self, faults: &Value) {
        for (room, faults) in faults.as_object().into_iter().flatten() {
            for fault in faults.as_object().into_iter().flatten() {
                self.log.struck(&format!("set: {room}.{}", fault.0));
            }
        }
    }

    /// Turns push on or off as a person does; a server that dies meanwhile does not answer.
    pub(in crate::simulation) fn set_push(&self, n: usize, on: bool) {
        let method = if on { Method::POST } else { Method::DELETE };
        let id = self.mailboxes[n].id;
        self.send(method, format!("/mailboxes/{id}/push"), Value::Null);
    }

    /// Disconnects a mailbox, or connects it again.
    pub(in crate::simulation) fn set_connection(&self, n: usize, on: bool) {
        let Common { engine, store, .. } = &self.common;
        let (id, now) = (self.mailboxes[n].id, self.time.now());
        let done = if on {
            engine.now(store.connect_again(self.admin, id, now))
        } else {
            engine.now(store.disconnect_mailbox(self.admin, id, now))
        };
        done.expect("the store answers");
    }

    /// A call of the JSON API that nobody waits for.
    fn send(&self, method: Method, path: String, body: Value) {
        let Some(server) = self.any_server() else {
            return;
        };
        let token = self.token.clone();
        let gate = server.gate.clone();
        while_it_lives(gate, async move {
            api(&server, &token, method, &path, body).await;
        });
    }

    /// Somebody changes a message that they see.
    fn at_the_desk(&self, mailbox: MailboxId, pick: usize, change: Change) {
        let Some(server) = self.any_server() else {
            return;
        };
        let token = self.token.clone();
        let gate = server.gate.clone();
        let acting = async move {
            let path = format!("/messages?mailbox={mailbox}&limit=20");
            let (_, page) = api(&server, &token, Method::GET, &path, Value::Null).await;
            let items = page["items"].as_array()?;
            let id = items.get(pick % items.len().max(1))?["id"].as_str()?;
            let path = format!("/messages/{id}");
            let body = match change {
                Change::Read(is_read) => json!({"isRead": is_read}),
                Change::Flag(true) => json!({"flag": "flagged"}),
                Change::Flag(false) => json!({"flag": "complete"}),
                Change::Category(n) => json!({"categories": [format!("Category {n}")]}),
                Change::Move(n) => {
                    let folders = format!("/mailboxes/{mailbox}/folders");
                    let (_, folders) =
                        api(&server, &token, Method::GET, &folders, Value::Null).await;
                    let folders = folders["items"].as_array()?;
                    json!({"folderId": folders.get(n % folders.len().max(1))?["id"]})
                }
                Change::Delete => Value::Null,
            };
            let method = match change {
                Change::Delete => Method::DELETE,
                _ => Method::PATCH,
            };
            Some(api(&server, &token, method, &path, body).await)
        };
        while_it_lives(gate, async {
            let _ = acting.await;
        });
    }

    /// A name that no folder has yet.
    fn folder_name(&mut self) -> String {
        self.folders += 1;
        format!("Folder {}", self.folders)
    }

    /// A mail to each mailbox; their subjects.
    pub(in crate::simulation) async fn deliver_to_all(&mut self) -> Vec<String> {
        let mut subjects = Vec::new();
        for n in 0..self.mailboxes.len() {
            self.happen(&Act::Deliver(n, 0)).await;
            subjects.push(format!("Mail {}", self.mails));
        }
        subjects
    }
}

/// A person's doing goes on as long as their server lives; one that dies does not answer.
fn while_it_lives(gate: Arc<Gate>, doing: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        tokio::select! {
            biased;
            () = gate.died() => {}
            () = doing => {}
        }
    });
}

/// Somebody changes a message in Outlook, if there is one.
async fn in_outlook(office: &Office, address: &str, pick: usize, change: Change) {
    let snapshot = office.get(&format!("mailboxes/{address}/snapshot")).await;
    let messages = snapshot["messages"].as_array().cloned().unwrap_or_default();
    let Some(message) = messages.get(pick % messages.len().max(1)) else {
        return;
    };
    let id = message["id"].as_str().unwrap_or_default();
    let path = format!("mailboxes/{address}/messages/{id}");
    let (method, path, body) = match change {
        Change::Read(is_read) => (Method::PATCH, path, json!({"isRead": is_read})),
        Change::Flag(true) => (Method::PATCH, path, json!({"flag": "flagged"})),
        Change::Flag(false) => (Method::PATCH, path, json!({"flag": "notFlagged"})),
        Change::Category(n) => {
            let body = json!({"categories": [format!("Category {n}")]});
            (Method::PATCH, path, body)
        }
        Change::Move(n) => {
            let own = own_folder(office, address, n).await;
            let folder = PLACES.get(n).map(|place| (*place).to_owned()).or(own);
            let folder = folder.unwrap_or_else(|| "inbox".to_owned());
            (
                Method::POST,
                format!("{path}/move"),
                json!({"folder": folder}),
            )
        }
        Change::Delete => (Method::DELETE, path, Value::Null),
    };
    office.try_tell(method, &path, body).await;
}

/// A folder that a person has made, if there is one.
async fn own_folder(office: &Office, address: &str, pick: usize) -> Option<String> {
    let snapshot = office.get(&format!("mailboxes/{address}/snapshot")).await;
    let folders = snapshot["folders"].as_array()?;
    let own: Vec<_> = folders
        .iter()
        .filter(|folder| folder["wellKnownName"].is_null())
        .collect();
    let found = own.get(pick % own.len().max(1))?;
    Some(found["id"].as_str()?.to_owned())
}

/// The subscriptions that Microsoft has for a mailbox.
pub(in crate::simulation) async fn subscriptions_of(office: &Office, address: &str) -> Vec<String> {
    let all = office.get("subscriptions").await;
    let all = all.as_array().cloned().unwrap_or_default();
    all.iter()
        .filter(|one| one["mailbox"] == address)
        .filter_map(|one| Some(one["id"].as_str()?.to_owned()))
        .collect()
}
