//! The reference of the fixture format: `fixtures/README.md` and the JSON Schema agree with the program.
//!
//! `UPDATE_DOCS=1 cargo test --test it format_reference` updates both.

mod page;
mod schema;
