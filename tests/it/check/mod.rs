//! Checks of fixtures: every error and warning with its exact message, profiles, and `scandouble check`.

mod command;
mod problems;
mod profiles;
