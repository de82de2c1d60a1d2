//! Spectra Analyze over HTTP.

mod auth;
mod bodies;
mod bulk;
mod bulk_v2;
mod cloud;
mod deletion;
mod dynamic;
mod faults;
mod import_hash;
mod page;
mod queued_before;
mod reports;
mod routes;
mod single;
mod status;
mod token;
mod uploads;
mod url_uploads;

use scandouble::Emulator;
use scandouble::internals::journal::Finding;

use crate::harness::{Answer, Ask, post};

/// Two ordinary samples, a PE file with an import hash, two extracted ones, and one that the appliance lacks.
const SAMPLES: &str = r#"
accounts:
  spectra_analyze: [ {user: scandouble, password: scandouble, token: exampletoken} ]
samples:
  - { name: foobar.txt, content: "foobar\n", verdict: clean }
  - { name: foo.txt, content: "foo\n", verdict: clean }
  - { name: bar.exe, content: "bar\n", verdict: infected, imphash: F34D5F2D4577ED6D9CEEC516C1F5A744 }
  - { name: baz.dll, content: "baz\n", verdict: infected, spectra_analyze: { extracted: true } }
  - { name: qux.dll, content: "qux\n", verdict: infected, spectra_analyze: { extracted: true } }
  - { name: elsewhere.txt, content: "elsewhere\n", verdict: clean, spectra_analyze: { present: false } }
"#;

const FOOBAR: &str = "988881adc9fc3655077dc2d4d757d480b5ea0e11";
const FOO: &str = "f1d2d2f924e986ac86fdf7b36c94bcdf32beec15";
const BAR: &str = "e242ed3bffccdf271b7fbaf34ed72d089537b42f";
const BAZ: &str = "6eadeac2dade6347e87c0d24fd455feffa7069f0";
const QUX: &str = "2d7655bec4c5a09c94a7735a572165acb28ae7af";
const ELSEWHERE: &str = "b25dc57d8d3b93ecbe9f06ee7f7eecea3adeee21";
const NOBODY: &str = "0000000000000000000000000000000000000000";

const FOOBAR_HASHES: &str = concat!(
    r#""sha1":"988881adc9fc3655077dc2d4d757d480b5ea0e11","#,
    r#""sha256":"aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f","#,
    r#""sha512":"e79b8ad22b34a54be999f4eadde2ee895c208d4b3d83f1954b61255d2556a8b73773c0dc0210aa044ffcca6834839460959cbc9f73d3079262fc8bc935d46262","#,
    r#""md5":"14758f1afd44c09b7992073ccf00b43d""#
);
const FOO_HASHES: &str = concat!(
    r#""sha1":"f1d2d2f924e986ac86fdf7b36c94bcdf32beec15","#,
    r#""sha256":"b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c","#,
    r#""sha512":"0cf9180a764aba863a67b6d72f0918bc131c6772642cb2dce5a34f0a702f9470ddc2bf125c12198b1995c233c34b4afd346c54a2334c350a948a51b6e8b4e6b6","#,
    r#""md5":"d3b07384d113edec49eaa6238ad5ff00""#
);
const BAR_HASHES: &str = concat!(
    r#""sha1":"e242ed3bffccdf271b7fbaf34ed72d089537b42f","#,
    r#""sha256":"7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730","#,
    r#""sha512":"cc06808cbbee0510331aa97974132e8dc296aeb795be229d064bae784b0a87a5cf4281d82e8c99271b75db2148f08a026c1a60ed9cabdb8cac6d24242dac4063","#,
    r#""md5":"c157a79031e1c40f85931829bc5fc552""#
);
const BAZ_HASHES: &str = concat!(
    r#""sha1":"6eadeac2dade6347e87c0d24fd455feffa7069f0","#,
    r#""sha256":"bf07a7fbb825fc0aae7bf4a1177b2b31fcf8a3feeaf7092761e18c859ee52a9c","#,
    r#""sha512":"72f25d90ef4cfecda8fa2c47561af5af0a10a92bfd15986b1f916358bf6ac8a37858a14d27329506a3766bad0f34d2e04caf397c1607b4380eb33c97d37dfc37","#,
    r#""md5":"258622b1688250cb619f3c9ccaefb7eb""#
);

/// Derived from the SHA-256.
const BAZ_IMPHASH: &str = "6acfbe8abf7b569137a0659c418c93ce";

const CLOUD_201: &str = r#"{"name":"cloud","code":201,"message":"Sample is queued for analysis."}"#;
const CORE_201: &str = r#"{"name":"core","code":201,"message":"Sample is sent to core analysis."}"#;
const CLOUD_200: &str = r#"{"name":"cloud","code":200,"message":"Sample is already queued for analysis."}"#;
const CORE_200: &str = r#"{"name":"core","code":200,"message":"Sample is already queued for analysis."}"#;
const CLOUD_405: &str = r#"{"name":"cloud","code":405,"message":"Not allowed for this type of appliance."}"#;
const QUEUED: &str = r#""code":201,"message":"Sample is queued for analysis.""#;
const CORE_QUEUED: &str = r#""code":201,"message":"Sample is queued for core analysis.""#;
const ALREADY: &str = r#""code":200,"message":"Sample is already queued for analysis.""#;

const BULK: &str = "/api/samples/analyze_bulk/";
const V2: &str = "/api/samples/v2/analyze_bulk/";
const STATUS: &str = "/api/samples/status/";
const UPLOADS: &str = "/api/uploads/";
const TOKEN: &str = "/api-token-auth/";

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const INVALID_HASH: &str = r#"{"code":400,"message":"Validation error. Value is not valid sha1, sha256, sha512 or md5 hash value."}"#;
const MIXED: &str = r#"{"code":400,"message":"Validation error. All hashes must be of the same type."}"#;
const APPLIANCE: &str = r#"{"code":405,"message":"Not allowed for this type of appliance."}"#;
const EXTRACTED: &str = r#"{"code":405,"message":"Reanalysis not allowed for extracted samples."}"#;

/// A POST with the token of the fixtures.
fn authorized(path: &str) -> Ask {
    post(path).header("Authorization", "Token exampletoken")
}

/// The single endpoint's path for a hash.
fn single(hash: &str) -> String {
    format!("/api/samples/{hash}/analyze/")
}

/// The answer about a sample: code and message, engines, hashes.
fn reanalysis(top: &str, engines: &[&str], hashes: &str) -> String {
    format!(r#"{{{top},"analysis":[{}],"detail":{{{hashes}}}}}"#, engines.join(","))
}

/// The body of a bulk answer with these entries.
fn results(entries: &[&str]) -> String {
    format!(r#"{{"results":[{}]}}"#, entries.join(","))
}

/// The findings about the last request.
fn findings(emulator: &Emulator) -> Vec<Finding> {
    let entries = emulator.world("default").state().journal.snapshot().entries;
    entries.last().expect("a request").reply.findings.clone()
}

/// Asserts a refusal with a documented status and an assumed body.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, body: &str, row: &str) {
    answer.assert_reply(status, JSON, body, &format!("spectra-analyze/{row}"), "documented; body=assumed");
}
