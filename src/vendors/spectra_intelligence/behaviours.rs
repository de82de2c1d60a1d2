//! The rows of the catalogue that this API answers.

crate::behaviours! { "spectra-intelligence";
    AUTH_MISSING "auth.missing" 401 D A
        "No, an undecodable or a non-Basic Authorization."
        "The service's error codes name 401; realm and body are assumed."
        ["auth"];
    AUTH_INVALID "auth.invalid" 401 D A
        "A wrong user or password, or a suspended account."
        "The service's error codes name 401; realm and body are assumed."
        ["auth"];
    AUTH_FORBIDDEN "auth.forbidden" 403 D D
        "The account has no entitlement for this API."
        "The service's error codes.";
    RATE_EXCEEDED "rate.exceeded" 429 A A
        "More than 10 requests in a second by one account."
        "TCA-0205, introduction, for the limit; the answer is assumed."
        ["spectra-intelligence.rate-limit"];
    QUOTA_EXCEEDED "quota.exceeded" 429 D A
        "The account's daily or monthly quota is used up."
        "The service's error codes name 429; the empty body is assumed."
        ["spectra-intelligence.daily-quota" "spectra-intelligence.monthly-quota"];
    SINGLE_SENT "rescan.single.sent" 200 D D
        "A single rescan of a file that is in storage."
        "TCA-0205, Rescan Single Query, Response."
        ["spectra-intelligence.analysis-time"];
    SINGLE_UNAVAILABLE "rescan.single.unavailable" 404 D D
        "A single rescan of a file that is unknown, or known and not in storage."
        "TCA-0205, Rescan Single Query, Response.";
    SINGLE_INVALID_HASH_TYPE "rescan.single.invalid-hash-type" 400 A A
        "A single rescan with a hash type other than md5, sha1, sha256."
        "No source: assumed.";
    SINGLE_INVALID_HASH "rescan.single.invalid-hash" 400 A A
        "A single rescan with a value that is not a hash of the given type."
        "No source: assumed.";
    BULK_OK "rescan.bulk.ok" 200 D D
        "A bulk rescan of 1 to 100 hashes."
        "TCA-0205, Rescan bulk query, Response."
        ["spectra-intelligence.analysis-time"];
    BULK_EMPTY "rescan.bulk.empty" 200 A A
        "A bulk rescan of no hashes."
        "No source: assumed.";
    BULK_CONVERTED "rescan.bulk.converted" 200 D D
        "A bulk rescan answered in another format than that of the request."
        "TCA-0205, Rescan bulk query, Query parameters.";
    BULK_TOO_MANY "rescan.bulk.too-many" 400 A A
        "A bulk rescan of more than 100 hashes."
        "TCA-0205, General Info, for the limit; the answer is assumed.";
    BULK_INVALID_POST_FORMAT "rescan.bulk.invalid-post-format" 400 A A
        "A bulk rescan whose post format is neither xml nor json."
        "No source: assumed.";
    BULK_INVALID_FORMAT "rescan.bulk.invalid-format" 400 A A
        "A bulk rescan whose format parameter is neither xml nor json."
        "No source: assumed.";
    BULK_MALFORMED "rescan.bulk.malformed" 400 D A
        "A bulk body that does not parse or lacks a part."
        "The service's error codes name 400; the text is assumed.";
    BULK_CONTENT_TYPE "rescan.bulk.content-type" 400 A A
        "A bulk body of another content type than the page demands, with the setting that refuses it."
        "No source: assumed."
        ["spectra-intelligence.content-type"];
    BULK_INVALID_HASH_TYPE "rescan.bulk.invalid-hash-type" 400 A A
        "A bulk rescan with a hash type other than md5, sha1, sha256."
        "No source: assumed.";
    ERROR_500 "error.500" 500 D A
        "An internal error, injected."
        "The service's error codes name 500; the text is assumed.";
    ERROR_503 "error.503" 503 D A
        "The service is unavailable, injected."
        "The service's error codes name 503; the text is assumed.";
    ROUTE_UNKNOWN "route.unknown" 404 A A
        "A path inside the API's prefix that it does not serve."
        "No source: assumed.";
    METHOD_NOT_ALLOWED "method.not-allowed" 405 A A
        "A method that the path does not take."
        "No source: assumed.";
    TOO_LARGE "request.too-large" 413 A A
        "A body that is larger than the settings allow."
        "No source: assumed."
        ["max-body"];
}
