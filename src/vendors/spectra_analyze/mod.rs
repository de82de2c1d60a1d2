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
mod delete;
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
mod reports;
mod samples;
mod sandboxes;
mod settings;
mod status;
mod token;
mod upload;
mod url_upload;

use self::behaviours as is;
use crate::vendors::{Check, Decoding, Endpoint, Endpoints, Example, Handler, Vendor, Waiting};

/// ReversingLabs Spectra Analyze 9.2.0.
pub static API: Vendor = Vendor {
    name: fields::NAME,
    key: fields::KEY,
    product: "ReversingLabs Spectra Analyze 9.2.0",
    hosts: &["a1000.reversinglabs.com"],
    prefixes: &["/api/samples", "/api-token-auth", "/api/uploads", "/api/submit"],
    decoding: Decoding::Whole,
    any_case_methods: true,
    endpoints: Endpoints::new(&[
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
                &is::SINGLE_QUEUED,
                &is::SINGLE_ALREADY_QUEUED,
                &is::SINGLE_QUEUED_BEFORE,
                &is::SINGLE_INVALID_HASH,
                &is::SINGLE_INVALID_ANALYSIS,
                &is::SINGLE_NOT_FOUND,
                &is::SINGLE_EXTRACTED,
                &is::SINGLE_APPLIANCE,
            ])
            .words(&[
                (404, |_| error::not_found(&is::SINGLE_NOT_FOUND)),
                (405, |_| error::appliance(&is::SINGLE_APPLIANCE)),
            ]),
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
                &is::BULK_QUEUED,
                &is::BULK_ALREADY_QUEUED,
                &is::BULK_QUEUED_BEFORE,
                &is::BULK_UNKNOWN_SAMPLE,
                &is::BULK_EXTRACTED_SAMPLE,
                &is::BULK_ALL_EXTRACTED,
                &is::BULK_APPLIANCE,
                &is::BULK_INVALID_HASH,
                &is::BULK_MIXED_TYPES,
                &is::BULK_NO_HASHES,
                &is::BULK_INVALID_ANALYSIS,
            ])
            .words(&[(405, |_| error::appliance(&is::BULK_APPLIANCE))]),
        view(&["/api/samples/v2/analyze_bulk/"], &analyze_bulk_v2::analyze)
            .summary("Analyse several samples again, with a choice of sandboxes")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"hash_value": ["{sha1}"], "analysis": "cloud"}"#),
                Example::json(r#"{"hash_value": [], "analysis": "cloud"}"#),
            ])
            .headers(&["authorization"])
            .fields(&["hash_value", "analysis", "rl_cloud_sandbox_platform"])
            .answers(&[
                &is::V2_QUEUED,
                &is::V2_ALREADY_QUEUED,
                &is::V2_UNKNOWN_SAMPLE,
                &is::V2_NOT_CONFIGURED,
                &is::V2_INVALID,
            ]),
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
            .answers(&[&is::STATUS_OK, &is::STATUS_INVALID]),
        view(&["/api-token-auth/"], &token::issue)
            .summary("Get the token of a user")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"username": "{user}", "password": "{password}"}"#),
                Example::json(r#"{"username": "nobody", "password": "wrong"}"#),
                Example::json("{}"),
            ])
            .anonymous()
            .fields(&["username", "password"])
            .answers(&[&is::TOKEN_ISSUED, &is::TOKEN_REFUSED, &is::TOKEN_MISSING_FIELD]),
        // The second path is what newer releases of the vendor's client call.
        view(&["/api/uploads/", "/api/submit/file/"], &Waiting(upload::upload))
            .summary("Upload a file")
            .page("Real clients")
            .examples(&[
                Example::body("multipart/form-data; boundary=form", FORM),
                Example::body("multipart/form-data; boundary=form", "--form--\r\n"),
            ])
            .headers(&["authorization"])
            .fields(&["file", "filename", "url"])
            .documented(UPLOAD_OPTIONS)
            .file_field()
            .answers(&[&is::UPLOAD_DONE, &is::UPLOAD_URL, &is::UPLOAD_INVALID]),
        view(&["/api/submit/url/"], &url_upload::submit)
            .summary("Upload the file at a URL")
            .page("Real clients")
            .examples(&[Example::json(r#"{"url": "https://example.com/harmless.txt"}"#), Example::json("{}")])
            .headers(&["authorization"])
            .fields(&["url", "crawler"])
            .documented(UPLOAD_OPTIONS)
            .answers(&[&is::UPLOAD_URL, &is::UPLOAD_INVALID]),
        read(&["/api/uploads/v2/url-samples/{id}/"], &url_upload::show)
            .summary("Show what became of an upload by URL")
            .page("Real clients")
            .headers(&["authorization"])
            .answers(&[
                &is::URL_SAMPLE_COMPLETE,
                &is::URL_SAMPLE_PROCESSING,
                &is::URL_SAMPLE_ERROR,
                &is::URL_SAMPLE_NOT_FOUND,
            ]),
        read(&["/api/samples/v3/{hash_value}/classification/"], &reports::classify)
            .summary("Show the classification of a sample")
            .page("Real clients")
            .headers(&["authorization"])
            .query(&["localonly", "av_scanners"])
            .answers(&[&is::CLASSIFICATION_OK, &is::CLASSIFICATION_NOT_FOUND, &is::CLASSIFICATION_INVALID]),
        view(&["/api/samples/v2/list/"], &reports::list)
            .summary("Show reports about several samples")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"hash_values": ["{sha1}"]}"#),
                Example::json(r#"{"hash_values": []}"#),
            ])
            .headers(&["authorization"])
            .fields(REPORT_FIELDS)
            .answers(&[&is::LIST_OK, &is::LIST_INVALID]),
        view(&["/api/samples/v2/list/details/"], &reports::list_details)
            .summary("Show detailed reports about several samples")
            .page("Real clients")
            .examples(&[
                Example::json(r#"{"hash_values": ["{sha1}"]}"#),
                Example::json(r#"{"hash_values": []}"#),
            ])
            .headers(&["authorization"])
            .fields(REPORT_FIELDS)
            .answers(&[&is::LIST_DETAILS_OK, &is::LIST_INVALID]),
        // Behind the other paths of three segments: the first that matches is taken.
        view(&["/api/samples/{hash_value}/"], &delete::delete)
            .methods(&["DELETE", "OPTIONS"])
            .summary("Delete a sample")
            .page("Real clients")
            .headers(&["authorization"])
            .answers(&[&is::DELETE_DONE, &is::DELETE_NOT_FOUND, &is::DELETE_INVALID]),
    ]),
    not_emulated: &[
        // Literal paths come before those of endpoints that would take them for a hash.
        "/api/samples/containers/",
        "/api/samples/list/",
        "/api/samples/v2/delete_bulk",
        "/api/samples/v2/delete_bulk/status",
        "/api/samples/v2/search",
        "/api/samples/v2/{hash_value}/extracted-files",
        "/api/samples/v3/search",
        "/api/samples/{hash_value}/download",
        "/api/samples/{hash_value}/extracted-files",
        "/api/samples/{hash_value}/setclassification/{system}",
        "/api/samples/{hash_value}/unpacked",
        "/api/uploads/local-retro-hunt",
        "/api/network-threat-intel/*",
        "/api/pdf/*",
        "/api/rl_dynamic_analysis/*",
        "/api/tag/*",
        "/api/v2/*",
        "/api/yara/*",
    ],
    // Django resolves the path first. Its REST framework then authenticates before it looks at the method.
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

/// The fields of requests for reports. The last two only matter to a real analysis.
const REPORT_FIELDS: &[&str] =
    &["hash_values", "fields", "include_networkthreatintelligence", "skip_reanalysis"];

/// A view that takes GET.
const fn read(paths: &'static [&'static str], handler: &'static dyn Handler) -> Endpoint {
    Endpoint::get(paths, handler).methods(&["GET", "HEAD", "OPTIONS"])
}

/// A view of the framework: it takes POST, and OPTIONS, which describes it.
const fn view(paths: &'static [&'static str], handler: &'static dyn Handler) -> Endpoint {
    Endpoint::post(paths, handler).methods(&["POST", "OPTIONS"])
}

/// Further fields of an upload. They have no effect on the results of a sample, which its fixture gives.
const UPLOAD_OPTIONS: &[&str] =
    &["analysis", "archive_password", "comment", "crawler", "metadata", "rl_cloud_sandbox_platform", "tags"];
