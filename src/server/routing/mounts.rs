//! Path prefixes under which one vendor API is served: `/core/hash/…`.

use crate::vendors::Vendor;
use crate::{admin, vendors};

/// A vendor API under a path prefix.
#[derive(Clone, Debug)]
pub struct Mount {
    /// What precedes the API's own paths: `/core`.
    pub prefix: String,
    /// The API.
    pub api: &'static Vendor,
}

impl Mount {
    /// Parses `API=/prefix`.
    ///
    /// # Errors
    /// A message that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, prefix) = text
            .split_once('=')
            .ok_or_else(|| format!("write an API and a prefix, as {}=/prefix", vendors::ALL[0].name))?;
        Self::new(name, prefix)
    }

    /// Mounts the API of this name under `prefix`.
    ///
    /// # Errors
    /// There is no such API, or the prefix is not valid.
    pub fn new(name: &str, prefix: &str) -> Result<Self, String> {
        let api = vendors::required(name)?;
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        // The prefix is compared with paths as they are sent, so it has nothing that clients would encode.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
        let is_reserved = |own: &str| is_below(prefix, own);
        if prefix.len() < 2 || !prefix.starts_with('/') || prefix.contains("//") || !prefix.bytes().all(plain)
        {
            return Err(format!(
                "\"{prefix}\" is not a valid prefix; it begins with a slash, followed by letters, digits, '.', '_', '-' or '~'"
            ));
        }
        if is_reserved(admin::PREFIX) || is_reserved("/_world") {
            return Err(format!("\"{prefix}\" is reserved for scandouble itself; choose another prefix"));
        }
        Ok(Self { prefix: prefix.to_owned(), api })
    }

    /// Whether `path` is below the prefix.
    pub(in crate::server) fn contains(&self, path: &str) -> bool {
        is_below(path, &self.prefix)
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_at_a_slash() {
        let mount = Mount::parse(&format!("{}=/core/", vendors::ALL[0].name)).expect("a mount");
        assert!(mount.contains("/core") && mount.contains("/core/") && mount.contains("/core/hash/x"));
        assert!(!mount.contains("/corex") && !mount.contains("/") && !mount.contains("/x/core"));
    }

    #[test]
    fn invalid_prefixes_are_rejected() {
        let name = vendors::ALL[0].name;
        for prefix in
            ["", "/", "core", "/a//b", "/a b", "/_world", "/_world/x", "/_scandouble", "/%41", "/a?b"]
        {
            assert!(Mount::new(name, prefix).is_err(), "{prefix}");
        }
        assert!(Mount::new("nobody", "/a").is_err() && Mount::parse(name).is_err());
    }
}
