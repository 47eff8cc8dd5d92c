//! The bodies of create and renew, read as strictly as the service does [facts 1.5, 1.7].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::expiry::{self, Unfit};
use super::record::Wanted;
use crate::answer::Refusal;

/// The longest `clientState` [facts 1.1]; the page about notifications says 255.
pub(crate) const LONGEST_CLIENT_STATE: usize = 128;

/// What is asked of a `clientState`, on which Microsoft's pages disagree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Secrecy {
    pub(crate) required: bool,
    pub(crate) longest: usize,
}

/// Properties that a create may name: those of the metadata that a caller sets, and those that only the service sets.
const KNOWN: [&str; 15] = [
    "applicationId",
    "changeType",
    "clientState",
    "creatorId",
    "encryptionCertificate",
    "encryptionCertificateId",
    "expirationDateTime",
    "id",
    "includeResourceData",
    "latestSupportedTlsVersion",
    "lifecycleNotificationUrl",
    "notificationQueryOptions",
    "notificationUrl",
    "notificationUrlAppId",
    "resource",
];

/// What a create asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) wanted: Wanted,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) resource: String,
    pub(crate) expires: Timestamp,
    pub(crate) client_state: Option<String>,
    pub(crate) tls_version: String,
    pub(crate) include_resource_data: Option<bool>,
    pub(crate) encryption_certificate: Option<String>,
    pub(crate) encryption_certificate_id: Option<String>,
    pub(crate) notification_url_app_id: Option<String>,
}

impl Wish {
    /// Whether notifications are asked to carry the message itself.
    pub(crate) fn rich(&self) -> bool {
        self.include_resource_data == Some(true)
    }
}

/// Reads the body of a create.
pub(crate) fn read(body: &[u8], secrecy: Secrecy) -> Result<Wish, Refusal> {
    let fields = object(body)?;
    if fields
        .keys()
        .any(|name| !KNOWN.contains(&name.as_str()) && !name.starts_with('@'))
    {
        return Err(misspelled());
    }
    let change_type = required(&fields, "changeType")?;
    let wanted = Wanted::read(&change_type).ok_or_else(|| {
        invalid(format!(
            "The value '{change_type}' of changeType is not supported for this resource."
        ))
    })?;
    let notification_url = required(&fields, "notificationUrl")?;
    let resource = required(&fields, "resource")?;
    let expires = instant(&required(&fields, "expirationDateTime")?)?;
    let client_state = client_state(&fields, secrecy)?;
    if fields
        .get("notificationQueryOptions")
        .is_some_and(|options| !options.is_null())
    {
        return Err(invalid(
            "notificationQueryOptions is not supported for this resource.".into(),
        ));
    }
    let wish = Wish {
        wanted,
        notification_url,
        lifecycle_url: optional(&fields, "lifecycleNotificationUrl")?,
        resource,
        expires,
        client_state,
        tls_version: tls_version(&fields)?,
        include_resource_data: flag(&fields, "includeResourceData")?,
        encryption_certificate: optional(&fields, "encryptionCertificate")?,
        encryption_certificate_id: optional(&fields, "encryptionCertificateId")?,
        notification_url_app_id: optional(&fields, "notificationUrlAppId")?,
    };
    certified(&wish)?;
    Ok(wish)
}

fn client_state(fields: &Map<String, Value>, secrecy: Secrecy) -> Result<Option<String>, Refusal> {
    let state = optional(fields, "clientState")?;
    match &state {
        None if secrecy.required => Err(missing("clientState").struck("clientStateRequired")),
        Some(text) if text.chars().count() > secrecy.longest => Err(invalid(format!(
            "clientState must not be longer than {} characters.",
            secrecy.longest
        ))),
        _ => Ok(state),
    }
}

/// A rich subscription needs a certificate and a name for it [facts 1.1].
fn certified(wish: &Wish) -> Result<(), Refusal> {
    let readable = |text: &String| STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty());
    if wish.rich()
        && (wish.encryption_certificate.is_none() || wish.encryption_certificate_id.is_none())
    {
        return Err(invalid("encryptionCertificate and encryptionCertificateId are required when includeResourceData is true.".into()));
    }
    if wish
        .encryption_certificate
        .as_ref()
        .is_some_and(|text| !readable(text))
    {
        return Err(invalid("encryptionCertificate must be base64.".into()));
    }
    Ok(())
}

/// What a renewal asks for; at least one of the two is there.
#[derive(Debug)]
pub(crate) struct Renewal {
    pub(crate) expires: Option<Timestamp>,
    pub(crate) notification_url: Option<String>,
}

/// Reads the body of a PATCH: only these two properties can change, and a body with any other is refused as a whole [facts 1.5].
pub(crate) fn read_renewal(body: &[u8]) -> Result<Renewal, Refusal> {
    let fields = object(body).map_err(|_| neither())?;
    if fields.keys().any(|name| {
        !["expirationDateTime", "notificationUrl"].contains(&name.as_str())
            && !name.starts_with('@')
    }) {
        return Err(neither());
    }
    let expires = optional(&fields, "expirationDateTime").map_err(|_| neither())?;
    let notification_url = optional(&fields, "notificationUrl").map_err(|_| neither())?;
    if expires.is_none() && notification_url.is_none() {
        return Err(neither());
    }
    Ok(Renewal {
        expires: expires.map(|text| instant(&text)).transpose()?,
        notification_url,
    })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(misspelled()),
    }
}

fn optional(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(misspelled()),
    }
}

fn required(fields: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    optional(fields, name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| missing(name))
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(misspelled()),
    }
}

fn tls_version(fields: &Map<String, Value>) -> Result<String, Refusal> {
    let version =
        optional(fields, "latestSupportedTlsVersion")?.unwrap_or_else(|| "v1_2".to_owned());
    if ["v1_0", "v1_1", "v1_2", "v1_3"].contains(&version.as_str()) {
        Ok(version)
    } else {
        Err(invalid(format!(
            "The value '{version}' of latestSupportedTlsVersion is not supported."
        )))
    }
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    expiry::read(text).map_err(unfit)
}

/// The refusal of an expiry.
pub(crate) fn unfit(unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Unreadable => missing("expirationDateTime"),
        Unfit::NoZone => misspelled(),
        Unfit::TooLong(minutes) => Refusal::new(
            400,
            "ExtensionError",
            format!("Subscription expiration can only be {minutes} minutes in the future."),
        )
        .inner(),
    }
}

fn misspelled() -> Refusal {
    Refusal::new(400, "InvalidRequest", "Could not process subscription creation payload. Are all property names spelled and camelCased properly?").inner()
}

fn missing(name: &str) -> Refusal {
    invalid(format!(
        "{name} is a required property for subscription creation"
    ))
}

fn neither() -> Refusal {
    invalid("Subscription must contain either the 'expirationDateTime' or 'notificationUrl' property and its value.".into())
}

/// A refusal of a value. Where no capture shows Microsoft's sentence, it is our own.
pub(crate) fn invalid(message: String) -> Refusal {
    Refusal::new(400, "ValidationError", message).inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const USUAL: Secrecy = Secrecy {
        required: false,
        longest: LONGEST_CLIENT_STATE,
    };

    fn read(body: &[u8]) -> Result<Wish, Refusal> {
        super::read(body, USUAL)
    }

    fn body(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut body = json!({
            "changeType": "created,updated", "notificationUrl": "https://desk.test/hook", "resource": "me/messages",
            "expirationDateTime": "2026-03-02T12:00:00.0000000Z", "clientState": "secret",
        });
        change(&mut body);
        body.to_string().into_bytes()
    }

    fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
        let refusal = super::read(&body(change), USUAL).expect_err("refused");
        (refusal.code.into_owned(), refusal.message.into_owned())
    }

    #[test]
    fn a_plain_request_is_read_and_annotations_are_ignored() {
        let wish = read(&body(|body| {
            body["@odata.type"] = json!("#microsoft.graph.subscription");
        }))
        .expect("fine");
        assert_eq!(
            (
                wish.resource.as_str(),
                wish.tls_version.as_str(),
                wish.rich()
            ),
            ("me/messages", "v1_2", false)
        );
        assert!(wish.wanted.created && wish.wanted.updated && !wish.wanted.deleted);
    }

    #[test]
    fn required_properties_are_named() {
        for name in [
            "changeType",
            "notificationUrl",
            "resource",
            "expirationDateTime",
        ] {
            assert_eq!(
                refused(|body| body[name] = Value::Null).1,
                format!("{name} is a required property for subscription creation")
            );
        }
        assert_eq!(
            refused(|body| body["expirationDateTime"] = json!("soon")).1,
            "expirationDateTime is a required property for subscription creation"
        );
    }

    #[test]
    fn misspelled_properties_wrong_types_and_zoneless_times_get_the_same_sentence() {
        let sentence = ("InvalidRequest".to_owned(), "Could not process subscription creation payload. Are all property names spelled and camelCased properly?".to_owned());
        assert_eq!(refused(|body| body["clientSecret"] = json!("x")), sentence);
        assert_eq!(
            refused(|body| body["changeType"] = json!(["created"])),
            sentence
        );
        assert_eq!(
            refused(|body| body["expirationDateTime"] = json!("2018-07-20T12:00:00")),
            sentence
        );
        assert_eq!(read(b"[]").expect_err("refused").message, sentence.1);
        assert_eq!(read(b"").expect_err("refused").message, sentence.1);
    }

    #[test]
    fn values_are_checked() {
        assert!(
            refused(|body| body["changeType"] = json!("created,moved"))
                .1
                .contains("created,moved")
        );
        assert!(
            refused(|body| body["clientState"] = json!("x".repeat(129)))
                .1
                .contains("128")
        );
        assert!(read(&body(|body| body["clientState"] = json!("é".repeat(128)))).is_ok());
        assert!(
            refused(|body| body["includeResourceData"] = json!(true))
                .1
                .contains("encryptionCertificate")
        );
        assert!(
            refused(|body| body["latestSupportedTlsVersion"] = json!("v1_4"))
                .1
                .contains("v1_4")
        );
    }

    #[test]
    fn a_renewal_holds_one_of_two_properties_and_nothing_else() {
        assert!(
            read_renewal(br#"{"expirationDateTime":"2026-03-02T12:00:00Z"}"#)
                .expect("fine")
                .expires
                .is_some()
        );
        assert!(
            read_renewal(br#"{"notificationUrl":"https://desk.test/2","@odata.type":"x"}"#)
                .expect("fine")
                .notification_url
                .is_some()
        );
        for body in [
            &b""[..],
            b"{}",
            br#"{"clientState":"x"}"#,
            br#"{"expirationDateTime":null}"#,
            br#"{"expirationDateTime":"2026-03-02T12:00:00Z","lifecycleNotificationUrl":null}"#,
        ] {
            assert!(
                read_renewal(body)
                    .expect_err("refused")
                    .message
                    .starts_with("Subscription must contain either")
            );
        }
    }
}
