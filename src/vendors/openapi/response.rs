//! One response of an operation: what replies with one status have in common.

use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::infer;
use crate::journal::{Behaviour, Reply};

/// The replies with one status, and the behaviours that have it.
#[derive(Default)]
pub(super) struct Response<'a> {
    behaviours: Vec<&'static Behaviour>,
    replies: Vec<&'a Reply>,
}

impl<'a> Response<'a> {
    pub(super) fn add(&mut self, behaviour: &'static Behaviour) {
        if !self.behaviours.iter().any(|known| known.name == behaviour.name) {
            self.behaviours.push(behaviour);
        }
    }

    pub(super) fn add_reply(&mut self, reply: &'a Reply) {
        reply.behaviours.iter().for_each(|behaviour| self.add(behaviour));
        self.replies.push(reply);
    }

    /// The response in the document.
    pub(super) fn describe(mut self, status: u16) -> Value {
        // In the order of the catalogue. The order of the replies is that of the examples, which can change.
        self.behaviours.sort_by_key(|behaviour| behaviour.index);
        self.replies.sort_by_key(|reply| reply.behaviours.first().map(|behaviour| behaviour.index));
        let lines = self.behaviours.iter().map(|behaviour| {
            format!("- `{}` ({}): {}", behaviour.id, behaviour.provenance(), behaviour.summary)
        });
        let names: Vec<&str> = self.behaviours.iter().map(|behaviour| behaviour.name).collect();
        let mut description = lines.collect::<Vec<_>>().join("\n");
        if description.is_empty() {
            // Replies of the emulator itself have no behaviour, and OpenAPI requires a description.
            let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            description = reason.unwrap_or_default().to_owned();
        }
        let mut response = json!({ "description": description });
        let headers = self.headers();
        if !headers.is_empty() {
            response["headers"] = headers.into();
        }
        let content = self.content();
        if !content.is_empty() {
            response["content"] = content.into();
        }
        response["x-scandouble-behaviours"] = json!(names);
        response
    }

    fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        let all = self.replies.iter().flat_map(|reply| &reply.headers);
        for (name, value) in all.filter(|(name, _)| *name != header::CONTENT_TYPE) {
            let example = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str())
                .or_insert(json!({ "schema": { "type": "string" }, "example": example }));
        }
        headers
    }

    /// The bodies, by content type, each with a schema and an example for each behaviour.
    fn content(&self) -> Map<String, Value> {
        let mut bodies: Vec<(String, Vec<Example>)> = Vec::new();
        for reply in self.replies.iter().filter(|reply| !reply.body.is_empty()) {
            let kind = reply.headers.iter().find(|(name, _)| *name == header::CONTENT_TYPE);
            let kind = kind.map(|(_, value)| String::from_utf8_lossy(value.as_bytes()));
            let kind = media_type(kind.as_deref().unwrap_or("application/octet-stream")).to_owned();
            let value = example_value(&kind, &String::from_utf8_lossy(&reply.body));
            let behaviour = reply.behaviours.first();
            let example = behaviour.map_or(("reply", "", value.clone()), |one| (one.id, one.summary, value));
            match bodies.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, examples)) => examples.push(example),
                None => bodies.push((kind, vec![example])),
            }
        }
        let describe = |(kind, bodies): (String, Vec<Example>)| {
            let values: Vec<&Value> = bodies.iter().map(|(_, _, value)| value).collect();
            let schema = if is_json(&kind) { infer::schema(&values) } else { json!({ "type": "string" }) };
            let examples = bodies.iter().map(|(id, summary, value)| {
                ((*id).to_owned(), json!({ "summary": summary, "value": value }))
            });
            (kind, json!({ "schema": schema, "examples": examples.collect::<Map<_, _>>() }))
        };
        bodies.into_iter().map(describe).collect()
    }
}

/// A behaviour's id and summary, and a body that shows it.
type Example<'a> = (&'a str, &'a str, Value);

/// A content type without its parameters.
pub(super) fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// A body in the document: the value of JSON, else the text.
pub(super) fn example_value(kind: &str, body: &str) -> Value {
    let parsed = is_json(kind).then(|| serde_json::from_str(body).ok()).flatten();
    parsed.unwrap_or_else(|| body.into())
}

fn is_json(kind: &str) -> bool {
    kind.ends_with("json")
}
