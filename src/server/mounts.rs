//! Prefixes under which one API answers: `/core/hash/…`.

use crate::vendors::Vendor;
use crate::{admin, vendors};

/// An API under a prefix.
#[derive(Clone, Debug)]
pub struct Mount {
    /// What stands before the API's own paths: `/core`.
    pub prefix: String,
    /// The API.
    pub api: &'static Vendor,
}

impl Mount {
    /// The mount that `API=/prefix` describes.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, prefix) = text
            .split_once('=')
            .ok_or_else(|| format!("give an API and a prefix, {}=/prefix", vendors::ALL[0].name))?;
        Self::new(name, prefix)
    }

    /// The API of this name under `prefix`.
    ///
    /// # Errors
    /// There is no such API, or the prefix cannot be one.
    pub fn new(name: &str, prefix: &str) -> Result<Self, String> {
        let api = vendors::required(name)?;
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
        let taken = |own: &str| is_below(prefix, own);
        if prefix.len() < 2 || !prefix.starts_with('/') || prefix.contains("//") || !prefix.bytes().all(plain)
        {
            return Err(format!(
                "\"{prefix}\" is no prefix; it begins with a slash and has letters, digits, '.', '_', '-' or '~'"
            ));
        }
        if taken(admin::PREFIX) || taken("/_world") {
            return Err(format!("\"{prefix}\" belongs to scandouble itself; choose another prefix"));
        }
        Ok(Self { prefix: prefix.to_owned(), api })
    }

    /// Whether `path` lies under it.
    pub(super) fn holds(&self, path: &str) -> bool {
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
        assert!(mount.holds("/core") && mount.holds("/core/") && mount.holds("/core/hash/x"));
        assert!(!mount.holds("/corex") && !mount.holds("/") && !mount.holds("/x/core"));
    }

    #[test]
    fn what_cannot_be_a_prefix_is_refused() {
        let name = vendors::ALL[0].name;
        for prefix in
            ["", "/", "core", "/a//b", "/a b", "/_world", "/_world/x", "/_scandouble", "/%41", "/a?b"]
        {
            assert!(Mount::new(name, prefix).is_err(), "{prefix}");
        }
        assert!(Mount::new("nobody", "/a").is_err() && Mount::parse(name).is_err());
    }
}
