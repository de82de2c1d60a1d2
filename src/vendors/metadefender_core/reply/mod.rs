//! The bodies of this API, keys in the order of the page.
//!
//! Source: 7.1.3.3 for the result of a hash. The two missing commas and the `{...}` are mistakes of the page; an item of
//! `files_in_archive` has `scanned_with` at its end because a real client requires it. 8.1.3.2.2.2, Archive file result
//! (pagination fashion), for what surrounds a part of the files.

mod batch;
mod status;

use bytes::Bytes;
use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

pub(super) use self::batch::{
    BatchFile, BatchFiles, BatchProcess, BatchResult, BatchScan, FileProcess, batch_id,
};
pub(super) use self::status::{
    ActiveEngines, Database, EngineHealth, EngineStatus, Health, License, LicenseHealth, ScanQueue,
};
use crate::clock::WithMillis;
use crate::journal::{json, push_text, written};

/// The content type of every reply.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// The result of a hash.
#[derive(Serialize)]
pub(super) struct HashResult<'a> {
    pub(super) data_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extracted_files: Option<ExtractedFiles<'a>>,
    pub(super) file_info: FileInfo<'a>,
    pub(super) scan_results: ScanResults<'a>,
    pub(super) process_info: ProcessInfo<'a>,
    pub(super) vulnerability_info: VulnerabilityInfo<'a>,
}

/// What was found in an archive. All but the files is for requests that ask for a part of them.
#[derive(Default, Serialize)]
pub(super) struct ExtractedFiles<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files_extracted_count: Option<usize>,
    pub(super) files_in_archive: &'a [ArchivedFile],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worst_data_id: Option<&'a str>,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ArchivedFile {
    pub(super) data_id: String,
    pub(super) detected_by: u64,
    pub(super) display_name: String,
    pub(super) file_size: u64,
    pub(super) file_type: String,
    pub(super) file_type_description: String,
    pub(super) progress_percentage: u8,
    pub(super) scan_all_result_i: u16,
    pub(super) scanned_with: u64,
}

/// The file.
#[derive(Serialize)]
pub(super) struct FileInfo<'a> {
    pub(super) display_name: &'a str,
    pub(super) file_size: u64,
    pub(super) file_type: &'a str,
    pub(super) file_type_description: &'a str,
    pub(super) md5: &'a str,
    pub(super) sha1: &'a str,
    pub(super) sha256: &'a str,
    pub(super) upload_timestamp: Time,
}

/// What the engines found.
#[derive(Serialize)]
pub(super) struct ScanResults<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_file_scanned: Option<&'a str>,
    pub(super) data_id: &'a str,
    pub(super) progress_percentage: u8,
    pub(super) scan_all_result_a: &'a str,
    pub(super) scan_all_result_i: u16,
    pub(super) scan_details: ScanDetails<'a>,
    pub(super) start_time: Time,
    pub(super) total_avs: usize,
    pub(super) total_time: u64,
}

/// Each engine's result by the engine's name, in the order of the fixture.
pub(super) struct ScanDetails<'a>(pub(super) Vec<(&'a str, EngineDetail<'a>)>);

/// What one engine found.
#[derive(Serialize)]
pub(super) struct EngineDetail<'a> {
    pub(super) def_time: Time,
    pub(super) location: &'a str,
    pub(super) scan_result_i: u16,
    pub(super) scan_time: u64,
    pub(super) wait_time: u64,
    pub(super) threat_found: &'a str,
}

/// What came of it.
#[derive(Serialize)]
pub(super) struct ProcessInfo<'a> {
    pub(super) processing_time: u64,
    pub(super) progress_percentage: u8,
    pub(super) user_agent: &'a str,
    pub(super) profile: &'a str,
    pub(super) queue_time: u64,
    pub(super) result: &'a str,
    pub(super) blocked_reason: &'a str,
    pub(super) file_type_skipped_scan: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) outdated_data: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_processing: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdicts: Option<&'a [String]>,
}

/// The value in the fixture, or an empty object.
pub(super) struct VulnerabilityInfo<'a>(pub(super) Option<&'a Value>);

/// An instant with milliseconds: `2015-08-14T12:46:59.360Z`.
pub(super) struct Time(pub(super) Timestamp);

/// A processing rule.
#[derive(Serialize)]
pub(super) struct Rule<'a> {
    pub(super) max_file_size: u64,
    pub(super) name: &'a str,
}

impl Serialize for ScanDetails<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(engine, detail)| (engine, detail)))
    }
}

impl Serialize for VulnerabilityInfo<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(value) => value.serialize(out),
            None => out.serialize_map(Some(0))?.end(),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&WithMillis(self.0))
    }
}

/// The body for a hash that is not found; its key is the requested text, unchanged.
pub(super) fn not_found(requested: &str) -> Bytes {
    // Without serde, which takes 1,000 instructions more.
    written(|out| {
        out.push(b'{');
        push_text(out, requested);
        out.extend_from_slice(br#":"Not Found"}"#);
    })
}

/// A refusal.
pub(super) fn error(message: &str) -> Bytes {
    #[derive(Serialize)]
    struct Refusal<'a> {
        err: &'a str,
    }
    json(&Refusal { err: message })
}

/// The receipt for a file.
pub(super) fn data_id(id: &str) -> Bytes {
    #[derive(Serialize)]
    struct Accepted<'a> {
        data_id: &'a str,
    }
    json(&Accepted { data_id: id })
}

/// A new session, with the token against forged requests that newer versions of the product give beside it.
pub(super) fn session(id: &str, csrf_token: Option<&str>) -> Bytes {
    #[derive(Serialize)]
    struct Session<'a> {
        #[serde(rename = "oms-csrf-token", skip_serializing_if = "Option::is_none")]
        csrf_token: Option<&'a str>,
        session_id: &'a str,
    }
    json(&Session { csrf_token, session_id: id })
}

/// A session that has ended.
pub(super) fn logged_out() -> Bytes {
    Bytes::from_static(br#"{"response":"Logout success"}"#)
}

/// The product and its version.
pub(super) fn version(version: &str) -> Bytes {
    #[derive(Serialize)]
    struct Version<'a> {
        product_id: &'static str,
        version: &'a str,
    }
    json(&Version { product_id: "MSCL", version })
}

/// A list.
pub(super) fn list(items: impl Iterator<Item = impl Serialize>) -> Bytes {
    json(&items.collect::<Vec<_>>())
}

/// One object.
pub(super) fn object(body: &impl Serialize) -> Bytes {
    json(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_escaped_where_json_needs_it_and_nowhere_else() {
        let text = |requested| String::from_utf8(not_found(requested).to_vec()).expect("text");
        assert_eq!(text("ABC/ü<>&'\u{7f}"), "{\"ABC/ü<>&'\u{7f}\":\"Not Found\"}");
        assert_eq!(text("a\"\\\n\u{1}"), r#"{"a\"\\\n\u0001":"Not Found"}"#);
    }

    #[test]
    fn vulnerability_info_is_an_object_unless_said_otherwise() {
        assert_eq!(json(&VulnerabilityInfo(None)), "{}");
        let said = serde_json::json!({"z": [1], "a": null});
        assert_eq!(json(&VulnerabilityInfo(Some(&said))), r#"{"z":[1],"a":null}"#);
    }
}
