//! The error codes of PostgreSQL (SQLSTATEs) and SQLite, by what ends them. The only list of them;
//! docs/failures.md has the same table.

use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};

use crate::outage::Remedy::{self, Operator, Reconnect, Wait};

/// SQLSTATEs, and classes of them (their first two characters), that mean that the server takes no
/// work. The longest matching entry applies; any other error is about its one statement.
pub(super) const SQLSTATES: &[(&str, Option<Remedy>)] = &[
    // Connection exceptions.
    ("08", Some(Reconnect)),
    // Read-only: a standby, or a server that was demoted.
    ("25006", Some(Reconnect)),
    // A transaction that failed earlier was left behind in the session.
    ("25P02", Some(Reconnect)),
    // The session was ended because its transaction was idle for too long.
    ("25P03", Some(Reconnect)),
    // A prepared statement is missing or there already: a pooler mixes sessions.
    ("26000", Some(Reconnect)),
    ("42P05", Some(Reconnect)),
    // A refused login.
    ("28", Some(Operator)),
    // The database does not exist.
    ("3D000", Some(Operator)),
    // Rolled back, such as a deadlock.
    ("40", Some(Wait)),
    // A missing permission.
    ("42501", Some(Operator)),
    // Resources: connections, memory, disk space.
    ("53", Some(Wait)),
    ("53100", Some(Operator)),
    ("53200", Some(Operator)),
    // An object is in use.
    ("55", Some(Wait)),
    // Intervention: shutting down, crashed, a cancelled statement, starting, a dropped database.
    ("57", Some(Reconnect)),
    // A statement that took too long would do so again.
    ("57014", None),
    ("57P03", Some(Wait)),
    ("57P04", Some(Operator)),
    // The operating system: files and disks.
    ("58", Some(Operator)),
];

/// SQLite's primary result codes that mean that the file takes no writes.
pub(super) const SQLITE_CODES: &[(u32, &str, Remedy)] = &[
    (5, "SQLITE_BUSY", Wait),
    (6, "SQLITE_LOCKED", Wait),
    (7, "SQLITE_NOMEM", Wait),
    (8, "SQLITE_READONLY", Operator),
    (10, "SQLITE_IOERR", Operator),
    (13, "SQLITE_FULL", Operator),
    (14, "SQLITE_CANTOPEN", Operator),
];

/// Returns what ends this error, or `None` if it is about one statement.
pub(super) fn remedy(error: &dyn DatabaseError) -> Option<Remedy> {
    let Some(code) = sqlstate(error) else {
        return of_sqlite(&error.code()?);
    };
    // The generic code of what the server does not support.
    if code == "0A000" && error.message().contains("cached plan") {
        return Some(Reconnect);
    }
    of_sqlstate(code)
}

/// True if the error means that the database's disk is full.
pub(super) fn means_full_disk(error: &dyn DatabaseError) -> bool {
    match sqlstate(error) {
        Some(code) => code == "53100",
        None => error
            .code()
            .is_some_and(|code| primary_of_sqlite(&code) == Some(13)),
    }
}

/// Returns the SQLSTATE of an error of PostgreSQL.
pub(super) fn sqlstate(error: &dyn DatabaseError) -> Option<&str> {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .map(PgDatabaseError::code)
}

fn of_sqlstate(code: &str) -> Option<Remedy> {
    let matching = SQLSTATES.iter().filter(|(part, _)| code.starts_with(part));
    let longest = matching.max_by_key(|(part, _)| part.len());
    longest.and_then(|(_, remedy)| *remedy)
}

/// An extended result code has the primary one in its lowest byte.
fn primary_of_sqlite(code: &str) -> Option<u32> {
    Some(code.parse::<u32>().ok()? & 0xff)
}

fn of_sqlite(code: &str) -> Option<Remedy> {
    let primary = primary_of_sqlite(code)?;
    let known = SQLITE_CODES.iter().find(|(known, ..)| *known == primary);
    known.map(|(.., remedy)| *remedy)
}

/// True if the server has ended the connection with this error. Other connections may be fine.
pub(super) fn ended_connection(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_precise_entry_decides() {
        for (code, expected) in [
            ("25006", Some(Reconnect)),
            ("57P01", Some(Reconnect)),
            ("57P03", Some(Wait)),
            ("57014", None),
            ("53300", Some(Wait)),
            ("53100", Some(Operator)),
            ("28P01", Some(Operator)),
            ("3D000", Some(Operator)),
            ("42601", None),
            ("22008", None),
        ] {
            assert_eq!(of_sqlstate(code), expected, "{code}");
        }
    }

    #[test]
    fn extended_result_codes_of_sqlite_count_as_their_primary_code() {
        // Constraint; busy; busy with a snapshot; full; an I/O error while the file grows.
        let codes = [("19", None), ("5", Some(Wait)), ("517", Some(Wait))];
        for (code, expected) in codes {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
        assert_eq!(of_sqlite("13"), Some(Operator));
        assert_eq!(of_sqlite("4874"), Some(Operator));
    }

    #[test]
    fn the_documentation_lists_the_same_codes() {
        let documented: Vec<String> = include_str!("../../docs/failures.md")
            .lines()
            .filter(|line| line.starts_with("| `SQLSTATE ") || line.starts_with("| `SQLITE_"))
            .map(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                format!("{} {}", cells[1].trim_matches('`'), cells[2])
            })
            .collect();
        let word = |remedy: &Option<Remedy>| remedy.map_or("retry", Remedy::as_str);
        let sqlstates = SQLSTATES.iter();
        let mut listed: Vec<String> = sqlstates
            .map(|(code, remedy)| format!("SQLSTATE {code} {}", word(remedy)))
            .collect();
        let sqlite = SQLITE_CODES.iter();
        listed.extend(sqlite.map(|(_, name, remedy)| format!("{name} {}", remedy.as_str())));
        assert_eq!(documented, listed);
    }
}
