//! `/samples/{hash}/answers`: what each API would answer to a look-up of a hash now. Nothing is recorded, queued or counted.

use std::sync::{Arc, OnceLock};

use axum::Extension;
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde::Serialize;

use super::extract::PathParameter;
use super::problem::Problem;
use super::response::{Json, ok};
use super::samples::parse_hash;
use crate::accounts::Account;
use crate::journal::{Behaviour, Reply};
use crate::samples::Hash;
use crate::vendors::{self, Body, Call, ExampleRequest, Vendor};
use crate::worlds::{State, World};

#[derive(Debug, Serialize)]
pub(super) struct Answers {
    hash: String,
    answers: Vec<ApiAnswer>,
}

/// The answer of one API.
#[derive(Debug, Serialize)]
struct ApiAnswer {
    api: &'static str,
    product: &'static str,
    /// The name of the account that asks: the first one that may.
    account: String,
    request: ExampleRequest,
    response: ResponseView,
    behaviours: Vec<BehaviourView>,
}

#[derive(Debug, Serialize)]
struct ResponseView {
    status: u16,
    headers: Vec<HeaderView>,
    body: String,
}

#[derive(Debug, Serialize)]
struct HeaderView {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct BehaviourView {
    name: &'static str,
    provenance: &'static str,
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

/// Asks an API in a copy of the world. Faults are not injected.
async fn answer(api: &'static Vendor, state: &State, hash: &Hash) -> ApiAnswer {
    let accounts = state.accounts.load();
    let allowed = |account: &&Arc<Account>| !account.suspended && !account.unentitled;
    let account = accounts.of(api.name).iter().find(allowed).cloned().unwrap_or_default();
    let request = (api.client.look_up)(&account, hash);
    let mut call = call(api, Arc::new(state.scratch()), &request);
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
        behaviours: reply.behaviours.iter().map(|behaviour| view(behaviour)).collect(),
    }
}

fn call(api: &'static Vendor, state: Arc<State>, request: &ExampleRequest) -> Call {
    let (now, origin) = state.clock.read();
    let uri: Uri = request.path.parse().unwrap_or_default();
    let headers: HeaderMap = request
        .headers
        .iter()
        .filter_map(|header| {
            let name = http::HeaderName::try_from(header.name).ok()?;
            Some((name, HeaderValue::from_bytes(header.value.as_bytes()).ok()?))
        })
        .collect();
    Call {
        now,
        origin,
        settings: state.settings.load_full(),
        vendor: Some(api),
        route: api.route(request.method, uri.path()),
        method: Method::from_bytes(request.method.as_bytes()).unwrap_or_default(),
        prefix: String::new(),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        headers,
        body: Body::Whole(request.body.clone().into()),
        account: Arc::default(),
        found: OnceLock::new(),
        state,
    }
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

fn view(behaviour: &'static Behaviour) -> BehaviourView {
    BehaviourView { name: behaviour.name, provenance: behaviour.provenance() }
}
