//! Matching a path against the endpoints of a vendor.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::form::Form;
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
        let text = Path::new(path, vendor.decoding);
        let mut found = Self::default();
        match text.is_encoded {
            false => {
                let mut near = vendor.served_near(&text.text).iter();
                near.any(|served| {
                    !served.reserved.contains(&path)
                        && found.search(vendor, served.endpoint, &served.form, method, &text)
                });
            }
            // The letter by which the paths are indexed may be encoded.
            true => {
                let mut all = vendor
                    .endpoints
                    .iter()
                    .flat_map(|endpoint| endpoint.all_paths().map(move |form| (endpoint, Form::new(form))));
                all.any(|(endpoint, form)| found.search(vendor, endpoint, &form, method, &text));
            }
        }
        if found.endpoint.is_none() && !vendor.not_emulated.contains(&path) {
            // Django redirects a path that lacks its slash instead of answering 404.
            let mut forms = vendor.endpoints.iter().flat_map(Endpoint::all_paths);
            found.lacks_slash = forms.any(|form| {
                form.strip_suffix('/').is_some_and(|form| text.take(&Form::new(form), false).is_some())
            });
        }
        found
    }

    /// Takes an endpoint if the path matches this form of it. Returns whether the search is over.
    fn search(
        &mut self,
        vendor: &Vendor,
        endpoint: &'static Endpoint,
        form: &Form,
        method: &str,
        path: &Path<'_>,
    ) -> bool {
        let Some(params) = path.take(form, endpoint.slash) else { return false };
        let takes_method = vendor.takes(endpoint, method);
        // The first endpoint with the path is kept for 405 and `Allow`. Only one that takes the method replaces it.
        if self.endpoint.is_none() || takes_method {
            *self = Self { endpoint: Some(endpoint), takes_method, lacks_slash: false, params };
        }
        // Django takes the first pattern that matches, whatever the method.
        takes_method || vendor.decoding == Decoding::Whole
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
        let is_encoded = decoding != Decoding::Whole && memchr::memchr(b'%', path.as_bytes()).is_some();
        Self { text, decoding, is_encoded }
    }

    /// The parameters of the path if it matches this form.
    fn take(&self, form: &Form, slash: bool) -> Option<Params> {
        let mut params = Params::default();
        let fits = match (self.is_encoded, self.decoding) {
            (true, Decoding::Segments) => {
                by_segment(form.text, &self.text, slash, |name, text| params.push(name, text))
            }
            (true, _) => form.matches(&self.text, slash, |name, text| {
                let text = percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text));
                params.push(name, text);
            }),
            (false, _) => form.matches(&self.text, slash, |name, text| params.push(name, text)),
        };
        fits.then_some(params)
    }
}

/// Whether a path matches a form, or is below it if the form ends in `/*`.
pub(super) fn is_below(form: &'static str, path: &str) -> bool {
    let Some(above) = form.strip_suffix("/*") else { return Form::new(form).matches(path, true, |_, _| {}) };
    // A placeholder matches one segment, so the number of slashes in the form tells where its part of the path ends.
    let mut slashes = memchr::memchr_iter(b'/', path.as_bytes());
    let end = slashes.nth(above.matches('/').count());
    end.is_some_and(|end| Form::new(above).matches(&path[..end], false, |_, _| {}))
}

/// Like [`Form::matches`], for a path whose segments are decoded one by one.
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
