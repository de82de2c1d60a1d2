//! ReversingLabs Spectra Intelligence, TCA-0205: Reanalyze file.
//!
//! Page: Reanalyze file (TCA-0205), in the Spectra Intelligence API documentation. A single and a bulk query
//! under `/api/rescan/v1/`, HTTP Basic on every call, texts and lists in JSON or XML. Order of refusals: 401, 403, 404,
//! 405, 429, 413, then the request itself. A call that passes the 429 counts against the rate limit.

mod auth;
pub mod behaviours;
mod bulk;
mod client;
mod error;
mod fields;
mod import;
mod invalid;
mod limits;
mod query;
mod reply;
mod settings;
mod single;
mod storage;
mod xml_lists;

use self::behaviours as is;
use crate::vendors::{Check, Decoding, Endpoint, Endpoints, Example, Vendor};

/// ReversingLabs Spectra Intelligence, TCA-0205.
pub static API: Vendor = Vendor {
    name: fields::NAME,
    key: fields::KEY,
    product: "ReversingLabs Spectra Intelligence, TCA-0205",
    hosts: &[
        "data.reversinglabs.com",
        "ticloud-aws1-api.reversinglabs.com",
        "ticloud-cdn-api.reversinglabs.com",
    ],
    prefixes: &["/api/rescan/"],
    decoding: Decoding::Segments,
    any_case_methods: false,
    endpoints: Endpoints::new(&[
        Endpoint::get(&["/api/rescan/v1/query/{hash_type}/{hash_value}"], &single::rescan)
            .summary("Send a sample for a rescan")
            .page("TCA-0205, Rescan Single Query")
            .examples(&[
                Example::path("/api/rescan/v1/query/sha1/{sha1}"),
                Example::path("/api/rescan/v1/query/md5/{sha1}"),
                Example::path("/api/rescan/v1/query/crc/{sha1}"),
            ])
            .headers(&["authorization"])
            .answers(&[
                &is::SINGLE_SENT,
                &is::SINGLE_UNAVAILABLE,
                &is::SINGLE_INVALID_HASH_TYPE,
                &is::SINGLE_INVALID_HASH,
            ])
            .words(&[(400, |_| error::single_hash()), (404, |_| error::unavailable())]),
        Endpoint::post(&["/api/rescan/v1/bulk_query/{post_format}"], &bulk::rescan)
            .summary("Send several samples for a rescan")
            .page("TCA-0205, Rescan bulk query")
            .examples(&[
                Example::json(r#"{"rl": {"query": {"hash_type": "md5", "hashes": ["{md5}"]}}}"#)
                    .at("/api/rescan/v1/bulk_query/json?format=json"),
                Example::body(
                    "application/xml",
                    "<rl><query><hash_type>md5</hash_type><hashes><hash>{md5}</hash></hashes></query></rl>",
                )
                .at("/api/rescan/v1/bulk_query/xml?format=xml"),
                Example::json("{}").at("/api/rescan/v1/bulk_query/json"),
            ])
            .headers(&["authorization"])
            .query(&["format"])
            .fields(&["rl.query.hash_type", "rl.query.hashes"])
            .answers(&[
                &is::BULK_OK,
                &is::BULK_EMPTY,
                &is::BULK_CONVERTED,
                &is::BULK_TOO_MANY,
                &is::BULK_INVALID_POST_FORMAT,
                &is::BULK_INVALID_FORMAT,
                &is::BULK_MALFORMED,
                &is::BULK_CONTENT_TYPE,
                &is::BULK_INVALID_HASH_TYPE,
            ]),
    ]),
    not_emulated: &[
        "/api/certificate/*",
        "/api/customer_usage/*",
        "/api/databrowser/*",
        "/api/delete/*",
        "/api/dynamic/*",
        "/api/feed/*",
        "/api/group_by_rha1/*",
        "/api/imphash_index/*",
        "/api/ioc/*",
        "/api/malware/*",
        "/api/networking/*",
        "/api/public/*",
        "/api/report/*",
        "/api/rha1/*",
        "/api/search/*",
        "/api/spex/*",
        "/api/subscription/*",
        "/api/taxii/*",
        "/api/uri/*",
        "/api/uri_index/*",
        "/api/url_report/*",
        "/api/xref/*",
        "/api/yara/admin/*",
    ],
    checks: &[Check::Account, Check::Path, Check::Method, Check::Own(limits::refuse), Check::Size],
    auth: auth::AUTH,
    refusals: error::REFUSALS,
    client: client::CLIENT,
    behaviours: behaviours::ALL,
    settings: settings::ALL,
    fixtures: fields::FIXTURES,
    importer: Some(import::IMPORTER),
    invalid_hashes: invalid::hashes,
};
