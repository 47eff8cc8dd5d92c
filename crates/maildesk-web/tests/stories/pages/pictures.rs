//! Pictures of mail that this server brings: to whom, of what, and from where not.

use maildesk_model::message::{Body, RemoteMessage};
use maildesk_model::parameter::IMAGES_PROXY;
use maildesk_model::{MessageId, Role};
use maildesk_store::contract::{DeskStore as _, MailboxStore as _, PeopleStore as _};
use maildesk_web::{NoPicture, Sight};

use crate::support::{Answer, Desk, Engine, Person, SERVER, Session, mail, story};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";
const URL: &str = "https://t.example/p.png?to=ada&n=1";

struct Reader {
    desk: Desk,
    ada: Person,
    session: Session,
    message: MessageId,
}

impl Reader {
    /// Ada with a mail of two pictures that lie elsewhere, and a server that brings them.
    async fn new(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let ada = desk.person("ada", Role::User).await;
        let session = desk.session(&ada).await;
        let one = desk.mailbox("One", &[&ada]).await;
        let url = URL.replace('&', "&amp;");
        let html = format!(
            "<p>See data-remote-src=\"https://text.example/a.gif\"</p><img src=\"{url}\"><img alt=\"b\" src=\"http://t.example/b.gif\">"
        );
        let news = RemoteMessage {
            body: Some(Body {
                is_html: true,
                content: html,
            }),
            ..mail(1)
        };
        let message = desk.deliver(one, vec![news]).await[0];
        desk.gallery.hang(URL, PNG);
        let reader = Self {
            desk,
            ada,
            session,
            message,
        };
        reader.brings("true").await;
        reader
    }

    async fn brings(&self, value: &str) {
        let set = self
            .desk
            .store
            .set_parameter(IMAGES_PROXY, value, self.desk.now());
        set.await.unwrap();
    }

    async fn get(&self, session: &Session, path: &str) -> Answer {
        let call = self.desk.get(&format!("~{path}"));
        let call = call.header("sec-fetch-dest", "image");
        call.in_session(session).send().await
    }

    /// The body with its pictures.
    async fn body(&self, session: &Session) -> Answer {
        let path = format!("~/messages/{}/body?images=yes", self.message);
        self.desk.get(&path).in_session(session).send().await
    }

    /// The paths of the pictures in it.
    async fn paths(&self, session: &Session) -> Vec<String> {
        let body = self.body(session).await.text();
        let parts = body.split("<img ").skip(1);
        let sources = parts.filter_map(|part| {
            part.split(" src=\"")
                .nth(1)
                .or_else(|| part.strip_prefix("src=\""))
        });
        let paths = sources.filter_map(|source| source.split('"').next());
        paths.map(|path| path.replace("&amp;", "&")).collect()
    }
}

story!(
    a_picture_is_brought_to_who_asked_for_pictures,
    async |engine| {
        let reader = Reader::new(engine).await;
        let body = reader.body(&reader.session).await;
        let policy = body.header("content-security-policy").to_owned();
        assert!(policy.ends_with("img-src 'self' data:"), "{policy}");
        let text = body.text();
        assert!(
            !text.contains("\"https://t.example") && !text.contains("\"http://t.example"),
            "{text}"
        );
        assert!(
            text.contains("<p>See data-remote-src=\"https://text.example/a.gif\"</p>"),
            "{text}"
        );
        let paths = reader.paths(&reader.session).await;
        assert_eq!(paths.len(), 2, "{text}");
        assert!(paths[0].starts_with(&format!(
            "/messages/{}/picture?url=https%3A",
            reader.message
        )));
        assert_eq!(
            reader.desk.gallery.asked(),
            Vec::<String>::new(),
            "nothing by itself"
        );
        let picture = reader.get(&reader.session, &paths[0]).await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (200, "image/png")
        );
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert_eq!(picture.header("cache-control"), "private, max-age=3600");
        assert!(
            picture
                .header("content-security-policy")
                .starts_with("sandbox")
        );
        assert_eq!(reader.desk.gallery.asked(), [URL]);
        // The other one is not there.
        let gone = reader.get(&reader.session, &paths[1]).await;
        assert_eq!(gone.status, 502);
        assert!(!gone.text().contains("t.example"));
        assert_eq!(reader.desk.gallery.asked(), ["http://t.example/b.gif"]);
    }
);

story!(
    a_body_without_pictures_holds_no_way_to_them,
    async |engine| {
        let reader = Reader::new(engine).await;
        let path = format!("~/messages/{}/body", reader.message);
        let body = reader
            .desk
            .get(&path)
            .in_session(&reader.session)
            .send()
            .await;
        let text = body.text();
        assert!(
            text.contains("data-blocked") && text.contains("data-remote-src=\"https://t.example")
        );
        assert!(!text.contains("/picture?"), "{text}");
        // Where it is off, the browser goes itself, as before.
        for off in ["", "false"] {
            reader.brings(off).await;
            let body = reader.body(&reader.session).await;
            let policy = body.header("content-security-policy").to_owned();
            assert!(policy.ends_with("'self' data: https: http:"), "{policy}");
            assert!(
                body.text()
                    .contains(" src=\"https://t.example/p.png?to=ada&amp;n=1\"")
            );
        }
    }
);

story!(
    a_path_is_good_for_one_message_one_session_and_one_address,
    async |engine| {
        let reader = Reader::new(engine).await;
        let path = reader.paths(&reader.session).await.remove(0);
        let sign = path.rsplit('=').next().unwrap();
        let to = |message: MessageId, url: &str, sign: &str| {
            let url: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
            format!("/messages/{message}/picture?url={url}&sign={sign}")
        };
        assert_eq!(to(reader.message, URL, sign), path);
        let bo = reader.desk.person("bo", Role::Administrator).await;
        let two = reader.desk.mailbox("Two", &[&reader.ada]).await;
        let other = reader.desk.deliver(two, vec![mail(2)]).await[0];
        let status = async |session: &Session, path: &str| reader.get(session, path).await.status;
        for forged in [
            to(reader.message, "https://t.example/other.png", sign),
            to(other, URL, sign),
            to(reader.message, URL, &"0".repeat(64)),
            to(reader.message, URL, ""),
            format!("/messages/{}/picture", reader.message),
        ] {
            assert_eq!(status(&reader.session, &forged).await, 404, "{forged}");
        }
        let theirs = reader.desk.session(&bo).await;
        assert_eq!(
            status(&theirs, &path).await,
            404,
            "another person's session"
        );
        let again = reader.desk.session(&reader.ada).await;
        assert_eq!(status(&again, &path).await, 404, "another session of Ada's");
        let nobody = reader.desk.get(&format!("~{path}")).send().await;
        assert_eq!(nobody.status, 303);
        assert_eq!(status(&reader.session, &path).await, 200);
        reader.brings("false").await;
        assert_eq!(status(&reader.session, &path).await, 404, "it is off");
        reader.brings("true").await;
        // The mailbox is not hers any more.
        let mailbox = reader.desk.store.message(SERVER, reader.message).await;
        let mailbox = mailbox.unwrap().unwrap().summary.mailbox;
        let set = reader
            .desk
            .store
            .set_access(SERVER, mailbox, &[], reader.desk.now());
        set.await.unwrap();
        assert_eq!(status(&reader.session, &path).await, 404);
    }
);

#[tokio::test]
async fn every_hop_is_looked_at_and_they_are_few() {
    let reader = Reader::new(Engine::Sqlite).await;
    let path = reader.paths(&reader.session).await.remove(0);
    let gallery = &reader.desk.gallery;
    let at = |n: usize| format!("https://t.example/hop/{n}");
    // The last of four is a picture.
    gallery.send_on(URL, "/hop/1");
    gallery.send_on(&at(1), &at(2));
    gallery.send_on(&at(2), "//t.example/hop/3");
    gallery.hang(&at(3), PNG);
    assert_eq!(reader.get(&reader.session, &path).await.status, 200);
    assert_eq!(gallery.asked(), [URL.to_owned(), at(1), at(2), at(3)]);
    gallery.send_on(&at(3), &at(4));
    gallery.hang(&at(4), PNG);
    assert_eq!(reader.get(&reader.session, &path).await.status, 502);
    assert_eq!(gallery.asked().len(), 4, "a fifth is not asked");
    // Where it is sent on to decides as the first address does, and who is asked refuses private ones.
    gallery.put("http://10.0.0.1/p.png", Err(NoPicture::Private));
    for (to, asked) in [
        ("http://10.0.0.1/p.png", 2),
        ("file:///etc/passwd", 1),
        ("https://ada:secret@t.example/", 1),
        ("http://t.example:25/", 1),
        ("ftp://t.example/", 1),
        ("http://[", 1),
    ] {
        gallery.send_on(URL, to);
        assert_eq!(reader.get(&reader.session, &path).await.status, 502, "{to}");
        assert_eq!(gallery.asked().len(), asked, "{to}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_not_passed_on() {
    let reader = Reader::new(Engine::Sqlite).await;
    let path = reader.paths(&reader.session).await.remove(0);
    let sight = |status, bytes: &[u8]| {
        Ok(Sight {
            status,
            location: None,
            bytes: bytes.to_vec(),
        })
    };
    for what in [
        sight(200, b"<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"),
        sight(200, b"<!doctype html><script>alert(1)</script>"),
        sight(200, b""),
        sight(404, PNG),
        sight(500, b""),
        sight(302, b""),
        Err(NoPicture::TooLarge),
        Err(NoPicture::TimedOut),
    ] {
        reader.desk.gallery.put(URL, what.clone());
        let answer = reader.get(&reader.session, &path).await;
        assert_eq!(answer.status, 502, "{what:?}");
        assert!(!answer.header("content-type").contains("image"));
    }
    reader.desk.gallery.hang(URL, b"GIF89a...");
    let answer = reader.get(&reader.session, &path).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "image/gif")
    );
}

/// A host that lets one wait in vain is not asked again for a while, so that a mail with many of its
/// pictures keeps nobody from the desk.
#[tokio::test]
async fn a_host_that_hangs_is_asked_once_a_minute() {
    let reader = Reader::new(Engine::Sqlite).await;
    let path = reader.paths(&reader.session).await.remove(0);
    let gallery = &reader.desk.gallery;
    gallery.hang(URL, PNG);
    gallery.be_silent(true);
    let patience = async {
        while gallery.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        reader.desk.clock.turn(std::time::Duration::from_secs(8));
    };
    let (answer, ()) = tokio::join!(reader.get(&reader.session, &path), patience);
    assert_eq!(answer.status, 502);
    gallery.be_silent(false);
    assert_eq!(reader.get(&reader.session, &path).await.status, 502);
    assert_eq!(gallery.asked(), Vec::<String>::new(), "not again so soon");
    reader.desk.clock.turn(std::time::Duration::from_mins(1));
    assert_eq!(reader.get(&reader.session, &path).await.status, 200);
}

/// Somebody else's page that opens a mail in a window asks for no pictures in its reader's name.
#[tokio::test]
async fn pictures_are_asked_for_from_the_desk() {
    let reader = Reader::new(Engine::Sqlite).await;
    let path = format!("~/messages/{}/body?images=yes", reader.message);
    for (site, shows) in [
        ("cross-site", false),
        ("same-site", false),
        ("same-origin", true),
    ] {
        let call = reader.desk.get(&path).header("sec-fetch-site", site);
        let body = call.in_session(&reader.session).send().await.text();
        assert_eq!(body.contains("/picture?url="), shows, "{site}");
    }
}
