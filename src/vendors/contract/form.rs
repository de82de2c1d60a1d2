//! The form of a path: literal text and placeholders.

/// A path with placeholders, `/hash/{hash}`, split at the first one. Every request is compared with several forms, and most of
/// them have one placeholder at most.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// All of it.
    pub(super) text: &'static str,
    /// What precedes the first placeholder.
    start: &'static str,
    /// The name in the first placeholder, and what follows that.
    placeholder: Option<(&'static str, Box<Self>)>,
}

impl Form {
    pub(super) fn new(text: &'static str) -> Self {
        let split = text.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
        match split {
            Some((start, (name, rest))) => {
                Self { text, start, placeholder: Some((name, Box::new(Self::new(rest)))) }
            }
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
        let (mut form, mut path) = (self, path);
        loop {
            let Some(rest) = path.strip_prefix(form.start) else { return false };
            let Some((name, after)) = &form.placeholder else {
                return rest.is_empty() || (slash && rest == "/");
            };
            let end = memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
            if end == 0 {
                return false;
            }
            param(name, &rest[..end]);
            (form, path) = (after, &rest[end..]);
        }
    }
}
