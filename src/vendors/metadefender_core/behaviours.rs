//! The behaviours of this API.

use crate::journal::{Behaviour, Grade};

crate::behaviours! { "metadefender-core";
    HASH_FOUND "hash.found" 200 D D
        "The MD5, SHA-1 or SHA-256 of a processed file: its most recent finished result."
        "7.1.3.3, Successful response";
    HASH_FOUND_RULE "hash.found.rule" 200 D D
        "With the header rule: the most recent result under that rule."
        "7.1.3.3, Request HTTP header parameters";
    HASH_RULE_WITHOUT_RESULT "hash.rule-without-result" 200 A A
        "With the header rule, and without a result under that rule: not found."
        "Ruling.";
    HASH_FOUND_ARCHIVE "hash.found.archive" 200 D D
        "The file is an archive: also extracted_files, and last_file_scanned where it is known."
        "7.1.3.3, Successful response with archive detection";
    HASH_IN_PROGRESS "hash.in-progress" 200 D A
        "Processing of the file, or of anything in it, is not finished, and no earlier result exists: progress below 100 and code 255."
        "7.1.3.3, Response description; the combination is a ruling.";
    HASH_NOT_FOUND "hash.not-found" 200 D D
        "The hash is unknown, or not a valid MD5, SHA-1 or SHA-256 (assumed): 200 with the requested text as the key of Not Found."
        "7.1.3.3, Response (not existing hash); for malformed hashes a ruling.";
    ERROR_500 "error.500" 500 D D
        "Injected, or an internal error of the emulator."
        "7.1.3.3, Error response";
    ERROR_503 "error.503" 503 O O
        "Injected: the server is too busy."
        "Clients of MetaDefender Core.";
    AUTH_DENIED "auth.denied" 403 O O
        "Keys are configured, and the apikey header is missing or wrong."
        "Clients of MetaDefender Core.";
    ROUTE_UNKNOWN "route.unknown" 404 A A
        "A path below the API's prefixes that is not served."
        "Ruling.";
    METHOD_NOT_ALLOWED "method.not-allowed" 405 A A
        "A method that the path does not support."
        "Ruling.";
    RULES_LIST "rules.list" 200 O O
        "The processing rules for the agent in the header user_agent, and those for all agents."
        "7.1.3.5, Fetching Available Processing Rules, as its clients read it.";
    FILE_ACCEPTED "file.accepted" 200 O O
        "A file is uploaded, and will be processed."
        "7.1.3.1, Process a File, as its clients use it.";
    FILE_EMPTY "file.empty" 422 O O
        "An empty file is uploaded."
        "Clients of MetaDefender Core.";
    FILE_RESULT "file.result" 200 O O
        "The result with this data_id, finished or not: of an uploaded file, of any other file, or of a file in an archive."
        "7.1.3.2, Fetch Processing Result, as its clients read it.";
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
        "Clients of MetaDefender Core.";
    LOGIN_FAILED "login.failed" 403 O O
        "User name or password is wrong or missing."
        "Clients of MetaDefender Core.";
    LOGOUT_OK "logout.ok" 200 O O
        "The session in the header apikey ends."
        "Clients of MetaDefender Core.";
    LOGOUT_DENIED "logout.denied" 403 O O
        "The header apikey is missing, or holds no open session."
        "Clients of MetaDefender Core.";
    VERSION "version" 200 O O
        "The product and its version."
        "Clients of MetaDefender Core.";
}

/// `hash.not-found` for a malformed hash: the same behaviour, but it is not documented.
pub static HASH_MALFORMED: Behaviour =
    Behaviour { status: Grade::Assumed, body: Grade::Assumed, ..HASH_NOT_FOUND };

/// `hash.not-found` of a file whose unfinished result is hidden by a setting: the same behaviour, but an assumption.
pub static HASH_HIDDEN: Behaviour =
    Behaviour { status: Grade::Assumed, body: Grade::Assumed, ..HASH_NOT_FOUND };
