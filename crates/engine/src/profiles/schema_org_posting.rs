//! Maps schema.org `JobPosting` documents (JSON-LD, as job boards and career pages publish them) to
//! posting documents.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde_json::{Map, Value, json};

use super::{
    contract::ContractType,
    education::Education,
    folded_text::fold,
    foreign_documents::{Mapping, Node, text},
    job_posting::ExperienceRange,
    location::{fields_of_place, places_named_in},
    numerals::{amounts, decimal, joins_range},
    occupation_code::OccupationCode,
    profile_document::ProfileDocument,
    profile_reader::{NAME_LIMIT, entries_of},
    salary::{SalaryPeriod, currency_code},
    written_date::{WrittenDate, means_now},
};

/// Fields of a posting document that may stand beside those of schema.org.
const NATIVE_FIELDS: [&str; 17] = [
    "id",
    "required_skills",
    "preferred_skills",
    "experience_years",
    "education",
    "languages",
    "location",
    "remote",
    "contract_type",
    "salary",
    "status",
    "licences",
    "licenses",
    "occupation_codes",
    "encoding",
    "work_permit",
    "work_permits",
];

/// Members of JSON-LD documents that may contain a posting.
const CONTAINERS: [&str; 12] = [
    "mainEntity",
    "@graph",
    "itemListElement",
    "item",
    "mainEntityOfPage",
    "about",
    "hasPart",
    "dataFeedElement",
    "subjectOf",
    "itemOffered",
    "@included",
    "jobPosting",
];

/// Members of JSON-LD objects that only wrap a value.
const PLAIN_VALUES: [&str; 3] = ["@value", "@list", "@set"];

/// Limits of the search for a posting: depth of nested containers, and number of values.
const DEEPEST: usize = 8;
const MOST_NODES: usize = 10_000;

/// Maps a schema.org `JobPosting`, which may stand in a list, in a `@graph`, as the `mainEntity` of
/// a page or as the item of an `ItemList`. Returns `None` for a document without one. Of several
/// postings the first is used, a page's main entity before the others, with a warning.
///
/// - `identifier` is the sender's and never becomes `id`: two employers may use the same. It is
///   kept as `reference`.
/// - `description` is the text of the HTML description, followed by responsibilities,
///   qualifications and any sentences in `skills`.
/// - `skills` become required skills.
/// - `employmentType` gives a contract if it names one: `FULL_TIME` and `PART_TIME` don't.
/// - Several places of work, or contracts, become lists.
/// - `jobLocationType: TELECOMMUTE` means remote; its absence means nothing. The location of a
///   remote job is that required of applicants, if `applicantLocationRequirements` states one.
/// - `datePosted` and `validThrough` are kept as `date_posted` and `valid_through`. The engine has
///   no clock, so an expired posting is not closed here.
pub(super) fn job_posting_document(document: &Value) -> Option<Mapping> {
    let mut search = Search::default();
    search.walk(document, String::new(), 0);
    let (posting, pointer) = search.postings.first()?;
    let names = Names::of(&search.identified);
    let posting = names.expanded(posting, 0);
    let source = Node::new(&posting, pointer.clone());
    let get = |name| source.member(name);

    let mut mapping = Mapping::with_native_fields(&source, &NATIVE_FIELDS);
    if let Some((_, other)) = search.postings.get(1) {
        let others = search.postings.len() - 1;
        let detail = format!(
            "left out: the document holds {others} more postings; send one posting a document"
        );
        mapping.warn(other.clone(), "several_postings", detail);
    }
    let reference = get("identifier").and_then(|identifier| reference(&identifier));
    mapping.set("reference", &format!("{pointer}/identifier"), reference);
    let title = ["title", "name"]
        .iter()
        .find_map(|name| Some((label(&get(name)?)?, name)));
    if let Some((title, name)) = title {
        mapping.set("title", &format!("{pointer}/{name}"), Some(title));
    } else if let Some(title) = get("title") {
        mapping.wrong_type(&title, "text");
    }
    let (skills, mut sentences) = skills(&source, &mut mapping);
    mapping.set_list("required_skills", skills);
    if let Some(required) = get("experienceRequirements") {
        let years = experience(&required, &mut mapping, &mut sentences);
        mapping.set("experience_years", &required.pointer, years);
    }
    if let Some(required) = get("educationRequirements") {
        let education = education(&required, &mut mapping, &mut sentences);
        mapping.set("education", &required.pointer, education);
    }
    let description = description(&source, sentences, &mut mapping);
    mapping.set(
        "description",
        &format!("{pointer}/description"),
        description,
    );
    let is_remote = source
        .entries("jobLocationType")
        .iter()
        .filter_map(Node::text)
        .any(|kind| kind.to_ascii_uppercase().contains("TELECOMMUTE"));
    mapping.set(
        "remote",
        &format!("{pointer}/jobLocationType"),
        is_remote.then_some("remote"),
    );
    locations(&source, is_remote, &mut mapping);
    contracts(&source, &mut mapping);
    if let Some(base) = get("baseSalary") {
        let salary = base
            .all()
            .iter()
            .find_map(|base| salary(base, &source, &mut mapping));
        mapping.set("salary", &base.pointer, salary);
    }
    if let Some(start) = get("jobStartDate") {
        let date = mapping
            .text(Some(start.clone()))
            .filter(|start| WrittenDate::parse(start).is_some() || means_now(start));
        if date.is_none() && start.value.is_string() {
            mapping.warn(
                &*start.pointer,
                "unreadable_date",
                "left out; send YYYY-MM-DD",
            );
        }
        mapping.set("start_date", &start.pointer, date);
    }
    let industry = source.entries("industry").iter().find_map(label);
    mapping.set("industry", &format!("{pointer}/industry"), industry);
    for (ours, theirs) in [
        ("date_posted", "datePosted"),
        ("valid_through", "validThrough"),
    ] {
        let date = get(theirs).and_then(|date| date.text());
        mapping.set(ours, &format!("{pointer}/{theirs}"), date);
    }
    let codes = occupation_codes(&source);
    mapping.set_list("occupation_codes", codes);
    Some(mapping)
}

/// True if the document has one of the fields that every document with a posting has. A cheap
/// pre-check.
pub(super) fn may_hold_posting(document: &ProfileDocument<'_>) -> bool {
    let telling = [
        "@type",
        "@graph",
        "@context",
        "mainEntity",
        "itemListElement",
    ];
    document.root().is_array() || telling.iter().any(|name| document.member(name).is_some())
}

/// The postings of a document with their pointers, and the nodes that references may point to.
#[derive(Default)]
struct Search<'a> {
    postings: Vec<(&'a Value, String)>,
    identified: BTreeMap<&'a str, &'a Value>,
    seen: usize,
}

impl<'a> Search<'a> {
    /// Collects the postings in a node and its containers, with pointers of short names, and the
    /// nodes outside postings that have an `@id`. Stops without a warning below [`DEEPEST`] levels
    /// and after [`MOST_NODES`] nodes.
    fn walk(&mut self, node: &'a Value, pointer: String, depth: usize) {
        self.seen += 1;
        if depth > DEEPEST || self.seen > MOST_NODES {
            return;
        }
        match node {
            Value::Array(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    if self.seen > MOST_NODES {
                        return;
                    }
                    self.walk(node, format!("{pointer}/{index}"), depth + 1);
                }
            }
            Value::Object(members) => {
                // A bare reference has no member but `@id`; anything more is a node.
                if let Some(id) = members.get("@id").and_then(Value::as_str)
                    && members.len() > 1
                {
                    self.identified.entry(id).or_insert(node);
                }
                if is_posting(members) {
                    self.postings.push((node, pointer));
                    return;
                }
                for name in CONTAINERS {
                    if let Some((_, inner)) = member_of(members, name) {
                        self.walk(inner, format!("{pointer}/{name}"), depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns a member, with its key, by its short schema.org name.
fn member_of<'a>(members: &'a Map<String, Value>, name: &str) -> Option<(&'a String, &'a Value)> {
    let exact = members.get_key_value(name);
    exact.or_else(|| members.iter().find(|(key, _)| short(key) == name))
}

/// Translates a pointer of short names and plain values into the keys that the sender's document
/// has: `/title` into `/schema:title`. It ends at a reference, because the node is elsewhere.
pub(super) fn as_written(document: &Value, pointer: &str) -> String {
    let mut written = String::new();
    let mut node = Some(document);
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let mut found = None;
        while let Some(Value::Object(members)) = node {
            found = member_of(members, &name);
            if found.is_some() {
                break;
            }
            if members.len() == 1 && members.contains_key("@id") {
                return written;
            }
            let wrapped = PLAIN_VALUES
                .iter()
                .find_map(|name| members.get_key_value(*name));
            node = wrapped.map(|(key, inner)| {
                written.push('/');
                written.push_str(key);
                inner
            });
        }
        written.push('/');
        if let Some((key, inner)) = found {
            written.push_str(&key.replace('~', "~0").replace('/', "~1"));
            node = Some(inner);
        } else {
            written.push_str(part);
            node = node.and_then(|node| node.get(part.parse::<usize>().ok()?));
        }
    }
    written
}

/// Removes the prefix of a schema.org name: `schema:title` and `https://schema.org/title` become
/// `title`.
fn short(name: &str) -> &str {
    ["https://schema.org/", "http://schema.org/", "schema:"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn is_posting(members: &Map<String, Value>) -> bool {
    let kinds = match members.get("@type") {
        Some(Value::Array(kinds)) => kinds.as_slice(),
        Some(kind) => std::slice::from_ref(kind),
        None => &[],
    };
    kinds.iter().filter_map(Value::as_str).any(|kind| {
        // Also matches `https://schema.org/JobPosting` and `schema:JobPosting`.
        let name = kind.trim().rsplit(['/', ':', '#']).next();
        name.is_some_and(|name| name.eq_ignore_ascii_case("JobPosting"))
    })
}

/// The nodes of a document, keyed by their `@id`.
struct Names<'a> {
    identified: &'a BTreeMap<&'a str, &'a Value>,
}

impl<'a> Names<'a> {
    fn of(identified: &'a BTreeMap<&'a str, &'a Value>) -> Self {
        Self { identified }
    }

    /// Expands a node: short names, plain values, and references replaced by their nodes.
    fn expanded(&self, value: &Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        match value {
            Value::Array(values) => {
                let values = values.iter().take(MOST_NODES);
                values
                    .map(|value| self.expanded(value, depth + 1))
                    .collect()
            }
            Value::Object(members) => {
                for name in PLAIN_VALUES {
                    if let Some(value) = members.get(name) {
                        return self.expanded(value, depth + 1);
                    }
                }
                // A bare reference has no other member.
                if members.len() == 1
                    && let Some(named) = members.get("@id").and_then(Value::as_str)
                    && let Some(node) = self.identified.get(named)
                {
                    // References consume nesting depth, so that cycles end; three steps are enough
                    // for any posting.
                    return self.expanded(node, depth + DEEPEST / 3);
                }
                let mut short_names = Map::new();
                for (name, value) in members {
                    let value = self.expanded(value, depth + 1);
                    short_names.entry(short(name).to_owned()).or_insert(value);
                }
                Value::Object(short_names)
            }
            _ => value.clone(),
        }
    }
}

/// Returns the text of a value: text, or the `name` of an object (`DefinedTerm`, `Country`); of a
/// list, that of the first.
fn label(value: &Node<'_>) -> Option<String> {
    let value = value.all().into_iter().next()?;
    value.text().or_else(|| text(value.value.get("name")))
}

/// Returns the sender's reference.
fn reference(identifier: &Node<'_>) -> Option<Value> {
    let identifier = identifier.all().into_iter().next()?;
    let value = identifier.value.get("value").unwrap_or(identifier.value);
    match value {
        Value::Number(_) => Some(value.clone()),
        _ => text(Some(value)).map(Value::from),
    }
}

fn description(
    posting: &Node<'_>,
    sentences: Vec<String>,
    mapping: &mut Mapping,
) -> Option<String> {
    let fields = ["description", "responsibilities", "qualifications"];
    let parts = fields.iter().flat_map(|name| posting.entries(name));
    let mut description: Vec<String> = parts
        .filter_map(|part| {
            let text = label(&part);
            if text.is_none() && !part.value.is_string() {
                mapping.wrong_type(&part, "text");
            }
            text
        })
        .collect();
    description.extend(sentences);
    (!description.is_empty()).then(|| description.join("\n"))
}

/// Returns the skills with their origins, and separately the texts that are too long for the name
/// of a skill.
fn skills(posting: &Node<'_>, mapping: &mut Mapping) -> (Vec<(Value, String)>, Vec<String>) {
    let (mut skills, mut sentences) = (Vec::new(), Vec::new());
    for entry in posting.entries("skills") {
        let Some(words) = label(&entry) else {
            if !entry.value.is_string() {
                mapping.wrong_type(&entry, "a skill as text");
            }
            continue;
        };
        for line in words.lines() {
            // A sentence is not split at its commas.
            let is_sentence =
                line.trim_end().ends_with('.') && line.split_whitespace().count() > 12;
            let parts: Vec<&str> = if is_sentence {
                vec![line]
            } else {
                entries_of(line).collect()
            };
            for part in parts {
                let name = part
                    .trim_start_matches(['-', '•', '*', '·', '–', '▪', '●', '‣', '◦'])
                    .trim();
                if name.is_empty() {
                    continue;
                }
                if is_sentence || name.chars().count() > NAME_LIMIT {
                    sentences.push(name.to_owned());
                } else {
                    skills.push((name.into(), entry.pointer.clone()));
                }
            }
        }
    }
    (skills, sentences)
}

/// Reads the years that a posting asks for. Words without years are appended to `sentences`, which
/// join the description.
fn experience(
    required: &Node<'_>,
    mapping: &mut Mapping,
    sentences: &mut Vec<String>,
) -> Option<Value> {
    for entry in required.all() {
        if let Some(months) = entry.member("monthsOfExperience") {
            let number = months.value.as_f64();
            let Some(number) = number.or_else(|| decimal(&months.text()?)) else {
                mapping.wrong_type(&months, "a number of months");
                continue;
            };
            let years = (number / 12.0 * 100.0).round() / 100.0;
            return Some(json!({"min": years}));
        }
        if entry.value.is_number() {
            return Some(json!({"min": entry.value}));
        }
        let words = label(&entry).or_else(|| text(entry.value.get("description")));
        let Some(words) = words else {
            mapping.wrong_type(&entry, "text, or {monthsOfExperience}");
            continue;
        };
        // Google's term for "none".
        if words.eq_ignore_ascii_case("no requirements") {
            continue;
        }
        let range = ExperienceRange::parse(&words);
        let ends = range.map_or([None, None], |range| [range.min, range.max]);
        let is_order = !matches!(ends, [Some(min), Some(max)] if min > max);
        let is_short = words.split_whitespace().count() <= 12;
        if range.is_none() || !is_order || !is_short {
            sentences.push(words);
        }
        if !is_order || range.is_none() {
            let detail = "no number of years is read from this; send {monthsOfExperience}, or years such as \
                          \"3 years\"";
            mapping.warn(&*entry.pointer, "unknown_value", detail);
            continue;
        }
        let ends = ["min", "max"].into_iter().zip(ends);
        let ends = ends.filter_map(|(name, years)| Some((name.to_owned(), Value::from(years?))));
        return Some(Value::Object(ends.collect()));
    }
    None
}

/// Returns the lowest of the credentials, since any of them is sufficient. Words without a
/// credential are appended to `sentences`, which join the description.
fn education(
    required: &Node<'_>,
    mapping: &mut Mapping,
    sentences: &mut Vec<String>,
) -> Option<Value> {
    let mut credentials = Vec::new();
    for entry in required.all() {
        let words = text(entry.value.get("credentialCategory"))
            .or_else(|| label(&entry.member("credentialCategory")?))
            .or_else(|| label(&entry));
        let Some(words) = words else {
            mapping.wrong_type(&entry, "text, or {credentialCategory}");
            continue;
        };
        if words.eq_ignore_ascii_case("no requirements") {
            continue;
        }
        let education = Education::parse(&words);
        if let Some(level) = education.level {
            credentials.push((level, education.field));
        } else {
            let detail = "no level of education is read from this; send a diploma's name";
            mapping.warn(&*entry.pointer, "unknown_value", detail);
            sentences.push(words);
        }
    }
    let (level, field) = credentials.into_iter().min_by_key(|(level, _)| *level)?;
    Some(match field {
        Some(field) => json!({"level": level.as_str(), "field": field}),
        None => json!({"level": level.as_str()}),
    })
}

/// Sets one place as an object, several as a list.
fn locations(posting: &Node<'_>, is_remote: bool, mapping: &mut Mapping) {
    let mut countries = Vec::new();
    for region in posting.entries("applicantLocationRequirements") {
        // A region may be nested in its country.
        let country = region
            .member("addressCountry")
            .or_else(|| region.member("containedInPlace"))
            .unwrap_or_else(|| region.clone());
        if let Some(country) = label(&country) {
            countries.push((json!({"country": country}), region.pointer.clone()));
        } else {
            mapping.wrong_type(&region, "a Country with its name");
        }
    }
    let mut places = Vec::new();
    if !is_remote || countries.is_empty() {
        for place in posting.entries("jobLocation") {
            let found = places_at(&place, mapping).into_iter();
            places.extend(found.map(|fields| (Value::Object(fields), place.pointer.clone())));
        }
    }
    if places.is_empty() {
        places = countries;
    }
    let mut different: Vec<(Value, String)> = Vec::new();
    for place in places {
        if !different.iter().any(|(known, _)| *known == place.0) {
            different.push(place);
        }
    }
    mapping.set_one_or_list("location", different);
}

/// Returns the city, country and coordinates of a `Place`. An address in one text is parsed, and
/// only the cities and countries that it names are kept. If it names several places, the
/// coordinates belong to the first.
fn places_at(place: &Node<'_>, mapping: &mut Mapping) -> Vec<Map<String, Value>> {
    let addresses = place.entries("address");
    let address = addresses.first();
    // A `PostalAddress`, `City` or `Country` may stand directly in place of the `Place`.
    let address = address.unwrap_or(place);
    let mut places = if let Some(words) = address.text() {
        places_named_in(&words)
    } else {
        let part = |name| address.member(name).and_then(|part| label(&part));
        let fields = [
            ("city", part("addressLocality")),
            ("country", part("addressCountry")),
        ];
        let fields = fields_of_place(fields);
        match place.member("name").and_then(|name| name.text()) {
            Some(name) if fields.is_empty() => {
                let kind = place.value.get("@type");
                if kind.is_some_and(|kind| kind == "Country") {
                    vec![fields_of_place([("city", None), ("country", Some(name))])]
                } else {
                    places_named_in(&name)
                }
            }
            _ => vec![fields],
        }
    };
    if places.is_empty() {
        places.push(Map::new());
    }
    let geo = place.member("geo").or_else(|| address.member("geo"));
    let geo = geo.and_then(|geo| geo.all().into_iter().next());
    let sources = [geo.as_ref(), Some(place), Some(address)];
    let source = sources
        .into_iter()
        .flatten()
        .find(|source| source.member("latitude").is_some() || source.member("longitude").is_some());
    if let Some(source) = source {
        let coordinate = |name: &str| {
            let value = source.member(name)?;
            value.value.as_f64().or_else(|| decimal(&value.text()?))
        };
        match (coordinate("latitude"), coordinate("longitude")) {
            // The point 0, 0 in the Atlantic is the value of coordinates that were never filled in.
            (Some(latitude), Some(longitude)) if latitude == 0.0 && longitude == 0.0 => {
                let detail = "left out: 0, 0 is where coordinates are that nobody filled in";
                mapping.warn(&*source.pointer, "no_place", detail);
            }
            (Some(latitude), Some(longitude))
                if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 =>
            {
                places[0].insert("lat".to_owned(), latitude.into());
                places[0].insert("lon".to_owned(), longitude.into());
            }
            _ => {
                let detail =
                    "left out; send latitude (-90 to 90) and longitude (-180 to 180) as numbers";
                mapping.warn(&*source.pointer, "out_of_range", detail);
            }
        }
    }
    places.retain(|fields| !fields.is_empty());
    places
}

/// Sets one contract as text, several as a list.
fn contracts(posting: &Node<'_>, mapping: &mut Mapping) {
    let mut named: Vec<(ContractType, String)> = Vec::new();
    let mut names_hours_only = false;
    for kind in posting.entries("employmentType") {
        let Some(words) = label(&kind) else {
            mapping.wrong_type(&kind, "text");
            continue;
        };
        // Also matches `https://schema.org/FULL_TIME`.
        let words = words.strip_prefix("https://schema.org/").unwrap_or(&words);
        let words = words.replace('_', " ");
        for word in entries_of(&words) {
            match ContractType::named_in(word) {
                Some(contracts) if contracts.is_empty() => names_hours_only = true,
                Some(contracts) => {
                    for contract in contracts {
                        if !named.iter().any(|(known, _)| *known == contract) {
                            named.push((contract, kind.pointer.clone()));
                        }
                    }
                }
                None if word.eq_ignore_ascii_case("other") => {}
                None => {
                    let detail =
                        "left out; send one of schema.org's types, or a contract such as CDI";
                    mapping.warn(&*kind.pointer, "unknown_value", detail);
                }
            }
        }
    }
    // `FULL_TIME` beside `CONTRACTOR` also offers an employment contract that is not named.
    let is_open = |contract: &ContractType| {
        matches!(contract, ContractType::Freelance | ContractType::Temporary)
    };
    if names_hours_only && named.iter().any(|(contract, _)| is_open(contract)) {
        let detail = "left out: FULL_TIME and PART_TIME name no contract, so other contracts than these may be \
                      offered; send contract_type";
        let pointer = format!("{}/employmentType", posting.pointer);
        mapping.warn(pointer, "ambiguous_contract", detail);
        return;
    }
    if named.len() > 1 {
        let contracts = named
            .into_iter()
            .map(|(contract, origin)| (contract.as_str().into(), origin));
        let contracts = contracts.collect();
        mapping.set_list("contract_type", contracts);
    } else if let Some((contract, origin)) = named.pop() {
        mapping.set("contract_type", &origin, Some(contract.as_str()));
    }
}

/// Reads `baseSalary`: a number, words, or a `MonetaryAmount` whose value is a number, words or a
/// `QuantitativeValue`. An amount with an unknown currency or unit is left out, because assuming
/// another would change its meaning. 0 is not pay.
fn salary(base: &Node<'_>, posting: &Node<'_>, mapping: &mut Mapping) -> Option<Value> {
    if let Some(words) = base.text() {
        if amounts(&words).next().is_none() {
            mapping.warn(
                &*base.pointer,
                "no_amount",
                "left out: these words name no amount",
            );
            return None;
        }
        return Some(words.into());
    }
    let value = base.member("value").unwrap_or_else(|| base.clone());
    let value = value.all().into_iter().next()?;
    let part = |name: &str| value.member(name).or_else(|| base.member(name));
    let amount = |field: Option<Node<'_>>, mapping: &mut Mapping| -> (Option<f64>, Option<f64>) {
        let Some(field) = field else {
            return (None, None);
        };
        let (low, high) = match field.value {
            Value::Number(number) => (number.as_f64(), number.as_f64()),
            Value::String(_) => range_in(&field.text().unwrap_or_default()),
            _ => {
                mapping.wrong_type(&field, "a number");
                return (None, None);
            }
        };
        match (low, high) {
            (Some(low), Some(high))
                if (0.0..=1e9).contains(&low) && (0.0..=1e9).contains(&high) =>
            {
                let is_offer = |amount: &f64| *amount > 0.0;
                if !is_offer(&high) {
                    mapping.warn(&*field.pointer, "no_amount", "left out: 0 is no pay");
                }
                (Some(low).filter(is_offer), Some(high).filter(is_offer))
            }
            (Some(_), _) => {
                let detail = "left out; send amounts from 0 to 1,000,000,000";
                mapping.warn(&*field.pointer, "out_of_range", detail);
                (None, None)
            }
            _ => {
                let detail = "left out: this names no amount; send a number";
                mapping.warn(&*field.pointer, "no_amount", detail);
                (None, None)
            }
        }
    };
    let low = part("minValue").or_else(|| part("minPrice"));
    let high = part("maxValue").or_else(|| part("maxPrice"));
    let (low, high) = (amount(low, mapping), amount(high, mapping));
    // A range may be written in one of the two fields.
    let (mut min, mut max) = (low.0, high.1.or(low.1.filter(|_| low.1 != low.0)));
    if min.is_none() && max.is_none() {
        let one = if value.value.is_object() {
            value.member("value").or_else(|| value.member("price"))
        } else {
            Some(value.clone())
        };
        (min, max) = amount(one, mapping);
    }
    if min.is_none() && max.is_none() {
        return None;
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        let detail = "left out; send a minValue that is not above the maxValue";
        mapping.warn(&*value.pointer, "min_above_max", detail);
        return None;
    }
    let currency = part("currency")
        .or_else(|| part("priceCurrency"))
        .or_else(|| posting.member("salaryCurrency"));
    let unit = part("unitText").or_else(|| part("unitCode"));
    let mut salary = Map::new();
    if min == max {
        salary.insert("amount".to_owned(), min.into());
    } else {
        for (name, end) in [("min", min), ("max", max)] {
            if let Some(end) = end {
                salary.insert(name.to_owned(), end.into());
            }
        }
    }
    if let Some(currency) = currency {
        let Some(code) = currency.text().and_then(|text| currency_code(&text)) else {
            let detail = "the pay is left out; send an ISO 4217 code of three letters, such as EUR";
            mapping.warn(&*currency.pointer, "unknown_value", detail);
            return None;
        };
        salary.insert("currency".to_owned(), code.into());
    }
    if let Some(unit) = unit {
        let period = period_of_pay(&unit, currency_of(&salary), [min, max], mapping)?;
        salary.insert("period".to_owned(), period.as_str().into());
    }
    Some(Value::Object(salary))
}

/// Returns the period that a unit names, else the period inferred from the size of the amounts;
/// warns about an unknown unit.
fn period_of_pay(
    unit: &Node<'_>,
    currency: Option<&str>,
    ends: [Option<f64>; 2],
    mapping: &mut Mapping,
) -> Option<SalaryPeriod> {
    let words = unit.text().unwrap_or_default();
    if let Some(period) = period_of(&words) {
        return Some(period);
    }
    let is_yearly = is_yearly_by_size(&words, currency, ends);
    let detail = if is_yearly {
        "this unit is not known; by its size the pay is read as that of a year: send HOUR, DAY, WEEK, MONTH or \
         YEAR"
    } else {
        "this unit is not known and the amount does not tell it, so the pay is left out; send HOUR, DAY, WEEK, \
         MONTH or YEAR"
    };
    mapping.warn(&*unit.pointer, "unknown_value", detail);
    is_yearly.then_some(SalaryPeriod::Year)
}

fn currency_of(salary: &Map<String, Value>) -> Option<&str> {
    salary.get("currency").and_then(Value::as_str)
}

/// True if amounts of an unknown unit can only be yearly pay: they are too large for a month, and
/// the unit names no work that is paid as a whole.
fn is_yearly_by_size(unit: &str, currency: Option<&str>, ends: [Option<f64>; 2]) -> bool {
    const CURRENCIES: [&str; 6] = ["EUR", "USD", "GBP", "CHF", "CAD", "AUD"];
    const YEARLY: RangeInclusive<f64> = 20_000.0..=300_000.0;
    const WHOLES: [&str; 12] = [
        "assignment",
        "contract",
        "contrat",
        "forfait",
        "job",
        "mission",
        "piece",
        "prestation",
        "project",
        "projet",
        "tache",
        "task",
    ];
    let folded = fold(unit);
    let is_of_whole = folded.split([' ', '\'']).any(|word| WHOLES.contains(&word));
    !is_of_whole
        && currency.is_some_and(|currency| CURRENCIES.contains(&currency))
        && ends.into_iter().flatten().all(|end| YEARLY.contains(&end))
}

/// Returns the period of a unit in words or as a UN/CEFACT code.
fn period_of(unit: &str) -> Option<SalaryPeriod> {
    match unit.trim() {
        "HUR" => Some(SalaryPeriod::Hour),
        "DAY" => Some(SalaryPeriod::Day),
        "WEE" => Some(SalaryPeriod::Week),
        "MON" => Some(SalaryPeriod::Month),
        "ANN" => Some(SalaryPeriod::Year),
        words => SalaryPeriod::parse(words),
    }
}

/// Reads a text that is one amount or a range.
fn range_in(words: &str) -> (Option<f64>, Option<f64>) {
    if words.trim_start().starts_with(['-', '−']) {
        return (decimal(words).or(Some(-1.0)), None);
    }
    let found: Vec<_> = amounts(words).take(3).collect();
    match &*found {
        [one] => (Some(one.value), Some(one.value)),
        [low, high] if joins_range(&words[low.end..high.start]) => {
            // « 32 - 38 k€ »: the thousands apply to both amounts.
            let each = if high.in_thousands && !low.in_thousands && low.value < 1_000.0 {
                1_000.0
            } else {
                1.0
            };
            (Some(low.value * each), Some(high.value))
        }
        _ => (None, None),
    }
}

/// Returns the codes in `occupationalCategory` and `relevantOccupation`, with their origins.
fn occupation_codes(posting: &Node<'_>) -> Vec<(Value, String)> {
    let mut fields = posting.entries("occupationalCategory");
    for occupation in posting.entries("relevantOccupation") {
        let categories = occupation.entries("occupationalCategory");
        fields.extend(categories);
        fields.push(occupation);
    }
    let mut codes: Vec<(Value, String)> = Vec::new();
    for field in fields {
        let scheme = ["inCodeSet", "inDefinedTermSet"]
            .iter()
            .find_map(|name| field.member(name))
            .and_then(|set| label(&set).or_else(|| text(set.value.get("url"))))
            .unwrap_or_default();
        let code = [
            "codeValue",
            "termCode",
            "@id",
            "url",
            "identifier",
            "sameAs",
            "name",
        ];
        let texts = match field.text() {
            Some(text) => vec![text],
            None => code
                .iter()
                .filter_map(|name| label(&field.member(name)?))
                .collect(),
        };
        for code in texts
            .iter()
            .flat_map(|text| OccupationCode::all_in(text, &scheme))
        {
            let code = Value::from(code.to_string());
            if !codes.iter().any(|(known, _)| *known == code) {
                codes.push((code, field.pointer.clone()));
            }
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::job_posting_document;
    use crate::profiles::{
        contract::ContractType,
        education::EducationLevel,
        foreign_documents::{Normalised, mapped},
        job_posting::{ExperienceRange, JobPosting},
        location::{Coordinates, Location, RemoteMode},
        profile_document::ProfileDocument,
        profile_kind::ProfileKind,
        salary::{SalaryPeriod, SalaryRange},
    };

    fn read(document: &Value) -> JobPosting {
        JobPosting::from_document(&mapped_from(document).document).unwrap()
    }

    fn mapped_from(document: &Value) -> Normalised {
        mapped(
            ProfileKind::JobPosting,
            &ProfileDocument::of(document),
            None,
        )
        .unwrap()
    }

    fn warned(document: &Value) -> Vec<(String, &'static str)> {
        let warnings = mapped_from(document).warnings.into_iter();
        warnings
            .map(|warning| (warning.pointer, warning.code))
            .collect()
    }

    fn posting_with(name: &str, value: Value) -> JobPosting {
        let mut document = json!({"@context": "https://schema.org", "@type": "JobPosting"});
        document[name] = value;
        read(&document)
    }

    #[test]
    fn a_posting_is_mapped() {
        let posting = read(&json!({
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "identifier": {"@type": "PropertyValue", "name": "ACME", "value": "1234"},
            "title": "D&eacute;veloppeur Rust",
            "description": "<p>Vous <b>développez</b>.</p>",
            "qualifications": "Rigueur",
            "skills": ["Rust", {"@type": "DefinedTerm", "name": "SQL"}],
            "experienceRequirements": {"@type": "OccupationalExperienceRequirements",
                                       "monthsOfExperience": 36},
            "educationRequirements": [{"credentialCategory": "postgraduate degree"},
                                      {"credentialCategory": "bachelor degree"}],
            "employmentType": ["CONTRACTOR"],
            "jobLocation": {"@type": "Place",
                "address": {"streetAddress": "1 rue X", "addressLocality": "Lyon",
                            "postalCode": "69003", "addressCountry": {"name": "FR"}},
                "geo": {"latitude": "45.76", "longitude": 4.84}},
            "jobLocationType": "TELECOMMUTE",
            "baseSalary": {"@type": "MonetaryAmount", "currency": "EUR",
                "value": {"minValue": 45000, "maxValue": "55000", "unitText": "YEAR"}},
            "industry": ["Software"],
            "datePosted": "2026-01-01",
            "validThrough": "2026-03-01T00:00",
            "hiringOrganization": {"name": "ACME", "logo": "https://example.org"}
        }));
        assert_eq!(
            posting,
            JobPosting {
                id: None,
                title: Some("Développeur Rust".to_owned()),
                description: Some("Vous développez.\nRigueur".to_owned()),
                required_skills: vec![
                    crate::profiles::skill::Skill::named("Rust"),
                    crate::profiles::skill::Skill::named("SQL")
                ],
                experience_years: Some(ExperienceRange {
                    min: Some(3.0),
                    max: None
                }),
                education: Some(crate::profiles::education::Education {
                    level: Some(EducationLevel::Bachelor),
                    field: None,
                    in_progress: None,
                }),
                location: Some(Location {
                    city: Some("Lyon".to_owned()),
                    country: Some("FR".to_owned()),
                    coordinates: Some(Coordinates {
                        latitude: 45.76,
                        longitude: 4.84
                    }),
                }),
                remote: Some(RemoteMode::Remote),
                contract_type: Some(ContractType::Freelance),
                salary: Some(SalaryRange {
                    min: Some(45_000.0),
                    max: Some(55_000.0),
                    currency: Some("EUR".to_owned()),
                    period: Some(SalaryPeriod::Year),
                    is_net: false,
                }),
                industry: Some("Software".to_owned()),
                ..JobPosting::default()
            }
        );
    }

    #[test]
    fn a_posting_is_found_in_a_list_and_in_a_graph() {
        let node = json!({"@type": ["Thing", "https://schema.org/JobPosting"], "title": "Welder"});
        for document in [
            json!([{"@type": "WebSite"}, node]),
            json!({"@context": "https://schema.org", "@graph": [5, node]}),
        ] {
            assert_eq!(read(&document).title.as_deref(), Some("Welder"));
        }
        assert!(job_posting_document(&json!({"@graph": []})).is_none());
    }

    #[test]
    fn free_text_requirements_are_read_if_they_are_specific() {
        let years =
            |text: &str| posting_with("experienceRequirements", json!(text)).experience_years;
        let five = ExperienceRange {
            min: Some(5.0),
            max: None,
        };
        assert_eq!(years("At least 5 years in sales"), Some(five));
        assert_eq!(years("no requirements"), None);
        let education = posting_with("educationRequirements", json!("Master en droit")).education;
        assert_eq!(education.unwrap().level, Some(EducationLevel::Master));
        let education = posting_with("educationRequirements", json!("a good heart")).education;
        assert_eq!(education, None);
    }

    #[test]
    fn pay_is_read_from_several_structures() {
        for (pay, min, max) in [
            (json!(50000), 50e3, 50e3),
            (json!("45k€ - 50k€"), 45e3, 50e3),
            (json!({"currency": "EUR", "value": "50000"}), 50e3, 50e3),
            (
                json!({"value": {"value": 20, "unitText": "HOUR"}}),
                20.0,
                20.0,
            ),
            (json!({"minValue": 1, "maxValue": 2}), 1.0, 2.0),
        ] {
            let salary = posting_with("baseSalary", pay.clone()).salary.unwrap();
            assert_eq!((salary.min, salary.max), (Some(min), Some(max)), "{pay}");
        }
        assert_eq!(
            posting_with("baseSalary", json!({"value": []})).salary,
            None
        );
    }

    #[test]
    fn an_address_in_one_text_is_cut_after_the_city() {
        let address = json!({"address": "12 rue de la Paix, 69003 Lyon, France"});
        let location = posting_with("jobLocation", address).location.unwrap();
        assert_eq!(location.city.as_deref(), Some("Lyon"));
        let anywhere = json!({"@type": "Country", "name": "France"});
        let location = posting_with("applicantLocationRequirements", anywhere).location;
        assert_eq!(location.unwrap().country.as_deref(), Some("France"));
    }

    #[test]
    fn all_places_of_an_address_in_one_text_are_kept_each_with_its_country() {
        let place = json!({
            "address": "Paris, France / Berlin, Germany",
            "geo": {"latitude": 48.85, "longitude": 2.35},
        });
        let posting = posting_with("jobLocation", place);
        let first = posting.location.unwrap();
        let city_and_country = |place: &Location| (place.city.clone(), place.country.clone());
        let pair = |city: &str, country: &str| (Some(city.to_owned()), Some(country.to_owned()));
        assert_eq!(city_and_country(&first), pair("Paris", "France"));
        assert!(first.coordinates.is_some());
        let others: Vec<_> = posting
            .other_locations
            .iter()
            .map(city_and_country)
            .collect();
        assert_eq!(others, [pair("Berlin", "Germany")]);
        assert_eq!(posting.other_locations[0].coordinates, None);
        let place = json!({"@type": "Place", "name": "France ou Belgique"});
        let posting = posting_with("jobLocation", place);
        assert_eq!(posting.location.unwrap().country.as_deref(), Some("France"));
        let others: Vec<_> = posting
            .other_locations
            .iter()
            .map(city_and_country)
            .collect();
        assert_eq!(others, [(None, Some("Belgique".to_owned()))]);
    }

    #[test]
    fn sentences_among_the_skills_join_the_description() {
        let sentence = "a long sentence ".repeat(20);
        let posting = posting_with("skills", json!(["Rust, SQL", sentence]));
        let names: Vec<_> = posting
            .required_skills
            .iter()
            .map(|skill| &*skill.name)
            .collect();
        assert_eq!(names, ["Rust", "SQL"]);
        assert_eq!(posting.description.as_deref(), Some(sentence.trim()));
    }

    #[test]
    fn malformed_fields_are_ignored() {
        let posting = read(&json!({
            "@type": "JobPosting", "title": 5, "description": {}, "skills": {"a": 1},
            "identifier": {"value": "ABC-1"}, "employmentType": [1, "FULL_TIME"],
            "experienceRequirements": {"monthsOfExperience": "many"}, "jobLocation": [[]],
            "educationRequirements": [null], "baseSalary": {}, "jobLocationType": {},
            "industry": [], "jobStartDate": "sometime",
        }));
        assert_eq!(posting, JobPosting::default());
    }
    #[test]
    fn a_posting_is_found_wherever_json_ld_puts_it() {
        let posting = json!({"@type": "JobPosting", "title": "Plombier"});
        for document in [
            json!({"@type": "WebPage", "mainEntity": posting}),
            json!({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": posting}]}),
            json!({"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "mainEntity": posting}]}),
            json!({"@graph": {"@type": "jobposting", "title": "Plombier"}}),
            json!({"@type": "https://schema.org/JobPosting", "https://schema.org/title": [{"@value": "Plombier"}]}),
            json!([[posting]]),
        ] {
            assert_eq!(
                read(&document).title.as_deref(),
                Some("Plombier"),
                "{document}"
            );
        }
        let place =
            json!({"@id": "#lyon", "address": {"addressLocality": "Lyon", "addressCountry": "FR"}});
        let posting = json!({"@type": "JobPosting", "title": "x", "jobLocation": {"@id": "#lyon"}});
        let location = read(&json!({"@graph": [posting, place]})).location.unwrap();
        assert_eq!(location.city.as_deref(), Some("Lyon"));
        for other in [
            json!({"@context": "https://schema.org", "@type": "WebPage", "mainEntity": {"@type": "Person"}}),
            json!({"@graph": [{"@type": "Organization", "name": "x"}]}),
            json!({"@type": "ItemList", "itemListElement": []}),
        ] {
            assert!(JobPosting::from_document(&other).is_err(), "{other}");
        }
    }

    #[test]
    fn warnings_name_the_fields_as_the_sender_wrote_them() {
        for (document, pointer) in [
            (
                json!({"@context": {"schema": "https://schema.org/"},
                    "schema:mainEntity": {"@type": "JobPosting", "title": "Plombier",
                    "baseSalary": {"value": {"value": 20, "unitText": "PROJECT"}}}}),
                "/schema:mainEntity/baseSalary/value/unitText",
            ),
            (
                json!({"@type": "JobPosting", "title": "Plombier",
                    "https://schema.org/baseSalary": {"@list": [{"schema:value":
                        {"value": 20, "schema:unitText": "PROJECT"}}]}}),
                "/https:~1~1schema.org~1baseSalary/@list/0/schema:value/schema:unitText",
            ),
            (
                json!({"@graph": [
                    {"@type": "JobPosting", "title": "Plombier", "baseSalary": {"@id": "#pay"}},
                    {"@id": "#pay", "value": {"value": 20, "unitText": "PROJECT"}},
                ]}),
                "/@graph/0/baseSalary",
            ),
        ] {
            let mapped = mapped_from(&document);
            let pointers: Vec<_> = mapped.warnings.iter().map(|one| &*one.pointer).collect();
            assert_eq!(pointers, [pointer], "{document}");
            assert!(document.pointer(pointer).is_some(), "{document}");
        }
    }

    #[test]
    fn the_main_one_of_several_postings_is_read_with_a_warning() {
        let one = |title: &str| json!({"@type": "JobPosting", "title": title});
        let page = json!({"@graph": [one("a"), one("b")], "mainEntity": one("c")});
        assert_eq!(read(&page).title.as_deref(), Some("c"));
        assert_eq!(
            warned(&page),
            [("/@graph/0".to_owned(), "several_postings")]
        );
        let list = json!([one("a"), one("b")]);
        assert_eq!(read(&list).title.as_deref(), Some("a"));
        assert_eq!(warned(&list), [("/1".to_owned(), "several_postings")]);
    }

    #[test]
    fn an_identifier_never_becomes_the_id() {
        for identifier in [
            json!(42),
            json!("42"),
            json!({"value": 42}),
            json!([{"value": "42"}]),
        ] {
            let document = json!({"@type": "JobPosting", "title": "x", "identifier": identifier});
            assert_eq!(read(&document).id, None, "{document}");
            let reference = &mapped_from(&document).document["reference"];
            assert_eq!(reference.to_string().trim_matches('"'), "42");
        }
        let own = json!({"@type": "JobPosting", "id": 7, "identifier": 42});
        assert_eq!(read(&own).id, Some(7));
    }

    #[test]
    fn html_in_lists_and_texts_is_decoded() {
        let names = |value: Value| -> Vec<String> {
            let skills = posting_with("skills", value).required_skills;
            skills.into_iter().map(|skill| skill.name).collect()
        };
        assert_eq!(names(json!("C&#43;&#43;, C&#35;")), ["C++", "C#"]);
        assert_eq!(
            names(json!("<ul><li>Java</li><li>SQL</li></ul>")),
            ["Java", "SQL"]
        );
        assert_eq!(
            names(json!(
                "&lt;ul&gt;&lt;li&gt;Java&lt;/li&gt;&lt;li&gt;SQL&lt;/li&gt;&lt;/ul&gt;"
            )),
            ["Java", "SQL"]
        );
        assert_eq!(
            names(json!(["R&amp;D", "AWS (EC2, S3); Docker"])),
            ["R&D", "AWS (EC2, S3)", "Docker"]
        );
        assert_eq!(
            names(json!("• Java<br/>• List&lt;String&gt;")),
            ["Java", "List<String>"]
        );
        assert_eq!(
            posting_with("industry", json!("B&acirc;timent"))
                .industry
                .as_deref(),
            Some("Bâtiment")
        );
        let place = json!({"address": {"addressLocality": "Saint-&Eacute;tienne"}});
        let city = posting_with("jobLocation", place).location.unwrap().city;
        assert_eq!(city.as_deref(), Some("Saint-Étienne"));
        let own = JobPosting::from_document(&json!({
            "title": "D&eacute;veloppeur", "skills": "C&#43;&#43;, <b>Rust</b>", "description": "a < b && c",
        }));
        let own = own.unwrap();
        assert_eq!(own.title.as_deref(), Some("Développeur"));
        assert_eq!(own.required_skills.len(), 2);
        assert_eq!(own.description.as_deref(), Some("a < b && c"));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn invalid_values_of_a_posting_are_dropped_with_a_warning() {
        for (name, value, pointer, code) in [
            (
                "baseSalary",
                json!({"currency": "EUR", "value": "Selon profil"}),
                "/baseSalary/value",
                "no_amount",
            ),
            (
                "baseSalary",
                json!("Selon profil"),
                "/baseSalary",
                "no_amount",
            ),
            (
                "baseSalary",
                json!({"value": {"minValue": 2000, "maxValue": 0, "unitText": "MONTH"}}),
                "/baseSalary/value/maxValue",
                "no_amount",
            ),
            (
                "baseSalary",
                json!({"value": {"minValue": -5, "maxValue": 10}}),
                "/baseSalary/value/minValue",
                "out_of_range",
            ),
            (
                "baseSalary",
                json!({"value": {"minValue": 20, "maxValue": 10}}),
                "/baseSalary/value",
                "min_above_max",
            ),
            (
                "baseSalary",
                json!({"value": {"value": 1200, "unitText": "PROJECT"}}),
                "/baseSalary/value/unitText",
                "unknown_value",
            ),
            (
                "baseSalary",
                json!({"currency": "a lot", "value": 5}),
                "/baseSalary/currency",
                "unknown_value",
            ),
            (
                "experienceRequirements",
                json!("the right one"),
                "/experienceRequirements",
                "unknown_value",
            ),
            (
                "experienceRequirements",
                json!({"monthsOfExperience": 5000}),
                "/experienceRequirements",
                "out_of_range",
            ),
            (
                "experienceRequirements",
                json!({"monthsOfExperience": "many"}),
                "/experienceRequirements/monthsOfExperience",
                "wrong_type",
            ),
            (
                "educationRequirements",
                json!("a good heart"),
                "/educationRequirements",
                "unknown_value",
            ),
            (
                "employmentType",
                json!("BARTER"),
                "/employmentType",
                "unknown_value",
            ),
            (
                "employmentType",
                json!(["FULL_TIME", "CONTRACTOR"]),
                "/employmentType",
                "ambiguous_contract",
            ),
            (
                "jobStartDate",
                json!("sometime"),
                "/jobStartDate",
                "unreadable_date",
            ),
            (
                "jobStartDate",
                json!("1066-10-14"),
                "/jobStartDate",
                "out_of_range",
            ),
            ("title", json!(5), "/title", "wrong_type"),
            ("id", json!("A-7"), "/id", "wrong_type"),
            (
                "salary",
                json!({"currency": "EUR", "period": "project", "min": 1}),
                "/salary/period",
                "unknown_value",
            ),
            ("industry", json!("x".repeat(300)), "/industry", "too_long"),
            (
                "jobLocation",
                json!({"geo": {"latitude": 0, "longitude": "0.0"}}),
                "/jobLocation/geo",
                "no_place",
            ),
            (
                "jobLocation",
                json!({"latitude": 99, "longitude": 1}),
                "/jobLocation",
                "out_of_range",
            ),
        ] {
            let mut document = json!({"@type": "JobPosting"});
            document[name] = value;
            let _ = read(&document);
            assert_eq!(
                warned(&document),
                [(pointer.to_owned(), code)],
                "{document}"
            );
            // The pointer refers to the sender's document, wherever the posting is nested.
            let page = json!({"@graph": [document]});
            assert_eq!(
                warned(&page),
                [(format!("/@graph/0{pointer}"), code)],
                "{page}"
            );
        }
    }

    #[test]
    fn pay_in_words_or_beside_a_zero_is_read() {
        for (value, min, max) in [
            (
                json!({"value": "32 000 - 38 000", "unitText": "YEAR"}),
                Some(32e3),
                Some(38e3),
            ),
            (json!("32 - 38 k€"), Some(32e3), Some(38e3)),
            (
                json!({"minValue": "30k€", "unitText": "ANN"}),
                Some(30e3),
                None,
            ),
            (
                json!({"minValue": 2000, "maxValue": 0, "unitText": "MONTH"}),
                Some(2e3),
                None,
            ),
            (
                json!({"minValue": 0, "maxValue": 2000, "unitText": "MONTH"}),
                None,
                Some(2e3),
            ),
        ] {
            let base = json!({"currency": "EUR", "value": value});
            let salary = posting_with("baseSalary", base.clone()).salary.unwrap();
            assert_eq!((salary.min, salary.max), (min, max), "{base}");
        }
        let none = json!({"value": {"minValue": 0, "maxValue": 0, "unitText": "MONTH"}});
        assert_eq!(posting_with("baseSalary", none).salary, None);
    }

    #[test]
    fn pay_of_an_unknown_unit_is_read_if_its_size_is_unambiguous() {
        for (amount, unit, currency, is_read) in [
            (42_000, "BRUT", "EUR", true),
            (42_000, "PROJECT", "EUR", false),
            (42_000, "BRUT", "INR", false),
            (4_200, "BRUT", "EUR", false),
            (42, "BRUT", "EUR", false),
        ] {
            let base = json!({"currency": currency, "value": {"value": amount, "unitText": unit}});
            let document = json!({"@type": "JobPosting", "title": "x", "baseSalary": base});
            let mapped = mapped_from(&document);
            let period = &mapped.document["salary"]["period"];
            let expected = if is_read { json!("year") } else { Value::Null };
            assert_eq!(*period, expected, "{document}");
            assert_eq!(&*mapped.warnings[0].pointer, "/baseSalary/value/unitText");
        }
    }

    #[test]
    fn several_places_and_contracts_become_lists() {
        let place =
            |city: &str| json!({"address": {"addressLocality": city, "addressCountry": "FR"}});
        let two = posting_with("jobLocation", json!("Paris, Lyon, France"));
        let cities = [
            two.location.unwrap().city,
            two.other_locations[0].city.clone(),
        ];
        assert_eq!(cities, [Some("Paris".to_owned()), Some("Lyon".to_owned())]);
        let document = json!({"@type": "JobPosting", "title": "x",
            "jobLocation": [place("Paris"), place("Lyon"), place("Paris"), "Nantes, France"],
            "employmentType": "CDI, CDD"});
        let mapped = mapped_from(&document).document;
        let cities: Vec<_> = mapped["location"]
            .as_array()
            .unwrap()
            .iter()
            .map(|place| &place["city"])
            .collect();
        assert_eq!(cities, ["Paris", "Lyon", "Nantes"]);
        assert_eq!(mapped["contract_type"], json!(["permanent", "fixed_term"]));
        assert!(JobPosting::from_document(&mapped).is_ok());
        let remote = json!({"@type": "JobPosting", "jobLocationType": "TELECOMMUTE", "jobLocation": place("Paris"),
            "applicantLocationRequirements": [{"@type": "Country", "name": "US"}, {"@type": "Country", "name": "CA"}]});
        assert_eq!(
            mapped_from(&remote).document["location"],
            json!([{"country": "US"}, {"country": "CA"}])
        );
    }

    #[test]
    fn coordinates_are_read_from_geo_or_the_place() {
        for place in [
            json!({"latitude": 45.76, "longitude": "4.84"}),
            json!({"geo": {"latitude": 45.76, "longitude": 4.84}}),
            json!({"address": {"geo": [{"latitude": "45,76", "longitude": 4.84}]}}),
        ] {
            let location = posting_with("jobLocation", place.clone()).location.unwrap();
            let expected = Coordinates {
                latitude: 45.76,
                longitude: 4.84,
            };
            assert_eq!(location.coordinates, Some(expected), "{place}");
        }
    }

    #[test]
    fn occupation_codes_are_carried() {
        let codes = |document: Value| -> Vec<String> {
            let codes = read(&document).occupation_codes;
            codes.iter().map(ToString::to_string).collect()
        };
        for category in [
            json!("15-1252.00"),
            json!(["15-1252.00 Software Developers", "x"]),
            json!({"@type": "CategoryCode", "codeValue": "15-1252.00", "inCodeSet": "O*NET-SOC"}),
        ] {
            let document = json!({"@type": "JobPosting", "occupationalCategory": category});
            assert_eq!(codes(document), ["onet:15-1252.00"], "{category}");
        }
        let relevant = json!({"@type": "Occupation", "name": "Développeur",
            "occupationalCategory": [{"codeValue": "M1805", "inCodeSet": {"name": "ROME"}}, {"codeValue": "2512", "inCodeSet": "ISCO-08"}]});
        let document = json!({"@type": "JobPosting", "relevantOccupation": relevant});
        assert_eq!(codes(document), ["rome:M1805", "isco:2512"]);
    }

    #[test]
    fn hostile_documents_are_read_in_bounded_time() {
        let mut deep = json!({"@type": "JobPosting", "title": "x"});
        for _ in 0..100 {
            deep = json!({"@graph": [deep]});
        }
        assert!(job_posting_document(&deep).is_none());
        let wide = json!({"@graph": vec![json!({"@graph": []}); 20_000]});
        assert!(job_posting_document(&wide).is_none());
        let looped = json!({"@graph": [{"@type": "JobPosting", "title": "x", "jobLocation": {"@id": "#a"}},
            {"@id": "#a", "address": {"@id": "#a"}, "geo": {"@id": "#a"}}]});
        assert_eq!(read(&looped).title.as_deref(), Some("x"));
        let words = json!({"@type": "JobPosting", "title": "x", "skills": "<li>\u{fffd}🦀, ".repeat(10_000),
            "experienceRequirements": "Bac+".repeat(10_000), "educationRequirements": "&amp;".repeat(10_000)});
        let _ = read(&words);
    }
}
