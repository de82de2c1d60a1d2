//! The scanner against CPython's own words.
#![allow(clippy::byte_char_slices, reason = "the rows were written by a program")]

use super::*;

/// What CPython 3.11 answers to each of these bodies behind Django REST framework.
const COMPLAINTS: &[(&[u8], &str)] = &[
    (b"", "Expecting value: line 1 column 1 (char 0)"),
    (b" ", "Expecting value: line 1 column 2 (char 1)"),
    (b"\n", "Expecting value: line 2 column 1 (char 1)"),
    (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{\"", "Unterminated string starting at: line 1 column 2 (char 1)"),
    (b"{\"a", "Unterminated string starting at: line 1 column 2 (char 1)"),
    (b"{\"a\"", "Expecting ':' delimiter: line 1 column 5 (char 4)"),
    (b"{\"a\" ", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
    (b"{\"a\":", "Expecting value: line 1 column 6 (char 5)"),
    (b"{\"a\": ", "Expecting value: line 1 column 7 (char 6)"),
    (b"{\"a\":1", "Expecting ',' delimiter: line 1 column 7 (char 6)"),
    (b"{\"a\":1 ", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
    (b"{\"a\":1,", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
    (b"{\"a\":1, ", "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"),
    (b"{\"a\":1,}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
    (b"{\"a\":1 \"b\"}", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
    (b"{a:1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{1:2}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
    (b"{\"a\"=1}", "Expecting ':' delimiter: line 1 column 5 (char 4)"),
    (b"{,}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{} {}", "Extra data: line 1 column 4 (char 3)"),
    (b"{}x", "Extra data: line 1 column 3 (char 2)"),
    (b"[", "Expecting value: line 1 column 2 (char 1)"),
    (b"[ ", "Expecting value: line 1 column 3 (char 2)"),
    (b"[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
    (b"[1,", "Expecting value: line 1 column 4 (char 3)"),
    (b"[1, ", "Expecting value: line 1 column 5 (char 4)"),
    (b"[1,]", "Expecting value: line 1 column 4 (char 3)"),
    (b"[,1]", "Expecting value: line 1 column 2 (char 1)"),
    (b"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
    (b"[1;2]", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
    (b"[]]", "Extra data: line 1 column 3 (char 2)"),
    (b"{\"a\":[1,2}", "Expecting ',' delimiter: line 1 column 10 (char 9)"),
    (b"[{\"a\":1]", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
    (b"nul", "Expecting value: line 1 column 1 (char 0)"),
    (b"nulll", "Extra data: line 1 column 5 (char 4)"),
    (b"tru", "Expecting value: line 1 column 1 (char 0)"),
    (b"True", "Expecting value: line 1 column 1 (char 0)"),
    (b"False", "Expecting value: line 1 column 1 (char 0)"),
    (b"None", "Expecting value: line 1 column 1 (char 0)"),
    (b"undefined", "Expecting value: line 1 column 1 (char 0)"),
    (b"x", "Expecting value: line 1 column 1 (char 0)"),
    (b"\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"abc\\", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"a\\\"", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"),
    (b"\"a\tb\"", "Invalid control character at: line 1 column 3 (char 2)"),
    (b"\"\x00\"", "Invalid control character at: line 1 column 2 (char 1)"),
    (b"\"\x1f\"", "Invalid control character at: line 1 column 2 (char 1)"),
    (b"\"\x7f", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"\\x41\"", "Invalid \\escape: line 1 column 2 (char 1)"),
    (b"\"\\", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"\\u", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u12", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u123\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u123", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u1234", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\uzzzz\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\u12g4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\ud83d", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"\"\\ud83d\\u", "Invalid \\uXXXX escape: line 1 column 9 (char 8)"),
    (b"\"\\ud83d\\ude0", "Invalid \\uXXXX escape: line 1 column 9 (char 8)"),
    (b"\"\\ud83d\\ude00", "Invalid \\uXXXX escape: line 1 column 9 (char 8)"),
    (b"\"\\ud83d\\uzzzz\"", "Invalid \\uXXXX escape: line 1 column 9 (char 8)"),
    (b"\"\\ud83dxxxxxx", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"\\ud83d\\n", "Unterminated string starting at: line 1 column 1 (char 0)"),
    (b"\"\\\xc3\xa9\"", "Invalid \\escape: line 1 column 2 (char 1)"),
    (b"\"\\u12\xc3\xa9\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    (b"-", "Expecting value: line 1 column 1 (char 0)"),
    (b"-x", "Expecting value: line 1 column 1 (char 0)"),
    (b"--1", "Expecting value: line 1 column 1 (char 0)"),
    (b"+1", "Expecting value: line 1 column 1 (char 0)"),
    (b"01", "Extra data: line 1 column 2 (char 1)"),
    (b"-01", "Extra data: line 1 column 3 (char 2)"),
    (b"1.", "Extra data: line 1 column 2 (char 1)"),
    (b"1.x", "Extra data: line 1 column 2 (char 1)"),
    (b".5", "Expecting value: line 1 column 1 (char 0)"),
    (b"1e", "Extra data: line 1 column 2 (char 1)"),
    (b"1e+", "Extra data: line 1 column 2 (char 1)"),
    (b"1E-x", "Extra data: line 1 column 2 (char 1)"),
    (b"1.5e", "Extra data: line 1 column 4 (char 3)"),
    (b"0x10", "Extra data: line 1 column 2 (char 1)"),
    (b"1_000", "Extra data: line 1 column 2 (char 1)"),
    (b"NaN", "Out of range float values are not JSON compliant: 'NaN'"),
    (b"[NaN]", "Out of range float values are not JSON compliant: 'NaN'"),
    (b"Infinity", "Out of range float values are not JSON compliant: 'Infinity'"),
    (b"-Infinity", "Out of range float values are not JSON compliant: '-Infinity'"),
    (b"-Inf", "Expecting value: line 1 column 1 (char 0)"),
    (b"[-Infinit]", "Expecting value: line 1 column 2 (char 1)"),
    (b"Na", "Expecting value: line 1 column 1 (char 0)"),
    (b"{\"a\":NaN, x}", "Out of range float values are not JSON compliant: 'NaN'"),
    (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
    (b" \xef\xbb\xbf{}", "Expecting value: line 1 column 2 (char 1)"),
    (b"[\"\xc3\xa9\", x]", "Expecting value: line 1 column 7 (char 6)"),
    (b"[\"\xf0\x9f\x98\x80\", x]", "Expecting value: line 1 column 7 (char 6)"),
    (b"[\"\xc3\xa9\",\n \"\xc3\xa9\xc3\xa9\" x]", "Expecting ',' delimiter: line 2 column 7 (char 12)"),
    (b"{\r\n\"a\": 1,\r\n\r\n\"b\" 2}", "Expecting ':' delimiter: line 4 column 5 (char 18)"),
    (
        b"{\n  \"a\": 1,\n  \"b\": 2,\n}",
        "Expecting property name enclosed in double quotes: line 4 column 1 (char 22)",
    ),
    (b"{\"a\":1}\n\nextra", "Extra data: line 3 column 1 (char 9)"),
    (b"{\"a\":1}\x00", "Extra data: line 1 column 8 (char 7)"),
    (b"\x0c{}", "Expecting value: line 1 column 1 (char 0)"),
    (b"\xc2\xa0{}", "Expecting value: line 1 column 1 (char 0)"),
    (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    (b"{\"a\":\"\xff\"}", "'utf-8' codec can't decode byte 0xff in position 6: invalid start byte"),
    (b"\xe2(\xa1", "'utf-8' codec can't decode byte 0xe2 in position 0: invalid continuation byte"),
    (b"\xf0\x9f\x98", "Expecting value: line 1 column 1 (char 0)"),
    (b"{\"a\":1}\xf0\x9f(", "'utf-8' codec can't decode bytes in position 7-8: invalid continuation byte"),
    (b"\xe0\x80\x80", "'utf-8' codec can't decode byte 0xe0 in position 0: invalid continuation byte"),
    (b"\xc0\x80", "'utf-8' codec can't decode byte 0xc0 in position 0: invalid start byte"),
    (b"\xed\xa0\x80", "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"),
    (b"\xf5\x80", "'utf-8' codec can't decode byte 0xf5 in position 0: invalid start byte"),
    (b"\xf4\x90\x80\x80", "'utf-8' codec can't decode byte 0xf4 in position 0: invalid continuation byte"),
    (b"[\xed\xa0", "Expecting value: line 1 column 2 (char 1)"),
    (b"\x80", "'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte"),
    (b"{\"a\":\"\xe2\x82", "Unterminated string starting at: line 1 column 6 (char 5)"),
    (b"hash_value=a&analysis=b", "Expecting value: line 1 column 1 (char 0)"),
    (b"/* c */{}", "Expecting value: line 1 column 1 (char 0)"),
    (b"{\"a\":1,/**/\"b\":2}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
    (
        b"{\"a\":\"b\",,\"c\":1}",
        "Expecting property name enclosed in double quotes: line 1 column 10 (char 9)",
    ),
    (b"{:1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"{\"a\"::1}", "Expecting value: line 1 column 6 (char 5)"),
    (b"{\"a\":}", "Expecting value: line 1 column 6 (char 5)"),
    (b"[1,,2]", "Expecting value: line 1 column 4 (char 3)"),
    (
        b"{\"hash_value\":[\"a\" \"b\"],\"analysis\":\"cloud\"}",
        "Expecting ',' delimiter: line 1 column 20 (char 19)",
    ),
    (b"{\"hash_value\":[a]}", "Expecting value: line 1 column 16 (char 15)"),
    (b"\"abbbbb\\q\"", "Invalid \\escape: line 1 column 8 (char 7)"),
];

/// What it takes.
const TAKEN: &[&[u8]] = &[
    b"{}\xe2\x82",
    b"\"\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
    b"{\"a\":1,\"a\":2}",
    b" [1.5e3, -0, 0.0, 1E5, true, false, null] ",
    b"{\"a\":\"\xe2\x80\xa8\"}",
    b"\"\\ud800\"",
    b"\"\\udc00\\ud800\"",
    b"\"\\ud800\\u0041\"",
];

#[test]
fn complaints_are_those_of_cpython() {
    for (body, complaint) in COMPLAINTS {
        assert_eq!(parse(body), Err((*complaint).to_owned()), "{}", body.escape_ascii());
    }
}

#[test]
fn what_cpython_takes_is_taken() {
    for body in TAKEN {
        assert!(parse(body).is_ok(), "{}: {:?}", body.escape_ascii(), parse(body));
    }
}

#[test]
fn values_are_read_whole() {
    let text = r#"{"a": ["\u00e9\ud83d\ude00\n/", true, null, -1.50E2, 007x]}"#;
    assert_eq!(parse(text.as_bytes()), Err("Expecting ',' delimiter: line 1 column 55 (char 54)".to_owned()));
    let number = |text: &str, whole| Json::Number { text: text.to_owned(), whole };
    let items = vec![
        Json::Text("é😀\n/".to_owned()),
        Json::Flag(true),
        Json::Null,
        number("-1.50E2", false),
        number("0", true),
    ];
    let taken = parse(text.replace("07x", "").as_bytes());
    assert_eq!(taken, Ok(Json::Object(vec![("a".to_owned(), Json::List(items))])));
    assert_eq!(parse(br#""\ud800""#), Ok(Json::Text("\u{fffd}".to_owned())));
}

#[test]
fn depth_and_digits_have_bounds() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(parse(&nested(970)).is_ok());
    let complaint = "maximum recursion depth exceeded while decoding a JSON array from a unicode string";
    assert_eq!(parse(&nested(971)), Err(complaint.to_owned()));
    assert_eq!(parse(&vec![b'['; 1_000_000]), Err(complaint.to_owned()));
    let complaint = "maximum recursion depth exceeded while decoding a JSON object from a unicode string";
    assert_eq!(parse(br#"{"a":"#.repeat(971).as_slice()), Err(complaint.to_owned()));
    assert!(parse(&[b'1'; 4300]).is_ok());
    assert_eq!(
        parse(&[b'1'; 4301]),
        Err("Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; \
             use sys.set_int_max_str_digits() to increase the limit"
            .to_owned())
    );
}
