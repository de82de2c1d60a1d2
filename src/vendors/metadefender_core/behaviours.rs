//! The behaviours of this API.

use crate::journal::{Behaviour, Grade};

crate::behaviours! { "metadefender-core";
    HASH_FOUND "hash.found" 200 D D
        "The MD5, SHA-1 or SHA-256 of a processed file: its most recent result, or its most recent finished one while a newer one is unfinished (assumed)."
        "7.1.3.3, Successful response; for the unfinished one assumed."
        ["metadefender-core.engine-definitions"];
    HASH_FOUND_RULE "hash.found.rule" 200 D D
        "With the header rule: the most recent result under that rule."
        "7.1.3.3, Request HTTP header parameters";
    HASH_RULE_WITHOUT_RESULT "hash.rule-without-result" 200 A A
        "With the header rule, and without a result under that rule: not found."
        "No source: assumed.";
    HASH_FOUND_ARCHIVE "hash.found.archive" 200 D D
        "The file is an archive: also extracted_files, and last_file_scanned where it is known."
        "7.1.3.3, Successful response with archive detection";
    CONTENTS_PAGE "contents.page" 200 D D
        "With the query parameter first or size: this part of the files in an archive, and which part it is."
        "8.1.3.2.2.2, Archive file result (pagination fashion); for the hash the published specification.";
    HASH_IN_PROGRESS "hash.in-progress" 200 D A
        "Processing of the file, or of anything in it, is not finished, and no earlier result exists: progress below 100 and code 255."
        "7.1.3.3, Response description; the combination is assumed."
        ["metadefender-core.include-inprogress"];
    HASH_NOT_FOUND "hash.not-found" 200 D D
        "The hash is unknown, or not a valid MD5, SHA-1 or SHA-256 (assumed): 200 with the requested text as the key of Not Found."
        "7.1.3.3, Response (not existing hash); for malformed hashes assumed."
        ["metadefender-core.include-inprogress" "metadefender-core.malformed-hash-404"];
    HASH_MALFORMED_404 "hash.malformed" 404 A A
        "With a setting, as in versions from 5 on: the hash is not a valid MD5, SHA-1 or SHA-256."
        "No source: assumed."
        ["metadefender-core.malformed-hash-404"];
    ERROR_500 "error.500" 500 D D
        "Injected, or an internal error of the emulator."
        "7.1.3.3, Error response";
    ERROR_503 "error.503" 503 O O
        "Injected: the server is too busy."
        "Clients of MetaDefender Core.";
    AUTH_DENIED "auth.denied" 403 O O
        "Keys are configured, and the apikey header is missing or wrong."
        "Clients of MetaDefender Core."
        ["auth" "metadefender-core.session-idle"];
    ROUTE_UNKNOWN "route.unknown" 404 A A
        "A path below the API's prefixes that is not served."
        "No source: assumed.";
    METHOD_NOT_ALLOWED "method.not-allowed" 405 A A
        "A method that the path does not support."
        "No source: assumed.";
    RULES_LIST "rules.list" 200 O O
        "The processing rules for the agent in the header user_agent, and those for all agents."
        "7.1.3.5, Fetching Available Processing Rules, as its clients read it.";
    FILE_ACCEPTED "file.accepted" 200 O O
        "A file is uploaded, and will be processed."
        "7.1.3.1, Process a File, as its clients use it.";
    FILE_EMPTY "file.empty" 422 O O
        "An empty file is uploaded."
        "Clients of MetaDefender Core.";
    FILE_CHUNKED "file.chunked" 411 D D
        "A file is uploaded without the header Content-Length, such as in chunks."
        "The published specification of MetaDefender Core.";
    FILE_CALLBACK_INVALID "file.callback-invalid" 400 D D
        "The header callbackurl is not a URL."
        "The published specification of MetaDefender Core.";
    FILE_BATCH_INVALID "file.batch-invalid" 400 A A
        "The header batch names a batch that does not exist, is closed, or has 10,000 files."
        "No source: assumed.";
    FILE_RESULT "file.result" 200 O O
        "The result with this data_id, finished or not: of an uploaded file, of any other file, or of a file in an archive."
        "7.1.3.2, Fetch Processing Result, as its clients read it."
        ["upload-time" "uploads"];
    FILE_RESULT_NOT_FOUND "file.result.not-found" 200 O O
        "No result has this data_id: 200 with the requested text as the key of Not Found."
        "Clients of MetaDefender Core.";
    HASH_SELFONLY "hash.selfonly" 200 O O
        "With the header selfonly: true, results of the file as part of an archive are ignored."
        "Clients of MetaDefender Core.";
    HASH_TIMERANGE "hash.timerange" 200 O O
        "With the header timerange, only results of the last hours are considered."
        "Clients of MetaDefender Core.";
    HASH_INCLUDE_INPROGRESS "hash.include-inprogress" 200 D D
        "With the header include-inprogress: true returns an unfinished result if no finished one exists, false never."
        "The published specification of MetaDefender Core.";
    LOGIN_OK "login.ok" 200 O O
        "User name and password are correct: a session, which can be used as apikey."
        "Clients of MetaDefender Core."
        ["metadefender-core.login-csrf-token"];
    LOGIN_FAILED "login.failed" 403 O O
        "User name or password is wrong or missing."
        "Clients of MetaDefender Core.";
    LOGOUT_OK "logout.ok" 200 O O
        "The session in the header apikey ends."
        "Clients of MetaDefender Core.";
    LOGOUT_DENIED "logout.denied" 403 O O
        "The header apikey is missing, or holds no open session."
        "Clients of MetaDefender Core."
        ["metadefender-core.session-idle"];
    VERSION "version" 200 O O
        "The product and its version."
        "Clients of MetaDefender Core."
        ["metadefender-core.version"];
    VERSION_SESSION "version.session" 403 A A
        "With a setting: the version is asked for without an open session or the key of an account."
        "No source: assumed."
        ["metadefender-core.version-session"];
    BATCH_CREATED "batch.created" 200 D D
        "A batch is created, to which files can be added with the header batch."
        "The published specification of MetaDefender Core, Initiate Batch.";
    BATCH_STATUS "batch.status" 200 D D
        "The files of a batch, 50 at once unless the request says otherwise, and their result."
        "The published specification of MetaDefender Core, Status of Batch Analysis; how the results of the files become one is assumed.";
    BATCH_CLOSED "batch.closed" 200 D D
        "A batch is closed: it takes no more files."
        "The published specification of MetaDefender Core, Close Batch.";
    BATCH_NOT_FOUND "batch.not-found" 404 D D
        "No batch has this identifier."
        "The published specification of MetaDefender Core, Status of Batch Analysis.";
    CONVERTED "converted.found" 200 D D
        "The sanitised version of a file, where a fixture gives one."
        "The published specification of MetaDefender Core, Download Sanitized Files.";
    CONVERTED_NOT_FOUND "converted.not-found" 404 D D
        "No result has this data_id, or there is no sanitised version of its file."
        "The published specification of MetaDefender Core, Download Sanitized Files.";
    ENGINES "stat.engines" 200 D D
        "The engines of the product, and their definitions where fixtures or a setting say them, otherwise an empty text."
        "The published specification of MetaDefender Core, Engines Status."
        ["metadefender-core.engine-definitions"];
    LICENSE "license" 200 D D
        "The licence of the product, for callers with an open session or the key of an account."
        "The published specification of MetaDefender Core, Get Current License Information, whose example has a text for licensed_engines."
        ["metadefender-core.license-days"];
    READY "readyz.ready" 200 D A
        "The product can process files; with the query verbose=true, why."
        "Health Check API Configuration; the body of verbose replies by the vendor's SDK.";
    UNREADY "readyz.unready" 503 D A
        "With a setting: the licence has expired."
        "Health Check API Configuration; the body is assumed."
        ["metadefender-core.license-days"];
}

/// The same behaviour where a newer result is unfinished. That a finished one is then returned is an assumption.
const fn earlier(behaviour: &Behaviour) -> Behaviour {
    Behaviour { body: Grade::Assumed, ..*behaviour }
}

/// `hash.found`, and a newer result is unfinished.
pub static HASH_FOUND_EARLIER: Behaviour = earlier(&HASH_FOUND);

/// `hash.found.rule`, and a newer result under the rule is unfinished.
pub static HASH_FOUND_RULE_EARLIER: Behaviour = earlier(&HASH_FOUND_RULE);

/// `hash.found.archive`, and a newer result is unfinished.
pub static HASH_FOUND_ARCHIVE_EARLIER: Behaviour = earlier(&HASH_FOUND_ARCHIVE);

/// `hash.not-found` for a malformed hash: the same behaviour, but it is not documented.
pub static HASH_MALFORMED: Behaviour =
    Behaviour { status: Grade::Assumed, body: Grade::Assumed, ..HASH_NOT_FOUND };

/// `hash.not-found` of a file whose unfinished result is hidden by a setting: the same behaviour, but an assumption.
pub static HASH_HIDDEN: Behaviour =
    Behaviour { status: Grade::Assumed, body: Grade::Assumed, ..HASH_NOT_FOUND };
