//! The other shapes in which Graph's errors were seen: codes in other letters or none, errors within errors, other words [facts 9].

use super::Call;
use crate::answer::Refusal;
use crate::world::World;

/// A refusal in the shape that the faults give it.
pub(super) fn refusal(world: &World, call: &Call, refusal: Refusal) -> Refusal {
    let faults = world.faults.now();
    let graph = &faults.graph;
    let object = call.segments.join("/");
    let strikes = |kind, rate| world.faults.strikes(kind, &object, rate);
    let mut refusal = refusal;
    if refusal.code == "ErrorItemNotFound" && strikes("longNotFound", graph.long_not_found) {
        refusal.message = "The specified object was not found in the store., The process failed to get the correct properties.".into();
        refusal = refusal.struck("longNotFound");
    }
    if strikes("nestedInner", graph.nested_inner) {
        let (code, message) = (refusal.code.to_string(), refusal.message.to_string());
        refusal = refusal.nesting(code, message).struck("nestedInner");
        refusal.code = "generalException".into();
    }
    if strikes("emptyCode", graph.empty_code) {
        refusal.code = "".into();
        refusal = refusal.struck("emptyCode");
    }
    if strikes("lowerCaseCodes", graph.lower_case_codes) {
        let mut letters = refusal.code.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        refusal.code = first.into_iter().chain(letters).collect::<String>().into();
        refusal = refusal.struck("lowerCaseCodes");
    }
    refusal
}
