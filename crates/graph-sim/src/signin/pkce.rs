//! Proof key for code exchange: does the verifier fit the challenge?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// The challenge in an authorization request: (value, method). No method means `plain` [facts 8.2].
pub(super) fn challenge(
    value: Option<&str>,
    method: Option<&str>,
) -> Result<Option<(String, String)>, Problem> {
    match (value, method.unwrap_or("plain")) {
        (None, _) => Ok(None),
        (Some(value), method @ ("S256" | "plain")) if (43..=128).contains(&value.len()) => {
            Ok(Some((value.to_owned(), method.to_owned())))
        }
        (Some(_), "S256" | "plain") => Err(Problem::new(
            "invalid_request",
            501_491,
            "The size of code_challenge parameter must be between 43 and 128.",
        )),
        (Some(_), _) => Err(Problem::new(
            "invalid_request",
            501_461,
            "The code_challenge_method is not supported: only S256 and plain are.",
        )),
    }
}

/// Refuses a verifier that does not fit.
pub(super) fn verify(
    challenge: Option<&(String, String)>,
    verifier: Option<&str>,
) -> Result<(), Problem> {
    let Some((value, method)) = challenge else {
        return Ok(());
    };
    let fits = verifier.is_some_and(|verifier| match method.as_str() {
        "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *value,
        _ => verifier == value,
    });
    if fits {
        return Ok(());
    }
    Err(Problem::new(
        "invalid_grant",
        501_481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_fits_its_own_challenge_only() {
        // The pair of RFC 7636, appendix B.
        let challenge = challenge(
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            Some("S256"),
        )
        .expect("valid");
        assert!(
            verify(
                challenge.as_ref(),
                Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
            )
            .is_ok()
        );
        assert!(verify(challenge.as_ref(), Some("another")).is_err());
        assert!(verify(challenge.as_ref(), None).is_err());
    }
}
