//! OPSWAT MetaDefender Core v4: Fetch Processing Result by File Hash, and what its clients need beside it: files sent
//! and their results, batches, sanitised files, the list of rules, sessions, the version, engines, licence, readiness.
//!
//! The page is 7.1.3.3 of the MetaDefender Core user guide: <https://docs.opswat.com/mdcore/metadefender-core>.
//! Refusals come in the order 404, 405, 403; a body that is too large is refused by the endpoints that read it.
//!
//! A sample, the facts of all vendors, becomes a body in these steps: `hash` or `file` finds it, `query` reads the filters of
//! the request, `selection` selects the scan, `opswat::progress` computes how far it is, `archive` adds the contents, `report`
//! derives what no fixture pins, and `reply` has the keys in order. `view` caches what depends on the sample alone.

mod archive;
mod auth;
mod batch;
pub mod behaviours;
mod cache;
mod client;
mod codes;
mod converted;
mod engines;
mod error;
mod fields;
mod file;
mod hash;
mod import;
mod license;
mod outcome;
mod page;
mod query;
mod readyz;
mod reply;
mod report;
mod rules;
mod selection;
mod session;
mod settings;
mod version;
mod view;

use self::behaviours as is;
use crate::vendors::{Check, Decoding, Endpoint, Endpoints, Example, Fixtures, Vendor, Waiting};

/// OPSWAT MetaDefender Core v4. Older clients put `/metascan_rest` in front of every path.
pub static API: Vendor = Vendor {
    name: fields::NAME,
    key: fields::KEY,
    product: "OPSWAT MetaDefender Core v4",
    hosts: &[],
    // `/hash` itself, with or without a slash behind it, is another product's.
    prefixes: &["/hash/", "/file/", "/metascan_rest/hash/", "/metascan_rest/file/"],
    decoding: Decoding::Parameters,
    any_case_methods: false,
    endpoints: Endpoints::new(&[
        Endpoint::get(&["/hash/{hash}", "/metascan_rest/hash/{hash}"], &hash::result)
            .summary("Show the result of a file by its hash")
            .page("7.1.3.3, Fetch Processing Result by File Hash")
            .headers(&["apikey", "rule", "selfonly", "timerange", "include-inprogress"])
            .query(&["first", "size"])
            .answers(&[
                &is::CONTENTS_PAGE,
                &is::HASH_MALFORMED_404,
                &is::HASH_FOUND,
                &is::HASH_FOUND_RULE,
                &is::HASH_RULE_WITHOUT_RESULT,
                &is::HASH_FOUND_ARCHIVE,
                &is::HASH_IN_PROGRESS,
                &is::HASH_NOT_FOUND,
                &is::HASH_SELFONLY,
                &is::HASH_TIMERANGE,
                &is::HASH_INCLUDE_INPROGRESS,
            ]),
        // Before `/file/{data_id}`, which matches this path and `/file/batch` as well: the first row that takes the
        // method is used.
        Endpoint::get(&["/file/rules", "/metascan_rest/file/rules"], &rules::list)
            .summary("List the rules by which files are processed")
            .page("7.1.3.5, Fetching Available Processing Rules")
            .headers(&["apikey", "user_agent"])
            .answers(&[&is::RULES_LIST]),
        Endpoint::post(&["/file", "/metascan_rest/file"], &Waiting(file::upload))
            .summary("Upload a file")
            .page("7.1.3.1, Process a File")
            .examples(&[
                Example::body("application/octet-stream", "harmless"),
                Example::body("application/octet-stream", ""),
            ])
            .headers(&["apikey", "filename", "rule", "workflow", "user_agent", "callbackurl", "batch"])
            .documented(&["archivepwd", "filepath", "metadata"])
            .file()
            .answers(&[
                &is::FILE_ACCEPTED,
                &is::FILE_EMPTY,
                &is::FILE_CHUNKED,
                &is::FILE_CALLBACK_INVALID,
                &is::FILE_BATCH_INVALID,
            ])
            .words(&[
                (411, |_| error::file_chunked()),
                (413, |_| error::file_too_large()),
                (422, |_| error::file_empty()),
            ]),
        Endpoint::post(&["/file/batch"], &batch::create)
            .summary("Open a batch of files")
            .page("Published specification, Initiate Batch")
            .headers(&["apikey", "rule", "user_agent", "user-data"])
            .answers(&[&is::BATCH_CREATED]),
        Endpoint::get(&["/file/batch/{batch_id}"], &batch::status)
            .summary("Show the files of a batch and how far they are")
            .page("Published specification, Status of Batch Analysis")
            .headers(&["apikey"])
            .query(&["first", "size"])
            .answers(&[&is::BATCH_STATUS, &is::BATCH_NOT_FOUND])
            .words(&[(404, |_| error::batch_not_found())]),
        Endpoint::post(&["/file/batch/{batch_id}/close"], &batch::close)
            .summary("Close a batch")
            .page("Published specification, Close Batch")
            .headers(&["apikey"])
            .query(&["first", "size"])
            .answers(&[&is::BATCH_CLOSED, &is::BATCH_NOT_FOUND])
            .words(&[(404, |_| error::batch_not_found())]),
        Endpoint::get(&["/file/{data_id}", "/metascan_rest/file/{data_id}"], &file::result)
            .summary("Show the result of an uploaded file, or how far it is")
            .page("7.1.3.2, Fetch Processing Result")
            .headers(&["apikey"])
            .query(&["first", "size"])
            .answers(&[&is::CONTENTS_PAGE, &is::FILE_RESULT, &is::FILE_RESULT_NOT_FOUND]),
        Endpoint::post(&["/login", "/metascan_rest/login"], &session::login)
            .summary("Open a session")
            .page("7.1.1, Authentication")
            .examples(&[
                Example::json(r#"{"user": "{user}", "password": "{password}"}"#),
                Example::json(r#"{"user": "nobody", "password": "wrong"}"#),
            ])
            .anonymous()
            .fields(&["user", "password"])
            .answers(&[&is::LOGIN_OK, &is::LOGIN_FAILED])
            .words(&[(403, |_| error::login_failed())]),
        Endpoint::post(&["/logout", "/metascan_rest/logout"], &session::logout)
            .summary("End a session")
            .page("7.1.1, Authentication")
            .anonymous()
            .headers(&["apikey"])
            .answers(&[&is::LOGOUT_OK, &is::LOGOUT_DENIED])
            .words(&[(403, |_| error::logout_denied())]),
        Endpoint::get(&["/version", "/metascan_rest/version"], &version::show)
            .summary("Show the product's version")
            .page("Clients of MetaDefender Core")
            .headers(&["apikey"])
            .answers(&[&is::VERSION, &is::VERSION_SESSION]),
        Endpoint::get(&["/file/converted/{data_id}"], &converted::show)
            .summary("Download the sanitised copy of a file")
            .page("Published specification, Download Sanitized Files")
            .headers(&["apikey"])
            .answers(&[&is::CONVERTED, &is::CONVERTED_NOT_FOUND])
            .words(&[(404, |_| error::not_converted())]),
        Endpoint::get(&["/stat/engines"], &engines::list)
            .summary("List the engines")
            .page("Published specification, Engines Status")
            .headers(&["apikey"])
            .answers(&[&is::ENGINES]),
        Endpoint::get(&["/admin/license"], &license::show)
            .summary("Show the licence")
            .page("Published specification, Get Current License Information")
            .headers(&["apikey"])
            .answers(&[&is::LICENSE]),
        Endpoint::get(&["/readyz"], &readyz::show)
            .summary("Show whether the server can process files")
            .page("Health Check API Configuration")
            .public()
            .query(&["verbose"])
            .answers(&[&is::READY, &is::UNREADY]),
    ]),
    not_emulated: &[
        "/archive/*",
        "/admin/*",
        "/file/batch/*",
        "/file/download/*",
        "/file/multipart",
        "/file/multipart/*",
        "/file/sync",
        "/file/webhook/*",
        "/file/webhooks/*",
        "/file/{data_id}/blocked-leaves",
        "/file/{data_id}/cancel",
        "/file/{data_id}/export",
        "/hash/{hash}/*",
        "/quarantine/*",
        "/stat/*",
        "/user/changepassword",
        "/vulnerability/*",
        "/yara/*",
    ],
    // Without `Check::Size`: only the endpoints that read a body refuse one that is too large.
    checks: &[Check::Path, Check::Method, Check::Account],
    auth: auth::AUTH,
    refusals: error::REFUSALS,
    client: client::CLIENT,
    behaviours: behaviours::ALL,
    settings: settings::ALL,
    fixtures: Fixtures { names: view::names, ..fields::FIXTURES },
    importer: Some(import::IMPORTER),
    invalid_hashes: |_| Vec::new(),
};
