//! Lines that are no usable profile are refused with line number and field, and nothing is stored.

use serde_json::json;

use crate::support::environment::Environment;

/// Returns invalid lines, each with the expected message.
fn bad_lines() -> Vec<(String, &'static str)> {
    let long = json!({"id": 1, "summary": "word ".repeat(2_000_000)}).to_string();
    let many = json!({"id": 1, "skills": vec!["a"; 10_000]}).to_string();
    vec![
        (
            r#"{"id": 1, "title": "\ud800"}"#.to_owned(),
            "unexpected end of hex escape",
        ),
        (
            r#"{"id": 1, "experience_years": 1e400}"#.to_owned(),
            "number out of range",
        ),
        (
            r#"{"id": 1, "experience_years": NaN}"#.to_owned(),
            "expected value",
        ),
        (
            format!("{}{}", "[".repeat(200), "]".repeat(200)),
            "recursion limit",
        ),
        (r#"{"id": 1} {"id": 2}"#.to_owned(), "trailing characters"),
        ("[]".to_owned(), "send a JSON object"),
        (
            r#"{"title": "x"}"#.to_owned(),
            "/id: send the platform's id",
        ),
        (r#"{"id": 0}"#.to_owned(), "/id: send a whole number"),
        (r#"{"id": -1}"#.to_owned(), "/id: send a whole number"),
        (
            r#"{"id": 9223372036854775808}"#.to_owned(),
            "/id: send a whole number",
        ),
        (long, "/summary: send at most 200000 characters"),
        (many, "/skills: send at most 1000 entries"),
        (
            r#"{"id": 1, "location": {"lat": 91, "lon": 181}}"#.to_owned(),
            "/location/lon: send a number from -180",
        ),
        (
            r#"{"id": 1, "salary": {"min": 2, "max": 1}}"#.to_owned(),
            "/salary/min: send a min that is not above",
        ),
    ]
}

#[tokio::test]
async fn each_bad_line_of_an_import_is_named_and_the_good_ones_are_kept() {
    let environment = Environment::embedded();
    let bad = bad_lines();
    let mut lines: Vec<&str> = bad.iter().map(|(line, _)| line.as_str()).collect();
    // Of a repeated field the last value is used; texts may contain any character.
    lines.push(
        r#"{"id": 5, "skills": 5, "skills": ["a\u0000b"], "title": "\u202eWelder", "id": 6}"#,
    );
    let file = environment.folder().join("candidates.ndjson");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = environment
        .run(&["import", "candidates", file.to_str().unwrap()])
        .await;
    let said = String::from_utf8(output.stderr).unwrap();
    for ((_, expected), number) in bad.iter().zip(1..) {
        let line = said
            .lines()
            .find(|line| line.starts_with(&format!("line {number}: ")));
        let line = line.unwrap_or_else(|| panic!("line {number} ({expected}) is not named"));
        assert!(line.contains(expected) && line.len() < 1_000, "{line}");
    }
    assert_eq!(output.status.code(), Some(1));
    let done = String::from_utf8(output.stdout).unwrap();
    assert!(
        done.contains("1 candidates imported: 1 new") && done.contains("14 bad lines"),
        "{done}"
    );
}
