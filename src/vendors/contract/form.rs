//! The form of a path: literal text and placeholders.

/// A path with placeholders, `/hash/{hash}`, split at the first one. Every request is compared with several forms, and most of
/// them have one placeholder at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// All of it.
    pub(super) text: &'static str,
    /// What precedes the first placeholder.
    start: &'static str,
    /// The name in the first placeholder, and what follows that.
    placeholder: Option<(&'static str, &'static str)>,
}

impl Form {
    pub(super) fn new(text: &'static str) -> Self {
        let split = text.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
        match split {
            Some((start, placeholder)) => Self { text, start, placeholder: Some(placeholder) },
            None => Self { text, start: text, placeholder: None },
        }
    }

    /// Whether a path matches, which may end in one more slash if `slash` is set. The values of its parameters, which are never
    /// empty, are passed to `param`.
    pub(super) fn matches<'p>(
        &self,
        path: &'p str,
        slash: bool,
        mut param: impl FnMut(&'static str, &'p str),
    ) -> bool {
        let (mut form, mut path) = (*self, path);
        loop {
            let Some(rest) = path.strip_prefix(form.start) else { return false };
            let is_end = |rest: &str| rest.is_empty() || (slash && rest == "/");
            let Some((name, after)) = form.placeholder else { return is_end(rest) };
            let end = memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
            if end == 0 {
                return false;
            }
            param(name, &rest[..end]);
            if after.is_empty() {
                return is_end(&rest[end..]);
            }
            (form, path) = (Self::new(after), &rest[end..]);
        }
    }
}
