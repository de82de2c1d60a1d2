//! JSON: places, limits and the letter of every message.

#![allow(clippy::unwrap_used)]
use super::*;

fn read(text: &str) -> (Option<Node>, Vec<String>) {
    let mut diagnostics = Diagnostics::new("f");
    let node = parse(text, &mut diagnostics);
    (node, diagnostics.into_vec().iter().map(ToString::to_string).collect())
}

#[test]
fn accepts_what_serde_json_accepts() {
    for text in [
        r#"{"a":[1,-2,0.5,1e3,true,false,null,"x"],"":{},"b":[]}"#,
        r#"["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000é😀"]"#,
        " \t\r\n [ 1 , { \"a\" : 2 } ] ",
        "-0.0",
        "12345678901234567890",
        "\"\"",
    ] {
        let (node, diagnostics) = read(text);
        assert_eq!(diagnostics, Vec::<String>::new());
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(strip(node.unwrap()), Node::from_json(&json), "{text}");
    }
}

fn strip(mut node: Node) -> Node {
    node.place = Place::default();
    node.value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(strip).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|e| Entry { place: Place::default(), node: strip(e.node), ..e })
                .collect(),
        ),
        value => value,
    };
    node
}

#[test]
fn keys_and_values_have_positions() {
    let (node, _) = read("{\n\t\"é\": [\"😀\", 1],\r\n  \"b\": {\"c\": null}\n}");
    let node = node.unwrap();
    let spot = |line, column| Place { line, column };
    assert_eq!(node.place, spot(1, 1));
    let list = node.entry("é").unwrap();
    assert_eq!((list.place, list.node.place), (spot(2, 2), spot(2, 7)));
    let items = list.node.as_list().unwrap();
    assert_eq!((items[0].place, items[1].place), (spot(2, 8), spot(2, 13)));
    let c = node.get("b").unwrap().entry("c").unwrap();
    assert_eq!((c.place, c.node.place), (spot(3, 9), spot(3, 14)));
}

#[test]
fn repeated_keys_are_errors() {
    let (node, diagnostics) = read("{\"a\": 1,\n \"a\": 2, \"b\": {\"c\": 1, \"c\": 1}}");
    assert_eq!(
        diagnostics,
        [
            "f:2:2: field \"a\" is given twice, first in line 1; keep one of the two",
            "f:2:24: field \"c\" is given twice, first in line 2; keep one of the two",
        ]
    );
    assert_eq!(node.unwrap().to_json().to_string(), r#"{"a":1,"b":{"c":1}}"#);
}

#[test]
fn nesting_is_limited() {
    assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).0.is_some());
    let error = "f:1:65: lists and mappings are nested more than 64 levels deep; check for brackets that are never closed, or flatten the data";
    assert_eq!(read(&"[".repeat(1_000_000)).1, [error]);
}

#[test]
fn errors_have_position_and_help() {
    let syntax = "check the commas, quotes and brackets here and in the line above";
    let escapes = "write \\\\ for a backslash; the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000";
    let bare = "put text in double quotes; the bare words are true, false and null";
    let number = "write it like 12, -0.5 or 1e9, or put it in quotes";
    for (text, error) in [
        ("{", format!("1:2: expected a key in double quotes, found the end of the file; {syntax}")),
        ("{a: 1}", format!("1:2: expected a key in double quotes, found 'a'; {syntax}")),
        ("{\"a\" 1}", format!("1:6: expected a colon, found '1'; {syntax}")),
        ("{\"a\":\n}", format!("2:1: expected a value, found '}}'; {syntax}")),
        ("{\"a\": 1\n\"b\": 2}", format!("2:1: expected a comma or }}, found '\"'; {syntax}")),
        ("[1 2]", format!("1:4: expected a comma or ], found '2'; {syntax}")),
        ("[1,]", "1:3: a comma follows the last item; remove the comma".into()),
        ("[,1]", format!("1:2: expected a value, found ','; {syntax}")),
        ("{,}", format!("1:2: expected a key in double quotes, found ','; {syntax}")),
        ("1 é", format!("1:3: expected the end of the file, found 'é'; {syntax}")),
        ("[\"ab]", "1:2: a text is never closed; end it with a double quote".into()),
        (
            "[\"a\n\"]",
            "1:4: line break inside a text; write it as \\n, or end the text with a double quote".into(),
        ),
        (
            "[\"a\t\"]",
            "1:4: control character U+0009 inside a text; write it as an escape, like \\t or \\u0001".into(),
        ),
        ("\"\\q\"", format!("1:2: \\q is not an escape sequence; {escapes}")),
        ("\"\\", format!("1:2: \\ is not an escape sequence; {escapes}")),
        ("\"\\u12g4\"", "1:2: \\u must be followed by four hex digits; write it like \\u00e9".into()),
        ("\"\\u+123\"", "1:2: \\u must be followed by four hex digits; write it like \\u00e9".into()),
        (
            "\"\\ud83d!\"",
            "1:2: \\ud83d is half of a surrogate pair; write both halves, or the character itself".into(),
        ),
        (
            "\"\\ud83d\\u0041\"",
            "1:2: \\ud83d is half of a surrogate pair; write both halves, or the character itself".into(),
        ),
        (
            "\"\\udc00\"",
            "1:2: \\udc00 is half of a surrogate pair; write both halves, or the character itself".into(),
        ),
        ("[True]", format!("1:2: unexpected word \"True\"; {bare}")),
        ("[-]", format!("1:2: \"-\" is not a number; {number}")),
        ("01", format!("1:1: \"01\" is not a number; {number}")),
        ("1.", format!("1:1: \"1.\" is not a number; {number}")),
        ("0x1f", format!("1:1: \"0x1f\" is not a number; {number}")),
        ("[1e999]", "1:2: \"1e999\" is too large a number; put it in quotes".into()),
        ("'a'", format!("1:1: expected a value, found '\\''; {syntax}")),
    ] {
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        assert_eq!(read(text), (None, vec![format!("f:{error}")]), "{text}");
    }
}
