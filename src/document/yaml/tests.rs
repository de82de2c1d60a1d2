//! YAML: places, pitfalls, limits and the letter of every message.

#![allow(clippy::unwrap_used)]
use super::*;

fn read(text: &str) -> (Option<Node>, Vec<String>) {
    let mut diagnostics = Diagnostics::new("f");
    let node = parse(text, &mut diagnostics);
    (node, diagnostics.into_vec().iter().map(ToString::to_string).collect())
}

fn good(text: &str) -> Node {
    let (node, diagnostics) = read(text);
    assert_eq!(diagnostics, Vec::<String>::new(), "{text}");
    node.unwrap()
}

fn spot(line: u32, column: u32) -> Place {
    Place { line, column }
}

#[test]
fn keys_and_values_have_positions() {
    let node = good(
        "# set\nsamples:\n  - name: é x\n    tags: [a, \"b\"]\n  - {size: 5}\nlast:\n  deep: |\n    text\n",
    );
    assert_eq!(node.place, spot(2, 1));
    let samples = node.entry("samples").unwrap();
    assert_eq!((samples.place, samples.node.place), (spot(2, 1), spot(3, 3)));
    let items = samples.node.as_list().unwrap();
    assert_eq!((items[0].place, items[1].place), (spot(3, 5), spot(5, 5)));
    let tags = items[0].entry("tags").unwrap();
    assert_eq!((tags.place, tags.node.place), (spot(4, 5), spot(4, 11)));
    let places: Vec<_> = tags.node.as_list().unwrap().iter().map(|tag| tag.place).collect();
    assert_eq!(places, [spot(4, 12), spot(4, 15)]);
    let size = items[1].entry("size").unwrap();
    assert_eq!((size.place, size.node.place), (spot(5, 6), spot(5, 12)));
    assert_eq!(node.get("last").unwrap().place, spot(7, 3));
    assert_eq!(node.get("last").unwrap().get("deep").unwrap().as_text(), Some("text\n"));
    let windows = good("a: 1\r\nb: 2\r\n");
    assert_eq!(windows.entry("b").unwrap().place, spot(2, 1));
}

#[test]
fn plain_scalars_keep_their_source_text() {
    let node =
        good("[0000014, 1.0, yes, 1e5, 0x1F, true, ~, '12', 12345678901234567890123456789012, -2d, a b]");
    let items = node.as_list().unwrap();
    let texts: Vec<_> = items.iter().map(Node::as_text).collect();
    let expected = [
        "0000014",
        "1.0",
        "yes",
        "1e5",
        "0x1F",
        "true",
        "",
        "12",
        "12345678901234567890123456789012",
        "-2d",
        "a b",
    ];
    for (text, expected) in texts.iter().zip(expected) {
        assert_eq!(*text, Some(expected).filter(|text| !text.is_empty()));
    }
    assert_eq!(items[0].as_integer(), Some(14));
    assert!(items[6].is_null());
    assert_eq!(items[7].value, Value::Text("12".into()));
}

#[test]
fn keys_are_text_as_written() {
    let node = good("1: a\n1.0: b\ntrue: c\n'': d\n? e\n: f\n~: g\n");
    let keys: Vec<_> = node.as_map().unwrap().iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["1", "1.0", "true", "", "e", "~"]);
    let (node, diagnostics) = read("[a]: 1\nb: 2\n");
    assert_eq!(
        diagnostics,
        [
            "f:1:1: a key must be text, found a list; write the key as plain text; put text that starts with [ or { in quotes"
        ]
    );
    assert_eq!(node.unwrap().to_json().to_string(), r#"{"b":2}"#);
}

#[test]
fn aliases_and_merges_copy_their_anchor() {
    let node = good(
        "d: &d {verdict: clean, size: 1}\nx: &x hello\ns:\n  - *d\n  - <<: *d\n    size: 2\n  - <<: [*d, {y: *x, size: 3}]\n  - '<<': 1\n",
    );
    assert_eq!(
        node.get("s").unwrap().to_json().to_string(),
        r#"[{"verdict":"clean","size":1},{"size":2,"verdict":"clean"},{"verdict":"clean","size":1,"y":"hello"},{"<<":1}]"#
    );
    assert_eq!(node.get("s").unwrap().as_list().unwrap()[0].get("size").unwrap().place, spot(1, 30));
    assert_eq!(
        read("a: {<<: [1]}\nb: {<<: x}\n").1,
        [
            "f:1:9: << must name a mapping, found a list; name an anchor of a mapping, like <<: *defaults",
            "f:2:9: << must name a mapping, found text \"x\"; name an anchor of a mapping, like <<: *defaults",
        ]
    );
}

#[test]
fn aliases_cannot_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
    }
    let (node, diagnostics) = read(&text);
    assert!(node.is_none());
    assert_eq!(diagnostics.len(), 1);
    assert!(
        diagnostics[0].ends_with(
            ": aliases expand to more than 1000000 values or 64 MiB of text; use fewer aliases, or write the values out"
        ),
        "{diagnostics:?}"
    );
    assert_eq!(
        read("a: &a [1, *a]\n").1,
        ["f:1:11: an alias refers to the value that contains it; write the value out"]
    );
}

#[test]
fn nesting_is_limited() {
    let error = "lists and mappings are nested more than 64 levels deep; check for brackets that are never closed, or flatten the data";
    assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).0.is_some());
    assert_eq!(read(&format!("{}{}", "[".repeat(65), "]".repeat(65))).1, [format!("f:1:65: {error}")]);
    for text in ["[".repeat(5000), "- ".repeat(100_000), "{a: ".repeat(5000), "[\n".repeat(5000)] {
        let (node, diagnostics) = read(&text);
        assert!(node.is_none());
        assert!(diagnostics.len() == 1 && diagnostics[0].ends_with(error), "{diagnostics:?}");
    }
    let mut text = "a0: &a0 [x]\n".to_owned();
    (1..100).for_each(|level| text += &format!("a{level}: &a{level} [*a{}]\n", level - 1));
    assert_eq!(read(&text).1, [format!("f:64:12: {error}")]);
}

#[test]
fn repeated_keys_and_documents_are_errors() {
    let (node, diagnostics) = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(diagnostics, ["f:3:1: field \"a\" is given twice, first in line 1; keep one of the two"]);
    assert_eq!(node.unwrap().to_json().to_string(), r#"{"a":1,"b":2}"#);
    let (node, diagnostics) = read("---\na: 1\na: 1\n---\nb: 2\n");
    assert_eq!(
        diagnostics,
        [
            "f:3:1: field \"a\" is given twice, first in line 2; keep one of the two",
            "f:4:1: a second document starts here; split the file, one document in each",
        ]
    );
    assert!(node.unwrap().get("a").is_some());
    good("%YAML 1.2\n---\na: 1\n...\n");
}

#[test]
fn tags_type_a_value_or_are_refused() {
    let node = good("[!!str 12, !!int '3', !!float 1, !!bool \"true\", ! 5, !!null '', !!seq [], !!map {}]");
    assert_eq!(node.to_json().to_string(), r#"["12",3,1.0,true,"5",null,[],{}]"#);
    let help = "does not fit this value; remove the tag; to make a number text, put it in quotes";
    assert_eq!(
        read("[!!int x, !env HOME, !!binary aGk=, !!set {}]").1,
        [
            format!("f:1:2: tag !!int {help}"),
            format!("f:1:11: tag !env {help}"),
            format!("f:1:22: tag !!binary {help}"),
            format!("f:1:37: tag !!set {help}"),
        ]
    );
}

#[test]
fn syntax_errors_have_position_and_help() {
    let colon = "put text that holds a colon and a blank in quotes, or check the indentation";
    let tabs = "indent with spaces, since YAML allows no tabs";
    for (text, error) in [
        ("a: b: c\n", format!("1:5: mapping values are not allowed in this context; {colon}")),
        ("a: 1\n  b: 2\n c: 3\n", format!("2:4: mapping values are not allowed in this context; {colon}")),
        ("a:\n\tb: 1\n", format!("2:2: tabs disallowed within this context (block indentation); {tabs}")),
        (
            "a: \"b\n",
            "1:4: while scanning a quoted scalar, found unexpected end of stream; \
             close the quotes, and indent every line between them"
                .into(),
        ),
        (
            "a: \"\\q\"\n",
            "1:4: while parsing a quoted scalar, found unknown escape character; \
             in double quotes write \\\\ for a backslash, or use single quotes"
                .into(),
        ),
        (
            "a: *b\n",
            "1:4: while parsing node, found unknown anchor; \
             define the anchor with & above its alias; put text that starts with * or & in quotes"
                .into(),
        ),
        (
            "a: [1, 2\nb: 3\n",
            "2:2: illegal placement of ':' indicator; \
             close every [ and { above, or put text that holds a colon in quotes"
                .into(),
        ),
        (
            "a: x\u{0}\n",
            "1:5: found unprintable character; \
             remove the control character, or write it as an escape in double quotes, like \"\\x01\""
                .into(),
        ),
        (
            "a: 'it's'\n",
            "1:8: invalid trailing content after double-quoted scalar; \
             put the whole text in quotes; inside single quotes write '' for a quote"
                .into(),
        ),
    ] {
        let (node, diagnostics) = read(text);
        assert!(node.is_none(), "{text:?}");
        assert_eq!(diagnostics, [format!("f:{error}")], "{text:?}");
    }
}
