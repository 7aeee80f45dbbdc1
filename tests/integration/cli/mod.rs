//! The command line.

mod demo;
mod files;
mod operations;
