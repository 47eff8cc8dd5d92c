//! Makes a story that goes wrong as short as it can be while it still does.

use super::story::Story;

/// Leaves out what is not needed: first large parts, then one act after the other, then people and
/// servers. `fails` tells a story and says whether it still goes wrong.
pub fn shrink(story: &Story, mut fails: impl FnMut(&Story) -> bool) -> Story {
    let mut best = story.clone();
    let mut part = best.acts.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        while start < best.acts.len() {
            let mut shorter = best.clone();
            let end = (start + part).min(shorter.acts.len());
            shorter.acts.drain(start..end);
            if fails(&shorter) {
                best = shorter;
            } else {
                start += part;
            }
        }
        part /= 2;
    }
    for simplify in SIMPLER {
        let mut simpler = best.clone();
        simplify(&mut simpler);
        if simpler != best && fails(&simpler) {
            best = simpler;
        }
    }
    best
}

/// Ways to have less around what happens.
const SIMPLER: [fn(&mut Story); 4] = [
    |story| story.nodes = 1,
    |story| story.workers = 1,
    |story| story.mailboxes.truncate(1),
    |story| {
        for kind in &mut story.mailboxes {
            kind.filled = (0, 0);
        }
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_is_left_out() {
        let story = Story::of(7);
        let needed = story.acts[story.acts.len() / 3].clone();
        let short = shrink(&story, |one| one.acts.contains(&needed));
        assert_eq!(short.acts, [needed]);
        assert_eq!((short.nodes, short.mailboxes.len()), (1, 1));
    }
}
