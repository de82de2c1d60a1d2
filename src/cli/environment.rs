//! Finds misspelt environment variables, which would otherwise be ignored silently.

use clap::Command;

use crate::document::suggest;

const PREFIX: &str = "SCANDOUBLE_";

/// A warning for each of these variables that no flag of the command or its subcommands reads, but that resembles one that
/// is read. Other unknown variables are ignored: Kubernetes sets `SCANDOUBLE_PORT` and more for a service of that name.
pub(super) fn misspelt(
    command: impl FnOnce() -> Command,
    variables: impl Iterator<Item = String>,
) -> Vec<String> {
    let mut variables = variables.filter(|name| name.starts_with(PREFIX)).peekable();
    if variables.peek().is_none() {
        return Vec::new();
    }
    let known = known(&command());
    let unknown = variables.filter(|name| !known.iter().any(|known| known == name));
    let warnings = unknown.filter_map(|name| {
        let meant = suggest(&name, known.iter().map(String::as_str))?;
        Some(format!("the environment variable {name} is not used; did you mean {meant}?"))
    });
    warnings.collect()
}

fn known(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|flag| flag.get_env()?.to_str().map(str::to_owned));
    own.chain(command.get_subcommands().flat_map(known)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    #[test]
    fn only_variables_that_resemble_a_known_one_are_reported() {
        let serve = Command::new("serve").arg(Arg::new("listen").long("listen").env("SCANDOUBLE_LISTEN"));
        let command = Command::new("x").subcommand(serve);
        let names =
            ["PATH", "SCANDOUBLE_LISTEN", "SCANDOUBLE_LISTNE", "SCANDOUBLE_SERVICE_PORT", "SCANDOUBL_LISTEN"];
        assert_eq!(
            misspelt(|| command, names.map(str::to_owned).into_iter()),
            ["the environment variable SCANDOUBLE_LISTNE is not used; did you mean SCANDOUBLE_LISTEN?"]
        );
    }
}
