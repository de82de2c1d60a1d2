//! Settings: what can be switched, under one name in flags, environment, fixtures and over the operator's door.
//!
//! A room lists its own; the shared ones are here. A value is checked when it is set, never when it is read.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use crate::accounts::AuthMode;
use crate::document::{format_span, parse_span};

/// One thing that can be switched.
#[derive(Debug)]
pub struct Setting {
    /// Its name everywhere: `metadefender-cloud.lookup-limit`.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// Its value when nobody sets it, written as a user would.
    pub default: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// What a setting may hold.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this range.
    Count {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// How long something takes on the clock: a duration, `at-once`, or `when-told`.
    Pace,
    /// Free text that this check accepts; its error says what is allowed.
    Text(fn(&str) -> Result<(), String>),
}

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// This long, on the world's clock.
    After(SignedDuration),
    /// No time at all.
    AtOnce,
    /// Until the operator says so.
    WhenTold,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Flag(bool),
    Word(&'static str),
    Count(u64),
    Pace(Pace),
    Text(String),
}

/// How credentials are judged.
pub static AUTH: Setting = Setting {
    name: "auth",
    kind: Kind::Word(&["enforce", "any", "off"]),
    default: "enforce",
    summary: "enforce answers exactly as the vendor, any takes every well-formed credential, off asks for none.",
};

/// The largest request body that is read.
pub static MAX_BODY: Setting = Setting {
    name: "max-body",
    kind: Kind::Count { min: 0, max: 67_108_864 },
    default: "16777216",
    summary: "The largest request body in bytes; larger ones are refused in the API's own words.",
};

/// Whether answers name their behaviour.
pub static BEHAVIOUR_HEADERS: Setting = Setting {
    name: "behaviour-headers",
    kind: Kind::Flag,
    default: "true",
    summary: "Whether answers carry Scandouble-Behaviour, Scandouble-Provenance, -Fault and -Near-Miss.",
};

/// How many exchanges a world's journal keeps.
pub static JOURNAL_ENTRIES: Setting = Setting {
    name: "journal-entries",
    kind: Kind::Count { min: 0, max: 10_000_000 },
    default: "10000",
    summary: "How many exchanges a world's journal keeps; the oldest go first.",
};

/// How many bytes a world's journal keeps.
pub static JOURNAL_BYTES: Setting = Setting {
    name: "journal-bytes",
    kind: Kind::Count { min: 0, max: 1 << 40 },
    default: "67108864",
    summary: "How many bytes of memory a world's journal keeps; the oldest exchanges go first.",
};

/// How many bytes all journals of a server keep together.
pub static JOURNAL_BYTES_TOTAL: Setting = Setting {
    name: "journal-bytes-total",
    kind: Kind::Count { min: 0, max: 1 << 40 },
    default: "268435456",
    summary: "How many bytes the journals of all worlds keep together; the oldest exchanges of the largest go first; for the \
              whole server.",
};

/// What a team leaves out of its coverage.
pub static COVERAGE_OUT_OF_SCOPE: Setting = Setting {
    name: "coverage-out-of-scope",
    kind: Kind::Text(list_of_names),
    default: "",
    summary: "Behaviours that coverage leaves out, by name or id, with commas between; * is any text, as in */error.*.",
};

fn list_of_names(text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/*, ".contains(&byte);
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err("is names or ids of behaviours with commas between, * being any text".to_owned())
    }
}

/// How many worlds there can be beside the default one.
pub static MAX_WORLDS: Setting = Setting {
    name: "max-worlds",
    kind: Kind::Count { min: 0, max: 1_000_000 },
    default: "10000",
    summary: "How many worlds there can be beside the default one; for the whole server.",
};

/// After which real time an unused world may go.
pub static WORLD_IDLE: Setting = Setting {
    name: "world-idle",
    kind: Kind::Pace,
    default: "1h",
    summary: "The real time after which an unused world may go, or when-told for never; for the whole server.",
};

/// The settings that a world cannot have for itself.
pub static OF_SERVER: &[&Setting] = &[&JOURNAL_BYTES_TOTAL, &MAX_WORLDS, &WORLD_IDLE];

/// Whether the setting of this name is one that a world cannot have for itself.
#[must_use]
pub fn is_of_server(name: &str) -> bool {
    OF_SERVER.iter().any(|setting| setting.name == name)
}

/// The settings that belong to no API.
pub static SHARED: &[&Setting] = &[
    &AUTH,
    &MAX_BODY,
    &BEHAVIOUR_HEADERS,
    &JOURNAL_ENTRIES,
    &JOURNAL_BYTES,
    &JOURNAL_BYTES_TOTAL,
    &COVERAGE_OUT_OF_SCOPE,
    &MAX_WORLDS,
    &WORLD_IDLE,
];

/// The values in force.
#[derive(Clone, Debug)]
pub struct Settings {
    known: BTreeMap<&'static str, &'static Setting>,
    values: HashMap<&'static str, Value>,
}

impl Settings {
    /// Every setting at its default.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = &'static Setting>) -> Self {
        let known: BTreeMap<_, _> = known.into_iter().map(|setting| (setting.name, setting)).collect();
        let values = known
            .values()
            .filter_map(|setting| Some((setting.name, read(setting, setting.default).ok()?)))
            .collect();
        Self { known, values }
    }

    /// Sets `name` to `text`.
    ///
    /// # Errors
    /// An unknown name or a value that is not allowed; the text says what would be.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(setting) = self.known.get(name) else {
            return Err(format!("unknown setting \"{name}\"; known: {}", self.names().join(", ")));
        };
        let value = read(setting, text)?;
        self.values.insert(setting.name, value);
        Ok(())
    }

    /// Sets `name` to `text` where these are the settings of one world.
    ///
    /// # Errors
    /// The same, and a setting that only the whole server has.
    pub fn set_in_world(&mut self, name: &str, text: &str) -> Result<(), String> {
        if is_of_server(name) {
            return Err(format!("{name} is for the whole server; set it with --set {name}=… at start"));
        }
        self.set(name, text)
    }

    /// Puts `name` back to its default; false if there is no such setting.
    pub fn unset(&mut self, name: &str) -> bool {
        let Some(setting) = self.known.get(name) else { return false };
        if let Ok(value) = read(setting, setting.default) {
            self.values.insert(setting.name, value);
        }
        true
    }

    /// The names of all settings, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.known.keys().copied().collect()
    }

    /// Every setting with the value in force, written as a user would, sorted by name.
    pub fn list(&self) -> impl Iterator<Item = (&'static Setting, String)> {
        self.known.values().map(|setting| (*setting, self.text_of(setting)))
    }

    /// The settings that have another value here than in `other`, with the value here.
    pub fn unlike<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'static str, String)> + 'a {
        let differs =
            |setting: &&&'static Setting| self.values.get(setting.name) != other.values.get(setting.name);
        self.known.values().filter(differs).map(|setting| (setting.name, self.text_of(setting)))
    }

    /// These as they stand above `to` in place of `from`: what differs from `from` stays.
    #[must_use]
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let mut moved = to.clone();
        for (name, value) in self.values.iter().filter(|(name, value)| from.values.get(*name) != Some(*value))
        {
            moved.values.insert(name, value.clone());
        }
        moved
    }

    /// The value of a [`Kind::Flag`].
    #[must_use]
    pub fn flag(&self, setting: &'static Setting) -> bool {
        matches!(self.values.get(setting.name), Some(Value::Flag(true)))
    }

    /// The value of a [`Kind::Word`].
    #[must_use]
    pub fn word(&self, setting: &'static Setting) -> &'static str {
        match self.values.get(setting.name) {
            Some(Value::Word(word)) => word,
            _ => setting.default,
        }
    }

    /// The value of a [`Kind::Count`].
    #[must_use]
    pub fn count(&self, setting: &'static Setting) -> u64 {
        match self.values.get(setting.name) {
            Some(Value::Count(count)) => *count,
            _ => 0,
        }
    }

    /// The value of a [`Kind::Pace`].
    #[must_use]
    pub fn pace(&self, setting: &'static Setting) -> Pace {
        match self.values.get(setting.name) {
            Some(Value::Pace(pace)) => *pace,
            _ => Pace::AtOnce,
        }
    }

    /// The value of a [`Kind::Text`].
    #[must_use]
    pub fn text(&self, setting: &'static Setting) -> &str {
        match self.values.get(setting.name) {
            Some(Value::Text(text)) => text,
            _ => setting.default,
        }
    }

    /// How credentials are judged.
    #[must_use]
    pub fn auth_mode(&self) -> AuthMode {
        match self.word(&AUTH) {
            "any" => AuthMode::Any,
            "off" => AuthMode::Off,
            _ => AuthMode::Enforce,
        }
    }

    fn text_of(&self, setting: &'static Setting) -> String {
        match self.values.get(setting.name) {
            Some(Value::Flag(flag)) => flag.to_string(),
            Some(Value::Word(word)) => (*word).to_owned(),
            Some(Value::Count(count)) => count.to_string(),
            Some(Value::Pace(Pace::After(span))) => format_span(*span),
            Some(Value::Pace(Pace::AtOnce)) => "at-once".to_owned(),
            Some(Value::Pace(Pace::WhenTold)) => "when-told".to_owned(),
            Some(Value::Text(text)) => text.clone(),
            None => setting.default.to_owned(),
        }
    }
}

fn read(setting: &'static Setting, text: &str) -> Result<Value, String> {
    let name = setting.name;
    match setting.kind {
        Kind::Flag => match text {
            "true" => Ok(Value::Flag(true)),
            "false" => Ok(Value::Flag(false)),
            _ => Err(format!("{name} is true or false, not \"{text}\"")),
        },
        Kind::Word(words) => words
            .iter()
            .find(|word| **word == text)
            .map(|word| Value::Word(word))
            .ok_or_else(|| format!("{name} is one of {}, not \"{text}\"", words.join(", "))),
        Kind::Count { min, max } => text
            .parse()
            .ok()
            .filter(|count| (min..=max).contains(count))
            .map(Value::Count)
            .ok_or_else(|| format!("{name} is a whole number from {min} to {max}, not \"{text}\"")),
        Kind::Pace => match text {
            "at-once" => Ok(Value::Pace(Pace::AtOnce)),
            "when-told" => Ok(Value::Pace(Pace::WhenTold)),
            _ => parse_span(text).map(|span| Value::Pace(Pace::After(span))).map_err(|_| {
                format!("{name} is a duration such as 30s, or at-once, or when-told, not \"{text}\"")
            }),
        },
        Kind::Text(check) => match check(text) {
            Ok(()) => Ok(Value::Text(text.to_owned())),
            Err(allowed) => Err(format!("{name} {allowed}, not \"{text}\"")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WAIT: Setting = Setting { name: "a.wait", kind: Kind::Pace, default: "30s", summary: "." };

    #[test]
    fn values_are_checked_when_set_and_shown_as_written() {
        let mut settings = Settings::new(SHARED.iter().copied().chain([&WAIT]));
        assert_eq!(settings.pace(&WAIT), Pace::After(SignedDuration::from_secs(30)));
        settings.set("a.wait", "when-told").expect("allowed");
        assert_eq!(settings.pace(&WAIT), Pace::WhenTold);
        assert_eq!(
            settings.set("a.wait", "soon").unwrap_err(),
            "a.wait is a duration such as 30s, or at-once, or when-told, not \"soon\""
        );
        assert_eq!(settings.set("auth", "no").unwrap_err(), "auth is one of enforce, any, off, not \"no\"");
        assert_eq!(
            settings.set("b", "1").unwrap_err(),
            "unknown setting \"b\"; known: a.wait, auth, behaviour-headers, coverage-out-of-scope, journal-bytes, \
             journal-bytes-total, journal-entries, max-body, max-worlds, world-idle"
        );
        assert!(settings.unset("a.wait"));
        let shown: Vec<_> = settings.list().map(|(_, value)| value).collect();
        assert_eq!(
            shown,
            ["30s", "enforce", "true", "", "67108864", "268435456", "10000", "16777216", "10000", "1h"]
        );
    }
}
