//! What is around every page: problems in plain words for people, as they were for programs.

use crate::support::{Desk, Engine};

#[tokio::test]
async fn a_person_reads_words_and_a_program_gets_a_problem() {
    let desk = Desk::open(Engine::Sqlite).await;
    let page = desk.call("GET", "~/nowhere").header("accept", "text/html");
    let page = page.send().await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.text().contains("There is nothing here"),
        "{}",
        page.text()
    );
    assert!(page.text().contains(page.header("x-request-id")));
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self'")
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let program = desk
        .call("GET", "~/nowhere")
        .header("accept", "application/json");
    program.send().await.refused(404, "not_found");
    let api = desk
        .get("/nowhere")
        .header("accept", "text/html")
        .send()
        .await;
    api.refused(404, "not_found");
}

#[tokio::test]
async fn assets_are_kept_by_their_contents() {
    let desk = Desk::open(Engine::Sqlite).await;
    let page = desk.call("GET", "~/nowhere").send().await.text();
    let path = page
        .split('"')
        .find(|text| text.ends_with("base.css"))
        .unwrap();
    let asset = desk.call("GET", &format!("~{path}")).send().await;
    assert_eq!(asset.status, 200);
    assert_eq!(asset.header("content-type"), "text/css; charset=utf-8");
    assert!(asset.header("cache-control").contains("immutable"));
    let old = desk
        .call("GET", "~/assets/000000000000/css/base.css")
        .send()
        .await;
    assert_eq!((old.status, old.header("cache-control")), (200, "no-store"));
    for wrong in ["~/assets/x/css/none.css", "~/assets/x/../../Cargo.toml"] {
        assert_eq!(desk.call("GET", wrong).send().await.status, 404, "{wrong}");
    }
}
