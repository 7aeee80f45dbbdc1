//! Filters and edits as calls send them: every fault at once, and nothing that is not known, since a
//! misspelt filter would widen what it means.

use std::collections::HashMap;

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};

use crate::{
    api::{
        ApiState,
        matches::{PAGE, PAGE_LIMIT},
        problem::{FieldProblem, Problem},
        queue_matching::check_webhook_url,
        reading::{Fields, read_query},
    },
    domain::queue_name::QueueName,
    store::{DeadLetterEdits, DeadLetterFilter, NewestFirst, STORABLE_YEARS, TimeCursor},
};

/// The longest error code or fingerprint, in characters.
const NAME_LIMIT: usize = 200;

/// The filter of a body that decides what is changed.
pub(super) fn read_filter(mut body: Fields) -> Result<DeadLetterFilter, Problem> {
    let all = body.flag("all");
    let queue = read_queue(&mut body);
    let mut text = |name: &str| {
        let text = body.text(name);
        if text.as_deref().is_some_and(|text| !is_name(text)) {
            body.fault(format!("/{name}"), "malformed", name_rule());
        }
        text
    };
    let (reason, fingerprint) = (text("reason"), text("fingerprint"));
    let mut time = |name: &str| {
        let text = body.text(name)?;
        let time = parse_time(&text);
        if time.is_none() {
            body.fault(format!("/{name}"), "malformed", TIME_RULE);
        }
        time
    };
    let (from, to) = (time("from"), time("to"));
    let filter = DeadLetterFilter {
        task_ids: None,
        queue,
        reason,
        fingerprint,
        candidate_id: body.optional_id("candidate_id"),
        job_posting_id: body.optional_id("job_posting_id"),
        from,
        to,
    };
    body.refuse_others();
    if body.faults.is_empty() && all == (filter != DeadLetterFilter::default()) {
        let (code, detail) = if all {
            ("inconsistent", "send either all or a filter, not both")
        } else {
            (
                "missing",
                "send a filter, or \"all\": true for every dead letter there is",
            )
        };
        body.fault("/all", code, detail);
    }
    body.finish()?;
    Ok(filter)
}

pub(super) fn read_edits(mut body: Fields, state: &ApiState) -> Result<DeadLetterEdits, Problem> {
    let edits = DeadLetterEdits {
        candidate_id: body.optional_id("candidate_id"),
        job_posting_id: body.optional_id("job_posting_id"),
        queue: read_queue(&mut body),
        webhook_url: body.text("webhook_url"),
    };
    check_webhook_url(&mut body, state, edits.webhook_url.as_deref());
    body.refuse_others();
    body.finish()?;
    Ok(edits)
}

fn read_queue(body: &mut Fields) -> Option<QueueName> {
    let name = body.text("queue")?;
    let queue = QueueName::parse(&name);
    if queue.is_none() {
        body.fault("/queue", "unknown_value", QUEUE_RULE);
    }
    queue
}

const QUEUE_RULE: &str =
    "send high, standard or bulk (or matching_high, matching_standard, matching_bulk)";
const TIME_RULE: &str = "send a time such as 2026-11-24T10:00:00Z";

fn name_rule() -> String {
    format!("send 1 to {NAME_LIMIT} characters, none of them control")
}

fn is_name(text: &str) -> bool {
    (1..=NAME_LIMIT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.to_utc()).filter(|time| STORABLE_YEARS.contains(&chrono::Datelike::year(time)))
}

/// The parameters of a query that are read one by one, collecting faults.
pub(super) struct Query {
    parameters: HashMap<String, String>,
    faults: Vec<FieldProblem>,
}

impl Query {
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self {
            parameters: read_query(request)?,
            faults: vec![],
        })
    }

    /// A parameter as something, or the fault that it is none.
    fn read<T>(
        &mut self,
        name: &str,
        code: &str,
        rule: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.parameters.remove(name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let pointer = format!("/{name}");
            self.faults
                .push(FieldProblem::new("query", pointer, code, rule));
        }
        parsed
    }

    pub(super) fn filter(&mut self) -> DeadLetterFilter {
        let name = |text: &str| is_name(text).then(|| text.to_owned());
        let id = |text: &str| text.parse().ok().filter(|id| *id >= 1);
        let id_rule = "an id is a whole number of 1 or more";
        DeadLetterFilter {
            task_ids: None,
            queue: self.read("queue", "unknown_value", QUEUE_RULE, QueueName::parse),
            reason: self.read("reason", "malformed", &name_rule(), name),
            fingerprint: self.read("fingerprint", "malformed", &name_rule(), name),
            candidate_id: self.read("candidate_id", "out_of_range", id_rule, id),
            job_posting_id: self.read("job_posting_id", "out_of_range", id_rule, id),
            from: self.read("from", "malformed", TIME_RULE, parse_time),
            to: self.read("to", "malformed", TIME_RULE, parse_time),
        }
    }

    pub(super) fn limit(&mut self) -> u32 {
        let rule = format!("send a whole number from 1 to {PAGE_LIMIT}");
        let limit = |text: &str| {
            let limit = text.parse().ok();
            limit.filter(|limit| (1..=PAGE_LIMIT).contains(limit))
        };
        self.read("limit", "out_of_range", &rule, limit)
            .unwrap_or(PAGE)
    }

    pub(super) fn page(&mut self) -> NewestFirst {
        let rule = "send next_cursor of the page before, unchanged";
        NewestFirst {
            limit: self.limit(),
            after: self.read("cursor", "malformed", rule, TimeCursor::decode),
        }
    }

    /// Everything that was wrong, if anything was; a parameter that is not known is a misspelt filter.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        for name in self.parameters.keys() {
            let rule = "there is no such parameter here";
            let pointer = format!("/{name}");
            self.faults
                .push(FieldProblem::new("query", pointer, "unknown_field", rule));
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.faults))
        }
    }
}
