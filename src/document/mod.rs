//! Fixture files as trees with positions, and shapes that describe what a tree may hold.
//!
//! [`parse`] turns YAML or JSON text into a [`Node`]; every value and every key carries its [`Place`]. A [`Shape`] is a
//! declarative description of what may stand there, and [`Shape::check`] reports every error at once, because a person
//! who corrects a fixture wants the whole list and not one error per run.
//!
//! This is the lowest layer of the crate: it knows nothing of samples, verdicts or vendors.

pub mod code;
mod diagnostic;
mod emit;
mod excerpt;
mod format;
mod json;
mod named_schema;
mod node;
mod place;
mod read;
mod render;
mod rows;
mod scalar;
mod shape;
mod suggest;
mod time;
mod truncate;
mod wording;
mod yaml;

pub use code::Code;
pub(crate) use code::{Severity, codes};
pub use diagnostic::{Diagnostic, Diagnostics};
pub(crate) use emit::{yaml, yaml_item};
pub(crate) use excerpt::Excerpt;
pub use format::Format;
pub(crate) use format::without_mark;
pub(crate) use named_schema::named_schemas;
pub(crate) use node::{Entry, Node, Value};
pub(crate) use place::Place;
pub(crate) use read::no_break_space;
pub use read::parse;
pub(crate) use rows::{cut_lines, lines_from, rows};
pub(crate) use shape::or_null;
pub use shape::{Field, Shape};
pub(crate) use suggest::{suggest, suggest_or_list};
pub(crate) use time::{TimeSpec, format_span, parse_span};
pub(crate) use truncate::truncate;

/// The most levels of lists and mappings. It keeps the recursive functions from overflowing the stack.
const MAX_DEPTH: usize = 64;
