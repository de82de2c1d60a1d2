//! The keys of settings: a name with a type, so that reading a setting as another type does not compile.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::place::Place;
use super::{Kind, Pace, Setting, Value};

/// A Rust type that a setting's values have: `bool`, `u64`, [`Pace`], `str`, or an enum that [`words!`] defines.
pub trait SettingType: 'static {
    /// What [`Settings::get`](super::Settings::get) returns: `&str` for `str`, else the type itself.
    type Borrowed<'a>;

    /// Takes the value out. The constructors of [`SettingKey`] ensure that the kinds agree.
    fn of(value: &Value) -> Self::Borrowed<'_>;
}

impl SettingType for bool {
    type Borrowed<'a> = Self;

    fn of(value: &Value) -> Self {
        // Other kinds cannot occur, here and below. The result for them avoids a panic.
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

/// Defines enums whose variants are the words of a setting, and `key`, which makes the [`SettingKey`]. The first variant is the
/// default.
macro_rules! words {
    ($($(#[$meta:meta])* $vis:vis enum $name:ident {
        $(#[$first_meta:meta])* $first:ident = $first_word:literal,
        $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)*
    })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $(#[$first_meta])* $first,
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// The word that a user writes.
            $vis const fn word(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
            }

            /// A setting that holds one of these words.
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
    )+ };
}

/// Declares settings as statics, and the list of them under the first name. A row is `NAME: type = constructor(arguments)
/// "summary";`: the summary is the last argument, and what the documentation of the code says.
macro_rules! settings {
    ($(#[$meta:meta])* $list_vis:vis $list:ident:
     $($vis:vis $name:ident: $type:ty = $key:ident::$make:ident($($arg:expr),*) $summary:literal;)+) => {
        $(
            #[doc = $summary]
            $vis static $name: $crate::settings::SettingKey<$type> = $key::$make($($arg,)* $summary);
        )+
        $(#[$meta])*
        $list_vis static $list: &[&$crate::settings::Setting] = &[$($name.setting()),+];
    };
}

pub(crate) use settings;
pub(crate) use words;

/// A setting whose values have the type `T`.
#[derive(Debug)]
pub struct SettingKey<T: ?Sized> {
    setting: Setting,
    of: PhantomData<T>,
}

impl<T: SettingType + ?Sized> SettingKey<T> {
    const fn new(name: &'static str, kind: Kind, default: Value, summary: &'static str) -> Self {
        let place = Place::new();
        Self { setting: Setting { name, kind, default, summary, place }, of: PhantomData }
    }

    /// The setting's name.
    pub const fn name(&self) -> &'static str {
        self.setting.name
    }

    /// The setting's description, for lists of settings of several types.
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// The value unless it is set.
    pub fn default(&self) -> T::Borrowed<'_> {
        T::of(&self.setting.default)
    }

    /// For [`words!`], which knows that `default` is one of `words`.
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
    pub const fn flag(name: &'static str, default: bool, summary: &'static str) -> Self {
        Self::new(name, Kind::Flag, Value::Flag(default), summary)
    }
}

impl SettingKey<u64> {
    /// A setting that is a whole number in `range`.
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
    pub const fn pace(name: &'static str, seconds: i64, summary: &'static str) -> Self {
        let default = Pace::After(SignedDuration::from_secs(seconds));
        Self::new(name, Kind::Pace, Value::Pace(default), summary)
    }
}

impl SettingKey<str> {
    /// A setting that is any text that `check` accepts; the error of `check` says what is allowed.
    pub const fn text(
        name: &'static str,
        default: &'static str,
        check: fn(&str) -> Result<(), String>,
        summary: &'static str,
    ) -> Self {
        Self::new(name, Kind::Text(check), Value::Text(Cow::Borrowed(default)), summary)
    }
}
