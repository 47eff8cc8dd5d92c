//! Every method of the contract is called by some case of this suite.

use std::fs;
use std::path::Path;

fn text_of(folder: &Path) -> String {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

#[test]
fn every_method_of_the_contract_has_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contract = text_of(&root.join("src/contract"));
    let suite = text_of(&root.join("tests/suite"));
    let methods: Vec<&str> = contract
        .split("\n    async fn ")
        .skip(1)
        .chain(contract.split("\n    fn ").skip(1))
        .filter_map(|rest| rest.split('(').next())
        .filter(|name| *name != "fmt")
        .collect();
    assert!(methods.len() > 80, "the contract was read: {methods:?}");
    let untested: Vec<_> = methods
        .iter()
        .filter(|name| !suite.contains(&format!(".{name}(")))
        .collect();
    assert!(untested.is_empty(), "no case calls {untested:?}");
}
