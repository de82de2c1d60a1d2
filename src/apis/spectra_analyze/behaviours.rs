//! The rows of the catalogue that this API answers.

use crate::behaviours;

behaviours! { "spectra-analyze";
    AUTH_MISSING "auth.missing" D O "No `Authorization`, or a scheme other than `Token`." "The page's examples; published replies of appliances.";
    AUTH_INVALID "auth.invalid" D O "An unknown token." "The page's examples; published replies of appliances.";
    AUTH_NO_CREDENTIALS "auth.no-credentials" D O "`Token` alone." "The page's examples; the framework's words.";
    AUTH_SPACES "auth.spaces" D O "A token with a space in it." "The page's examples; the framework's words.";
    SINGLE_QUEUED "analyze.single.queued" D D "At least one engine newly queued." "Reanalyze a single sample, Response Examples.";
    SINGLE_ALREADY_QUEUED "analyze.single.already-queued" D D "Every asked engine still has the sample queued." "Reanalyze a single sample, Response Status Codes.";
    SINGLE_INVALID_HASH "analyze.single.invalid-hash" D A "The value is no md5, sha1, sha256 or sha512." "Reanalyze a single sample, Response Status Codes.";
    SINGLE_INVALID_ANALYSIS "analyze.single.invalid-analysis" D A "`analysis` is missing or empty, or has a value other than `cloud` and `core`." "Reanalyze a single sample, Request Parameters.";
    SINGLE_NOT_FOUND "analyze.single.not-found" D A "The appliance does not have the sample." "Reanalyze a single sample, Response Status Codes.";
    SINGLE_EXTRACTED "analyze.single.extracted" D A "The sample was extracted from another." "Reanalyze a single sample, Response Status Codes.";
    SINGLE_APPLIANCE "analyze.single.appliance" D A "This type of appliance may not reanalyse, or refuses every engine that was asked." "Reanalyze a single sample, Response Status Codes.";
    BULK_QUEUED "analyze.bulk.queued" D D "Any engine of any sample newly queued." "Reanalyze multiple samples, Response Examples.";
    BULK_ALREADY_QUEUED "analyze.bulk.already-queued" D D "Nothing newly queued." "Reanalyze multiple samples, Response Status Codes.";
    BULK_UNKNOWN_SAMPLE "analyze.bulk.unknown-sample" A A "The appliance does not have some of the samples, or any." "Ruling.";
    BULK_EXTRACTED_SAMPLE "analyze.bulk.extracted-sample" A A "Some of the samples were extracted from others." "Ruling.";
    BULK_ALL_EXTRACTED "analyze.bulk.all-extracted" D A "Every sample was extracted from another." "Reanalyze multiple samples, Response Status Codes.";
    BULK_APPLIANCE "analyze.bulk.appliance" D A "This type of appliance may not reanalyse." "Reanalyze multiple samples, Response Status Codes.";
    BULK_INVALID_HASH "analyze.bulk.invalid-hash" D A "One of the hashes is malformed." "Reanalyze multiple samples, Response Status Codes.";
    BULK_MIXED_TYPES "analyze.bulk.mixed-types" D A "Hashes of more than one type." "Reanalyze multiple samples, Request Parameters.";
    BULK_NO_HASHES "analyze.bulk.no-hashes" D A "`hash_value` is missing, or an empty list." "Reanalyze multiple samples, Request Parameters.";
    BULK_INVALID_ANALYSIS "analyze.bulk.invalid-analysis" D A "`analysis` is missing or empty, or has a value other than `cloud` and `core`." "Reanalyze multiple samples, Request Parameters.";
    REQUEST_MALFORMED "request.malformed" A A "A body that does not parse, or JSON that is no object." "The framework's words.";
    REQUEST_MEDIA_TYPE "request.media-type" A A "A body other than JSON, urlencoded or multipart." "The framework's words.";
    REQUEST_TOO_LARGE "request.too-large" A A "A body larger than the settings allow." "Ruling.";
    METHOD_NOT_ALLOWED "method.not-allowed" A A "Any method but POST; OPTIONS describes the endpoint." "The framework's words.";
    ROUTE_NO_SLASH "route.no-slash" A A "A served path without its trailing slash." "The framework's habit.";
    ROUTE_UNKNOWN "route.unknown" A A "A path inside the API's prefixes that it does not serve." "The framework's page.";
    ERROR_500 "error.500" A A "Injected, or a fault in the emulator." "Ruling.";
    ERROR_503 "error.503" A A "Injected." "Ruling.";
    TOKEN_ISSUED "token.issued" O O "User name and password are right." "Real clients.";
    TOKEN_REFUSED "token.refused" O O "User name or password is wrong, or the account is inactive." "Real clients; the framework's words.";
    TOKEN_MISSING_FIELD "token.missing-field" O O "User name or password is missing or blank." "Real clients; the framework's words.";
    STATUS_OK "status.ok" O O "Which of the samples the appliance has processed." "Real clients.";
    STATUS_INVALID "status.invalid" O O "No hashes, malformed ones, or hashes of more than one type." "Real clients.";
    V2_QUEUED "analyze-v2.queued" O O "Any engine of any sample newly queued." "Real clients.";
    V2_ALREADY_QUEUED "analyze-v2.already-queued" O O "Nothing newly queued." "Real clients.";
    V2_UNKNOWN_SAMPLE "analyze-v2.unknown-sample" O O "The appliance does not have some of the samples, or any." "Real clients.";
    V2_NOT_CONFIGURED "analyze-v2.not-configured" O O "An engine was asked that is not configured." "Real clients.";
    V2_INVALID "analyze-v2.invalid" O O "An unknown engine, no platform for the cloud sandbox, or hashes that bulk refuses too." "Real clients.";
    UPLOAD_DONE "upload.done" O O "A file is uploaded." "Real clients.";
    UPLOAD_INVALID "upload.invalid" O O "An upload without a file, or with an empty one." "Real clients; the framework's words.";
}
