//! The binary: parses the command line, runs the command, and returns its exit code.

fn main() -> std::process::ExitCode {
    matching::cli::run()
}
