//! CSV (RFC 4180) of JSON objects, in cells that no spreadsheet runs as a formula.

use serde_json::{Map, Value};

/// Appends the line of the column names.
pub fn write_head(csv: &mut String, columns: &[&str]) {
    write_line(csv, columns.iter().map(|name| (*name).to_owned()));
}

/// Appends the line of a row. A column `error.code` is the member `code` of the member `error`;
/// null and absent members are empty cells.
pub fn write_row(csv: &mut String, columns: &[&str], row: &Map<String, Value>) {
    let cells = columns.iter().map(|column| {
        let mut names = column.split('.');
        let first = names.next().and_then(|name| row.get(name));
        let value = names.fold(first, |value, name| value?.get(name));
        match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => without_formula(text),
            Some(other) => other.to_string(),
        }
    });
    write_line(csv, cells);
}

fn write_line(csv: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            csv.push('"');
            csv.push_str(&cell.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(&cell);
        }
    }
    csv.push_str("\r\n");
}

/// Returns a text that spreadsheets show as it is: one that they would run gets an apostrophe before
/// it.
fn without_formula(text: &str) -> String {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: &Value) -> String {
        let mut csv = String::new();
        let columns = ["id", "error.code", "text"];
        write_row(&mut csv, &columns, value.as_object().unwrap());
        csv
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let value = json!({"id": 7, "error": {"code": "a,b"}, "text": "say \"no\"\nor yes"});
        assert_eq!(row(&value), "7,\"a,b\",\"say \"\"no\"\"\nor yes\"\r\n");
    }

    #[test]
    fn null_and_absent_members_are_empty_cells() {
        assert_eq!(row(&json!({"id": null, "error": null})), ",,\r\n");
    }

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            let line = row(&json!({"id": -1, "text": text}));
            assert_eq!(line, format!("-1,,'{text}\r\n"));
        }
        let line = row(&json!({"text": "\r=1"}));
        assert_eq!(line, ",,\"'\r=1\"\r\n");
    }
}
