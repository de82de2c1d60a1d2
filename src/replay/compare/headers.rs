//! Which headers of two answers differ.

use http::{HeaderMap, HeaderName};

use super::diff::{Difference, DifferenceKind, is_volatile};
use crate::faults::Pattern;

/// Headers that belong to the connection, to caches and to what stands between, and those of the double itself.
const USUAL: [&str; 35] = [
    "accept-ranges",
    "access-control-*",
    "age",
    "alt-svc",
    "cache-control",
    "cf-*",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "cross-origin-*",
    "date",
    "etag",
    "expires",
    "feature-policy",
    "keep-alive",
    "last-modified",
    "nel",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "report-to",
    "scandouble-*",
    "server",
    "server-timing",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
    "x-amz*",
    "x-cache*",
    "x-content-type-options",
    "x-frame-options",
    "x-powered-by",
];

/// Headers that do not matter.
#[derive(Debug)]
pub struct IgnoredHeaders(Vec<Pattern>);

impl IgnoredHeaders {
    /// The usual ones, if `usual`, and `more`; `*` is any text.
    #[must_use]
    pub fn new(usual: bool, more: &[String]) -> Self {
        let usual = USUAL.iter().filter(|_| usual).map(|name| (*name).to_owned());
        Self(usual.chain(more.iter().map(|name| name.to_ascii_lowercase())).map(Pattern::new).collect())
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.0.iter().any(|pattern| pattern.fits(name.as_str()))
    }
}

/// Adds what differs between the vendor's headers and the double's. Of a capture without any headers nothing is known.
pub(super) fn compare(
    vendor: &HeaderMap,
    double: &HeaderMap,
    ignored: &IgnoredHeaders,
    found: &mut Vec<Difference>,
) {
    if vendor.is_empty() {
        return;
    }
    let values = |headers: &HeaderMap, name: &HeaderName| {
        let all =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        all.collect::<Vec<_>>().join(", ")
    };
    let names: Vec<&HeaderName> =
        vendor.keys().chain(double.keys().filter(|name| !vendor.contains_key(*name))).collect();
    for name in names.into_iter().filter(|name| !ignored.has(name)) {
        let (theirs, ours) = (values(vendor, name), values(double, name));
        let kind = match (vendor.contains_key(name), double.contains_key(name)) {
            (true, false) => DifferenceKind::Missing,
            (false, true) => DifferenceKind::Extra,
            _ if theirs == ours => continue,
            _ => DifferenceKind::Value,
        };
        let volatile = kind == DifferenceKind::Value
            && is_volatile(name.as_str(), &theirs.clone().into(), &ours.clone().into());
        let text = |headers: &HeaderMap, text: String| headers.contains_key(name).then_some(text);
        found.push(Difference {
            part: "header",
            path: name.as_str().to_owned(),
            kind,
            vendor: text(vendor, theirs),
            double: text(double, ours),
            volatile,
        });
    }
}
