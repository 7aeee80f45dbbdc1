//! The layers that one crate can't make the compiler guard: what each room may name.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let start = match room.strip_prefix("engine") {
        Some(rest) => package
            .join("crates/engine/src")
            .join(rest.trim_start_matches('/')),
        None => package.join("src").join(room),
    };
    let mut pending = vec![start];
    let mut files = Vec::new();
    while let Some(place) = pending.pop() {
        if place.is_dir() {
            pending.extend(
                fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if place.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&place).unwrap();
            files.push((place, text));
        }
    }
    assert!(!files.is_empty(), "there is no room {room}");
    files
}

/// The code alone: comments may speak of anything, and the tests of a file bring what they need.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
    shipped
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether the code names something as a path's beginning: `use sqlx`, `sqlx::`, `crate::store`.
fn names(code: &str, what: &str) -> bool {
    code.match_indices(what).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + what.len()..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && (what.ends_with("::") || !is_word(after))
    })
}

fn assert_absent(room: &str, forbidden: &[&str]) {
    for (path, text) in sources(room) {
        let code = code(&text);
        for what in forbidden {
            assert!(!names(&code, what), "{} names {what}", path.display());
        }
    }
}

#[test]
fn the_domain_and_the_engine_are_pure() {
    let impure = [
        "tokio",
        "futures",
        "sqlx",
        "redis",
        "reqwest",
        "actix_web",
        "apalis",
        "rusty_s3",
        "rand",
        "tracing",
        "metrics",
        "std::fs",
        "std::net",
        "std::env",
        "std::time::Instant",
        "SystemTime",
        "Instant",
        "Utc::now",
        "async",
        "await",
        "println!",
        "eprintln!",
    ];
    assert_absent("domain", &impure);
    assert_absent("engine", &impure);
}

#[test]
fn the_domain_and_the_parts_of_the_engine_know_no_outer_room() {
    let outer = [
        "crate::api",
        "crate::application",
        "crate::cli",
        "crate::configuration",
        "crate::documents",
        "crate::encoder",
        "crate::queue",
        "crate::service",
        "crate::store",
        "crate::webhook",
        "crate::worker",
    ];
    assert_absent("domain", &outer);
    assert_absent(
        "domain",
        &["matching_engine::scoring", "matching_engine::audit"],
    );
    assert_absent("engine/profiles", &["crate::scoring", "crate::audit"]);
    assert_absent("engine/scoring", &["crate::audit"]);
}

#[test]
fn each_outside_thing_has_one_room() {
    let rooms = [
        "api",
        "cli",
        "configuration",
        "documents",
        "domain",
        "encoder",
        "engine",
        "queue",
        "service",
        "store",
        "webhook",
        "worker",
    ];
    let homes: [(&[&str], &[&str]); 6] = [
        (&["sqlx", "sqlx_macros"], &["store"]),
        (
            &[
                "redis::pipe",
                "redis::Client",
                "redis::cmd",
                "redis::aio",
                "AsyncCommands",
            ],
            &["queue"],
        ),
        (&["apalis::", "apalis_core::", "apalis_redis::"], &["queue"]),
        (&["rusty_s3"], &["documents"]),
        // The demo is also a platform: it calls the API and receives webhooks.
        (&["actix_web"], &["api", "cli"]),
        (&["reqwest"], &["documents", "encoder", "webhook", "cli"]),
    ];
    for (names, home) in homes {
        for room in rooms.iter().filter(|room| !home.contains(room)) {
            assert_absent(room, names);
        }
        let at_home = home.iter().flat_map(|room| sources(room));
        let used = at_home.into_iter().any(|(_, text)| text.contains(names[0]));
        assert!(
            used,
            "{} is used nowhere; does the rule still say anything?",
            names[0]
        );
    }
}

#[test]
fn services_know_neither_http_nor_adapters() {
    let outer = [
        "crate::api",
        "crate::application",
        "crate::cli",
        "crate::worker",
        "store::postgres",
        "store::sqlite",
        "RedisQueues",
        "InProcessQueues",
        "FolderStore",
        "S3Store",
        "HttpEncoder",
    ];
    assert_absent("service", &outer);
}

#[test]
fn every_file_says_why_it_exists() {
    for (path, text) in sources("").into_iter().chain(sources("engine")) {
        assert!(
            text.starts_with("//! "),
            "{} has no opening lines",
            path.display()
        );
    }
}
