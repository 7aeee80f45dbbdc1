//! The command line: one file per command, each a thin caller of the library.

use std::process::ExitCode;

/// Parses the arguments, runs the command and returns its exit code.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
