//! Categories and their colours. Outlook's own list of them is closed to an app that may read mail
//! only, so a category has here the colour that people here gave it, or else one that follows from
//! its name: the one it names ("Red category"), or one of the 25 that is always the same.

use std::collections::HashMap;

use maildesk_model::{MailboxId, Viewer};
use maildesk_store::StoreError;
use maildesk_store::contract::Category;

use crate::app::App;

/// Outlook's colours, by the numbers of its presets.
pub(super) const COLOURS: [&str; 25] = [
    "Red",
    "Orange",
    "Brown",
    "Yellow",
    "Green",
    "Teal",
    "Olive",
    "Blue",
    "Purple",
    "Cranberry",
    "Steel",
    "Dark steel",
    "Grey",
    "Dark grey",
    "Black",
    "Dark red",
    "Dark orange",
    "Dark brown",
    "Dark yellow",
    "Dark green",
    "Dark teal",
    "Dark olive",
    "Dark blue",
    "Dark purple",
    "Dark cranberry",
];

/// A category as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) colour: usize,
}

/// The colours that were chosen in some mailboxes.
#[derive(Debug, Default)]
pub(super) struct Palette(HashMap<MailboxId, HashMap<String, usize>>);

impl Palette {
    /// The colours of these mailboxes.
    pub(super) async fn of(
        app: &App,
        viewer: Viewer,
        mailboxes: Vec<MailboxId>,
    ) -> Result<Self, StoreError> {
        let mut palette = Self::default();
        for mailbox in mailboxes {
            if palette.0.contains_key(&mailbox) {
                continue;
            }
            let known = app.store.categories(viewer, mailbox).await?;
            let chosen = known.unwrap_or_default().into_iter().filter_map(|one| {
                let colour = usize::try_from(one.colour?).ok()?;
                Some((one.name, colour)).filter(|_| colour < COLOURS.len())
            });
            palette.0.insert(mailbox, chosen.collect());
        }
        Ok(palette)
    }

    /// The categories of a message.
    pub(super) fn labels(&self, mailbox: MailboxId, names: &[String]) -> Vec<Label> {
        let chosen = self.0.get(&mailbox);
        let label = |name: &String| Label {
            name: name.clone(),
            colour: chosen
                .and_then(|chosen| chosen.get(name).copied())
                .unwrap_or_else(|| colour_of(name)),
        };
        names.iter().map(label).collect()
    }
}

/// The colour a category of the store has.
pub(super) fn colour(category: &Category) -> usize {
    let chosen = category.colour.and_then(|one| usize::try_from(one).ok());
    let chosen = chosen.filter(|one| *one < COLOURS.len());
    chosen.unwrap_or_else(|| colour_of(&category.name))
}

fn colour_of(name: &str) -> usize {
    let lower = name.to_lowercase();
    let named = COLOURS.iter().enumerate().filter(|(_, colour)| {
        let colour = colour.to_lowercase();
        lower.starts_with(&colour) && !lower[colour.len()..].starts_with(char::is_alphanumeric)
    });
    if let Some((n, _)) = named.max_by_key(|(_, colour)| colour.len()) {
        return n;
    }
    // FNV-1a: the same in every run and every release.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    usize::try_from(hash % COLOURS.len() as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_follows_from_the_name() {
        assert_eq!(colour_of("Red category"), 0);
        assert_eq!(colour_of("dark blue"), 22);
        assert_eq!(colour_of("Blue Category"), 7);
        assert_eq!(colour_of("Redo"), colour_of("Redo"));
        assert!(colour_of("Müller") < 25 && colour_of("") < 25);
        let spread: std::collections::BTreeSet<_> = (0..200)
            .map(|n| colour_of(&format!("Project {n}")))
            .collect();
        assert!(spread.len() > 20, "all colours are used: {spread:?}");
    }

    #[test]
    fn a_chosen_colour_counts() {
        let chosen = HashMap::from([("Red category".to_owned(), 4)]);
        let palette = Palette(HashMap::from([(MailboxId(1), chosen)]));
        let names = ["Red category".to_owned()];
        assert_eq!(palette.labels(MailboxId(1), &names)[0].colour, 4);
        assert_eq!(palette.labels(MailboxId(2), &names)[0].colour, 0);
        let odd = Category {
            name: "Red".to_owned(),
            colour: Some(99),
        };
        assert_eq!(colour(&odd), 0);
    }
}
