//! `matching keys create|list|rotate|revoke`.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};

use super::{
    lines,
    listing::{Form, print_table},
    operator,
};
use crate::{
    application,
    configuration::Settings,
    domain::{
        api_key::{ApiKey, Scope, Scopes},
        event::format_timestamp,
        identifiers::ApiKeyId,
        paging::NewestFirst,
    },
    service::api_keys::{ApiKeyService, CreatedKey, KeyRequest, REFRESH_INTERVAL},
};

/// The number of keys that are read at once.
const PAGE: u32 = 500;

#[derive(Args)]
pub(super) struct KeyArguments {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Create a key and print it; it is not shown again
    Create {
        /// What the key is for; it is shown in lists
        #[arg(value_parser = parse_name)]
        name: String,
        /// What it permits, separated by commas: submit, read, profiles, operate
        #[arg(long, required = true, value_delimiter = ',', value_parser = parse_scope)]
        scopes: Vec<Scope>,
        /// Its lifetime, such as 90d or 12h; without it, the key does not expire
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        expires_in: Option<Duration>,
        /// Its own limit of requests in a minute, in each process
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        requests_per_minute: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print all keys without their texts, newest first: a table on a terminal, NDJSON elsewhere
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Create the successor of a key and print it; the replaced key stays valid for a while
    Rotate {
        /// The id of the key to replace
        #[arg(value_name = "ID", value_parser = parse_id)]
        id: ApiKeyId,
        /// The time for which the replaced key stays valid
        #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "24h")]
        overlap: Duration,
        /// The lifetime of the new key; without it, that of the replaced one
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        expires_in: Option<Duration>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: running processes refuse it within seconds
    Revoke {
        /// The id of the key
        #[arg(value_name = "ID", value_parser = parse_id)]
        id: ApiKeyId,
    },
}

pub(super) async fn run(settings: Settings, arguments: KeyArguments) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let keys = application::key_service(store, &settings);
    match arguments.command {
        KeyCommand::Create {
            name,
            scopes,
            expires_in,
            requests_per_minute,
            json,
        } => {
            let request = KeyRequest {
                name,
                scopes: scopes.into_iter().collect(),
                requests_per_minute,
                expires_in,
            };
            print_created(keys.create(&request, &operator()).await?, json)?;
        }
        KeyCommand::List { form } => print_keys(&keys, &form).await?,
        KeyCommand::Rotate {
            id,
            overlap,
            expires_in,
            json,
        } => {
            let created = keys.rotate(&id, expires_in, overlap, &operator()).await?;
            print_created(created, json)?;
        }
        KeyCommand::Revoke { id } => {
            let key = keys.revoke(&id, &operator()).await?;
            lines::print(&format!(
                "the key {} ({}) is revoked; running processes refuse it within {} s",
                key.id,
                key.name,
                REFRESH_INTERVAL.as_secs()
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the key alone on standard output, so that a script can take it from there.
fn print_created(created: CreatedKey, json: bool) -> anyhow::Result<()> {
    if json {
        return lines::print(&application::created_key_in_json(created)?);
    }
    let key = &created.key;
    let end = key.expires_at.map_or_else(
        || "does not expire".to_owned(),
        |end| format!("expires at {}", format_timestamp(end)),
    );
    eprintln!(
        "key {} ({}) has the scopes {} and {end}; it is not shown again:",
        key.id,
        key.name,
        key.scopes.names().join(", ")
    );
    lines::print(created.text.reveal())
}

async fn print_keys(keys: &ApiKeyService, form: &Form) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut page = NewestFirst {
        limit: PAGE,
        after: None,
    };
    loop {
        let listing = keys.list(&page).await?;
        found.extend(listing.rows);
        page.after = listing.next;
        if page.after.is_none() {
            break;
        }
    }
    if form.is_json() {
        for key in found {
            lines::print(&application::key_in_json(key)?)?;
        }
        return Ok(());
    }
    let head = [
        "ID",
        "NAME",
        "SCOPES",
        "STATE",
        "CREATED",
        "EXPIRES",
        "LAST USED",
        "REPLACED BY",
    ];
    print_table(head, found.iter().map(row))
}

fn row(key: &ApiKey) -> [String; 8] {
    let time = |time: Option<_>| time.map_or_else(String::new, format_timestamp);
    [
        key.id.to_string(),
        key.name.clone(),
        key.scopes.names().join(","),
        key.state.as_str().to_owned(),
        format_timestamp(key.created_at),
        time(key.expires_at),
        time(key.last_used_at),
        key.replaced_by
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
    ]
}

fn parse_name(name: &str) -> Result<String, String> {
    let is_fit = (1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    is_fit
        .then(|| name.to_owned())
        .ok_or_else(|| "a name has 1 to 255 characters, none of them control".to_owned())
}

fn parse_scope(name: &str) -> Result<Scope, String> {
    Scope::parse(name).ok_or_else(|| {
        let names = Scopes::all().names();
        format!("the scopes are {}", names.join(", "))
    })
}

fn parse_id(id: &str) -> Result<ApiKeyId, String> {
    id.parse().map_err(|error| format!("{error}"))
}

/// The longest time that an argument may state: ten years.
const LONGEST_TIME: Duration = Duration::from_hours(87_600);

/// Reads a time such as 90d, 12h, 30m or 45s.
fn parse_time(text: &str) -> Result<Duration, String> {
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let time = units.into_iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds).map(Duration::from_secs)
    });
    time.filter(|time| (Duration::from_secs(1)..=LONGEST_TIME).contains(time))
        .ok_or_else(|| "a time is from 1s to 3650d, such as 90d, 12h, 30m or 45s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_a_limit() {
        for (text, seconds) in [
            ("45s", 45),
            ("30m", 1_800),
            ("12h", 43_200),
            ("90d", 7_776_000),
        ] {
            assert_eq!(parse_time(text), Ok(Duration::from_secs(seconds)));
        }
        for wrong in ["", "d", "90", "-1d", "0s", "1.5h", "4000d", "90 d"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
