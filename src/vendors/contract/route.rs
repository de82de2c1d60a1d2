//! Matching a path against the endpoints of a vendor.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{Endpoint, Route, Vendor};
use crate::journal::body::decoded;

/// How a vendor's server compares percent-encoded paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// It compares them as they were sent, and decodes the values of parameters where that gives UTF-8.
    Parameters,
    /// It splits a path at its slashes and decodes each segment: `%2F` is not a slash.
    Segments,
    /// It decodes a path before anything else: `%2F` is a slash.
    Whole,
}

/// The values of a path's parameters, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    // Most paths have one parameter, which then needs no allocation for a list.
    first: Option<Param>,
    more: Vec<Param>,
}

type Param = (&'static str, Box<str>);

impl Params {
    /// The value of this parameter; empty if the path has no such parameter.
    pub fn get(&self, name: &str) -> &str {
        let mut all = self.first.iter().chain(&self.more);
        all.find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    fn push(&mut self, name: &'static str, text: impl Into<Box<str>>) {
        match self.first {
            None => self.first = Some((name, text.into())),
            Some(_) => self.more.push((name, text.into())),
        }
    }
}

impl Route {
    /// Looks up a path as it was sent. Of several endpoints with this path, the one that takes the method is found; where paths
    /// are decoded as a whole, the first.
    pub(super) fn find(vendor: &Vendor, method: &str, path: &str) -> Self {
        let mut found = Self::default();
        // A literal path that is not emulated, such as `/api/samples/list/`, would otherwise be taken for
        // `/api/samples/{hash_value}/`.
        let is_literal = |endpoint: &Endpoint| endpoint.all_paths().any(|form| form == path);
        if vendor.not_emulated.contains(&path) && !vendor.endpoints.iter().any(is_literal) {
            return found;
        }
        let path = Path::new(path, vendor.decoding);
        for endpoint in vendor.endpoints {
            let takes_method = vendor.takes(endpoint, method);
            // The first endpoint with the path is kept for 405 and `Allow`. Only one that takes the method replaces it.
            if found.endpoint.is_some() && !takes_method {
                continue;
            }
            if let Some(params) = endpoint.all_paths().find_map(|form| path.take(form, endpoint.slash)) {
                let endpoint = Some(endpoint);
                found = Self { endpoint, takes_method, lacks_slash: false, params };
                // Django takes the first pattern that matches, whatever the method.
                if takes_method || vendor.decoding == Decoding::Whole {
                    return found;
                }
            }
        }
        if found.endpoint.is_none() {
            // Django redirects a path that lacks its slash instead of answering 404.
            let mut forms = vendor.endpoints.iter().flat_map(Endpoint::all_paths);
            found.lacks_slash =
                forms.any(|form| form.strip_suffix('/').is_some_and(|form| path.take(form, false).is_some()));
        }
        found
    }
}

impl Vendor {
    fn takes(&self, endpoint: &Endpoint, method: &str) -> bool {
        match self.any_case_methods {
            true => endpoint.methods.iter().any(|known| known.eq_ignore_ascii_case(method)),
            false => endpoint.methods.contains(&method),
        }
    }

    /// The methods that the endpoints with the path of this one take, as `Allow` lists them.
    pub fn allow(&self, endpoint: &Endpoint) -> String {
        let same = self.endpoints.iter().filter(|other| other.form() == endpoint.form());
        same.flat_map(|endpoint| endpoint.methods).copied().collect::<Vec<_>>().join(", ")
    }
}

impl Endpoint {
    /// Whether a path, as it was sent, is one of its paths.
    pub(in crate::vendors) fn has_path(&self, path: &str) -> bool {
        let is_it = |form: &'static str| may_fit(form, path) && plain(form, path, self.slash, |_, _| {});
        self.paths.iter().any(|form| is_it(form)) || self.unlisted.iter().any(|form| is_it(form))
    }
}

/// A path in the form in which it is compared.
struct Path<'a> {
    /// Decoded if the vendor decodes whole paths, else as it was sent.
    text: Cow<'a, str>,
    decoding: Decoding,
    /// Whether parts of it are still encoded.
    is_encoded: bool,
}

impl<'a> Path<'a> {
    fn new(path: &'a str, decoding: Decoding) -> Self {
        let text = if decoding == Decoding::Whole { decoded(path) } else { Cow::Borrowed(path) };
        // Without a `%` the three ways of decoding do not differ, and the plain comparison is enough.
        let is_encoded = decoding != Decoding::Whole && path.contains('%');
        Self { text, decoding, is_encoded }
    }

    /// The parameters of the path if it matches this form.
    fn take(&self, form: &'static str, slash: bool) -> Option<Params> {
        let mut params = Params::default();
        let fits = match (self.is_encoded, self.decoding) {
            (true, Decoding::Segments) => {
                by_segment(form, &self.text, slash, |name, text| params.push(name, text))
            }
            (true, _) => plain(form, &self.text, slash, |name, text| {
                let text = percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text));
                params.push(name, text);
            }),
            (false, _) => plain(form, &self.text, slash, |name, text| params.push(name, text)),
        };
        fits.then_some(params)
    }
}

/// Whether a path can match a form. Each request is compared with the forms of all vendors, and most of them differ in the
/// letter after the first slash.
#[inline]
fn may_fit(form: &str, path: &str) -> bool {
    let first = form.as_bytes().get(1);
    first == path.as_bytes().get(1) || first == Some(&b'{')
}

/// Whether a path matches a form, or is below it if the form ends in `/*`.
pub(super) fn is_below(form: &'static str, path: &str) -> bool {
    let Some(above) = form.strip_suffix("/*") else { return plain(form, path, true, |_, _| {}) };
    // A placeholder matches one segment, so the number of slashes in the form tells where its part of the path ends.
    let mut slashes = memchr::memchr_iter(b'/', path.as_bytes());
    let end = slashes.nth(above.matches('/').count());
    end.is_some_and(|end| plain(above, &path[..end], false, |_, _| {}))
}

/// Whether a path matches a form. The values of its parameters, which are never empty, are passed to `param`.
fn plain<'p>(
    form: &'static str,
    path: &'p str,
    slash: bool,
    mut param: impl FnMut(&'static str, &'p str),
) -> bool {
    let (mut form, mut path) = (form, path);
    loop {
        // Byte by byte: this runs for many forms per request, and searching each for its parameters first costs more.
        let pairs = form.bytes().zip(path.bytes());
        let equal = pairs.take_while(|(form, path)| form == path && *form != b'{').count();
        (form, path) = (&form[equal..], &path[equal..]);
        let Some((name, rest)) = form.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { break };
        let end = memchr::memchr(b'/', path.as_bytes()).unwrap_or(path.len());
        if end == 0 {
            return false;
        }
        param(name, &path[..end]);
        (form, path) = (rest, &path[end..]);
    }
    path == form || (slash && path.strip_prefix(form) == Some("/"))
}

/// Like [`plain`], for a path whose segments are decoded one by one.
fn by_segment(
    form: &'static str,
    path: &str,
    slash: bool,
    mut param: impl FnMut(&'static str, Cow<'_, str>),
) -> bool {
    let (mut forms, mut parts) = (form.split('/'), path.split('/').map(decoded));
    loop {
        match (forms.next(), parts.next()) {
            (None, None) => return true,
            (None, Some(rest)) => return slash && rest.is_empty() && parts.next().is_none(),
            (Some(form), Some(part)) => {
                match form.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(_) if part.is_empty() => return false,
                    Some(name) => param(name, part),
                    None if form == part => {}
                    None => return false,
                }
            }
            (Some(_), None) => return false,
        }
    }
}
