//! `POST /api/uploads/` and `POST /api/submit/file/`: uploads the field `file` of a multipart form, or takes a URL instead.

use http::StatusCode;

use super::behaviours::{UPLOAD_DONE, UPLOAD_INVALID};
use super::body::{FieldError, File};
use super::error::JSON;
use super::fields::NAME;
use super::reply::{Done, Uploaded};
use super::{auth, body, error, url_upload};
use crate::ids::hex;
use crate::journal::{FindingKind, Reply, json};
use crate::samples::Arrival;
use crate::samples::upload::TIME;
use crate::vendors::Call;

const FILE: &str = "file";
const MISSING: &str = "No file was submitted.";
const NO_FILE: &str = "The submitted data was not a file. Check the encoding type on the form.";
const EMPTY: &str = "The submitted file is empty.";

/// Stores the sample, or refuses.
pub(super) async fn upload(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    if fields.file(FILE) == Err(FieldError::Missing)
        && fields.text(url_upload::URL) != Err(FieldError::Missing)
    {
        return url_upload::take(call, &fields);
    }
    let refuse = |text: &str| error::fields(&[(FILE, text)], &UPLOAD_INVALID);
    let File { name, content } = fields.file(FILE).map_err(|error| match error {
        FieldError::Missing => refuse(MISSING),
        FieldError::Null | FieldError::NotText => refuse(NO_FILE),
    })?;
    if content.is_empty() {
        return Err(refuse(EMPTY));
    }
    // A separate field may name the file.
    let filename = fields.text("filename").ok().filter(|name| !name.is_empty());
    let filename = filename.unwrap_or_else(|| name.clone());
    let arrival = Arrival {
        api: NAME,
        // An upload without a name is named after its SHA-256.
        name: Some(filename.clone()).filter(|name| !name.is_empty()),
        agent: None,
        rule: None,
        at: call.now,
        pace: call.settings.get(&TIME),
    };
    let receipt = call.state.upload(&content, arrival, &call.settings).await;
    let receipt = receipt.map_err(|error| error::store(&error))?;
    let body = Done {
        code: 201,
        message: "Done.",
        detail: Uploaded {
            id: receipt.number,
            sha1: Some(hex(&receipt.sample.hashes.sha1)),
            user: auth::user_number(call),
            created: format!("{:.6}", call.now),
            filename,
            href: Some(format!("/?q={}", hex(&receipt.sample.hashes.sha1))),
        },
    };
    let reply = Reply::new(StatusCode::CREATED, JSON, json(&body), &UPLOAD_DONE);
    Ok(reply.finding(FindingKind::Effect, receipt.summary(), "Real clients"))
}
