//! What can be switched in this API.

use crate::settings::{SettingKey, settings, words};

settings! {
    /// All of them.
    pub(super) ALL:
    pub(super) LOOKUP_LIMIT: u64 = SettingKey::count("metadefender-cloud.lookup-limit", 4_000, 0..=u64::MAX)
        "Hashes that one key may look up in the 24 hours from its first request.";
    pub(super) UPLOAD_LIMIT: u64 = SettingKey::count("metadefender-cloud.upload-limit", 4_000, 0..=u64::MAX)
        "Files that one key may upload in the 24 hours from its first upload.";
    pub(super) COUNT_UNKNOWN: bool = SettingKey::flag("metadefender-cloud.count-unknown", true)
        "Whether the look-up of a hash without a result counts against the limit.";
    pub(super) UNFINISHED: Unfinished = Unfinished::key("metadefender-cloud.unfinished")
        "What a bulk reply says of a hash that has only an unfinished result: the result 5 alone, or with the data_id of \
         that result.";
    pub(super) FILE_IN_PROGRESS: FileInProgress = FileInProgress::key("metadefender-cloud.file-in-progress")
        "What GET /v4/file/{data_id} returns until the result is final: a report with its progress, as clients read it, or the \
         place in the queue alone, as the vendor's page shows it.";
    pub(super) THROTTLE: u64 = SettingKey::count("metadefender-cloud.throttle", 0, 0..=u64::MAX)
        "Uploads and bulk look-ups of version 4 that one key may send in the hour from its first one, 9 for the vendor's free \
         keys; 0 is no limit.";
    pub(super) HASH_CASE: HashCase = HashCase::key("metadefender-cloud.hash-case")
        "Whether a bulk reply repeats a hash as sent or in upper case. Text that is not a valid hash stays as sent.";
    pub(super) RESULT_KEY: ResultKey = ResultKey::key("metadefender-cloud.result-key")
        "The field with the result in a bulk reply: one name, or both. With later-revision, as later revisions of the \
         vendor's page have it, a hash with a result has scan_result_i, and one without has both.";
}

words! {
    /// What a list says of a hash that has only an unfinished result.
    pub(super) enum Unfinished {
        /// The result 5, and null.
        Hidden = "hidden",
        /// The result 5, and the data_id of the unfinished result.
        DataId = "data-id",
    }

    /// What the result of an upload is while it is in progress.
    pub(super) enum FileInProgress {
        /// A report with its progress.
        Report = "report",
        /// The place in the queue alone.
        Queue = "queue",
    }

    /// How hashes are repeated in a bulk reply.
    pub(super) enum HashCase {
        /// As they were sent.
        AsSent = "as-sent",
        /// In upper case.
        Upper = "upper",
    }

    /// The fields with the result of an item in a bulk reply.
    pub(super) enum ResultKey {
        /// Under `scan_result`.
        Plain = "scan_result",
        /// Under `scan_result_i`.
        Numbered = "scan_result_i",
        /// Under both.
        Both = "both",
        /// Under `scan_result_i` if there is a result, else under both.
        Later = "later-revision",
    }
}

impl ResultKey {
    /// Whether an item has `scan_result`, and whether it has `scan_result_i`.
    pub(super) fn fields(self, has_result: bool) -> (bool, bool) {
        match self {
            Self::Plain => (true, false),
            Self::Numbered => (false, true),
            Self::Both => (true, true),
            Self::Later => (!has_result, true),
        }
    }
}
