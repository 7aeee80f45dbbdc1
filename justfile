# Shortcuts for contributors: https://just.systems. Each recipe is one command that can be typed by
# hand as well; CI runs `.ci/run` and needs no `just`.

# Lists the recipes.
default:
    @just --list

# Runs the service with sample data, scores it and prints results.
demo *arguments:
    cargo run -- demo {{ arguments }}

# Runs tests with PostgreSQL and Redis of their own: `just test`, `just test flow::`.
test *arguments:
    scripts/test {{ arguments }}

# Starts only the servers and prints the variables with which `cargo test` finds them.
servers:
    scripts/test --servers

# Formats the code.
format:
    cargo fmt --all

# Checks formatting and lints, as CI does.
lint:
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Runs everything that CI runs.
ci:
    .ci/run

# Measures the whole service: `just bench`, `just bench --quick bulk`.
bench *arguments:
    scripts/test --run cargo bench --bench system -- {{ arguments }}

# Puts the whole service under pressure: `just bench-pressure lock horizon=600`.
bench-pressure *arguments:
    scripts/test --run cargo bench --bench pressure -- {{ arguments }}

# Measures the engine alone.
bench-engine:
    cargo bench -p matching-engine --bench rates

# Measures the ranking quality on public labels; EVALUATION_DATA names their folder.
evaluate *arguments:
    scripts/evaluate {{ arguments }}

# Builds the API documentation of both crates.
docs:
    cargo doc --locked --workspace --no-deps

# Builds for this machine.
release:
    cargo build --release --locked

# Builds as the image does: link-time optimised, several times slower to compile.
dist:
    cargo build --profile dist --locked --bin matching

# Reports what each crate of a release build costs: target/cargo-timings/cargo-timing.html.
timings:
    cargo build --release --locked --timings
