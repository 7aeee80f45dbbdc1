//! Large documents: S3 or a local folder behind one trait.
