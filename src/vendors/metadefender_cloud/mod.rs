//! OPSWAT MetaDefender Cloud v2: Multiple Hashes Lookup, and the look-up of one hash beside it; and both as version 4,
//! which today's clients call, has them.
//!
//! Page: <https://s3.amazonaws.com/md-user-guide/v3/347855.html>; a later revision,
//! <https://onlinehelp.opswat.com/mdcloud/3.2_Retrieving_scan_reports_for_multiple_data_hashes.html>. Order of refusals:
//! path, method, 401, content type (version 4), too large, parse, empty, count, limit. Every reply to a known key has the headers of its limit.

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

use self::behaviours::{
    BULK_DETAILS, BULK_EMPTY, BULK_IN_PROGRESS, BULK_MALFORMED, BULK_OK, BULK_PARTLY_LIMITED, BULK_TOO_MANY,
    BULK_UNKNOWN, HASH_FOUND, HASH_NOT_FOUND, LIMIT_EXCEEDED, V4_BULK_INVALID, V4_BULK_OK, V4_BULK_UNKNOWN,
    V4_HASH_FOUND, V4_HASH_NOT_FOUND, V4_LIMIT_EXCEEDED, V4_MEDIA_TYPE,
};
use crate::vendors::{Check, Decoding, Endpoint, Example, Vendor};

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
    ],
    // Below `/hash/` and `/metascan_rest/hash/` begins another product.
    prefixes: &["/v2/", "/v4/"],
    decoding: Decoding::Segments,
    any_case_methods: true,
    endpoints: &[
        Endpoint::post(&["/hash", "/v2/hash", "/metascan_rest/hash"], &bulk::look_up)
            .or_slash()
            .summary("Look up 1 to 1000 hashes")
            .page("Multiple Hashes Lookup")
            .headers(&["apikey", "include_scan_details"])
            .fields(&["hash"])
            .examples(&[Example::json(r#"{"hash": ["{md5}", "{sha1}"]}"#), Example::json(r#"{"hash": []}"#)])
            .answers(&[
                &BULK_OK,
                &BULK_UNKNOWN,
                &BULK_IN_PROGRESS,
                &BULK_DETAILS,
                &BULK_PARTLY_LIMITED,
                &BULK_EMPTY,
                &BULK_MALFORMED,
                &BULK_TOO_MANY,
                &LIMIT_EXCEEDED,
            ]),
        Endpoint::get(&["/v2/hash/{hash}"], &hash::look_up)
            .methods(&["GET"])
            .summary("Look up one hash")
            .page("Hash Lookup")
            .headers(&["apikey"])
            .answers(&[&HASH_FOUND, &HASH_NOT_FOUND, &LIMIT_EXCEEDED]),
        // A published client asks for /v4//hash/….
        Endpoint::post(&["/v4/hash"], &v4::bulk)
            .unlisted(&["/v4//hash"])
            .or_slash()
            .summary("Version 4: look up 1 to 1000 hashes")
            .page("Clients of version 4")
            .headers(&["apikey", "includescandetails"])
            .fields(&["hash"])
            .examples(&[
                Example::json(r#"{"hash": ["{md5}", "{sha256}"]}"#),
                Example::json(r#"{"hash": []}"#),
                Example::body("text/plain", "{md5}"),
            ])
            .answers(&[&V4_BULK_OK, &V4_BULK_UNKNOWN, &V4_BULK_INVALID, &V4_MEDIA_TYPE, &V4_LIMIT_EXCEEDED])
            .words(&[(400, refusals::no_hash)]),
        Endpoint::get(&["/v4/hash/{hash}"], &v4::hash)
            .methods(&["GET"])
            .unlisted(&["/v4//hash/{hash}"])
            .summary("Version 4: look up one hash")
            .page("Clients of version 4")
            .headers(&["apikey"])
            .answers(&[&V4_HASH_FOUND, &V4_HASH_NOT_FOUND, &V4_LIMIT_EXCEEDED]),
    ],
    not_emulated: &[],
    checks: &[Check::Path, Check::Method, Check::Account, Check::Own(refusals::media_type), Check::Size],
    auth: auth::AUTH,
    refusals: refusals::REFUSALS,
    client: client::CLIENT,
    behaviours: behaviours::ALL,
    settings: settings::ALL,
    fixtures: fields::FIXTURES,
    importer: Some(import::IMPORTER),
    invalid_hashes: |_| Vec::new(),
};
