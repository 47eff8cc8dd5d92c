//! Style sheets, scripts and icons: part of the program, served under a path that names their
//! contents, so that a browser keeps them for good and never mixes two versions.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderValue, header};
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use crate::error::Problem;

/// One file.
struct Asset {
    name: &'static str,
    text: &'static str,
}

/// Takes a file into the program.
macro_rules! asset {
    ($name:literal) => {
        Asset {
            name: $name,
            text: include_str!(concat!("../../assets/", $name)),
        }
    };
}

/// Every file there is; one that is missing here is a red test.
const ASSETS: [Asset; 38] = [
    asset!("css/base.css"),
    asset!("css/compose.css"),
    asset!("css/inbox.css"),
    asset!("css/settings.css"),
    asset!("icons/maildesk.svg"),
    asset!("js/early.js"),
    asset!("js/inbox.js"),
    asset!("js/inbox/act.js"),
    asset!("js/inbox/choose.js"),
    asset!("js/inbox/compose.js"),
    asset!("js/inbox/compose/api.js"),
    asset!("js/inbox/compose/draft.js"),
    asset!("js/inbox/compose/drafts.js"),
    asset!("js/inbox/compose/editor.js"),
    asset!("js/inbox/compose/files.js"),
    asset!("js/inbox/compose/markup.js"),
    asset!("js/inbox/compose/outgoing.js"),
    asset!("js/inbox/compose/pane.js"),
    asset!("js/inbox/compose/people.js"),
    asset!("js/inbox/compose/signature.js"),
    asset!("js/inbox/dialog.js"),
    asset!("js/inbox/flags.js"),
    asset!("js/inbox/foreign.js"),
    asset!("js/inbox/keys.js"),
    asset!("js/inbox/list.js"),
    asset!("js/inbox/live.js"),
    asset!("js/inbox/menu.js"),
    asset!("js/inbox/move.js"),
    asset!("js/inbox/notify.js"),
    asset!("js/inbox/panes.js"),
    asset!("js/inbox/reading.js"),
    asset!("js/inbox/said.js"),
    asset!("js/inbox/tree.js"),
    asset!("js/inbox/view.js"),
    asset!("js/live.js"),
    asset!("js/page.js"),
    asset!("js/progress.js"),
    asset!("js/signature.js"),
];

/// Kept for good: the path changes with the contents.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// For a page that was opened before an upgrade: what is here now, and not to be kept.
const ONCE: HeaderValue = HeaderValue::from_static("no-store");

/// The path of an asset.
pub(crate) fn path(name: &str) -> String {
    debug_assert!(
        ASSETS.iter().any(|asset| asset.name == name),
        "no asset {name}"
    );
    format!("/assets/{}/{name}", version())
}

/// A name for the contents of all of them together: modules import each other by relative paths.
pub(crate) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        for asset in &ASSETS {
            hash.update(asset.name);
            hash.update([0]);
            hash.update(asset.text);
            hash.update([0]);
        }
        crate::auth::hex(&hash.finalize()[..6])
    })
}

/// `GET /assets/{version}/{name}`, compressed for whoever takes that. Pages are not: they hold secrets beside
/// what somebody else may have chosen, and how well both compress together tells of the secret.
pub(super) fn route<S: Clone + Send + Sync + 'static>() -> MethodRouter<S> {
    get(show).layer(CompressionLayer::new())
}

/// A file, for everybody, signed in or not.
async fn show(Path((of, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.ok_or_else(Problem::not_found)?;
    let kind = match asset.name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    let keep = if of == version() { FOREVER } else { ONCE };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, keep),
    ];
    Ok((headers, asset.text).into_response())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use axum::Router;
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn files(folder: &Path, root: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, root, into);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy();
                into.push(name.into_owned());
            }
        }
    }

    #[test]
    fn every_file_is_served_and_every_import_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut there = Vec::new();
        files(&root, &root, &mut there);
        there.sort();
        let mut served: Vec<_> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        served.sort();
        assert_eq!(served, there);
        for asset in &ASSETS {
            for import in imports(asset.text) {
                let name = beside(asset.name, import);
                assert!(served.contains(&name), "{}: {import}", asset.name);
            }
        }
    }

    /// What a script imports, as it is written there.
    fn imports(text: &str) -> impl Iterator<Item = &str> {
        let lines = text.lines().filter(|line| line.starts_with("import "));
        lines.filter_map(|line| line.split('"').nth(1))
    }

    /// A relative path, from the file it stands in.
    fn beside(name: &str, path: &str) -> String {
        let mut parts: Vec<_> = name.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// What a browser has to fetch for everything, the pane for writing too, which it fetches when
    /// somebody writes.
    #[tokio::test]
    async fn all_scripts_together_stay_small() {
        let scripts = ASSETS.iter().filter(|asset| asset.name.starts_with("js/"));
        let mut total = 0;
        for script in scripts {
            let router = Router::new().route("/assets/{version}/{*name}", route());
            let request =
                Request::get(path(script.name)).header(header::ACCEPT_ENCODING, "gzip, br");
            let request = request.body(Body::empty()).unwrap();
            let (head, body) = router.oneshot(request).await.unwrap().into_parts();
            assert_eq!(head.headers[header::CONTENT_ENCODING], "gzip");
            assert_eq!(head.headers[header::VARY], "accept-encoding");
            let sent = body.collect().await.unwrap().to_bytes().len();
            assert!(sent < script.text.len(), "{}", script.name);
            total += sent;
        }
        assert!(total <= 70_000, "{total} bytes of scripts");
    }
}
