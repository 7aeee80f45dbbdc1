//! The command line.

mod audit;
mod bad_profiles;
mod demo;
mod files;
mod operations;
