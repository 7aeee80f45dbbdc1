//! Reads settings one by one into types, and collects all faults and values meanwhile.

use std::{
    fmt,
    net::IpAddr,
    ops::{Range, RangeInclusive},
    time::Duration,
};

use figment::{
    Figment,
    value::{Dict, Value},
};
use ipnet::IpNet;
use secrecy::SecretString;

/// One fault of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The setting, such as `http.port`; `None` if a whole layer is faulty.
    pub key: Option<String>,
    /// The origin of its value.
    pub origin: String,
    /// The fault, and what to set instead. Never contains a secret.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key} ({}): {}", self.origin, self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

/// A setting in force, in a form that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// Its key.
    pub key: String,
    /// Its value as TOML; secrets are hidden.
    pub value: String,
    /// The origin of its value.
    pub origin: String,
}

/// Reads settings from merged layers.
pub(super) struct SettingsReader<'a> {
    figment: &'a Figment,
    pub(super) faults: Vec<Fault>,
    pub(super) shown: Vec<ShownSetting>,
}

impl<'a> SettingsReader<'a> {
    pub(super) fn new(figment: &'a Figment) -> Self {
        Self {
            figment,
            faults: vec![],
            shown: vec![],
        }
    }

    /// Records a fault of this setting.
    pub(super) fn fault(&mut self, key: &str, problem: impl Into<String>) {
        let fault = Fault {
            key: Some(key.to_owned()),
            origin: self.origin(key),
            problem: problem.into(),
        };
        self.faults.push(fault);
    }

    /// Reads a text; `None` if it is empty.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let text = self.raw_text(key)?;
        self.show(key, format!("{text:?}"));
        Some(text).filter(|text| !text.is_empty())
    }

    /// Reads a URL whose password is hidden; `None` if it is empty.
    pub(super) fn url_with_secret(&mut self, key: &str) -> Option<SecretString> {
        let text = self.raw_text(key)?;
        if text.is_empty() {
            return self.secret(key);
        }
        let shown = shown_url(&text).unwrap_or_else(|| "[hidden]".to_owned());
        self.show(key, format!("{shown:?}"));
        Some(SecretString::from(text))
    }

    /// Reads a secret from the setting or from the file that `KEY_file` names.
    pub(super) fn secret(&mut self, key: &str) -> Option<SecretString> {
        let direct = self.raw_text(key).filter(|text| !text.is_empty());
        let file_key = format!("{key}_file");
        let file = self
            .figment
            .find_value(&file_key)
            .ok()
            .and_then(|value| as_text(&value))
            .filter(|path| !path.is_empty());
        let secret = match (direct, file) {
            (Some(_), Some(_)) => {
                self.fault(key, format!("set {key} or {file_key}, not both"));
                None
            }
            (Some(secret), None) => Some(secret),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(content) => Some(content.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => {
                    self.fault(&file_key, format!("{path} can't be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        };
        self.show(key, hidden(secret.is_some()).to_owned());
        secret.map(SecretString::from)
    }

    /// Reads a list of secrets.
    pub(super) fn secrets(&mut self, key: &str) -> Vec<SecretString> {
        let secrets = self.raw_list(key);
        self.hide_list(key, secrets)
    }

    /// Reads a list of API keys. Unlike other lists it keeps empty entries, which its caller has to
    /// refuse.
    pub(super) fn keys(&mut self, key: &str) -> Vec<SecretString> {
        let keys = match self.figment.find_value(key) {
            Ok(Value::String(_, text)) if !text.is_empty() => text
                .split(',')
                .map(|entry| entry.trim().to_owned())
                .collect(),
            _ => self.raw_list(key),
        };
        self.hide_list(key, keys)
    }

    fn hide_list(&mut self, key: &str, secrets: Vec<String>) -> Vec<SecretString> {
        let shown = if secrets.is_empty() {
            "[]"
        } else {
            "[\"[hidden]\"]"
        };
        self.show(key, shown.to_owned());
        secrets.into_iter().map(SecretString::from).collect()
    }

    /// Reads a list of texts: an array, or one text separated by commas.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let list = self.raw_list(key);
        self.show(key, format!("{list:?}"));
        list
    }

    /// Reads a list of networks.
    pub(super) fn networks(&mut self, key: &str) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for network in self.list(key) {
            // An address alone is read as a network of one address.
            match network
                .parse::<IpNet>()
                .or_else(|_| network.parse::<IpAddr>().map(IpNet::from))
            {
                Ok(network) => networks.push(network),
                Err(_) => self.fault(
                    key,
                    format!("{network:?} is not a network like 10.1.0.0/16"),
                ),
            }
        }
        networks
    }

    /// Reads an integer within limits.
    pub(super) fn whole<T: TryFrom<i64> + Default>(
        &mut self,
        key: &str,
        limits: RangeInclusive<i64>,
    ) -> T {
        let wanted = format!("a whole number from {} to {}", limits.start(), limits.end());
        self.scalar(key, &wanted, |text| {
            text.parse().ok().filter(|number| limits.contains(number))
        })
        .and_then(|number| T::try_from(number).ok())
        .unwrap_or_default()
    }

    /// Reads an integer within limits; `None` if it is empty.
    pub(super) fn optional_whole(&mut self, key: &str, limits: RangeInclusive<i64>) -> Option<i64> {
        if self.raw_text(key)?.is_empty() {
            return self.text(key)?.parse().ok();
        }
        Some(self.whole(key, limits))
    }

    /// Reads a time in seconds within limits; fractions are allowed.
    pub(super) fn seconds(&mut self, key: &str, limits: RangeInclusive<f64>) -> Duration {
        let wanted = format!("seconds from {} to {}", limits.start(), limits.end());
        self.scalar(key, &wanted, |text| {
            text.parse().ok().filter(|number| limits.contains(number))
        })
        .map_or(Duration::ZERO, Duration::from_secs_f64)
    }

    /// Reads a time in seconds within limits; `None` if it is empty.
    pub(super) fn optional_seconds(
        &mut self,
        key: &str,
        limits: RangeInclusive<f64>,
    ) -> Option<Duration> {
        if self.raw_text(key)?.is_empty() {
            self.text(key)?;
            return None;
        }
        Some(self.seconds(key, limits))
    }

    /// Reads a list of times in seconds within limits.
    pub(super) fn seconds_list(&mut self, key: &str, limits: RangeInclusive<f64>) -> Vec<Duration> {
        let mut times = Vec::new();
        for text in self.list(key) {
            match text.parse().ok().filter(|number| limits.contains(number)) {
                Some(number) => times.push(Duration::from_secs_f64(number)),
                None => self.fault(
                    key,
                    format!(
                        "{text:?} is not a number of seconds from {} to {}",
                        limits.start(),
                        limits.end()
                    ),
                ),
            }
        }
        times
    }

    /// Reads a number of at least 0.
    pub(super) fn weight(&mut self, key: &str) -> f64 {
        self.scalar(key, "a number of 0 or more", |text| {
            text.parse()
                .ok()
                .filter(|number: &f64| number.is_finite() && *number >= 0.0)
        })
        .unwrap_or_default()
    }

    /// Reads a number within limits; the upper limit is excluded.
    pub(super) fn number_below(&mut self, key: &str, limits: Range<f64>) -> f64 {
        let wanted = format!("a number from {} to below {}", limits.start, limits.end);
        self.scalar(key, &wanted, |text| {
            text.parse().ok().filter(|number| limits.contains(number))
        })
        .unwrap_or_default()
    }

    /// Reads a Boolean.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        self.scalar(key, "true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" | "" => Some(false),
                _ => None,
            }
        })
        .unwrap_or_default()
    }

    /// Reads a text with `parse`; `wanted` describes valid values.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(key).unwrap_or_default();
        let parsed = parse(&text);
        if parsed.is_none() {
            self.fault(key, format!("{text:?} is not {wanted}"));
        }
        parsed
    }

    /// Reports settings that exist in a layer but not in the built-in file.
    pub(super) fn find_unknown_keys(&mut self, known: &Figment) {
        let (Ok(known), Ok(given)) = (known.extract::<Dict>(), self.figment.extract::<Dict>())
        else {
            return;
        };
        let mut unknown = Vec::new();
        collect_unknown(&known, &given, "", &mut unknown);
        for key in unknown {
            let section = key.split('.').next().unwrap_or_default().to_owned();
            let problem = if known.contains_key(&section) {
                format!("there is no such setting; Settings.toml lists those of [{section}]")
            } else {
                "there is no such section; Settings.toml lists them all".to_owned()
            };
            self.fault(&key, problem);
        }
    }

    fn scalar<T: fmt::Display>(
        &mut self,
        key: &str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw_text(key)?;
        let value = parse(text.trim());
        match &value {
            Some(value) => self.show(key, value.to_string()),
            None => self.fault(key, format!("{text:?} is not {wanted}")),
        }
        value
    }

    fn show(&mut self, key: &str, value: String) {
        let origin = self.origin(key);
        self.shown.push(ShownSetting {
            key: key.to_owned(),
            value,
            origin,
        });
    }

    fn origin(&self, key: &str) -> String {
        self.figment.find_metadata(key).map_or_else(
            || "default".to_owned(),
            |metadata| metadata.name.to_string(),
        )
    }

    fn raw_text(&mut self, key: &str) -> Option<String> {
        let text = self
            .figment
            .find_value(key)
            .ok()
            .and_then(|value| as_text(&value));
        if text.is_none() {
            self.fault(key, "a single value is expected here");
        }
        text
    }

    fn raw_list(&mut self, key: &str) -> Vec<String> {
        let list = match self.figment.find_value(key) {
            Ok(Value::Array(_, values)) => values.iter().map(as_text).collect(),
            Ok(value) => as_text(&value).map(|text| {
                let entries = text.split(',').map(|entry| entry.trim().to_owned());
                entries.filter(|entry| !entry.is_empty()).collect()
            }),
            Err(_) => None,
        };
        list.unwrap_or_else(|| {
            self.fault(key, "a list of texts is expected here");
            vec![]
        })
    }
}

fn hidden(is_set: bool) -> &'static str {
    if is_set { "\"[hidden]\"" } else { "\"\"" }
}

/// Returns a scalar as the text that an operator would write.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_u128().map(|whole| whole.to_string()))
            .or_else(|| number.to_f64().map(|float| float.to_string())),
        _ => None,
    }
}

/// Returns what may be shown of a URL: scheme, user name, hosts and path, with `[hidden]` instead
/// of a password, and no query, which may contain a password too (`?password=…`). Returns `None` if
/// a password can't be told from the rest, as in `user:password@host` and `redis://pass/word@host`.
pub(super) fn shown_url(url: &str) -> Option<String> {
    let without_query = |text: &str| text.split(['?', '#']).next().map(str::to_owned);
    let Some((scheme, rest)) = url.split_once("://") else {
        let is_path = url.starts_with("sqlite:") && !url.contains('@');
        return without_query(url).filter(|_| is_path);
    };
    // Anything else may be the beginning of a password: `user://word@host`.
    let is_scheme = ["http", "postgres", "redis", "sqlite"]
        .iter()
        .any(|known| scheme.starts_with(known))
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let server = rest.split(['/', '\\', '?', '#']).next()?;
    let behind = &rest[server.len()..];
    // The user name or password may contain one of the signs that end the server.
    if !is_scheme || behind.contains('@') {
        return None;
    }
    let (credentials, hosts) = match server.rsplit_once('@') {
        // Without a colon it may be a token.
        Some((credentials, hosts)) => {
            let (user, colon) = credentials
                .split_once(':')
                .map_or(("", ""), |(user, _)| (user, ":"));
            (format!("{user}{colon}[hidden]@"), hosts)
        }
        None => (String::new(), server),
    };
    let path = without_query(behind)?;
    hosts
        .split(',')
        .all(is_host)
        .then(|| format!("{scheme}://{credentials}{hosts}{path}"))
}

/// True for `host`, `host:port` and `[address]:port`, but not for `user:password` without a host.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (text, ""),
    };
    let is_name =
        name.starts_with('[') || !name.contains(':') && (port.is_empty() || !name.is_empty());
    is_name && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// True if a user name or password seems to contain `/`, `?` or `#` as they are. These characters
/// end the part of a URL that names the server, so the rest would be read as something else.
pub(super) fn has_raw_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (server, behind) = rest.split_at(end);
    let Some((_, port)) = server.rsplit_once(':') else {
        return false;
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    // The name of a database or a parameter may contain an @ behind a port.
    !server.contains('@') && behind.contains('@') && (!is_port || behind.starts_with('#'))
}

/// Says how to write a password that contains characters of a URL's own.
pub(super) const PERCENT_ENCODE: &str = "the user name or password contains a character that ends \
     this part of a URL; percent-encode it: # as %23, / as %2F, ? as %3F, @ as %40, % as %25";

fn collect_unknown(known: &Dict, given: &Dict, prefix: &str, unknown: &mut Vec<String>) {
    for (name, value) in given {
        let key = format!("{prefix}{name}");
        match (known.get(name), value) {
            (Some(Value::Dict(_, known)), Value::Dict(_, given)) => {
                collect_unknown(known, given, &format!("{key}."), unknown);
            }
            (Some(_), _) => {}
            // A secret may come from a file.
            (None, _) if is_secret_file(known, name) => {}
            (None, Value::Dict(_, given)) if !given.is_empty() => {
                collect_unknown(&Dict::new(), given, &format!("{key}."), unknown);
            }
            (None, _) => unknown.push(key),
        }
    }
}

fn is_secret_file(known: &Dict, name: &str) -> bool {
    name.strip_suffix("_file").is_some_and(|secret| {
        known.contains_key(secret)
            && matches!(
                secret,
                "secret"
                    | "password"
                    | "secret_key"
                    | "session_token"
                    | "access_key"
                    | "api_key"
                    | "url"
            )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::shown_url;

    #[test]
    fn a_shown_url_keeps_its_host_and_hides_its_password() {
        for (url, shown) in [
            (
                "postgres://matching:s3cr@t@db:5432/matching",
                "postgres://matching:[hidden]@db:5432/matching",
            ),
            (
                "redis://:s3cret@[::1]:6379/0",
                "redis://:[hidden]@[::1]:6379/0",
            ),
            ("redis://token@cache", "redis://[hidden]@cache"),
            ("redis://cache:6379/0", "redis://cache:6379/0"),
            ("redis://a:1,b:2/0", "redis://a:1,b:2/0"),
            ("postgres://db/x?password=s3cret", "postgres://db/x"),
            ("postgres:///x#s3cret", "postgres:///x"),
            ("sqlite:data.db?mode=rwc", "sqlite:data.db"),
            ("sqlite:///var/lib/data.db", "sqlite:///var/lib/data.db"),
        ] {
            assert_eq!(shown_url(url).as_deref(), Some(shown), "{url}");
        }
    }

    #[test]
    fn a_url_whose_password_can_not_be_told_apart_is_not_shown() {
        for url in [
            "user:s3cret@db",
            "postgres://user:12?x@host",
            "redis://:123?x@host",
            "redis://to?ken@host",
            "redis://pass/word@host",
            "redis://default:s3cret",
            "redis://:123",
            "host=db password=s3cret",
            "user://s3:cret@host",
        ] {
            assert_eq!(shown_url(url), None, "{url}");
        }
    }

    proptest! {
        /// The password consists of signs that occur nowhere else in the URL, and of separators.
        #[test]
        fn no_part_of_a_password_is_shown(
            scheme in "(postgres://|rediss://|https://|postgres:|sqlite:)?",
            user in "(user:|:)",
            password in "[7Q]?[7Q/?#@:%,\\[\\]\\\\ ]{0,12}",
            token in "[7Q]?[7Q/?#@%,\\[\\]\\\\ ]{0,12}",
            host in "(db|db:5432|\\[::1\\]|a,b:1)",
            tail in "(/0|/x\\?y=z@w|\\?a=b)?",
        ) {
            for url in [
                format!("{scheme}{user}{password}@{host}{tail}"),
                format!("{scheme}{token}@{host}{tail}"),
            ] {
                let shown = shown_url(&url).unwrap_or_default();
                prop_assert!(!shown.contains(['7', 'Q']), "{} is shown as {}", url, shown);
            }
        }
    }
}
