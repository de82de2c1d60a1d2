//! Fixture files as trees that know their places, and shapes that say what a tree may hold.
//!
//! [`parse`] turns YAML or JSON text into a [`Node`]; every value and every key carries its [`Place`]. A [`Shape`] is a
//! declarative description of what may stand there, and [`Shape::check`] reports every fault at once, because a person
//! who mends a fixture wants the whole list and not one fault per run.
//!
//! This is the lowest layer of the crate: it knows nothing of samples, verdicts or vendors.

pub mod code;
mod emit;
mod excerpt;
mod format;
mod json;
mod node;
mod place;
mod problem;
mod read;
mod rows;
mod scalar;
mod shape;
mod shown;
mod suggest;
mod time;
mod wording;
mod yaml;

pub(crate) use code::codes;
pub use code::{Code, Severity};
pub use emit::{yaml, yaml_item};
pub use excerpt::Excerpt;
pub use format::Format;
pub(crate) use format::without_mark;
pub use node::{Entry, Node, Value};
pub use place::Place;
pub use problem::{MOST, Problem, Problems};
pub use read::parse;
pub use rows::{cut_lines, lines_from, rows};
pub(crate) use shape::or_null;
pub use shape::{Field, Shape};
pub use suggest::suggest;
pub use time::{TimeSpec, format_span, parse_span};

/// Lists and mappings may be nested this deep; no honest fixture comes near, and the recursive walks stay shallow.
const MAX_DEPTH: usize = 64;
