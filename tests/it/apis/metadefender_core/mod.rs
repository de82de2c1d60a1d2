//! Tests of MetaDefender Core.

mod archives;
mod batches;
mod companions;
mod contents;
mod contents_page;
mod definitions;
mod derived;
mod documented;
mod faults;
mod files;
mod filters;
mod keys;
mod malformed;
mod page;
mod progress;
mod rules;
mod sessions;

use crate::harness::Answer;

/// The content type of every answer.
const JSON: &str = "application/json; charset=utf-8";

/// Asserts a reply. `behaviours` are ids of this API, without its name, most specific first.
#[track_caller]
fn assert_answer(answer: &Answer, status: u16, body: &str, behaviours: &str, provenance: &str) {
    let names: Vec<_> = behaviours.split(' ').map(|id| format!("metadefender-core/{id}")).collect();
    answer.assert_reply(status, JSON, body, &names.join(", "), provenance);
}

/// Asserts that a hash was not found. That malformed hashes get the same answer is an assumption.
#[track_caller]
fn assert_not_found(answer: &Answer, asked: &str) {
    let is_hash = [32, 40, 64].contains(&asked.len()) && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
    let provenance = if is_hash { "documented" } else { "assumed" };
    assert_answer(answer, 200, &format!(r#"{{"{asked}":"Not Found"}}"#), "hash.not-found", provenance);
}

/// Asserts the behaviours and a few values of a result, by JSON pointer.
#[track_caller]
fn assert_result(answer: &Answer, behaviours: &str, values: &[(&str, serde_json::Value)]) {
    let names: Vec<_> = behaviours.split(' ').map(|id| format!("metadefender-core/{id}")).collect();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(answer.header("scandouble-behaviour"), Some(names.join(", ").as_str()));
    let body = answer.json();
    for (pointer, value) in values {
        let found = body.pointer(pointer).unwrap_or(&serde_json::Value::Null);
        assert_eq!(found, value, "{pointer} of {}", answer.text());
    }
}
