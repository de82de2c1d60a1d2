//! YAML: a tree from the parser's events.
//!
//! The tree is built on an explicit stack, so that no document can overflow the stack of the thread. Aliases are copied,
//! within a limit: without one, a file of some hundred bytes could ask for billions of nodes.

mod measure;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use self::measure::TreeSize;
use self::syntax::syntax_error;
use super::wording::{found, too_deep, unique};
use super::{Code, Diagnostics, Entry, MAX_DEPTH, Node, Place, Value, code, scalar};

/// The most nodes that anchors and aliases may copy in one document.
const MAX_COPIES: usize = 1_000_000;
/// The most bytes of text in these nodes.
const MAX_COPIED_BYTES: usize = 64 << 20;

/// An error after which nothing more is read: its code, place, message and help.
type FatalError = (&'static Code, Place, String, &'static str);

pub(super) fn parse(text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut builder = Builder {
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        copied: TreeSize::default(),
        documents: 0,
        diagnostics,
    };
    for event in Parser::new_from_str(text) {
        if builder.diagnostics.is_cancelled() {
            return None;
        }
        let taken = match event {
            Ok((event, span)) => builder.take(event, place(&span.start)),
            Err(error) => Err(syntax_error(&error, text)),
        };
        if let Err((code, place, what, help)) = taken {
            builder.diagnostics.add(code, place, what, help);
            return None;
        }
        // The first document is read to its end, so that its errors are reported with that of the second.
        if builder.documents > 1 {
            break;
        }
    }
    Some(builder.root.unwrap_or_else(|| Node::new(Place { line: 1, column: 1 }, Value::Null)))
}

struct Builder<'a> {
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    copied: TreeSize,
    documents: usize,
    diagnostics: &'a mut Diagnostics,
}

/// A list or mapping that is not closed yet.
struct Frame {
    place: Place,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, merged: Vec<Node>, key: Option<Key> },
}

/// The key that waits for its value.
enum Key {
    Name(String, Place),
    /// `<<`: the value's entries become this mapping's.
    Merge,
    /// The key was invalid and has been reported; the value is dropped.
    Refused,
}

/// The node that an anchor names, and its size.
struct Anchored {
    node: Node,
    size: TreeSize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), FatalError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.diagnostics.add(
                        &code::SECOND_DOCUMENT,
                        place,
                        "a second document starts here",
                        "split the file, one document in each",
                    );
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                // In quotes, `<<` is an ordinary key. It is one as a value too, which `take_merge_key` finds out.
                if plain && tag.is_none() && text == "<<" && self.take_merge_key() {
                    return Ok(());
                }
                let node = self.scalar(text.into_owned(), plain, tag.as_deref(), place);
                self.anchor(anchor, &node)?;
                self.put(node);
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), "seq", place, Inside::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                let inside = Inside::Map { entries: Vec::new(), merged: Vec::new(), key: None };
                self.open(anchor, tag.as_deref(), "map", place, inside)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(anchor) => self.alias(anchor, place)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        own_tag: &str,
        place: Place,
        inside: Inside,
    ) -> Result<(), FatalError> {
        // The stack here could grow further, but what walks the finished tree is recursive.
        if self.stack.len() >= MAX_DEPTH {
            let (what, help) = too_deep();
            return Err((&code::NESTING, place, what, help));
        }
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == own_tag)
        {
            self.refuse_tag(tag, place);
        }
        self.stack.push(Frame { place, anchor, inside });
        Ok(())
    }

    fn close(&mut self) -> Result<(), FatalError> {
        let Some(Frame { place, anchor, inside }) = self.stack.pop() else { return Ok(()) };
        let value = match inside {
            Inside::List(items) => Value::List(items),
            Inside::Map { entries, merged, .. } => {
                // Before the merge: a key of its own that replaces a merged one is not a repetition.
                let mut entries = unique(entries, self.diagnostics);
                if !merged.is_empty() {
                    let mut keys: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
                    merged.into_iter().for_each(|node| self.merge(&mut entries, &mut keys, node));
                }
                Value::Map(entries)
            }
        };
        let node = Node::new(place, value);
        self.anchor(anchor, &node)?;
        self.put(node);
        Ok(())
    }

    /// Adds the entries of a `<<`, or of each mapping in its list; what the mapping says itself comes first.
    fn merge(&mut self, entries: &mut Vec<Entry>, keys: &mut HashSet<String>, node: Node) {
        match node.value {
            Value::Map(more) => {
                for entry in more {
                    // The first one counts, as the merge key of YAML says: earlier mappings of a list before later
                    // ones.
                    if keys.insert(entry.key.clone()) {
                        entries.push(entry);
                    }
                }
            }
            Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
                items.into_iter().for_each(|item| self.merge(entries, keys, item));
            }
            _ => {
                let what = format!("<< must name a mapping, found {}", found(&node));
                self.diagnostics.add(
                    &code::MERGE,
                    node.place,
                    what,
                    "name an anchor of a mapping, like <<: *defaults",
                );
            }
        }
    }

    /// Whether a `<<` stands where a key does.
    fn take_merge_key(&mut self) -> bool {
        match self.stack.last_mut() {
            Some(Frame { inside: Inside::Map { key: key @ None, .. }, .. }) => {
                *key = Some(Key::Merge);
                true
            }
            _ => false,
        }
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node) {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.inside {
            Inside::List(items) => items.push(node),
            Inside::Map { entries, merged, key } => match key.take() {
                Some(Key::Name(key, place)) => entries.push(Entry { key, place, node }),
                Some(Key::Merge) => merged.push(node),
                Some(Key::Refused) => {}
                // The parser sends keys and values alternately, so without a key this is one.
                None => *key = Some(self::key(node, self.diagnostics)),
            },
        }
    }

    fn scalar(&mut self, text: String, plain: bool, tag: Option<&Tag>, place: Place) -> Node {
        let value = match tag {
            None if plain => scalar::resolve(&text),
            None => None,
            // `! 5`: a `!` alone says that the value is text, whatever it looks like.
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => None,
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => None,
            Some(tag) => {
                let value = scalar::resolve(&text).filter(|_| tag.is_yaml_core_schema());
                let value = match (value, tag.suffix.as_str()) {
                    // `!!float 1` is valid, although the text without its tag is a whole number.
                    (Some(Value::Integer(number)), "float") => Some(Value::Float(number as f64)),
                    (value @ Some(Value::Integer(_)), "int") => value,
                    (value @ Some(Value::Float(_)), "float") => value,
                    (value @ Some(Value::Bool(_)), "bool") => value,
                    (value @ Some(Value::Null), "null") => value,
                    _ => None,
                };
                if value.is_none() {
                    self.refuse_tag(tag, place);
                }
                value
            }
        };
        match value {
            // With its text, since the field may be one that holds text: a hash, a version like `1.0`.
            Some(value) => Node { place, value, raw: Some(text.into_boxed_str()) },
            None => Node::new(place, Value::Text(text)),
        }
    }

    fn refuse_tag(&mut self, tag: &Tag, place: Place) {
        let name = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
        let what = format!("tag {name} does not fit this value");
        self.diagnostics.add(
            &code::TAG,
            place,
            what,
            "remove the tag; to make a number text, put it in quotes",
        );
    }

    fn anchor(&mut self, anchor: usize, node: &Node) -> Result<(), FatalError> {
        if anchor > 0 {
            // An anchor copies its value as well, so anchors within anchors cost as much as aliases.
            let size = TreeSize::of(node);
            self.charge(size, node.place)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), FatalError> {
        // The parser refuses names that no anchor has. One that is missing here is still open, so the alias is inside
        // it.
        let Some(anchored) = self.anchors.get(&anchor) else {
            let what = "an alias refers to the value that contains it".to_owned();
            return Err((&code::ALIASES, place, what, "write the value out"));
        };
        // The alias opens no frames, but the tree gets as deep as if its value stood here.
        if self.stack.len() + anchored.size.height > MAX_DEPTH {
            let (what, help) = too_deep();
            return Err((&code::NESTING, place, what, help));
        }
        self.charge(anchored.size, place)?;
        // Looked up again, because `charge` borrows the whole builder. The copy is made only after the check.
        if let Some(anchored) = self.anchors.get(&anchor) {
            let node = anchored.node.clone();
            self.put(node);
        }
        Ok(())
    }

    /// Counts a copy of this size, and refuses it beyond the limits.
    fn charge(&mut self, size: TreeSize, place: Place) -> Result<(), FatalError> {
        self.copied.add(size);
        if self.copied.nodes > MAX_COPIES || self.copied.bytes > MAX_COPIED_BYTES {
            let most = MAX_COPIED_BYTES >> 20;
            let what = format!("aliases expand to more than {MAX_COPIES} values or {most} MiB of text");
            return Err((&code::ALIASES, place, what, "use fewer aliases, or write the values out"));
        }
        Ok(())
    }
}

/// The text of a key; a list or mapping as key is reported.
fn key(node: Node, diagnostics: &mut Diagnostics) -> Key {
    match (node.value, node.raw) {
        (Value::Text(text), _) => Key::Name(text, node.place),
        (value @ (Value::List(_) | Value::Map(_)), _) => {
            let what = format!("a key must be text, found {}", Node::new(node.place, value).kind());
            diagnostics.add(
                &code::KEY,
                node.place,
                what,
                "write the key as plain text; put text that starts with [ or { in quotes",
            );
            Key::Refused
        }
        // As written, so that `1.0: x` has the key `1.0` and not `1`.
        (_, raw) => Key::Name(raw.unwrap_or_default().into_string(), node.place),
    }
}

fn place(marker: &Marker) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(marker.line()).max(1), column: number(marker.col()).saturating_add(1) }
}
