//! Every message that a shape gives, letter by letter.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::document::{Diagnostics, Format, Node, parse};

fn verdicts() -> Vec<&'static str> {
    vec!["clean", "infected", "suspicious"]
}

static TAGS: Shape = Shape::List(&Shape::Text);
static CHILD: Shape =
    Shape::Record(&[Field::required("name", Shape::Text, "the file's name"), Field::new("tags", TAGS, "")]);
static SAMPLE: Shape = Shape::Record(&[
    Field::required("name", Shape::Text, "the file's name"),
    Field::new("md5", Shape::Hash("md5"), ""),
    Field::new("sha256", Shape::Hash("sha256"), ""),
    Field::new("verdict", Shape::Word(verdicts), ""),
    Field::new("size", Shape::Count { min: 0, max: u64::MAX }, ""),
    Field::new("level", Shape::Count { min: 1, max: 5 }, ""),
    Field::new("shift", Shape::Integer { min: -3, max: i64::MAX }, ""),
    Field::new("depth", Shape::Integer { min: i64::MIN, max: 9 }, ""),
    Field::new("share", Shape::Number, ""),
    Field::new("known", Shape::Flag, ""),
    Field::new("seen", Shape::Time, ""),
    Field::new("lasts", Shape::Span, ""),
    Field::new("tags", TAGS, ""),
    Field::new("engines", Shape::Map(&Shape::Text), ""),
    Field::new("children", Shape::List(&CHILD), ""),
    Field::new("parent", Shape::Either(&[Shape::Hash("md5"), Shape::Hash("sha1"), CHILD]), ""),
    Field::new("limit", Shape::Either(&[Shape::Flag, CHILD, Shape::Flag]), ""),
    Field::new("any", Shape::Any, ""),
]);
const FIELDS: &str = "name, md5, sha256, verdict, size, level, shift, depth, share, known, seen, lasts, tags, engines, \
                      children, parent, limit, any";

fn errors(yaml: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::new("f");
    let node = parse(yaml, Format::Yaml, &mut diagnostics).unwrap();
    let good = SAMPLE.check(&node, "samples[3]", &mut diagnostics);
    assert_eq!(good, diagnostics.is_empty());
    diagnostics.into_vec().iter().map(ToString::to_string).collect()
}

#[test]
fn a_valid_tree_has_no_errors() {
    let hash = "0123456789abcdefABCDEF0123456789";
    assert_eq!(
        errors(&format!(
            "name: 1.0\nmd5: {hash}\nsha256: {hash}{hash}\nverdict: infected\nsize: 0\nlevel: 5\nshift: -3\ndepth: 9\nshare: 1\n\
             known: true\nseen: -2d\nlasts: 90\ntags: [yes, 1, true]\nengines: {{a b: c}}\nchildren: [{{name: x, tags: ~}}]\n\
             parent: {{name: x}}\nlimit: false\nany: [~, {{a: 1}}]\n"
        )),
        [""; 0]
    );
    for digits in [
        "00000000000000000000000000001414",
        "12345678901234567890123456789012",
        "1e500000000000000000000000000000",
        "0e123456789012345678901234567890",
    ] {
        assert_eq!(errors(&format!("name: x\nmd5: {digits}")), [""; 0]);
    }
    assert_eq!(errors("name: x\nmd5: ~\nsize:\nchildren: null\n"), [""; 0]);
}

#[test]
fn all_errors_are_reported_in_order_of_position() {
    assert_eq!(
        errors("size: big\nverdikt: x\nverdict: infectd\nsha256: abc\nchildren:\n  - tags: [[]]\n"),
        [
            "f:1:1: missing field \"name\"; add name: the file's name",
            "f:1:7: size must be a whole number, found text \"big\"; write digits without quotes, like 512",
            &format!("f:2:1: unknown field \"verdikt\"; did you mean \"verdict\"? fields here: {FIELDS}"),
            "f:3:10: unknown verdict \"infectd\"; did you mean \"infected\"? one of: clean, infected, suspicious",
            "f:4:9: sha256 has 3 hex digits, expected 64; give the whole hash",
            "f:6:5: missing field \"name\"; add name: the file's name",
            "f:6:12: tags[0] must be text, found a list; write it in quotes",
        ]
    );
}

#[test]
fn messages() {
    let list = "write it as [a, b], or each item on a line that starts with a dash";
    let map = "write it as {name: value}, or each name on a line of its own";
    let times = "write 2015-08-14T12:46:59Z, 2026-01-02, now, or an offset like -2d or +1h30m";
    let spans = "write 90s, 500ms, 1h30m, 2d, or a whole number of seconds";
    let words = "one of: clean, infected, suspicious";
    let short = "0".repeat(63);
    for (field, error) in [
        (format!("sha256: {short}"), "8: sha256 has 63 hex digits, expected 64; give the whole hash".to_owned()),
        (format!("sha256: {short}g"), "8: sha256 holds 'g', which is not a hex digit; a sha256 has 64 digits, each 0-9 or a-f".into()),
        (format!("md5: {}", &short[..40]), "5: md5 has 40 hex digits, expected 32; this is as long as a sha1".into()),
        (format!("sha256: {}", &short[..32]), "8: sha256 has 32 hex digits, expected 64; this is as long as an md5".into()),
        ("md5: ''".into(), "5: md5 has 0 hex digits, expected 32; give the whole hash".into()),
        ("md5: []".into(), "5: md5 must be an md5, found a list; write its 32 hex digits in quotes".into()),
        ("level: 6".into(), "7: level must be from 1 to 5, found 6; write a number in this range".into()),
        ("level: 0".into(), "7: level must be from 1 to 5, found 0; write a number in this range".into()),
        ("size: -1".into(), "6: size must be at least 0, found -1; write a number in this range".into()),
        ("size: 1.5".into(), "6: size must be a whole number, found 1.5; write digits without quotes, like 512".into()),
        ("size: '5'".into(), "6: size must be a whole number, found text \"5\"; write digits without quotes, like 512".into()),
        ("shift: -4".into(), "7: shift must be at least -3, found -4; write a number in this range".into()),
        ("depth: 10".into(), "7: depth must be at most 9, found 10; write a number in this range".into()),
        ("share: x".into(), "7: share must be a number, found text \"x\"; write digits without quotes, like 512 or 0.5".into()),
        ("known: yes".into(), "7: known must be true or false, found text \"yes\"; write true or false, without quotes".into()),
        ("seen: yesterday".into(), format!("6: seen: \"yesterday\" is not a valid time; {times}")),
        ("seen: 2026-02-30".into(), format!("6: seen: \"2026-02-30\" is not in the calendar; {times}")),
        ("seen: {}".into(), format!("6: seen must be a time, found a mapping; {times}")),
        ("lasts: soon".into(), format!("7: lasts: \"soon\" is not a valid duration; {spans}")),
        ("lasts: -5".into(), format!("7: lasts: \"-5\" is not a valid duration; {spans}")),
        ("lasts: []".into(), format!("7: lasts must be a duration, found a list; {spans}")),
        ("verdict: Clean".into(), format!("9: unknown verdict \"Clean\"; did you mean \"clean\"? {words}")),
        ("verdict: 7".into(), format!("9: unknown verdict \"7\"; {words}")),
        ("verdict: [clean]".into(), "9: verdict must be one of clean, infected, suspicious, found a list; write one of these words".into()),
        ("tags: a".into(), format!("6: tags must be a list, found text \"a\"; {list}")),
        ("tags: [a, ~]".into(), "10: tags[1] must be text, found nothing; write it in quotes".into()),
        ("engines: 5".into(), format!("9: engines must be a mapping, found 5; {map}")),
        ("engines: {\"a\\nb\": []}".into(), "18: \"a\\nb\" must be text, found a list; write it in quotes".into()),
        ("children: [true]".into(), "11: children[0] must be a mapping, found true; fields here: name, tags".into()),
        ("parent: {tags: []}".into(), "8: missing field \"name\"; add name: the file's name".into()),
        ("parent: abc".into(), "8: parent must be an md5 or a sha1 or a mapping, found text \"abc\"; write it in one of these forms".into()),
        ("limit: 5".into(), "7: limit must be true or false or a mapping, found 5; write it in one of these forms".into()),
        ("colour: red".into(), format!("0: unknown field \"colour\"; fields here: {FIELDS}")),
    ] {
        let (column, text) = error.split_once(": ").unwrap();
        let column = column.parse::<u32>().unwrap() + 1;
        assert_eq!(errors(&format!("name: x\n{field}\n")), [format!("f:2:{column}: {text}")], "{field}");
    }
}

#[test]
fn the_root_is_named_and_may_be_empty() {
    let mut diagnostics = Diagnostics::new("f");
    let null = Node::from_json(&serde_json::Value::Null);
    assert!(Shape::Map(&Shape::Any).check(&null, "", &mut diagnostics));
    assert!(!CHILD.check(&null, "", &mut diagnostics));
    assert!(!CHILD.check(&Node::from_json(&serde_json::json!([1])), "", &mut diagnostics));
    assert!(!Shape::Text.check(&Node::from_json(&serde_json::json!(1)), "the body.name", &mut diagnostics));
    assert!(!Shape::Text.check(&Node::from_json(&serde_json::json!(true)), "b", &mut diagnostics));
    assert!(!Shape::Span.check(&Node::from_json(&serde_json::json!(-1)), "b", &mut diagnostics));
    assert!(Shape::Span.check(&Node::from_json(&serde_json::json!(1)), "b", &mut diagnostics));
    let rendered: Vec<String> = diagnostics.into_vec().iter().map(ToString::to_string).collect();
    assert_eq!(
        rendered,
        [
            "f: missing field \"name\"; add name: the file's name",
            "f: the document must be a mapping, found a list; fields here: name, tags",
            "f: name must be text, found 1; write it in quotes",
            "f: b must be text, found true; write it in quotes",
            "f: b: \"-1\" is not a valid duration; write 90s, 500ms, 1h30m, 2d, or a whole number of seconds",
        ]
    );
}

/// A shape may name itself, as the children of a sample do.
#[test]
fn shapes_may_be_recursive() {
    static TREE: Shape = Shape::Record(&[Field::new("children", Shape::List(&TREE), "")]);
    let mut diagnostics = Diagnostics::new("f");
    let node = parse("children: [{children: [{child: 1}]}]", Format::Yaml, &mut diagnostics).unwrap();
    assert!(!TREE.check(&node, "", &mut diagnostics));
    let rendered: Vec<String> = diagnostics.into_vec().iter().map(ToString::to_string).collect();
    assert_eq!(rendered, ["f:1:25: unknown field \"child\"; fields here: children"]);
}
