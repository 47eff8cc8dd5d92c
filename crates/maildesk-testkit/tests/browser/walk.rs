//! A walk over every page: axe-core finds nothing on it, light and dark, wide and on a phone;
//! nothing is refused or thrown in the console; no page is wider than its window. Pictures are
//! kept on the way (`cargo xtask screenshots`).

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};

/// A desk to read mail at, and a phone.
const SIZES: [(&str, u32, u32); 2] = [("wide", 1280, 800), ("phone", 360, 740)];

/// Pages for nobody: the picture's name and the path.
const FOR_NOBODY: &[(&str, &str)] = &[("login", "/login"), ("missing", "/nowhere")];

/// Pages of an administrator.
const FOR_ADMINISTRATORS: &[(&str, &str)] = &[("inbox-empty", "/"), ("profile", "/profile")];

async fn walk(dark: bool) {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let scheme = if dark { "dark" } else { "light" };
    story(
        &format!("walk-{scheme}"),
        Options::default(),
        async |browser| {
            browser.darken(dark).await;
            let mut faults = Vec::new();
            for (name, path) in FOR_NOBODY {
                look(browser, &world.desk.url, (name, path), scheme, &mut faults).await;
            }
            browser
                .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
                .await;
            for (name, path) in FOR_ADMINISTRATORS {
                look(browser, &world.desk.url, (name, path), scheme, &mut faults).await;
            }
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        },
    )
    .await;
    world.stop().await;
}

/// Looks at one page in every size and notes what is wrong with it.
async fn look(
    browser: &Browser,
    desk: &str,
    (name, path): (&str, &str),
    scheme: &str,
    faults: &mut Vec<String>,
) {
    for (size, width, height) in SIZES {
        browser.resize(width, height).await;
        browser.open_page(&format!("{desk}{path}")).await;
        browser
            .keep_picture(&format!("{name}-{size}-{scheme}"))
            .await;
        let found = browser.violations().await;
        if !found.is_empty() {
            faults.push(format!("{name} ({size}, {scheme}):\n{found}"));
        }
        if !browser.fits().await {
            faults.push(format!(
                "{name} ({size}, {scheme}) is wider than the window"
            ));
        }
    }
    for line in browser.console().await {
        // A page that says "not found" is one; that is its point.
        if name != "missing" {
            faults.push(format!("{name} ({scheme}), console: {line}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_the_light() {
    walk(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_the_dark() {
    walk(true).await;
}
