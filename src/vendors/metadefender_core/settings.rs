//! What can be switched in this API.

use jiff::Timestamp;

use crate::document::TimeSpec;
use crate::settings::{Setting, SettingKey};

/// How old an engine's definitions are when nobody says so is not known; hence no default.
pub(super) static ENGINE_DEFINITIONS: SettingKey<str> = SettingKey::text(
    "metadefender-core.engine-definitions",
    "",
    check,
    "The current definitions of engines, as ClamAV=2026-11-01T00:00:00Z,*=-1d (* for all others); a result \
              with older ones is outdated.",
);

/// The version that the product says it has.
pub(super) static VERSION: SettingKey<str> = SettingKey::text(
    "metadefender-core.version",
    "4.8.0",
    |_| Ok(()),
    "The version of the product that GET /version tells.",
);

/// Whether a login answers as newer versions of the product do.
pub(super) static LOGIN_CSRF_TOKEN: SettingKey<bool> = SettingKey::flag(
    "metadefender-core.login-csrf-token",
    false,
    "Whether a login answers oms-csrf-token beside session_id, as clients of newer versions expect; nobody \
              asks for it.",
);

/// Every setting of this API.
pub(super) static ALL: &[&Setting] =
    &[ENGINE_DEFINITIONS.setting(), VERSION.setting(), LOGIN_CSRF_TOKEN.setting()];

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
    let wanted = "is a list such as ClamAV=2026-11-01T00:00:00Z,*=-1d";
    Definitions::parse(text).map(drop).map_err(|fault| format!("{wanted} ({fault})"))
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
