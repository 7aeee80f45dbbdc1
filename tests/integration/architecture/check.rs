//! Compares the modules' mentions with the rules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    paths::{Mention, Place, mentions, module_name},
    rules::{ALL, OUTSIDE, Outside, ROOMS, Room},
    sources::Modules,
};

/// A path that a room may not use, or code that the check can't read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) file: String,
    /// The line, or 0 for a fault of the whole file.
    pub(super) line: usize,
    pub(super) room: String,
    /// The other room, the outside path, or a description of the fault.
    pub(super) target: String,
    /// The path in its written form.
    pub(super) written: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            room,
            target,
            written,
        } = self;
        write!(f, "{file}:{line}: {room} → {target} (as `{written}`)")
    }
}

/// A use of one room or outside path by a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) is_test: bool,
}

/// The findings of a check.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) faults: Vec<Fault>,
    /// Uses of rooms and of outside paths with a rule, each with its number of mentions.
    pub(super) arrows: BTreeMap<Arrow, usize>,
}

/// Checks all modules, or those in the given files.
pub(super) fn check(modules: &Modules<'_>, files: Option<&[&str]>) -> Report {
    let mut report = Report::default();
    for (file, problem) in &modules.faults {
        report.faults.push(Fault {
            file: file.clone(),
            line: 0,
            room: String::new(),
            target: problem.clone(),
            written: String::new(),
        });
    }
    for (id, module) in modules.all.iter().enumerate() {
        if files.is_some_and(|files| !files.contains(&module.file)) {
            continue;
        }
        let name = module_name(modules, id);
        let Some(room) = room_of(&name) else {
            report.faults.push(Fault {
                file: module.file.to_owned(),
                line: 0,
                room: name,
                target: "it is in no declared room".to_owned(),
                written: String::new(),
            });
            continue;
        };
        for mention in mentions(modules, id) {
            report.add(module.file, room, &mention);
        }
    }
    report
}

impl Report {
    fn add(&mut self, file: &str, room: &Room, mention: &Mention) {
        let verdicts = mention
            .places
            .iter()
            .filter_map(|place| verdict(room, place, mention));
        for (target, allowed) in verdicts.collect::<BTreeSet<_>>() {
            if !allowed {
                self.faults.push(Fault {
                    file: file.to_owned(),
                    line: mention.line,
                    room: room.name.to_owned(),
                    target: target.clone(),
                    written: mention.written.clone(),
                });
            }
            let arrow = Arrow {
                from: room.name.to_owned(),
                to: target,
                is_test: mention.is_test,
            };
            *self.arrows.entry(arrow).or_default() += 1;
        }
    }

    /// Returns entries of the rules that no code uses.
    pub(super) fn unused_rules(&self) -> Vec<String> {
        let mut used = BTreeSet::new();
        for arrow in self.arrows.keys() {
            used.insert((arrow.from.as_str(), arrow.to.as_str(), arrow.is_test));
        }
        let mut unused = Vec::new();
        for room in ROOMS {
            for target in room.may_use {
                if !used.contains(&(room.name, *target, false)) {
                    unused.push(format!("{} → {target}", room.name));
                }
            }
            for target in room.tests_may_use {
                if !used.contains(&(room.name, *target, true)) {
                    unused.push(format!("tests of {} → {target}", room.name));
                }
            }
        }
        for rule in OUTSIDE {
            let is_used = |home: &str, is_test: bool| {
                used.iter().any(|(from, to, in_test)| {
                    *to == rule.path && *in_test == is_test && is_within(from, home)
                })
            };
            for home in rule.rooms.iter().filter(|home| **home != "*") {
                if !is_used(home, false) {
                    unused.push(format!("{home} → {}", rule.path));
                }
            }
            for home in rule.tests {
                if !is_used(home, true) {
                    unused.push(format!("tests of {home} → {}", rule.path));
                }
            }
        }
        unused
    }
}

/// Returns the name of a place in reports, and true if the room may use it; `None` for the room
/// itself.
fn verdict(room: &Room, place: &Place, mention: &Mention) -> Option<(String, bool)> {
    match place {
        Place::Inside(module) => inside(room, module, mention.is_test),
        Place::Outside(path) => Some(outside(room, path, mention.is_test)),
        // Only a rule about a part of the crate matters here, since the import itself was checked.
        Place::Perhaps(glob, path) => {
            let rule = |path: &str| rule_of(path).map(|rule| rule.path);
            (rule(path) != rule(glob)).then(|| outside(room, path, mention.is_test))
        }
        Place::Nowhere => Some((mention.written.clone(), false)),
    }
}

/// True if `path` is `prefix` or below it.
fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns the innermost room that a module is in.
fn room_of(module: &str) -> Option<&'static Room> {
    ROOMS
        .iter()
        // The engine's root is not a room of its other modules: each part is declared.
        .filter(|room| {
            is_within(module, room.name) && (room.name != "engine" || module == "engine")
        })
        .max_by_key(|room| room.name.len())
}

/// Returns the most specific rule about an outside path.
fn rule_of(path: &str) -> Option<&'static Outside> {
    OUTSIDE
        .iter()
        .filter(|rule| is_within(path, rule.path))
        .max_by_key(|rule| rule.path.len())
}

/// Returns the target's room, and true if it may be used; `None` for the room itself.
fn inside(room: &Room, module: &str, is_test: bool) -> Option<(String, bool)> {
    let Some(target) = room_of(module) else {
        return Some((module.to_owned(), false));
    };
    // The engine's root only lists its parts.
    if target.name == room.name || target.name == "engine" {
        return None;
    }
    let allowed =
        room.may_use.contains(&target.name) || is_test && room.tests_may_use.contains(&target.name);
    Some((target.name.to_owned(), allowed))
}

/// Returns the rule's path, or the whole path without a rule, and true if it may be used.
fn outside(room: &Room, path: &str, is_test: bool) -> (String, bool) {
    let Some(rule) = rule_of(path) else {
        return (path.to_owned(), false);
    };
    let is_home = |homes: &[&str]| homes.iter().any(|home| is_within(room.name, home));
    let allowed = rule.rooms == ALL || is_home(rule.rooms) || is_test && is_home(rule.tests);
    (rule.path.to_owned(), allowed)
}
