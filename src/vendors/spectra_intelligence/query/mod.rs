//! The body of a bulk request, in either format.

mod json;
mod shape;
mod xml;

pub(super) use shape::{Format, Query};

/// Reads a body; `None` if it is malformed.
pub(super) fn parse(format: Format, body: &[u8]) -> Option<Query> {
    match format {
        Format::Json => json::parse(body),
        Format::Xml => xml::parse(body),
    }
}
