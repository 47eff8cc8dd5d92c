//! Nasty and ordinary mail, and what is left of it.

use super::*;

const NONCE: [u8; 16] = [0xab; 16];

fn made(dirty: &str, inline: &Inline, nonce: [u8; 16]) -> Clean {
    clean(dirty, inline, nonce).expect("it is bounded")
}

fn cleaned(dirty: &str) -> String {
    made(dirty, &Inline::default(), NONCE).html
}

#[track_caller]
fn gone(dirty: &str, left: &str) {
    assert_eq!(cleaned(dirty), left, "{dirty}");
}

#[test]
fn nothing_that_runs_is_left() {
    gone("a<script>alert(1)</script>b", "ab");
    gone("<img src=x onerror=alert(1)>", "<img>");
    gone("<p onclick='x()'>a</p>", "<p>a</p>");
    gone("<svg><script>alert(1)</script></svg>b", "b");
    gone("<svg onload=alert(1)><p>x</svg>b", "<p>xb</p>");
    gone("<math><mi xlink:href='javascript:x'>a</math>b", "b");
    gone("<iframe srcdoc='<script>x</script>'></iframe>b", "b");
    gone("<object data=x></object><embed src=x>b", "b");
    gone(
        "<form action=/x><input name=a><button>Go</button></form>",
        "Go",
    );
    gone(
        "<base href='https://evil.example/'><link rel=stylesheet href=x>b",
        "b",
    );
    gone(
        "<meta http-equiv=refresh content='0;url=https://evil.example'>b",
        "b",
    );
    gone(
        "<style>*{background:url(https://evil.example)}</style>b",
        "b",
    );
    gone("<title>t</title><template><img src=x></template>b", "b");
    gone(
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "&lt;p title=\"<img>\"&gt;",
    );
    gone("<!--[if mso]><v:rect>x</v:rect><![endif]-->b", "b");
    gone("<p id=inbox class=menu name=x>a</p>", "<p>a</p>");
}

#[test]
fn links_lead_out_or_nowhere() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    let kept = |href: &str| format!("<a href=\"{href}\" target=\"_blank\" {rel}>a</a>");
    for href in [
        "https://a.example/?b=c",
        "http://a.example",
        "mailto:a@b.example",
        "tel:+49",
    ] {
        let html = cleaned(&format!("<a href='{href}'>a</a>"));
        assert_eq!(html, kept(href));
    }
    for href in [
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,<script>x</script>",
        "vbscript:x",
        "/settings",
        "//evil.example/x",
        "#top",
        "cid:1",
        "blob:https://a.example/1",
        "file:///etc/passwd",
    ] {
        let html = cleaned(&format!("<a href='{href}'>a</a>"));
        assert!(!html.contains("href"), "{href}: {html}");
    }
}

#[test]
fn nothing_is_loaded_by_itself() {
    let clean = made(
        "<img src='https://t.example/p.gif?a=1&b=2' alt=x srcset='https://t.example/2x'>",
        &Inline::default(),
        NONCE,
    );
    assert_eq!(
        clean.html,
        "<img alt=\"x\" data-remote-src=\"https://t.example/p.gif?a=1&amp;b=2\">"
            .replace("<img alt=\"x\" data", "<img data")
            .replace("2\">", "2\" alt=\"x\">")
    );
    assert!(clean.has_remote_images);
    gone("<img src='//t.example/p.gif'>", "<img>");
    gone(
        "<table background='https://t.example/b'><tr><td>a",
        "<table><tbody><tr><td>a</td></tr></tbody></table>",
    );
    gone("<img src='data:image/svg+xml;base64,AAAA'>", "<img>");
    gone("<img src='data:text/html;base64,AAAA'>", "<img>");
    gone(
        "<img src='data:image/png;base64,AAAA'>",
        "<img src=\"data:image/png;base64,AAAA\">",
    );
    gone("<video src=x poster=y>v</video><audio src=x></audio>b", "b");
    let dirty = "<p style='background:url(https://t.example/b)'>a</p>\
                 <p style='background-image:url(https://t.example/b);list-style:url(x);color:red'>a</p>\
                 <p style=\"content:url(https://t.example/b);cursor:url(x),auto;--x:url(y)\">a</p>";
    let html = cleaned(dirty);
    for property in ["image", "list-style", "content", "cursor", "--x"] {
        assert!(!html.contains(property), "{html}");
    }
    assert!(html.contains("color:red"), "{html}");
}

#[test]
fn a_forged_mark_stays_text() {
    let dirty = "<p title=' src=\"remote-'> src=\"remote-abab: x</p>";
    let clean = made(dirty, &Inline::default(), [0xcd; 16]);
    assert!(!clean.has_remote_images);
    assert!(!clean.html.contains("data-remote-src"), "{}", clean.html);
}

#[test]
fn styles_keep_what_is_looks_and_lose_what_is_place() {
    gone(
        "<p style='COLOR:red;position:fixed;top:0;z-index:9;font-size:12px'>a</p>",
        "<p style=\"font-size:12px\">a</p>",
    );
    gone(
        "<p style='width:calc(1px + ;color:red;font-size:12px)'>a</p>",
        "<p style=\"color:red\">a</p>",
    );
    gone(
        "<p style='min-height:100VH;height:calc(100vh - 1px);width:50vw'>a</p>",
        "<p style=\"width:50vw\">a</p>",
    );
    for unit in ["svb", "dvmin", "lvmax", "cqh", "cqb", "cqmin", "CQMAX"] {
        gone(
            &format!("<p style='height:9{unit};min-height:2e2{unit};width:1px'>a</p>"),
            "<p style=\"width:1px\">a</p>",
        );
    }
    gone(
        "<p style='background: #202020'>a</p>",
        "<p style=\"background-color:#202020\">a</p>",
    );
    for value in [
        "expression(alert(1))",
        "foo(url(https://t.example))",
        "r\\67b(1,2,3)",
    ] {
        gone(
            &format!("<p style='color:{value};height:1px'>a</p>"),
            "<p style=\"height:1px\">a</p>",
        );
    }
    for value in ["rgb(1,2,3)", "rgba(1,2,3,.5)", "hsl(1,2%,3%)"] {
        let html = cleaned(&format!("<p style='color:{value}'>a</p>"));
        assert!(html.contains("style=\"color:"), "{html}");
    }
    gone(
        "<p style='color:red}body{display:none'>a</p>",
        "<p style=\"\">a</p>",
    );
}

#[test]
fn inline_images_point_at_our_attachments() {
    let inline = Inline {
        message: Some(MessageId(1)),
        parts: vec![("Logo@X.example".to_owned(), AttachmentId(2))],
        own_hosts: vec!["desk.example".to_owned()],
        fold: None,
    };
    let url = format!(
        "/api/v1/messages/{}/attachments/{}",
        MessageId(1),
        AttachmentId(2)
    );
    let clean = |dirty: &str| made(dirty, &inline, NONCE).html;
    assert_eq!(
        clean("<img src='cid:logo@x.example'>"),
        format!("<img src=\"{url}\">")
    );
    assert_eq!(
        clean("<img src='CID:logo%40x.example'>"),
        format!("<img src=\"{url}\">")
    );
    assert_eq!(clean("<img src='cid:other'>"), "<img>");
    for own in [
        "https://desk.example/logout",
        "http://DESK.example:8480/api/v1/mailboxes/b1/connect",
        "https://a:b@desk.example./x",
    ] {
        assert_eq!(clean(&format!("<img src='{own}'>")), "<img>", "{own}");
    }
    assert!(clean("<img src='https://not.desk.example/x'>").contains("data-remote-src"));
}

#[test]
fn ordinary_mail_keeps_its_shape() {
    let html = "<table width=\"600\" cellpadding=\"0\" bgcolor=\"#ffffff\"><tbody><tr><td align=\"center\" valign=\"top\"><font color=\"red\" face=\"Arial\">Hello <b>Ada</b></font><br></td></tr></tbody></table>";
    gone(html, html);
    gone(
        "<html><head><title>x</title></head><body bgcolor=red><p>a</p></body></html>",
        "<p>a</p>",
    );
}

#[test]
fn what_asks_for_too_much_is_not_made() {
    let deep = "<div>".repeat(20_000) + "x";
    assert_eq!(clean(&deep, &Inline::default(), NONCE), None);
    let fonts: Vec<String> = (0..400).map(|size| format!("<font size={size}>")).collect();
    let much = format!("<p>{}{}", fonts.concat(), "<p>a".repeat(400));
    assert_eq!(clean(&much, &Inline::default(), NONCE), None);
    let flat = "<p>a".repeat(20_000);
    assert!(cleaned(&flat).contains("<p>a</p><p>a</p>"));
}

#[test]
fn text_is_shown_as_it_is() {
    assert_eq!(
        from_text("a <b>\n  \"c\" & d"),
        "<div style=\"white-space:pre-wrap\">a &lt;b&gt;\n  &quot;c&quot; &amp; d</div>"
    );
}
