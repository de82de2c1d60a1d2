//! Placeholders for values that differ from run to run.
//!
//! Vendors' replies need two of them: the header `date`, which the HTTP library takes from the real clock, and the
//! random identifiers of sessions. The other rules are for the admin API. The numbers of requests are left out: each
//! exchange that is added to a file would change them in all that follow.

use std::collections::BTreeMap;

/// Prefixes of random identifiers, and the names of their placeholders.
const RANDOM: &[(&str, &str)] = &[
    (r#""session_id":""#, "session"),
    (r#""oms-csrf-token":""#, "csrf-token"),
    (r#""id":"fault-"#, "fault"),
];

/// Prefixes of times of the real clock.
const REAL_TIMES: &[&str] = &["\r\ndate: ", r#""loaded_at":""#, r#""tried_at":""#];

/// The placeholder of such a time.
const TIME: &str = "${time}";

/// Prefixes of real durations. Their digits count in the length of the body, which gets a placeholder too.
const REAL_DURATIONS: &[&str] = &[r#""took_ms":"#, r#""time":"#, r#""wait":"#];
const DURATION: &str = "${duration}";

/// The beginning of the header with the number of a request.
const REQUEST_NUMBER: &str = "\r\nscandouble-request: ";

/// Prefixes of numbers of connections, since the server may notice a closed connection later.
const CONNECTIONS: &str = r#""connections":{"#;
const COUNTS: &str = "${counts}}}";

/// The text after the time in the description of a world. Only worlds with a frozen clock have a fixed time.
const BEHIND_NOW: &str = r#"","own_samples":"#;
/// `2026-03-01T12:00:00.000Z`.
const TIME_LENGTH: usize = 24;

/// The random values seen in a file, by name.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    values: BTreeMap<String, String>,
}

impl Placeholders {
    /// Replaces placeholders in a request with their values.
    pub(crate) fn fill_in(&self, text: &str) -> String {
        let values = self.values.iter();
        values.fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    }

    /// Replaces values in a reply with placeholders.
    pub(crate) fn put(&mut self, reply: &[u8]) -> Vec<u8> {
        // Every byte becomes one character, so that bytes that are not UTF-8 survive.
        let mut text: String = reply.iter().map(|byte| char::from(*byte)).collect();
        for (before, kind) in RANDOM {
            for (at, _) in text.match_indices(before) {
                let value: String =
                    text[at + before.len()..].chars().take_while(char::is_ascii_hexdigit).collect();
                let is_known = self.values.values().any(|known| *known == value);
                if value.len() >= 8 && !is_known {
                    let number = self.values.keys().filter(|name| name.starts_with(kind)).count() + 1;
                    self.values.insert(format!("{kind}-{number}"), value);
                }
            }
        }
        for (name, value) in &self.values {
            text = text.replace(value, &format!("${{{name}}}"));
            // The journal and the near misses show the beginning of credentials.
            text = text.replace(&format!("{}***", &value[..4]), &format!("${{{name}}}***"));
        }
        while let Some(at) = text.find(REQUEST_NUMBER) {
            let end = at + REQUEST_NUMBER.len();
            let digits = text[end..].chars().take_while(char::is_ascii_digit).count();
            assert!(digits > 0, "a request without a number: {text}");
            text.replace_range(at..end + digits, "");
        }
        for before in REAL_TIMES {
            text = replace(&text, before, TIME, |character| character != '"' && character != '\r');
        }
        for before in REAL_DURATIONS {
            text =
                replace(&text, before, DURATION, |character| character.is_ascii_digit() || character == '.');
        }
        text = replace(&text, CONNECTIONS, COUNTS, |character| !"\r\n".contains(character));
        if text.contains(DURATION) || text.contains(COUNTS) {
            text =
                replace(&text, "\r\ncontent-length: ", "${length}", |character| character.is_ascii_digit());
        }
        while let Some(at) = text.find(BEHIND_NOW).filter(|at| !text[..*at].ends_with(TIME)) {
            text.replace_range(at - TIME_LENGTH..at, TIME);
        }
        text.chars().map(|character| u8::try_from(u32::from(character)).expect("a byte")).collect()
    }
}

/// Replaces the characters after each `before` with `placeholder`, as long as `is` accepts them and if there are any.
fn replace(text: &str, before: &str, placeholder: &str, is: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(before);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(&is);
        let value = if rest.len() == part.len() { "" } else { placeholder };
        result.extend([before, value, rest]);
    }
    result
}

#[test]
fn values_have_one_name_throughout() {
    let mut placeholders = Placeholders::default();
    let id = "0123456789abcdef0123456789abcdef";
    let head = "HTTP/1.1 200 OK\r\nscandouble-request: 17\r\ndate: Thu, 26 Nov";
    let reply = format!("{head}\r\n\r\n{{\"session_id\":\"{id}\"}}\u{e9}");
    let put = placeholders.put(reply.as_bytes());
    let expected = "HTTP/1.1 200 OK\r\ndate: ${time}\r\n\r\n{\"session_id\":\"${session-1}\"}\u{e9}";
    assert_eq!(String::from_utf8(put).as_deref(), Ok(expected));
    let timed =
        placeholders.put(b"HTTP/1.1 200 OK\r\ncontent-length: 19\r\n\r\n{\"took_ms\":0.12,\"wait\":\"x\"}");
    let expected =
        "HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n{\"took_ms\":${duration},\"wait\":\"x\"}";
    assert_eq!(String::from_utf8(timed).as_deref(), Ok(expected));
    assert_eq!(placeholders.put(id.as_bytes()), b"${session-1}");
    assert_eq!(placeholders.fill_in("apikey: ${session-1}"), format!("apikey: {id}"));
}
