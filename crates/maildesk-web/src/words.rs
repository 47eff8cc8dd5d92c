//! Every string a person reads, looked up in one place.
//!
//! The texts stand in `words/en/*.ftl` in the form of Project Fluent, one file for each area of the
//! pages, so that a translation is a folder of files and no change of code. Templates say
//! `{{ words.say("inbox-empty") }}`; texts with values in them take [`Words::fill`]. A test reads
//! every template and every source file and fails when an id is used that has no text, or a text is
//! there that nobody uses.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// The English texts, one file for each area.
const ENGLISH: [&str; 11] = [
    include_str!("../words/en/alerts.ftl"),
    include_str!("../words/en/common.ftl"),
    include_str!("../words/en/compose.ftl"),
    include_str!("../words/en/inbox.ftl"),
    include_str!("../words/en/mailboxes.ftl"),
    include_str!("../words/en/microsoft.ftl"),
    include_str!("../words/en/people.ftl"),
    include_str!("../words/en/push.ftl"),
    include_str!("../words/en/signatures.ftl"),
    include_str!("../words/en/troubleshooting.ftl"),
    include_str!("../words/en/writing.ftl"),
];

/// Marks the id of a text that is looked up elsewhere, so that the test finds it.
pub(crate) const fn text_id(id: &'static str) -> &'static str {
    id
}

/// The texts of one language.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static FluentBundle<FluentResource>);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

impl Words {
    /// The English texts.
    pub(crate) fn english() -> Self {
        static BUNDLE: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
        Self(BUNDLE.get_or_init(bundle))
    }

    /// A text without values in it. An id without a text shows as itself.
    pub(crate) fn say(self, id: &str) -> Cow<'static, str> {
        self.format(id, None)
    }

    /// A further part of a text: what the text calls `.cause = …`.
    pub(crate) fn part(self, id: &str, part: &str) -> Cow<'static, str> {
        let message = self.0.get_message(id);
        let pattern = message.and_then(|message| Some(message.get_attribute(part)?.value()));
        let Some(pattern) = pattern else {
            debug_assert!(false, "no part {part} of {id}");
            return Cow::Owned(format!("{id}.{part}"));
        };
        Cow::Owned(
            self.0
                .format_pattern(pattern, None, &mut Vec::new())
                .into_owned(),
        )
    }

    /// A text with one value in it, named in the text as `$value`.
    pub(crate) fn fill<'v>(self, id: &str, value: impl Into<FluentValue<'v>>) -> Cow<'static, str> {
        self.fill_all(id, [("value", value.into())])
    }

    /// A text with several values in it, by their names.
    pub(crate) fn fill_all<'v>(
        self,
        id: &str,
        values: impl IntoIterator<Item = (&'v str, FluentValue<'v>)>,
    ) -> Cow<'static, str> {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(name, value);
        }
        self.format(id, Some(&args))
    }

    fn format(self, id: &str, args: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        let pattern = self.0.get_message(id).and_then(|message| message.value());
        let Some(pattern) = pattern else {
            debug_assert!(false, "no text for {id}");
            return Cow::Owned(id.to_owned());
        };
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, args, &mut errors);
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        Cow::Owned(text.into_owned())
    }
}

fn bundle() -> FluentBundle<FluentResource> {
    let language = "en".parse().expect("en is a language");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The invisible marks around values confuse copying, and our values are numbers, times, names.
    bundle.set_use_isolating(false);
    for text in ENGLISH {
        let resource = FluentResource::try_new(text.to_owned());
        let resource = resource.expect("a test reads every file of texts");
        bundle
            .add_resource(resource)
            .expect("a test finds ids that are there twice");
    }
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// All files below a folder with one of these endings.
    fn read(folder: &Path, endings: &[&str], into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, endings, into);
            } else if path.ends_with("src/words.rs") {
                // What looks ids up names none.
            } else if endings
                .iter()
                .any(|end| path.extension().is_some_and(|x| x == *end))
            {
                into.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Ids are what stands in quotes after one of the words that look a text up.
    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        read(&root.join("src"), &["rs"], &mut texts);
        read(&root.join("templates"), &["html"], &mut texts);
        let mut ids = BTreeSet::new();
        for text in &texts {
            for word in ["say(", "fill(", "fill_all(", "text_id("] {
                for rest in text.split(word).skip(1) {
                    if let Some(id) = rest.trim_start().strip_prefix('"') {
                        let id = id.split('"').next().unwrap_or_default();
                        ids.insert(id.to_owned());
                    }
                }
            }
        }
        ids
    }

    fn defined() -> BTreeSet<String> {
        let lines = ENGLISH.iter().flat_map(|text| text.lines());
        let heads = lines.filter_map(|line| line.split_once(" ="));
        let ids = heads
            .map(|(id, _)| id)
            .filter(|id| !id.starts_with([' ', '#', '-', '.']));
        ids.map(str::to_owned).collect()
    }

    #[test]
    fn every_id_has_a_text_and_every_text_is_used() {
        let words = Words::english();
        let used = used();
        let defined = defined();
        assert_eq!(
            used.difference(&defined).collect::<Vec<_>>(),
            [""; 0],
            "without a text"
        );
        assert_eq!(
            defined.difference(&used).collect::<Vec<_>>(),
            [""; 0],
            "used by nobody"
        );
        assert!(!words.say("product-name").is_empty());
    }
}
