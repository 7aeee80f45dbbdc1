//! Vectors of texts from an external encoder: the adapter of [`TextEncoder`] that speaks HTTP.
//!
//! [`TextEncoder`]: crate::service::encoder::TextEncoder

pub mod http;
