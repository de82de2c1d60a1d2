//! The head of a recorded request, in one piece of memory.

use std::ops::Range;

use http::{HeaderMap, HeaderName, HeaderValue};

/// What precedes each header: the lengths of its name and of its value.
const LENGTHS: usize = 2 * size_of::<u32>();

/// The path, query and headers of a request, copied into one allocation.
///
/// A header map would keep the read buffer of the connection alive, some kilobytes for a few hundred bytes, and the connection
/// could not use the map again for its next request.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The prefix, the path and the query without separators, then the headers.
    bytes: Box<[u8]>,
    path_at: u32,
    query_at: u32,
    headers_at: u32,
    has_query: bool,
}

impl RequestHead {
    /// Copies the parts of a request. `prefix` is what precedes the vendor's path, such as that of a world.
    #[must_use]
    pub fn new(prefix: &str, path: &str, query: Option<&str>, headers: &HeaderMap) -> Self {
        let has_query = query.is_some();
        let texts = [prefix, path, query.unwrap_or_default()];
        let mut len = texts.iter().map(|text| text.len()).sum::<usize>();
        for (name, value) in headers {
            len += LENGTHS + name.as_str().len() + value.len();
        }
        let mut bytes = Vec::with_capacity(len);
        let mut ends = [0; 3];
        for (end, text) in ends.iter_mut().zip(texts) {
            bytes.extend_from_slice(text.as_bytes());
            *end = position(bytes.len());
        }
        for (name, value) in headers {
            let (name, value) = (name.as_str().as_bytes(), value.as_bytes());
            let lengths = u64::from(position(name.len())) | u64::from(position(value.len())) << 32;
            bytes.extend_from_slice(&lengths.to_le_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(value);
        }
        let [path_at, query_at, headers_at] = ends;
        Self { bytes: bytes.into_boxed_slice(), path_at, query_at, headers_at, has_query }
    }

    /// The prefix before the vendor's path.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.text(0..self.path_at)
    }

    /// The vendor's path, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text(self.path_at..self.query_at)
    }

    /// The query, without the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.has_query.then(|| self.text(self.query_at..self.headers_at))
    }

    /// The headers, with names in lower case, in the order of the header map.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = &self.bytes[self.headers_at as usize..];
        std::iter::from_fn(move || {
            let (name, after) = rest.split_first_chunk()?;
            let (value, after) = after.split_first_chunk()?;
            let (name, after) = after.split_at_checked(u32::from_le_bytes(*name) as usize)?;
            let (value, after) = after.split_at_checked(u32::from_le_bytes(*value) as usize)?;
            rest = after;
            Some((std::str::from_utf8(name).unwrap_or_default(), value))
        })
    }

    /// The values of the headers of this name, which may be in any case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The headers as a map.
    #[must_use]
    pub fn header_map(&self) -> HeaderMap {
        let parsed = self.headers().filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
        });
        let mut map = HeaderMap::new();
        parsed.for_each(|(name, value)| _ = map.append(name, value));
        map
    }

    /// The bytes that it allocates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    fn text(&self, range: Range<u32>) -> &str {
        // All of it was copied from text.
        std::str::from_utf8(&self.bytes[range.start as usize..range.end as usize]).unwrap_or_default()
    }
}

impl std::fmt::Debug for RequestHead {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RequestHead")
            .field("prefix", &self.prefix())
            .field("path", &self.path())
            .field("query", &self.query())
            .field("headers", &self.header_map())
            .finish()
    }
}

/// A length as it is stored. The HTTP library bounds a head far below 4 GiB.
fn position(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_returned_as_it_was() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("host", &b"a.test"[..]), ("x-own", b"\xff\xfe"), ("host", b""), ("accept", b"*/*")]
        {
            headers.append(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        for query in [None, Some(""), Some("a=1&b=%20")] {
            for prefix in ["", "/_world/t"] {
                let head = RequestHead::new(prefix, "/hash/ab", query, &headers);
                assert_eq!((head.prefix(), head.path(), head.query()), (prefix, "/hash/ab", query));
                assert_eq!(head.header_map(), headers);
                let all: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
                assert_eq!(head.headers().collect::<Vec<_>>(), all);
                assert_eq!(head.values("HOST").collect::<Vec<_>>(), [&b"a.test"[..], b""]);
                assert_eq!(head.values("x-other").count(), 0);
            }
        }
        let bare = RequestHead::new("", "", None, &HeaderMap::new());
        assert_eq!((bare.path(), bare.query(), bare.headers().count(), bare.len()), ("", None, 0, 0));
    }
}
