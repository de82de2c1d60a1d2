//! ReversingLabs Spectra Analyze 9.2.0: Reanalyze Local Samples V1, and the other endpoints that current clients call.
//!
//! Page: "Reanalyze Local Samples API V1" of <https://docs.reversinglabs.com/SpectraAnalyze/>. The
//! appliance is a Django REST framework application. What the page leaves out is answered as that framework answers it.
//!
//! Order of refusals: redirect or 404, account, method, size, content type, parse, hash, analysis, appliance, not
//! found, extracted.

mod analyze_bulk;
mod analyze_bulk_v2;
mod analyze_single;
mod auth;
pub mod behaviours;
mod body;
mod client;
mod dynamic;
mod engines;
mod error;
mod fields;
mod file_name;
mod hashes;
mod import;
mod invalid;
mod options;
mod refusals;
mod reply;
mod samples;
mod sandboxes;
mod settings;
mod status;
mod token;
mod upload;

use self::behaviours::{
    BULK_ALL_EXTRACTED, BULK_ALREADY_QUEUED, BULK_APPLIANCE, BULK_EXTRACTED_SAMPLE, BULK_INVALID_ANALYSIS,
    BULK_INVALID_HASH, BULK_MIXED_TYPES, BULK_NO_HASHES, BULK_QUEUED, BULK_UNKNOWN_SAMPLE,
    SINGLE_ALREADY_QUEUED, SINGLE_APPLIANCE, SINGLE_EXTRACTED, SINGLE_INVALID_ANALYSIS, SINGLE_INVALID_HASH,
    SINGLE_NOT_FOUND, SINGLE_QUEUED, STATUS_INVALID, STATUS_OK, TOKEN_ISSUED, TOKEN_MISSING_FIELD,
    TOKEN_REFUSED, UPLOAD_DONE, UPLOAD_INVALID, V2_ALREADY_QUEUED, V2_INVALID, V2_NOT_CONFIGURED, V2_QUEUED,
    V2_UNKNOWN_SAMPLE,
};
use crate::vendors::{Check, Decoding, Endpoint, Example, Handler, Vendor};

/// ReversingLabs Spectra Analyze 9.2.0.
pub static API: Vendor = Vendor {
    name: fields::NAME,
    key: fields::KEY,
    product: "ReversingLabs Spectra Analyze 9.2.0",
    hosts: &[],
    prefixes: &["/api/samples", "/api-token-auth", "/api/uploads", "/api/submit"],
    decoding: Decoding::Whole,
    any_case_methods: true,
    endpoints: &[
        view(&["/api/samples/{hash_value}/analyze/"], &analyze_single::analyze)
            .summary("Analyse a sample again")
            .page("Reanalyze a single sample")
            .examples(&[
                Example::json(r#"{"analysis": "cloud"}"#),
                Example::json(r#"{"analysis": "no-such-engine"}"#),
            ])
            .headers(&["authorization"])
            .fields(&["analysis"])
            .answers(&[
                &SINGLE_QUEUED,
                &SINGLE_ALREADY_QUEUED,
                &SINGLE_INVALID_HASH,
                &SINGLE_INVALID_ANALYSIS,
                &SINGLE_NOT_FOUND,
                &SINGLE_EXTRACTED,
                &SINGLE_APPLIANCE,
            ])
            .words(&[(404, |_| error::not_found()), (405, |_| error::appliance(&SINGLE_APPLIANCE))]),
        view(&["/api/samples/analyze_bulk/"], &analyze_bulk::analyze)
            .summary("Analyse several samples again")
            .page("Reanalyze multiple samples")
            .examples(&[
                Example::json(r#"{"hash_value": ["{sha1}"], "analysis": "cloud,core"}"#),
                Example::json(r#"{"hash_value": [], "analysis": "cloud"}"#),
            ])
            .headers(&["authorization"])
            .fields(&["hash_value", "analysis"])
            .answers(&[
                &BULK_QUEUED,
                &BULK_ALREADY_QUEUED,
                &BULK_UNKNOWN_SAMPLE,
                &BULK_EXTRACTED_SAMPLE,
                &BULK_ALL_EXTRACTED,
                &BULK_APPLIANCE,
                &BULK_INVALID_HASH,
                &BULK_MIXED_TYPES,
                &BULK_NO_HASHES,
                &BULK_INVALID_ANALYSIS,
            ])
            .words(&[(405, |_| error::appliance(&BULK_APPLIANCE))]),
        view(&["/api/samples/v2/analyze_bulk/"], &analyze_bulk_v2::analyze)
            .summary("Analyse several samples again, with a choice of sandboxes")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"hash_value": ["{sha1}"], "analysis": "cloud"}"#),
                Example::json(r#"{"hash_value": [], "analysis": "cloud"}"#),
            ])
            .headers(&["authorization"])
            .fields(&["hash_value", "analysis", "rl_cloud_sandbox_platform"])
            .answers(&[&V2_QUEUED, &V2_ALREADY_QUEUED, &V2_UNKNOWN_SAMPLE, &V2_NOT_CONFIGURED, &V2_INVALID]),
        view(&["/api/samples/status/"], &status::show)
            .summary("Show which samples are processed")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"hash_values": ["{sha1}"]}"#),
                Example::json(r#"{"hash_values": []}"#),
            ])
            .headers(&["authorization"])
            .query(&["status"])
            .fields(&["hash_values"])
            .answers(&[&STATUS_OK, &STATUS_INVALID]),
        view(&["/api-token-auth/"], &token::issue)
            .summary("Get the token of a user")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"username": "scandouble", "password": "scandouble"}"#),
                Example::json(r#"{"username": "nobody", "password": "wrong"}"#),
                Example::json("{}"),
            ])
            .anonymous()
            .fields(&["username", "password"])
            .answers(&[&TOKEN_ISSUED, &TOKEN_REFUSED, &TOKEN_MISSING_FIELD]),
        // The second path is what newer releases of the vendor's client call.
        view(&["/api/uploads/", "/api/submit/file/"], &upload::upload)
            .summary("Upload a file")
            .page("Real clients")
            .examples(&[
                Example::body("multipart/form-data; boundary=form", FORM),
                Example::body("multipart/form-data; boundary=form", "--form--\r\n"),
            ])
            .headers(&["authorization"])
            .fields(&["file", "filename"])
            .file_field()
            .answers(&[&UPLOAD_DONE, &UPLOAD_INVALID]),
    ],
    not_emulated: &[],
    checks: &[Check::Path, Check::Account, Check::Method, Check::Own(options::describe), Check::Size],
    auth: auth::AUTH,
    refusals: refusals::REFUSALS,
    client: client::CLIENT,
    behaviours: behaviours::ALL,
    settings: settings::ALL,
    fixtures: fields::FIXTURES,
    importer: Some(import::IMPORTER),
    invalid_hashes: invalid::hashes,
};

/// An upload.
const FORM: &str = "--form\r\nContent-Disposition: form-data; name=\"file\"; filename=\"harmless.txt\"\r\n\r\nharmless\r\n--form--\r\n";

/// A view of the framework: it takes POST, and OPTIONS, which describes it.
const fn view(paths: &'static [&'static str], handler: &'static dyn Handler) -> Endpoint {
    Endpoint::post(paths, handler).methods(&["POST", "OPTIONS"])
}
