//! What a test of the public address came to, and what is known of its certificate: advice, which
//! never stands in the way of registering (P18).

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::address_test::AddressTest;

use super::troubleshooting;
use crate::pages::shell::Shell;

/// Certificates are renewed automatically a month before; what is nearer has been forgotten.
const CERTIFICATE_NEAR: Duration = Duration::from_hours(14 * 24);

/// What a test came to.
pub(crate) struct Tested {
    pub(crate) good: bool,
    pub(crate) calls: Vec<Call>,
    /// Until when the certificate counts, where one was seen.
    pub(crate) valid: Option<String>,
}

/// One address that was called.
pub(crate) struct Call {
    pub(crate) url: String,
    pub(crate) took: Option<String>,
    pub(crate) trouble: Option<Wrong>,
}

/// What is wrong with its answer.
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) remedy: String,
    /// Where to read more.
    pub(crate) why: Option<String>,
}

/// A test for people.
pub(crate) fn tested(shell: &Shell, tested: AddressTest) -> Tested {
    let words = shell.words;
    let good = tested.is_good();
    let calls = tested.calls.into_iter().map(|call| Call {
        took: call.took.map(|took| {
            let took = i64::try_from(took.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
            words.fill("address-took", took).into_owned()
        }),
        trouble: call.trouble.map(|why| Wrong {
            why: troubleshooting::path_for(&why),
            message: why.message,
            remedy: why.remedy,
        }),
        url: call.url,
    });
    Tested {
        good,
        calls: calls.collect(),
        valid: tested.certificate_ends_at.map(|ends| {
            let ends = shell.time_of(ends);
            words.fill("address-valid", ends.full).into_owned()
        }),
    }
}

/// What to say of a certificate that ends then; nothing while that is far.
pub(super) fn advice(shell: &Shell, ends: Timestamp) -> Option<String> {
    let words = shell.words;
    let near = ends.minus(CERTIFICATE_NEAR) <= shell.now;
    near.then(|| {
        let ends = shell.time_of(ends);
        words.fill("address-certificate", ends.full).into_owned()
    })
}
