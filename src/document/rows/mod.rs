//! Files of one value a line: JSON Lines, and CSV with a header row. They are read row by row, so that a file of a
//! million rows never stands in memory as a tree.

#[cfg(test)]
mod tests;

use super::format::without_mark;
use super::wording::quote;
use super::{
    Diagnostic, Diagnostics, Entry, Field, Format, Node, Place, Shape, Value, code, json, scalar, suggest,
};

/// Reads a text of rows and hands each one to `each`; a row that cannot be read is reported, and the next one is read.
///
/// `fields` are those that a column of a CSV file may be called; text alone stands in a cell, so those that hold lists
/// and mappings are left out. An empty cell is a field that is not given.
pub(crate) fn rows(
    text: &str,
    format: Format,
    fields: &[Field],
    diagnostics: &mut Diagnostics,
    each: impl FnMut(Node, &mut Diagnostics),
) {
    let text = without_mark(text);
    match format {
        Format::Csv => csv(text, fields, diagnostics, each),
        Format::JsonLines | Format::Json | Format::Yaml => lines_from(1, text, diagnostics, each),
    }
}

/// Cuts JSON Lines into at most `parts` parts of whole lines and about the same length, each with the number of its
/// first line, for [`lines_from`].
pub(crate) fn cut_lines(text: &str, parts: usize) -> Vec<(u32, &str)> {
    let mut rest = without_mark(text);
    let (length, mut line, mut cut) = (rest.len() / parts.max(1), 1, Vec::new());
    while !rest.is_empty() {
        // At the line break after the wanted length, so that no line is cut, and no character either.
        let end = rest.as_bytes().iter().skip(length).position(|byte| *byte == b'\n');
        let (part, after) = rest.split_at(end.map_or(rest.len(), |end| length + end + 1));
        cut.push((line, part));
        line += u32::try_from(part.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX - line);
        rest = after;
    }
    cut
}

/// Reads JSON Lines of which the first has this number, as [`rows`] does.
pub(crate) fn lines_from(
    first: u32,
    text: &str,
    diagnostics: &mut Diagnostics,
    mut each: impl FnMut(Node, &mut Diagnostics),
) {
    for (line, text) in (first..).zip(text.split('\n')) {
        if diagnostics.is_cancelled() {
            return;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        if let Some(node) = json::parse_line(text, line, diagnostics) {
            each(node, diagnostics);
        }
    }
}

/// A column that is known: where it stands in each row, and its name.
struct Column {
    at: usize,
    name: String,
}

fn csv(
    text: &str,
    fields: &[Field],
    diagnostics: &mut Diagnostics,
    mut each: impl FnMut(Node, &mut Diagnostics),
) {
    // The header is read like any row, because the places of its cells are needed. `flexible`: a row of another length
    // is reported below with its place, and the next one is read.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut row = csv::StringRecord::new();
    let mut columns: Option<(usize, Vec<Column>)> = None;
    let mut starts = Starts::default();
    let mut before = None;
    // Reading from memory cannot fail, and a `str` is UTF-8. The reader has no other errors, so none is reported.
    while let Ok(true) = reader.read_record(&mut row) {
        if diagnostics.is_cancelled() {
            return;
        }
        let Some(position) = row.position() else { break };
        let end = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let begin = usize::try_from(position.byte()).unwrap_or_default();
        // The reader counts empty lines as part of the row that follows them.
        let from = before.unwrap_or(begin).min(begin);
        before = Some(end);
        let closed = starts.find(&text[from.min(end)..end.min(text.len())]);
        let Some(first) = starts.places.first().copied() else { continue };
        if !closed {
            // The rest of the file belongs to this cell, so nothing can be read after it.
            let help = "end it with a double quote; a double quote inside is written twice";
            diagnostics.add(
                &code::CELL,
                starts.places.last().copied().unwrap_or(first),
                "a quoted cell is never closed",
                help,
            );
            break;
        }
        let Some((len, columns)) = &columns else {
            if let Some(what) = other_separator(&row, fields) {
                let help = "separate cells with commas, and leave out a line such as sep=; that only a spreadsheet reads";
                diagnostics.add(&code::COLUMN, first, what, help);
                break;
            }
            // All cells of the header count for the length of rows, those of unknown columns too.
            columns = Some((row.len(), header(&row, &starts.places, fields, diagnostics)));
            continue;
        };
        if row.len() != *len {
            let what = format!("the row has {}, the header {len}", cells(row.len()));
            let help = "put a cell that holds commas in double quotes, and leave empty what is not given";
            diagnostics.add(&code::ROW, first, what, help);
            continue;
        }
        let cell = |column: &Column| {
            let text = row.get(column.at).filter(|text| !text.is_empty())?;
            let place = starts.places.get(column.at).copied().unwrap_or(first);
            Some(Entry { key: column.name.clone(), place, node: typed(text, place) })
        };
        each(Node::new(first, Value::Map(columns.iter().filter_map(cell).collect())), diagnostics);
    }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// What is wrong with a header whose cells are not separated by commas, as spreadsheets write it in some languages.
fn other_separator(header: &csv::StringRecord, fields: &[Field]) -> Option<String> {
    let first = header.get(0)?;
    if first.trim_start().starts_with("sep=") {
        return Some("the first row names a separator, and no columns".to_owned());
    }
    let is_column = |cell: &str| fields.iter().any(|field| field.name == cell.trim().trim_matches('"'));
    let separators = [(';', "semicolons"), ('\t', "tabs")];
    let found = separators.into_iter().find(|(letter, _)| {
        header.len() == 1 && first.contains(*letter) && first.split(*letter).any(is_column)
    });
    found.map(|(_, name)| format!("the cells are separated by {name}"))
}

/// The columns that may be there, from the header row.
fn header(
    row: &csv::StringRecord,
    places: &[Place],
    fields: &[Field],
    diagnostics: &mut Diagnostics,
) -> Vec<Column> {
    let names: Vec<&str> =
        fields.iter().filter(|field| is_flat(&field.shape)).map(|field| field.name).collect();
    let mut columns: Vec<Column> = Vec::with_capacity(row.len());
    for (at, name) in row.iter().map(str::trim).enumerate() {
        let place = places.get(at).copied().unwrap_or_default();
        // The column is left out, but its rows are read: their other cells may have errors too.
        if !names.contains(&name) {
            diagnostics.push_with(|file| unknown_column(name, fields, &names, file, place));
        } else if columns.iter().any(|column| column.name == name) {
            let what = format!("column {} is given twice", quote(name));
            diagnostics.add(&code::REPEATED_COLUMN, place, what, "keep one of the two");
        } else {
            columns.push(Column { at, name: name.to_owned() });
        }
    }
    columns
}

fn unknown_column(name: &str, fields: &[Field], names: &[&str], file: &str, place: Place) -> Diagnostic {
    let meant = suggest(name, names.iter().copied());
    let help = match meant {
        Some(_) => String::new(),
        None if fields.iter().any(|field| field.name == name) => {
            "it holds lists or mappings; write JSON Lines instead".to_owned()
        }
        None => format!("the columns are {}", names.join(", ")),
    };
    let what = format!("unknown column {}", quote(name));
    Diagnostic::new(file, place, &code::COLUMN, what, help).meaning(meant)
}

fn is_flat(shape: &Shape) -> bool {
    !matches!(shape, Shape::Any | Shape::List(_) | Shape::Map(_) | Shape::Record(_) | Shape::Either(_))
}

/// What a cell means: a number or a flag as in YAML, with its text kept beside. A cell that is not empty holds something:
/// `null` and `~` are text, and a file may be called so.
fn typed(text: &str, place: Place) -> Node {
    match scalar::resolve(text) {
        Some(value) if value != Value::Null => Node { place, value, raw: Some(text.into()) },
        _ => Node::new(place, Value::Text(text.to_owned())),
    }
}

/// Where each cell of a row starts.
struct Starts {
    next: Place,
    places: Vec<Place>,
}

impl Default for Starts {
    fn default() -> Self {
        Self { next: Place { line: 1, column: 1 }, places: Vec::new() }
    }
}

impl Starts {
    /// Finds the cells of the next row, `text` being all up to its end; false if its last cell is never closed.
    fn find(&mut self, text: &str) -> bool {
        self.places.clear();
        let mut cell = Cell::Ahead;
        for letter in text.chars() {
            let breaks = matches!(letter, '\n' | '\r');
            if cell == Cell::Ahead && !breaks {
                self.places.push(self.next);
            }
            cell = match (cell, letter) {
                (Cell::Ahead, _) if breaks => Cell::Ahead,
                (Cell::Ahead, '"') | (Cell::QuoteInQuotes, '"') => Cell::Quoted,
                (Cell::Quoted, '"') => Cell::QuoteInQuotes,
                (Cell::Quoted, _) => Cell::Quoted,
                (_, ',') => Cell::Ahead,
                // A double quote that is not the first letter of a cell is an ordinary letter.
                _ => Cell::Plain,
            };
            if letter == '\n' {
                self.next = Place { line: self.next.line + 1, column: 1 };
            } else {
                self.next.column += 1;
            }
        }
        // A row that ends with a comma ends with an empty cell.
        if cell == Cell::Ahead && !self.places.is_empty() {
            self.places.push(self.next);
        }
        cell != Cell::Quoted
    }
}

/// Where a letter of a row stands.
#[derive(Clone, Copy, PartialEq)]
enum Cell {
    /// Before a cell.
    Ahead,
    /// In a cell without quotes, or after the quoted part of one.
    Plain,
    /// In a cell that began with a double quote.
    Quoted,
    /// After a double quote there: the first of two, or the end of the quoted part.
    QuoteInQuotes,
}
