//! Which paths are this API's, and what is served at them.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

/// The prefix that older clients put in front of every path.
const LEGACY: &str = "/metascan_rest";

/// What is served at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// `/hash/{hash}`, with what stands in the place of the hash.
    Hash(Cow<'a, str>),
    /// `/file/rules`.
    Rules,
    /// `/file`.
    Upload,
    /// `/file/{data_id}`, with what stands in the place of the `data_id`.
    Result(Cow<'a, str>),
    /// `/login`.
    Login,
    /// `/logout`.
    Logout,
    /// `/version`.
    Version,
}

/// Whether a path lies inside the prefixes of this API. `/hash` itself, with or without a slash behind it, does not.
pub(super) fn owns(path: &str) -> bool {
    let rest = path.strip_prefix(LEGACY);
    let inner = rest.unwrap_or(path);
    inner.strip_prefix("/hash/").is_some_and(|asked| !asked.is_empty())
        || inner == "/file"
        || inner.starts_with("/file/")
        || matches!(inner, "/login" | "/logout" | "/version")
}

impl<'a> Route<'a> {
    /// What is served at `path`, if anything is.
    pub(super) fn of(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix(LEGACY).unwrap_or(path);
        if let Some(asked) = path.strip_prefix("/hash/") {
            return (!asked.is_empty() && !asked.contains('/')).then(|| Self::Hash(decode(asked)));
        }
        match path {
            "/file" => Some(Self::Upload),
            "/file/rules" => Some(Self::Rules),
            "/login" => Some(Self::Login),
            "/logout" => Some(Self::Logout),
            "/version" => Some(Self::Version),
            _ => {
                let asked = path.strip_prefix("/file/")?;
                (!asked.is_empty() && !asked.contains('/')).then(|| Self::Result(decode(asked)))
            }
        }
    }

    /// The methods that it takes, as the header `Allow` lists them.
    pub(super) fn allow(&self) -> &'static str {
        match self {
            Self::Hash(_) | Self::Rules | Self::Result(_) | Self::Version => "GET, HEAD",
            Self::Upload | Self::Login | Self::Logout => "POST",
        }
    }

    /// Whether it takes this method.
    pub(super) fn takes(&self, method: &Method) -> bool {
        self.allow().split(", ").any(|allowed| allowed == method.as_str())
    }
}

impl Route<'_> {
    /// The headers that it looks at.
    pub(super) fn headers(&self) -> &'static [&'static str] {
        match self {
            Self::Hash(_) => &["apikey", "rule", "selfonly", "timerange", "include-inprogress"],
            Self::Rules => &["apikey", "user_agent"],
            Self::Upload => &["apikey", "filename", "rule", "user_agent"],
            Self::Result(_) | Self::Logout | Self::Version => &["apikey"],
            Self::Login => &[],
        }
    }
}

/// What was asked for, decoded; what would not be text then stays encoded, so that it is repeated as it came.
fn decode(asked: &str) -> Cow<'_, str> {
    match asked.contains('%') {
        true => percent_decode_str(asked).decode_utf8().unwrap_or(Cow::Borrowed(asked)),
        false => Cow::Borrowed(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bulk_paths_belong_to_another_api() {
        for path in
            ["/hash/x", "/hash//", "/metascan_rest/hash/x", "/metascan_rest/file", "/metascan_rest/file/x"]
        {
            assert!(owns(path), "{path}");
        }
        for path in
            ["/file", "/file/", "/file/rules", "/login", "/logout", "/version", "/metascan_rest/login"]
        {
            assert!(owns(path), "{path}");
        }
        for path in ["/hash", "/hash/", "/metascan_rest/hash", "/metascan_rest/hash/", "/hashes/x", "/files"]
        {
            assert!(!owns(path), "{path}");
        }
        for path in ["/", "", "/metascan_rest", "/metascan_rest/login/", "/v4/hash/x", "/login/"] {
            assert!(!owns(path), "{path}");
        }
    }

    #[test]
    fn what_is_asked_is_decoded_where_that_gives_text() {
        let hash = |text: &str| Some(Route::Hash(Cow::Owned(text.to_owned())));
        assert_eq!(Route::of("/hash/ab%20c%22"), hash("ab c\""));
        assert_eq!(Route::of("/metascan_rest/hash/a%2Fb"), hash("a/b"));
        assert_eq!(Route::of("/hash/%ff%41"), hash("%ff%41"));
        assert_eq!(Route::of("/hash/%4"), hash("%4"));
        assert_eq!(Route::of("/file/rules"), Some(Route::Rules));
        assert_eq!(Route::of("/metascan_rest/file/a%20b"), Some(Route::Result(Cow::Owned("a b".to_owned()))));
        assert_eq!(Route::of("/metascan_rest/login"), Some(Route::Login));
        for path in ["/hash/", "/hash/x/", "/hash/x/y", "/hash//", "/file/", "/file/rules/", "/login/"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
