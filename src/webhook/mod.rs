//! Webhooks: what is announced, how it is signed, which receivers may be called, and the call
//! itself.
//!
//! A recorded result leaves a delivery in the ledger; the webhook pool takes it from there and
//! calls [`WebhookSender::send`](sender::WebhookSender). This module promises that
//! - the bytes that are signed are the bytes that are sent;
//! - no connection is ever opened to an address that [`address_policy::AddressPolicy`] refuses,
//!   whatever a name resolves to at that moment and wherever the receiver redirects;
//! - every failure says whether trying again can help and whether it used up an attempt.
//!
//! It keeps no record of its own: attempts, schedules and retries belong to the ledger.

pub mod address_policy;
mod receivers;
pub mod sender;
pub mod signature;
