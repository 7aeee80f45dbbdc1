//! The command line.

mod audit;
mod bad_profiles;
mod demo;
mod doctor;
mod files;
mod operations;
