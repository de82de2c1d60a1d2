//! `/samples/{hash}/answers`: what each API would answer to a look-up of a hash now. Nothing is recorded, queued or counted.

use std::sync::Arc;

use axum::Extension;
use http::Request;
use schemars::JsonSchema;
use serde::Serialize;

use super::hash::{HASH, parse_hash};
use crate::accounts::Account;
use crate::admin::extract::PathParameter;
use crate::admin::openapi::{self, Operation};
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::journal::{Api, BehaviourView, Reply};
use crate::samples::Hash;
use crate::vendors::{self, Body, Call, ExampleRequest, NameAndValue, Vendor};
use crate::worlds::{State, World};

/// What each API would answer to a look-up.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Answers {
    hash: String,
    answers: Vec<ApiAnswer>,
}

/// The answer of one API.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct ApiAnswer {
    #[schemars(with = "Api")]
    api: &'static str,
    product: &'static str,
    /// The name of the account that asks: the first one that may.
    account: String,
    request: ExampleRequest,
    response: ResponseView,
    behaviours: Vec<BehaviourView>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct ResponseView {
    status: u16,
    headers: Vec<HeaderView>,
    body: String,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct HeaderView {
    name: String,
    value: String,
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<Json<Answers>, Problem> {
    let hash = parse_hash(&hash)?;
    let state = world.state();
    let mut answers = Vec::new();
    for api in vendors::ALL.iter() {
        answers.push(answer(api, &state, &hash).await);
    }
    Ok(ok(Answers { hash: hash.to_string(), answers }))
}

/// Asks an API without effects. Faults are not injected.
async fn answer(api: &'static Vendor, state: &State, hash: &Hash) -> ApiAnswer {
    let accounts = state.accounts.load();
    let allowed = |account: &&Arc<Account>| !account.suspended && !account.unentitled;
    // Without such an account the preview is what an anonymous client gets.
    let account = accounts.of(api.name).iter().find(allowed).cloned().unwrap_or_default();
    let request = (api.client.look_up)(&account, hash);
    // In this state nothing is queued or counted.
    let mut call = call(api, Arc::new(state.reading()), &request);
    let reply = match api.check(&mut call) {
        Some(refusal) => refusal,
        None => api.answer(&call).await,
    };
    ApiAnswer {
        api: api.name,
        product: api.product,
        account: account.name().to_owned(),
        request,
        response: response(&reply),
        behaviours: reply.behaviours.iter().map(|behaviour| BehaviourView::of(behaviour)).collect(),
    }
}

/// The request as a call. Its parts come from the vendor, so none of them is invalid.
fn call(api: &'static Vendor, state: Arc<State>, example: &ExampleRequest) -> Call {
    let mut request = Request::builder().method(example.method).uri(&example.path);
    for NameAndValue { name, value } in &example.headers {
        request = request.header(*name, value);
    }
    let (head, body) = request.body(example.body.clone()).unwrap_or_default().into_parts();
    Call { body: Body::Whole(body.into()), ..Call::new(state, Some(api), head, 0) }
}

fn response(reply: &Reply) -> ResponseView {
    let headers = reply.headers.iter().map(|(name, value)| HeaderView {
        name: name.to_string(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    });
    ResponseView {
        status: reply.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&reply.body).into_owned(),
    }
}

/// Its operation.
pub(super) fn operation() -> Operation {
    openapi::get("/samples/{hash}/answers", get)
        .named("previewAnswers", "Show what each API would answer to a look-up")
        .about(
            "Asks each API for the hash, as its first account that may. Nothing is recorded, queued or \
             counted, and no fault is injected. The hash need not belong to a sample.",
        )
        .parameter(&HASH)
        .replies(200, "The answers, in the order of the APIs.")
}
