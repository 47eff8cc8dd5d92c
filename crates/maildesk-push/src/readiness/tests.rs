//! One row for each thing that can stand in the way.

use super::*;

const BASE: &str = "https://desk.example.com";
const GOOD: Facts<'static> = Facts {
    connection: Connection::GraphDelegated,
    state: MailboxState::Active,
    disconnected: false,
    scope: Some("Mail.ReadWrite Mail.Send User.Read"),
    call: &Called::Worked,
    base_url: BASE,
    rules: BaseUrlRules {
        allow_loopback: false,
    },
};
const ORGANISATION: Facts<'static> = Facts {
    connection: Connection::GraphApplication,
    scope: None,
    ..GOOD
};

fn failed(failure: Failure) -> Called {
    Called::Failed(failure, trouble("GraphCode", "Graph's words.", "Do this."))
}

fn codes(facts: &Facts<'_>) -> String {
    let codes: Vec<String> = check(facts).into_iter().map(|one| one.code).collect();
    codes.join(" ")
}

#[test]
fn each_thing_that_fails_has_one_reason() {
    let table = [
        (GOOD, ""),
        (ORGANISATION, ""),
        (
            Facts {
                call: &Called::NotTried,
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                state: MailboxState::Importing,
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                scope: None,
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                state: MailboxState::Reconnect,
                disconnected: true,
                call: &Called::NotTried,
                ..GOOD
            },
            "disconnected",
        ),
        (
            Facts {
                scope: Some(""),
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                scope: Some("https://graph.microsoft.com/Mail.Read"),
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                scope: Some("mail.readbasic"),
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                connection: Connection::ImapSmtp,
                ..GOOD
            },
            "imap_connection",
        ),
        (
            Facts {
                scope: Some("https://outlook.office.com/IMAP.AccessAsUser.All"),
                ..GOOD
            },
            "imap_token",
        ),
        (
            Facts {
                state: MailboxState::Connecting,
                ..GOOD
            },
            "not_connected",
        ),
        (
            Facts {
                state: MailboxState::Connecting,
                ..ORGANISATION
            },
            "still_connecting",
        ),
        (
            Facts {
                state: MailboxState::Reconnect,
                ..GOOD
            },
            "token_unusable",
        ),
        (
            Facts {
                state: MailboxState::Reconnect,
                ..ORGANISATION
            },
            "",
        ),
        (
            Facts {
                state: MailboxState::Error,
                ..GOOD
            },
            "not_syncing",
        ),
        (
            Facts {
                scope: Some("User.Read"),
                ..GOOD
            },
            "scope_missing",
        ),
        (
            Facts {
                scope: Some("Mail.ReadWrite.Shared User.Read"),
                ..GOOD
            },
            "shared_mailbox_delegated",
        ),
        (
            Facts {
                scope: Some("User.Read"),
                ..ORGANISATION
            },
            "",
        ),
        (
            Facts {
                base_url: "",
                ..GOOD
            },
            "base_url_missing",
        ),
        (
            Facts {
                base_url: "https://desk.example.com/",
                ..GOOD
            },
            "base_url_trailing_slash",
        ),
        (
            Facts {
                base_url: "http://127.0.0.1:8480",
                ..GOOD
            },
            "base_url_not_https",
        ),
        (
            Facts {
                base_url: "http://127.0.0.1:8480",
                rules: BaseUrlRules {
                    allow_loopback: true,
                },
                ..GOOD
            },
            "",
        ),
        (
            Facts {
                connection: Connection::ImapSmtp,
                base_url: "https://localhost",
                ..GOOD
            },
            "imap_connection base_url_local",
        ),
    ];
    for (facts, wanted) in table {
        assert_eq!(codes(&facts), wanted, "{facts:?}");
    }
}

#[test]
fn a_failed_call_is_said_in_graphs_words_and_ours() {
    let table = [
        (GOOD, Failure::Token, "token_unusable"),
        (GOOD, Failure::Permission, "scope_missing"),
        (
            ORGANISATION,
            Failure::Permission,
            "application_permission_missing",
        ),
        (ORGANISATION, Failure::Mailbox, "mailbox_unreachable"),
        (GOOD, Failure::Unreachable, "microsoft_unreachable"),
    ];
    for (facts, failure, wanted) in table {
        let call = failed(failure);
        let facts = Facts {
            call: &call,
            ..facts
        };
        let reasons = check(&facts);
        assert_eq!((reasons.len(), reasons[0].code.as_str()), (1, wanted));
        assert!(reasons[0].message.contains("GraphCode: Graph's words."));
        assert_eq!(reasons[0].remedy, "Do this.");
    }
    let call = failed(Failure::Ours);
    assert_eq!(
        codes(&Facts {
            call: &call,
            ..GOOD
        }),
        "GraphCode"
    );
    let call = failed(Failure::Permission);
    let connecting = Facts {
        call: &call,
        state: MailboxState::Connecting,
        ..ORGANISATION
    };
    assert_eq!(codes(&connecting), "application_permission_missing");
}

#[test]
fn no_call_is_made_where_it_is_known_to_fail() {
    for (facts, wanted) in [
        (GOOD, true),
        (ORGANISATION, true),
        (
            Facts {
                state: MailboxState::Error,
                ..GOOD
            },
            true,
        ),
        (
            Facts {
                state: MailboxState::Connecting,
                ..ORGANISATION
            },
            true,
        ),
        (
            Facts {
                base_url: "",
                ..GOOD
            },
            true,
        ),
        (
            Facts {
                state: MailboxState::Connecting,
                ..GOOD
            },
            false,
        ),
        (
            Facts {
                state: MailboxState::Reconnect,
                ..GOOD
            },
            false,
        ),
        (
            Facts {
                disconnected: true,
                ..ORGANISATION
            },
            false,
        ),
        (
            Facts {
                connection: Connection::ImapSmtp,
                ..GOOD
            },
            false,
        ),
        (
            Facts {
                scope: Some("https://outlook.office.com/SMTP.Send"),
                ..GOOD
            },
            false,
        ),
    ] {
        assert_eq!(may_call(&facts), wanted, "{facts:?}");
    }
}
