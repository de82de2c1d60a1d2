//! The notations of fixture files, and how they are recognised by name and media type.

use std::path::Path;

/// The notation of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2, core schema.
    Yaml,
    /// JSON as RFC 8259 defines it.
    Json,
    /// One JSON value a line; see `rows`.
    JsonLines,
    /// Comma-separated values as RFC 4180 defines them, with a header row; see `rows`.
    Csv,
}

impl Format {
    /// The notation that the extension of a name says, if it is a known one.
    pub fn of_name(name: &str) -> Option<Format> {
        let extension =
            Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        Some(match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Format::Yaml,
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::JsonLines,
            "csv" => Format::Csv,
            _ => return None,
        })
    }

    /// The notation that a media type says, with or without parameters. Not JSON: some clients send its
    /// media type by default, whatever the body holds.
    pub fn of_media_type(text: &str) -> Option<Format> {
        // Parameters like `charset` do not change the notation.
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Format::Yaml,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines" => Format::JsonLines,
            "text/csv" => Format::Csv,
            _ => return None,
        })
    }

    /// A media type of it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Yaml => "application/yaml",
            Format::Json => "application/json",
            Format::JsonLines => "application/x-ndjson",
            Format::Csv => "text/csv",
        }
    }
}

/// The text behind its byte order mark, if it has one.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_by_name() {
        for (name, format) in [
            ("a.yaml", Some(Format::Yaml)),
            ("a.YML", Some(Format::Yaml)),
            ("a.Json", Some(Format::Json)),
            ("a.jsonl", Some(Format::JsonLines)),
            ("a.NDJSON", Some(Format::JsonLines)),
            ("a.csv", Some(Format::Csv)),
            ("a.txt", None),
            ("csv", None),
            ("", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
    }

    #[test]
    fn notation_by_media_type() {
        for format in [Format::Yaml, Format::JsonLines, Format::Csv] {
            assert_eq!(Format::of_media_type(format.media_type()), Some(format));
        }
        assert_eq!(Format::of_media_type(" Text/CSV ; charset=utf-8"), Some(Format::Csv));
        for other in ["", "application/json", "application/x-www-form-urlencoded", "text/plain", "csv"] {
            assert_eq!(Format::of_media_type(other), None, "{other}");
        }
    }
}
