//! Bodies of every format at the endpoints that read them; and the journal, which redacts credentials in whatever came.

#![no_main]

use std::cell::RefCell;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Uri};
use libfuzzer_sys::{Corpus, fuzz_target};
use scandouble_fuzz::bounds::Bounds;
use scandouble_fuzz::request::Request;
use scandouble_fuzz::server::Server;

const BOUNDS: Bounds = Bounds { peak: (4 << 20, 2000), total: (16 << 20, 20_000) };

/// Credentials that nothing else in an answer contains.
const TOKEN: &str = "wq7dkz0vtoken";
const KEY: &str = "hj5mxr2bapikey";
const ACCOUNTS: &str = "
accounts:
  spectra_intelligence: [{ user: u/fuzz, password: pn8cly4gpassword }]
  spectra_analyze: [{ user: fuzz, password: tb3vfa6spassword, token: wq7dkz0vtoken }]
  metadefender_cloud: [{ key: hj5mxr2bapikey }]
  metadefender_core: [{ user: fuzz, password: zk9ewu1ipassword, key: hj5mxr2bapikey }]
";
const SECRETS: [&str; 5] = [TOKEN, KEY, "pn8cly4gpassword", "tb3vfa6spassword", "zk9ewu1ipassword"];
/// `u/fuzz` and its password.
const BASIC: &str = "Basic dS9mdXp6OnBuOGNseTRncGFzc3dvcmQ=";

const JSON: &str = "application/json";
const XML: &str = "application/xml";
const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=b0undary";
const OCTETS: &str = "application/octet-stream";

/// Endpoints that read a body, and the types that they are sent. The first byte of an input chooses.
const ENDPOINTS: &[(&str, &str)] = &[
    ("/api/rescan/v1/bulk_query/json", JSON),
    ("/api/rescan/v1/bulk_query/xml", XML),
    ("/api/samples/analyze_bulk/", FORM),
    ("/api/samples/analyze_bulk/", PARTS),
    ("/api/samples/analyze_bulk/", JSON),
    ("/api/samples/v2/analyze_bulk/", JSON),
    ("/api/samples/status/", FORM),
    ("/api/uploads/", PARTS),
    ("/api/submit/url/", FORM),
    ("/api-token-auth/", JSON),
    ("/v2/hash", JSON),
    ("/v4/hash", JSON),
    ("/v4/file", OCTETS),
    ("/file", OCTETS),
    ("/file", PARTS),
    ("/login", JSON),
    ("/file/batch", JSON),
    ("/nobody", XML),
    ("/nobody", PARTS),
];

thread_local! {
    static SERVER: RefCell<Server> =
        RefCell::new(Server::start(|builder| builder.fixtures("builtin:starter").fixtures_text("fuzz.yaml", ACCOUNTS)));
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((first, body)) = input.split_first() else { return Corpus::Reject };
    let Some((path, content_type)) = ENDPOINTS.get(usize::from(*first)) else { return Corpus::Reject };
    let credential = match *path {
        path if path.starts_with("/api/rescan") => ("authorization", BASIC.to_owned()),
        path if path.starts_with("/api") => ("authorization", format!("Token {TOKEN}")),
        _ => ("apikey", KEY.to_owned()),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (HeaderName::from_static(credential.0), HeaderValue::try_from(credential.1).expect("a value")),
    ];
    let requests = [Request::new(Method::POST, &Uri::from_static(path), &headers, body)];
    SERVER.with_borrow_mut(|server| {
        BOUNDS.check(input, || {
            server.ask(&requests[0]).check(&requests[0]);
            let journal = server.journal();
            for secret in SECRETS {
                assert!(!journal.contains(secret), "{secret} is in the journal: {journal}");
            }
            server.reset(&requests);
        });
    });
    Corpus::Keep
});
