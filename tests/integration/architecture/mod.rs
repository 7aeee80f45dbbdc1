//! Dependencies between the modules of a crate, which the compiler doesn't restrict: the paths that
//! each room may use.
//!
//! [`sources`] reads all shipped sources and builds their tree of modules, [`paths`] finds and
//! resolves every path in them, [`check`] compares these with [`rules`], and [`mutants`] verifies
//! that the check detects violations. `cargo test --test integration architecture::arrows --
//! --ignored --nocapture` prints all uses.

mod check;
mod mutants;
mod paths;
mod rules;
mod sources;

use self::{
    check::{Arrow, Report, check},
    sources::{Modules, Parsed},
};

fn check_tree() -> Report {
    let parsed = Parsed::new(&sources::read());
    check(&Modules::of(&parsed), None)
}

#[test]
fn every_room_names_only_what_it_may() {
    let report = check_tree();
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let unused = report.unused_rules();
    assert!(unused.is_empty(), "rules that nothing needs: {unused:#?}");
    // Verifies that the check finds uses at all: one that finds none reports no fault.
    for (from, to) in [
        ("api", "service"),
        ("application", "store::postgres"),
        ("engine::audit", "engine::scoring"),
        ("main", "cli"),
        ("queue::redis", "redis"),
        ("service", "store"),
        ("store::postgres", "sqlx"),
        ("webhook", "service"),
    ] {
        let arrow = Arrow {
            from: from.to_owned(),
            to: to.to_owned(),
            is_test: false,
        };
        assert!(report.arrows.contains_key(&arrow), "{from} → {to}");
    }
}

#[test]
fn every_file_begins_with_its_purpose() {
    for (path, text) in sources::read() {
        assert!(
            sources::has_extension(&path, "toml") || text.starts_with("//! "),
            "{path} has no opening lines"
        );
    }
}

/// Ids from rows are not parsed again, so only the store may build an id without parsing it.
#[test]
fn only_the_store_takes_ids_from_rows() {
    let (store, others): (Vec<_>, Vec<_>) = sources::read()
        .into_iter()
        .filter(|(path, text)| path != "src/domain/identifiers.rs" && text.contains("from_row"))
        .partition(|(path, _)| path.starts_with("src/store/"));
    assert!(!store.is_empty(), "the store takes no ids from rows");
    let others: Vec<_> = others.into_iter().map(|(path, _)| path).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
#[ignore = "prints the arrows between rooms"]
fn arrows() {
    let report = check_tree();
    let rooms = |name: &String| rules::ROOMS.iter().any(|room| room.name == name);
    let (mut pairs, mut mentions) = (0, 0);
    for (Arrow { from, to, is_test }, count) in report.arrows {
        let of = if is_test { "tests of " } else { "" };
        println!("{of}{from} → {to}: {count}");
        if rooms(&to) && !is_test {
            pairs += 1;
            mentions += count;
        }
    }
    println!("{pairs} arrows between rooms in shipped code, {mentions} mentions");
}
