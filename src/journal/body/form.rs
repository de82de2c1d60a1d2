//! The pairs of an urlencoded form, as ranges of the body.
//!
//! Source: the URL standard, <https://url.spec.whatwg.org/#urlencoded-parsing>.

use std::borrow::Cow;
use std::ops::Range;

/// One pair, both parts still encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The range of its name within the body.
    pub(crate) name: Range<usize>,
    /// The range of its value; empty where there is no equals sign.
    pub(crate) value: Range<usize>,
}

impl Pair {
    /// Its name, decoded.
    pub(crate) fn name<'a>(&self, body: &'a [u8]) -> Cow<'a, str> {
        decode(&body[self.name.clone()])
    }

    /// Its value, decoded.
    pub(crate) fn value<'a>(&self, body: &'a [u8]) -> Cow<'a, str> {
        decode(&body[self.value.clone()])
    }
}

/// The pairs of a form, in order. Empty text between two ampersands is skipped.
pub(crate) fn pairs(body: &[u8]) -> Box<[Pair]> {
    // Counted first: otherwise a form of one pair takes memory for four, and a second allocation.
    let mut pairs = Vec::with_capacity(memchr::memchr_iter(b'&', body).count() + 1);
    pairs.extend(pairs_of(body));
    pairs.into_boxed_slice()
}

fn pairs_of(body: &[u8]) -> impl Iterator<Item = Pair> {
    let ends = memchr::memchr_iter(b'&', body).chain([body.len()]);
    let mut start = 0;
    ends.filter_map(move |end| {
        let from = std::mem::replace(&mut start, end + 1);
        let equals = memchr::memchr(b'=', &body[from..end]).map(|len| from + len);
        let pair = Pair { name: from..equals.unwrap_or(end), value: equals.map_or(end, |at| at + 1)..end };
        (from < end).then_some(pair)
    })
}

/// A name or a value, decoded: `+` is a space, and bytes that are not UTF-8 are replaced.
fn decode(text: &[u8]) -> Cow<'_, str> {
    // Most names and many values have nothing to decode, and the decoder takes 200 instructions to find that out.
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed);
    }
    // Before percent-decoding, since an encoded plus sign (`%2B`) stays one.
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::Owned(percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_those_of_the_standard() {
        for body in [
            &b""[..],
            b"&&",
            b"a=1&b=x%20y&a=2",
            b"&a&=b&c=&d=e=f&",
            b"a+b=c+%2B%26d&%ff=%e9",
            b"%%%=%2&+=+",
            b"a;b=c",
        ] {
            let standard: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
            let own = pairs(body)
                .into_iter()
                .map(|pair| (pair.name(body).into_owned(), pair.value(body).into_owned()));
            let own: Vec<_> = own.collect();
            assert_eq!(own, standard, "{}", body.escape_ascii());
        }
    }
}
