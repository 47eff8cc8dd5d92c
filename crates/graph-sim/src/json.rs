//! Writes JSON objects with their fields in a given order and without building a tree first: a page of a thousand messages is written straight into one string.

use std::fmt::Write as _;

/// An object that is being written. [`Object::end`] closes it.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    /// Opens an object at the end of `out`.
    pub(crate) fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Closes it.
    pub(crate) fn end(self) {
        self.out.push('}');
    }

    /// Writes a name; whatever is pushed next is its value.
    pub(crate) fn name(&mut self, name: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// A text field.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        push_text(self.name(name), value);
    }

    /// A text field that may be null.
    pub(crate) fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.raw(name, "null"),
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        let out = self.name(name);
        let _ = write!(out, "{value}");
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// A value that is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name).push_str(json);
    }

    /// An object as value.
    pub(crate) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        let mut inner = Object::open(self.name(name));
        fill(&mut inner);
        inner.end();
    }

    /// A list as value.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut String, T),
    ) {
        let out = self.name(name);
        out.push('[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            each(out, item);
        }
        out.push(']');
    }
}

/// Writes a JSON string.
pub(crate) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was() {
        let text = "a\"b\\c\nd\u{1}e\u{7f}ü€😀\t";
        let mut out = String::new();
        push_text(&mut out, text);
        assert_eq!(
            serde_json::from_str::<String>(&out).expect("valid JSON"),
            text
        );
    }

    #[test]
    fn fields_keep_their_order() {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        object.text("z", "1");
        object.object("a", |inner| inner.boolean("b", true));
        object.list("l", [1, 2], |out, n| out.push_str(&n.to_string()));
        object.end();
        assert_eq!(out, r#"{"z":"1","a":{"b":true},"l":[1,2]}"#);
    }
}
