//! What can be switched in this API.

use jiff::Timestamp;

use crate::document::TimeSpec;
use crate::settings::{Pace, SettingKey, settings};

settings! {
    /// Every setting of this API.
    pub(super) ALL:
    pub(super) INCLUDE_INPROGRESS: bool = SettingKey::flag("metadefender-core.include-inprogress", true)
        "Whether GET /hash returns an unfinished result if no finished one exists and the header \
         include-inprogress is absent. In later versions of the product it does not.";
    pub(super) ENGINE_DEFINITIONS: str = SettingKey::text("metadefender-core.engine-definitions", "", check)
        "The current definitions of engines, as ClamAV=2026-11-01T00:00:00Z,*=-1d (* for all others); a result \
         with older ones is outdated.";
    pub(super) VERSION: str = SettingKey::text("metadefender-core.version", "4.8.0", |_| Ok(()))
        "The version of the product that GET /version returns.";
    pub(super) LOGIN_CSRF_TOKEN: bool = SettingKey::flag("metadefender-core.login-csrf-token", false)
        "Whether the reply to a login has oms-csrf-token beside session_id, as clients of newer versions expect. It \
         is never required.";
    pub(super) SESSION_IDLE: Pace = SettingKey::pace("metadefender-core.session-idle", 300)
        "The idle time after which a session of POST /login ends; when-told is never.";
    pub(super) VERSION_SESSION: bool = SettingKey::flag("metadefender-core.version-session", false)
        "Whether GET /version is refused with 403 without an open session or the key of an account.";
    pub(super) MALFORMED_HASH_404: bool = SettingKey::flag("metadefender-core.malformed-hash-404", false)
        "Whether a malformed hash is refused with 404, as versions from 5 on do, instead of 200 and Not Found.";
    pub(super) LICENSE_DAYS: u64 = SettingKey::count("metadefender-core.license-days", 365, 0..=100_000)
        "How many days are left of the licence in GET /admin/license; with 0, GET /readyz is 503.";
}

/// The current definitions of engines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Definitions<'a> {
    entries: Vec<(&'a str, TimeSpec)>,
}

impl<'a> Definitions<'a> {
    /// Reads the text of the setting.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let read = |entry: &'a str| {
            // From the right: a name may contain `=`, a time cannot.
            let (engine, at) = entry.rsplit_once('=').ok_or_else(|| format!("\"{entry}\" has no ="))?;
            match engine.trim() {
                "" => Err(format!("\"{entry}\" names no engine")),
                engine => Ok((engine, TimeSpec::parse(at.trim())?)),
            }
        };
        Ok(Self { entries: entries.map(read).collect::<Result<_, String>>()? })
    }

    /// The current definitions of `engine`, if they are known.
    pub(super) fn of(&self, engine: &str, origin: Timestamp) -> Option<Timestamp> {
        let entry = |name: &str| self.entries.iter().find(|entry| entry.0 == name);
        entry(engine).or_else(|| entry("*")).map(|(_, at)| at.resolve(origin))
    }

    /// Whether any of them counts from the origin.
    pub(super) fn are_relative(&self) -> bool {
        self.entries.iter().any(|(_, at)| matches!(at, TimeSpec::Offset(_)))
    }
}

fn check(text: &str) -> Result<(), String> {
    let expected = "is a list such as ClamAV=2026-11-01T00:00:00Z,*=-1d";
    Definitions::parse(text).map(drop).map_err(|error| format!("{expected} ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_has_its_own_definitions_or_those_of_all_others() {
        let origin: Timestamp = "2026-03-01T00:00:00Z".parse().expect("a timestamp");
        let at = |text: &str| Some(text.parse::<Timestamp>().expect("a timestamp"));
        let some = Definitions::parse("Quick Heal=2026-01-01, a=b=2026-01-02T03:04:05Z").expect("fits");
        assert_eq!(some.of("Quick Heal", origin), at("2026-01-01T00:00:00Z"));
        assert_eq!(some.of("a=b", origin), at("2026-01-02T03:04:05Z"));
        assert_eq!(some.of("Other", origin), None);
        let all = Definitions::parse("ClamAV=2026-01-01,*=-1d").expect("fits");
        assert_eq!(all.of("Other", origin), at("2026-02-28T00:00:00Z"));
        assert_eq!(Definitions::parse("").expect("fits").of("Other", origin), None);
    }

    #[test]
    fn other_texts_are_refused_with_the_reason() {
        for (text, fault) in
            [("ClamAV", "has no ="), ("=now", "names no engine"), ("*=soon", "is not a valid time")]
        {
            let error = check(text).expect_err(text);
            assert!(error.contains(fault) && error.contains("is a list such as"), "{error}");
        }
    }
}
