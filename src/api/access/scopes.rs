//! The scopes that calls need: the only list.

use std::{collections::HashMap, sync::LazyLock};

use actix_web::{dev::ResourceDef, http::Method};
use utoipa::openapi::path::Operation;

use crate::{
    api::openapi,
    domain::api_key::{
        Scope::{self, Operate, Profiles, Read, Submit},
        Scopes,
    },
};

/// Each call, by its id in the OpenAPI document, with the scopes of which it needs one.
const NEEDED: &[(&str, &[Scope])] = &[
    ("submit_match", &[Submit]),
    ("submit_bulk", &[Submit]),
    ("submit_candidates", &[Submit]),
    ("score_now", &[Submit]),
    ("cancel_job", &[Submit, Operate]),
    ("cancel_batch", &[Submit, Operate]),
    ("report_dependency", &[Submit]),
    ("reweigh_matches", &[Submit, Operate]),
    ("get_job_status", &[Read]),
    ("get_job_result", &[Read]),
    ("list_jobs", &[Read]),
    ("stream_job_events", &[Read]),
    ("get_batch", &[Read]),
    ("stream_batch_events", &[Read]),
    ("get_batch_results", &[Read]),
    ("list_candidate_matches", &[Read]),
    ("list_job_posting_matches", &[Read]),
    ("search_profiles", &[Read]),
    ("verify_result", &[Read]),
    ("get_candidate", &[Profiles]),
    ("get_job_posting", &[Profiles]),
    ("put_candidate", &[Profiles]),
    ("put_job_posting", &[Profiles]),
    ("delete_candidate", &[Profiles]),
    ("delete_job_posting", &[Profiles]),
    ("import_candidates", &[Profiles]),
    ("import_job_postings", &[Profiles]),
    ("list_dead_letters", &[Read, Operate]),
    ("list_dead_letter_groups", &[Read, Operate]),
    ("get_dead_letter", &[Read, Operate]),
    ("retry_dead_letter", &[Operate]),
    ("purge_dead_letter", &[Operate]),
    ("retry_dead_letters", &[Operate]),
    ("purge_dead_letters", &[Operate]),
    ("list_operator_actions", &[Operate]),
    ("list_webhook_deliveries", &[Read, Operate]),
    ("get_webhook_delivery", &[Read, Operate]),
    ("resend_webhook_delivery", &[Operate]),
    ("resend_webhook_deliveries", &[Operate]),
    ("list_webhook_endpoints", &[Read, Operate]),
    ("resume_webhook_endpoints", &[Operate]),
    ("list_queues", &[Read, Operate]),
    ("get_queue", &[Read, Operate]),
    ("pause_queue", &[Operate]),
    ("resume_queue", &[Operate]),
    ("list_workers", &[Read, Operate]),
    ("list_keys", &[Operate]),
    ("create_key", &[Operate]),
    ("rotate_key", &[Operate]),
    ("revoke_key", &[Operate]),
    ("get_metrics", &[Operate, Read]),
];

/// Returns the scopes of which a call needs one. A call that is not listed needs the one that
/// permits most.
pub(in crate::api) fn needed(operation: &Operation) -> &'static [Scope] {
    let id = operation.operation_id.as_deref();
    let listed = NEEDED.iter().find(|(listed, _)| Some(*listed) == id);
    listed.map_or(&[Operate], |(_, scopes)| *scopes)
}

/// A call with the pattern of its path.
struct Guarded {
    /// The pattern up to its first parameter.
    prefix: String,
    pattern: ResourceDef,
    needed: &'static [Scope],
}

static GUARDED: LazyLock<HashMap<Method, Vec<Guarded>>> = LazyLock::new(|| {
    let mut guarded: HashMap<Method, Vec<Guarded>> = HashMap::new();
    for (path, method, operation) in openapi::guarded_operations() {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        guarded.entry(method).or_default().push(Guarded {
            prefix: path.split('{').next().unwrap_or_default().to_owned(),
            pattern: ResourceDef::new(path.as_str()),
            needed: needed(&operation),
        });
    }
    guarded
});

/// Returns the scopes that a call needs and that these scopes lack. The router may send a path that
/// several patterns match to any of them, so the needs of all must be met.
pub(super) fn missing(method: &Method, path: &str, held: Scopes) -> Option<&'static [Scope]> {
    if held == Scopes::all() {
        return None;
    }
    let calls = GUARDED.get(method)?.iter();
    let mut called =
        calls.filter(|call| path.starts_with(&call.prefix) && call.pattern.is_match(path));
    called
        .find(|call| !held.has_any_of(call.needed))
        .map(|call| call.needed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Calls that change nothing, although their method is POST.
    const READING: [&str; 2] = ["search_profiles", "verify_result"];

    #[test]
    fn every_call_has_a_scope_and_every_listed_call_exists() {
        let calls: BTreeSet<String> = openapi::guarded_operations()
            .into_iter()
            .map(|(_, _, operation)| operation.operation_id.unwrap())
            .collect();
        let listed: BTreeSet<String> = NEEDED.iter().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(calls, listed);
        assert_eq!(listed.len(), NEEDED.len(), "a call is listed twice");
        assert!(NEEDED.iter().all(|(_, scopes)| !scopes.is_empty()));
    }

    #[test]
    fn every_call_that_changes_something_refuses_a_key_that_only_reads() {
        let read: Scopes = [Read].into_iter().collect();
        for (path, method, operation) in openapi::guarded_operations() {
            let id = operation.operation_id.as_deref().unwrap();
            let path = path.replace("{id}", "x-1").replace("{job_id}", "x-1");
            let path = path.replace("{name}", "high");
            let changes = method != "GET" && !READING.contains(&id);
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let refused = missing(&method, &path, read).is_some();
            assert!(refused || !changes, "{id}");
            assert!(missing(&method, &path, Scopes::default()).is_some(), "{id}");
            assert!(missing(&method, &path, Scopes::all()).is_none(), "{id}");
        }
    }

    #[test]
    fn a_path_of_several_patterns_needs_the_scopes_of_all() {
        let path = "/api/v1/dead-letters/actions";
        for (scope, passes) in [(Submit, false), (Read, false), (Operate, true)] {
            let held = [scope].into_iter().collect();
            assert_eq!(
                missing(&Method::GET, path, held).is_none(),
                passes,
                "{scope:?}"
            );
        }
    }
}
