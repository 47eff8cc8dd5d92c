//! The description of the API.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Desk, Engine};

fn description() -> Value {
    serde_json::from_str(&maildesk_web::openapi_json()).unwrap()
}

#[tokio::test]
async fn the_command_and_the_server_say_the_same() {
    let desk = Desk::open(Engine::Sqlite).await;
    let answer = desk.get("/openapi.json").send().await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.expect(200), description());
}

#[test]
fn every_call_is_described_whole() {
    let description = description();
    assert_eq!(description["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let call = format!("{method} {path}");
            assert!(
                operation["summary"].as_str().is_some_and(|s| !s.is_empty()),
                "{call}"
            );
            assert!(
                operation["tags"]
                    .as_array()
                    .is_some_and(|tags| tags.len() == 1),
                "{call}"
            );
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            let responses = operation["responses"].as_object().unwrap();
            let good = |status: &String| status.starts_with('2') || status == "302";
            assert!(responses.keys().any(good), "{call}");
            let public = operation.get("security").is_some();
            assert_eq!(!public, responses.contains_key("401"), "{call}");
            assert!(
                !path.contains('{') || responses.contains_key("404"),
                "{call}"
            );
            for (status, response) in responses {
                if status.starts_with(['4', '5']) {
                    let schema = &response["content"]["application/problem+json"]["schema"];
                    assert_eq!(
                        schema["$ref"], "#/components/schemas/Problem",
                        "{call} {status}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn every_method_of_a_path_is_described_and_every_described_one_routed() {
    let desk = Desk::open(Engine::Sqlite).await;
    for (path, methods) in description()["paths"].as_object().unwrap() {
        let answer = desk.call("PROPFIND", &format!("~{path}")).send().await;
        answer.refused(405, "method_not_allowed");
        let allowed = answer.header("allow").split(',');
        let allowed: BTreeSet<_> = allowed.filter(|method| *method != "HEAD").collect();
        let described = methods.as_object().unwrap().keys();
        let described: BTreeSet<_> = described.map(|method| method.to_uppercase()).collect();
        assert_eq!(
            allowed,
            described.iter().map(String::as_str).collect(),
            "{path}"
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let description = description();
    let mut references = Vec::new();
    collect(&description, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.push(reference.clone());
            }
            members
                .values()
                .for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn names_are_camel_case_and_fields_are_explained() {
    let description = description();
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        for part in [schema]
            .into_iter()
            .chain(schema["allOf"].as_array().into_iter().flatten())
        {
            for (field, about) in part["properties"].as_object().into_iter().flatten() {
                assert!(
                    field.chars().all(|c| c.is_ascii_alphanumeric()),
                    "{name}.{field}"
                );
                let explained = about
                    .get("description")
                    .or(about.pointer("/oneOf/0/description"));
                assert!(
                    explained.is_some() || about.get("$ref").is_some(),
                    "{name}.{field}"
                );
            }
        }
    }
}
