//! The rows of a vendor's table: how one is written, and how its handler is called.

use std::fmt;

use futures_util::future::BoxFuture;

use super::{Call, Endpoint, Example};
use crate::journal::{Behaviour, Reply};

/// A status, and an endpoint's own reply for it.
pub type Words = (u16, fn(&Call) -> Reply);

/// What an endpoint reads of a request.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// Headers, in lower case, besides those that every server reads.
    pub headers: &'static [&'static str],
    /// Query parameters.
    pub query: &'static [&'static str],
    /// Fields of the body; one inside another is written `outer.inner`.
    pub fields: &'static [&'static str],
    /// Headers, query parameters and fields that the vendor documents and that are not emulated.
    pub documented: &'static [&'static str],
    /// Whether the body is a file, which has no fields.
    pub file: bool,
}

/// A handler: a `fn(&Call) -> Reply`, or `-> Result<Reply, Reply>` for functions that refuse with `?`. [`Waiting`] makes a handler
/// of an `async fn`.
pub trait Handler: Send + Sync {
    /// Answers a call that passed the vendor's checks.
    fn answer<'a>(&'a self, call: &'a Call) -> Answer<'a>;
}

/// The answer of a handler.
#[expect(missing_debug_implementations, reason = "futures have none")]
pub enum Answer<'a> {
    /// It is there at once.
    Ready(Reply),
    /// It has to wait. Each async function has a future of its own type, and a table of handlers needs a single one, so it is boxed.
    Waiting(BoxFuture<'a, Reply>),
}

impl<F, R> Handler for F
where
    F: Fn(&Call) -> R + Send + Sync,
    R: Into<Reply>,
{
    fn answer<'a>(&'a self, call: &'a Call) -> Answer<'a> {
        Answer::Ready(self(call).into())
    }
}

/// A handler that waits for something, as an `async fn`.
#[derive(Debug)]
pub struct Waiting<F>(pub F);

impl<F> Handler for Waiting<F>
where
    F: for<'a> Waits<'a>,
{
    fn answer<'a>(&'a self, call: &'a Call) -> Answer<'a> {
        Answer::Waiting(Box::pin(async move { self.0.start(call).await.into() }))
    }
}

/// An `async fn` that borrows its call. Its future differs with the lifetime of the call, which `Fn(&Call) -> A` cannot say.
trait Waits<'a>: Send + Sync {
    type Future: Future<Output = Self::Output> + Send + 'a;
    type Output: Into<Reply>;

    fn start(&self, call: &'a Call) -> Self::Future;
}

impl<'a, F, A> Waits<'a> for F
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

impl Endpoint {
    /// An endpoint for GET, and for HEAD, whose answer has no body.
    pub const fn get(paths: &'static [&'static str], handler: &'static dyn Handler) -> Self {
        Self::new(&["GET", "HEAD"], paths, handler)
    }

    /// An endpoint for POST.
    pub const fn post(paths: &'static [&'static str], handler: &'static dyn Handler) -> Self {
        Self::new(&["POST"], paths, handler)
    }

    const fn new(
        methods: &'static [&'static str],
        paths: &'static [&'static str],
        handler: &'static dyn Handler,
    ) -> Self {
        let reads = Reads { headers: &[], query: &[], fields: &[], documented: &[], file: false };
        Self {
            methods,
            paths,
            unlisted: &[],
            handler,
            summary: "",
            page: "",
            answers: &[],
            examples: &[],
            anonymous: false,
            public: false,
            slash: false,
            words: &[],
            takes_file: false,
            reads,
        }
    }

    /// Takes these methods instead.
    pub const fn methods(mut self, methods: &'static [&'static str]) -> Self {
        self.methods = methods;
        self
    }

    /// Also serves these paths, which no list names.
    pub const fn unlisted(mut self, paths: &'static [&'static str]) -> Self {
        self.unlisted = paths;
        self
    }

    /// Also serves its paths with a slash behind them.
    pub const fn or_slash(mut self) -> Self {
        self.slash = true;
        self
    }

    /// Says what the endpoint does, in one line.
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Has these requests as examples.
    pub const fn examples(mut self, examples: &'static [Example]) -> Self {
        self.examples = examples;
        self
    }

    /// Names the place that documents the endpoint.
    pub const fn page(mut self, page: &'static str) -> Self {
        self.page = page;
        self
    }

    /// Reads these headers.
    pub const fn headers(mut self, names: &'static [&'static str]) -> Self {
        self.reads.headers = names;
        self
    }

    /// Reads these query parameters.
    pub const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.reads.query = names;
        self
    }

    /// Reads these fields of the body.
    pub const fn fields(mut self, names: &'static [&'static str]) -> Self {
        self.reads.fields = names;
        self
    }

    /// Ignores these headers, query parameters and fields, which the vendor documents. Advice must not call them useless.
    pub const fn documented(mut self, names: &'static [&'static str]) -> Self {
        self.reads.documented = names;
        self
    }

    /// The body is a file.
    pub const fn file(mut self) -> Self {
        self.reads.file = true;
        self.takes_file = true;
        self
    }

    /// A field of the body is a file.
    pub const fn file_field(mut self) -> Self {
        self.takes_file = true;
        self
    }

    /// Needs no account.
    pub const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Needs no account and reads no credential, so that none can be refused.
    pub const fn public(mut self) -> Self {
        self.public = true;
        self.anonymous()
    }

    /// Answers these behaviours.
    pub const fn answers(mut self, behaviours: &'static [&'static Behaviour]) -> Self {
        self.answers = behaviours;
        self
    }

    /// Has replies of its own for these statuses.
    pub const fn words(mut self, words: &'static [Words]) -> Self {
        self.words = words;
        self
    }

    /// The path that stands for the endpoint: `/hash/{hash}`.
    pub fn form(&self) -> &'static str {
        self.paths.first().copied().unwrap_or_default()
    }

    /// Its methods and paths as lists name them.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let method = self.methods.first().copied().unwrap_or_default();
        self.paths.iter().map(move |path| (method, *path))
    }

    /// Every path that it serves.
    pub(in crate::vendors) fn all_paths(&self) -> impl Iterator<Item = &'static str> {
        self.paths.iter().chain(self.unlisted).copied()
    }

    /// What it reads of a request with this method. A request by `OPTIONS` asks about the endpoint and is not read.
    pub(super) fn reads(&'static self, method: &str) -> Option<&'static Reads> {
        (!method.eq_ignore_ascii_case("OPTIONS")).then_some(&self.reads)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.methods.join("/"), self.form())
    }
}
