//! What is said of fixtures: every fault and warning with its exact words, and the command that tells them.

mod command;
mod problems;
mod profiles;
