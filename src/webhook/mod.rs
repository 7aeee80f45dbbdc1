//! Webhooks: payloads, signatures, receivers that may be called, and the sending itself.
