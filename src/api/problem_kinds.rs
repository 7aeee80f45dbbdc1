//! The kinds of problems: their status, code and title. `docs/errors.md` explains each code.

use actix_web::http::StatusCode;

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable code.
    pub code: &'static str,
    /// A short text.
    pub title: &'static str,
}

macro_rules! problem_kinds {
    ($($name:ident: $status:ident, $code:literal, $title:literal;)+) => {
        impl ProblemKind {
            $(pub(super) const $name: Self = Self {
                status: StatusCode::$status,
                code: $code,
                title: $title,
            };)+

            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

problem_kinds! {
    MALFORMED_REQUEST: BAD_REQUEST, "malformed_request", "The request is not HTTP";
    MALFORMED_JSON: BAD_REQUEST, "malformed_json", "The body is not JSON";
    EMPTY_BODY: BAD_REQUEST, "empty_body", "The body is empty";
    UNAUTHORIZED: UNAUTHORIZED, "unauthorized", "An API key is required";
    KEY_EXPIRED: UNAUTHORIZED, "key_expired", "The API key has expired";
    KEY_REVOKED: UNAUTHORIZED, "key_revoked", "The API key was revoked";
    INSUFFICIENT_SCOPE: FORBIDDEN, "insufficient_scope",
        "The API key does not permit this call";
    KEY_REQUIRED: FORBIDDEN, "key_required", "Only a caller with a key manages keys";
    CROSS_SITE: FORBIDDEN, "cross_site", "A page of another origin may not make this call";
    NOT_FOUND: NOT_FOUND, "not_found", "Not found";
    METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED, "method_not_allowed",
        "The page does not take this method";
    REQUEST_TIMEOUT: REQUEST_TIMEOUT, "request_timeout", "The request did not arrive in time";
    CONFLICT: CONFLICT, "conflict", "In conflict with an earlier request";
    ALREADY_ENDED: CONFLICT, "already_ended", "It has already ended";
    SEVERAL_MATCHES: CONFLICT, "several_matches", "The dead letter holds several matches";
    RECEIVER_OF_BATCH: CONFLICT, "receiver_of_batch", "The receiver is that of a whole batch";
    DELIVERY_PENDING: CONFLICT, "delivery_pending", "The webhook has not ended";
    NOT_COMPLETED: CONFLICT, "not_completed", "The job has not completed";
    PRECONDITION_FAILED: PRECONDITION_FAILED, "precondition_failed",
        "The stored document is another one";
    BODY_TOO_LARGE: PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large";
    UNSUPPORTED_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "The body's type is not supported";
    UNSUPPORTED_CONTENT_ENCODING: UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding",
        "The body is compressed";
    MISDIRECTED: MISDIRECTED_REQUEST, "misdirected", "The service is not known under this name";
    INVALID_REQUEST: UNPROCESSABLE_ENTITY, "invalid_request", "The request has invalid fields";
    DEPENDENCY_CYCLE: UNPROCESSABLE_ENTITY, "dependency_cycle", "The job would wait for itself";
    DEPENDENCY_CHAIN_TOO_LONG: UNPROCESSABLE_ENTITY, "dependency_chain_too_long",
        "Too many jobs would wait in a row";
    RATE_LIMITED: TOO_MANY_REQUESTS, "rate_limited", "The key's rate limit is reached";
    TOO_MANY_WRONG_KEYS: TOO_MANY_REQUESTS, "too_many_wrong_keys", "Too many wrong API keys";
    HEADERS_TOO_LARGE: REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large",
        "The headers are too large";
    INTERNAL_ERROR: INTERNAL_SERVER_ERROR, "internal_error", "The service failed";
    UNAVAILABLE: SERVICE_UNAVAILABLE, "unavailable", "A dependency is unavailable";
    BACKLOG_FULL: SERVICE_UNAVAILABLE, "backlog_full", "The queue holds as much as it may";
    TOO_MANY_WAITING: SERVICE_UNAVAILABLE, "too_many_waiting", "Too many callers are waiting";
    BUSY: SERVICE_UNAVAILABLE, "busy", "The service works on as much as it may";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_kind_with_its_status() {
        let documentation = include_str!("../../docs/errors.md");
        let (_, table) = documentation.split_once("\n## Calls\n").unwrap();
        let (table, _) = table.split_once("\n## ").unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
        let mut documented: Vec<(&str, u16)> = rows
            .flat_map(|row| {
                let mut cells = row.split(" | ");
                let codes = cells.next().unwrap().split("`, `");
                let status = cells.next().unwrap().parse().unwrap();
                codes.map(move |code| (code.trim_end_matches('`'), status))
            })
            .collect();
        documented.sort_unstable();
        let kinds = ProblemKind::ALL.iter();
        let mut kinds: Vec<_> = kinds
            .map(|kind| (kind.code, kind.status.as_u16()))
            .collect();
        kinds.sort_unstable();
        assert_eq!(documented, kinds);
    }
}
