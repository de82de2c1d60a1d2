//! The bodies of this API, keys in the order of the page.
//!
//! Source: 7.1.3.3 for the result of a hash. The two missing commas and the `{...}` are mistakes of the page; an item of
//! `files_in_archive` has `scanned_with` at its end because a real client requires it. 8.1.3.2.2.2, Archive file result
//! (pagination fashion), for what surrounds a part of the files.

mod batch;
mod status;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

pub(super) use self::batch::{
    BatchFile, BatchFiles, BatchProcess, BatchResult, BatchScan, FileProcess, batch_id,
};
pub(super) use self::status::{
    ActiveEngines, Database, EngineHealth, EngineStatus, Health, License, LicenseHealth, ScanQueue,
};
use crate::clock::with_millis;
use crate::journal::{ObjectWriter, json, push_json, push_text, written};

/// The content type of every reply.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// The result of a hash.
pub(super) struct HashResult<'a, D> {
    pub(super) data_id: &'a str,
    pub(super) extracted_files: Option<ExtractedFiles<'a>>,
    pub(super) file_info: FileInfo<'a>,
    pub(super) scan_results: ScanResults<'a, D>,
    pub(super) process_info: ProcessInfo<'a>,
    pub(super) vulnerability_info: Option<&'a Value>,
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
pub(super) struct FileInfo<'a> {
    pub(super) display_name: &'a str,
    pub(super) file_size: u64,
    pub(super) file_type: &'a str,
    pub(super) file_type_description: &'a str,
    pub(super) md5: &'a str,
    pub(super) sha1: &'a str,
    pub(super) sha256: &'a str,
    pub(super) upload_timestamp: Timestamp,
}

/// What the engines found.
pub(super) struct ScanResults<'a, D> {
    pub(super) last_file_scanned: Option<&'a str>,
    pub(super) data_id: &'a str,
    pub(super) progress_percentage: u8,
    pub(super) scan_all_result_a: &'a str,
    pub(super) scan_all_result_i: u16,
    /// Each engine's result by the engine's name, in the order of the fixture.
    pub(super) scan_details: D,
    pub(super) start_time: Timestamp,
    pub(super) total_avs: usize,
    pub(super) total_time: u64,
}

/// What one engine found.
pub(super) struct EngineDetail<'a> {
    pub(super) def_time: Timestamp,
    pub(super) location: &'a str,
    pub(super) scan_result_i: u16,
    pub(super) scan_time: u64,
    pub(super) wait_time: u64,
    pub(super) threat_found: &'a str,
}

/// What came of it.
pub(super) struct ProcessInfo<'a> {
    pub(super) processing_time: u64,
    pub(super) progress_percentage: u8,
    pub(super) user_agent: &'a str,
    pub(super) profile: &'a str,
    pub(super) queue_time: u64,
    pub(super) result: &'a str,
    pub(super) blocked_reason: &'a str,
    pub(super) file_type_skipped_scan: bool,
    pub(super) outdated_data: Vec<&'a str>,
    pub(super) post_processing: Option<&'a Value>,
    pub(super) verdicts: Option<&'a [String]>,
}

/// An instant with milliseconds: `2015-08-14T12:46:59.360Z`.
pub(super) struct Time(pub(super) Timestamp);

/// A processing rule.
#[derive(Serialize)]
pub(super) struct Rule<'a> {
    pub(super) max_file_size: u64,
    pub(super) name: &'a str,
}

impl<'a, D: Iterator<Item = (&'a str, EngineDetail<'a>)>> HashResult<'a, D> {
    /// The body. Through serde it takes four times as many instructions, and the first request for a sample waits for it.
    pub(super) fn body(self) -> Bytes {
        written(|out| {
            let mut result = ObjectWriter::new(out);
            result.text("data_id", self.data_id);
            if let Some(files) = &self.extracted_files {
                push_json(result.field("extracted_files"), files);
            }
            self.file_info.write(result.field("file_info"));
            self.scan_results.write(result.field("scan_results"));
            self.process_info.write(result.field("process_info"));
            match self.vulnerability_info {
                Some(value) => push_json(result.field("vulnerability_info"), value),
                None => ObjectWriter::new(result.field("vulnerability_info")).end(),
            }
            result.end();
        })
    }
}

impl FileInfo<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let mut file = ObjectWriter::new(out);
        file.text("display_name", self.display_name)
            .number("file_size", self.file_size)
            .text("file_type", self.file_type)
            .text("file_type_description", self.file_type_description)
            .plain("md5", self.md5)
            .plain("sha1", self.sha1)
            .plain("sha256", self.sha256)
            .time("upload_timestamp", self.upload_timestamp);
        file.end();
    }
}

impl<'a, D: Iterator<Item = (&'a str, EngineDetail<'a>)>> ScanResults<'a, D> {
    fn write(self, out: &mut Vec<u8>) {
        let mut scan = ObjectWriter::new(out);
        if let Some(name) = self.last_file_scanned {
            scan.text("last_file_scanned", name);
        }
        scan.text("data_id", self.data_id)
            .number("progress_percentage", self.progress_percentage)
            .text("scan_all_result_a", self.scan_all_result_a)
            .number("scan_all_result_i", self.scan_all_result_i);
        let mut engines = ObjectWriter::new(scan.field("scan_details"));
        for (name, engine) in self.scan_details {
            let mut detail = ObjectWriter::new(engines.named(name));
            detail
                .time("def_time", engine.def_time)
                .text("location", engine.location)
                .number("scan_result_i", engine.scan_result_i)
                .number("scan_time", engine.scan_time)
                .number("wait_time", engine.wait_time)
                .text("threat_found", engine.threat_found);
            detail.end();
        }
        engines.end();
        scan.time("start_time", self.start_time)
            .number("total_avs", self.total_avs)
            .number("total_time", self.total_time);
        scan.end();
    }
}

impl ProcessInfo<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let mut process = ObjectWriter::new(out);
        process
            .number("processing_time", self.processing_time)
            .number("progress_percentage", self.progress_percentage)
            .text("user_agent", self.user_agent)
            .text("profile", self.profile)
            .number("queue_time", self.queue_time)
            .text("result", self.result)
            .text("blocked_reason", self.blocked_reason)
            .boolean("file_type_skipped_scan", self.file_type_skipped_scan);
        if !self.outdated_data.is_empty() {
            push_json(process.field("outdated_data"), &self.outdated_data);
        }
        if let Some(value) = self.post_processing {
            push_json(process.field("post_processing"), value);
        }
        if let Some(verdicts) = self.verdicts {
            push_json(process.field("verdicts"), &verdicts);
        }
        process.end();
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&with_millis(self.0))
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
    fn a_result_has_its_fields_in_the_order_of_the_page_and_the_optional_ones_only_if_given() {
        let (empty, text, verdicts) =
            (serde_json::json!({}), serde_json::json!({"z": [1], "a": null}), ["x\"".to_owned()]);
        let result = |has: bool| {
            let engine = |name| {
                let times = (Timestamp::UNIX_EPOCH, "local", "bad \"one\"");
                let (def_time, location, threat_found) = times;
                (
                    name,
                    EngineDetail {
                        def_time,
                        location,
                        scan_result_i: 1,
                        scan_time: 2,
                        wait_time: 3,
                        threat_found,
                    },
                )
            };
            HashResult {
                data_id: "id",
                extracted_files: has.then(ExtractedFiles::default),
                file_info: FileInfo {
                    display_name: "a\\b",
                    file_size: u64::MAX,
                    file_type: "t",
                    file_type_description: "d",
                    md5: "0a",
                    sha1: "0b",
                    sha256: "0c",
                    upload_timestamp: Timestamp::UNIX_EPOCH,
                },
                scan_results: ScanResults {
                    last_file_scanned: has.then_some("l\n"),
                    data_id: "id",
                    progress_percentage: 100,
                    scan_all_result_a: "Clear",
                    scan_all_result_i: 0,
                    scan_details: ["A", "\"B\""].into_iter().filter(move |_| has).map(engine),
                    start_time: Timestamp::UNIX_EPOCH,
                    total_avs: 2,
                    total_time: 7,
                },
                process_info: ProcessInfo {
                    processing_time: 8,
                    progress_percentage: 100,
                    user_agent: "u",
                    profile: "p",
                    queue_time: 9,
                    result: "r",
                    blocked_reason: "",
                    file_type_skipped_scan: has,
                    outdated_data: if has { vec!["configuration"] } else { Vec::new() },
                    post_processing: has.then_some(&empty),
                    verdicts: has.then_some(&verdicts[..]),
                },
                vulnerability_info: has.then_some(&text),
            }
        };
        let text = |has| String::from_utf8(result(has).body().to_vec()).expect("text");
        assert_eq!(
            text(false),
            concat!(
                r#"{"data_id":"id","file_info":{"display_name":"a\\b","file_size":18446744073709551615,"file_type":"t","#,
                r#""file_type_description":"d","md5":"0a","sha1":"0b","sha256":"0c","#,
                r#""upload_timestamp":"1970-01-01T00:00:00.000Z"},"scan_results":{"data_id":"id","#,
                r#""progress_percentage":100,"scan_all_result_a":"Clear","scan_all_result_i":0,"scan_details":{},"#,
                r#""start_time":"1970-01-01T00:00:00.000Z","total_avs":2,"total_time":7},"process_info":{"#,
                r#""processing_time":8,"progress_percentage":100,"user_agent":"u","profile":"p","queue_time":9,"#,
                r#""result":"r","blocked_reason":"","file_type_skipped_scan":false},"vulnerability_info":{}}"#,
            )
        );
        assert_eq!(
            text(true),
            concat!(
                r#"{"data_id":"id","extracted_files":{"files_in_archive":[]},"file_info":{"display_name":"a\\b","#,
                r#""file_size":18446744073709551615,"file_type":"t","file_type_description":"d","md5":"0a","#,
                r#""sha1":"0b","sha256":"0c","upload_timestamp":"1970-01-01T00:00:00.000Z"},"scan_results":{"#,
                r#""last_file_scanned":"l\n","data_id":"id","progress_percentage":100,"scan_all_result_a":"Clear","#,
                r#""scan_all_result_i":0,"scan_details":{"A":{"def_time":"1970-01-01T00:00:00.000Z","#,
                r#""location":"local","scan_result_i":1,"scan_time":2,"wait_time":3,"threat_found":"bad \"one\""},"#,
                r#""\"B\"":{"def_time":"1970-01-01T00:00:00.000Z","location":"local","scan_result_i":1,"#,
                r#""scan_time":2,"wait_time":3,"threat_found":"bad \"one\""}},"#,
                r#""start_time":"1970-01-01T00:00:00.000Z","total_avs":2,"total_time":7},"process_info":{"#,
                r#""processing_time":8,"progress_percentage":100,"user_agent":"u","profile":"p","queue_time":9,"#,
                r#""result":"r","blocked_reason":"","file_type_skipped_scan":true,"#,
                r#""outdated_data":["configuration"],"post_processing":{},"verdicts":["x\""]},"#,
                r#""vulnerability_info":{"z":[1],"a":null}}"#,
            )
        );
    }
}
