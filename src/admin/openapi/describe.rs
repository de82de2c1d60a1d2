//! What the signature of a handler says about its operation: the query and the body that it reads, and the JSON that it returns.
//!
//! The document thus cannot name another type than the one that the handler decodes or returns.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes the schema of a type.
pub(in crate::admin) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of `T`, or a reference to it.
pub(in crate::admin) fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What a handler takes and returns.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::admin) struct Signature {
    /// The query.
    pub query: Option<SchemaOf>,
    /// The JSON body.
    pub body: Option<SchemaOf>,
    /// The JSON of successful responses.
    pub reply: Option<SchemaOf>,
}

/// An argument of a handler.
pub(in crate::admin) trait Argument {
    /// Adds what it takes from a request.
    fn describe(_: &mut Signature) {}
}

impl<T> Argument for Extension<T> {}
impl<T> Argument for Option<Extension<T>> {}
impl<T> Argument for State<T> {}
impl Argument for HeaderMap {}
impl Argument for Uri {}

/// What a handler returns.
pub(in crate::admin) trait Returned {
    /// Adds its JSON, if it has any.
    fn describe(_: &mut Signature) {}
}

impl Returned for Response {}
impl Returned for StatusCode {}

impl<T: Returned, E> Returned for Result<T, E> {
    fn describe(signature: &mut Signature) {
        T::describe(signature);
    }
}

/// A handler whose signature can be described. `Arguments` is the tuple of their types.
pub(in crate::admin) trait Described<Arguments> {
    /// Its signature.
    fn signature() -> Signature;
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Running, Output, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Running,
            Running: Future<Output = Output>,
            Output: Returned,
            $($argument: Argument),*
        {
            fn signature() -> Signature {
                let mut signature = Signature::default();
                $($argument::describe(&mut signature);)*
                Output::describe(&mut signature);
                signature
            }
        }
    };
}

described! {}
described! { A }
described! { A B }
described! { A B C }
described! { A B C D }
described! { A B C D E }
