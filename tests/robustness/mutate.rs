//! Random mutations of requests.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::request::Request;

const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "get",
    "Post",
    "BREW",
    "M-SEARCH",
    "!#$%&'*+-.^_`|~",
];

/// Unusual parts of a path or a query, all of them allowed there.
const IN_TARGETS: &[&str] = &[
    "%",
    "%%",
    "%4",
    "%zz",
    "%00",
    "%ff",
    "%C3%28",
    "%ED%A0%80",
    "%2f",
    "%2F",
    "%25",
    "%252e",
    "%0d%0a",
    "%22",
    "%5c",
    "/",
    "//",
    "/../",
    "/./",
    "..",
    ";",
    ";x=1",
    "?",
    "&",
    "=",
    "+",
    "~",
    "|",
    "'",
    "@",
    ":",
    "&format=",
    "&format=xml",
    "/_world/",
    "/_world/other",
    "/_scandouble/",
    "/hash/",
    "/v4/hash",
];

/// Unusual parts of a body.
const IN_BODIES: &[&str] = &[
    "\0",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "é",
    "\\",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "<",
    ">",
    "&",
    "=",
    "%",
    "#",
    "null",
    "true",
    "-0",
    "1e999",
    "1E-999",
    "99999999999999999999999999",
    "NaN",
    "-Infinity",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\x",
    "<!DOCTYPE rl [<!ENTITY a \"b\">]>",
    "&a;",
    "&#x0;",
    "&#xD800;",
    "&lt;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?x",
    "<item/>",
    "</rl>",
    "<rl>",
    " xmlns:a='b'",
    "--b0undary",
    "--b0undary--",
    "\r\n",
    "\r\n\r\n",
    "\t",
    "- ",
    "? ",
    ": ",
    "|\n",
    ">-\n",
    "*anchor",
    "&x [*x]",
    "<<: *anchor",
    "!!binary ",
    "---\n",
    "...\n",
    "%YAML 9.9\n",
    "filename=\"x\"",
    "name*=utf-8''%ff",
];

const CONTENT_TYPES: &[&str] = &[
    "",
    "application/json",
    "application/json; charset=utf-16",
    "APPLICATION/JSON",
    "application/x-www-form-urlencoded;charset=latin1",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=b0undary",
    "multipart/mixed; boundary=x",
    "application/xml",
    "text/plain",
    "nonsense",
    ";;;",
    "/",
    "application/problem+json",
];

/// About as many bytes as one mutation adds at most.
const LARGE: usize = 400_000;

/// The request after one to four mutations, all of which leave it valid HTTP.
pub fn mutate(base: &Request, others: &[Request], random: &mut ChaCha8Rng) -> Request {
    let mut request = base.clone();
    for _ in 0..random.random_range(1..=4) {
        match random.random_range(0..20) {
            0 => request.method = pick(METHODS, random).into(),
            1..=4 => mutate_target(&mut request.target, random),
            5..=8 => mutate_headers(&mut request.headers, random),
            9 => request.body = others[random.random_range(0..others.len())].body.clone(),
            10 => request.target = others[random.random_range(0..others.len())].target.clone(),
            11 => request.chunked = !request.chunked,
            12 => inflate(&mut request.body, random),
            _ => mutate_bytes(&mut request.body, random),
        }
    }
    request
}

fn pick<'a>(from: &[&'a str], random: &mut ChaCha8Rng) -> &'a str {
    from[random.random_range(0..from.len())]
}

/// A place in `bytes`, its end included.
fn place(bytes: &[u8], random: &mut ChaCha8Rng) -> usize {
    random.random_range(0..=bytes.len())
}

fn range(bytes: &[u8], random: &mut ChaCha8Rng) -> std::ops::Range<usize> {
    let (one, other) = (place(bytes, random), place(bytes, random));
    one.min(other)..one.max(other)
}

/// Mutates bytes, which need not stay valid in any format.
pub fn mutate_bytes(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let at = place(bytes, random);
    match random.random_range(0..9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(range(bytes, random))),
        2 => {
            let again = bytes[range(bytes, random)].to_vec();
            drop(bytes.splice(at..at, again));
        }
        3 => drop(bytes.splice(at..at, [random.random::<u8>()])),
        4 => *bytes = (0..random.random_range(0..200)).map(|_| random.random()).collect(),
        5 | 6 => drop(bytes.splice(at..at, pick(IN_BODIES, random).bytes())),
        _ => {
            for _ in 0..random.random_range(1..=3) {
                let at = place(bytes, random);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
        }
    }
}

/// Repeats a part of the body, or something that opens and is never closed, very often.
fn inflate(body: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    const OPENERS: &[&str] = &[
        "[",
        "{\"a\":",
        "[[{\"b\":[",
        "<a>",
        "<item>x</item>",
        "- ",
        "a:\n",
        "{",
        "\"\\u0000",
        "hash_value=",
        "&hash_value=x",
        "9",
        "\n",
        "&#65;",
    ];
    let opener = pick(OPENERS, random).as_bytes().to_vec();
    let part = if random.random() { body[range(body, random)].to_vec() } else { opener };
    let times = times(&part, random);
    let at = if random.random() { 0 } else { place(body, random) };
    drop(body.splice(at..at, part.repeat(times)));
}

/// How often `part` may be repeated.
fn times(part: &[u8], random: &mut ChaCha8Rng) -> usize {
    10_usize.pow(random.random_range(1..=5)).min(LARGE / part.len().max(1))
}

fn mutate_target(target: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    // The first slash stays, since the target would not be valid without it.
    let at = random.random_range(1..=target.len().max(1));
    match random.random_range(0..8) {
        0 => target.truncate(at),
        1 => {
            let range = range(&target[1..], random);
            drop(target.drain(range.start + 1..range.end + 1));
        }
        2 => {
            let again = target[range(target, random)].to_vec();
            drop(target.splice(at..at, again));
        }
        3 => {
            // One character percent-encoded.
            if let Some(byte) = target.get(at).copied() {
                drop(target.splice(at..=at, format!("%{byte:02x}").into_bytes()));
            }
        }
        4 => drop(target.splice(at..at, b"a/%41".repeat(random.random_range(1..20_000)))),
        _ => drop(target.splice(at..at, pick(IN_TARGETS, random).bytes())),
    }
}

fn mutate_headers(headers: &mut Vec<(Vec<u8>, Vec<u8>)>, random: &mut ChaCha8Rng) {
    let name = |random: &mut ChaCha8Rng| {
        pick(
            &[
                "apikey",
                "Authorization",
                "Content-Type",
                "rule",
                "user_agent",
                "include_scan_details",
                "X-Odd",
            ],
            random,
        )
        .as_bytes()
        .to_vec()
    };
    if headers.is_empty() || random.random_range(0..6) == 0 {
        headers.push((name(random), b"x".to_vec()));
    }
    let at = random.random_range(0..headers.len());
    match random.random_range(0..9) {
        0 => drop(headers.remove(at)),
        1 => {
            let again = headers[at].clone();
            headers.insert(0, again);
        }
        2 => headers[at].1.clear(),
        3 => {
            let again = headers[at].clone();
            let most = LARGE / (again.1.len() + 1);
            headers.extend(std::iter::repeat_n(again, random.random_range(1..150).min(most)));
        }
        4 => {
            let value = &mut headers[at].1;
            *value = value.repeat(times(value, random).max(1));
        }
        5 => headers.push((b"Content-Type".to_vec(), pick(CONTENT_TYPES, random).into())),
        6 => {
            for header in headers.iter_mut().filter(|(name, _)| name == b"Content-Type") {
                header.1 = pick(CONTENT_TYPES, random).into();
            }
        }
        7 => {
            let value = pick(
                &[
                    "Basic",
                    "Basic ",
                    "Basic !!!",
                    "Basic Og==",
                    "Basic /w==",
                    "Token",
                    "Token  a",
                    "Bearer x",
                    "Token \u{e9}",
                    "%ff%",
                    "1,1",
                ],
                random,
            );
            headers[at].1 = value.trim().into();
        }
        _ => {
            for _ in 0..random.random_range(1..=3) {
                let place = place(&headers[at].1, random);
                if let Some(byte) = headers[at].1.get_mut(place) {
                    *byte = random.random_range(0x80..=0xff);
                }
            }
        }
    }
}
