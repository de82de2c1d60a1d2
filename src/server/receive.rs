//! Receiving a request: its body within bounds, and the call that it comes to.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::Request;
use http::{Method, StatusCode};

use super::intake::{self, Allowance, Unread};
use super::outcome::Outcome;
use super::{House, Reservation, elsewhere};
use crate::accounts::Account;
use crate::admin::TimedOut;
use crate::journal::FindingKind;
use crate::settings::MAX_BODY;
use crate::vendors::{Call, Route, Vendor};
use crate::worlds::State;

/// A request that was received.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) call: Call,
    /// Why its body was not taken.
    pub(super) unread: Option<Unread>,
    /// What its body takes of the budget.
    pub(super) memory: Reservation,
}

impl House {
    /// How long a client may take for the next bytes of a body.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.bounds.body_timeout.0
    }

    /// What a vendor API's body of up to `most` bytes may take.
    fn allowance(&self, most: u64) -> Allowance {
        Allowance { most, memory: self.budget.reservation(), patience: self.patience() }
    }

    /// What a body of the admin API may take.
    pub(super) fn allowance_of_admin(&self, most: u64) -> Allowance {
        Allowance { most, memory: self.budget.for_admin().reservation(), patience: self.patience() }
    }

    /// Counts a body that was not taken, and refuses it in the words of `refuse`.
    pub(super) fn unread<T>(&self, unread: Unread, refuse: impl FnOnce(StatusCode, String) -> T) -> T {
        match unread {
            Unread::BrokenOff => refuse(StatusCode::BAD_REQUEST, elsewhere::BROKEN_OFF.to_owned()),
            Unread::TimedOut => {
                self.counts.timed_out(TimedOut::Body);
                tracing::info!("refused a request whose body stopped arriving (--body-timeout)");
                refuse(StatusCode::REQUEST_TIMEOUT, elsewhere::BODY_TIMED_OUT.to_owned())
            }
            Unread::OverBudget => {
                self.counts.refused_body();
                tracing::warn!("refused a body: all bodies together take too much (--max-body-memory)");
                let most = self.bounds.max_body_memory;
                refuse(StatusCode::SERVICE_UNAVAILABLE, elsewhere::over_budget(most))
            }
        }
    }
}

/// Reads the body of a request to an API, looks up its endpoint, and makes a call of both.
pub(super) async fn receive(
    house: &House,
    request: Request,
    state: Arc<State>,
    vendor: Option<&'static Vendor>,
    prefix_len: usize,
) -> Received {
    let settings = state.settings.load_full();
    let (head, body) = request.into_parts();
    let taken = intake::read(body, house.allowance(settings.get(&MAX_BODY))).await;
    // A request has come once it is whole; limits count by this.
    let (now, origin) = state.clock.read();
    let path = match head.uri.authority().filter(|_| head.method == Method::CONNECT) {
        Some(authority) => authority.as_str(),
        None => head.uri.path(),
    };
    let (prefix, path) = path.split_at(prefix_len);
    let call = Call {
        now,
        origin,
        vendor,
        route: vendor.map_or_else(Route::default, |vendor| vendor.route(head.method.as_str(), path)),
        prefix: prefix.to_owned(),
        path: path.to_owned(),
        query: head.uri.query().map(str::to_owned),
        method: head.method,
        headers: head.headers,
        body: taken.body,
        account: Arc::new(Account::default()),
        found: OnceLock::new(),
        settings,
        state,
    };
    Received { call, unread: taken.unread, memory: taken.memory }
}

/// What an API says to a request whose body was not taken. It is none of the vendor's behaviours.
pub(super) fn refuse(house: &House, call: &Call, unread: Unread) -> Outcome {
    let (mut reply, detail) = house.unread(unread, |status, detail| {
        let words = call.words(status.as_u16(), &detail);
        (words.unwrap_or_else(|| elsewhere::unread(status, detail.clone())), detail)
    });
    reply.behaviours.clear();
    if unread != Unread::OverBudget {
        reply = reply.finding(FindingKind::Deviation, detail, "");
    }
    Outcome::of(reply)
}
