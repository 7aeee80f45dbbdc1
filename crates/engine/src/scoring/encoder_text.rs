//! The text of a profile that an external encoder may see.
//!
//! A vector can't be inspected, so everything that must not count in a score has to be removed
//! before the vector is computed. The text contains the title, the summary or description, and the
//! skills, without personal details and without clauses about private circumstances. The removal is
//! the same as for the text criterion, applied to the text as written.

use super::{negation, private_circumstances, text};
use crate::profiles::{
    candidate::Candidate,
    job_posting::JobPosting,
    personal_details::{OwnName, without_personal_details},
    profile_document::ProfileDocument,
    profile_kind::ProfileKind,
};

/// Maximum length of the text, in characters. Encoders read less: 512 tokens are about 2,000
/// characters, 2,048 are about 8,000.
const MOST_CHARACTERS: usize = 8_000;

/// Returns the text of a profile document for an external encoder, at most 8,000 characters.
/// Returns `None` if the document can't be read or if nothing remains.
///
/// ```
/// use matching_engine::profiles::{profile_document::ProfileDocument, profile_kind::ProfileKind};
/// use matching_engine::scoring::text_for_encoder;
///
/// let document = r#"{"name": "Jo Doe", "title": "Welder", "location": "Lyon", "skills": ["TIG"],
///     "summary": "Jo Doe. I weld, I am pregnant."}"#;
/// let document = ProfileDocument::parse(document).unwrap();
/// let text = text_for_encoder(ProfileKind::Candidate, &document);
/// assert_eq!(text.unwrap(), "Welder\nI weld\nTIG");
/// ```
#[must_use]
pub fn text_for_encoder(kind: ProfileKind, document: &ProfileDocument<'_>) -> Option<String> {
    let (own_name, title, long_text, skills) = match kind {
        ProfileKind::Candidate => {
            let candidate = Candidate::read(document).ok()?;
            let own_name = OwnName::of(document).beside(candidate.words_for_work());
            let Candidate {
                title,
                summary,
                skills,
                ..
            } = candidate;
            (own_name, title, summary, skills)
        }
        ProfileKind::JobPosting => {
            let posting = JobPosting::read(document).ok()?;
            let mut skills = posting.required_skills;
            skills.extend(posting.preferred_skills);
            let own_name = OwnName::default();
            (own_name, posting.title, posting.description, skills)
        }
    };
    let telling = |text: &str| {
        let rest = without_private_clauses(&without_personal_details(text, &own_name));
        Some(rest).filter(|rest| !rest.is_empty())
    };
    let mut skills: Vec<String> = (skills.iter())
        .filter_map(|skill| telling(&skill.name))
        .collect();
    // Sorted, because the order of skills must not matter.
    skills.sort_unstable();
    skills.dedup();
    let texts = [title.as_deref(), long_text.as_deref()];
    let mut parts: Vec<String> = texts
        .into_iter()
        .flatten()
        .filter_map(telling)
        .chain([skills.join(", ")])
        .collect();
    parts.retain(|part| !part.is_empty());
    let mut text = parts.join("\n");
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    Some(text).filter(|text| !text.is_empty())
}

/// Removes the clauses about private circumstances. The separators around such a clause are merged
/// into those that the text would have without it, so that a text that never had the clause gives
/// the same result.
fn without_private_clauses(text: &str) -> String {
    let words: Vec<text::Word> = text::placed_prose_words(text).collect();
    let negations = negation::negations(text, &words);
    let mut rest = String::with_capacity(text.len());
    // Separators since the last kept clause, if a clause was removed after it.
    let mut held: Option<String> = None;
    let (mut from, mut end) = (0, 0);
    while from < words.len() {
        let length = negations[from + 1..]
            .iter()
            .position(|negation| negation.begins_clause);
        let to = length.map_or(words.len(), |length| from + 1 + length);
        let folded: Vec<String> = words[from..to]
            .iter()
            .map(|word| word.folded.clone())
            .collect();
        let (start, clause_end) = (words[from].span.start, words[to - 1].span.end);
        let gap = text.get(end..start).unwrap_or_default();
        if private_circumstances::are_stated(&folded) {
            held = Some(stronger(held.as_deref().unwrap_or(gap), gap));
        } else {
            match held.take() {
                // Separators before the first kept clause are dropped.
                Some(_) if rest.trim().is_empty() => {}
                Some(before) => rest.push_str(&stronger(&before, gap)),
                None => rest.push_str(gap),
            }
            rest.push_str(text.get(start..clause_end).unwrap_or_default());
        }
        (from, end) = (to, clause_end);
    }
    let gap = text.get(end..).unwrap_or_default();
    match held {
        Some(_) if rest.trim().is_empty() => {}
        Some(before) => rest.push_str(&stronger(&before, gap)),
        None => rest.push_str(gap),
    }
    single_spaced(&rest)
}

/// Normalises whitespace: keeps the lines with a word, single-spaced, and trims bullets and
/// separators at both ends of the text, whose number may depend on what was removed.
fn single_spaced(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<String> = lines
        .filter(|line| line.contains(char::is_alphanumeric))
        .collect();
    let begins = |sign: char| sign.is_whitespace() || "-–•*,;:|".contains(sign);
    let ends = |sign: char| sign.is_whitespace() || ".,;:".contains(sign);
    let text = lines.join("\n");
    text.trim_start_matches(begins)
        .trim_end_matches(ends)
        .to_owned()
}

/// Returns the stronger of two runs of separators, without brackets; the second if they are equally
/// strong.
fn stronger(one: &str, other: &str) -> String {
    let rank = |signs: &str| {
        if signs.contains(['.', ';', '!', '?', '\n', '•', '|']) {
            2
        } else {
            u8::from(signs.contains(','))
        }
    };
    let signs = if rank(one) > rank(other) { one } else { other };
    signs.replace(['(', ')'], "")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::audit::Perturbation;

    fn of(kind: ProfileKind, document: &Value) -> Option<String> {
        text_for_encoder(kind, &ProfileDocument::of(document))
    }

    fn of_summary(summary: &str) -> Option<String> {
        let document = json!({"name": "Awa Diop", "title": "Comptable", "summary": summary,
            "skills": ["Sage"]});
        of(ProfileKind::Candidate, &document)
    }

    #[test]
    fn the_text_consists_of_title_summary_and_skills() {
        let candidate = json!({"id": 7, "title": "Welder", "summary": "Ships (since 2010), C++.",
            "skills": ["TIG", {"name": "MIG", "level": 4}, "TIG"], "location": "Brest",
            "languages": ["French"], "salary": 30_000, "industries": ["Naval"], "gender": "f"});
        let text = of(ProfileKind::Candidate, &candidate);
        assert_eq!(text.unwrap(), "Welder\nShips (since 2010), C++\nMIG, TIG");
        let posting = json!({"title": "Soudeur (H/F)", "description": "Tuyauterie.",
            "required_skills": ["TIG"], "preferred_skills": ["MIG"], "company": "Acme"});
        let text = of(ProfileKind::JobPosting, &posting);
        assert_eq!(text.unwrap(), "Soudeur (H/F)\nTuyauterie\nMIG, TIG");
    }

    #[test]
    fn the_order_of_skills_does_not_change_the_text() {
        let of = |skills: &[&str]| of(ProfileKind::Candidate, &json!({ "skills": skills }));
        assert_eq!(of(&["Rust", "SQL"]), of(&["SQL", "Rust"]));
    }

    #[test]
    fn personal_details_do_not_change_the_text() {
        let plain = of_summary("Tenue des comptes. Paie de 80 salariés.");
        assert_eq!(
            plain.as_deref(),
            Some("Comptable\nTenue des comptes. Paie de 80 salariés\nSage")
        );
        for summary in [
            "Awa Diop. Tenue des comptes. Paie de 80 salariés.",
            "Tenue des comptes. Née le 3 mai 1980 à Dakar. Paie de 80 salariés.",
            "Tenue des comptes. awa.diop@example.org. Paie de 80 salariés.",
            "Tenue des comptes. 39 ans. Paie de 80 salariés.",
            "Tenue des comptes. Nationalité sénégalaise. Paie de 80 salariés.",
        ] {
            assert_eq!(of_summary(summary), plain, "{summary}");
        }
    }

    #[test]
    fn private_circumstances_do_not_change_the_text() {
        let plain = of_summary("Tenue des comptes. Paie de 80 salariés.");
        for summary in [
            "En congé maternité. Tenue des comptes. Paie de 80 salariés.",
            "Tenue des comptes. En congé parental jusqu'en mai. Paie de 80 salariés.",
            "Tenue des comptes, en congé parental. Paie de 80 salariés.",
            "Tenue des comptes (enceinte de cinq mois). Paie de 80 salariés.",
            "Tenue des comptes. Paie de 80 salariés. Reconnue travailleuse handicapée.",
            "Tenue des comptes. Paie de 80 salariés, mariée.",
            "Tenue des comptes. I am disabled. I am on parental leave. Paie de 80 salariés.",
        ] {
            assert_eq!(of_summary(summary), plain, "{summary}");
        }
        let bullets = of_summary("- Tenue des comptes\n- Paie");
        let filtered = of_summary("- En congé maternité\n- Tenue des comptes\n- Paie\n- Mariée");
        assert_eq!(filtered, bullets);
        let skills = json!({"title": "Nurse", "skills": ["I am pregnant", "Triage"]});
        let text = of(ProfileKind::Candidate, &skills);
        assert_eq!(text.unwrap(), "Nurse\nTriage");
    }

    #[test]
    fn work_about_private_circumstances_is_kept() {
        let text = of_summary("Accompagnement de personnes en situation de handicap.");
        assert!(text.unwrap().contains("situation de handicap"));
        let posting = json!({"description": "Remplacement d'un congé maternité en comptabilité."});
        let text = of(ProfileKind::JobPosting, &posting);
        assert!(text.unwrap().contains("congé maternité"));
    }

    #[test]
    fn a_name_among_skills_and_contacts_of_a_posting_are_removed() {
        let candidate = json!({"name": "Awa Diop", "skills": ["Awa Diop", "Sage"]});
        assert_eq!(
            of(ProfileKind::Candidate, &candidate).as_deref(),
            Some("Sage")
        );
        let posting = json!({"description": "Paie. Contact : jobs@example.org."});
        let text = of(ProfileKind::JobPosting, &posting);
        assert_eq!(text.as_deref(), Some("Paie. Contact"));
    }

    #[test]
    fn a_profile_without_permitted_text_has_no_text() {
        for document in [
            json!({}),
            json!({"name": "Awa Diop", "summary": "Awa Diop"}),
            json!({"summary": "(En congé maternité.)"}),
            json!({"summary": 5}),
        ] {
            assert_eq!(of(ProfileKind::Candidate, &document), None, "{document}");
        }
    }

    #[test]
    fn only_perturbations_of_gender_change_the_text() {
        let samples = include_str!("../../../../samples/candidates.ndjson");
        let mut changed = Vec::new();
        for line in samples.lines().step_by(3) {
            let document: Value = serde_json::from_str(line).unwrap();
            let text = of(ProfileKind::Candidate, &document);
            let perturbations = Perturbation::ALL.into_iter();
            // Encoder texts keep the gender of titles.
            for perturbation in perturbations.filter(|one| *one != Perturbation::GenderedForms) {
                for variant in perturbation.variants(&document) {
                    let seen = of(ProfileKind::Candidate, &variant);
                    if seen != text {
                        changed.push((perturbation.as_str(), text.clone(), seen));
                    }
                }
            }
        }
        assert!(
            changed.is_empty(),
            "{}: {:#?}",
            changed.len(),
            &changed[..changed.len().min(6)]
        );
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_boundary() {
        let document = json!({"title": "é".repeat(400), "summary": "œuvre ".repeat(3_000)});
        let text = of(ProfileKind::Candidate, &document).unwrap();
        assert!((7_990..=8_000).contains(&text.chars().count()));
    }
}
