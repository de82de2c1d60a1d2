//! Compares the headers of two answers.

use http::{HeaderMap, HeaderName, Uri, header};

use super::diff::{Difference, DifferenceKind, is_volatile};
use crate::faults::Pattern;
use crate::journal::har::without_world;

/// Headers of connections, caches and intermediaries, and scandouble's own.
const USUAL: &str = "accept-ranges access-control-* age alt-svc cache-control cf-* connection content-encoding \
    content-length content-security-policy cross-origin-* date etag expires feature-policy \
    keep-alive last-modified nel permissions-policy pragma referrer-policy report-to \
    scandouble-* server server-timing set-cookie strict-transport-security transfer-encoding \
    vary via x-amz* x-cache* x-content-type-options x-frame-options x-powered-by";

/// Headers to ignore.
#[derive(Debug)]
pub(crate) struct IgnoredHeaders(Vec<Pattern>);

impl IgnoredHeaders {
    /// The usual ones, if `usual`, and `more`, in which `*` matches any text.
    pub(crate) fn new(usual: bool, more: &[String]) -> Self {
        let usual = USUAL.split(' ').filter(|_| usual).map(str::to_owned);
        Self(usual.chain(more.iter().map(|name| name.to_ascii_lowercase())).map(Pattern::new).collect())
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.0.iter().any(|pattern| pattern.fits(name.as_str()))
    }
}

/// Adds the differences between the vendor's headers and scandouble's. A recording without headers is not compared.
pub(super) fn compare(
    vendor: &HeaderMap,
    double: &HeaderMap,
    ignored: &IgnoredHeaders,
    found: &mut Vec<Difference>,
) {
    if vendor.is_empty() {
        return;
    }
    // Several lines of one header mean the same as one line with commas between (RFC 9110).
    let values = |headers: &HeaderMap, name: &HeaderName| {
        let all = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let all =
            all.map(|value| if name == header::LOCATION { location(&value) } else { value.into_owned() });
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

/// The path and query of a `Location`: its host is that of the recording, and a replayed request goes to a world.
fn location(value: &str) -> String {
    let Ok(uri) = value.parse::<Uri>() else { return value.to_owned() };
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    format!("{}{query}", without_world(uri.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_compared_without_host_and_world() {
        for (value, expected) in [
            ("https://box.test/api/x/?a=1", "/api/x/?a=1"),
            ("/_world/compare/api/x/", "/api/x/"),
            ("http://127.0.0.1:1/_world/compare/", "/"),
            ("not a URL", "not a URL"),
        ] {
            assert_eq!(location(value), expected);
        }
    }
}
