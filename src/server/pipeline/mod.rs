//! The path of a request, step by step.
//!
//! | step | module | what it does |
//! |---|---|---|
//! | refuse | `http_checks` | what is refused before anything else is known about the request |
//! | resolve | `resolve` | the world, vendor API and endpoint, or the admin API, or a tunnel |
//! | receive | `receive` | the body, within limits of size, memory and time |
//! | authenticate, check | `answer` | the account, and the vendor's other checks, in the vendor's order |
//! | inject | `inject` | a fault rule that matches |
//! | answer | `answer` | the endpoint's handler, which returns a [`Reply`](crate::journal::Reply) |
//! | record | `record` | near-miss hints, and the entry in the journal |
//! | deliver | `deliver` | exact bytes, or what an injected fault makes of them |

mod admin_api;
mod answer;
mod browser;
mod deliver;
mod detached;
mod http_checks;
mod inject;
mod receive;
mod record;
mod resolve;
mod response;

use std::future::ready;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{Method, Version};
use http_body::Body as _;

use self::answer::Outcome;
use self::deliver::{Answerer, Delivered};
use self::detached::{Begun, DetachOnDrop};
use self::receive::Received;
use self::record::Exchange;
use self::resolve::Destination;
use super::connections::ConnectionContext;
use super::request_log::{self, OwnRequest};
use super::{App, own_replies};
use crate::admin::{Answered, ApiLabel};
use crate::clock;

/// Responds to a request. If a step panics, the client still gets a response. If the client disconnects, every step but
/// the delivery still happens.
pub(super) async fn respond(
    app: &Arc<App>,
    connection: &Arc<ConnectionContext>,
    request: Request,
) -> Response {
    let in_flight = connection.activity.begin();
    if request.version() >= Version::HTTP_2 {
        connection.activity.note_http2();
    }
    let is_head = request.method() == Method::HEAD;
    let started = clock::stopwatch();
    let own_request = OwnRequest::of(&request);
    let running = DetachOnDrop::new(connection, || steps(app, connection, request, started));
    let has_effects = running.has_effects();
    let Delivered { response, fault, answerer } = running.await;
    let response = match fault {
        Some((body, delivery)) => Box::pin(deliver::faulty(response, body, delivery, connection)).await,
        None => response,
    };
    let mut response = match is_head {
        true => response::without_body(response),
        false => deliver::send(app, response, in_flight, has_effects),
    };
    // A call got its number with its entry in the journal; all other requests get theirs only here.
    let number = match answerer {
        Answerer::Call(number) => number,
        Answerer::Admin => note_own(app, own_request, ApiLabel::Admin, &response, started),
        Answerer::Server => note_own(app, own_request, ApiLabel::None, &response, started),
    };
    response::set_number(&mut response, number);
    response
}

/// Numbers, counts and logs an answer of the admin API or of the server itself.
fn note_own(
    app: &App,
    request: Option<OwnRequest>,
    api: ApiLabel,
    response: &Response,
    started: Instant,
) -> u64 {
    let (number, status) = (app.worlds.journals().next_request(), response.status().as_u16());
    let took = started.elapsed();
    app.metrics.count(Answered { api, behaviour: None, status, took });
    if let Some(request) = request {
        request.log(number, status, matches!(api, ApiLabel::Admin).then_some("admin"), took);
    }
    number
}

/// The steps of a request, in order. A future is as large as its largest branch, and this one is allocated and moved for every
/// request. So each kind of request has one of its own, and what needs no waiting happens before.
fn steps(app: &Arc<App>, connection: &Arc<ConnectionContext>, request: Request, started: Instant) -> Begun {
    let (refused, app) = (http_checks::refusal(app, connection, &request), app.clone());
    if let Some(reply) = refused {
        return Begun::new(async move { response::after_body(&app, request, &reply).await.into() });
    }
    let mut target = match resolve::resolve(&app, connection, &request) {
        Destination::Vendor(target) => target,
        Destination::Admin(prefix) => {
            let (connection, is_safe) = (connection.clone(), request.method().is_safe());
            let mut begun = Begun::new(async move {
                let response = admin_api::respond(&app, &connection, request, prefix).await;
                Delivered { response, fault: None, answerer: Answerer::Admin }
            });
            // Reading from the admin API has no effect, and may take long, so it ends with the client.
            begun.has_effects = !is_safe;
            return begun;
        }
        Destination::Root => {
            return Begun::new(async move {
                response::after_body(&app, request, &browser::to_console()).await.into()
            });
        }
        Destination::Tunnel(host) => return Begun::new(ready(response::tunnel(host, request).into())),
        Destination::NoWorld(missing) => {
            return Begun::new(async move { answer::no_world(&app, request, missing).await.into() });
        }
    };
    let foreign_host = target.foreign_host.take();
    let (mut received, body) = receive::begin(&app, request, target);
    if body.is_end_stream() {
        return Begun::new(finish(app, foreign_host, received, started));
    }
    Begun::new(async move {
        receive::body(&app, &mut received, body).await;
        match app.large_bodies.threads_for(received.call.body().map_or(0, Bytes::len)) {
            None => finish(app, foreign_host, received, started).await,
            Some(threads) => {
                Box::pin(threads.run(finish(app.clone(), foreign_host, received, started))).await
            }
        }
    })
}

/// The steps that need the body.
async fn finish(
    app: Arc<App>,
    foreign_host: Option<String>,
    mut received: Box<Received>,
    started: Instant,
) -> Delivered {
    // The body's share of the memory is returned when this function is done.
    let Received { call, error, memory: _memory, is_recorded } = &mut *received;
    // An injected latency moves `call.now`; the entry has the time at which the request was complete.
    let received_at = call.now;
    let Outcome { mut reply, fault } = match (*error, call.vendor, foreign_host) {
        (Some(error), ..) => answer::body_refused(&app, call, error),
        (None, Some(vendor), _) => answer::outcome(vendor, call).await,
        (None, None, Some(host)) => own_replies::not_forwarded(&host, &app.routing.hosts).into(),
        (None, None, None) => own_replies::not_emulated(&call.method, call.path()).into(),
    };
    // The clients of a world with a moved clock see its time; hyper dates other responses by real time.
    let date = (!call.is_real_time).then_some(call.now);
    // Before the reply is recorded, because near misses are among its findings.
    let hints = record::hints(&app.worlds, call, &mut reply, fault.is_some());
    let (fault, took, is_recorded) = (fault.as_deref(), started.elapsed(), *is_recorded);
    let exchange = Exchange { call, received_at, reply, fault, took };
    let (entry, copied) = record::record(&app.worlds, exchange, is_recorded);
    let reply = &entry.reply;
    app.metrics.count(Answered {
        api: entry.api.map_or(ApiLabel::None, ApiLabel::Vendor),
        behaviour: reply.behaviours.first().copied(),
        status: reply.status.as_u16(),
        took,
    });
    request_log::log_exchange(&entry, &call.state, is_recorded);
    deliver::deliver(&entry, (copied, hints), fault, date)
}
