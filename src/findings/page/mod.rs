//! Self-contained HTML pages: one style sheet, no scripts, no external resources.

const STYLE: &str = include_str!("page.css");

/// A page around `body`, which is HTML. The other arguments are plain text.
#[must_use]
pub(crate) fn framed(title: &str, eyebrow: &str, heading: &str, body: &str) -> String {
    let (title, eyebrow, heading) = (escaped(title), escaped(eyebrow), escaped(heading));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header><p class=\"eyebrow\">{eyebrow}</p><h1>{heading}</h1></header>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Text escaped for XML and HTML.
#[must_use]
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        // A single quotation mark stays: the pages put attributes into double ones.
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Escaped text, with `<code>` for what is between backquotes.
#[must_use]
pub(crate) fn with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.map(part).collect()
}
