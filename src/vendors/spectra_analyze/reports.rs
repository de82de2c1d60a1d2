//! Reports of samples: `GET /api/samples/v3/{hash_value}/classification/`, `POST /api/samples/v2/list/` and
//! `/api/samples/v2/list/details/`.

use http::StatusCode;

use super::behaviours::{
    CLASSIFICATION_INVALID, CLASSIFICATION_NOT_FOUND, CLASSIFICATION_OK, LIST_DETAILS_OK, LIST_INVALID,
    LIST_OK,
};
use super::body::FieldError;
use super::error::JSON;
use super::fields::ApplianceFacts;
use super::hashes::{self, HashBehaviours};
use super::reply::{Classification, Findings, Report, Reports};
use super::{body, error, samples, settings};
use crate::journal::{Behaviour, Reply, json};
use crate::samples::{Hash, Sample};
use crate::vendors::Call;
use crate::vendors::reversinglabs::Holding;

const BEHAVIOURS: HashBehaviours =
    HashBehaviours { none: &LIST_INVALID, invalid: &LIST_INVALID, mixed: &LIST_INVALID };

/// Answers the classification of a sample that the appliance has or, unless only local samples are asked for, that Spectra
/// Intelligence knows.
pub(super) fn classify(call: &Call) -> Result<Reply, Reply> {
    let hash = Hash::parse(call.param("hash_value"));
    let hash = hash.ok_or_else(|| error::invalid_hash(&CLASSIFICATION_INVALID))?;
    let only_local = call.parameter("localonly").is_some_and(|flag| matches!(flag.as_str(), "1" | "true"));
    // `cloud_last_lookup` is also shown for local samples, so this does not depend on where the sample is found.
    let asks_cloud = !only_local && call.settings.get(&settings::CLOUD_CONNECTED);
    let local = samples::find(call, &hash)?;
    let (sample, data_source) = match local {
        Some(local) => (local.sample, "LOCAL"),
        None => {
            let known = call.find(&hash).map_err(|error| error::store(&error))?;
            let known = known.filter(|sample| asks_cloud && Holding::of(call, sample).known);
            (known.ok_or_else(|| error::not_found(&CLASSIFICATION_NOT_FOUND))?, "CLOUD")
        }
    };
    let report = report(call, &sample);
    let seen = |name| report.get(name).as_str().unwrap_or_default().to_owned();
    let body = Classification {
        classification: report.get("classification"),
        riskscore: report.get("riskscore"),
        first_seen: in_seconds(&seen("local_first_seen")),
        last_seen: in_seconds(&seen("local_last_seen")),
        classification_result: report.get("classification_result"),
        classification_reason: report.get("classification_reason"),
        classification_origin: report.get("classification_origin"),
        cloud_last_lookup: asks_cloud.then(|| format!("{:.0}", call.now)),
        data_source,
        sha1: Hash::Sha1(sample.hashes.sha1).to_string(),
        sha256: Hash::Sha256(sample.hashes.sha256).to_string(),
        md5: Hash::Md5(sample.hashes.md5).to_string(),
    };
    Ok(Reply::new(StatusCode::OK, JSON, json(&body), &CLASSIFICATION_OK))
}

/// Lists reports.
pub(super) fn list(call: &Call) -> Result<Reply, Reply> {
    reports(call, &LIST_OK)
}

/// Lists detailed reports. What they have beyond the others needs a real analysis or a fixture.
pub(super) fn list_details(call: &Call) -> Result<Reply, Reply> {
    reports(call, &LIST_DETAILS_OK)
}

/// The reports of the processed samples among those asked for, each once.
fn reports(call: &Call, behaviour: &'static Behaviour) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    let asked = hashes::read(&fields, "hash_values", BEHAVIOURS)?;
    let names = match fields.texts("fields") {
        Ok(texts) => {
            Some(texts.iter().flat_map(|text| text.split(',')).map(|name| name.trim().to_owned()).collect())
        }
        Err(FieldError::Missing | FieldError::Null) => None,
        Err(error) => return Err(error::fields(&[("fields", error.message())], &LIST_INVALID)),
    };
    let names: Option<Vec<String>> = names;
    let mut results = Vec::new();
    let mut listed = Vec::new();
    for local in samples::find_all(call, &asked)?.into_iter().flatten() {
        if samples::is_processed(call, &local.sample) && !listed.contains(&local.sample.key()) {
            listed.push(local.sample.key());
            let report = report(call, &local.sample);
            results.push(names.as_ref().map_or_else(|| report.clone(), |names| report.clone().only(names)));
        }
    }
    let body = Reports { count: results.len(), next: None, previous: None, results };
    Ok(Reply::new(StatusCode::OK, JSON, json(&body), behaviour))
}

/// The report of a sample at the time of the call.
pub(super) fn report(call: &Call, sample: &Sample) -> Report {
    let scans = call.state.scans(sample, call.now);
    let done = scans.iter().rev().find(|scan| call.state.is_done(sample, scan, call.origin, call.now));
    let seen =
        |scan: Option<&crate::samples::Scan>| scan.map_or(call.now, |scan| scan.at.resolve(call.origin));
    let found = Findings {
        verdict: done.map(|scan| scan.verdict),
        threat: done.map_or("", |scan| scan.threat.as_str()),
        first_seen: seen(scans.first()),
        last_seen: seen(scans.last()),
    };
    Report::of(sample, &found, ApplianceFacts::of(sample).report)
}

/// `2024-01-08T16:36:03.123456Z` without its fraction; anything else as it is.
fn in_seconds(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(at) => format!("{at:.0}"),
        Err(_) => time.to_owned(),
    }
}
