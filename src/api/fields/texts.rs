//! Text fields: enumerations, ids, times, cursors and URLs.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, SchemaFormat,
        schema::{Schema, Type},
    },
};

use super::{Field, Limits};
use crate::{
    api::{
        faults::{Faults, Part, one_of},
        problem::{FieldProblem, Problem},
        state::ApiState,
    },
    domain::{
        delivery::DeliveryState,
        dependency::{DependencyOutcome, OnParentFailure},
        endpoint::EndpointState,
        event::EventType,
        identifiers::{
            BatchId, CALLER_ID_LIMIT, CallerId, DeliveryId, EndpointId, InvalidId, WorkId,
        },
        job_filter::JobCursor,
        paging::{PageCursor, STORABLE_YEARS, TimeCursor},
        queue_name::QueueName,
        submission::WebhookEvents,
        task::TaskState,
    },
    service::{profiles::DocumentFormat, webhook_transport::MAXIMUM_URL_LENGTH},
};
use matching_engine::scoring::Language;

/// The maximum length of a dependency id, user id or idempotency key, in characters.
const CALLER_TEXT_LIMIT: usize = 255;

/// The maximum length of an error code or fingerprint, in characters.
const FAILURE_NAME_LIMIT: usize = 200;

/// The pattern of a text without control characters and replacement characters.
pub(in crate::api) const WITHOUT_CONTROLS: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f\\ufffd]+$";

/// A kind of text.
trait TextField: Field {
    /// The code of the fault of a text that is not of this kind.
    const CODE: &'static str;

    /// Reads a text.
    fn read(text: &str) -> Option<Self>;

    /// Adds the rules of this kind to the schema of a text.
    fn describe(schema: ObjectBuilder) -> ObjectBuilder;
}

/// Reads a kind of text from a value.
fn read_text<T: TextField, P: Part, V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
) -> Result<T, Faults<P>> {
    match value {
        Value::String(text) => {
            T::read(&text).ok_or_else(|| Faults::at(location, T::CODE, T::rule()))
        }
        other => Err(Faults::wrong_type(location, other.kind(), T::rule())),
    }
}

/// Implements reading and documentation for kinds of text.
macro_rules! text_fields {
    ($($kind:ty),+ $(,)?) => { $(
        impl<P: Part> Deserr<Faults<P>> for $kind {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, Faults<P>> {
                read_text(value, location)
            }
        }

        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                <Self as TextField>::describe(ObjectBuilder::new().schema_type(Type::String)).into()
            }
        }

        impl ToSchema for $kind {}
    )+ };
}

/// Implements [`TextField`] for enumerations, by the names of their values.
macro_rules! choices {
    ($($kind:ty, $names:expr, $parse:expr;)+) => { $(
        impl Field for $kind {
            fn rule() -> String {
                one_of(&$names)
            }
        }

        impl TextField for $kind {
            const CODE: &'static str = "unknown_value";

            fn read(text: &str) -> Option<Self> {
                $parse(text)
            }

            fn describe(schema: ObjectBuilder) -> ObjectBuilder {
                schema.enum_values(Some($names))
            }
        }
    )+ };
}

/// Language of an answer's sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct AnswerLanguage(pub(in crate::api) Language);

impl AnswerLanguage {
    /// Reads only the exact code, since programs rather than browsers write `?lang=`.
    fn parse(code: &str) -> Option<Self> {
        let known = Language::ALL.into_iter();
        known.map(Self).find(|one| one.0.as_str() == code)
    }
}

/// A switch in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Flag(pub(in crate::api) bool);

impl Flag {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// The name of a format of profile documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct FormatName(pub(in crate::api) &'static str);

impl FormatName {
    fn parse(name: &str) -> Option<Self> {
        let known = DocumentFormat::NAMES.into_iter();
        known.map(Self).find(|known| known.0 == name)
    }
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct JobStateName(pub(in crate::api) TaskState);

impl JobStateName {
    fn parse(name: &str) -> Option<Self> {
        TaskState::parse(name).map(Self)
    }
}

choices! {
    FormatName, DocumentFormat::NAMES, Self::parse;
    Flag, ["true", "false"], Self::parse;
    JobStateName, TaskState::ALL.map(TaskState::as_str), Self::parse;
    AnswerLanguage, ["en", "fr"], Self::parse;
    DependencyOutcome,
        [Self::Completed.as_str(), Self::Failed.as_str()],
        Self::parse;
    OnParentFailure, [Self::Fail.as_str(), Self::Run.as_str()], Self::parse;
    DeliveryState, Self::ALL.map(Self::as_str), Self::parse;
    EndpointState, Self::ALL.map(Self::as_str), Self::parse;
    EventType, Self::ALL.map(Self::as_str), Self::parse;
    WebhookEvents, [Self::Each.as_str(), Self::Batch.as_str()], Self::parse;
    QueueName,
        [Self::ALL.map(Self::short_name), Self::ALL.map(Self::as_str)].concat(),
        Self::parse;
}

/// A text of the caller's: a user or an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct CallerText(pub(in crate::api) String);

impl Field for CallerText {
    fn rule() -> String {
        format!("send 1 to {CALLER_TEXT_LIMIT} characters in UTF-8, without control characters")
    }
}

impl TextField for CallerText {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        // The URL decoder puts the replacement character in place of bytes that are not UTF-8.
        let is_fit = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
        let is_fit = has_length(text, CALLER_TEXT_LIMIT) && text.chars().all(is_fit);
        is_fit.then(|| Self(text.to_owned()))
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        schema
            .min_length(Some(1))
            .max_length(Some(CALLER_TEXT_LIMIT))
            .pattern(Some(WITHOUT_CONTROLS))
    }
}

impl Field for WorkId {
    fn rule() -> String {
        CallerText::rule()
    }
}

impl TextField for WorkId {
    const CODE: &'static str = CallerText::CODE;

    fn read(text: &str) -> Option<Self> {
        Self::try_from(CallerText::read(text)?.0).ok()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        CallerText::describe(schema)
    }
}

impl Field for BatchId {
    fn rule() -> String {
        CallerText::rule()
    }
}

impl TextField for BatchId {
    const CODE: &'static str = CallerText::CODE;

    fn read(text: &str) -> Option<Self> {
        Self::try_from(CallerText::read(text)?.0).ok()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        CallerText::describe(schema)
    }
}

impl Field for CallerId {
    fn rule() -> String {
        InvalidId::NotForCallers.to_string()
    }
}

impl TextField for CallerId {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        schema
            .min_length(Some(1))
            .max_length(Some(CALLER_ID_LIMIT))
            .pattern(Some("^[A-Za-z0-9][A-Za-z0-9._:@+-]*$"))
    }
}

/// An error code or a fingerprint of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct FailureName(pub(in crate::api) String);

impl Field for FailureName {
    fn rule() -> String {
        format!("send 1 to {FAILURE_NAME_LIMIT} characters, none of them control")
    }
}

impl TextField for FailureName {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        let is_fit = has_length(text, FAILURE_NAME_LIMIT) && !text.chars().any(char::is_control);
        is_fit.then(|| Self(text.to_owned()))
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        schema
            .min_length(Some(1))
            .max_length(Some(FAILURE_NAME_LIMIT))
            .pattern(Some(WITHOUT_CONTROLS))
    }
}

impl Field for EndpointId {
    fn rule() -> String {
        format!("send an endpoint as lists show it, or a URL of at most {MAXIMUM_URL_LENGTH} bytes")
    }
}

impl TextField for EndpointId {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        let is_fit = text.len() <= MAXIMUM_URL_LENGTH;
        is_fit.then(|| Self::named(text).ok()).flatten()
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        schema
            .min_length(Some(1))
            .max_length(Some(MAXIMUM_URL_LENGTH))
    }
}

/// The host of a receiver, with or without a port; in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Host(pub(in crate::api) String);

impl Field for Host {
    fn rule() -> String {
        "send a host such as one.example or one.example:8443".to_owned()
    }
}

impl TextField for Host {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        let is_fit = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let is_fit = has_length(text, CALLER_TEXT_LIMIT) && text.chars().all(is_fit);
        is_fit.then(|| Self(text.to_ascii_lowercase()))
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        schema
            .min_length(Some(1))
            .max_length(Some(CALLER_TEXT_LIMIT))
    }
}

/// The last delivery of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct DeliveryCursor(pub(in crate::api) DeliveryId);

impl DeliveryCursor {
    fn decode(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// True if a text has 1 to `most` characters.
fn has_length(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
}

/// A point in time that databases can store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Time(pub(in crate::api) DateTime<Utc>);

impl Field for Time {
    fn rule() -> String {
        "send a time such as 2026-11-24T10:00:00Z".to_owned()
    }
}

impl TextField for Time {
    const CODE: &'static str = "malformed";

    fn read(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        STORABLE_YEARS.contains(&time.year()).then_some(Self(time))
    }

    fn describe(schema: ObjectBuilder) -> ObjectBuilder {
        // The years of `STORABLE_YEARS`.
        schema
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .pattern(Some("^(19[7-9]|[2-9][0-9]{2})[0-9]-"))
    }
}

/// Implements [`TextField`] for cursors, which are opaque to callers.
macro_rules! cursors {
    ($($cursor:ty),+) => { $(
        impl Field for $cursor {
            fn rule() -> String {
                "send next_cursor of the page before, unchanged".to_owned()
            }
        }

        impl TextField for $cursor {
            const CODE: &'static str = "malformed";

            fn read(text: &str) -> Option<Self> {
                Self::decode(text)
            }

            fn describe(schema: ObjectBuilder) -> ObjectBuilder {
                schema
            }
        }
    )+ };
}

cursors!(DeliveryCursor, JobCursor, PageCursor, TimeCursor);

text_fields!(
    AnswerLanguage,
    CallerId,
    CallerText,
    DeliveryCursor,
    DeliveryState,
    DependencyOutcome,
    EndpointId,
    EndpointState,
    EventType,
    FailureName,
    Flag,
    FormatName,
    Host,
    JobCursor,
    JobStateName,
    OnParentFailure,
    PageCursor,
    QueueName,
    Time,
    TimeCursor,
    WebhookEvents,
    WorkId,
    BatchId,
);

/// URL of a webhook's receiver that this service may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct ReceiverUrl(pub(in crate::api) String);

impl<P: Part> Deserr<Faults<P>> for ReceiverUrl {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Faults<P>> {
        let url = <String as Deserr<Faults<P>>>::deserialize_from_value(value, location)?;
        if url.chars().any(char::is_control) {
            let rule = "a URL has no control characters";
            return Err(Faults::at(location, "malformed", rule));
        }
        match Limits::with(|limits| limits.receivers.refusal(&url)) {
            None => Ok(Self(url)),
            Some(reason) => Err(Faults::at(location, "refused", reason)),
        }
    }
}

impl ReceiverUrl {
    /// Refuses a URL whose name resolves only to addresses that this service may not call. Asks the
    /// resolver, so it is called after everything else is checked.
    pub(in crate::api) async fn check_name(&self, state: &ApiState) -> Result<(), Problem> {
        let receivers = Arc::clone(&state.receivers);
        let url = self.0.clone();
        let resolving = async move { Ok(receivers.refusal_of_name(&url).await) };
        match state.run(resolving).await? {
            None => Ok(()),
            Some(reason) => {
                let fault = FieldProblem::new("body", "/webhook_url", "refused", reason);
                Err(Problem::invalid(vec![fault]))
            }
        }
    }
}

impl PartialSchema for ReceiverUrl {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .description(Some("An http or https URL of a public address."))
            .max_length(Some(MAXIMUM_URL_LENGTH))
            .into()
    }
}

impl ToSchema for ReceiverUrl {}
