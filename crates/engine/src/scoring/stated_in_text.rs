//! Finds statements in a text about subjects that fields of a profile are for: years of experience,
//! diplomas, licences, place, contract, pay and start date.
//!
//! They don't affect scores: a sentence leaves open on which work the years were spent, and whether
//! the diploma is held or required. If no field states the subject, the sentence is quoted for
//! confirmation, instead of asking a question that the profile answers.

use std::{borrow::Cow, ops::Range};

use super::{
    criteria::{Criterion, skills::EvidenceInText},
    prose::{ContentWords, LONGEST_QUOTE},
    taxonomy, text,
    vocabulary::resolve,
};
use crate::profiles::{education::EducationLevel, licence_names};

/// Words that mark a number of years as experience, folded.
const EXPERIENCE: &[&str] = &[
    "anciennete",
    "experience",
    "experienced",
    "experiences",
    "experimente",
    "experimentee",
    "metier",
];

/// Words directly before a number that mark it as experience: "baker for 12 years", « depuis 8 ans
/// ».
const SPANS: &[&str] = &["depuis", "for", "pendant"];

/// Words directly after "years" that mark them as experience: "ten years as a baker", « 8 ans en
/// cabinet ».
const ROLES: &[&str] = &["as", "chez", "comme", "dans", "en", "in"];

/// Words directly before a number that mark it as an age: « enfants de 3 ans en crèche ».
const AGES: &[&str] = &["a", "age", "aged", "de", "of"];

/// Words for employers. If a verb of having follows, the years are the employer's: « le cabinet a
/// 30 ans ».
const FIRMS: &[&str] = &[
    "agence",
    "agency",
    "cabinet",
    "company",
    "entreprise",
    "firm",
    "group",
    "groupe",
    "societe",
];
const HAVING: &[&str] = &["a", "boasts", "compte", "cumule", "has"];

const YEARS: &[&str] = &["an", "annee", "annees", "ans", "year", "years", "yr", "yrs"];

/// Numbers in words.
const NUMBERS: &[&str] = &[
    "cinq",
    "deux",
    "dix",
    "dizaine",
    "douze",
    "eight",
    "fifteen",
    "five",
    "four",
    "huit",
    "neuf",
    "nine",
    "quatre",
    "quinzaine",
    "quinze",
    "sept",
    "seven",
    "six",
    "ten",
    "three",
    "trois",
    "twelve",
    "twenty",
    "two",
    "vingt",
    "vingtaine",
];

/// Maximum length of a working life, in years: a larger number counts something else.
const MOST_YEARS: u32 = 60;

/// Words that confirm that a clause is about a diploma. Without one of them, a name of a diploma
/// often has another sense: a scrum master, a driving licence.
const DIPLOMAS: &[&str] = &[
    "bac",
    "baccalaureat",
    "bachelor",
    "bachelors",
    "bep",
    "bsc",
    "bts",
    "but",
    "cap",
    "degree",
    "deug",
    "deust",
    "diploma",
    "diplome",
    "diplomee",
    "doctorat",
    "dut",
    "masters",
    "mba",
    "msc",
    "phd",
];

/// Words before the name of a diploma that confirm that it is one.
const HELD: &[&str] = &[
    "graduated",
    "holding",
    "obtained",
    "obtenu",
    "obtenue",
    "titulaire",
];

/// Function words that only one of the two languages has, and the minimum number of them in a text
/// that counts as written in that language.
const FRENCH: &[&str] = &[
    "au", "aux", "avec", "dans", "de", "des", "du", "en", "et", "je", "la", "le", "les", "mes",
    "ou", "pour", "sur", "un", "une",
];
const ENGLISH: &[&str] = &[
    "and", "at", "for", "from", "in", "my", "of", "our", "that", "the", "to", "with",
];
const TELLING_WORDS: usize = 4;

/// Author of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A candidate, about themselves.
    Candidate,
    /// An employer, about the offered work: "for 30 years" is the employer's own age.
    Employer,
}

/// The statements of a text, as quotes of its clauses.
#[derive(Debug, Default)]
pub struct StatedInText {
    /// The first clause that states years of experience, and further ones while a quote has room.
    pub experience: Option<EvidenceInText>,
    /// The first clause that names a diploma, and further ones while a quote has room.
    pub education: Option<EvidenceInText>,
    /// The first clause about each of place, contract, pay and start date.
    others: Vec<(Criterion, EvidenceInText)>,
    /// The first sentence or clause that widens or narrows the stated place: where a candidate
    /// wants to work ("open to Paris or Lyon"), or from where remote work may be done ("fully
    /// remote within France").
    pub place_terms: Option<EvidenceInText>,
    /// Code of the language that the text is written in, if it is French or English beyond doubt.
    pub written_in: Option<&'static str>,
    /// Each licence that the text names, with the byte range of its words in [`ContentWords`]: «
    /// Permis C et CE » names two.
    pub licences: Vec<(String, Range<u32>)>,
}

impl StatedInText {
    /// Reads the statements of a text about its author or the offered work that are not negated.
    pub fn of(content_words: &ContentWords, author: Author) -> Self {
        let mut found = Self::default();
        let mut list = None;
        let (mut french, mut english) = (0, 0);
        let (mut experience, mut education) = (None, None);
        let mut others: [Option<Range<u32>>; OTHERS.len()] = Default::default();
        for bytes in content_words.own_clauses() {
            let clause = content_words.written(bytes.clone());
            licence_names::in_clause(clause, &mut list, |name, words| {
                // Texts are shorter than 4 GiB.
                let place = |at: usize| bytes.start + u32::try_from(at).unwrap_or(0);
                let words = place(words.start)..place(words.end);
                found.licences.push((name, words));
            });
            let words = text::words(clause);
            french += count(&words, FRENCH);
            english += count(&words, ENGLISH);
            if states_experience(&words, author) {
                extend(&mut experience, &bytes, content_words);
            }
            if states_education(clause, &words) {
                extend(&mut education, &bytes, content_words);
            }
            for (criterion, first) in OTHERS.into_iter().zip(&mut others) {
                if first.is_none() && states(criterion, &words, clause, author) {
                    *first = Some(bytes.clone());
                }
            }
        }
        let evidence = |bytes: Range<u32>| {
            let (quote, place) = content_words.quote(bytes);
            EvidenceInText {
                field: Cow::Borrowed(match author {
                    Author::Candidate => "summary",
                    Author::Employer => "description",
                }),
                quote,
                start: place.start,
                end: place.end,
            }
        };
        found.written_in = match (french, english) {
            (french, english) if french >= TELLING_WORDS.max(4 * english) => Some("fr"),
            (french, english) if english >= TELLING_WORDS.max(4 * french) => Some("en"),
            _ => None,
        };
        found.place_terms = place_terms(content_words, author).map(evidence);
        found.experience = experience.map(evidence);
        found.education = education.map(evidence);
        let others = OTHERS.into_iter().zip(others);
        found.others = others
            .filter_map(|(criterion, bytes)| Some((criterion, evidence(bytes?))))
            .collect();
        found
    }
}

impl StatedInText {
    /// Returns the clause about place, contract, pay or start date.
    pub fn other(&self, criterion: Criterion) -> Option<&EvidenceInText> {
        let mut others = self.others.iter();
        others.find_map(|(stated, evidence)| (*stated == criterion).then_some(evidence))
    }
}

/// Returns the first sentence about the terms of the place, or the first clause between commas in a
/// sentence that is longer than a quote. Negated ones count, since they are quoted and not judged.
fn place_terms(content_words: &ContentWords, author: Author) -> Option<Range<u32>> {
    let states =
        |bytes: &Range<u32>| states_place_terms(content_words.written(bytes.clone()), author);
    content_words.sentences().find_map(|sentence| {
        if sentence.len() <= LONGEST_QUOTE {
            states(&sentence).then_some(sentence)
        } else {
            content_words.clauses_in(&sentence).find(states)
        }
    })
}

/// Takes the first clause, and later ones as long as the quote has room: « trois ans en messagerie,
/// puis six ans en national ».
fn extend(quoted: &mut Option<Range<u32>>, clause: &Range<u32>, content_words: &ContentWords) {
    let whole = quoted.as_ref().map_or(clause.start, |quoted| quoted.start)..clause.end;
    if quoted.is_none() || content_words.written(whole.clone()).chars().count() <= LONGEST_QUOTE {
        *quoted = Some(whole);
    }
}

fn count(words: &[String], list: &[&str]) -> usize {
    let known = words.iter().filter(|word| list.contains(&word.as_str()));
    known.count()
}

fn is_any_of(word: Option<&String>, list: &[&str]) -> bool {
    word.is_some_and(|word| list.contains(&word.as_str()))
}

fn states_experience(words: &[String], author: Author) -> bool {
    let has_experience = words.iter().any(|word| is_any_of(Some(word), EXPERIENCE));
    words.iter().enumerate().any(|(at, word)| {
        // « une dizaine d'années »
        let number = at.saturating_sub(if at > 0 && words[at - 1] == "d" { 2 } else { 1 });
        is_any_of(Some(word), YEARS)
            && number < at
            && is_number(&words[number])
            && !is_of_a_firm(&words[..number])
            && (has_experience || author == Author::Candidate && states_span(words, number, at))
    })
}

/// True if the words around a number of years, and the word "years", state that they are years of
/// work.
fn states_span(words: &[String], number: usize, at: usize) -> bool {
    let before = number.checked_sub(1).and_then(|before| words.get(before));
    is_any_of(before, SPANS)
        || words.get(at + 1).is_some_and(|next| is_work(next)) && !is_any_of(before, AGES)
}

/// True if the words before a number are about an employer: « le cabinet a 30 ans d'expérience ».
fn is_of_a_firm(words: &[String]) -> bool {
    let mut pairs = words.windows(2);
    pairs.any(|pair| is_any_of(pair.first(), FIRMS) && is_any_of(pair.last(), HAVING))
}

/// True if a word after "years" states how they were spent: "12 years driving", "in payroll".
fn is_work(word: &str) -> bool {
    ROLES.contains(&word) || word.ends_with("ing")
}

/// Criteria, other than years and diplomas, that a clause may state.
const OTHERS: [Criterion; 4] = [
    Criterion::Location,
    Criterion::Contract,
    Criterion::Salary,
    Criterion::Availability,
];

/// Words for living somewhere. Those for being located somewhere must be followed by one of
/// [`IN_PLACE`].
const LIVING: &[&str] = &["domicilie", "domiciliee", "habite", "reside", "residant"];
const PLACED: &[&str] = &[
    "base", "based", "basee", "live", "lives", "living", "located", "situe", "situee",
];
const IN_PLACE: &[&str] = &["a", "au", "aux", "en", "in", "near", "sur"];
const FROM_AFAR: &[&str] = &["remotely", "teletravail"];

/// Words for contracts without another sense.
const CONTRACTS: &[&str] = &[
    "alternance",
    "cdd",
    "cdi",
    "freelance",
    "interim",
    "interimaire",
];
/// Words that show that a candidate wants a contract and did not just have one.
const WISHES: &[&str] = &[
    "cherche",
    "looking",
    "ouvert",
    "ouverte",
    "recherche",
    "seek",
    "seeking",
    "souhaite",
    "voudrais",
    "want",
];

/// Words of pay, beside a number and a currency.
const PAY: &[&str] = &[
    "brut",
    "bruts",
    "gross",
    "pretention",
    "pretentions",
    "remuneration",
    "salaire",
    "salary",
    "tjm",
    "wage",
];
/// Documents about pay.
const PAYSLIPS: &[&str] = &["bulletin", "bulletins", "fiche", "fiches", "payslips"];

/// Words of the start date, beside one of [`WHEN`].
const AVAILABLE: &[&str] = &[
    "available",
    "demarrage",
    "dispo",
    "disponibilite",
    "disponible",
    "libre",
    "start",
    "starting",
];
const WHEN: &[&str] = &[
    "april",
    "aout",
    "august",
    "avril",
    "december",
    "decembre",
    "february",
    "fevrier",
    "immediat",
    "immediate",
    "immediatement",
    "immediately",
    "january",
    "janvier",
    "juillet",
    "juin",
    "july",
    "june",
    "mai",
    "march",
    "mars",
    "may",
    "maintenant",
    "november",
    "novembre",
    "now",
    "october",
    "octobre",
    "september",
    "septembre",
    "suite",
];

/// True if a clause states the place, the contract, the pay or the start date. Most clauses have
/// none of the words.
fn states(criterion: Criterion, words: &[String], clause: &str, author: Author) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let has_pair = |first: &[&str], second: &[&str]| {
        let mut pairs = words.windows(2);
        pairs.any(|pair| is_any_of(pair.first(), first) && is_any_of(pair.last(), second))
    };
    let is_candidate = author == Author::Candidate;
    match criterion {
        Criterion::Location => {
            // Employers state their own place in the same words.
            let is_placed = has_pair(PLACED, IN_PLACE) && !(is_candidate && has(FIRMS));
            is_placed || is_candidate && has(LIVING) || has(FROM_AFAR)
        }
        Criterion::Contract => {
            let is_named = has(CONTRACTS)
                || has_pair(
                    &["permanent", "temporary", "term"],
                    &["contract", "position", "post", "role"],
                );
            is_named && (!is_candidate || has(WISHES))
        }
        Criterion::Salary => {
            let has_number = clause.bytes().any(|byte| byte.is_ascii_digit());
            let is_money = || {
                clause.contains(['€', '£', '$'])
                    || has(&["eur", "euros", "k"])
                    || words.iter().any(|word| {
                        let number = word.trim_end_matches("eur").strip_suffix('k');
                        number.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
                    })
            };
            has_number && has(PAY) && is_money() && !has(PAYSLIPS)
        }
        Criterion::Availability => {
            let is_notice = has(&["preavis"])
                || has_pair(&["notice"], &["period"])
                || has_pair(&["months", "month", "weeks", "week"], &["notice"]);
            is_notice || has(AVAILABLE) && has(WHEN)
        }
        _ => false,
    }
}

/// Words that wish for a place or a way of working.
const PLACE_WISHES: &[&str] = &[
    "cherche",
    "looking",
    "open",
    "ouvert",
    "ouverte",
    "prefer",
    "pret",
    "prete",
    "recherche",
    "recherchee",
    "souhaite",
    "willing",
    "would",
];
/// Words for working from elsewhere and for moving.
const REMOTE: &[&str] = &["remote", "remotely", "teletravail"];
const MOVING: &[&str] = &[
    "demenagement",
    "demenager",
    "relocate",
    "relocating",
    "relocation",
];
/// Words that follow "remote" if it is about work.
const AFTER_REMOTE: &[&str] = &[
    "anywhere", "from", "in", "only", "position", "role", "since", "within", "work",
];
/// Words before a place.
const BEFORE_PLACE: &[&str] = &[
    "a", "around", "en", "in", "near", "or", "ou", "sur", "the", "to", "vers", "western",
];
/// Words after « mobile » if it is said of a person.
const AFTER_MOBILE: &[&str] = &["across", "dans", "en", "france", "partout", "sur"];

/// True if a text widens or narrows the place that fields state.
fn states_place_terms(text: &str, author: Author) -> bool {
    let words = text::words(text);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let has_pair = |first: &[&str], second: &[&str]| {
        let mut pairs = words.windows(2);
        pairs.any(|pair| is_any_of(pair.first(), first) && is_any_of(pair.last(), second))
    };
    match author {
        Author::Employer => {
            has(&["resident", "residents"])
                || has_pair(&["remote", "remotely"], &["from", "in", "within"])
                || has_pair(&["anywhere"], &["in", "within"])
                || has_pair(&["teletravail"], &["depuis"])
        }
        Author::Candidate => {
            has_pair(&["full", "fully"], REMOTE)
                || has_pair(REMOTE, AFTER_REMOTE)
                || has_pair(&["move", "moving"], &["to"])
                || has_pair(&["mobile"], AFTER_MOBILE)
                || has(&["mobilite"]) && text.contains(':')
                || has_own_wish(&words) && (has(REMOTE) || has(MOVING) || names_place(text))
        }
    }
}

/// True if a text wishes for a place or a way of working; « on cherche » is not the candidate's
/// wish.
fn has_own_wish(words: &[String]) -> bool {
    let mut wishes = words.iter().enumerate();
    wishes.any(|(at, word)| {
        PLACE_WISHES.contains(&word.as_str()) && (at == 0 || words[at - 1] != "on")
    })
}

/// True if a text names a place: a capitalised word after a preposition that is neither a month nor
/// an acronym nor software.
fn names_place(text: &str) -> bool {
    let words: Vec<text::Word> = text::placed_prose_words(text).collect();
    words.windows(2).any(|pair| {
        let [before, name] = pair else { return false };
        let written = &text[name.span.clone()];
        let mut letters = written.chars();
        BEFORE_PLACE.contains(&before.folded.as_str())
            && letters.next().is_some_and(char::is_uppercase)
            && letters.any(char::is_lowercase)
            && !WHEN.contains(&name.folded.as_str())
            && !resolve(written).known.is_some_and(taxonomy::is_software)
    })
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_end_matches('+').parse::<u32>();
    digits.is_ok_and(|number| (1..=MOST_YEARS).contains(&number)) || NUMBERS.contains(&word)
}

fn states_education(clause: &str, words: &[String]) -> bool {
    // « BUT » and « CAP » are diplomas in capitals only.
    let is_in_capitals = |word: &String| {
        !matches!(word.as_str(), "but" | "cap") || clause.contains(&word.to_uppercase())
    };
    let is_diploma = |word: &String| {
        is_any_of(Some(word), DIPLOMAS) && is_in_capitals(word)
            || is_any_of(Some(word), HELD)
            || word.starts_with("bac+")
    };
    words.iter().any(is_diploma) && EducationLevel::parse(clause).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::prose::Prose;

    fn quotes_in_summary(summary: &str) -> (Option<String>, Option<String>) {
        quotes_of(Author::Candidate, summary)
    }

    fn quotes_of(author: Author, text: &str) -> (Option<String>, Option<String>) {
        let found = StatedInText::of(&Prose::of([text]).content_words, author);
        let quote = |evidence: Option<EvidenceInText>| evidence.map(|evidence| evidence.quote);
        (quote(found.experience), quote(found.education))
    }

    #[test]
    fn an_employers_requirements_are_quoted_and_not_the_firms_age() {
        for (description, years, diploma) in [
            (
                "Vous avez au moins 3 ans d'expérience, et un BTS comptabilité.",
                Some("Vous avez au moins 3 ans d'expérience"),
                Some("et un BTS comptabilité"),
            ),
            (
                "A bachelor's degree is required; at least 5 years of experience.",
                Some("at least 5 years of experience"),
                Some("A bachelor's degree is required"),
            ),
            ("Depuis 30 ans, nous construisons des ponts.", None, None),
            (
                "Poste à Lyon. Au moins 3 ans d'expérience.",
                Some("Au moins 3 ans d'expérience"),
                None,
            ),
            ("Contrat de 2 ans en alternance", None, None),
        ] {
            let (found_years, found_diploma) = quotes_of(Author::Employer, description);
            assert_eq!(found_years.as_deref(), years, "{description}");
            assert_eq!(found_diploma.as_deref(), diploma, "{description}");
        }
    }

    #[test]
    fn years_of_experience_are_quoted() {
        for (summary, years) in [
            (
                "Comptable. 8 ans d'expérience en cabinet.",
                "8 ans d'expérience en cabinet",
            ),
            (
                "Boulanger depuis 12 ans, pain et viennoiserie.",
                "Boulanger depuis 12 ans",
            ),
            (
                "Chef, une quinzaine d'années de métier",
                "une quinzaine d'années de métier",
            ),
            (
                "Nurse with over ten years of experience on wards",
                "Nurse with over ten years of experience on wards",
            ),
            (
                "I worked 6 years as a welder",
                "I worked 6 years as a welder",
            ),
        ] {
            assert_eq!(
                quotes_in_summary(summary).0.as_deref(),
                Some(years),
                "{summary}"
            );
        }
    }

    #[test]
    fn other_years_are_not_quoted_as_experience() {
        for summary in [
            "J'ai 25 ans et je cherche un poste de vendeur",
            "25 years old, looking for work as a cook",
            "Garde d'enfants de 3 à 6 ans",
            "J'accompagne des enfants de 3 ans en crèche",
            "Aucune expérience, mais 2 ans de formation à venir",
            "Le cabinet a 30 ans d'expérience",
            "A colleague has 30 years of experience",
            "Contract of 2 years wanted",
            "En 2012, une expérience à l'étranger",
        ] {
            assert_eq!(quotes_in_summary(summary).0, None, "{summary}");
        }
    }

    #[test]
    fn a_wish_of_others_is_no_wish_for_a_place() {
        let quote = |text: &str| {
            let found = StatedInText::of(&Prose::of([text]).content_words, Author::Candidate);
            found.place_terms.map(|terms| terms.quote)
        };
        assert_eq!(
            quote("Pratique quand on cherche des camions vers Milan."),
            None
        );
        assert!(quote("Je cherche un poste à Milan.").is_some());
    }

    #[test]
    fn place_contract_pay_and_start_date_are_quoted() {
        for (author, text, criterion, quote) in [
            (
                Author::Candidate,
                "Soudeur TIG. J'habite Nantes, je cherche un CDI.",
                Criterion::Location,
                Some("J'habite Nantes"),
            ),
            (
                Author::Candidate,
                "Soudeur TIG. J'habite Nantes, je cherche un CDI.",
                Criterion::Contract,
                Some("je cherche un CDI"),
            ),
            (
                Author::Candidate,
                "Deux CDD chez un sous-traitant",
                Criterion::Contract,
                None,
            ),
            (
                Author::Candidate,
                "Developer. Based in Leeds. Available from March, salary 45k€",
                Criterion::Availability,
                Some("Available from March"),
            ),
            (
                Author::Candidate,
                "Available for night shifts",
                Criterion::Availability,
                None,
            ),
            (
                Author::Employer,
                "Poste en CDI. Salaire 2300 € brut par mois.",
                Criterion::Salary,
                Some("Salaire 2300 € brut par mois"),
            ),
            (
                Author::Employer,
                "Vous établissez 200 bulletins de salaire, budget de 500 k€.",
                Criterion::Salary,
                None,
            ),
            (
                Author::Employer,
                "Full-time permanent position based in Leeds.",
                Criterion::Location,
                Some("Full-time permanent position based in Leeds"),
            ),
        ] {
            let found = StatedInText::of(&Prose::of([text]).content_words, author);
            let found = found
                .other(criterion)
                .map(|evidence| evidence.quote.as_str());
            assert_eq!(found, quote, "{text} {criterion:?}");
        }
    }

    #[test]
    fn diplomas_are_quoted() {
        for (summary, diploma) in [
            (
                "Comptable, BTS comptabilité gestion, 2014",
                "BTS comptabilité gestion",
            ),
            (
                "Titulaire d'un CAP boulanger.",
                "Titulaire d'un CAP boulanger",
            ),
            (
                "Développeuse diplômée d'un master en informatique",
                "Développeuse diplômée d'un master en informatique",
            ),
            (
                "I hold a bachelor's degree in physics",
                "I hold a bachelor's degree in physics",
            ),
            (
                "Formation : bac+5 en génie civil",
                "Formation : bac+5 en génie civil",
            ),
        ] {
            assert_eq!(
                quotes_in_summary(summary).1.as_deref(),
                Some(diploma),
                "{summary}"
            );
        }
    }

    #[test]
    fn other_words_are_not_quoted_as_diplomas() {
        for summary in [
            "Scrum master of two teams",
            "Clean driving licence",
            "Sans diplôme mais motivé",
            "Je gère les licences de logiciels",
            "Ma collègue a un BTS comptabilité",
        ] {
            assert_eq!(quotes_in_summary(summary).1, None, "{summary}");
        }
    }
}
