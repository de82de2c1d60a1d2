//! The format of fixtures as it is told: `fixtures/README.md` and the JSON Schema say what the program does.
//!
//! `UPDATE_DOCS=1 cargo test --test it format` writes down what is true now.

mod page;
mod schema;
