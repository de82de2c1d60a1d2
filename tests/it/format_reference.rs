//! The reference of the fixture format (`fixtures/README.md` and the JSON Schema), and what the built-in sets come to, agree
//! with the program.
//!
//! `UPDATE_DOCS=1 cargo test --test it format_reference` updates all of them.

mod page;
mod prebuilt;
mod schema;
