//! Recognises secrets by the names of headers, parameters, fields, elements and attributes.

use percent_encoding::percent_decode;

/// The replacement of a secret, or of all but its beginning.
pub(crate) const MASK: &str = "***";

/// How many bytes of a name are examined. Clients choose the names, so their length must not cost time.
const LONGEST: usize = 256;

/// The kind of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secret {
    /// A key, token or session, whose beginning stays readable.
    Key,
    /// A password, which is replaced as a whole.
    Password,
}

/// A name that contains one of these, ignoring case and punctuation, is that of a password.
const PASSWORDS: [&str; 5] = ["password", "passwd", "passphrase", "secret", "pwd"];
/// The same for keys.
const KEYS: [&str; 14] = [
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "sessionid",
    "sessid",
    "credential",
    "authorization",
    "authentication",
    "amzsignature",
    "googsignature",
    "cookie",
    "bearer",
    "jwt",
];
/// Whole names of keys, ignoring case and punctuation.
const WHOLE_KEYS: [&str; 4] = ["auth", "session", "sid", "key"];
/// Whole names that are keys in a URL or a header; elsewhere they are ordinary words.
const URL_KEYS: [&str; 2] = ["sig", "signature"];

impl Secret {
    /// The kind of secret that a field of this name holds; `None` if it is not secret.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = &name.as_bytes()[..name.len().min(LONGEST)];
        let squashed: String = name
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        let holds = |parts: &[&str]| parts.iter().any(|part| squashed.contains(part));
        // Passwords first: a name that looks like both is redacted as a whole.
        if holds(&PASSWORDS) || squashed == "pass" {
            Some(Self::Password)
        } else if holds(&KEYS)
            || WHOLE_KEYS.contains(&squashed.as_str())
            || squashed.starts_with("xauth")
            || ends_with_key(name)
        {
            Some(Self::Key)
        } else {
            None
        }
    }

    /// The same of a header or a parameter of a URL.
    pub(crate) fn in_url(name: &str) -> Option<Self> {
        let is_key = URL_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name.trim()));
        if is_key { Some(Self::Key) } else { Self::named(name) }
    }

    /// The redacted form of a value.
    pub(crate) fn mask(self, text: &str) -> String {
        match self {
            Self::Key => key(text),
            Self::Password => MASK.to_owned(),
        }
    }
}

/// Whether the last word is `key`: `x-subscription-key`, `account_key`, `signingKey`, and not `monkey`.
fn ends_with_key(name: &[u8]) -> bool {
    let Some((before, word)) = name.split_last_chunk::<3>() else { return false };
    let is_apart = before.last().is_some_and(|byte| !byte.is_ascii_alphanumeric());
    word == b"Key" || word == b"KEY" || (is_apart && word.eq_ignore_ascii_case(b"key"))
}

/// The redacted form of a key or token: at most its first four characters, and at most half of it.
pub(crate) fn key(text: &str) -> String {
    // At most half, so that a short key cannot be guessed from its beginning.
    let readable = text.chars().take(8).count() / 2;
    text.chars().take(readable).chain(MASK.chars()).collect()
}

/// Whether any word of a body, encoded or not, looks like the name of a secret.
pub(super) fn names_a_secret(body: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_%\\".contains(byte);
    body.split(|byte| !is_part(byte)).filter(|word| !word.is_empty()).any(|word| {
        // A word with a JSON escape may be the name of a secret, spelt with the escape.
        let has_escape = word.windows(2).any(|pair| pair == b"\\u");
        has_escape || Secret::named(&percent_decode(word).decode_utf8_lossy()).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised_by_name() {
        for name in ["archivepwd", "Pass", "client_secret", "userPassword", "X-Client-Secret"] {
            assert_eq!(Secret::named(name), Some(Secret::Password), "{name}");
        }
        for name in [
            "apikey",
            "X-Api-Key",
            "account_key",
            "signingKey",
            "key",
            "X-Auth",
            "x-auth-user",
            "Authentication",
            "X-Amz-Signature",
            "oms-csrf-token",
            "PHPSESSID",
            "Set-Cookie",
        ] {
            assert_eq!(Secret::named(name), Some(Secret::Key), "{name}");
        }
        for name in ["x-monkey", "signature", "user", "hash", "www-authenticate", "author", "compass", ""] {
            assert_eq!(Secret::named(name), None, "{name}");
        }
        assert_eq!(
            (Secret::in_url("sig"), Secret::in_url("Signature")),
            (Some(Secret::Key), Some(Secret::Key))
        );
    }
}
