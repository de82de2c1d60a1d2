//! One row for each place where a secret may occur.

use super::*;
use crate::journal::body::pairs;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const MULTIPART: &str = "Multipart/Form-Data; boundary=x";

#[test]
fn headers_are_redacted() {
    let redactor = Redactor::default();
    for (name, value, expected) in [
        ("authorization", "Basic dTpwYXNz", "Basic ***"),
        ("authorization", "Token  exampletoken", "Token  exam***"),
        ("authorization", "exampletoken", "exam***"),
        ("authorization", "Token", "Token"),
        ("authorization", "Digest username=\"x\"", "Digest ***"),
        ("apikey", "exampleapikey", "exam***"),
        ("x-api-key", "abc", "a***"),
        ("cookie", "a=b; c=d", "a=***; c=***"),
        ("cookie", "secret", "***"),
        ("cookie", "path=secret;a=b;secret", "path=***; a=***; ***"),
        ("cookie", "a=b;", "a=***; "),
        ("set-cookie", "sid=1; Path=/; HttpOnly", "sid=***; Path=/; HttpOnly"),
        ("set-cookie", "secure; SameSite=Lax; secret", "***; SameSite=Lax; ***"),
        ("rule", "File scan", "File scan"),
        ("archivepwd", "infected", "***"),
        (
            "callbackurl",
            "https://bob:pw@a.test/x?token=0123456789&b=1",
            "https://***@a.test/x?token=0123***&b=1",
        ),
        ("referer", "http://a.test/#access_token=0123456789", "http://a.test/#access_token=0123***"),
        ("x-original-url", "/hash?apikey=0123456789", "/hash?apikey=0123***"),
        ("x-upstream", "Bearer abcdefgh", "Bearer abcd***"),
        ("x-upstream", "via Bearer abcdefg8, other", "via Bearer abcd***, other"),
        ("x-upstream", "Digest username=\"bob\", response=\"0123\"", "Digest ***"),
        ("x-note", "Basic training = fun", "Basic training = fun"),
        ("x-custom-authorization", "Basic dTpwYXNz", "Basic ***"),
        ("authentication", "0123456789", "0123***"),
        ("signature", "0123456789", "0123***"),
        ("host", "bob:pw@a.test:80", "***@a.test:80"),
        ("www-authenticate", "Basic realm=\"a\"", "Basic realm=\"a\""),
        ("user-agent", "basic client/1.0 (token bucket)", "basic client/1.0 (token bucket)"),
        ("x-upstream", "via Bearer abc/defg8", "via Bearer abc/***"),
        ("x-other", "v1,eyJhbGciOi.eyJzdWIi.c2ln", "v1,eyJh***"),
    ] {
        assert_eq!(redactor.header(name, value.as_bytes()), expected, "{name}: {value}");
    }
}

#[test]
fn only_the_secrets_of_a_body_are_redacted() {
    let redactor = Redactor::default();
    let redacted =
        |kind: &str, text: &str| String::from_utf8_lossy(&redactor.body(kind, text.as_bytes())).into_owned();
    for (kind, text, expected) in [
        ("", r#"{"user": "u", "password" : "p\"w", "n": 1}"#, r#"{"user": "u", "password" : "***", "n": 1}"#),
        ("", r#"{"token":"0123456789"}"#, r#"{"token":"0123***"}"#),
        ("", r#"{"p\u0061ssword":"pw","session_id":12345}"#, r#"{"p\u0061ssword":"***","session_id":"***"}"#),
        ("", r#"{"a":"password","b":[{"secret":null}]}"#, r#"{"a":"password","b":[{"secret":null}]}"#),
        ("", "username=u&password=p%40ss+word", "username=u&password=***"),
        ("", "pass%77ord=x&a", "pass%77ord=***&a"),
        ("", "<a><password>x</password><b/></a>", "<a><password>***</password><b/></a>"),
        ("", "plain text", "plain text"),
        ("", "", ""),
        (
            MULTIPART,
            "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npw\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--x--",
        ),
        ("", r#"{"password":["x",{"y":"]"}],"n":1}"#, r#"{"password":"***","n":1}"#),
        ("", r#"{"secret":{"a":["x"]}}"#, r#"{"secret":"***"}"#),
        ("", "\u{feff}{\"password\":\"x\"}", "\u{feff}{\"password\":\"***\"}"),
        (FORM, r#"{"password":"x","n":"=="}"#, r#"{"password":"***","n":"=="}"#),
        (JSON, r#"{"password":"","n":1}"#, r#"{"password":"","n":1}"#),
        (JSON, r#"{"token":"\ud8000123456789"}"#, r#"{"token":"\\ud8***"}"#),
        (JSON, r#"["<a><password>x</password></a>"]"#, r#"["<a><password>***</password></a>"]"#),
        ("", "<a><![CDATA[password: x]]></a>", "<a><![CDATA[password: ***]]></a>"),
        ("", "<a password='xyz' sid=\"c\"/>", "<a password='***' sid=\"***\"/>"),
        ("", "<a b='c'sid='xyz'/>", "<a b='c'sid='x***'/>"),
        (FORM, r#"{"password":null}"#, r#"{"password":null}"#),
        (FORM, "<a password=''/>", "<a password=''/>"),
        (FORM, "[=1&user=u&password=pw", "[=1&user=u&password=***"),
        (FORM, r#"{"a":"&password=x","n":"y"}"#, r#"{"a":"&password=***""#),
        (JSON, r#"{"a":"/?b=1&password=x","n":"y"}"#, r#"{"a":"/?b=1&password=***","n":"y"}"#),
        (JSON, r#"["{\"password\":\"x\",\"n\":1}"]"#, r#"["{\"password\":\"***\",\"n\":1}"]"#),
        (JSON, r#"{"a":"password: x\nuser: u"}"#, r#"{"a":"password: ***\nuser: u"}"#),
        ("", "<a><password><![CDATA[x</password>y]]></password>z</a>", "<a><password>***</password>z</a>"),
        ("", "<password>a<b>c</b></password>", "<password>***</password>"),
        ("", "<a password='x' b=\"c\"/>", "<a password='***' b=\"c\"/>"),
        (
            "",
            "<a><!-- password: x --><b>https://u:p@c.test</b></a>",
            "<a><!-- password: *** --><b>https://***@c.test</b></a>",
        ),
        ("text/plain", "user: u\r\npassword: x y\r\nmore", "user: u\r\npassword: ***\r\nmore"),
        (FORM, "next=https%3A%2F%2Fu%3Ap%40a.test%2F&b=1", "next=https%3A%2F%2F***%40a.test%2F&b=1"),
    ] {
        assert_eq!(redacted(kind, text), expected, "{kind} {text}");
    }
    for name in [
        "form-data;name=\"password\"",
        "form-data;\tname=password",
        "form-data; NAME=password",
        "name = \"password\"",
    ] {
        let with = |value: &str| format!("--x\r\ncontent-disposition:{name}\r\n\r\n{value}\r\n--x--");
        assert_eq!(redacted(MULTIPART, &with("a--xb")), with("***"));
    }
    assert_eq!(query("a=b;apikey=SECRET"), "a=b;apikey=SEC***");
    assert_eq!(query("sig=0123456789&a=1"), "sig=0123***&a=1");
    assert_eq!(query("a=1;b=https%3A%2F%2Fu%3Ap%40a.test%2F;c=1"), "a=1;b=https%3A%2F%2F***%40a.test%2F;c=1");
    let long = "x".repeat(100);
    assert_eq!(query(&format!("{long}password=p;w&a=1")), format!("{long}password=***&a=1"));
    assert_eq!(query("format=json&apikey=exampleapikey"), "format=json&apikey=exam***");
}

#[test]
fn an_unparsable_body_that_may_hold_a_secret_is_replaced() {
    let redactor = Redactor::default();
    for (kind, body, what) in [
        (JSON, "[=1&user=u&password=pw", "application/json"),
        ("application/problem+json; charset=utf-8", "{\"password\":\"cut", "application/problem+json"),
        ("", "{\"secret\":[\"cut", "JSON"),
        (FORM, "{\"user\": 'u', \"password\": 'x'}", FORM),
        (MULTIPART, "<=1&user=u&password=pw", "multipart/form-data"),
        (
            MULTIPART,
            "--y\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--y--",
            "multipart/form-data",
        ),
        (
            "",
            "--y\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--y--",
            "multipart/form-data",
        ),
        ("", "<password>cut", "XML"),
        ("text/xml", "<a><b password=x></a>", "text/xml"),
        ("text/xml", "<a password=x/>", "text/xml"),
        ("text/xml", "<a b='c' password=x></a>", "text/xml"),
    ] {
        let expected = format!("[redacted: {} bytes that do not parse as {what}]", body.len());
        assert_eq!(String::from_utf8_lossy(&redactor.body(kind, body.as_bytes())), expected, "{kind} {body}");
    }
    for (kind, body) in [(JSON, "{\"hash\":[\"cut"), ("text/xml", "<a><b></a>"), (MULTIPART, "--y\r\n\r\nx")]
    {
        assert_eq!(redactor.body(kind, body.as_bytes()), body.as_bytes(), "{kind} {body}");
    }
}

#[test]
fn known_credentials_are_redacted_wherever_they_occur() {
    let redactor = Redactor::knowing([Credential::Key("12345678901".to_owned())]);
    let mut deep = "12345678901".to_owned();
    for _ in 0..12 {
        deep = serde_json::json!([deep]).to_string();
    }
    for (kind, body) in [
        (JSON, r#"{"12345678901":1}"#),
        (JSON, r#"{"a":12345678901}"#),
        (JSON, r#"{"a":"x12345678901y","b":[1e12345678901]}"#),
        (JSON, &*deep),
        ("text/xml", "<a x12345678901='y'/>"),
        ("text/xml", "<a12345678901></a12345678901>"),
        ("text/xml", "<a b='12345678901'><c12345678901/></a>"),
        ("text/xml", "<?a 12345678901?><b/>"),
        (FORM, "12345678901=a&b=12345678901"),
        (MULTIPART, "12345678901\r\n--x\r\n12345678901: a\r\n\r\n12345678901\r\n--x--12345678901"),
        ("", "12345678901"),
    ] {
        let redacted = redactor.body(kind, body.as_bytes());
        let redacted = String::from_utf8_lossy(&redacted);
        assert!(!redacted.contains("12345678901"), "{kind} {body}: {redacted}");
    }
}

#[test]
fn only_long_credentials_are_known() {
    let keys = ["01234567", "12345678", "0123456", "ABCDEFG"];
    let redactor = Redactor::knowing(keys.map(|key| Credential::Key(key.to_owned())));
    let redacted = redactor.text("a 01234567, 12345678, 0123456 and ABCDEFG");
    assert_eq!(redacted, "a 0123***, 1234***, 0123456 and ABCDEFG");
}

#[test]
fn bodies_in_strings_are_parsed_to_a_bounded_depth() {
    let redactor = Redactor::default();
    let nested = |depth: usize| {
        let secret = r#"{"password":"correct horse"}"#.to_owned();
        (0..depth).fold(secret, |body, _| serde_json::json!([body]).to_string())
    };
    let redacted = |kind: &str, body: &str| {
        let redacted = String::from_utf8_lossy(&redactor.body(kind, body.as_bytes())).into_owned();
        assert!(!redacted.contains("correct"), "{redacted}");
        redacted
    };
    let note = "[redacted: 28 bytes that do not parse as JSON]";
    let eight = redacted(JSON, &nested(8));
    assert!(eight.contains("***") && !eight.contains(note), "{eight}");
    assert!(redacted(JSON, &nested(9)).contains(note));
    let part = |body: &str| format!("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n{body}\r\n--x--");
    assert!(!redacted(MULTIPART, &part(&nested(7))).contains(note));
    assert!(redacted(MULTIPART, &part(&nested(8))).contains(note));
}

#[test]
fn urls_in_texts_are_redacted_to_their_end() {
    let redactor = Redactor::default();
    for (text, expected) in [
        ("see https://u:p@a.test and mail x@y.z", "see https://***@a.test and mail x@y.z"),
        ("a://b://u:p@a.test", "a://b://***@a.test"),
        ("https://@a.test", "https://@a.test"),
        ("see: /x?token=abc=def&b=1", "see: /x?token=abc***&b=1"),
        ("/x?sig=0123456789", "/x?sig=0123***"),
        ("see: /x?token'=0123456789", "see: /x?token'=0123***"),
        ("password:  ", "password:  "),
        ("Bearer 01234567+Basic dTpwYXNz", "Bearer 0123*** ***"),
    ] {
        assert_eq!(redactor.text(text), expected);
    }
    for (path, expected) in [
        ("/apikey/0123456789abcdef/x", "/apikey/0123***/x"),
        ("/apikey/limits/status", "/apikey/limits/status"),
        ("/a/https%3A%2F%2Fu%3Ap%40a.test/b", "/a/https%3A%2F%2F***%40a.test/b"),
    ] {
        assert_eq!(redactor.path(path), expected);
    }
    assert_eq!(redactor.parameter("sig", "0123456789"), "0123***");
    assert_eq!(redactor.parameter("next", "https://u:p@a.test"), "https://***@a.test");
}

#[test]
fn encoded_values_are_decoded_to_a_bounded_depth() {
    let nested = |value: &str, depth: usize| {
        (0..depth).fold(value.to_owned(), |text, _| {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            format!("a={encoded}")
        })
    };
    let secret = "https://u:p@a.test";
    assert_eq!(query(&nested(secret, 4)), nested("https://***@a.test", 4));
    assert_eq!(query(&nested(secret, 5)), nested(secret, 5));
}

#[test]
fn each_part_of_a_multipart_body_is_redacted_by_its_own_name() {
    let body = |secret: &str, login: &str, json: &str, prose: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=password\r\n\r\n{secret}\r\n\
             --x\r\nReferer: https://{login}@a.test\r\n\r\nplain\r\n\
             --x\r\nContent-Disposition: form-data; name=a\r\n\r\n{json}\r\n--x--\r\npassword: {prose}"
        )
    };
    let sent = body("x", "u:p", r#"{"password":"x"}"#, "x");
    let redacted = Redactor::default().body(MULTIPART, sent.as_bytes()).into_owned();
    assert_eq!(String::from_utf8_lossy(&redacted), body("***", "***", r#"{"password":"***"}"#, "***"));
}

#[test]
fn the_fields_that_an_endpoint_read_are_redacted_whatever_their_names_look_like() {
    let body = b"<my password=correct horse&a=1";
    let seen = Layout::Form(pairs(body));
    let redacted = Redactor::default().body_as_seen("text/plain", body, Some(&seen)).into_owned();
    assert_eq!(String::from_utf8_lossy(&redacted), "<my password=***&a=1");
}
