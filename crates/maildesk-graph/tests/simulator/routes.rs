//! Each operation names its route, and the simulator has every one of them.

use std::path::Path;

use serde_json::Value;

use crate::office::{ADA, Office, TENANT, mail};

/// The `Simulator:` line of each file in `op/`: file, method, path.
fn routes() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/op");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut routes: Vec<_> = files
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("//! Simulator: "));
            let line = line.unwrap_or_else(|| panic!("{name} names no route"));
            let (method, path) = line.split_once(' ').unwrap();
            (name, method.to_owned(), path.to_owned())
        })
        .collect();
    routes.sort();
    routes
}

#[tokio::test]
async fn the_simulator_has_the_route_of_every_operation() {
    let routes = routes();
    assert!(routes.len() > 20, "{routes:?}");
    for (name, method, path) in routes {
        // A tenant of its own, because some operations delete.
        let office = Office::open().await;
        let message = office.deliver(mail("x")).await;
        let path = path
            .replace("{who}", "me")
            // We call as the organisation, which is nobody: `me` would be refused before its route is looked for.
            .replacen("/v1.0/me", &format!("/v1.0/users/{ADA}"), 1)
            .replace("{tenant}", TENANT)
            .replace("{folder}", "inbox")
            .replace("{message}", &message)
            .replace("{attachment}", "unknown")
            .replace("{upload}", "unknown")
            .replace("{subscription}", "00000000-0000-0000-0000-000000000000");
        assert!(!path.contains('{'), "{name}: {path}");
        let (status, text) = call(&office, &method, &path).await;
        assert_ne!(status, 405, "{name}: {method} {path}");
        assert!(
            !text.contains("Resource not found for the segment"),
            "{name}: {text}"
        );
        let is_graph = path.starts_with("/v1.0/");
        assert!(is_graph || status != 404, "{name}: {method} {path}");
    }
}

async fn call(office: &Office, method: &str, path: &str) -> (u16, String) {
    let url = |path: &str| format!("http://{}{path}", office.address);
    let form = "grant_type=client_credentials&client_id=app&client_secret=secret\
                &scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
    let answer = office
        .http
        .post(url(&format!("/{TENANT}/oauth2/v2.0/token")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let request = office
        .http
        .request(method.parse().unwrap(), url(path))
        .bearer_auth(answer["access_token"].as_str().unwrap());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
