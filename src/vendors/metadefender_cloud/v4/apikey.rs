//! `GET /v4/apikey/`, `/v4/apikey/{key}`, `/v4/apikey/limits` and `/v4/apikey/limits/status`: what a key may do. The same
//! for version 2 is a connectivity test of its clients.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::super::auth;
use super::super::behaviours as is;
use super::super::fields::NAME;
use super::super::limits::{self, LOOKUPS, UPLOADS, Usage};
use super::super::reply::answer;
use super::error;
use crate::accounts::Account;
use crate::journal::{Behaviour, Reply};
use crate::vendors::Call;

/// In megabytes.
const LARGEST: u64 = 140;

/// The time at which every key was created, and the expiration date of a key that is not paid for.
const CREATED: &str = "2019-01-01T00:00:00.000Z";
const EXPIRES: &str = "1970-01-01T00:00:00.000Z";

#[derive(Serialize)]
struct KeyInfo<'a> {
    max_file_download: u64,
    max_upload_file_size: u64,
    max_archive_file_depth: u64,
    max_archive_file_size: u64,
    max_archive_file_number: u64,
    limit_prevention: u64,
    limit_reputation: u64,
    limit_sandbox: u64,
    limit_feed: u64,
    qos_scan: &'static str,
    updated_at: &'static str,
    created_at: &'static str,
    portal_api_key: &'a str,
    workflow_rule: u64,
    votes: [u64; 0],
    vulnerability_submissions: [u64; 0],
    expiration_date: &'static str,
    time_interval: &'static str,
    nickname: &'static str,
    paid_user: u64,
}

/// Units used of each limit, or left.
#[derive(Serialize)]
struct Units {
    reputation_api: u64,
    prevention_api: u64,
    feed_api: u64,
    download_file: u64,
    sandbox_api: u64,
}

/// The key of the request.
pub(in super::super) fn own(call: &Call) -> Reply {
    match auth::known(call) {
        Some(account) => {
            let key = call.header("apikey").unwrap_or_default();
            limits::with_headers(call, &account, info(call, &account, &key, &is::V4_APIKEY))
        }
        None => error::apikey_not_found(),
    }
}

/// The key in the path.
pub(in super::super) fn named(call: &Call) -> Reply {
    let key = call.param("key");
    let accounts = call.state.accounts.load();
    let account = match accounts.of(NAME) {
        // Where no keys are configured, every key is valid.
        [] => Some(Arc::default()),
        _ => accounts.by_key(NAME, key).filter(|account| !account.suspended).cloned(),
    };
    match account {
        Some(account) => limits::with_headers(call, &account, info(call, &account, key, &is::V4_APIKEY)),
        None => error::apikey_not_found(),
    }
}

/// The key of a request to version 2, which has been checked.
pub(in super::super) fn of_version_2(call: &Call) -> Reply {
    let key = call.header("apikey").unwrap_or_default();
    limits::with_headers(call, &call.account, info(call, &call.account, &key, &is::APIKEY))
}

fn info(call: &Call, account: &Account, key: &str, behaviour: &'static Behaviour) -> Reply {
    let info = KeyInfo {
        max_file_download: LARGEST,
        max_upload_file_size: LARGEST,
        max_archive_file_depth: 5,
        max_archive_file_size: LARGEST,
        max_archive_file_number: 50,
        limit_prevention: Usage::of(call, account, &UPLOADS).limit,
        limit_reputation: Usage::of(call, account, &LOOKUPS).limit,
        // Sandboxes and feeds are not emulated.
        limit_sandbox: 0,
        limit_feed: 0,
        qos_scan: "normal",
        updated_at: CREATED,
        created_at: CREATED,
        portal_api_key: key,
        workflow_rule: 0,
        votes: [],
        vulnerability_submissions: [],
        expiration_date: EXPIRES,
        time_interval: "daily",
        nickname: "scandouble",
        paid_user: 0,
    };
    answer(StatusCode::OK, &info, behaviour)
}

/// What the key of the request has used of its limits.
pub(in super::super) fn used(call: &Call) -> Reply {
    units(call, |usage| usage.used, &is::V4_APIKEY_LIMITS)
}

/// What is left of them.
pub(in super::super) fn left(call: &Call) -> Reply {
    units(call, Usage::left, &is::V4_APIKEY_LEFT)
}

fn units(call: &Call, unit: fn(Usage) -> u64, behaviour: &'static Behaviour) -> Reply {
    let Some(account) = auth::known(call) else { return error::apikey_not_found() };
    let none = Usage { limit: 0, used: 0 };
    let units = Units {
        reputation_api: unit(Usage::of(call, &account, &LOOKUPS)),
        prevention_api: unit(Usage::of(call, &account, &UPLOADS)),
        feed_api: unit(none),
        download_file: unit(none),
        sandbox_api: unit(none),
    };
    limits::with_headers(call, &account, answer(StatusCode::OK, &units, behaviour))
}
