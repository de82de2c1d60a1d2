//! Derivation of the facts that a fixture omits from those that it gives. The result is the same on every machine and in
//! every run.

use jiff::{SignedDuration, Timestamp};

use super::{EngineResult, FileType, HashKind, Hashes, Verdict};
use crate::document::TimeSpec;
use crate::ids::{derived, derived_number, derived_numbers, hex};

/// The hashes that a fixture gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenHashes {
    /// MD5.
    pub md5: Option<[u8; 16]>,
    /// SHA-1.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256.
    pub sha256: Option<[u8; 32]>,
    /// SHA-512.
    pub sha512: Option<[u8; 64]>,
    /// Import hash.
    pub imphash: Option<[u8; 16]>,
}

impl GivenHashes {
    /// Fills in the hashes that are missing; `None` if none is given at all.
    #[must_use]
    pub(crate) fn complete(&self) -> Option<Hashes> {
        // Never change this order: the missing hashes follow from the first one here, and existing fixtures would give
        // others.
        let seed: Vec<u8> = if let Some(bytes) = self.sha256 {
            bytes.to_vec()
        } else if let Some(bytes) = self.sha1 {
            bytes.to_vec()
        } else if let Some(bytes) = self.md5 {
            bytes.to_vec()
        } else {
            self.sha512?.to_vec()
        };
        let mut synthetic = Vec::new();
        Some(Hashes {
            md5: self.md5.unwrap_or_else(|| fill(&seed, HashKind::Md5, &mut synthetic)),
            sha1: self.sha1.unwrap_or_else(|| fill(&seed, HashKind::Sha1, &mut synthetic)),
            sha256: self.sha256.unwrap_or_else(|| fill(&seed, HashKind::Sha256, &mut synthetic)),
            sha512: self.sha512.unwrap_or_else(|| fill(&seed, HashKind::Sha512, &mut synthetic)),
            imphash: self.imphash,
            synthetic,
        })
    }
}

fn fill<const N: usize>(seed: &[u8], kind: HashKind, synthetic: &mut Vec<HashKind>) -> [u8; N] {
    synthetic.push(kind);
    let mut bytes = [0; N];
    // A derived value has 32 bytes, and a SHA-512 takes two.
    for (part, chunk) in bytes.chunks_mut(32).enumerate() {
        let more = derived(seed, &format!("{}{part}", kind.name()));
        chunk.copy_from_slice(&more[..chunk.len()]);
    }
    bytes
}

/// An import hash for a PE file of which none is given.
#[must_use]
pub(crate) fn imphash(sha256: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&derived(sha256, "imphash")[..16]);
    bytes
}

/// Extension, media type, description, category.
const FILE_TYPES: &[(&str, &str, &str, &str)] = &[
    ("exe", "application/x-dosexec", "PE32 executable (GUI) Intel 80386, for MS Windows", "E"),
    ("dll", "application/x-dosexec", "PE32 executable (DLL) Intel 80386, for MS Windows", "E"),
    ("sys", "application/x-dosexec", "PE32+ executable (native) x86-64, for MS Windows", "E"),
    ("msi", "application/x-msi", "Composite Document File V2 Document, MSI Installer", "E"),
    ("elf", "application/x-executable", "ELF 64-bit LSB executable, x86-64", "E"),
    ("apk", "application/vnd.android.package-archive", "Android application package", "E"),
    ("com", "application/x-dosexec", "MS-DOS executable", "E"),
    ("txt", "text/plain", "ASCII text", "T"),
    ("html", "text/html", "HTML document, ASCII text", "T"),
    ("js", "application/javascript", "JavaScript source, ASCII text", "T"),
    ("vbs", "text/vbscript", "VBScript source, ASCII text", "T"),
    ("ps1", "text/plain", "PowerShell script, ASCII text", "T"),
    ("sh", "text/x-shellscript", "POSIX shell script, ASCII text executable", "T"),
    ("json", "application/json", "JSON data", "T"),
    ("xml", "text/xml", "XML 1.0 document, ASCII text", "T"),
    ("pdf", "application/pdf", "PDF document, version 1.7", "D"),
    ("doc", "application/msword", "Composite Document File V2 Document", "D"),
    ("xls", "application/vnd.ms-excel", "Composite Document File V2 Document", "D"),
    ("rtf", "text/rtf", "Rich Text Format data, version 1", "D"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Microsoft Word 2007+",
        "D",
    ),
    ("docm", "application/vnd.ms-word.document.macroEnabled.12", "Microsoft Word 2007+", "D"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Microsoft Excel 2007+",
        "D",
    ),
    ("zip", "application/zip", "Zip archive data, at least v2.0 to extract", "A"),
    ("7z", "application/x-7z-compressed", "7-zip archive data, version 0.4", "A"),
    ("rar", "application/x-rar", "RAR archive data, v5", "A"),
    ("gz", "application/x-gzip", "gzip compressed data", "A"),
    ("tgz", "application/x-gzip", "gzip compressed data", "A"),
    ("tar", "application/x-tar", "POSIX tar archive (GNU)", "A"),
    ("iso", "application/x-iso9660-image", "ISO 9660 CD-ROM filesystem data", "A"),
    ("jpg", "image/jpeg", "JPEG image data", "G"),
    ("png", "image/png", "PNG image data", "G"),
    ("gif", "image/gif", "GIF image data, version 89a", "G"),
    ("mp4", "video/mp4", "ISO Media, MP4 v2", "M"),
    ("mp3", "audio/mpeg", "MPEG ADTS, layer III", "M"),
];

/// The type of a file by its name, where the fixture says nothing; unknown names are plain data.
#[must_use]
pub(crate) fn file_type(name: &str, mime: Option<&str>, description: Option<&str>) -> FileType {
    let extension = name.rsplit_once('.').map_or(String::new(), |(_, end)| end.to_ascii_lowercase());
    let by_name = FILE_TYPES.iter().find(|row| row.0 == extension);
    let by_mime = mime.and_then(|mime| FILE_TYPES.iter().find(|row| row.1 == mime));
    let row = match mime {
        // Several rows have one media type; the name tells them apart. A name that contradicts the type is ignored.
        Some(mime) => by_name.filter(|row| row.1 == mime).or(by_mime),
        None => by_name,
    };
    FileType {
        mime: mime.or(row.map(|row| row.1)).unwrap_or("application/octet-stream").to_owned(),
        description: description.or(row.map(|row| row.2)).unwrap_or("data").to_owned(),
        category: row.map_or("O", |row| row.3).to_owned(),
        extension,
    }
}

/// A size between 1 KiB and 4 MiB.
#[must_use]
pub(crate) fn size(seed: &[u8]) -> u64 {
    1024 + derived_number(seed, "size", 4 * 1024 * 1024 - 1024)
}

/// An instant in the year 2025, in whole milliseconds.
#[must_use]
pub(crate) fn scanned_at(seed: &[u8]) -> TimeSpec {
    const YEAR_2025_MS: i64 = 1_735_689_600_000;
    const YEAR_MS: u64 = 365 * 86_400_000;
    let offset = derived_number(seed, "scanned_at", YEAR_MS).cast_signed();
    TimeSpec::At(Timestamp::from_millisecond(YEAR_2025_MS + offset).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// When the scan at `place` of a sample began, counted from 0: the first in 2025, each later one a day after.
#[must_use]
pub(crate) fn later_scan(seed: &[u8], place: usize) -> TimeSpec {
    // Bounded, so that the hours below cannot overflow.
    let days = i64::try_from(place).unwrap_or(i64::MAX).min(100_000);
    match scanned_at(seed) {
        TimeSpec::At(at) => {
            TimeSpec::At(at.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(at))
        }
        TimeSpec::Offset(offset) => TimeSpec::Offset(offset),
    }
}

/// What an engine does with a sample where the fixture does not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Milliseconds that its scan takes, at most 180.
    pub scan_ms: u64,
    /// Milliseconds that its result takes beyond that, below 20.
    pub extra_ms: u64,
    // How old its definitions are, up to three days.
    hours: u64,
    // Whether it finds what others find; one in four does not.
    finds: bool,
}

impl Habits {
    /// Those of an engine, by its name.
    #[must_use]
    pub(crate) fn of(seed: &[u8], engine: &str) -> Self {
        let [scan, extra_ms, hours, misses] = derived_numbers(seed, engine, [180, 20, 72, 4]);
        Self { scan_ms: 1 + scan, extra_ms, hours: 1 + hours, finds: misses > 0 }
    }

    /// The age of its definitions for a scan that began at `at`.
    #[must_use]
    pub(crate) fn definitions(&self, at: TimeSpec) -> TimeSpec {
        earlier(at, SignedDuration::from_hours(self.hours.cast_signed()))
    }
}

/// A threat name that suits the verdict; empty for verdicts that report none.
#[must_use]
pub(crate) fn threat(seed: &[u8], verdict: Verdict) -> String {
    if !verdict.is_threat() {
        return String::new();
    }
    const FAMILIES: [&str; 8] =
        ["Agent", "Dropper", "Injector", "Kryptik", "Stealer", "Loader", "Banker", "Ransom"];
    let family = FAMILIES[derived_number(seed, "family", 8) as usize];
    let variant = hex(&derived(seed, "variant")[..2]);
    let kind = if verdict == Verdict::Suspicious { "Heuristic" } else { "Trojan" };
    format!("{kind}.{family}.{variant}")
}

/// The engines that are derived.
pub(crate) const ENGINES: [&str; 8] =
    ["Ahnlab", "Avira", "BitDefender", "ClamAV", "ESET", "Ikarus", "Quick Heal", "Sophos"];

/// Results of eight engines that consolidate to `verdict`, for a scan that began at `at`.
#[must_use]
pub(crate) fn engines(seed: &[u8], verdict: Verdict, threat: &str, at: TimeSpec) -> Vec<EngineResult> {
    // Verdicts that rank below a clean result only win if no engine says clean.
    let unanimous = Verdict::consolidate([verdict, Verdict::Clean]) == Some(Verdict::Clean);
    ENGINES
        .iter()
        .enumerate()
        .map(|(place, engine)| {
            let habits = Habits::of(seed, engine);
            // At least one engine must find it, or the results would not consolidate to the verdict: the fourth always
            // does.
            let verdict = if unanimous || place == 3 || habits.finds { verdict } else { Verdict::Clean };
            // A skipped file was not scanned: it took no time, and no threat was found.
            let skipped = matches!(verdict, Verdict::Whitelisted | Verdict::Blacklisted);
            let is_threat = verdict.is_threat() && !skipped;
            EngineResult {
                engine: (*engine).to_owned(),
                verdict,
                threat: if is_threat { threat.to_owned() } else { String::new() },
                definitions: habits.definitions(at),
                scan_ms: if skipped { 0.0 } else { habits.scan_ms as f64 },
                wait_ms: if skipped { 0 } else { habits.scan_ms + habits.extra_ms },
            }
        })
        .collect()
}

/// The same kind of time, `by` earlier, in whole hours where it is absolute.
fn earlier(at: TimeSpec, by: SignedDuration) -> TimeSpec {
    match at {
        TimeSpec::At(at) => {
            let then = at.saturating_sub(by).unwrap_or(Timestamp::MIN);
            // `div_euclid` rounds down before 1970 too.
            TimeSpec::At(Timestamp::from_second(then.as_second().div_euclid(3600) * 3600).unwrap_or(then))
        }
        TimeSpec::Offset(offset) => TimeSpec::Offset(offset.saturating_sub(by)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_hashes_follow_from_those_given() {
        let given = GivenHashes { md5: Some([7; 16]), ..GivenHashes::default() };
        let hashes = given.complete().expect("one is given");
        assert_eq!(hashes, given.complete().expect("one is given"));
        assert_eq!(hashes.synthetic, [HashKind::Sha1, HashKind::Sha256, HashKind::Sha512]);
        assert_ne!(hashes.sha512[..32], hashes.sha512[32..]);
        assert!(GivenHashes::default().complete().is_none());
    }

    #[test]
    fn derived_engines_consolidate_to_the_verdict() {
        for verdict in Verdict::ALL {
            for seed in 0..20_u8 {
                let engines = engines(&[seed], verdict, "T", scanned_at(&[seed]));
                let one = Verdict::consolidate(engines.iter().map(|engine| engine.verdict));
                assert_eq!(one, Some(verdict), "{verdict:?} with seed {seed}");
            }
        }
    }

    #[test]
    fn types_follow_from_names_unless_given() {
        assert_eq!(file_type("a.ZIP", None, None).category, "A");
        assert_eq!(file_type("a.bin", Some("text/plain"), None).description, "ASCII text");
        assert_eq!(file_type("noname", None, None).mime, "application/octet-stream");
    }
}
