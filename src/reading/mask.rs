//! Credentials are masked before anybody sees them: of keys and tokens the beginning stays, so that a person can tell
//! them apart; of passwords nothing.

use std::borrow::Cow;
use std::ops::Range;

use super::multipart;
use crate::accounts::Account;

/// What stands in the place of a secret, or of all but its beginning.
pub const MASK: &str = "***";

/// A key or token: at most its first four letters, at most half of it.
pub(super) fn key(text: &str) -> String {
    let shown = (text.chars().count() / 2).min(4);
    text.chars().take(shown).chain(MASK.chars()).collect()
}

/// The account's name, masked if that is a key.
#[must_use]
pub fn account(account: &Account) -> String {
    match (&account.user, &account.key) {
        (None, Some(text)) => key(text),
        _ => account.name().to_owned(),
    }
}

/// A header's value.
pub(super) fn header(name: &str, value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match name {
        "authorization" | "proxy-authorization" => authorization(&text),
        "cookie" | "set-cookie" => text.split("; ").map(cookie).collect::<Vec<_>>().join("; "),
        name => match Secret::named(name) {
            Some(secret) => secret.mask(&text),
            None => text.into_owned(),
        },
    }
}

/// The scheme stays.
fn authorization(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(' ') else {
        let is_bare_scheme = ["basic", "token", "bearer"].contains(&text.to_ascii_lowercase().as_str());
        return if is_bare_scheme { text.to_owned() } else { key(text) };
    };
    let credential = rest.trim_start();
    let gap = &text[scheme.len()..text.len() - credential.len()];
    let shown = match scheme.to_ascii_lowercase().as_str() {
        "token" | "bearer" => key(credential),
        _ => MASK.to_owned(),
    };
    format!("{scheme}{gap}{shown}")
}

fn cookie(part: &str) -> String {
    match part.split_once('=') {
        Some((name, _)) if !["path", "expires", "max-age"].contains(&name.to_ascii_lowercase().as_str()) => {
            format!("{name}={MASK}")
        }
        _ => part.to_owned(),
    }
}

/// What a name gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secret {
    Key,
    Password,
}

impl Secret {
    fn named(name: &str) -> Option<Self> {
        let name: String = name
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric())
            .collect::<String>()
            .to_ascii_lowercase();
        let holds = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if holds(&["password", "passwd", "passphrase", "secret"]) || ["pwd", "pass"].contains(&name.as_str())
        {
            Some(Self::Password)
        } else if holds(&["token", "apikey", "sessionid", "credential", "authorization"]) || name == "key" {
            Some(Self::Key)
        } else {
            None
        }
    }

    fn mask(self, text: &str) -> String {
        match self {
            Self::Key => key(text),
            Self::Password => MASK.to_owned(),
        }
    }
}

/// The value of a query parameter, or of anything else that has a name.
#[must_use]
pub fn parameter(name: &str, value: &str) -> String {
    Secret::named(name).map_or_else(|| value.to_owned(), |secret| secret.mask(value))
}

/// A query.
#[must_use]
pub fn query(query: &str) -> String {
    String::from_utf8_lossy(&apply(query.as_bytes(), form(query.as_bytes()))).into_owned()
}

/// A body of this content type.
pub(super) fn body<'a>(content_type: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let changes = match first {
        Some(b'{' | b'[') => json(body),
        Some(b'<') => xml(body),
        Some(_) if content_type.trim_start().to_ascii_lowercase().starts_with("multipart/") => {
            let parts = multipart::parts(content_type, body).into_iter();
            parts.filter_map(|part| Change::of(&part.name, body, part.content)).collect()
        }
        Some(_) => form(body),
        None => Vec::new(),
    };
    apply(body, changes)
}

/// A piece of text in place of another.
struct Change {
    place: Range<usize>,
    text: String,
}

impl Change {
    fn of(name: &str, body: &[u8], place: Range<usize>) -> Option<Self> {
        let secret = Secret::named(name).filter(|_| !place.is_empty())?;
        let text = secret.mask(&String::from_utf8_lossy(&body[place.clone()]));
        Some(Self { place, text })
    }
}

fn apply(body: &[u8], changes: Vec<Change>) -> Cow<'_, [u8]> {
    if changes.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut masked = Vec::with_capacity(body.len());
    let mut at = 0;
    for change in changes {
        masked.extend_from_slice(&body[at..change.place.start]);
        masked.extend_from_slice(change.text.as_bytes());
        at = change.place.end;
    }
    masked.extend_from_slice(&body[at..]);
    Cow::Owned(masked)
}

fn form(body: &[u8]) -> Vec<Change> {
    let mut at = 0;
    let mut changes = Vec::new();
    for pair in body.split(|byte| *byte == b'&') {
        let end = at + pair.len();
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let name = percent_encoding::percent_decode(&pair[..equals]).decode_utf8_lossy();
            changes.extend(Change::of(&name, body, at + equals + 1..end));
        }
        at = end + 1;
    }
    changes
}

/// The values of secret names; the text may be cut short or broken.
fn json(body: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(open) = (at..body.len()).find(|at| body[*at] == b'"') {
        let close = end_of_string(body, open);
        at = close + 1;
        let colon = after_blanks(body, at);
        if body.get(colon) != Some(&b':') {
            continue;
        }
        let name: String = body
            .get(open..=close)
            .and_then(|literal| serde_json::from_slice(literal).ok())
            .unwrap_or_else(|| String::from_utf8_lossy(&body[open + 1..close]).into_owned());
        if Secret::named(&name).is_none() {
            at = colon + 1;
            continue;
        }
        let value = after_blanks(body, colon + 1);
        match body.get(value) {
            Some(b'"') => {
                let end = end_of_string(body, value);
                // A text with escapes is cut where one may stand.
                let change = Change::of(&name, body, value + 1..end);
                changes.extend(change.map(|change| Change { text: change.text.replace('\\', ""), ..change }));
                at = end + 1;
            }
            Some(b'-' | b'0'..=b'9') => {
                let ends = |byte: u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let end = (value..body.len()).find(|at| ends(body[*at])).unwrap_or(body.len());
                changes.push(Change { place: value..end, text: format!("\"{MASK}\"") });
                at = end;
            }
            _ => at = colon + 1,
        }
    }
    changes
}

/// The place of the quotation mark that closes a string, or of the body's end.
fn end_of_string(body: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < body.len() && body[at] != b'"' {
        at += if body[at] == b'\\' { 2 } else { 1 };
    }
    at.min(body.len())
}

fn after_blanks(body: &[u8], from: usize) -> usize {
    (from..body.len()).find(|at| !body[*at].is_ascii_whitespace()).unwrap_or(body.len())
}

/// The texts of secret elements.
fn xml(body: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(open) = (at..body.len()).find(|at| body[*at] == b'<') {
        let Some(close) = (open..body.len()).find(|at| body[*at] == b'>') else { break };
        at = close + 1;
        let tag = &body[open + 1..close];
        let name = tag.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        if !tag.starts_with(b"/") && !tag.ends_with(b"/") {
            let end = (at..body.len()).find(|at| body[*at] == b'<').unwrap_or(body.len());
            changes.extend(Change::of(&String::from_utf8_lossy(name), body, at..end));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_what_tells_them_apart() {
        let masked = |name: &str, value: &str| header(name, value.as_bytes());
        assert_eq!(masked("authorization", "Basic dTpwYXNz"), "Basic ***");
        assert_eq!(masked("authorization", "Token  exampletoken"), "Token  exam***");
        assert_eq!(masked("authorization", "exampletoken"), "exam***");
        assert_eq!(masked("authorization", "Token"), "Token");
        assert_eq!(masked("authorization", "Digest username=\"x\""), "Digest ***");
        assert_eq!(masked("apikey", "exampleapikey"), "exam***");
        assert_eq!(masked("x-api-key", "abc"), "a***");
        assert_eq!(masked("cookie", "a=b; c=d"), "a=***; c=***");
        assert_eq!(masked("set-cookie", "sid=1; Path=/; HttpOnly"), "sid=***; Path=/; HttpOnly");
        assert_eq!(masked("rule", "File scan"), "File scan");
    }

    #[test]
    fn bodies_lose_their_secrets_and_nothing_else() {
        let masked =
            |kind: &str, text: &str| String::from_utf8_lossy(&body(kind, text.as_bytes())).into_owned();
        for (kind, text, expected) in [
            (
                "",
                r#"{"user": "u", "password" : "p\"w", "n": 1}"#,
                r#"{"user": "u", "password" : "***", "n": 1}"#,
            ),
            ("", r#"{"token":"0123456789"}"#, r#"{"token":"0123***"}"#),
            (
                "",
                r#"{"p\u0061ssword":"pw","session_id":12345}"#,
                r#"{"p\u0061ssword":"***","session_id":"***"}"#,
            ),
            ("", r#"{"password":"cut"#, r#"{"password":"***"#),
            ("", r#"{"a":"password","b":[{"secret":null}]}"#, r#"{"a":"password","b":[{"secret":null}]}"#),
            ("", "username=u&password=p%40ss+word", "username=u&password=***"),
            ("", "pass%77ord=x&a", "pass%77ord=***&a"),
            ("", "<a><password>x</password><b/></a>", "<a><password>***</password><b/></a>"),
            ("", "plain text", "plain text"),
            ("", "", ""),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npw\r\n--x--",
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--x--",
            ),
        ] {
            assert_eq!(masked(kind, text), expected);
        }
        assert_eq!(query("format=json&apikey=exampleapikey"), "format=json&apikey=exam***");
    }
}
