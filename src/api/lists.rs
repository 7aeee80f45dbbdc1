//! Answers with a list: as JSON, CSV or NDJSON by `Accept`, with the address of the next page in
//! `Link` (RFC 8288).

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{ACCEPT, LINK, VARY},
};
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use super::{conditional, problem::Problem};
use crate::service::csv;

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListForm {
    /// A page as one JSON object.
    Json,
    /// A line of column names, then one line for each row.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl ListForm {
    /// Returns the media type.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// Returns the form that the caller prefers; `default` without a preference.
    pub(super) fn of(request: &HttpRequest, default: Self) -> Self {
        let accepted = request.headers().get_all(ACCEPT);
        let accepted: Vec<&str> = accepted.filter_map(|value| value.to_str().ok()).collect();
        preferred(&accepted.join(","), default)
    }
}

/// Returns the form with the highest quality; of equal ones the first. Other types are ignored, so
/// that a caller that accepts none of the forms is answered anyway.
fn preferred(accepted: &str, default: ListForm) -> ListForm {
    let mut best = None;
    for range in accepted.split(',') {
        let mut parameters = range.split(';').map(str::trim);
        let form = match parameters.next().map(str::to_ascii_lowercase).as_deref() {
            Some("text/csv") => ListForm::Csv,
            Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => {
                ListForm::Ndjson
            }
            Some("application/json") => ListForm::Json,
            Some("*/*") => default,
            _ => continue,
        };
        let quality = parameters.find_map(|parameter| parameter.strip_prefix("q="));
        let quality = quality.map_or(Ok(1.0), str::parse::<f64>).unwrap_or(0.0);
        let best_quality = best.map_or(0.0, |(_, quality)| quality);
        if quality > best_quality {
            best = Some((form, quality));
        }
    }
    best.map_or(default, |(form, _)| form)
}

/// A page of a list.
pub(super) trait ListPage: Serialize {
    /// A row of the list.
    type Row: Serialize;

    /// The columns of CSV.
    const COLUMNS: &'static [&'static str];

    /// Returns the rows.
    fn rows(&self) -> &[Self::Row];

    /// Returns the cursor of the next page.
    fn next_cursor(&self) -> Option<&str>;
}

/// Answers a page in the form that the caller prefers.
pub(super) fn answer<P: ListPage>(
    request: &HttpRequest,
    page: &P,
) -> Result<HttpResponse, Problem> {
    let form = ListForm::of(request, ListForm::Json);
    let mut response = HttpResponse::Ok();
    describe(&mut response, form);
    if let Some(cursor) = page.next_cursor() {
        let address = address_of_next(request, cursor);
        response.insert_header((LINK, format!("<{address}>; rel=\"next\"")));
    }
    let body = match form {
        ListForm::Json => return conditional::json(request, response, page),
        ListForm::Csv | ListForm::Ndjson => {
            let mut lines = String::new();
            if form == ListForm::Csv {
                csv::write_head(&mut lines, P::COLUMNS);
            }
            for row in page.rows() {
                write_row(&mut lines, form, P::COLUMNS, row)?;
            }
            lines
        }
    };
    Ok(response.body(body))
}

/// Sets the headers that state the form of a list and that it depends on the request.
pub(super) fn describe(response: &mut HttpResponseBuilder, form: ListForm) {
    response
        .content_type(form.media_type())
        .append_header((VARY, ACCEPT.as_str()));
}

/// Appends the line of a row.
pub(super) fn write_row(
    lines: &mut String,
    form: ListForm,
    columns: &[&str],
    row: &impl Serialize,
) -> Result<(), Problem> {
    match form {
        ListForm::Csv => match serde_json::to_value(row) {
            Ok(Value::Object(row)) => csv::write_row(lines, columns, &row),
            _ => return Err(Problem::internal()),
        },
        ListForm::Ndjson | ListForm::Json => {
            let line = serde_json::to_string(row).map_err(|_| Problem::internal())?;
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    Ok(())
}

/// Returns the address of this request with another cursor, relative to the server.
fn address_of_next(request: &HttpRequest, cursor: &str) -> String {
    let parameters = form_urlencoded::parse(request.query_string().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.filter(|(name, _)| name != "cursor"));
    query.append_pair("cursor", cursor);
    format!("{}?{}", request.path(), query.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_form_of_the_highest_quality_is_taken() {
        for (accepted, expected) in [
            ("", ListForm::Json),
            ("*/*", ListForm::Json),
            ("text/csv", ListForm::Csv),
            ("Text/CSV; header=present", ListForm::Csv),
            ("application/x-ndjson;q=0.5, text/csv;q=0.9", ListForm::Csv),
            ("text/html, application/x-ndjson", ListForm::Ndjson),
            ("text/csv;q=0, */*;q=0.1", ListForm::Json),
            ("image/png", ListForm::Json),
            ("text/csv;q=nonsense", ListForm::Json),
            ("application/json, text/csv", ListForm::Json),
        ] {
            assert_eq!(preferred(accepted, ListForm::Json), expected, "{accepted}");
        }
    }

    #[test]
    fn the_address_of_the_next_page_keeps_the_other_parameters() {
        let request = TestRequest::with_uri("/api/v1/jobs?user_id=a%26b&cursor=x&limit=2");
        let address = address_of_next(&request.to_http_request(), "y+z");
        assert_eq!(address, "/api/v1/jobs?user_id=a%26b&limit=2&cursor=y%2Bz");
    }

    proptest! {
        #[test]
        fn a_form_is_preferred_only_if_it_is_named(accepted in "([a-z*]{0,11}/[a-z*-]{0,8}|text/csv|application/x-ndjson|;|;q=[0-9.e-]{0,5}|,| |.){0,9}") {
            match preferred(&accepted, ListForm::Json) {
                ListForm::Json => {}
                ListForm::Csv => prop_assert!(accepted.contains("text/csv")),
                ListForm::Ndjson => prop_assert!(accepted.contains("json")),
            }
        }
    }
}
