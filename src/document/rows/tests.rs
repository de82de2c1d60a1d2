use super::*;

static FIELDS: &[Field] = &[
    Field::required("name", Shape::Text, ""),
    Field::new("md5", Shape::Hash("md5"), ""),
    Field::new("size", Shape::Count { min: 0, max: u64::MAX }, ""),
    Field::new("engines", Shape::List(&Shape::Text), ""),
];

fn read(text: &str, format: Format) -> (Vec<String>, Vec<String>) {
    let mut diagnostics = Diagnostics::new("f");
    let mut found = Vec::new();
    rows(text, format, FIELDS, &mut diagnostics, |node, _| {
        let places = node.as_map().unwrap_or_default().iter();
        let places: Vec<String> =
            places.map(|entry| format!("{}:{}", entry.node.place.line, entry.node.place.column)).collect();
        found.push(format!("{} at {}", node.to_json(), places.join(" ")));
    });
    (found, diagnostics.into_vec().iter().map(ToString::to_string).collect())
}

#[test]
fn each_line_of_json_is_a_row_with_its_line() {
    let text = "\u{feff}{\"name\": \"a\"}\r\n\n  {\"name\": \"b\", \"size\": 1}";
    let (rows, diagnostics) = read(text, Format::JsonLines);
    assert_eq!(rows, ["{\"name\":\"a\"} at 1:10", "{\"name\":\"b\",\"size\":1} at 3:12 3:25"]);
    assert!(diagnostics.is_empty());
}

#[test]
fn a_broken_line_does_not_hide_the_next() {
    let (rows, diagnostics) = read("{\"name\": \"a\",\n{}\n{\"a\" 1}\n{} {}\n\"", Format::JsonLines);
    assert_eq!(rows, ["{} at "]);
    assert_eq!(
        diagnostics,
        [
            "f:1:14: expected a key in double quotes, found the end of the line; check the commas, quotes and \
             brackets here, and that one value stands in one line",
            "f:3:6: expected a colon, found '1'; check the commas, quotes and brackets here, and that one value \
             stands in one line",
            "f:4:4: expected the end of the line, found '{'; check the commas, quotes and brackets here, and that one \
             value stands in one line",
            "f:5:1: a text is never closed; end it with a double quote",
        ]
    );
}

#[test]
fn cells_are_typed_and_placed() {
    let text =
        "name,size,md5\r\n\"a, \"\"b\"\"\",12,\r\n\nx,,00000000000000000000000000000001\n\"two\nlines\",3,";
    let (rows, diagnostics) = read(text, Format::Csv);
    assert_eq!(
        rows,
        [
            "{\"name\":\"a, \\\"b\\\"\",\"size\":12} at 2:1 2:12",
            "{\"name\":\"x\",\"md5\":1} at 4:1 4:4",
            "{\"name\":\"two\\nlines\",\"size\":3} at 5:1 6:8",
        ]
    );
    assert_eq!(diagnostics, [""; 0]);
}

#[test]
fn csv_errors_have_line_and_column() {
    let (rows, diagnostics) = read("name,siez,engines,name,colour\na,1,2,b,c\nb,2\nc,1,\"2,3,4", Format::Csv);
    assert_eq!(rows, ["{\"name\":\"a\"} at 2:1"]);
    assert_eq!(
        diagnostics,
        [
            "f:1:6: unknown column \"siez\"; did you mean \"size\"?",
            "f:1:11: unknown column \"engines\"; it holds lists or mappings; write JSON Lines instead",
            "f:1:19: column \"name\" is given twice; keep one of the two",
            "f:1:24: unknown column \"colour\"; the columns are name, md5, size",
            "f:3:1: the row has 2 cells, the header 5; put a cell that holds commas in double quotes, and leave empty \
             what is not given",
            "f:4:5: a quoted cell is never closed; end it with a double quote; a double quote inside is written twice",
        ]
    );
}

#[test]
fn a_quote_within_a_cell_is_an_ordinary_letter() {
    let text = "name,size\na\"b,1\n\"c\"d\",2\ne\"\",3\n";
    let (rows, diagnostics) = read(text, Format::Csv);
    assert_eq!(
        rows,
        [
            "{\"name\":\"a\\\"b\",\"size\":1} at 2:1 2:5",
            "{\"name\":\"cd\\\"\",\"size\":2} at 3:1 3:7",
            "{\"name\":\"e\\\"\\\"\",\"size\":3} at 4:1 4:5",
        ]
    );
    assert_eq!(diagnostics, [""; 0]);
}

#[test]
fn other_separators_are_named() {
    for (text, what) in [
        ("sep=;\nname;size\n", "f:1:1: the first row names a separator, and no columns"),
        ("sep=,\nname,size\n", "f:1:1: the first row names a separator, and no columns"),
        ("name;size\na;1\n", "f:1:1: the cells are separated by semicolons"),
        ("\"name\"\tsize\na\t1\n", "f:1:1: the cells are separated by tabs"),
    ] {
        let help =
            "separate cells with commas, and leave out a line such as sep=; that only a spreadsheet reads";
        let (rows, diagnostics) = read(text, Format::Csv);
        assert_eq!((rows.len(), diagnostics), (0, vec![format!("{what}; {help}")]), "{text:?}");
    }
}

#[test]
fn damaged_rows_never_panic() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let spice: Vec<char> = "{}[]:,\"'\\ \t\n\r09e.-\u{e9}\u{feff}\u{0}\u{1f600}".chars().collect();
    for round in 0..4000 {
        let text: String = (0..random(40)).map(|_| spice[random(spice.len())]).collect();
        let format = if round % 2 == 0 { Format::Csv } else { Format::JsonLines };
        let (rows, errors) = read(&text, format);
        for error in &errors {
            assert!(error.starts_with("f:"), "{text:?}: {error}");
        }
        let is_blank = text.trim_start_matches('\u{feff}').trim_ascii().is_empty();
        // A line is a row or an error; the first one of a table is its header.
        if format == Format::JsonLines && !is_blank {
            assert!(!rows.is_empty() || !errors.is_empty(), "{text:?}");
        }
    }
}
