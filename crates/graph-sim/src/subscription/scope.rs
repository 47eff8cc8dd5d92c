//! Who may watch which mailbox, and who may touch which subscription [facts 1.4].

use std::sync::Arc;

use super::book::Book;
use super::record::{Authority, Subscription};
use super::resource::{BadResource, Owner, Resource};
use super::{body, not_found};
use crate::answer::Refusal;
use crate::graph::Caller;
use crate::hash::Hash;
use crate::mailbox::FolderNo;
use crate::sync::Held;
use crate::world::{MailboxCell, MailboxKind, Who, World};

/// Permissions that let an app watch messages. ReadWrite is not documented here, but works in practice [facts 1.4]; `*.Shared` ones do not count.
/// It stands first, so that it can be left out.
const WATCH: [&str; 4] = [
    "Mail.ReadWrite",
    "Mail.ReadBasic",
    "Mail.Read",
    "Mail.ReadBasic.All",
];

/// Permissions that let an app read, renew or reauthorize as the organisation: ReadBasic is not among them [facts 1.4].
const KEEP_AS_ORGANISATION: [&str; 2] = ["Mail.Read", "Mail.ReadWrite"];

/// The mailbox, and the folder if only one is watched.
pub(super) struct Watched {
    pub(super) cell: Arc<MailboxCell>,
    pub(super) folder: Option<FolderNo>,
}

/// An inner failure of the mail service, as the subscription service passes it on [facts 1.7].
pub(super) fn extension_error(operation: &str, status: u16, name: &str, reason: &str) -> Refusal {
    Refusal::new(
        status,
        "ExtensionError",
        format!("Operation: {operation}; Exception: [Status Code: {name}; Reason: {reason}]"),
    )
    .inner()
}

fn forbidden(operation: &str) -> Refusal {
    extension_error(operation, 403, "Forbidden", "Forbidden")
}

/// An older page says that permissions to write are not taken where reading is enough [facts 1.4].
fn read_scopes_only(world: &World, app: &str) -> bool {
    let rate = world.faults.now().subscription.read_scopes_only;
    world.faults.strikes("readScopesOnly", app, rate)
}

/// A missing permission was captured as 403 and as 401 [facts 1.7].
fn missing_permission(world: &World, caller: &Caller) -> Refusal {
    let rate = world.faults.now().subscription.unauthorized;
    if world.faults.strikes("unauthorized", &caller.app, rate) {
        return extension_error("Create", 401, "Unauthorized", "").struck("unauthorized");
    }
    forbidden("Create")
}

/// Whether the consent behind a subscription still covers watching mail.
pub(crate) fn consented(world: &World, subscription: &Subscription) -> bool {
    let Some(app) = world.directory.app(&subscription.app) else {
        return false;
    };
    let listed = match subscription.authority.who {
        Who::Person(_) => &app.delegated,
        Who::Organisation => &app.application,
    };
    listed.iter().any(|name| {
        let plain = name.rsplit('/').next().unwrap_or(name);
        WATCH.iter().any(|watch| watch.eq_ignore_ascii_case(plain))
    })
}

/// A tenant without mail, and a service that does not know personal accounts yet [facts 1.7].
pub(super) fn served(world: &World, caller: &Caller, cell: &MailboxCell) -> Result<(), Refusal> {
    let switches = &world.faults.now().subscription;
    let object = format!("{} {}", caller.app, cell.address);
    if world
        .faults
        .strikes("noExchange", &object, switches.no_exchange)
    {
        let reason = format!(
            "The Tenant for tenant guid {} does not exist.",
            caller.tenant
        );
        let message =
            format!("Operation: Create; Exception: [Status Code: Unauthorized; reason: {reason}]");
        return Err(Refusal::new(401, "ExtensionError", message)
            .inner()
            .struck("noExchange"));
    }
    let personal = cell.kind == MailboxKind::Personal;
    if personal
        && world
            .faults
            .strikes("personalRefused", &object, switches.personal_refused)
    {
        let message = "Specified resource is not supported for MSA requests";
        return Err(Refusal::new(400, "InvalidRequest", message)
            .inner()
            .struck("personalRefused"));
    }
    Ok(())
}

/// Listing takes a permission to watch, or the one to see others' subscriptions [facts 1.4].
pub(super) fn may_list(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(&WATCH) || caller.has_any(&["Subscription.Read.All"]) {
        Ok(())
    } else {
        Err(forbidden("Read"))
    }
}

/// Finds what a resource means for this caller, who must be allowed to watch it.
pub(super) fn watched(
    world: &World,
    caller: &Caller,
    resource: &Resource,
) -> Result<Watched, Refusal> {
    if !caller.has_any(&WATCH) {
        return Err(missing_permission(world, caller));
    }
    if read_scopes_only(world, &caller.app) && !caller.has_any(&WATCH[1..]) {
        return Err(forbidden("Create").struck("readScopesOnly"));
    }
    let cell = mailbox(world, caller, &resource.owner)?;
    let folder = match &resource.folder {
        None => None,
        Some(name) => {
            let found = cell.content.held().find_folder(name);
            Some(found.ok_or_else(|| {
                extension_error(
                    "Create",
                    404,
                    "NotFound",
                    "The specified folder could not be found in the store.",
                )
            })?)
        }
    };
    Ok(Watched { cell, folder })
}

fn mailbox(world: &World, caller: &Caller, owner: &Owner) -> Result<Arc<MailboxCell>, Refusal> {
    let name = match (owner, caller.user_id()) {
        (Owner::Me, Some(user_id)) => user_id,
        (Owner::Me, None) => {
            return Err(Refusal::bad_request(
                "/me request is only valid with delegated authentication flow.",
            ));
        }
        (Owner::User(name), _) => name,
    };
    let invalid = || {
        extension_error(
            "Create",
            404,
            "NotFound",
            &format!("The requested user '{name}' is invalid."),
        )
    };
    let cell = world.directory.mailbox(name).ok_or_else(invalid)?;
    match caller.user_id() {
        // Only the signed-in person's own mailbox, whatever was shared with them.
        Some(user_id) if user_id != cell.user_id => Err(forbidden("Create")),
        Some(_) => Ok(cell),
        None if cell.kind == MailboxKind::Personal => Err(extension_error(
            "Create",
            404,
            "NotFound",
            "REST API is not yet supported for this mailbox.",
        )),
        None => {
            let fenced_out = world
                .directory
                .app(&caller.app)
                .is_some_and(|app| !app.reaches(&cell.address, world.clock.now()));
            if fenced_out {
                Err(forbidden("Create"))
            } else {
                Ok(cell)
            }
        }
    }
}

/// The authority that a caller lends to a subscription.
pub(super) fn authority(caller: &Caller) -> Authority {
    Authority {
        who: caller.who.clone(),
        token_expires: caller.token_expires,
        family: caller.family,
    }
}

/// The id that stands as `creatorId`: the person, or the app's service principal [facts 1.1].
pub(super) fn creator_id(world: &World, caller: &Caller) -> String {
    caller.user_id().map_or_else(
        || {
            Hash::new(world.seed)
                .text("service principal")
                .text(&caller.app)
                .guid()
        },
        str::to_owned,
    )
}

/// Whether a caller sees a subscription: the app its own, a person only their own of these. `Subscription.Read.All` shows other apps' too.
pub(super) fn sees(caller: &Caller, subscription: &Subscription) -> bool {
    let all_apps = caller.has_any(&["Subscription.Read.All"]);
    let app = all_apps || subscription.app == caller.app;
    let owner = caller
        .user_id()
        .is_none_or(|user_id| user_id == subscription.creator_id);
    app && owner && subscription.tenant == caller.tenant
}

/// Finds a subscription that a caller may keep alive or read.
pub(super) fn find<'a>(
    book: &'a Book,
    world: &World,
    caller: &Caller,
    id: &str,
    operation: &str,
) -> Result<&'a Subscription, Refusal> {
    let subscription = own(book, world, caller, id)?;
    let permissions: &[&str] = if caller.is_organisation() {
        &KEEP_AS_ORGANISATION
    } else {
        &WATCH
    };
    if caller.has_any(permissions) && consented(world, subscription) {
        Ok(subscription)
    } else {
        Err(forbidden(operation))
    }
}

/// Finds a subscription of the caller's app, and of the caller if that is a person.
pub(super) fn own<'a>(
    book: &'a Book,
    world: &World,
    caller: &Caller,
    id: &str,
) -> Result<&'a Subscription, Refusal> {
    book.get(id, world.clock.now())
        .filter(|subscription| subscription.app == caller.app && sees(caller, subscription))
        .ok_or_else(not_found)
}

/// The refusal of a resource that the simulator does not watch.
pub(super) fn bad_resource(bad: &BadResource) -> Refusal {
    body::invalid(bad.to_string())
}
