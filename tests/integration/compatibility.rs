//! The OpenAPI document stays compatible with the published one, `tests/contract/published.json`:
//! a client that was generated from it goes on working. A release publishes the document of its
//! day; an incompatible change needs a new major version and a note in the changelog.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use crate::support::process;

/// Who sends the values of a schema.
#[derive(Clone, Copy, PartialEq)]
enum Sender {
    /// A caller: everything that was taken must still be taken.
    Caller,
    /// The service: everything that it sends must be something that it could send before.
    Service,
}

/// Compares two documents and collects the incompatible changes.
struct Comparison<'a> {
    published: &'a Value,
    current: &'a Value,
    breaks: Vec<String>,
    /// Pairs of references that are being compared, or were.
    seen: BTreeSet<(bool, String, String)>,
}

fn breaks_between(published: &Value, current: &Value) -> Vec<String> {
    let mut comparison = Comparison {
        published,
        current,
        breaks: vec![],
        seen: BTreeSet::new(),
    };
    comparison.operations();
    comparison.breaks
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The texts of a list, or of one text.
fn texts(value: &Value) -> BTreeSet<&str> {
    let one = value.as_str().into_iter();
    one.chain(items(value).iter().filter_map(Value::as_str))
        .collect()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or(&Value::Null),
        None => schema,
    }
}

impl Comparison<'_> {
    fn report(&mut self, at: &str, change: impl std::fmt::Display) {
        self.breaks.push(format!("{at}: {change}"));
    }

    fn operations(&mut self) {
        let (published, current) = (self.published, self.current);
        for (path, methods) in members(&published["paths"]) {
            for (method, old) in members(methods) {
                let at = format!("{method} {path}");
                let new = &current["paths"][path][method];
                if new.is_null() {
                    self.report(&at, "the call is gone");
                    continue;
                }
                if old["operationId"] != new["operationId"] {
                    self.report(&at, "its operationId changed");
                }
                self.parameters(&at, old, new);
                self.bodies(
                    &format!("{at} body"),
                    &old["requestBody"]["content"],
                    &new["requestBody"]["content"],
                    Sender::Caller,
                );
                if new["requestBody"]["required"] == true && old["requestBody"]["required"] != true
                {
                    self.report(&at, "its body is required now");
                }
                for (status, old) in members(&old["responses"]) {
                    let new = &new["responses"][status];
                    let at = format!("{at} {status}");
                    if new.is_null() {
                        if status.starts_with('2') {
                            self.report(&at, "the answer is gone");
                        }
                        continue;
                    }
                    for (name, _) in members(&old["headers"]) {
                        if new["headers"][name].is_null() {
                            self.report(&at, format!("the header {name} is gone"));
                        }
                    }
                    self.bodies(&at, &old["content"], &new["content"], Sender::Service);
                }
            }
        }
    }

    fn parameters(&mut self, at: &str, old: &Value, new: &Value) {
        let key = |parameter: &Value| (parameter["in"].clone(), parameter["name"].clone());
        for parameter in items(&old["parameters"]) {
            let at = format!("{at} {}", parameter["name"]);
            let same = items(&new["parameters"])
                .iter()
                .find(|other| key(other) == key(parameter));
            match same {
                Some(same) => {
                    self.schemas(&at, &parameter["schema"], &same["schema"], Sender::Caller);
                }
                None => self.report(&at, "the parameter is gone"),
            }
        }
        let required = |parameters: &Value| -> Vec<_> {
            let all = items(parameters).iter();
            all.filter(|parameter| parameter["required"] == true)
                .map(key)
                .collect()
        };
        let before = required(&old["parameters"]);
        for (_, name) in required(&new["parameters"]) {
            if !before.iter().any(|(_, known)| *known == name) {
                self.report(at, format!("the parameter {name} is required now"));
            }
        }
    }

    fn bodies(&mut self, at: &str, old: &Value, new: &Value, sender: Sender) {
        for (media_type, old) in members(old) {
            let new = &new[media_type];
            if new.is_null() {
                self.report(at, format!("{media_type} is gone"));
            } else {
                self.schemas(at, &old["schema"], &new["schema"], sender);
            }
        }
    }

    fn schemas(&mut self, at: &str, old: &Value, new: &Value, sender: Sender) {
        if let (Some(one), Some(other)) = (old["$ref"].as_str(), new["$ref"].as_str()) {
            let pair = (sender == Sender::Caller, one.to_owned(), other.to_owned());
            if !self.seen.insert(pair) {
                return;
            }
        }
        let (old, new) = (resolved(self.published, old), resolved(self.current, new));
        // The schema that takes more values: the newer of what callers send, the older of what the
        // service sends.
        let (narrow, wide) = match sender {
            Sender::Caller => (old, new),
            Sender::Service => (new, old),
        };
        let is_any = |schema: &Value| schema["type"].is_null();
        if !is_any(wide) {
            let missing: Vec<_> = texts(&narrow["type"])
                .difference(&texts(&wide["type"]))
                // Each whole number is a number.
                .filter(|name| !(**name == "integer" && texts(&wide["type"]).contains("number")))
                .map(|name| (*name).to_owned())
                .collect();
            if !missing.is_empty() || is_any(narrow) {
                self.report(at, format!("its type changed ({missing:?})"));
            }
        }
        let values = |schema: &Value| -> Vec<Value> {
            let one = schema.get("const").into_iter();
            one.chain(items(&schema["enum"])).cloned().collect()
        };
        let allowed = values(wide);
        if !allowed.is_empty() {
            let others: Vec<Value> = values(narrow)
                .into_iter()
                .filter(|value| !allowed.contains(value))
                .collect();
            if values(narrow).is_empty() || !others.is_empty() {
                self.report(at, format!("its values changed ({others:?})"));
            }
        }
        self.bounds(at, narrow, wide);
        self.objects(at, old, new, sender);
        if !old["items"].is_null() {
            self.schemas(&format!("{at}[]"), &old["items"], &new["items"], sender);
        }
        self.alternatives(at, old, new, sender);
    }

    fn bounds(&mut self, at: &str, narrow: &Value, wide: &Value) {
        for (name, is_upper) in [
            ("maximum", true),
            ("maxLength", true),
            ("maxItems", true),
            ("minimum", false),
            ("minLength", false),
            ("minItems", false),
        ] {
            let Some(limit) = wide[name].as_f64() else {
                continue;
            };
            let is_within = narrow[name].as_f64().is_some_and(|bound| {
                if is_upper {
                    bound <= limit
                } else {
                    bound >= limit
                }
            });
            if !is_within {
                self.report(at, format!("its {name} changed"));
            }
        }
        for name in ["pattern", "format"] {
            if !wide[name].is_null() && wide[name] != narrow[name] {
                self.report(at, format!("its {name} changed"));
            }
        }
    }

    fn objects(&mut self, at: &str, old: &Value, new: &Value, sender: Sender) {
        for (name, old) in members(&old["properties"]) {
            let at = format!("{at}.{name}");
            match new["properties"].get(name) {
                Some(new) => self.schemas(&at, old, new, sender),
                None => self.report(&at, "the property is gone"),
            }
        }
        let (less, more) = match sender {
            Sender::Caller => (&new["required"], &old["required"]),
            Sender::Service => (&old["required"], &new["required"]),
        };
        for name in texts(less).difference(&texts(more)) {
            let change = match sender {
                Sender::Caller => "is required now",
                Sender::Service => "may be absent now",
            };
            self.report(&format!("{at}.{name}"), change);
        }
    }

    /// Each alternative of the narrower schema must fit one of the wider.
    fn alternatives(&mut self, at: &str, old: &Value, new: &Value, sender: Sender) {
        for name in ["oneOf", "anyOf", "allOf"] {
            let (olds, news) = (items(&old[name]), items(&new[name]));
            if olds.is_empty() && news.is_empty() {
                continue;
            }
            let (narrow, wide) = match sender {
                Sender::Caller => (olds, news),
                Sender::Service => (news, olds),
            };
            for (index, one) in narrow.iter().enumerate() {
                let fits = wide.iter().any(|other| {
                    let mut trial = Comparison {
                        published: self.published,
                        current: self.current,
                        breaks: vec![],
                        seen: self.seen.clone(),
                    };
                    let (old, new) = match sender {
                        Sender::Caller => (one, other),
                        Sender::Service => (other, one),
                    };
                    trial.schemas(at, old, new, sender);
                    trial.breaks.is_empty()
                });
                if !fits {
                    self.report(at, format!("alternative {index} of {name} changed"));
                }
            }
        }
    }
}

fn published() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/published.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn clients_of_the_published_document_go_on_working() {
    let output = process::run(&["openapi"], &[], Path::new(".")).await;
    assert!(output.status.success());
    let current = serde_json::from_slice(&output.stdout).unwrap();
    let breaks = breaks_between(&published(), &current);
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

#[test]
fn an_incompatible_change_of_any_kind_is_reported() {
    let published = published();
    let submit = "/paths/~1api~1v1~1queue-matching/post";
    let submission = "/components/schemas/MatchBody";
    let result = "/components/schemas/ImportAnswer";
    let changes: [(&str, String, Option<Value>); 12] = [
        ("a call", "/paths/~1api~1v1~1match".into(), None),
        (
            "a method",
            "/paths/~1api~1v1~1candidates~1{id}/put".into(),
            None,
        ),
        (
            "an operationId",
            format!("{submit}/operationId"),
            Some(json!("other")),
        ),
        ("parameters", format!("{submit}/parameters"), None),
        (
            "a body's type",
            format!("{submit}/requestBody/content/application~1json"),
            None,
        ),
        ("an answer", format!("{submit}/responses/202"), None),
        (
            "a header",
            format!("{submit}/responses/202/headers/X-Request-Id"),
            None,
        ),
        (
            "a property of a request",
            format!("{submission}/properties/candidate_id"),
            None,
        ),
        (
            "required members",
            format!("{submission}/required"),
            Some(json!(["candidate_id", "job_id", "webhook_url"])),
        ),
        (
            "members of answers",
            format!("{result}/required"),
            Some(json!([])),
        ),
        (
            "a property of an answer",
            format!("{result}/properties/created"),
            None,
        ),
        (
            "a type",
            format!("{result}/properties/created/type"),
            Some(json!("string")),
        ),
    ];
    for (name, pointer, replacement) in changes {
        let mut other = published.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        let parent = other.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        assert!(parent.contains_key(&key), "{pointer}");
        match replacement {
            Some(value) => parent.insert(key, value),
            None => parent.remove(&key),
        };
        assert!(!breaks_between(&published, &other).is_empty(), "{name}");
    }
    assert_eq!(breaks_between(&published, &published), Vec::<String>::new());
}
