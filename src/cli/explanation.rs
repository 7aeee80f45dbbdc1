//! Formats a result document as a page for the terminal.
//!
//! Works on the document rather than on the engine's types, so that the page shows what is stored.

use anyhow::Context;
use serde_json::Value;

use matching_engine::scoring::{Criterion, Language, ResultDocument};

/// The width of a page, in columns.
const WIDTH: usize = 96;

/// The labels of a page in one language.
struct Labels {
    decimal: char,
    candidate: &'static str,
    job_posting: &'static str,
    /// Precedes the score without the cap of an unmet must-have.
    before: &'static str,
    /// Follows the score.
    confidence: &'static str,
    must_haves: &'static str,
    must_haves_met: &'static str,
    criteria: &'static str,
    score: &'static str,
    weight: &'static str,
    skills: &'static str,
    matched: &'static str,
    /// Precedes the name that the candidate uses.
    stated_as: &'static str,
    related: &'static str,
    missing: &'static str,
    required: &'static str,
    additional: &'static str,
    strengths: &'static str,
    gaps: &'static str,
    changes: &'static str,
    questions: &'static str,
    recommendation: &'static str,
}

const ENGLISH: Labels = Labels {
    decimal: '.',
    candidate: "candidate",
    job_posting: "job posting",
    before: "held down by a must-have; without it",
    confidence: "confidence",
    must_haves: "Must-haves not met or to be asked about",
    must_haves_met: "Must-haves met",
    criteria: "Criteria",
    score: "score",
    weight: "weight",
    skills: "Skills",
    matched: "matched",
    stated_as: "as",
    related: "related",
    missing: "not named",
    required: "required",
    additional: "additional",
    strengths: "Strengths",
    gaps: "Gaps",
    changes: "What would raise the score most",
    questions: "Questions for the interview",
    recommendation: "Recommendation",
};

const FRENCH: Labels = Labels {
    decimal: ',',
    candidate: "candidature",
    job_posting: "annonce",
    before: "plafonné par une condition indispensable ; sans elle",
    confidence: "confiance",
    must_haves: "Conditions indispensables non remplies ou à vérifier",
    must_haves_met: "Conditions indispensables remplies",
    criteria: "Critères",
    score: "score",
    weight: "poids",
    skills: "Compétences",
    matched: "présentes",
    stated_as: "sous le nom",
    related: "voisines",
    missing: "non nommées",
    required: "requise",
    additional: "en plus",
    strengths: "Points forts",
    gaps: "Points faibles",
    changes: "Ce qui ferait le plus monter le score",
    questions: "Questions pour l'entretien",
    recommendation: "Recommandation",
};

/// Returns the page, with a line break at its end.
///
/// # Errors
/// Never for a document of this engine, whose text is JSON.
pub(super) fn page(document: &ResultDocument, language: Language) -> anyhow::Result<String> {
    let told: Value = serde_json::from_str(&document.to_text(language))
        .context("the result document is not JSON")?;
    let labels = match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    let mut page = Page {
        text: String::new(),
        labels,
    };
    page.head(&told, language);
    page.sentences(labels.must_haves, &told["knockouts"], "reason", |one| {
        if one["status"] == "not_met" {
            "✗"
        } else {
            "?"
        }
    });
    page.sentences(
        labels.must_haves_met,
        &told["must_haves_met"],
        "name",
        |_| "✓",
    );
    page.criteria(document, &told, language);
    page.skills(document, &told["criteria"]["skills"], language);
    page.sentences(labels.strengths, &told["strengths"], "", |_| "+");
    page.sentences(labels.gaps, &told["gaps"], "", |_| "-");
    page.sentences(
        labels.changes,
        &told["counterfactuals"],
        "sentence",
        |_| "↑",
    );
    page.sentences(labels.questions, &told["questions"], "", |_| "?");
    page.title(labels.recommendation);
    page.paragraph("  ", "  ", text(&told["recommendation"]));
    if let Some(sentence) = told["not_judged"].as_str() {
        page.paragraph("  ", "  ", sentence);
    }
    Ok(page.text)
}

struct Page {
    text: String,
    labels: &'static Labels,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        self.line("");
        self.line(title);
    }

    /// Appends text, wrapped at spaces.
    fn paragraph(&mut self, first: &str, next: &str, text: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in text.split(' ') {
            let length = line.chars().count() + word.chars().count() + 1;
            if !is_empty && length > WIDTH {
                self.line(&line);
                next.clone_into(&mut line);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }

    fn number(&self, value: &Value, digits: usize) -> String {
        let value = value.as_f64().unwrap_or_default();
        format!("{value:.digits$}").replace('.', self.labels.decimal.to_string().as_str())
    }

    fn head(&mut self, told: &Value, language: Language) {
        let labels = self.labels;
        let mut line = format!(
            "{}  {}",
            self.number(&told["score"], 4),
            category(text(&told["category"]), language)
        );
        let confidence = self.number(&told["confidence"], 2);
        line = format!("{line} · {} {confidence}", labels.confidence);
        for (label, id) in [
            (labels.candidate, &told["candidate_id"]),
            (labels.job_posting, &told["job_posting_id"]),
        ] {
            if !id.is_null() {
                line = format!("{line} · {label} {id}");
            }
        }
        self.line(&line);
        let before = told.get("score_before_knockouts");
        if let Some(before) = before.filter(|before| Some(*before) != told.get("score")) {
            let before = self.number(before, 4);
            self.line(&format!("({} {before})", labels.before));
        }
    }

    /// Appends sentences, or objects with one sentence each, as a list.
    fn sentences(
        &mut self,
        title: &str,
        list: &Value,
        member: &str,
        mark: impl Fn(&Value) -> &'static str,
    ) {
        let list = items(list);
        if !list.is_empty() {
            self.title(title);
        }
        for one in list {
            let sentence = one.get(member).unwrap_or(one);
            self.paragraph(&format!("  {} ", mark(one)), "    ", text(sentence));
        }
    }

    fn criteria(&mut self, document: &ResultDocument, told: &Value, language: Language) {
        let (labels, indent) = (self.labels, " ".repeat(33));
        self.line("");
        self.line(&format!(
            "{:<16} {:>6} {:>7}",
            labels.criteria, labels.score, labels.weight
        ));
        for criterion in Criterion::ALL {
            let entry = &told["criteria"][criterion.as_str()];
            let numbers = if entry["score"].is_null() {
                ["–".to_owned(), "–".to_owned()]
            } else {
                [
                    self.number(&entry["score"], 2),
                    self.number(&entry["weight"], 3),
                ]
            };
            let [score, weight] = numbers;
            let name = criterion.label(language);
            let first = format!("  {name:<14} {score:>6} {weight:>7}  ");
            let sentence = document.sentence(criterion, language);
            self.paragraph(&first, &indent, &sentence);
        }
        let coverage = told["coverage"].as_f64().unwrap_or_default() * 100.0;
        self.line(&match language {
            Language::English => {
                format!("  Compared on {coverage:.0}% of the weight of the criteria.")
            }
            Language::French => {
                format!("  Comparaison sur {coverage:.0}\u{a0}% du poids des critères.")
            }
        });
    }

    fn skills(&mut self, document: &ResultDocument, skills: &Value, language: Language) {
        let labels = self.labels;
        let matched = items(&skills["matched"]).iter().map(|skill| {
            let name = text(&skill["name"]);
            match skill["stated_as"].as_str() {
                Some(stated) => format!("{name} ({} {stated})", labels.stated_as),
                None => name.to_owned(),
            }
        });
        let missing = items(&skills["missing"]).iter().map(|skill| {
            let name = text(&skill["name"]);
            if skill["required"] == true {
                format!("{name} ({})", labels.required)
            } else {
                name.to_owned()
            }
        });
        let additional = items(&skills["additional"])
            .iter()
            .map(|name| text(name).to_owned());
        let lists = [
            (labels.matched, matched.collect::<Vec<_>>().join(", ")),
            (labels.related, document.relations(language).join(" ")),
            (labels.missing, missing.collect::<Vec<_>>().join(", ")),
            (labels.additional, additional.collect::<Vec<_>>().join(", ")),
        ];
        if lists.iter().any(|(_, list)| !list.is_empty()) {
            self.title(labels.skills);
        }
        for (label, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
            self.paragraph(&format!("  {label:<12} "), &" ".repeat(15), list);
        }
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn category(name: &str, language: Language) -> &str {
    match (language, name) {
        (Language::French, "excellent") => "excellente correspondance",
        (Language::French, "good") => "bonne correspondance",
        (Language::French, "moderate") => "correspondance partielle",
        (Language::French, "weak") => "correspondance faible",
        (Language::French, "insufficient") => "correspondance insuffisante",
        (_, other) => other,
    }
}
