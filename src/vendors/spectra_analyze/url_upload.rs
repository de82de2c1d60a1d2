//! Uploads by URL, of which nothing is fetched, and `GET /api/uploads/v2/url-samples/{id}/`, which says what became of one.

use http::StatusCode;

use super::behaviours::{
    UPLOAD_INVALID, UPLOAD_URL, URL_SAMPLE_COMPLETE, URL_SAMPLE_ERROR, URL_SAMPLE_NOT_FOUND,
    URL_SAMPLE_PROCESSING,
};
use super::body::Fields;
use super::error::JSON;
use super::fields::{ApplianceFacts, NAME};
use super::reply::{Done, Report, Uploaded, UrlSample};
use super::{auth, body, error, reports};
use crate::journal::{FindingKind, Reply, json};
use crate::samples::Hash;
use crate::samples::upload::TIME;
use crate::vendors::Call;

/// The field that holds the URL.
pub(super) const URL: &str = "url";
/// Longer URLs, in bytes, are not valid, as in Django's validator. Without a bound, a world could be made to keep many
/// megabytes for each upload.
const LONGEST: usize = 2048;
const INVALID: &str = "Enter a valid URL.";
const FAILED: &str = "The file could not be downloaded.";

/// `POST /api/submit/url/`: takes a URL.
pub(super) fn submit(call: &Call) -> Result<Reply, Reply> {
    take(call, &body::read(call)?)
}

/// Takes the URL of a body. The sample that a fixture names for it becomes present.
pub(super) fn take(call: &Call, fields: &Fields<'_>) -> Result<Reply, Reply> {
    let refuse = |text: &str| error::fields(&[(URL, text)], &UPLOAD_INVALID);
    let url = fields.text(URL).map_err(|error| refuse(error.message()))?.trim().to_owned();
    if url.is_empty() {
        return Err(refuse(error::BLANK));
    }
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_host = |host: &str| !host.is_empty() && !host.contains(char::is_whitespace);
    if url.len() > LONGEST || !host.is_some_and(is_host) {
        return Err(refuse(INVALID));
    }
    let named = call.state.named(&url).map_err(|error| error::store(&error))?;
    // `named` returns candidates, among them all samples that only this world has.
    let sample = named.into_iter().find(|sample| ApplianceFacts::of(sample).url.as_ref() == Some(&url));
    let arrival = (call.now, call.settings.get(&TIME));
    let id = call.state.upload_url(NAME, url.clone(), sample.as_deref(), arrival);
    let body = Done {
        code: 201,
        message: "Done.",
        detail: Uploaded {
            id,
            sha1: None,
            user: auth::user_number(call),
            created: format!("{:.6}", call.now),
            filename: url,
            href: None,
        },
    };
    let effect = match &sample {
        Some(sample) => format!("nothing is fetched: the sample {} is at this URL", sample.name),
        None => "nothing is fetched, and no fixture names a sample for this URL; give one spectra_analyze: {url: …}".to_owned(),
    };
    let reply = Reply::new(StatusCode::CREATED, JSON, json(&body), &UPLOAD_URL);
    Ok(reply.finding(FindingKind::Effect, effect, "Real clients"))
}

/// Answers what became of an upload by URL.
pub(super) fn show(call: &Call) -> Result<Reply, Reply> {
    let not_found = || error::detail(StatusCode::NOT_FOUND, "Not found.", &URL_SAMPLE_NOT_FOUND);
    let number = call.param("id").parse().map_err(|_| not_found())?;
    let upload = call.state.urls.get(number).ok_or_else(not_found)?;
    let mut sample = None;
    if let Some(key) = upload.sample {
        sample = call.find(&Hash::Sha256(key)).map_err(|error| error::store(&error))?;
    }
    let holding = sample.as_ref().and_then(|sample| call.state.queue().holding(&sample.key(), NAME));
    // Ending an upload manually changes what the appliance holds, not the upload.
    let is_to_come = holding.map_or(upload.done, |holding| holding.from);
    let (processing_status, message, report, behaviour) = match sample {
        _ if !is_to_come.has_come(call.now) => ("processing", "", Report::default(), &URL_SAMPLE_PROCESSING),
        Some(sample) if holding.is_some_and(|holding| holding.held) => {
            ("complete", "", reports::report(call, &sample), &URL_SAMPLE_COMPLETE)
        }
        // Nothing is at the URL, or the sample was deleted since.
        _ => ("error", FAILED, Report::default(), &URL_SAMPLE_ERROR),
    };
    let body = UrlSample { processing_status, message, report };
    Ok(Reply::new(StatusCode::OK, JSON, json(&body), behaviour))
}
