//! Webhooks: signatures, the policy for receivers, and the calls themselves.
//!
//! A recorded result leaves a delivery in the ledger; the webhook pool claims it and calls
//! [`WebhookSender::send`](sender::WebhookSender). This module guarantees that
//! - the bytes that are signed are the bytes that are sent;
//! - no connection is ever opened to an address that [`address_policy::AddressPolicy`] refuses,
//!   whatever a name resolves to at that moment and wherever the receiver redirects;
//! - every failure says whether a retry can help and whether it used up an attempt;
//! - a kept connection that its receiver closes costs no attempt.
//!
//! It stores nothing: attempts, schedules and retries belong to the ledger.

pub mod address_policy;
mod connections;
mod endpoints;
mod resolved_names;
mod retry_after;
pub mod sender;
pub mod signature;
