//! Profiles as types, and the readers of profile documents.

pub mod candidate;
pub mod job_posting;
pub mod profile_fault;
pub mod profile_kind;
pub mod profile_warning;

pub mod folded_text;
mod numerals;
pub mod personal_details;
mod phrases;
mod visible_text;
mod written_date;

pub mod contract;
pub mod education;
pub mod encoding;
pub mod language;
mod language_certificate;
pub mod licence_names;
pub mod location;
pub mod must_haves;
pub mod occupation_code;
pub mod position;
pub mod salary;
pub mod skill;

pub mod document_schema;
pub mod foreign_documents;
mod html_text;
mod json_resume;
pub mod profile_document;
mod profile_field;
mod profile_reader;
mod requirement;
mod schema_org_posting;
mod work_history;
