//! The behaviours of this API.

use crate::journal::{Behaviour, Grade};

crate::behaviours! { "metadefender-cloud";
    BULK_OK "bulk.ok" 200 D D
        "A look-up of 1 to 1000 hashes, with the result of at least one."
        "Multiple Hashes Lookup, Response."
        ["metadefender-cloud.hash-case" "metadefender-cloud.result-key"];
    BULK_UNKNOWN "bulk.unknown" 200 D D
        "A hash of the list is unknown or not valid."
        "Multiple Hashes Lookup, Response."
        ["metadefender-cloud.count-unknown" "metadefender-cloud.hash-case" "metadefender-cloud.result-key"];
    BULK_IN_PROGRESS "bulk.in-progress" 200 A A
        "A hash has only an unfinished result, which is not returned: the result is 5, without a data_id."
        "Multiple Hashes Lookup, Descriptions of response, for the final result; the rest is assumed."
        ["metadefender-cloud.unfinished" "metadefender-cloud.hash-case" "metadefender-cloud.result-key"];
    BULK_DETAILS "bulk.details" 200 D D
        "include_scan_details is 1 and a result is 0, 1 or 2."
        "Multiple Hashes Lookup, HTTP header parameters and Response.";
    BULK_PARTLY_LIMITED "bulk.partly-limited" 200 D D
        "Fewer look-ups remain than the list has hashes."
        "Multiple Hashes Lookup, Response."
        ["metadefender-cloud.lookup-limit"];
    LIMIT_EXCEEDED "limit.exceeded" 403 D A
        "No look-ups remain."
        "Multiple Hashes Lookup, Response Codes; the body's form is assumed."
        ["metadefender-cloud.lookup-limit"];
    BULK_EMPTY "bulk.empty" 400 A D
        "No hashes: an empty body, or hash is missing, null or an empty list."
        "Multiple Hashes Lookup, Response; the status is assumed.";
    BULK_MALFORMED "bulk.malformed" 400 A D
        "The body is not a JSON object with a list of strings."
        "Multiple Hashes Lookup, Response; the status is assumed.";
    BULK_TOO_MANY "bulk.too-many" 400 A D
        "More than 1000 hashes."
        "Multiple Hashes Lookup, Response; the status is assumed.";
    AUTH_MISSING "auth.missing" 401 D A
        "No apikey, where keys are configured."
        "Multiple Hashes Lookup, Response Codes; the body's form is assumed."
        ["auth"];
    AUTH_INVALID "auth.invalid" 401 D A
        "An unknown apikey, where keys are configured."
        "Multiple Hashes Lookup, Response Codes; the body's form is assumed."
        ["auth"];
    METHOD_NOT_SUPPORTED "method.not-supported" 400 D A
        "A method that the path does not support, including HEAD and OPTIONS."
        "Multiple Hashes Lookup, Response Codes; the body's form is assumed.";
    TOO_LARGE "request.too-large" 400 A A
        "A body that is larger than the settings allow."
        "No source: assumed."
        ["max-body"];
    ERROR_500 "error.500" 500 A A
        "An internal error, injected."
        "No source: assumed.";
    ERROR_503 "error.503" 503 D A
        "The service is temporarily unavailable, injected."
        "Multiple Hashes Lookup, Response Codes; the body's form is assumed.";
    ROUTE_UNKNOWN "route.unknown" 404 A A
        "A path under /v2/ or /v4/ that is not served."
        "No source: assumed.";
    HASH_FOUND "hash.found" 200 O O
        "The look-up of one hash that has a final result."
        "Published replies of the v2 service.";
    HASH_NOT_FOUND "hash.not-found" 200 O O
        "The look-up of one hash that is unknown, not valid, or without a final result."
        "Hash Lookup, Response, and published replies of the v2 service."
        ["metadefender-cloud.count-unknown"];
    V4_HASH_FOUND "v4.hash.found" 200 O O
        "Version 4: the look-up of one hash that has a final result."
        "Clients of version 4.";
    V4_HASH_REPUTATION "v4.hash.reputation-only" 200 O O
        "Version 4: the look-up of one hash that is known by reputation alone."
        "Clients of version 4, which take a report without scan_results.";
    V4_HASH_NOT_FOUND "v4.hash.not-found" 404 O O
        "Version 4: the look-up of one hash that is unknown, not valid, or without a final result."
        "Clients of version 4, and its published error codes."
        ["metadefender-cloud.count-unknown"];
    V4_BULK_OK "v4.bulk.ok" 200 O O
        "Version 4: a look-up of 1 to 1000 hashes, with the result of at least one."
        "Clients of version 4."
        ["metadefender-cloud.hash-case"];
    V4_BULK_UNKNOWN "v4.bulk.unknown" 200 O O
        "Version 4: a hash of the list is unknown or without a final result."
        "Clients of version 4."
        ["metadefender-cloud.unfinished" "metadefender-cloud.hash-case"];
    V4_BULK_INVALID "v4.bulk.invalid" 400 O O
        "Version 4: hash is missing, not an array, empty, too long, or contains an invalid hash."
        "The published error codes of version 4.";
    V4_AUTH_INVALID "v4.auth.invalid" 401 O O
        "Version 4: no apikey, or an unknown one, where keys are configured."
        "The published error codes of version 4."
        ["auth"];
    V4_MEDIA_TYPE "v4.media-type" 406 O O
        "Version 4: the content type is not JSON, or the body is not."
        "The published error codes of version 4.";
    V4_LIMIT_EXCEEDED "v4.limit.exceeded" 429 O O
        "Version 4: fewer look-ups remain than the list has hashes; none is served."
        "The published error codes of version 4."
        ["metadefender-cloud.lookup-limit" "metadefender-cloud.upload-limit"];
    V4_THROTTLED "v4.throttled" 429 D D
        "With a setting: the key has sent as many uploads and bulk look-ups in an hour as it may."
        "Throttling; that the hour begins with the first request is assumed."
        ["metadefender-cloud.throttle"];
    V4_INFORMATION_FOUND "v4.additional-info.found" 200 D D
        "Version 4: additional information about a file, which a fixture gives."
        "PE Info Lookup, and Application Information Lookup.";
    V4_INFORMATION_NOT_FOUND "v4.additional-info.not-found" 404 O O
        "Version 4: additional information that a known file does not have."
        "The published error codes of version 4.";
    V4_FILE_ACCEPTED "v4.file.accepted" 200 D O
        "Version 4: a file is uploaded."
        "Scanning a file by file upload; a published reply for the body.";
    V4_FILE_EMPTY "v4.file.empty" 400 O O
        "Version 4: an upload without bytes."
        "The published error codes of version 4.";
    V4_FILE_TOO_LARGE "v4.file.too-large" 400 O O
        "Version 4: an upload that is larger than the settings allow."
        "The published error codes of version 4."
        ["max-body"];
    V4_FILE_URL "v4.file.download-url" 400 A A
        "Version 4: downloadfrom instead of a file. Nothing is fetched, so every URL is inaccessible."
        "The text is one of the published error codes; when it comes is assumed.";
    V4_FILE_RESULT "v4.file.result" 200 D O
        "Version 4: the result with this data_id is final."
        "Retrieving scan reports using data ID; published replies for the body."
        ["uploads"];
    V4_FILE_IN_PROGRESS "v4.file.in-progress" 200 D A
        "Version 4: the result with this data_id is in progress."
        "Retrieving scan reports using data ID; its clients read scan_results, the rest of the body is assumed."
        ["metadefender-cloud.file-in-progress" "upload-time"];
    V4_FILE_IN_QUEUE "v4.file.in-queue" 200 D D
        "Version 4, with a setting: the result with this data_id is in progress, and the reply is about the queue alone."
        "Retrieving scan reports using data ID, Example of in-progress file handling."
        ["metadefender-cloud.file-in-progress"];
    V4_FILE_NOT_FOUND "v4.file.not-found" 404 O O
        "Version 4: no result has this data_id."
        "The published error codes of version 4.";
    V4_APIKEY "v4.apikey" 200 D D
        "Version 4: what a key may do."
        "Apikey info.";
    V4_APIKEY_NOT_FOUND "v4.apikey.not-found" 404 D D
        "Version 4: what an unknown key may do, or a request without a key where keys are configured."
        "Apikey info.";
    V4_APIKEY_LIMITS "v4.apikey.limits" 200 D D
        "Version 4: what a key has used of its limits."
        "Apikey limits.";
    V4_APIKEY_LEFT "v4.apikey.limits.status" 200 O O
        "Version 4: what a key has left of its limits."
        "The vendor's SDK.";
    APIKEY "apikey" 200 A A
        "Version 2: a known key asks about itself."
        "A connector tests its connection with it; the body is assumed.";
    V4_ERROR_400 "v4.error.400" 400 O O
        "Version 4: a bad request, injected."
        "The published error codes of version 4.";
    V4_ERROR_403 "v4.error.403" 403 O O
        "Version 4: access forbidden, injected."
        "The published error codes of version 4.";
    V4_ERROR_408 "v4.error.408" 408 O O
        "Version 4: a timeout, injected."
        "The published error codes of version 4.";
    V4_ERROR_503 "v4.error.503" 503 O O
        "Version 4: the service is temporarily unavailable, injected."
        "The published error codes of version 4.";
}

/// The same rows for a list that a setting writes otherwise than the page.
pub static SWITCHED_BULK_OK: Behaviour = assumed(&BULK_OK);
/// See [`SWITCHED_BULK_OK`].
pub static SWITCHED_BULK_UNKNOWN: Behaviour = assumed(&BULK_UNKNOWN);
/// See [`SWITCHED_BULK_OK`].
pub static SWITCHED_BULK_DETAILS: Behaviour = assumed(&BULK_DETAILS);
/// See [`SWITCHED_BULK_OK`].
pub static SWITCHED_BULK_PARTLY_LIMITED: Behaviour = assumed(&BULK_PARTLY_LIMITED);

const fn assumed(row: &'static Behaviour) -> Behaviour {
    Behaviour { status: Grade::Assumed, body: Grade::Assumed, ..*row }
}

/// `method.not-supported` under /v4/: the same row of the catalogue, but the page is about version 2 alone.
pub static V4_METHOD_NOT_SUPPORTED: Behaviour = assumed(&METHOD_NOT_SUPPORTED);
