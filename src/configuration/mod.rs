//! Settings: layers, validation and redaction.
