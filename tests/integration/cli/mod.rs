//! The command line.

mod audit;
mod bad_profiles;
mod demo;
mod doctor;
mod encoder;
mod files;
mod looking;
mod operations;
