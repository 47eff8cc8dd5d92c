//! A certificate credential: signs the assertion that stands in for a client secret.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_model::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use x509_cert::der::Decode as _;

/// An assertion is used at once; ten minutes leave room for clocks that differ.
const LIFE_S: i64 = 600;

/// A certificate and its RSA key.
pub struct Certificate {
    key: RsaKeyPair,
    /// `x5t#S256`: the SHA-256 of the certificate, base64url.
    thumbprint: String,
    expires_at: Timestamp,
}

/// Why a certificate setting cannot be used. None of these quotes the setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadCertificate {
    /// No private key in the PEM text.
    #[error("the PEM text holds no private key (PKCS#8 or PKCS#1)")]
    NoKey,
    /// The key is not an RSA key of 2,048 bits or more.
    #[error("the private key is not an RSA key of at least 2048 bits")]
    NotRsa,
    /// No certificate in the PEM text that belongs to the key.
    #[error("the PEM text holds no certificate that belongs to the private key")]
    NoCertificate,
    /// The certificate that belongs to the key cannot be read.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// Signing failed.
    #[error("the private key cannot sign")]
    CannotSign,
}

impl Certificate {
    /// Reads PEM text with a certificate and its private key, in any order; of a chain, the one
    /// that belongs to the key counts.
    pub fn from_pem(pem: &str) -> Result<Self, BadCertificate> {
        let key =
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| BadCertificate::NoKey)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(BadCertificate::NotRsa),
        }
        .map_err(|_| BadCertificate::NotRsa)?;
        let public = key.public_key().as_ref();
        let certificate = CertificateDer::pem_slice_iter(pem.as_bytes())
            .filter_map(Result::ok)
            .find(|der| holds(der, public))
            .ok_or(BadCertificate::NoCertificate)?;
        Ok(Self {
            expires_at: certificate_ends_at(&certificate).ok_or(BadCertificate::Unreadable)?,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate)),
            key,
        })
    }

    /// When it ends: Entra refuses assertions signed with it from then on.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// A signed assertion that `client_id` speaks to `audience` (the token endpoint), now.
    /// PS256 with `x5t#S256` is what Entra asks for today.
    pub(crate) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<String, BadCertificate> {
        let now_s = now.as_micros().div_euclid(1_000_000);
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": id,
            "nbf": now_s - 60,
            "exp": now_s + LIFE_S,
        });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public().modulus_len()];
        // The salt of a PSS signature comes from the system: the signing library takes no other
        // source, and nothing the product does depends on it.
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| BadCertificate::CannotSign)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// When a certificate in DER ends; `None` if it cannot be read.
pub fn certificate_ends_at(der: &[u8]) -> Option<Timestamp> {
    let read = x509_cert::Certificate::from_der(der).ok()?;
    let end = read.tbs_certificate().validity().not_after;
    let seconds = i64::try_from(end.to_unix_duration().as_secs()).ok()?;
    Some(Timestamp::from_micros(seconds.saturating_mul(1_000_000)))
}

/// Whether a certificate is that of a public key. The key stands in it as it is, so a search for
/// its some 270 bytes is as sure as reading the structure.
fn holds(certificate: &[u8], public_key: &[u8]) -> bool {
    certificate
        .windows(public_key.len())
        .any(|window| window == public_key)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint)
    }
}
