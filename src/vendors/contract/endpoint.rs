//! A row of a vendor's table.

use std::fmt;

use futures_util::future::BoxFuture;

use super::Call;
use crate::journal::Behaviour;
use crate::journal::Reply;

/// One endpoint: its paths and methods, what it reads, what it answers, and the function that does so.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// The methods that it takes, as `Allow` lists them. People are shown the first one.
    pub methods: &'static [&'static str],
    /// Its paths with placeholders: `/hash/{hash}`. The first one stands for the endpoint.
    pub paths: &'static [&'static str],
    /// Paths that are served too, and that nobody is shown.
    pub unlisted: &'static [&'static str],
    /// The function that answers.
    pub handler: &'static dyn Handler,
    /// The place on the vendor's page, or whose habits it follows.
    pub page: &'static str,
    /// The behaviours that only endpoints such as this one answer, most specific first.
    pub answers: &'static [&'static Behaviour],
    /// Whether it asks for no account.
    pub anonymous: bool,
    /// Whether a slash may follow its paths.
    pub slash: bool,
    /// Its own words for a status that has nothing to do with the request, where the vendor's are others.
    pub words: &'static [Words],
    /// Whether the body is, or holds, a file: then it is kept nowhere, the journal included.
    pub takes_file: bool,
    reads: Reads,
}

/// A status, and an endpoint's own words for it.
pub type Words = (u16, fn(&Call) -> Reply);

/// What an endpoint looks at in a request.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// Headers, in lower case, beside those that every server reads.
    pub headers: &'static [&'static str],
    /// Query parameters.
    pub query: &'static [&'static str],
    /// Fields of the body; one inside another is written `outer.inner`.
    pub fields: &'static [&'static str],
    /// Whether the body is a file, and read whatever is in it.
    pub file: bool,
}

/// What answers: an `async fn(&Call) -> Reply`. A `Result<Reply, Reply>` will do, for functions that refuse with `?`.
pub trait Handler: Send + Sync {
    /// Answers a call that passed the vendor's checks.
    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply>;
}

/// An `async fn` that borrows its call: what Rust calls the function for each lifetime of the call.
trait Answers<'a>: Send + Sync {
    type Future: Future<Output = Self::Output> + Send + 'a;
    type Output: Into<Reply>;

    fn start(&self, call: &'a Call) -> Self::Future;
}

impl<'a, F, A> Answers<'a> for F
where
    F: Fn(&'a Call) -> A + Send + Sync,
    A: Future + Send + 'a,
    A::Output: Into<Reply>,
{
    type Future = A;
    type Output = A::Output;

    fn start(&self, call: &'a Call) -> A {
        self(call)
    }
}

impl<F> Handler for F
where
    F: for<'a> Answers<'a>,
{
    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async move { self.start(call).await.into() })
    }
}

impl Endpoint {
    /// An endpoint for GET, and for HEAD, which is a GET without a body in the answer.
    #[must_use]
    pub const fn get(paths: &'static [&'static str], handler: &'static dyn Handler) -> Self {
        Self::new(&["GET", "HEAD"], paths, handler)
    }

    /// An endpoint for POST.
    #[must_use]
    pub const fn post(paths: &'static [&'static str], handler: &'static dyn Handler) -> Self {
        Self::new(&["POST"], paths, handler)
    }

    const fn new(
        methods: &'static [&'static str],
        paths: &'static [&'static str],
        handler: &'static dyn Handler,
    ) -> Self {
        let reads = Reads { headers: &[], query: &[], fields: &[], file: false };
        Self {
            methods,
            paths,
            unlisted: &[],
            handler,
            page: "",
            answers: &[],
            anonymous: false,
            slash: false,
            words: &[],
            takes_file: false,
            reads,
        }
    }

    /// The same for other methods.
    #[must_use]
    pub const fn methods(mut self, methods: &'static [&'static str]) -> Self {
        self.methods = methods;
        self
    }

    /// The same, also at these paths, which nobody is shown.
    #[must_use]
    pub const fn unlisted(mut self, paths: &'static [&'static str]) -> Self {
        self.unlisted = paths;
        self
    }

    /// The same, also where a slash follows the path.
    #[must_use]
    pub const fn or_slash(mut self) -> Self {
        self.slash = true;
        self
    }

    /// The same, as described at this place.
    #[must_use]
    pub const fn page(mut self, page: &'static str) -> Self {
        self.page = page;
        self
    }

    /// The same, looking at these headers.
    #[must_use]
    pub const fn headers(mut self, names: &'static [&'static str]) -> Self {
        self.reads.headers = names;
        self
    }

    /// The same, looking at these query parameters.
    #[must_use]
    pub const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.reads.query = names;
        self
    }

    /// The same, looking at these fields of the body.
    #[must_use]
    pub const fn fields(mut self, names: &'static [&'static str]) -> Self {
        self.reads.fields = names;
        self
    }

    /// The same, the body being a file.
    #[must_use]
    pub const fn file(mut self) -> Self {
        self.reads.file = true;
        self.takes_file = true;
        self
    }

    /// The same, a field of the body being a file.
    #[must_use]
    pub const fn file_field(mut self) -> Self {
        self.takes_file = true;
        self
    }

    /// The same without an account.
    #[must_use]
    pub const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// The same, answering these behaviours.
    #[must_use]
    pub const fn answers(mut self, behaviours: &'static [&'static Behaviour]) -> Self {
        self.answers = behaviours;
        self
    }

    /// The same with words of its own for some statuses.
    #[must_use]
    pub const fn words(mut self, words: &'static [Words]) -> Self {
        self.words = words;
        self
    }

    /// The path that stands for the endpoint: `/hash/{hash}`.
    #[must_use]
    pub fn form(&self) -> &'static str {
        self.paths.first().copied().unwrap_or_default()
    }

    /// How people are shown it.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let method = self.methods.first().copied().unwrap_or_default();
        self.paths.iter().map(move |path| (method, *path))
    }

    /// Every path that it has.
    pub(super) fn all_paths(&self) -> impl Iterator<Item = &'static str> {
        self.paths.iter().chain(self.unlisted).copied()
    }

    /// What it looks at in a request by `method`. `OPTIONS`, which asks about the endpoint, is not read.
    pub(super) fn reads(&'static self, method: &str) -> Option<&'static Reads> {
        (!method.eq_ignore_ascii_case("OPTIONS")).then_some(&self.reads)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.methods.join("/"), self.form())
    }
}
