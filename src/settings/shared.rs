//! The settings that belong to no vendor API.

use super::{Pace, Setting, SettingKey, settings, words};

words! {
    /// How credentials are checked.
    pub enum AuthMode {
        /// As the vendor does.
        Enforce = "enforce",
        /// Every well-formed credential is accepted.
        Any = "any",
        /// No credential is needed; all callers are one anonymous account.
        Off = "off",
    }
}

settings! {
    /// The settings that belong to no API.
    pub(crate) SHARED:
    pub AUTH: AuthMode = AuthMode::key("auth")
        "enforce answers exactly as the vendor, any takes every well-formed credential, off asks for none.";
    pub(crate) MAX_BODY: u64 = SettingKey::count("max-body", 16_777_216, 0..=67_108_864)
        "The largest request body in bytes; larger ones are refused in the API's own words.";
    pub(crate) BEHAVIOUR_HEADERS: bool = SettingKey::flag("behaviour-headers", true)
        "Whether answers carry Scandouble-Behaviour, Scandouble-Provenance, -Fault and -Near-Miss.";
    pub(crate) JOURNAL_ENTRIES: u64 = SettingKey::count("journal-entries", 10_000, 0..=10_000_000)
        "How many exchanges a world's journal keeps; the oldest go first.";
    pub(crate) JOURNAL_BYTES: u64 = SettingKey::count("journal-bytes", 67_108_864, 0..=1 << 40)
        "How many bytes of memory a world's journal keeps; the oldest exchanges go first.";
    pub(crate) JOURNAL_BYTES_TOTAL: u64 = SettingKey::count("journal-bytes-total", 268_435_456, 0..=1 << 40)
        "How many bytes the journals of all worlds keep together; the oldest exchanges of the largest go first; for the \
         whole server.";
    pub(crate) COVERAGE_OUT_OF_SCOPE: str = SettingKey::text("coverage-out-of-scope", "", list_of_names)
        "Behaviours that coverage leaves out, by name or id, with commas between; * is any text, as in */error.*.";
    pub(crate) MAX_WORLDS: u64 = SettingKey::count("max-worlds", 10_000, 0..=1_000_000)
        "How many worlds there can be beside the default one; for the whole server.";
    pub(crate) WORLD_IDLE: Pace = SettingKey::pace("world-idle", 60 * 60)
        "The real time after which an unused world may go, or when-told for never; for the whole server.";
}

fn list_of_names(text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/*, ".contains(&byte);
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err("is names or ids of behaviours with commas between, * being any text".to_owned())
    }
}

/// The settings that a world cannot have for itself.
pub(crate) static OF_SERVER: &[&Setting] =
    &[JOURNAL_BYTES_TOTAL.setting(), MAX_WORLDS.setting(), WORLD_IDLE.setting()];

/// Whether the setting of this name is one that a world cannot have for itself.
pub(crate) fn is_of_server(name: &str) -> bool {
    OF_SERVER.iter().any(|setting| setting.name == name)
}
