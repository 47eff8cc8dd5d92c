//! Windows and next links of lists. Links keep the caller's own path and query and carry `$skip`, as Outlook's do; clients must not look inside.

use super::Call;
use crate::answer::Refusal;
use crate::json::Object;

/// The most messages on a page [facts 7.1].
pub(crate) const MOST: usize = 1_000;

/// `$top` of a message list: 1 to 1,000.
pub(crate) fn top(call: &Call) -> Result<Option<usize>, Refusal> {
    let top = number(call, "top")?;
    match top {
        Some(top) if !(1..=MOST).contains(&top) => {
            let message = format!(
                "The limit of '{MOST}' for Top query has been exceeded. The value from the incoming request is '{top}'."
            );
            Err(Refusal::new(400, "ErrorInvalidUrlQuery", message))
        }
        top => Ok(top),
    }
}

/// `$top` and `$skip` of a message list; `Prefer: odata.maxpagesize` stands in for `$top` and never raises it.
pub(crate) fn message_window(call: &Call, usual: usize) -> Result<(usize, usize), Refusal> {
    let top = match (top(call)?, page_size(call)) {
        (Some(top), Some(page)) => top.min(page),
        (top, page) => top.or(page).unwrap_or(usual),
    };
    Ok((top, number(call, "skip")?.unwrap_or(0)))
}

/// `$top` and `$skip` of a folder list: no upper limit was seen [recorded 7.2].
pub(crate) fn folder_window(call: &Call, usual: usize) -> Result<(usize, usize), Refusal> {
    let top = number(call, "top")?;
    if top == Some(0) {
        return Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            "The value of $top must be greater than 0.",
        ));
    }
    Ok((
        top.or_else(|| page_size(call)).unwrap_or(usual),
        number(call, "skip")?.unwrap_or(0),
    ))
}

/// `Prefer: odata.maxpagesize`, within 1 to 1,000.
pub(crate) fn page_size(call: &Call) -> Option<usize> {
    call.preference("odata.maxpagesize")
        .and_then(|size| size.parse().ok())
        .filter(|size| *size > 0)
        .map(|size: usize| size.min(MOST))
}

fn number(call: &Call, name: &str) -> Result<Option<usize>, Refusal> {
    let parse = |value: &str| {
        value.trim().parse().map_err(|_| {
            Refusal::new(
                400,
                "BadRequest",
                format!("Invalid value '{value}' for ${name} query option found."),
            )
            .inner()
        })
    };
    call.option(name).map(parse).transpose()
}

/// The link to what follows: the caller's request with another `$skip`.
pub(crate) fn next(call: &Call, skip: usize) -> String {
    // A search takes no `$skip`: its pages go on by a token.
    let option = if call.option("search").is_some() {
        "skiptoken"
    } else {
        "skip"
    };
    let kept = call
        .raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_option(pair, option));
    let pairs: Vec<&str> = kept.collect();
    let glue = if pairs.is_empty() { "" } else { "&" };
    format!(
        "{}/v1.0/{}?{}{glue}${option}={skip}",
        call.base,
        call.path,
        pairs.join("&")
    )
}

/// Writes the link of a delta page: on within the round, or to the next one. It keeps the caller's own path.
pub(crate) fn write_delta(out: &mut Object<'_>, call: &Call, goes_on: bool, token: &str) {
    let (name, option) = if goes_on {
        ("@odata.nextLink", "$skiptoken")
    } else {
        ("@odata.deltaLink", "$deltatoken")
    };
    let link = format!("{}/v1.0/{}?{option}={token}", call.base, call.path);
    out.text(name, &link);
}

fn is_option(pair: &str, name: &str) -> bool {
    let given = pair.split('=').next().unwrap_or_default();
    given
        .trim_start_matches("%24")
        .trim_start_matches('$')
        .eq_ignore_ascii_case(name)
}
