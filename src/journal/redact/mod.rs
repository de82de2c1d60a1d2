//! Redaction: credentials are replaced whenever a journal is read. The beginning of a key or token stays, so that a person
//! can distinguish them; a password is replaced as a whole.
//!
//! A value is redacted
//!
//! - **by its name**: that of a header, a parameter, a field at any depth, an element, an attribute or a part
//!   ([`names`]);
//! - **by its shape**, in any header, path, query or body: user information and secret parameters of a URL, a credential
//!   behind `Bearer`, `Basic` or `Token`, a JSON Web Token, a line `password: x` ([`text`]);
//! - **because it is known**: a key, password, login or session of the world, if it has at least eight bytes and is
//!   not a user name ([`known`]).
//!
//! A body is parsed as the endpoint read it, else in the format that its content type declares, else in the format that it
//! looks like. If it parses, its
//! fields are redacted one by one, including encoded values and JSON in strings. If it does not parse, the end of a value is
//! unknown: if anything in it looks like the name of a secret, the whole body is replaced by a note of its size. Without
//! such a name it stays readable, except for shapes and known credentials ([`body`]). Plain text and forms always parse.

mod body;
mod edit;
mod known;
mod names;
mod structure;
mod text;

use std::borrow::Cow;

use self::edit::{Edit, apply};
pub(crate) use self::known::Credential;
use self::known::Known;
use self::names::Secret;
pub(crate) use self::names::{MASK, key};
use crate::accounts::Account;
use crate::journal::body::Layout;

/// Replaces credentials in headers, queries, paths and bodies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    known: Known,
}

impl Redactor {
    /// A redactor that also replaces these credentials, wherever they occur.
    pub(crate) fn knowing(credentials: impl IntoIterator<Item = Credential>) -> Self {
        Self { known: Known::of(credentials) }
    }

    /// A header's value, for a header name in lower case.
    pub(crate) fn header(&self, name: &str, value: &[u8]) -> String {
        let text = String::from_utf8_lossy(value);
        match name {
            "authorization" | "proxy-authorization" => authorization(&text),
            // A challenge says how to send a credential and contains none.
            "www-authenticate" | "proxy-authenticate" => text.into_owned(),
            // Any cookie may hold a session, so all values are secret.
            "cookie" => text.split(';').map(cookie).collect::<Vec<_>>().join("; "),
            "set-cookie" => {
                let (pair, attributes) = text.split_once(';').unwrap_or((&text, ""));
                let attributes =
                    attributes.split(';').map(attribute).filter(|attribute| !attribute.is_empty());
                std::iter::once(cookie(pair)).chain(attributes).collect::<Vec<_>>().join("; ")
            }
            "host" | ":authority" => host(&text),
            name => match Secret::in_url(name) {
                // The scheme stays readable, whatever the header is called.
                Some(_) if has_scheme(&text) => authorization(&text),
                Some(secret) => secret.mask(&text),
                None if is_whole_credential(&text) => authorization(&text),
                None => edited(&text, text::path(text.as_bytes(), self)),
            },
        }
    }

    /// The value of a query parameter, or of anything else that has a name.
    pub(crate) fn parameter(&self, name: &str, value: &str) -> String {
        match Secret::in_url(name) {
            Some(secret) => secret.mask(value),
            None => self.text(value),
        }
    }

    /// A query, without the question mark.
    pub(crate) fn query(&self, query: &str) -> String {
        edited(query, text::form(query.as_bytes(), self, 0))
    }

    /// A path, still encoded.
    pub(crate) fn path(&self, path: &str) -> String {
        edited(path, text::path(path.as_bytes(), self))
    }

    /// Any other text.
    pub(crate) fn text(&self, text: &str) -> String {
        edited(text, text::prose(text.as_bytes(), self))
    }

    /// A body of this content type.
    pub(crate) fn body<'a>(&self, content_type: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
        self.nested_body(content_type, body, 0)
    }

    /// A body of this content type of which an endpoint may have read these fields.
    pub(crate) fn body_as_seen<'a>(
        &self,
        content_type: &str,
        body: &'a [u8],
        seen: Option<&Layout>,
    ) -> Cow<'a, [u8]> {
        body::redact(self, content_type, body, seen, 0)
    }

    /// A body of this content type that is a string or a part of another body, `depth` levels deep.
    fn nested_body<'a>(&self, content_type: &str, body: &'a [u8], depth: usize) -> Cow<'a, [u8]> {
        body::redact(self, content_type, body, None, depth)
    }
}

/// The account's name, redacted if that is a key.
pub(crate) fn account(account: &Account) -> String {
    match (&account.user, &account.key) {
        (None, Some(text)) => key(text),
        _ => account.name().to_owned(),
    }
}

/// The value of a query parameter, or of anything else that has a name, by this name alone.
pub(crate) fn by_name(name: &str, value: &str) -> String {
    Secret::named(name).map_or_else(|| value.to_owned(), |secret| secret.mask(value))
}

/// A query, by names and shapes alone.
pub(crate) fn query(query: &str) -> String {
    Redactor::default().query(query)
}

/// The text with these edits.
fn edited(text: &str, edits: Vec<Edit>) -> String {
    String::from_utf8_lossy(&apply(text.as_bytes(), edits)).into_owned()
}

/// Whether a value begins with the name of an authentication scheme.
fn has_scheme(text: &str) -> bool {
    const KNOWN: [&str; 8] = ["basic", "token", "bearer", "apikey", "digest", "negotiate", "ntlm", "hawk"];
    let scheme = text.split_once(' ').map_or("", |(scheme, _)| scheme);
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(scheme)) || scheme.starts_with("AWS4-")
}

/// Whether a value is a scheme and a credential, whatever the header is called, and nothing else.
fn is_whole_credential(text: &str) -> bool {
    let rest = text.split_once(' ').map_or("", |(_, rest)| rest.trim());
    let is_list = rest.contains('=') && rest.contains('"');
    has_scheme(text) && !rest.is_empty() && (is_list || !rest.contains(char::is_whitespace))
}

/// A credential behind its scheme, which stays readable.
fn authorization(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(' ') else {
        let is_bare_scheme = ["basic", "token", "bearer"].contains(&text.to_ascii_lowercase().as_str());
        return if is_bare_scheme { text.to_owned() } else { key(text) };
    };
    let credential = rest.trim_start();
    let gap = &text[scheme.len()..text.len() - credential.len()];
    let redacted = match scheme.to_ascii_lowercase().as_str() {
        // Of other schemes, such as Basic, even the beginning may give away a user or a password.
        "token" | "bearer" | "apikey" => key(credential),
        _ => MASK.to_owned(),
    };
    format!("{scheme}{gap}{redacted}")
}

/// A host without user information before it.
fn host(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, host)| format!("{MASK}@{host}"))
}

/// A cookie: its name stays readable. A text without a name is a value.
fn cookie(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None if pair.trim().is_empty() => String::new(),
        None => MASK.to_owned(),
    }
}

/// An attribute of a cookie, such as its path, which is not a secret.
fn attribute(text: &str) -> String {
    const KNOWN: [&str; 8] =
        ["path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "partitioned"];
    let name = text.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    if KNOWN.contains(&&*name) { text.trim().to_owned() } else { cookie(text) }
}

#[cfg(test)]
mod tests;
