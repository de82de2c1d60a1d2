//! The catalogue document beside the repository, where there is one, against the behaviours in the code.
//!
//! Every row must be in the code, with its grades, and every behaviour in the code among the rows.

use std::path::Path;

use scandouble::apis;
use scandouble::behaviours::Grade;

/// A behaviour as the document has it.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: String,
    grades: (Grade, Grade),
}

#[test]
fn the_catalogue_and_the_code_name_the_same_behaviours() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/behaviours.md");
    let Ok(document) = std::fs::read_to_string(&path) else {
        println!("{} is not there: the catalogue was not compared", path.display());
        return;
    };
    let rows = rows(&document);
    let known: Vec<_> = apis::ALL.iter().flat_map(|api| api.behaviours).collect();
    let mut faults = Vec::new();
    for row in &rows {
        match known.iter().find(|behaviour| behaviour.name == row.name) {
            None => faults.push(format!("{}: is in the catalogue alone", row.name)),
            Some(built) if (built.status, built.body) != row.grades => {
                let (has, wants) = ((built.status, built.body), row.grades);
                faults.push(format!("{}: is graded {has:?}, in the catalogue {wants:?}", row.name));
            }
            Some(_) => {}
        }
    }
    let is_listed = |name: &str| rows.iter().any(|row| row.name == name);
    let strays = known.iter().map(|behaviour| behaviour.name);
    faults.extend(strays.filter(|name| !is_listed(name)).map(|name| format!("{name}: not in the catalogue")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The behaviours of the document's tables.
fn rows(document: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut api, mut is_main) = ("", false);
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            api = title.split(' ').nth(1).unwrap_or_default();
        } else if line.starts_with("| id |") {
            is_main = line.ends_with("| grade |");
        } else if line.starts_with("| `") {
            let ids = ids(line.split(" | ").next().unwrap_or_default());
            let grades = if is_main { grades(line, ids.len()) } else { vec![OBSERVED; ids.len()] };
            let row = |(id, grades)| Row { name: format!("{api}/{id}"), grades };
            rows.extend(ids.into_iter().zip(grades).map(row));
        }
    }
    rows
}

/// What companions are: all of them were learnt from clients.
const OBSERVED: (Grade, Grade) = (Grade::Observed, Grade::Observed);

/// The ids in the first cell of a row. One that begins with a dot goes on from the one before, whose last part it
/// replaces.
fn ids(cell: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in cell.split('`').skip(1).step_by(2) {
        let stem = ids.last().and_then(|last| last.rsplit_once('.')).map(|(stem, _)| stem);
        ids.push(match (id.starts_with('.'), stem) {
            (true, Some(stem)) => format!("{stem}{id}"),
            _ => id.to_owned(),
        });
    }
    ids
}

/// The grades in the last cell of a row: of the status and of the body, for each of its ids. `D` alone stands for both,
/// whatever is said in brackets or after `for` is a remark, and a semicolon parts the ids.
fn grades(line: &str, ids: usize) -> Vec<(Grade, Grade)> {
    let cell = line.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
    let parts: Vec<_> = cell.split(';').map(pair).collect();
    (0..ids).map(|place| parts[place.min(parts.len() - 1)]).collect()
}

fn pair(text: &str) -> (Grade, Grade) {
    let plain: String = text
        .split('(')
        .enumerate()
        .map(|(place, part)| match (place, part.split_once(')')) {
            (1.., Some((_, rest))) => rest,
            _ => part,
        })
        .collect();
    let mut grades = plain.split(',').map(|grade| match grade.trim().chars().next() {
        Some('D') => Grade::Documented,
        Some('O') => Grade::Observed,
        Some('A') => Grade::Assumed,
        _ => panic!("no grade: {text:?}"),
    });
    let status = grades.next().unwrap_or(Grade::Assumed);
    (status, grades.next().unwrap_or(status))
}

#[test]
fn rows_are_read_with_their_shorthands() {
    use Grade::{Assumed as A, Documented as D, Observed as O};
    let document = "## 3. an-api — A product\n\n| id | when | answer | grade |\n|---|---|---|---|\n\
        | `a.one`, `.two` | x | `y` | A (the limit: D) |\n| `b.500`, `b.503` | | z | A; D, A |\n\
        | `c` | | | D for the rule, A |\n\n| id | when | answer |\n|---|---|---|\n| `d` | | 200 |\n";
    let row = |name: &str, grades| Row { name: format!("an-api/{name}"), grades };
    let wanted = [
        row("a.one", (A, A)),
        row("a.two", (A, A)),
        row("b.500", (A, A)),
        row("b.503", (D, A)),
        row("c", (D, A)),
        row("d", (O, O)),
    ];
    assert_eq!(rows(document), wanted);
}
