//! Who may depend on whom, checked from `cargo metadata`.
//!
//! ARCHITECTURE.md shows the same table. Dev-dependencies are apart: a test may reach up, the product may not.

use cargo_metadata::{DependencyKind, Package};

use super::Finding;
use crate::source::{Repository, find, has_room};

/// What one of our crates may and may not know.
struct Room {
    name: &'static str,
    /// Our own crates it may depend on.
    may: &'static [&'static str],
    /// Crates of others that would mean it does somebody else's work.
    never: &'static [&'static str],
}

const EVERYTHING: &[&str] = &[
    "graph-sim",
    "maildesk",
    "maildesk-alert",
    "maildesk-connect",
    "maildesk-graph",
    "maildesk-model",
    "maildesk-push",
    "maildesk-store",
    "maildesk-sync",
    "maildesk-web",
];

const ROOMS: &[Room] = &[
    Room {
        name: "maildesk-model",
        may: &[],
        never: &["serde_json", "sqlx", "http", "axum", "reqwest", "tokio"],
    },
    Room {
        name: "maildesk-graph",
        may: &["maildesk-model"],
        never: &["sqlx", "axum", "figment"],
    },
    Room {
        name: "maildesk-store",
        may: &["maildesk-model"],
        never: &["http", "axum", "reqwest", "hyper"],
    },
    Room {
        name: "maildesk-connect",
        may: &["maildesk-model", "maildesk-store", "maildesk-graph"],
        never: &["sqlx", "reqwest"],
    },
    Room {
        name: "maildesk-sync",
        may: &[
            "maildesk-model",
            "maildesk-store",
            "maildesk-graph",
            "maildesk-connect",
        ],
        never: &["sqlx", "axum", "reqwest"],
    },
    Room {
        name: "maildesk-push",
        may: &[
            "maildesk-model",
            "maildesk-store",
            "maildesk-graph",
            "maildesk-connect",
        ],
        never: &["sqlx", "reqwest"],
    },
    Room {
        name: "maildesk-alert",
        may: &[
            "maildesk-model",
            "maildesk-store",
            "maildesk-graph",
            "maildesk-connect",
        ],
        never: &["sqlx", "axum", "reqwest"],
    },
    Room {
        name: "maildesk-web",
        may: &["maildesk-model", "maildesk-store"],
        never: &["sqlx", "reqwest"],
    },
    Room {
        name: "maildesk",
        may: EVERYTHING,
        never: &["sqlx"],
    },
    Room {
        name: "graph-sim",
        may: &[],
        never: &[],
    },
    Room {
        name: "maildesk-testkit",
        may: EVERYTHING,
        never: &[],
    },
    Room {
        name: "xtask",
        may: &[],
        never: &[],
    },
];

/// Crates that a crate may use in one room only: (crate, its dependency, the room).
const IN_ONE_ROOM: &[(&str, &str, &str)] = &[
    ("maildesk", "graph_sim", "demo"),
    ("maildesk-connect", "axum", "callback"),
    ("maildesk-push", "axum", "hook"),
];

/// Checks the table for every member of the workspace, and the rooms inside them.
pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let edges = repository.packages.iter().flat_map(edges_of);
    let rooms = IN_ONE_ROOM
        .iter()
        .flat_map(|rule| uses_outside(repository, rule));
    edges.chain(rooms).collect()
}

/// Our crates, from the ground up.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().map(|room| room.name)
}

/// The table as ARCHITECTURE.md shows it, a row for each crate.
pub(super) fn rows() -> impl Iterator<Item = String> {
    ROOMS.iter().map(|room| {
        let may = match room.may {
            [] => "–".to_owned(),
            all if all == EVERYTHING => "everything".to_owned(),
            some => some
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let never = room
            .never
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let never = if never.is_empty() {
            "–".to_owned()
        } else {
            never
        };
        format!("| `{}` | {may} | {never} |", room.name)
    })
}

fn edges_of(package: &Package) -> Vec<Finding> {
    let name = package.name.as_str();
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        return vec![Finding::new(
            name,
            "is not in the table of xtask/src/tidy/edges.rs; add it there and to ARCHITECTURE.md",
        )];
    };
    let product = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development);
    product
        .filter_map(|dependency| {
            let other = dependency.name.as_str();
            let ours = ROOMS.iter().any(|room| room.name == other);
            let allowed = if ours {
                room.may.contains(&other)
            } else {
                !room.never.contains(&other)
            };
            (!allowed).then(|| {
                Finding::new(
                    name,
                    format!("must not depend on {other} (ARCHITECTURE.md, who may know whom)"),
                )
            })
        })
        .collect()
}

/// Places in a crate's sources that name a dependency outside the one room made for it.
fn uses_outside(
    repository: &Repository,
    (krate, dependency, room): &(&str, &str, &str),
) -> Vec<Finding> {
    let sources = format!("crates/{krate}/src/");
    let mut findings = Vec::new();
    for file in repository
        .rust()
        .filter(|file| file.name().starts_with(&sources))
    {
        if has_room(&file.path, room) {
            continue;
        }
        findings.extend(find(&file.tokens, &[dependency, ":", ":"]).map(|at| {
            let fault = format!("{dependency} is met in the room `{room}` only");
            Finding::at(file, file.tokens[at].line, fault)
        }));
    }
    findings
}
