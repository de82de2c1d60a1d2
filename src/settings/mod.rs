//! Settings: typed values under one name in flags, environment, fixtures and the admin API.
//!
//! Each vendor API lists its own settings; the shared ones are here. A [`SettingKey`] names a setting and carries its type, so
//! [`Settings::get`] returns a `bool`, an enum, a `u64`, a [`Pace`] or a `&str`. A value is checked when it is set, so reading
//! it cannot fail.

mod key;
mod place;
mod shared;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::SignedDuration;

pub use key::SettingKey;
pub(crate) use key::{SettingType, settings, words};
pub use shared::*;

use self::place::{Place, Values};
use crate::document::{format_span, parse_span, suggest};

/// The description of a setting, whatever its type.
#[derive(Debug)]
pub struct Setting {
    /// Its name everywhere: `metadefender-cloud.lookup-limit`.
    pub name: &'static str,
    /// The values that it accepts.
    pub kind: Kind,
    /// Its value unless it is set.
    pub default: Value,
    /// What it does, in one sentence.
    pub summary: &'static str,
    place: Place,
}

/// The values that a setting accepts.
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
    /// Until it is ended through the admin API.
    WhenTold,
}

/// A value of a setting of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a [`Kind::Flag`].
    Flag(bool),
    /// Of a [`Kind::Word`].
    Word(&'static str),
    /// Of a [`Kind::Count`].
    Count(u64),
    /// Of a [`Kind::Pace`].
    Pace(Pace),
    /// Of a [`Kind::Text`].
    Text(Cow<'static, str>),
}

impl Value {
    /// The value as a user writes it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Flag(flag) => flag.to_string().into(),
            Self::Word(word) => (*word).into(),
            Self::Count(count) => count.to_string().into(),
            Self::Pace(Pace::After(span)) => format_span(*span).into(),
            Self::Pace(Pace::AtOnce) => "at-once".into(),
            Self::Pace(Pace::WhenTold) => "when-told".into(),
            Self::Text(text) => text.as_ref().into(),
        }
    }
}

/// The values in force.
#[derive(Clone, Debug)]
pub struct Settings {
    known: BTreeMap<&'static str, &'static Setting>,
    values: Values,
}

impl Settings {
    /// Every setting at its default.
    pub fn new(known: impl IntoIterator<Item = &'static Setting>) -> Self {
        let known: BTreeMap<_, _> = known.into_iter().map(|setting| (setting.name, setting)).collect();
        let mut values = Values::default();
        known.values().for_each(|setting| values.insert(setting, setting.default.clone()));
        Self { known, values }
    }

    /// Sets `name` to `text`.
    ///
    /// # Errors
    /// An unknown name or a value that is not allowed; the text says what would be.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        // What follows the semicolon becomes the help of a diagnostic.
        let Some(setting) = self.known.get(name) else {
            let advice = match suggest(name, self.names()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("known: {}", self.names().join(", ")),
            };
            return Err(format!("unknown setting \"{name}\"; {advice}"));
        };
        let value = read(setting, text)?;
        self.values.insert(setting, value);
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

    /// Resets `name` to its default; false if there is no such setting.
    pub fn unset(&mut self, name: &str) -> bool {
        let Some(setting) = self.known.get(name) else { return false };
        self.values.insert(setting, setting.default.clone());
        true
    }

    /// The names of all settings, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        self.known.keys().copied().collect()
    }

    /// Every setting with the value in force, written as a user would, sorted by name.
    pub fn list(&self) -> impl Iterator<Item = (&'static Setting, String)> {
        self.known.values().map(|setting| (*setting, self.text_of(setting)))
    }

    /// The settings that have another value here than in `other`, with the value here.
    pub fn unlike<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'static str, String)> + 'a {
        let differs = |setting: &&&'static Setting| self.values.get(setting) != other.values.get(setting);
        self.known.values().filter(differs).map(|setting| (setting.name, self.text_of(setting)))
    }

    /// These settings rebased from `from` onto `to`: the values of `to`, except where `self` differs from `from`.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        // A value that the world never changed follows the new fixtures.
        let mut moved = to.clone();
        for setting in self.known.values() {
            if let Some(value) =
                self.values.get(setting).filter(|value| from.values.get(setting) != Some(*value))
            {
                moved.values.insert(setting, value.clone());
            }
        }
        moved
    }

    /// The value of a setting.
    pub fn get<T: SettingType + ?Sized>(&self, key: &'static SettingKey<T>) -> T::Borrowed<'_> {
        T::of(self.values.get(key.setting()).unwrap_or(&key.setting().default))
    }

    fn text_of(&self, setting: &'static Setting) -> String {
        self.values.get(setting).unwrap_or(&setting.default).text().into_owned()
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
            Ok(()) => Ok(Value::Text(text.to_owned().into())),
            Err(allowed) => Err(format!("{name} {allowed}, not \"{text}\"")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WAIT: SettingKey<Pace> = SettingKey::pace("a.wait", 30, ".");

    #[test]
    fn every_setting_accepts_its_default() {
        for setting in SHARED {
            assert_eq!(
                read(setting, &setting.default.text()).as_ref(),
                Ok(&setting.default),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn words_are_typed() {
        let mut settings = Settings::new([AUTH.setting()]);
        assert_eq!((settings.get(&AUTH), AUTH.default()), (AuthMode::Enforce, AuthMode::Enforce));
        for mode in [AuthMode::Any, AuthMode::Off, AuthMode::Enforce] {
            settings.set(AUTH.name(), mode.word()).expect("a word of its own");
            assert_eq!(settings.get(&AUTH), mode);
        }
    }

    #[test]
    fn values_are_checked_when_set_and_listed_as_written() {
        let mut settings = Settings::new(SHARED.iter().copied().chain([WAIT.setting()]));
        assert_eq!(settings.get(&WAIT), Pace::After(SignedDuration::from_secs(30)));
        settings.set("a.wait", "when-told").expect("allowed");
        assert_eq!(settings.get(&WAIT), Pace::WhenTold);
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
        let listed: Vec<_> = settings.list().map(|(_, value)| value).collect();
        assert_eq!(
            listed,
            ["30s", "enforce", "true", "", "67108864", "268435456", "10000", "16777216", "10000", "1h"]
        );
    }
}
