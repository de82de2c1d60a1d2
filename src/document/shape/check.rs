//! Checks a tree against a shape and reports every error.

use std::fmt;

use super::{Field, Shape, hash_digits};
use crate::document::time::{SPAN_FORMS, TIME_FORMS, read_span, read_time};
use crate::document::wording::{found, quote};
use crate::document::{Diagnostic, Diagnostics, Entry, Node, Place, Value, code, suggest};

impl Shape {
    /// Reports every error of the tree and says whether there was none.
    ///
    /// `path` says where the tree hangs, like `samples[3]`; messages name its last part. A mapping that is nothing at
    /// all, as in an empty file, counts as one without fields.
    pub fn check(&self, node: &Node, path: &str, diagnostics: &mut Diagnostics) -> bool {
        let last = path.rsplit('.').next().unwrap_or_default();
        let name = Name::Field(if last.is_empty() { "the document" } else { last });
        let before = diagnostics.len();
        match self {
            Shape::Record(fields) if node.is_null() => record(fields, node.place, &[], diagnostics),
            Shape::Map(_) if node.is_null() => {}
            _ => self.verify(node, name, diagnostics),
        }
        diagnostics.len() == before
    }

    fn verify(&self, node: &Node, name: Name<'_>, diagnostics: &mut Diagnostics) {
        match (self, &node.value) {
            (Shape::Any, _)
            | (Shape::Flag, Value::Bool(_))
            | (Shape::Number, Value::Integer(_) | Value::Float(_)) => {}
            (Shape::Text, _) if node.as_text().is_some() => {}
            (Shape::Count { min, max }, Value::Integer(number)) => {
                if u64::try_from(*number).map_or(true, |number| number < *min || number > *max) {
                    let most = (*max < i64::MAX.cast_unsigned()).then_some(max);
                    out_of_range(node, name, Some(min), most, diagnostics);
                }
            }
            (Shape::Integer { min, max }, Value::Integer(number)) => {
                if number < min || number > max {
                    let (least, most) = ((*min > i64::MIN).then_some(min), (*max < i64::MAX).then_some(max));
                    out_of_range(node, name, least, most, diagnostics);
                }
            }
            (Shape::Time, _) if let Some(text) = node.as_text() => {
                if let Err(error) = read_time(text) {
                    diagnostics.add(&code::TIME, node.place, format!("{name}: {error}"), TIME_FORMS);
                }
            }
            // Numbers of JSON have no source text; those of YAML are read from theirs, in the next arm.
            (Shape::Span, Value::Integer(number)) if node.raw.is_none() => {
                if let Err(error) = read_span(&number.to_string()) {
                    diagnostics.add(&code::SPAN, node.place, format!("{name}: {error}"), SPAN_FORMS);
                }
            }
            (Shape::Span, _) if let Some(text) = node.as_text() => {
                if let Err(error) = read_span(text) {
                    diagnostics.add(&code::SPAN, node.place, format!("{name}: {error}"), SPAN_FORMS);
                }
            }
            (Shape::Hash(kind), _) if let Some(text) = node.as_text() => {
                hash(kind, text, node.place, name, diagnostics)
            }
            (Shape::Word(words), _) if let Some(text) = node.as_text() => {
                word(&words(), text, node.place, name, diagnostics)
            }
            (Shape::List(shape), Value::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    if diagnostics.is_cancelled() {
                        return;
                    }
                    shape.verify(item, Name::Item(&name, at), diagnostics);
                }
            }
            (Shape::Map(shape), Value::Map(entries)) => {
                for entry in entries {
                    shape.verify(&entry.node, Name::Field(&entry.key), diagnostics);
                }
            }
            (Shape::Record(fields), Value::Map(entries)) => record(fields, node.place, entries, diagnostics),
            (Shape::Either(shapes), _) => either(self, shapes, node, name, diagnostics),
            _ => self.wrong_kind(node, name, diagnostics),
        }
    }

    fn wrong_kind(&self, node: &Node, name: Name<'_>, diagnostics: &mut Diagnostics) {
        diagnostics.push_with(|file| {
            let what = format!("{name} must be {}, found {}", self.wanted(), found(node));
            Diagnostic::new(file, node.place, &code::KIND, what, self.advice())
        });
    }

    /// Whether the value is of a kind that this shape looks at more closely.
    fn takes_kind(&self, node: &Node) -> bool {
        match self {
            Shape::Any => true,
            Shape::Text | Shape::Time | Shape::Hash(_) | Shape::Word(_) => node.as_text().is_some(),
            Shape::Span => node.as_text().is_some() || node.as_integer().is_some(),
            Shape::Flag => node.as_bool().is_some(),
            Shape::Count { .. } | Shape::Integer { .. } => node.as_integer().is_some(),
            Shape::Number => node.as_number().is_some(),
            Shape::List(_) => node.as_list().is_some(),
            Shape::Map(_) | Shape::Record(_) => node.as_map().is_some(),
            Shape::Either(shapes) => shapes.iter().any(|shape| shape.takes_kind(node)),
        }
    }

    /// What the shape asks for, in words.
    fn wanted(&self) -> String {
        match self {
            Shape::Any => "anything".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Count { .. } | Shape::Integer { .. } => "a whole number".to_owned(),
            Shape::Number => "a number".to_owned(),
            Shape::Time => "a time".to_owned(),
            Shape::Span => "a duration".to_owned(),
            Shape::Hash(kind @ ("md5" | "imphash")) => format!("an {kind}"),
            Shape::Hash(kind) => format!("a {kind}"),
            Shape::Word(words) => format!("one of {}", words().join(", ")),
            Shape::List(_) => "a list".to_owned(),
            Shape::Map(_) | Shape::Record(_) => "a mapping".to_owned(),
            Shape::Either(shapes) => {
                let mut wanted: Vec<String> = Vec::new();
                for one in shapes.iter().map(Shape::wanted) {
                    if !wanted.contains(&one) {
                        wanted.push(one);
                    }
                }
                wanted.join(" or ")
            }
        }
    }

    /// How to write what the shape asks for.
    fn advice(&self) -> String {
        match self {
            Shape::Any => String::new(),
            Shape::Text => "write it in quotes".to_owned(),
            Shape::Flag => "write true or false, without quotes".to_owned(),
            Shape::Count { .. } | Shape::Integer { .. } => "write digits without quotes, like 512".to_owned(),
            Shape::Number => "write digits without quotes, like 512 or 0.5".to_owned(),
            Shape::Time => TIME_FORMS.to_owned(),
            Shape::Span => SPAN_FORMS.to_owned(),
            Shape::Hash(kind) => format!("write its {} hex digits in quotes", hash_digits(kind)),
            Shape::Word(_) => "write one of these words".to_owned(),
            Shape::List(_) => "write it as [a, b], or each item on a line that starts with a dash".to_owned(),
            Shape::Map(_) => "write it as {name: value}, or each name on a line of its own".to_owned(),
            Shape::Record(fields) => format!("fields here: {}", names(fields)),
            Shape::Either(_) => "write it in one of these forms".to_owned(),
        }
    }
}

/// How a message names a value: by its key, or by its list's name and number. Borrowed, because most values are right
/// and need no name.
#[derive(Clone, Copy)]
enum Name<'a> {
    Field(&'a str),
    Item(&'a Name<'a>, usize),
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Field(name) if name.len() <= 60 && !name.contains(char::is_control) => f.write_str(name),
            Name::Field(name) => f.write_str(&quote(name)),
            Name::Item(list, at) => write!(f, "{list}[{at}]"),
        }
    }
}

fn record(fields: &[Field], place: Place, entries: &[Entry], diagnostics: &mut Diagnostics) {
    for entry in entries {
        match fields.iter().find(|field| field.name == entry.key) {
            Some(_) if entry.node.is_null() => {}
            Some(field) => field.shape.verify(&entry.node, Name::Field(field.name), diagnostics),
            None => {
                diagnostics.push_with(|file| {
                    let meant = suggest(&entry.key, fields.iter().map(|field| field.name));
                    let what = format!("unknown field {}", quote(&entry.key));
                    let help = format!("fields here: {}", names(fields));
                    Diagnostic::new(file, entry.place, &code::UNKNOWN_FIELD, what, help).meaning(meant)
                });
            }
        }
    }
    for field in fields.iter().filter(|field| field.required) {
        if !entries.iter().any(|entry| entry.key == field.name && !entry.node.is_null()) {
            let summary = if field.summary.is_empty() { "" } else { ": " };
            let help = format!("add {}{summary}{}", field.name, field.summary);
            diagnostics.add(&code::MISSING_FIELD, place, format!("missing field \"{}\"", field.name), help);
        }
    }
}

/// If one alternative fits the value's kind, reports its errors; otherwise lists all alternatives.
fn either(whole: &Shape, shapes: &[Shape], node: &Node, name: Name<'_>, diagnostics: &mut Diagnostics) {
    let mut nearest: Option<Diagnostics> = None;
    let mut fitting = 0;
    for shape in shapes.iter().filter(|shape| shape.takes_kind(node)) {
        let mut own = diagnostics.of_file(diagnostics.file());
        shape.verify(node, name, &mut own);
        if own.is_empty() {
            return;
        }
        fitting += 1;
        if nearest.as_ref().is_none_or(|nearest| own.len() < nearest.len()) {
            nearest = Some(own);
        }
    }
    let is_tree = matches!(node.value, Value::List(_) | Value::Map(_));
    match nearest {
        // A list or mapping is explained best by the errors inside it. If a scalar fits none of several alternatives,
        // the errors of one of them would be arbitrary.
        Some(nearest) if is_tree || fitting == 1 => diagnostics.extend(nearest),
        _ => whole.wrong_kind(node, name, diagnostics),
    }
}

fn hash(kind: &'static str, text: &str, place: Place, name: Name<'_>, diagnostics: &mut Diagnostics) {
    let expected = hash_digits(kind);
    // Letters before length: with a letter that is not ASCII, the length in bytes would mislead.
    if let Some(odd) = text.chars().find(|letter| !letter.is_ascii_hexdigit()) {
        let help = format!("{} has {expected} digits, each 0-9 or a-f", Shape::Hash(kind).wanted());
        diagnostics.add(&code::HASH, place, format!("{name} holds {odd:?}, which is not a hex digit"), help);
    } else if text.len() != expected && expected > 0 {
        let other =
            ["md5", "sha1", "sha256", "sha512"].into_iter().find(|other| hash_digits(other) == text.len());
        let help = match other {
            Some(other) => format!("this is as long as {}", Shape::Hash(other).wanted()),
            None => "give the whole hash".to_owned(),
        };
        diagnostics.add(
            &code::HASH,
            place,
            format!("{name} has {} hex digits, expected {expected}", text.len()),
            help,
        );
    }
}

fn word(words: &[&str], text: &str, place: Place, name: Name<'_>, diagnostics: &mut Diagnostics) {
    if !words.contains(&text) {
        diagnostics.push_with(|file| {
            let meant = suggest(text, words.iter().copied());
            let help = format!("one of: {}", words.join(", "));
            let what = format!("unknown {name} {}", quote(text));
            Diagnostic::new(file, place, &code::WORD, what, help).meaning(meant)
        });
    }
}

fn out_of_range<N: fmt::Display>(
    node: &Node,
    name: Name<'_>,
    min: Option<N>,
    max: Option<N>,
    diagnostics: &mut Diagnostics,
) {
    let range = match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => return,
    };
    let what = format!("{name} must be {range}, found {}", found(node));
    diagnostics.add(&code::RANGE, node.place, what, "write a number in this range");
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}
