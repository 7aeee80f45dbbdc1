//! Reads settings one by one into types, and collects all faults and values meanwhile.

use std::{
    fmt,
    ops::{Range, RangeInclusive},
    time::Duration,
};

use figment::{
    Figment,
    value::{Dict, Value},
};
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
        self.show(key, format!("{:?}", hide_password(&text)));
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
            || "nowhere".to_owned(),
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

/// Hides everything between the user's name and the host. Also works on a text that isn't a valid
/// URL, in which the part before the last `@` may be a password.
fn hide_password(url: &str) -> String {
    if has_raw_password(url) {
        return "[hidden]".to_owned();
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') {
            "[hidden]".to_owned()
        } else {
            url.to_owned()
        };
    };
    // Query parameters may contain a password too (`?password=…`).
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("{scheme}://{user}:[hidden]@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
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
    use super::hide_password;

    #[test]
    fn a_shown_url_keeps_its_host_and_hides_its_password() {
        assert_eq!(
            hide_password("postgres://matching:s3cr@t@db:5432/matching"),
            "postgres://matching:[hidden]@db:5432/matching"
        );
        assert_eq!(
            hide_password("redis://cache:6379/0"),
            "redis://cache:6379/0"
        );
        assert_eq!(
            hide_password("postgres://db/x?password=s3cret"),
            "postgres://db/x"
        );
        assert_eq!(hide_password("user:s3cret@db"), "[hidden]");
    }
}
