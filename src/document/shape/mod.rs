//! Shapes: declarative descriptions of what a tree may hold.

mod check;
mod convert;
mod schema;
#[cfg(test)]
mod tests;

pub(crate) use schema::or_null;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text; an unquoted YAML number or flag counts as written.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, not negative.
    Count {
        /// The least.
        min: u64,
        /// The most; `u64::MAX` for no limit.
        max: u64,
    },
    /// A whole number.
    Integer {
        /// The least; `i64::MIN` for no limit.
        min: i64,
        /// The most; `i64::MAX` for no limit.
        max: i64,
    },
    /// A number, whole or not.
    Number,
    /// A time as [`TimeSpec`](super::TimeSpec) reads it.
    Time,
    /// A duration as [`parse_span`](super::parse_span) reads it.
    Span,
    /// Hex digits, as many as the hash of this name has: `md5`, `sha1`, `sha256`, `sha512` or `imphash`.
    Hash(&'static str),
    /// One of these words, exactly as written. A function, because the words usually belong to another module's type.
    Word(fn() -> Vec<&'static str>),
    /// A list of values of one shape.
    List(&'static Shape),
    /// A mapping with keys of the writer's choice and values of one shape.
    Map(&'static Shape),
    /// A mapping with these fields and no others.
    Record(&'static [Field]),
    /// Any of these shapes.
    Either(&'static [Shape]),
}

/// A field of a [`Shape::Record`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What the value may be.
    pub shape: Shape,
    /// Whether it must be given; `null` counts as not given.
    pub required: bool,
    /// What the field says, for the message about a missing one and for documentation.
    pub summary: &'static str,
}

impl Field {
    /// A field that may be left out.
    pub const fn new(name: &'static str, shape: Shape, summary: &'static str) -> Field {
        Field { name, shape, required: false, summary }
    }

    /// A field that must be given.
    pub const fn required(name: &'static str, shape: Shape, summary: &'static str) -> Field {
        Field { name, shape, required: true, summary }
    }
}

/// How many hex digits the hash of this name has; 0 for an unknown name, which [`Shape::check`] takes for any number.
fn hash_digits(kind: &str) -> usize {
    match kind {
        "md5" | "imphash" => 32,
        "sha1" => 40,
        "sha256" => 64,
        "sha512" => 128,
        _ => 0,
    }
}
