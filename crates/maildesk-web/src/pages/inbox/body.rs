//! `/messages/{id}/body`: a message's body as a document of its own, for the sandboxed frame.
//!
//! Its policy is its own, in a window of its own too: no script, no form, no frame, no address but ours for pictures, unless
//! the reader asked for remote ones.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri, header};
use maildesk_model::message::{Body, MessageDetail};
use maildesk_model::search::{Part, Search};
use maildesk_model::{MessageId, Secret, UserId};
use maildesk_store::contract::{Appearance, DarkMail};

use crate::api::messages::list::WORDS_MAX;
use crate::api::messages::render::Missing;
use crate::api::messages::{get, render};
use crate::app::App;
use crate::error::Problem;
use crate::foreign;
use crate::html::{self, Colours, Inline};
use crate::pages::person::Person;
use crate::pages::time;
use crate::pictures;
use crate::request;
use crate::request::id::One;
use crate::words::Words;

/// What every body may do, but for pictures.
const POLICY: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; \
     default-src 'none'; style-src 'unsafe-inline'; font-src 'none'; \
     script-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'; img-src";

/// What stands before the address of a picture that lies elsewhere.
const REMOTE: &str = " data-remote-src=\"";

/// The look of a mail. One that brings no colours has the desk's; one that brings its own is on white
/// paper, which on a dark desk is turned (`turned`) unless it is to stay as it was sent (`paper`).
/// Long words break, wide things scroll inside the frame, nothing leaves it. What stands in capitals
/// is as the reader wants the desk ([`style`]).
const STYLE: &str = "html{color-scheme:SCHEME;background:light-dark(#fff,#1c1f25);color:light-dark(#1b1f24,#e8eaee);\
     font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\
     body{margin:0;padding:8px;overflow-wrap:anywhere;overflow-x:auto;display:flow-root}\
     body>:first-child,body>.switch+*,body>div:first-child>:first-child{margin-top:0}\
     img{max-width:100%;height:auto}pre{white-space:pre-wrap}\
     a{color:light-dark(#3350c8,#9db4ff)}img[data-remote-src],img:not([src]){min-width:16px;min-height:16px;\
     background:light-dark(#eceff3,#262a32);outline:1px dashed #868e99}\
     blockquote{margin:0 0 0 8px;padding-left:12px;border-left:2px solid light-dark(#d9dee5,#333943)}\
     .found{background:light-dark(#ffe08a,#665200);color:light-dark(#1b1f24,#fff);border-radius:2px}\
     .ours{color:light-dark(#5a6370,#a3acb9)}\
     .quoted>summary{width:max-content;list-style:none;padding:0 10px;margin:6px 0;border-radius:6px;\
     background:light-dark(#eceff3,#262a32);color:light-dark(#5a6370,#a3acb9);font-weight:700;\
     line-height:20px;min-height:24px;cursor:pointer}\
     .quoted>summary:hover{background:light-dark(#d9dee5,#333943)}\
     .paper{color-scheme:light}.switch{display:none}\
     @media print{html{color-scheme:light}.quoted>summary{display:none}}\
     @media DARK{\
     .turned body{color-scheme:light;background:#fff;color:#1b1f24;filter:invert(.89) hue-rotate(180deg)}\
     .turned img{filter:invert(1) hue-rotate(180deg)}\
     .switch{display:block;margin:0 0 8px;text-align:right;font-size:13px}}";

/// The look of a mail for whoever wants the desk so: a frame is told by its document alone.
fn style(appearance: Appearance) -> String {
    let (scheme, dark) = match appearance {
        Appearance::System => ("light dark", "screen and (prefers-color-scheme:dark)"),
        Appearance::Light => ("light", "not all"),
        Appearance::Dark => ("dark", "screen"),
    };
    STYLE.replace("SCHEME", scheme).replace("DARK", dark)
}

/// HTML longer than this is marked when its reader's turn comes, so that others do not wait for it.
const LONG_HTML: usize = 8 << 10;

/// The document.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (detail, missing) = get::whole(&app, &person.caller, id).await?;
    let mut asked = Asked::read(uri.query().unwrap_or_default());
    // A page of somebody else's that opens this in a window asks for no pictures in its reader's name.
    asked.with_pictures &= !request::is_led_here(&headers);
    let is_trusted = is_trusted(&app, &person, &detail).await?;
    let with_pictures = asked.with_pictures || is_trusted;
    let looks = Looks {
        pictures: if !with_pictures {
            Pictures::Blocked
        } else if pictures::are_brought(&app).await? {
            Pictures::Brought(person.csrf.clone(), id)
        } else {
            Pictures::Direct
        },
        dark_mail: asked.dark_mail.unwrap_or(person.user.dark_mail),
        appearance: person.user.appearance,
        is_trusted,
        asked,
    };
    let paper = match detail.body {
        Some(body) => {
            let attachments = detail.attachments.unwrap_or_default();
            let mut inline = render::inline_parts(&app, id, &attachments);
            inline.own_hosts.extend(host(&headers));
            inline.fold = folds(&detail.summary.subject);
            let search = looks.asked.search(&person);
            written(
                &app,
                person.user.id,
                body,
                detail.text.as_deref(),
                inline,
                search,
            )
            .await?
        }
        None => Paper::words(&not_here(missing)),
    };
    Ok(paper.answer(&looks))
}

/// What the address asks for besides the message.
#[derive(Clone, Default)]
struct Asked {
    with_pictures: bool,
    dark_mail: Option<DarkMail>,
    /// What is marked in it.
    words: String,
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "images" => asked.with_pictures = value == "yes",
                "colours" => asked.dark_mail = DarkMail::from_name(&value),
                "q" => asked.words = value.chars().take(WORDS_MAX).collect(),
                _ => {}
            }
        }
        asked
    }

    /// What is looked for; nothing where there are no words.
    fn search(&self, person: &Person) -> Option<Search> {
        let zone = time::zone(&person.user.time_zone);
        (!self.words.is_empty()).then(|| Search::read(&self.words, &zone))
    }

    /// The same in other colours, relative to the document itself, for an attribute.
    fn turned(&self, to: DarkMail) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.with_pictures {
            query.append_pair("images", "yes");
        }
        if !self.words.is_empty() {
            query.append_pair("q", &self.words);
        }
        query.append_pair("colours", to.name());
        html::escape(&format!("?{}", query.finish()))
    }
}

/// How it is shown.
#[derive(Default)]
struct Looks {
    asked: Asked,
    pictures: Pictures,
    /// Whether they are always shown of this author.
    is_trusted: bool,
    dark_mail: DarkMail,
    appearance: Appearance,
}

impl Looks {
    /// How what we wrote ourselves is shown to somebody.
    fn of(person: &Person) -> Self {
        Self {
            appearance: person.user.appearance,
            ..Self::default()
        }
    }
}

/// How pictures come that lie elsewhere.
#[derive(Default)]
enum Pictures {
    /// Not at all.
    #[default]
    Blocked,
    /// The browser asks for them where they are.
    Direct,
    /// This server brings them, to who holds this secret and reads this message.
    Brought(Secret, MessageId),
}

impl Pictures {
    /// The HTML with the addresses that a browser loads.
    fn placed(&self, html: String) -> String {
        if matches!(self, Self::Blocked) {
            return html;
        }
        let mut placed = String::with_capacity(html.len() * 2);
        // In cleaned HTML these signs begin and end tags and stand nowhere else; what a text says is
        // no address.
        for piece in html.split_inclusive('>') {
            let (text, tag) = piece.split_at(piece.rfind('<').unwrap_or(piece.len()));
            placed.push_str(text);
            let source = tag.split_once(REMOTE).and_then(|(before, rest)| {
                let (url, after) = rest.split_once('"')?;
                Some((before, self.source(url)?, after))
            });
            match source {
                Some((before, source, after)) => {
                    placed.extend([before, " src=\"", &source, "\"", after]);
                }
                None => placed.push_str(tag),
            }
        }
        placed
    }

    /// Where a browser has the picture of an address, both as they stand in HTML.
    fn source(&self, url: &str) -> Option<String> {
        match self {
            Self::Blocked => None,
            Self::Direct => Some(url.to_owned()),
            Self::Brought(key, message) => {
                let path = pictures::path(key, *message, &html::unescaped(url))?;
                Some(html::escape(&path))
            }
        }
    }

    /// Where they may come from.
    const fn sources(&self) -> &'static str {
        match self {
            Self::Direct => "'self' data: https: http:",
            Self::Blocked | Self::Brought(..) => "'self' data:",
        }
    }
}

/// Whether this person has the author's pictures loaded without being asked.
async fn is_trusted(app: &App, person: &Person, detail: &MessageDetail) -> Result<bool, Problem> {
    let Some(from) = &detail.summary.from else {
        return Ok(false);
    };
    let is = app.store.is_picture_sender(person.user.id, &from.address);
    Ok(is.await?)
}

/// The name of the button that quotations are folded under. Who forwards a mail wants it read.
fn folds(subject: &str) -> Option<String> {
    const FORWARDED: [&str; 6] = ["fw:", "fwd:", "wg:", "tr:", "rv:", "i:"];
    let subject = subject.trim_start().to_lowercase();
    let is_forwarded = FORWARDED.iter().any(|sign| subject.starts_with(sign));
    (!is_forwarded).then(|| Words::english().say("quoted-show").into_owned())
}

/// A signature as it is shown: on paper where it has colours of its own.
pub(in crate::pages) fn paper(person: &Person, html: String) -> Response {
    let colours = match html::colours(&html) {
        Colours::Desk => Colours::Desk,
        // Never turned, because it goes to others.
        Colours::Light | Colours::Dark => Colours::Dark,
    };
    let paper = Paper {
        html,
        has_remote_pictures: false,
        colours,
    };
    paper.answer(&Looks::of(person))
}

/// Words of ours in the place of something that was written.
pub(in crate::pages) fn words(person: &Person, text: &str) -> Response {
    Paper::words(&html::escape(text)).answer(&Looks::of(person))
}

/// What is in the frame.
struct Paper {
    html: String,
    /// Whether it has pictures that lie elsewhere.
    has_remote_pictures: bool,
    colours: Colours,
}

impl Paper {
    /// Words of ours.
    fn words(html: &str) -> Self {
        Self {
            html: format!("<div class=\"ours\">{html}</div>"),
            has_remote_pictures: false,
            colours: Colours::Desk,
        }
    }

    fn answer(self, looks: &Looks) -> Response {
        let pictures = match looks.pictures {
            _ if !self.has_remote_pictures => "",
            Pictures::Blocked => " data-blocked=\"yes\"",
            _ if looks.is_trusted => " data-shown=\"always\"",
            _ => " data-shown=\"once\"",
        };
        let class = match (self.colours, looks.dark_mail) {
            (Colours::Desk, _) => "",
            (Colours::Light, DarkMail::Adapted) => " class=\"turned\"",
            _ => " class=\"paper\"",
        };
        let page = format!(
            "<!doctype html><html lang=\"\"{class}{pictures}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{}</style></head><body>{}{}</body></html>",
            Words::english().say("body-title"),
            style(looks.appearance),
            self.switch(looks),
            looks.pictures.placed(self.html),
        );
        let policy = format!("{POLICY} {}", looks.pictures.sources());
        let policy = HeaderValue::from_str(&policy);
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                policy.expect("a policy is header text"),
            ),
            // Pictures elsewhere learn nothing of where they are shown.
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
        ];
        (headers, page).into_response()
    }

    /// The way to the other colours, on a dark desk and where there are two.
    fn switch(&self, looks: &Looks) -> String {
        let words = Words::english();
        let (to, text) = match (self.colours, looks.dark_mail) {
            (Colours::Light, DarkMail::Adapted) => {
                (DarkMail::Original, words.say("colours-original"))
            }
            (Colours::Light, DarkMail::Original) => {
                (DarkMail::Adapted, words.say("colours-adapted"))
            }
            _ => return String::new(),
        };
        let path = looks.asked.turned(to);
        format!("<p class=\"switch\"><a href=\"{path}\">{text}</a></p>")
    }
}

/// The body, or that there is nothing in it.
async fn written(
    app: &App,
    person: UserId,
    body: Body,
    text: Option<&str>,
    inline: Inline,
    search: Option<Search>,
) -> Result<Paper, Problem> {
    let words = Words::english();
    let clean = render::clean(app, person, body, text, inline).await?;
    if html::shows_none(&clean.html, is_seen) {
        return Ok(Paper::words(&html::escape(&words.say("body-empty"))));
    }
    let note = if clean.is_reduced {
        html::from_text(&words.say("body-reduced")) + "<hr>"
    } else {
        String::new()
    };
    Ok(Paper {
        colours: html::colours(&clean.html),
        has_remote_pictures: clean.has_remote_images,
        html: note + &marked(app, person, clean.html, search).await?,
    })
}

/// The HTML with what was looked for marked.
async fn marked(
    app: &App,
    person: UserId,
    html: String,
    search: Option<Search>,
) -> Result<String, Problem> {
    let Some(search) = search else {
        return Ok(html);
    };
    let mark = move |html: &str| html::marked(html, |text| search.marks(Part::Body, text));
    if html.len() < LONG_HTML {
        return Ok(mark(&html));
    }
    app.turns.take(person, move || mark(&html)).await
}

/// Whether a letter shows: newsletters fill their first line with joiners and spaces of no width.
fn is_seen(letter: char) -> bool {
    !letter.is_whitespace()
        && !foreign::is_unseen(letter)
        && !matches!(
            letter,
            '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{34f}' | '\u{feff}'
        )
}

/// The name that the browser knows us by, without its port.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Words instead of a body.
fn not_here(missing: Missing) -> String {
    match missing {
        Missing::Fetching => html::from_text(&Words::english().say("body-coming")),
        Missing::Unavailable(trouble) => {
            html::from_text(&trouble.message) + &html::from_text(&trouble.remedy)
        }
    }
}
