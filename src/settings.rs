//! Settings: typed values under one name in flags, environment, fixtures and the admin API.
//!
//! Each vendor API lists its own settings; the shared ones are here. A [`SettingKey`] names a setting and carries its type, so
//! [`Settings::get`] returns a `bool`, an enum, a `u64`, a [`Pace`] or a `&str`. A value is checked when it is set, so reading
//! it cannot fail.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use crate::document::{format_span, parse_span};

/// The description of a setting, whatever its type.
#[derive(Debug)]
pub struct Setting {
    /// Its name everywhere: `metadefender-cloud.lookup-limit`.
    pub name: &'static str,
    /// The values that it accepts.
    pub kind: Kind,
    /// Its value when nobody sets it.
    pub default: Value,
    /// What it does, in one sentence.
    pub summary: &'static str,
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
    #[must_use]
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

/// A Rust type that a setting's values have: `bool`, `u64`, [`Pace`], `str`, or an enum that [`words!`] defines.
pub trait SettingType: 'static {
    /// What [`Settings::get`] returns: `&str` for `str`, else the type itself.
    type Borrowed<'a>;

    /// Takes the value out. The constructors of [`SettingKey`] see to it that the kinds agree.
    fn of(value: &Value) -> Self::Borrowed<'_>;
}

impl SettingType for bool {
    type Borrowed<'a> = Self;

    fn of(value: &Value) -> Self {
        matches!(value, Value::Flag(true))
    }
}

impl SettingType for u64 {
    type Borrowed<'a> = Self;

    fn of(value: &Value) -> Self {
        if let Value::Count(count) = value { *count } else { 0 }
    }
}

impl SettingType for Pace {
    type Borrowed<'a> = Self;

    fn of(value: &Value) -> Self {
        if let Value::Pace(pace) = value { *pace } else { Self::AtOnce }
    }
}

impl SettingType for str {
    type Borrowed<'a> = &'a str;

    fn of(value: &Value) -> &str {
        if let Value::Text(text) = value { text } else { "" }
    }
}

/// Defines an enum whose variants are the words of a setting, and `key`, which makes the [`SettingKey`]. The first variant is
/// the default.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $(#[$first_meta:meta])* $first:ident = $first_word:literal,
        $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $(#[$first_meta])* $first,
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// The word that a user writes.
            #[must_use]
            $vis const fn word(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
            }

            /// A setting that holds one of these words.
            #[must_use]
            $vis const fn key(name: &'static str, summary: &'static str) -> $crate::settings::SettingKey<Self> {
                $crate::settings::SettingKey::words(
                    name,
                    &[$first_word, $($word,)*],
                    Self::$first.word(),
                    summary,
                )
            }
        }

        impl $crate::settings::SettingType for $name {
            type Borrowed<'a> = Self;

            fn of(value: &$crate::settings::Value) -> Self {
                match value {
                    $($crate::settings::Value::Word($word) => Self::$variant,)*
                    _ => Self::$first,
                }
            }
        }
    };
}

pub(crate) use words;

/// A setting whose values have the type `T`.
#[derive(Debug)]
pub struct SettingKey<T: ?Sized> {
    setting: Setting,
    of: PhantomData<T>,
}

impl<T: SettingType + ?Sized> SettingKey<T> {
    const fn new(name: &'static str, kind: Kind, default: Value, summary: &'static str) -> Self {
        Self { setting: Setting { name, kind, default, summary }, of: PhantomData }
    }

    /// The setting's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.setting.name
    }

    /// The setting's description, for lists of settings of several types.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// The value when nobody sets it.
    #[must_use]
    pub fn default(&self) -> T::Borrowed<'_> {
        T::of(&self.setting.default)
    }

    /// For [`words!`], which knows that `default` is one of `words`.
    #[must_use]
    pub const fn words(
        name: &'static str,
        words: &'static [&'static str],
        default: &'static str,
        summary: &'static str,
    ) -> Self {
        Self::new(name, Kind::Word(words), Value::Word(default), summary)
    }
}

impl SettingKey<bool> {
    /// A setting that is `true` or `false`.
    #[must_use]
    pub const fn flag(name: &'static str, default: bool, summary: &'static str) -> Self {
        Self::new(name, Kind::Flag, Value::Flag(default), summary)
    }
}

impl SettingKey<u64> {
    /// A setting that is a whole number in `range`.
    #[must_use]
    pub const fn count(
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        summary: &'static str,
    ) -> Self {
        let kind = Kind::Count { min: *range.start(), max: *range.end() };
        Self::new(name, kind, Value::Count(default), summary)
    }
}

impl SettingKey<Pace> {
    /// A setting that is a duration, `at-once` or `when-told`; by default it is `seconds` long.
    #[must_use]
    pub const fn pace(name: &'static str, seconds: i64, summary: &'static str) -> Self {
        let default = Pace::After(SignedDuration::from_secs(seconds));
        Self::new(name, Kind::Pace, Value::Pace(default), summary)
    }
}

impl SettingKey<str> {
    /// A setting that is any text that `check` accepts; the error of `check` says what is allowed.
    #[must_use]
    pub const fn text(
        name: &'static str,
        default: &'static str,
        check: fn(&str) -> Result<(), String>,
        summary: &'static str,
    ) -> Self {
        Self::new(name, Kind::Text(check), Value::Text(Cow::Borrowed(default)), summary)
    }
}

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

/// How credentials are checked.
pub static AUTH: SettingKey<AuthMode> = AuthMode::key(
    "auth",
    "enforce answers exactly as the vendor, any takes every well-formed credential, off asks for none.",
);

/// The largest request body that is read.
pub static MAX_BODY: SettingKey<u64> = SettingKey::count(
    "max-body",
    16_777_216,
    0..=67_108_864,
    "The largest request body in bytes; larger ones are refused in the API's own words.",
);

/// Whether responses name their behaviour.
pub static BEHAVIOUR_HEADERS: SettingKey<bool> = SettingKey::flag(
    "behaviour-headers",
    true,
    "Whether answers carry Scandouble-Behaviour, Scandouble-Provenance, -Fault and -Near-Miss.",
);

/// How many exchanges a world's journal keeps.
pub static JOURNAL_ENTRIES: SettingKey<u64> = SettingKey::count(
    "journal-entries",
    10_000,
    0..=10_000_000,
    "How many exchanges a world's journal keeps; the oldest go first.",
);

/// How many bytes a world's journal keeps.
pub static JOURNAL_BYTES: SettingKey<u64> = SettingKey::count(
    "journal-bytes",
    67_108_864,
    0..=1 << 40,
    "How many bytes of memory a world's journal keeps; the oldest exchanges go first.",
);

/// How many bytes all journals of a server keep together.
pub static JOURNAL_BYTES_TOTAL: SettingKey<u64> = SettingKey::count(
    "journal-bytes-total",
    268_435_456,
    0..=1 << 40,
    "How many bytes the journals of all worlds keep together; the oldest exchanges of the largest go first; for the \
     whole server.",
);

/// What a team leaves out of its coverage.
pub static COVERAGE_OUT_OF_SCOPE: SettingKey<str> = SettingKey::text(
    "coverage-out-of-scope",
    "",
    list_of_names,
    "Behaviours that coverage leaves out, by name or id, with commas between; * is any text, as in */error.*.",
);

fn list_of_names(text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/*, ".contains(&byte);
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err("is names or ids of behaviours with commas between, * being any text".to_owned())
    }
}

/// How many worlds there can be beside the default one.
pub static MAX_WORLDS: SettingKey<u64> = SettingKey::count(
    "max-worlds",
    10_000,
    0..=1_000_000,
    "How many worlds there can be beside the default one; for the whole server.",
);

/// After which real time an unused world may be removed.
pub static WORLD_IDLE: SettingKey<Pace> = SettingKey::pace(
    "world-idle",
    60 * 60,
    "The real time after which an unused world may go, or when-told for never; for the whole server.",
);

/// The settings that a world cannot have for itself.
pub static OF_SERVER: &[&Setting] =
    &[JOURNAL_BYTES_TOTAL.setting(), MAX_WORLDS.setting(), WORLD_IDLE.setting()];

/// Whether the setting of this name is one that a world cannot have for itself.
#[must_use]
pub fn is_of_server(name: &str) -> bool {
    OF_SERVER.iter().any(|setting| setting.name == name)
}

/// The settings that belong to no API.
pub static SHARED: &[&Setting] = &[
    AUTH.setting(),
    MAX_BODY.setting(),
    BEHAVIOUR_HEADERS.setting(),
    JOURNAL_ENTRIES.setting(),
    JOURNAL_BYTES.setting(),
    JOURNAL_BYTES_TOTAL.setting(),
    COVERAGE_OUT_OF_SCOPE.setting(),
    MAX_WORLDS.setting(),
    WORLD_IDLE.setting(),
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
        let values = known.values().map(|setting| (setting.name, setting.default.clone())).collect();
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
        self.values.insert(setting.name, setting.default.clone());
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

    /// The value of a setting.
    #[must_use]
    pub fn get<T: SettingType + ?Sized>(&self, key: &'static SettingKey<T>) -> T::Borrowed<'_> {
        T::of(self.values.get(key.name()).unwrap_or(&key.setting.default))
    }

    fn text_of(&self, setting: &'static Setting) -> String {
        self.values.get(setting.name).unwrap_or(&setting.default).text().into_owned()
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
        let shown: Vec<_> = settings.list().map(|(_, value)| value).collect();
        assert_eq!(
            shown,
            ["30s", "enforce", "true", "", "67108864", "268435456", "10000", "16777216", "10000", "1h"]
        );
    }
}
