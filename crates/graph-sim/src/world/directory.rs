//! The directory: apps, accounts and their mailboxes, found by id or address.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::{App, CONSUMER_TENANT};
use crate::hash::Hash;
use crate::mailbox::Mailbox;
use crate::mailbox::message::Person;
use crate::sync::Held;

/// What kind of account owns a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailboxKind {
    /// A person of the organisation.
    #[default]
    User,
    /// A shared mailbox of the organisation; nobody signs in as it.
    Shared,
    /// A personal (outlook.com) account.
    Personal,
}

/// A mailbox and its account. The facts are fixed; the content is behind the lock.
pub(crate) struct MailboxCell {
    /// Position in the directory.
    pub(crate) no: u32,
    /// The account's object id: a GUID; for personal accounts 16 hex digits, padded into a GUID where one is needed.
    pub(crate) user_id: String,
    /// Primary address and user principal name, as registered.
    pub(crate) address: String,
    pub(crate) display_name: String,
    pub(crate) kind: MailboxKind,
    /// Addresses of the people who may open it with `*.Shared` permissions.
    pub(crate) shared_with: Mutex<Vec<String>>,
    /// Addresses of the people who may send as it.
    pub(crate) send_as: Mutex<Vec<String>>,
    /// Addresses of the people who may send on its behalf.
    pub(crate) send_on_behalf: Mutex<Vec<String>>,
    /// Whether its quota is used up.
    pub(crate) full: AtomicBool,
    /// Whether it is no mailbox of the cloud: on the organisation's own servers, or none at all.
    pub(crate) away: AtomicBool,
    /// The content.
    pub(crate) content: Mutex<Mailbox>,
}

impl MailboxCell {
    /// The tenant that the account belongs to.
    pub(crate) fn tenant<'a>(&self, directory: &'a Directory) -> &'a str {
        if self.kind == MailboxKind::Personal {
            CONSUMER_TENANT
        } else {
            directory.tenant()
        }
    }
}

/// All apps and mailboxes.
pub(crate) struct Directory {
    seed: u64,
    tenant: String,
    lists: Mutex<Lists>,
}

#[derive(Default)]
struct Lists {
    apps: BTreeMap<String, Arc<App>>,
    mailboxes: Vec<Arc<MailboxCell>>,
    /// Lower-case address and user id → position.
    names: HashMap<String, usize>,
}

impl Directory {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            tenant: Hash::new(seed).text("tenant").guid(),
            lists: Mutex::default(),
        }
    }

    /// The organisation's tenant id.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Registers an app, or replaces it.
    pub(crate) fn put_app(&self, app: App) {
        self.lists
            .held()
            .apps
            .insert(app.client_id.clone(), Arc::new(app));
    }

    /// Finds an app.
    pub(crate) fn app(&self, client_id: &str) -> Option<Arc<App>> {
        self.lists.held().apps.get(client_id).cloned()
    }

    /// All apps, by client id.
    pub(crate) fn apps(&self) -> Vec<Arc<App>> {
        self.lists.held().apps.values().cloned().collect()
    }

    /// Changes an app in place.
    pub(crate) fn change_app(&self, client_id: &str, change: impl FnOnce(&mut App)) {
        if let Some(app) = self.lists.held().apps.get_mut(client_id) {
            change(Arc::make_mut(app));
        }
    }

    /// The user id that an address gets.
    /// An account that is made again after it was removed is another one.
    fn user_id(&self, address: &str, kind: MailboxKind, former: usize) -> String {
        let hash = Hash::new(self.seed)
            .text("user")
            .text(&address.to_lowercase())
            .number(former as u64);
        match kind {
            MailboxKind::Personal => format!("{:016x}", hash.finish()),
            MailboxKind::User | MailboxKind::Shared => hash.guid(),
        }
    }

    /// Adds a mailbox; `None` when the address is taken.
    pub(crate) fn add_mailbox(
        &self,
        address: &str,
        display_name: &str,
        kind: MailboxKind,
    ) -> Option<Arc<MailboxCell>> {
        let mut lists = self.lists.held();
        if lists.names.contains_key(&address.to_lowercase()) {
            return None;
        }
        let former = lists
            .mailboxes
            .iter()
            .filter(|cell| cell.address.eq_ignore_ascii_case(address));
        let user_id = self.user_id(address, kind, former.count());
        let no = lists.mailboxes.len() as u32;
        let cell = Arc::new(MailboxCell {
            no,
            content: Mutex::new(Mailbox::new(
                self.seed,
                &user_id,
                Person {
                    name: display_name.to_owned(),
                    address: address.to_owned(),
                },
            )),
            user_id,
            address: address.to_owned(),
            display_name: display_name.to_owned(),
            kind,
            shared_with: Mutex::default(),
            send_as: Mutex::default(),
            send_on_behalf: Mutex::default(),
            full: AtomicBool::new(false),
            away: AtomicBool::new(false),
        });
        lists.names.insert(address.to_lowercase(), no as usize);
        lists.names.insert(cell.user_id.to_lowercase(), no as usize);
        lists.mailboxes.push(Arc::clone(&cell));
        Some(cell)
    }

    /// Makes a mailbox unfindable. Its place in the list stays, because positions are names.
    pub(crate) fn remove_mailbox(&self, cell: &MailboxCell) {
        let mut lists = self.lists.held();
        lists.names.remove(&cell.address.to_lowercase());
        lists.names.remove(&cell.user_id.to_lowercase());
    }

    /// Finds a mailbox by address or user id, in any case.
    pub(crate) fn mailbox(&self, name: &str) -> Option<Arc<MailboxCell>> {
        let lists = self.lists.held();
        lists
            .names
            .get(&name.to_lowercase())
            .and_then(|no| lists.mailboxes.get(*no))
            .cloned()
    }

    /// All mailboxes ever, in the order of their creation.
    pub(crate) fn every_mailbox(&self) -> Vec<Arc<MailboxCell>> {
        self.lists.held().mailboxes.clone()
    }

    /// All mailboxes that were not removed, in the order of their creation.
    pub(crate) fn mailboxes(&self) -> Vec<Arc<MailboxCell>> {
        let lists = self.lists.held();
        let there = |cell: &&Arc<MailboxCell>| {
            lists.names.get(&cell.address.to_lowercase()) == Some(&(cell.no as usize))
        };
        lists.mailboxes.iter().filter(there).cloned().collect()
    }

    /// Whether a domain belongs to the organisation: any domain that one of its mailboxes uses does.
    pub(crate) fn owns_domain(&self, domain: &str) -> bool {
        self.lists.held().mailboxes.iter().any(|cell| {
            cell.kind != MailboxKind::Personal
                && cell
                    .address
                    .rsplit_once('@')
                    .is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain))
        })
    }
}
