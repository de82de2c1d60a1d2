//! The rows of the table of operations. Each resource has its rows beside its handlers.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use serde_json::Value;

use super::describe::{Described, SchemaOf};
use super::schemas::properties;
use crate::worlds::Worlds;

/// The operations of one resource.
#[derive(Debug)]
pub(in crate::admin) struct Resource {
    /// The tag of its operations.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Its operations, in the order of all lists.
    pub operations: Vec<Operation>,
}

/// One operation: a method and a path, its handler, and what the document says about it.
#[derive(Debug)]
pub(in crate::admin) struct Operation {
    pub(in crate::admin) method: Method,
    /// Below the prefix of the admin API, with placeholders.
    pub(in crate::admin) path: &'static str,
    pub(in crate::admin) route: MethodRouter<Arc<Worlds>>,
    /// Its name in generated clients.
    pub(super) id: &'static str,
    /// One line.
    pub(in crate::admin) summary: &'static str,
    /// More, if there is more to say.
    pub(super) about: Option<&'static str>,
    /// Whether it changes the world of the path, and so creates it.
    pub(in crate::admin) changes_world: bool,
    /// Whether it needs no admin token.
    pub(super) is_open: bool,
    pub(super) parameter: Option<&'static PathParameter>,
    pub(super) header: Option<&'static HeaderParameter>,
    pub(super) query: Option<SchemaOf>,
    /// The names of its query parameters.
    pub(in crate::admin) query_names: Vec<String>,
    pub(super) body: Vec<Media>,
    /// Whether an empty body is refused.
    pub(super) needs_body: bool,
    pub(super) body_about: Option<&'static str>,
    pub(super) reply: Option<SchemaOf>,
    pub(super) replies: Vec<Reply>,
    /// The statuses of its own errors.
    pub(super) problems: &'static [u16],
}

/// The parameter of a path.
#[derive(Debug)]
pub(in crate::admin) struct PathParameter {
    pub name: &'static str,
    pub about: &'static str,
    pub schema: SchemaOf,
    /// As JSON.
    pub example: &'static str,
}

/// A request header that an operation reads. Those that every HTTP API has, such as `Accept`, are not described.
#[derive(Debug)]
pub(in crate::admin) struct HeaderParameter {
    pub name: &'static str,
    pub about: &'static str,
    pub schema: SchemaOf,
    /// As JSON.
    pub example: &'static str,
}

/// A body of one content type, with examples.
#[derive(Debug)]
pub(super) struct Media {
    pub(super) kind: &'static str,
    pub(super) schema: SchemaOf,
    /// The name of each, one line, and the body as JSON.
    pub(super) examples: Vec<(&'static str, &'static str, &'static str)>,
}

/// A response.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) about: &'static str,
    /// Content types and their schemas; none for the JSON of the handler's type.
    pub(super) media: Vec<(&'static str, SchemaOf)>,
}

const JSON: &str = "application/json";

impl Operation {
    fn new<H, T, A>(filter: MethodFilter, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Worlds>> + Described<A>,
        T: 'static,
    {
        let signature = H::signature();
        let body = signature.body.map(|schema| Media { kind: JSON, schema, examples: Vec::new() });
        Self {
            // The default for a method; `keeps_world` is for exceptions.
            changes_world: !method.is_safe(),
            method,
            path,
            route: on(filter, handler),
            id: "",
            summary: "",
            about: None,
            is_open: false,
            parameter: None,
            header: None,
            query: signature.query,
            // From the type that the handler decodes, so that the check of queries cannot differ from it.
            query_names: signature.query.map(properties).unwrap_or_default(),
            body: body.into_iter().collect(),
            needs_body: false,
            body_about: None,
            reply: signature.reply,
            replies: Vec::new(),
            problems: &[],
        }
    }

    /// Names the operation, for generated clients and for people.
    pub(in crate::admin) fn named(mut self, id: &'static str, summary: &'static str) -> Self {
        (self.id, self.summary) = (id, summary);
        self
    }

    /// Says more than the summary.
    pub(in crate::admin) fn about(mut self, text: &'static str) -> Self {
        self.about = Some(text);
        self
    }

    /// Needs no admin token.
    pub(in crate::admin) fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Does not change the world of the path, although its method is unsafe.
    pub(in crate::admin) fn keeps_world(mut self) -> Self {
        self.changes_world = false;
        self
    }

    /// Describes the parameter of the path.
    pub(in crate::admin) fn parameter(mut self, parameter: &'static PathParameter) -> Self {
        self.parameter = Some(parameter);
        self
    }

    /// Describes a header that the handler reads.
    pub(in crate::admin) fn header(mut self, header: &'static HeaderParameter) -> Self {
        self.header = Some(header);
        self
    }

    /// Takes a body of this content type, which cannot be empty.
    pub(in crate::admin) fn takes(mut self, kind: &'static str, schema: SchemaOf) -> Self {
        self.body.push(Media { kind, schema, examples: Vec::new() });
        self.needs_body = true;
        self
    }

    /// Describes the body.
    pub(in crate::admin) fn body_about(mut self, text: &'static str) -> Self {
        self.body_about = Some(text);
        self
    }

    /// Adds an example, as JSON, of the body that was named last.
    pub(in crate::admin) fn example(
        mut self,
        name: &'static str,
        summary: &'static str,
        json: &'static str,
    ) -> Self {
        self.body
            .iter_mut()
            .next_back()
            .into_iter()
            .for_each(|body| body.examples.push((name, summary, json)));
        self
    }

    /// Responds with the JSON of the handler's type, or without a body if it has none.
    pub(in crate::admin) fn replies(self, status: u16, about: &'static str) -> Self {
        let media = self.reply.map(|schema| (JSON, schema));
        self.replies_with(status, about, media.into_iter().collect())
    }

    /// Responds with these content types.
    pub(in crate::admin) fn replies_with(
        mut self,
        status: u16,
        about: &'static str,
        media: Vec<(&'static str, SchemaOf)>,
    ) -> Self {
        self.replies.push(Reply { status, about, media });
        self
    }

    /// Has errors with these statuses, besides those that all operations have.
    pub(in crate::admin) fn problems(mut self, statuses: &'static [u16]) -> Self {
        self.problems = statuses;
        self
    }

    /// The names of the fields of its JSON body.
    pub(in crate::admin) fn field_names(&self) -> Vec<String> {
        self.body.first().map(|body| properties(body.schema)).unwrap_or_default()
    }
}

/// Makes a function for the operations of one method.
macro_rules! method {
    ($name:ident $filter:ident) => {
        pub(in crate::admin) fn $name<H, T, A>(path: &'static str, handler: H) -> Operation
        where
            H: Handler<T, Arc<Worlds>> + Described<A>,
            T: 'static,
        {
            Operation::new(MethodFilter::$filter, Method::$filter, path, handler)
        }
    };
}

method! { get GET }
method! { post POST }
method! { put PUT }
method! { patch PATCH }
method! { delete DELETE }

/// An example, which is part of the program's text.
pub(super) fn example(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}
