//! The page: a mailbox is picked, read, written to and changed, with forms alone.

use crate::stage::{ADA, BOB, Reply, Stage};

async fn open(stage: &Stage, path: &str) -> Reply {
    stage
        .send(stage.http.get(format!("{}{path}", stage.base)))
        .await
}

async fn post(stage: &Stage, path: &str, form: &[(&str, &str)]) -> Reply {
    stage
        .send(stage.http.post(format!("{}{path}", stage.base)).form(form))
        .await
}

/// The target of the first link or form that contains a text.
fn target<'a>(page: &'a Reply, attribute: &str, contains: &str) -> &'a str {
    let opening = format!("{attribute}=\"");
    let parts = page.text.split(opening.as_str()).skip(1);
    let mut targets = parts.filter_map(|part| part.split('"').next());
    targets
        .find(|target| target.contains(contains))
        .unwrap_or_else(|| panic!("no {attribute} with {contains}: {}", page.text))
}

#[tokio::test]
async fn an_empty_world_says_how_to_begin() {
    let stage = Stage::of(graph_sim::Sim::new(crate::stage::config(1))).await;
    assert!(open(&stage, "/").await.text.contains("/sim/mailboxes"));
}

#[tokio::test]
async fn mail_written_in_the_page_arrives_and_can_be_read_and_filed() {
    let stage = Stage::new().await;
    let index = open(&stage, "/").await;
    assert!(
        index.text.contains(ADA)
            && index
                .header("content-security-policy")
                .contains("default-src 'none'")
    );
    let mailbox = target(&index, "href", "/outlook/ada").to_owned();
    let form = [
        ("from", "grace@fabrikam.test"),
        ("name", "Grace <b>"),
        ("to", ADA),
        ("subject", "Hello & <i>welcome</i>"),
        ("text", "Text"),
        ("answers", ""),
    ];
    let written = post(&stage, &format!("{mailbox}/deliver"), &form).await;
    assert_eq!(
        (written.status, written.header("location")),
        (303, mailbox.as_str())
    );
    let page = open(&stage, &mailbox).await;
    assert!(
        page.text.contains("Hello &amp; &lt;i&gt;welcome")
            && !page.text.contains("<i>welcome")
            && page.text.contains("class=\"unread\"")
    );
    let message = target(&page, "href", "message=").replace("&amp;", "&");
    let reading = open(&stage, &message).await;
    assert!(reading.text.contains("<iframe sandbox"));
    let act = target(&reading, "action", "/message/").to_owned();
    for (name, check) in [
        ("read", "Mark unread"),
        ("flag", "Clear flag"),
        ("unflag", "Flag<"),
        ("unread", "Mark read"),
    ] {
        let done = post(&stage, &act, &[("act", name)]).await;
        assert!(
            done.status == 303
                && open(&stage, done.header("location"))
                    .await
                    .text
                    .contains(check),
            "{name}"
        );
    }
    post(&stage, &act, &[("act", "move"), ("to", "archive")]).await;
    assert_eq!(
        stage
            .person(ADA)
            .await
            .get("me/mailFolders/archive/messages")
            .await
            .items()
            .len(),
        1
    );
    post(&stage, &act, &[("act", "delete")]).await;
    post(&stage, &act, &[("act", "delete")]).await;
    assert_eq!(
        stage
            .person(ADA)
            .await
            .get("me/messages")
            .await
            .items()
            .len(),
        0
    );
}

#[tokio::test]
async fn mail_sent_from_the_page_is_kept_and_reaches_others_here() {
    let stage = Stage::new().await;
    let form = [
        ("to", BOB),
        ("subject", "from the page"),
        ("text", "Text"),
        ("answers", ""),
    ];
    assert_eq!(
        post(&stage, "/outlook/ada%40contoso.test/send", &form)
            .await
            .status,
        303
    );
    for (address, folder) in [(ADA, "sentitems"), (BOB, "inbox")] {
        let list = stage
            .person(address)
            .await
            .get(&format!("me/mailFolders/{folder}/messages"))
            .await;
        assert_eq!(list.column("subject"), ["from the page"], "{address}");
    }
}

#[tokio::test]
async fn the_stamp_moves_when_the_mailbox_does() {
    let stage = Stage::new().await;
    let stamp = || async { open(&stage, "/outlook/ada%40contoso.test/stamp").await.text };
    let before = stamp().await;
    assert_eq!(stamp().await, before);
    stage.mail("new").await;
    assert_ne!(stamp().await, before);
    assert_eq!(open(&stage, "/outlook/nobody/stamp").await.status, 404);
    assert_eq!(open(&stage, "/outlook/nobody").await.status, 404);
    assert!(
        open(&stage, "/outlook-page/refresh.js")
            .await
            .text
            .contains("location.reload")
    );
}
