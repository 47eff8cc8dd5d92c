//! What to do about each of Entra's `AADSTS` numbers that a mail client meets (facts.md 8.2, 8.5
//! and 8.7).
//!
//! Decisions never hang on a number (they may change, and Microsoft says so); the words for people
//! do, because only the number says which of ten settings is the wrong one.

/// The number, and what to do about it.
const MEANINGS: [(u32, &str); 45] = [
    (7_000_215, WRONG_SECRET),
    (7_000_222, EXPIRED_SECRET),
    (
        7_000_218,
        "The app registration wants a client secret or a certificate, and MailDesk sent none: enter one in MailDesk's Microsoft app settings.",
    ),
    (
        700_027,
        "Microsoft does not know this certificate, or it has expired: upload the certificate under Certificates & secrets of the app registration, and enter the same one, with its key, in MailDesk's Microsoft app settings.",
    ),
    (
        700_025,
        "The app is registered as a public client: in Entra, under Authentication, set \"Allow public client flows\" to No and add the redirect URI as kind Web.",
    ),
    (
        700_016,
        "The client id is not known in this tenant: compare the client id and the tenant in MailDesk's Microsoft app settings with the Overview of the app registration. In a tenant other than the app's own, an administrator has to consent first.",
    ),
    (
        50_011,
        "The redirect URI is not registered to the letter: copy it from MailDesk's Microsoft app settings to Authentication in the app registration, as kind Web.",
    ),
    (
        50_194,
        "The app is registered for one organisation only: enter that organisation's tenant id in MailDesk's Microsoft app settings instead of \"common\", or change the supported account types of the app registration.",
    ),
    (
        9_001_023,
        "Connecting as the organisation needs the tenant itself: enter its id or domain in MailDesk's Microsoft app settings instead of \"common\".",
    ),
    (
        9_002_332,
        "The app is registered for work and school accounts only: use a tenant instead of \"consumers\", or change the supported account types of the app registration.",
    ),
    (
        500_208,
        "This kind of account may not use the app: sign in with an account of the kind the app is registered for, or change the supported account types of the app registration.",
    ),
    (
        700_005,
        "The sign-in began in another tenant than it ended: connect the mailbox again. Was the tenant changed meanwhile, that is why.",
    ),
    (
        54_005,
        "The sign-in was finished twice, as happens when a page is loaded again: connect the mailbox once more.",
    ),
    (
        501_481,
        "The sign-in was not finished by the server that began it: connect the mailbox once more.",
    ),
    (
        65_001,
        "Nobody has consented to these permissions: send an administrator of the tenant the admin consent link, then sign in again.",
    ),
    (
        65_004,
        "Whoever signed in declined: sign in again and accept, or send an administrator of the tenant the admin consent link.",
    ),
    (65_005, PERMISSIONS),
    (650_056, PERMISSIONS),
    (650_057, PERMISSIONS),
    (90_094, ADMIN),
    (90_095, ADMIN),
    (70_011, PERMISSIONS),
    (28_002, PERMISSIONS),
    (28_003, PERMISSIONS),
    (700_022, PERMISSIONS),
    (50_076, SECOND_FACTOR),
    (50_079, SECOND_FACTOR),
    (50_074, SECOND_FACTOR),
    (50_158, SECOND_FACTOR),
    (
        53_003,
        "Reconnect the mailbox once the tenant lets it: a Conditional Access policy blocks this sign-in, and its administrator can let the app, or this server's address, through.",
    ),
    (53_000, DEVICE),
    (53_001, DEVICE),
    (50_097, DEVICE),
    (
        53_002,
        "Reconnect the mailbox once the tenant lets it: a Conditional Access policy allows approved apps only, and its administrator can except this app.",
    ),
    (
        53_004,
        "Reconnect the mailbox: before anything else Microsoft wants its owner to register a second factor, which the sign-in page asks for.",
    ),
    (
        53_011,
        "Reconnect the mailbox once the tenant lets it: Microsoft thinks that its owner's account is at risk, and an administrator has to dismiss that or reset the password.",
    ),
    (
        50_105,
        "Reconnect the mailbox once its owner may use the app: the tenant demands that people are assigned to it, under Enterprise applications, Users and groups.",
    ),
    (
        50_057,
        "The account is disabled: an administrator of the tenant has to enable it before anybody can reconnect the mailbox.",
    ),
    (
        50_034,
        "The account does not exist any more in the tenant. Mail that is here stays; remove the mailbox when nobody needs it.",
    ),
    (
        50_055,
        "Reconnect the mailbox: the password has expired, and Microsoft's sign-in page asks its owner for a new one.",
    ),
    (
        70_008,
        "Reconnect the mailbox, its owner signs in once more: Microsoft has ended the sign-in. Mail that is here stays.",
    ),
    (
        50_173,
        "Reconnect the mailbox, its owner signs in once more: the password was changed or the sessions were revoked. Mail that is here stays.",
    ),
    (
        700_082,
        "Reconnect the mailbox: it was not used for 90 days, and Microsoft has ended the sign-in. Mail that is here stays.",
    ),
    (
        70_043,
        "Reconnect the mailbox: the tenant asks people to sign in again at regular times. Its administrator can except the app from that policy.",
    ),
    (
        700_084,
        "The redirect URI is registered as kind \"Single-page application\", whose sign-ins end after a day: register it as kind Web, then reconnect the mailbox.",
    ),
];

const WRONG_SECRET: &str = "The client secret is wrong. Under Certificates & secrets in Entra copy the column Value, not the Secret ID; it is shown only once, so make a new one if it is hidden, and enter it in MailDesk's Microsoft app settings. All mailboxes wait until then.";
const EXPIRED_SECRET: &str = "The client secret has expired: make a new one under Certificates & secrets in Entra and enter its Value in MailDesk's Microsoft app settings. All mailboxes wait until then.";
const PERMISSIONS: &str = "The permissions of the app registration do not fit: under API permissions in Entra add Mail.ReadWrite, Mail.Send, User.Read and offline_access of Microsoft Graph (delegated; as the organisation Mail.ReadWrite and Mail.Send as application permissions), then have an administrator consent.";
const ADMIN: &str = "Only an administrator of the Microsoft 365 tenant can consent: send them the admin consent link, then sign in again.";
const DEVICE: &str = "Reconnect the mailbox once the tenant lets it: a Conditional Access policy demands a managed device, which a server is not, and its administrator can except this app.";
const SECOND_FACTOR: &str = "Reconnect the mailbox: the tenant wants a second factor or another proof, which Microsoft's sign-in page asks its owner for. Mail that is here stays.";

/// What to do about the first of these numbers that is known.
pub(super) fn of(numbers: &[u32]) -> Option<&'static str> {
    numbers.iter().find_map(|number| {
        let known = MEANINGS.iter().find(|(known, _)| known == number);
        known.map(|(_, meaning)| *meaning)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_told_once() {
        for (place, (number, meaning)) in MEANINGS.iter().enumerate() {
            assert!(meaning.ends_with('.'), "{number}");
            assert!(!MEANINGS[..place].iter().any(|(other, _)| other == number));
        }
        assert_eq!(of(&[1, 90_094]), Some(ADMIN));
        assert_eq!(of(&[1]), None);
    }
}
