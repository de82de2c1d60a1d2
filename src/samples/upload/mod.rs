//! Uploads: files that clients send to a world. A world keeps their hashes and other facts, never their bytes.

mod scan;
mod verdicts;

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Hashes, Sample};
use crate::ids::hex;
use crate::settings::{Pace, Setting, SettingKey};

pub(crate) use scan::{UploadId, new_sample, rescanned_sample, uploaded_hashes};

/// The verdicts of uploaded files that are not known samples.
pub(crate) static VERDICTS: SettingKey<str> = SettingKey::text(
    "uploads",
    "",
    verdicts::check,
    "What uploaded files turn out to be that no fixture knows, by name or hash, the first that fits: \
              *.docm=infected,secret*=suspicious. EICAR is infected, everything else clean.",
);

/// How long an uploaded file is processed.
pub(crate) static TIME: SettingKey<Pace> =
    SettingKey::pace("upload-time", 2, "How long an uploaded file is processed.");

/// How many uploads a world keeps.
pub(crate) static CAPACITY: SettingKey<u64> = SettingKey::count(
    "uploads-kept",
    10_000,
    1..=1_000_000,
    "How many uploads a world keeps, 100 of one file at most; the oldest are forgotten first.",
);

/// The settings of uploads.
pub(crate) static SETTINGS: &[&Setting] = &[VERDICTS.setting(), TIME.setting(), CAPACITY.setting()];

/// An upload without the content of the file.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The API that takes it, by name.
    pub api: &'static str,
    /// The file's name, which may be empty; without one the SHA-256 takes its place.
    pub name: Option<String>,
    /// The client, as it names itself.
    pub agent: Option<String>,
    /// The rule under which it is scanned; `None` for the default rule.
    pub rule: Option<String>,
    /// When it arrived.
    pub at: Timestamp,
    /// How long it is processed.
    pub pace: Pace,
}

/// The outcome of an upload.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its identifier.
    pub id: String,
    /// Its position among all uploads of the world, starting at 1.
    pub number: u64,
    /// The sample of the file.
    pub sample: Arc<Sample>,
}

impl Receipt {
    /// A summary for the journal.
    #[must_use]
    pub fn summary(&self) -> String {
        let sample = &self.sample;
        let found = sample
            .scans
            .iter()
            // From the end, where the scan of a recent upload is.
            .rev()
            .find(|scan| scan.cause.upload().is_some_and(|upload| upload.id == self.id));
        let verdict = found.map_or("", |scan| scan.verdict.word());
        let sha256 = hex(&sample.key());
        format!("took a file of {} bytes as {sha256}, which is {verdict} once it is processed", sample.size)
    }
}

/// The facts of a file's content.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its hashes.
    pub hashes: Hashes,
    /// Its size in bytes.
    pub size: u64,
    is_eicar: bool,
}

impl Content {
    /// Reads a file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { hashes: Hashes::of(bytes), size: bytes.len() as u64, is_eicar: is_eicar(bytes) }
    }
}

/// Whether this is the EICAR test file: its 68 bytes, and white space behind them up to 128 bytes in all. The bytes are
/// known here by their SHA-256, so that virus scanners do not report this program.
#[must_use]
pub(crate) fn is_eicar(bytes: &[u8]) -> bool {
    const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
    let Some((test, rest)) = bytes.split_at_checked(68) else { return false };
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x1a);
    bytes.len() <= 128 && rest.iter().all(is_blank) && hex(&Sha256::digest(test)) == SHA256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eicar_file_is_recognized_with_trailing_white_space() {
        let half = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR";
        let test = format!("{half}-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
        assert_eq!(test.len(), 68);
        let is = |text: &str| Content::of(text.as_bytes()).is_eicar;
        assert!(is(&test) && is(&format!("{test}\r\n\t \u{1a}")) && is(&format!("{test:128}")));
        for other in ["", half, &test[1..], &format!("{test}x"), &format!(" {test}"), &format!("{test:129}")]
        {
            assert!(!is(other), "{other:?}");
        }
    }
}
