//! What precedes the bodies of a recorded exchange, in one piece of memory.

use std::ops::Range;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::reply::ReplyHeaders;

/// What precedes each header: the lengths of its name and of its value.
const LENGTHS: usize = 2 * size_of::<u32>();

/// The path, query and headers of a request and the headers of its reply, copied into one allocation.
///
/// A header map would keep the read buffer of the connection alive, some kilobytes for a few hundred bytes, and the connection
/// could not use the map again for its next request. The headers of the reply move on into the response.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The prefix, the path and the query without separators, then the headers of the request, then those of the reply.
    bytes: Box<[u8]>,
    path_at: u32,
    query_at: u32,
    headers_at: u32,
    reply_at: u32,
    has_query: bool,
}

impl Head {
    /// Copies the parts of an exchange. `prefix` is what precedes the vendor's path, such as that of a world.
    #[must_use]
    pub fn new(
        (prefix, path, query): (&str, &str, Option<&str>),
        headers: &HeaderMap,
        reply_headers: &ReplyHeaders,
    ) -> Self {
        let has_query = query.is_some();
        let texts = [prefix, path, query.unwrap_or_default()];
        let len_of = |name: &HeaderName, value: &HeaderValue| LENGTHS + name.as_str().len() + value.len();
        let len = texts.iter().map(|text| text.len()).sum::<usize>()
            + headers.iter().map(|(name, value)| len_of(name, value)).sum::<usize>()
            + reply_headers.iter().map(|(name, value)| len_of(name, value)).sum::<usize>();
        let mut bytes = Vec::with_capacity(len);
        let mut ends = [0; 3];
        for (end, text) in ends.iter_mut().zip(texts) {
            bytes.extend_from_slice(text.as_bytes());
            *end = position(bytes.len());
        }
        headers.iter().for_each(|(name, value)| push(&mut bytes, name, value));
        let reply_at = position(bytes.len());
        reply_headers.iter().for_each(|(name, value)| push(&mut bytes, name, value));
        let [path_at, query_at, headers_at] = ends;
        Self { bytes: bytes.into_boxed_slice(), path_at, query_at, headers_at, reply_at, has_query }
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

    /// The headers of the request, with names in lower case, in the order of the header map.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        pairs(&self.bytes[self.headers_at as usize..self.reply_at as usize])
    }

    /// The headers of the reply in the order in which they were sent, with names in lower case.
    pub fn reply_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        pairs(&self.bytes[self.reply_at as usize..])
    }

    /// The first value of the reply's header of this name.
    pub fn reply_header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.reply_headers().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The values of the request's headers of this name, which may be in any case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The headers of the request as a map.
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

impl std::fmt::Debug for Head {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Head")
            .field("prefix", &self.prefix())
            .field("path", &self.path())
            .field("query", &self.query())
            .field("headers", &self.header_map())
            .finish_non_exhaustive()
    }
}

/// Appends a header.
fn push(bytes: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    let (name, value) = (name.as_str().as_bytes(), value.as_bytes());
    let lengths = u64::from(position(name.len())) | u64::from(position(value.len())) << 32;
    bytes.extend_from_slice(&lengths.to_le_bytes());
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(value);
}

/// The headers that were appended to `rest`.
fn pairs(mut rest: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk()?;
        let (value, after) = after.split_first_chunk()?;
        let (name, after) = after.split_at_checked(u32::from_le_bytes(*name) as usize)?;
        let (value, after) = after.split_at_checked(u32::from_le_bytes(*value) as usize)?;
        rest = after;
        Some((std::str::from_utf8(name).unwrap_or_default(), value))
    })
}

/// A length as it is stored. The HTTP library bounds a head far below 4 GiB.
fn position(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn every_part_is_returned_as_it_was() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("host", &b"a.test"[..]), ("x-own", b"\xff\xfe"), ("host", b""), ("accept", b"*/*")]
        {
            headers.append(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        let reply: ReplyHeaders = vec![
            (header::CONTENT_TYPE, HeaderValue::from_static("text/plain")),
            (header::SET_COOKIE, HeaderValue::from_static("")),
            (header::SET_COOKIE, HeaderValue::from_bytes(b"\xff").expect("a value")),
        ];
        for query in [None, Some(""), Some("a=1&b=%20")] {
            for prefix in ["", "/_world/t"] {
                let head = Head::new((prefix, "/hash/ab", query), &headers, &reply);
                assert_eq!((head.prefix(), head.path(), head.query()), (prefix, "/hash/ab", query));
                assert_eq!(head.header_map(), headers);
                let all: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
                assert_eq!(head.headers().collect::<Vec<_>>(), all);
                assert_eq!(head.values("HOST").collect::<Vec<_>>(), [&b"a.test"[..], b""]);
                assert_eq!(head.values("content-type").count(), 0);
                let sent: [(_, &[u8]); 3] =
                    [("content-type", b"text/plain"), ("set-cookie", b""), ("set-cookie", b"\xff")];
                assert_eq!(head.reply_headers().collect::<Vec<_>>(), sent);
                assert_eq!(head.reply_header(&header::SET_COOKIE), Some(&b""[..]));
                assert_eq!(head.reply_header(&header::HOST), None);
            }
        }
        let bare = Head::new(("", "", None), &HeaderMap::new(), &Vec::new());
        assert_eq!((bare.path(), bare.query(), bare.headers().count(), bare.len()), ("", None, 0, 0));
        assert_eq!(bare.reply_headers().count(), 0);
    }
}
