//! OPSWAT MetaDefender Cloud v2: Multiple Hashes Lookup, and the look-up of one hash beside it; and version 4, which today's
//! clients call: both look-ups, uploads and their results, and what a key may do.
//!
//! Page: <https://s3.amazonaws.com/md-user-guide/v3/347855.html>; a later revision,
//! <https://onlinehelp.opswat.com/mdcloud/3.2_Retrieving_scan_reports_for_multiple_data_hashes.html>. Order of refusals:
//! path, method, 401, content type (version 4), too large, parse, empty, count, limit. Every reply to a known key has the
//! headers of its limit.

mod auth;
pub mod behaviours;
mod body;
mod bulk;
mod client;
mod details;
mod error;
mod fields;
mod hash;
mod import;
mod limits;
mod refusals;
mod reply;
mod results;
mod settings;
mod v4;
mod view;

use self::behaviours as is;
use crate::vendors::{Check, Decoding, Endpoint, Endpoints, Example, Fixtures, Handler, Vendor, Waiting};

/// OPSWAT MetaDefender Cloud v2, and version 4 beside it.
pub static API: Vendor = Vendor {
    name: fields::NAME,
    key: fields::KEY,
    product: "OPSWAT MetaDefender Cloud v2",
    hosts: &[
        "api.metadefender.com",
        "api.metascan-online.com",
        "hashlookup.metadefender.com",
        "hashlookup.metascan-online.com",
        "scan.metadefender.com",
        "*.metadefender.com",
    ],
    // Below `/hash/` and `/metascan_rest/hash/` begins another product.
    prefixes: &["/v2/", "/v3/", "/v4/"],
    decoding: Decoding::Segments,
    any_case_methods: true,
    endpoints: Endpoints::new(&[
        Endpoint::post(&["/hash", "/v2/hash", "/metascan_rest/hash"], &bulk::look_up)
            .or_slash()
            .summary("Look up 1 to 1000 hashes")
            .page("Multiple Hashes Lookup")
            .headers(&["apikey", "include_scan_details"])
            .fields(&["hash"])
            .examples(&[Example::json(r#"{"hash": ["{md5}", "{sha1}"]}"#), Example::json(r#"{"hash": []}"#)])
            .answers(&[
                &is::BULK_OK,
                &is::BULK_UNKNOWN,
                &is::BULK_IN_PROGRESS,
                &is::BULK_DETAILS,
                &is::BULK_PARTLY_LIMITED,
                &is::BULK_EMPTY,
                &is::BULK_MALFORMED,
                &is::BULK_TOO_MANY,
                &is::LIMIT_EXCEEDED,
            ]),
        get(&["/v2/hash/{hash}"], &hash::look_up)
            .summary("Look up one hash")
            .page("Hash Lookup")
            .headers(&["apikey"])
            .answers(&[&is::HASH_FOUND, &is::HASH_NOT_FOUND, &is::LIMIT_EXCEEDED]),
        get(&["/metascan_rest/apikey"], &v4::apikey::of_version_2)
            .summary("Show the key")
            .page("Clients of version 2")
            .headers(&["apikey"])
            .answers(&[&is::APIKEY]),
        // Published clients ask for /v4//hash/… and the like.
        Endpoint::post(&["/v4/hash"], &v4::hash::bulk)
            .unlisted(&["/v4//hash"])
            .or_slash()
            .summary("Version 4: look up 1 to 1000 hashes")
            .page("Retrieving scan reports for multiple data hashes")
            .headers(&["apikey", "includescandetails"])
            .fields(&["hash"])
            .examples(&[
                Example::json(r#"{"hash": ["{md5}", "{sha256}"]}"#),
                Example::json(r#"{"hash": []}"#),
                Example::body("text/plain", "{md5}"),
            ])
            .answers(&[
                &is::V4_BULK_OK,
                &is::V4_BULK_UNKNOWN,
                &is::V4_BULK_INVALID,
                &is::V4_MEDIA_TYPE,
                &is::V4_LIMIT_EXCEEDED,
                &is::V4_THROTTLED,
            ])
            .words(&[(400, refusals::no_hash)]),
        get(&["/v4/hash/{hash}"], &v4::hash::look_up)
            .unlisted(&["/v4//hash/{hash}"])
            .summary("Version 4: look up one hash")
            .page("Clients of version 4")
            .headers(&["apikey"])
            .answers(&[
                &is::V4_HASH_FOUND,
                &is::V4_HASH_REPUTATION,
                &is::V4_HASH_NOT_FOUND,
                &is::V4_LIMIT_EXCEEDED,
            ]),
        get(&["/v4/hash/{hash}/{additional_info}"], &v4::hash::information)
            .unlisted(&["/v4//hash/{hash}/{additional_info}"])
            .summary("Version 4: show additional information about a file")
            .examples(&[Example::path("/v4/hash/{sha256}/peinfo")])
            .page("PE Info Lookup, Application Information Lookup")
            .headers(&["apikey"])
            .answers(&[
                &is::V4_INFORMATION_FOUND,
                &is::V4_INFORMATION_NOT_FOUND,
                &is::V4_HASH_NOT_FOUND,
                &is::V4_LIMIT_EXCEEDED,
            ]),
        Endpoint::post(&["/v4/file"], &Waiting(v4::file::upload))
            .unlisted(&["/v4//file"])
            .or_slash()
            .summary("Version 4: upload a file")
            .examples(&[
                Example::body("application/octet-stream", "harmless"),
                Example::body("application/octet-stream", ""),
            ])
            .page("Scanning a file by file upload")
            .headers(UPLOAD_HEADERS)
            .file()
            .answers(&[
                &is::V4_FILE_ACCEPTED,
                &is::V4_FILE_EMPTY,
                &is::V4_FILE_TOO_LARGE,
                &is::V4_FILE_URL,
                &is::V4_LIMIT_EXCEEDED,
                &is::V4_THROTTLED,
            ]),
        get(&["/v4/file/{data_id}"], &v4::file::result)
            .unlisted(&["/v4//file/{data_id}"])
            .summary("Version 4: show the result of an uploaded file, or how far it is")
            .page("Retrieving scan reports using data ID")
            .headers(&["apikey", "x-file-metadata"])
            .answers(&[
                &is::V4_FILE_RESULT,
                &is::V4_FILE_IN_PROGRESS,
                &is::V4_FILE_IN_QUEUE,
                &is::V4_FILE_NOT_FOUND,
            ]),
        // Anonymous, because these endpoints answer an unknown key with a 404 of their own, not with 401.
        get(&["/v4/apikey/"], &v4::apikey::own)
            .unlisted(&["/v4/apikey", "/v4//apikey/", "/v4//apikey"])
            .anonymous()
            .summary("Version 4: show what the key may do")
            .page("Apikey info")
            .headers(&["apikey"])
            .answers(&[&is::V4_APIKEY, &is::V4_APIKEY_NOT_FOUND]),
        get(&["/v4/apikey/limits"], &v4::apikey::used)
            .unlisted(&["/v4//apikey/limits"])
            .anonymous()
            .summary("Version 4: show what the key has used of its limits")
            .page("Apikey limits")
            .headers(&["apikey"])
            .answers(&[&is::V4_APIKEY_LIMITS, &is::V4_APIKEY_NOT_FOUND]),
        get(&["/v4/apikey/limits/status"], &v4::apikey::left)
            .unlisted(&["/v4//apikey/limits/status"])
            .anonymous()
            .summary("Version 4: show what the key has left of its limits")
            .page("Clients of version 4")
            .headers(&["apikey"])
            .answers(&[&is::V4_APIKEY_LEFT, &is::V4_APIKEY_NOT_FOUND]),
        // Behind `/v4/apikey/limits`, which it matches as well: the first row that takes the method is used.
        get(&["/v4/apikey/{key}"], &v4::apikey::named)
            .unlisted(&["/v4//apikey/{key}"])
            .anonymous()
            .summary("Version 4: show what a key may do")
            .page("Clients of version 4")
            .headers(&["apikey"])
            .answers(&[&is::V4_APIKEY, &is::V4_APIKEY_NOT_FOUND]),
    ]),
    not_emulated: &[
        "/v2/file",
        "/v2/file/*",
        "/v2/rescan",
        "/v2/rescan/*",
        "/v2/ip",
        "/v2/ip/*",
        "/v3/*",
        "/v4/apikey/scan-history",
        "/v4/appinfo/*",
        "/v4/domain",
        "/v4/domain/*",
        "/v4/feed/*",
        "/v4/file/converted/*",
        "/v4/file/multipart",
        "/v4/file/multipart/*",
        "/v4/file/rescan",
        "/v4/file/webhooks/*",
        "/v4/ip",
        "/v4/ip/*",
        "/v4/repo",
        "/v4/sandbox/*",
        "/v4/url",
        "/v4/url/*",
    ],
    checks: &[Check::Path, Check::Method, Check::Account, Check::Own(refusals::media_type), Check::Size],
    auth: auth::AUTH,
    refusals: refusals::REFUSALS,
    client: client::CLIENT,
    behaviours: behaviours::ALL,
    settings: settings::ALL,
    fixtures: Fixtures { names: view::names, ..fields::FIXTURES },
    importer: Some(import::IMPORTER),
    invalid_hashes: |_| Vec::new(),
};

/// An endpoint for GET alone: the service answers HEAD like any other unsupported method, with 400.
const fn get(paths: &'static [&'static str], handler: &'static dyn Handler) -> Endpoint {
    Endpoint::get(paths, handler).methods(&["GET"])
}

/// Of an upload. The emulator has no use for the passwords, and for those that ask for what it does not do.
const UPLOAD_HEADERS: &[&str] = &[
    "apikey",
    "filename",
    "rule",
    "user_agent",
    "callbackurl",
    "downloadfrom",
    "archivepwd",
    "filepassword",
    "samplesharing",
    "privateprocessing",
    "sandbox",
    "sandbox-timeout",
    "sandbox-browser",
    "rescan-count",
    "rescan-interval",
    "metadata",
];
