//! Credentials are masked before anybody sees them: of keys and tokens the beginning stays, so that a person can tell
//! them apart; of passwords nothing.

mod body;

pub use body::query;
pub(super) use body::{body, is_form};

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
        "cookie" => text.split(';').map(cookie).collect::<Vec<_>>().join("; "),
        "set-cookie" => {
            let (pair, attributes) = text.split_once(';').unwrap_or((&text, ""));
            let attributes = attributes.split(';').map(attribute).filter(|shown| !shown.is_empty());
            std::iter::once(cookie(pair)).chain(attributes).collect::<Vec<_>>().join("; ")
        }
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

/// The name stays; a text without one is a value.
fn cookie(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None if pair.trim().is_empty() => String::new(),
        None => MASK.to_owned(),
    }
}

/// What a server says about its cookie.
fn attribute(text: &str) -> String {
    const KNOWN: [&str; 8] =
        ["path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "partitioned"];
    let name = text.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    if KNOWN.contains(&&*name) { text.trim().to_owned() } else { cookie(text) }
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
        assert_eq!(masked("cookie", "secret"), "***");
        assert_eq!(masked("cookie", "path=secret;a=b;secret"), "path=***; a=***; ***");
        assert_eq!(masked("set-cookie", "sid=1; Path=/; HttpOnly"), "sid=***; Path=/; HttpOnly");
        assert_eq!(masked("set-cookie", "secure; SameSite=Lax; secret"), "***; SameSite=Lax; ***");
        assert_eq!(masked("rule", "File scan"), "File scan");
    }
}
