//! Dynamic analysis: the sandboxes that a bulk core analysis also triggers, by file type.

use super::sandboxes;
use crate::samples::Sample;

/// A sandbox and the file types that it analyses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) engine: &'static str,
    /// Media types; empty for any.
    types: Vec<String>,
}

impl Service {
    /// Whether it analyses files of the type of `sample`.
    pub(super) fn takes(&self, sample: &Sample) -> bool {
        self.types.is_empty() || self.types.contains(&sample.file_type.mime)
    }
}

/// The services that the setting's text lists. A text that passed [`check`] can always be read.
pub(super) fn services(text: &str) -> Vec<Service> {
    read(text).unwrap_or_default()
}

/// Checks that `text` lists services with their types; else what the setting may be.
pub(super) fn check(text: &str) -> Result<(), String> {
    read(text).map(|_| ()).ok_or_else(|| {
        let known = sandboxes::list();
        format!("lists services with their file types, as cape:*,joe:application/pdf+text/html, the services being of {known}")
    })
}

fn read(text: &str) -> Option<Vec<Service>> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(service).collect()
}

fn service(entry: &str) -> Option<Service> {
    let (name, types) = entry.split_once(':')?;
    let engine = sandboxes::sandbox(name.trim())?;
    let types = if types.trim() == "*" { Vec::new() } else { media_types(types)? };
    Some(Service { engine, types })
}

/// Media types separated by plus signs; a type may contain one itself: `image/svg+xml`.
fn media_types(text: &str) -> Option<Vec<String>> {
    let mut types: Vec<String> = Vec::new();
    for piece in text.split('+').map(str::trim) {
        match (piece.split_once('/'), types.last_mut()) {
            (Some((kind, name)), _) if !kind.is_empty() && !name.is_empty() => types.push(piece.to_owned()),
            (None, Some(before)) if !piece.is_empty() => *before = format!("{before}+{piece}"),
            _ => return None,
        }
    }
    Some(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_parsed_with_their_types() {
        let services = read("rl_cloud_sandbox:application/x-dosexec+image/svg+xml , cape:*").expect("good");
        assert_eq!(services[0].engine, "rl_cloud_sandbox");
        assert_eq!(services[0].types, ["application/x-dosexec", "image/svg+xml"]);
        assert_eq!((services[1].engine, services[1].types.len()), ("cape", 0));
        assert_eq!(read(""), Some(Vec::new()));
        for bad in ["cape", "cloud:*", "nosuch:*", "cape:", "cape:pdf", "cape:a/", "cape:a/b+", "cape:+a/b"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
