//! Changes to a candidate document that must not change its score, each a pure function.

use serde_json::{Map, Value};

use super::{
    gendered_forms,
    profile_texts::{replace_words, rewrite_texts, with_fields, with_paragraph, with_person},
};
use crate::profiles::{
    candidate::Candidate,
    foreign_documents::normalise,
    personal_details::{NAME_FIELDS, OwnName, PERSON_FIELDS},
    profile_document::ProfileDocument,
    profile_kind::ProfileKind,
};

/// A kind of change to a candidate document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Perturbation {
    /// Changes names, in name fields and in texts.
    Name,
    /// Swaps masculine and feminine forms of titles and adjectives.
    GenderedForms,
    /// Changes M., Mme, Mr, Ms, and fields for gender.
    Civility,
    /// Changes dates of birth and ages.
    Age,
    /// Adds nationality and place of birth.
    Nationality,
    /// Adds marital status and children.
    Family,
    /// Adds a photo, e-mail address, telephone number and links.
    Contact,
    /// Changes the postal code and address line within the same city.
    PostalCode,
    /// Adds parental leave, sick leave and pregnancy.
    Leave,
    /// Adds disability and illness.
    Disability,
    /// Adds religion.
    Religion,
}

impl Perturbation {
    /// All perturbations, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::GenderedForms,
        Self::Civility,
        Self::Age,
        Self::Nationality,
        Self::Family,
        Self::Contact,
        Self::PostalCode,
        Self::Leave,
        Self::Disability,
        Self::Religion,
    ];

    /// Returns the wire name, which reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GenderedForms => "gendered_forms",
            Self::Civility => "civility",
            Self::Age => "age",
            Self::Nationality => "nationality",
            Self::Family => "family",
            Self::Contact => "contact",
            Self::PostalCode => "postal_code",
            Self::Leave => "leave",
            Self::Disability => "disability",
            Self::Religion => "religion",
        }
    }

    /// Returns the perturbed versions of a candidate document, without those equal to the document;
    /// may be empty.
    #[must_use]
    pub fn variants(self, document: &Value) -> Vec<Value> {
        let mut variants = match self {
            Self::Name => names(document),
            Self::GenderedForms => gendered(document),
            Self::Civility => civilities(document),
            Self::Age => ages(document),
            Self::Nationality => details(document, &NATIONALITY_FIELDS, &NATIONALITIES),
            Self::Family => details(document, &FAMILY_FIELDS, &FAMILIES),
            Self::Contact => details(document, &CONTACT_FIELDS, &CONTACTS),
            Self::PostalCode => postal_codes(document),
            Self::Leave => details(document, &LEAVE_FIELDS, &LEAVES),
            Self::Disability => details(document, &DISABILITY_FIELDS, &DISABILITIES),
            Self::Religion => details(document, &RELIGION_FIELDS, &RELIGIONS),
        };
        variants.retain(|variant| variant != document);
        variants
    }

    /// Returns the document with a neutral sentence instead of the one that a variant adds to the
    /// summary, of the same language and number of words. `None` for perturbations whose variants
    /// must score exactly as the document does.
    #[must_use]
    pub(super) fn neutral_twin(self, document: &Value, variant: &Value) -> Option<Value> {
        let sentences: &[&str] = match self {
            Self::Leave => &LEAVES,
            Self::Disability => &DISABILITIES,
            Self::Religion => &RELIGIONS,
            _ => return None,
        };
        let is_variant = |sentence: &&&str| with_paragraph(document, sentence) == *variant;
        let Some(sentence) = sentences.iter().find(is_variant) else {
            // Only fields were added, and those are never read.
            return Some(document.clone());
        };
        let is_english = sentence
            .split(' ')
            .any(|word| ENGLISH_WORDS.contains(&word));
        let neutral = if is_english {
            NEUTRAL_ENGLISH
        } else {
            NEUTRAL_FRENCH
        };
        let words: Vec<&str> = (neutral.split(' ').cycle())
            .take(sentence.split_whitespace().count())
            .collect();
        Some(with_paragraph(document, &format!("{}.", words.join(" "))))
    }
}

/// Pairs of a given and a family name, common in several countries. Some are also words for
/// occupations, places or things, and one is a programming language. They identify no real person.
const NAMES: [(&str, &str); 11] = [
    ("Camille", "Martin"),
    ("Pierre", "Boulanger"),
    ("Mohamed", "Benali"),
    ("Fatoumata", "Diallo"),
    ("Thi Lan", "Nguyen"),
    ("Mehmet", "Yılmaz"),
    ("João", "da Silva"),
    ("Olena", "Kovalenko"),
    ("Rachel", "Cohen"),
    ("Ruby", "Smith"),
    ("Wei", "Zhang"),
];

/// Changes the name in fields and wherever the document's own name occurs in its texts. Further
/// variants also introduce the name in the summary, in French, in English or as a heading.
fn names(document: &Value) -> Vec<Value> {
    let own_name = own_name_in(document);
    let variants = NAMES
        .iter()
        .enumerate()
        .flat_map(|(turn, (given, family))| {
            let renamed = rewrite_texts(document, &mut |text| {
                let mut renamed = String::with_capacity(text.len());
                let mut position = 0;
                for (mention, words) in own_name.mentions(text) {
                    renamed.push_str(&text[position..mention.start]);
                    let name = if words > 1 {
                        format!("{given} {family}")
                    } else {
                        (*given).to_owned()
                    };
                    renamed.push_str(&name);
                    position = mention.end;
                }
                renamed.push_str(&text[position..]);
                renamed
            });
            let renamed = with_name(&renamed, given, family);
            let introduction = match turn % 3 {
                0 => format!("Je m'appelle {given} {family}."),
                1 => format!("My name is {given} {family}."),
                _ => format!("{} {given}", family.to_uppercase()),
            };
            let introduced = with_paragraph(&renamed, &introduction);
            [renamed, introduced]
        });
    variants.collect()
}

/// Reads the document's own name, and marks the words of it that also describe the work.
fn own_name_in(document: &Value) -> OwnName {
    let own_name = OwnName::of(&ProfileDocument::of(document));
    let candidate = normalise(ProfileKind::Candidate, document.clone(), None);
    match Candidate::from_document(&candidate) {
        Ok(candidate) => own_name.beside(candidate.words_for_work()),
        Err(_) => own_name,
    }
}

/// Sets the name fields that exist, or `name` if there are none.
fn with_name(document: &Value, given: &str, family: &str) -> Value {
    with_person(document, |person| {
        let is_named = rename(person, given, family);
        let nested = PERSON_FIELDS.iter().any(|name| {
            let person = person.get_mut(*name).and_then(Value::as_object_mut);
            person.is_some_and(|person| rename(person, given, family))
        });
        if !is_named && !nested {
            person.insert("name".to_owned(), format!("{given} {family}").into());
        }
    })
}

fn rename(person: &mut Map<String, Value>, given: &str, family: &str) -> bool {
    let mut is_named = false;
    for name in NAME_FIELDS {
        let Some(field) = person.get_mut(name) else {
            continue;
        };
        is_named = true;
        *field = match name {
            "name" | "full_name" | "fullName" => format!("{given} {family}").into(),
            "last_name" | "lastName" | "family_name" | "familyName" | "surname" | "birth_name"
            | "maiden_name" | "nom" | "nom_de_famille" => family.into(),
            _ => given.into(),
        };
    }
    is_named
}

/// Pairs of a masculine and a feminine word: occupations and self-descriptions of candidates.
const GENDERED_WORDS: &str = "acheteur acheteuse|acteur actrice|adjoint adjointe|administrateur \
    administratrice|agent agente|agriculteur agricultrice|ambulancier ambulancière|animateur \
    animatrice|apprenti apprentie|artisan artisane|assistant assistante|autonome autonome|avocat \
    avocate|boucher bouchère|boulanger boulangère|caissier caissière|charcutier charcutière|\
    charpentier charpentière|chargé chargée|chauffeur chauffeuse|chef cheffe|chercheur chercheuse|\
    chirurgien chirurgienne|coiffeur coiffeuse|collaborateur collaboratrice|commercial commerciale|\
    compositeur compositrice|concepteur conceptrice|conducteur conductrice|confirmé \
    confirmée|conseiller conseillère|consultant consultante|contrôleur contrôleuse|coordinateur \
    coordinatrice|couvreur couvreuse|créateur créatrice|créatif créative|cuisinier cuisinière|curieux curieuse|\
    directeur directrice|diplômé diplômée|disponible disponible|dynamique dynamique|développeur \
    développeuse|débutant débutante|décorateur décoratrice|délégué déléguée|dessinateur \
    dessinatrice|écrivain écrivaine|éducateur éducatrice|électricien électricienne|employé \
    employée|enseignant enseignante|expérimenté expérimentée|facteur factrice|fleuriste fleuriste|\
    formateur formatrice|formé formée|gardien gardienne|géomètre géomètre|gérant gérante|impliqué \
    impliquée|infirmier infirmière|informaticien informaticienne|ingénieur ingénieure|inspecteur \
    inspectrice|installateur installatrice|instituteur institutrice|intégrateur intégratrice|\
    intéressé intéressée|jardinier jardinière|livreur livreuse|logisticien logisticienne|maçon \
    maçonne|magasinier magasinière|manutentionnaire manutentionnaire|masseur masseuse|mécanicien \
    mécanicienne|médiateur médiatrice|menuisier menuisière|moniteur monitrice|motivé motivée|\
    musicien musicienne|négociateur négociatrice|opérateur opératrice|organisé organisée|ouvrier \
    ouvrière|passionné passionnée|pâtissier pâtissière|paysagiste paysagiste|pharmacien \
    pharmacienne|plombier plombière|polyvalent polyvalente|préparateur préparatrice|professeur \
    professeure|psychologue psychologue|qualifié qualifiée|recruteur recruteuse|rédacteur \
    rédactrice|régleur régleuse|reconverti reconvertie|rigoureux rigoureuse|sérieux sérieuse|serveur serveuse|\
    soigneur soigneuse|soudeur soudeuse|spécialisé spécialisée|sportif sportive|surveillant \
    surveillante|technicien technicienne|titulaire titulaire|traducteur traductrice|vendeur \
    vendeuse|vérificateur vérificatrice|attentif attentive|actif active";

/// Swaps genders in all texts, and replaces titles that name both genders with each form, or adds a
/// mark.
fn gendered(document: &Value) -> Vec<Value> {
    let pairs: Vec<(&str, &str)> = GENDERED_WORDS
        .split('|')
        .filter_map(|pair| pair.split_once(' '))
        .filter(|(masculine, feminine)| masculine != feminine)
        .collect();
    let find = |word: &str, is_from_masculine: bool| {
        // A plural has the same final s in both genders.
        let singular = word.strip_suffix('s').unwrap_or(word);
        pairs.iter().find_map(|(masculine, feminine)| {
            let (from, to) = if is_from_masculine {
                (masculine, feminine)
            } else {
                (feminine, masculine)
            };
            match (*from == word, *from == singular && !singular.ends_with('x')) {
                (true, _) => Some((*to).to_owned()),
                (false, true) => Some(format!("{}s", to.trim_end_matches('x'))),
                _ => None,
            }
        })
    };
    let with_forms = |document: &Value, masculine: bool| {
        rewrite_titles(document, &mut |title| {
            let (his, hers) = gendered_forms(title)?;
            Some(if masculine { his } else { hers })
        })
    };
    vec![
        rewrite_texts(document, &mut |text| {
            replace_words(text, |word| find(word, true))
        }),
        rewrite_texts(document, &mut |text| {
            replace_words(text, |word| find(word, false))
        }),
        with_forms(document, true),
        with_forms(document, false),
        rewrite_titles(document, &mut |title| Some(format!("{title} (H/F)"))),
    ]
}

/// Rewrites the titles of the document.
fn rewrite_titles(document: &Value, rewrite: &mut dyn FnMut(&str) -> Option<String>) -> Value {
    with_person(document, |person| {
        for name in ["title", "label"] {
            if let Some(Value::String(title)) = person.get_mut(name)
                && let Some(rewritten) = rewrite(title)
            {
                *title = rewritten;
            }
        }
    })
}

const CIVILITY_FIELDS: [&str; 8] = [
    "civility",
    "civilite",
    "salutation",
    "honorific_prefix",
    "gender",
    "genre",
    "sex",
    "sexe",
];

/// Sets fields for gender, changes a civility in the texts, and adds one before the summary.
fn civilities(document: &Value) -> Vec<Value> {
    let other = |word: &str| {
        let other = match word {
            "madame" | "mademoiselle" => "monsieur",
            "monsieur" => "madame",
            "mme" | "mlle" | "mrs" => "mr",
            "mr" => "mrs",
            _ => return None,
        };
        Some(other.to_owned())
    };
    let mut variants = vec![rewrite_texts(document, &mut |text| {
        replace_words(text, other)
    })];
    for value in ["Mme", "M.", "Ms", "F", "H", "female", "non-binary"] {
        variants.push(with_fields(
            document,
            &CIVILITY_FIELDS.map(|name| (name, value)),
        ));
    }
    for paragraph in ["Madame,", "Mme", "Mr.", "Monsieur"] {
        variants.push(with_paragraph(document, paragraph));
    }
    variants
}

const AGE_FIELDS: [&str; 8] = [
    "age",
    "birth_date",
    "birthdate",
    "birthDate",
    "date_of_birth",
    "date_naissance",
    "birth_year",
    "birthday",
];
const AGES: [&str; 8] = [
    "Née le 12/03/1985 à Oran.",
    "Né(e) le 3 juin 1964",
    "J'ai 22 ans.",
    "Âgée de 58 ans.",
    "39 ans",
    "Born on 2 May 1999 in Leeds.",
    "I am 61 years old.",
    "Date of birth: 1990-11-05",
];

/// Sets fields and adds sentences, and changes the digits of dates of birth and ages in the texts.
fn ages(document: &Value) -> Vec<Value> {
    let mut variants = details(document, &AGE_FIELDS, &AGES);
    variants.push(rewrite_texts(document, &mut with_other_ages));
    variants
}

/// Lower-case words before a date of birth or an age.
const BEFORE_AGES: [&str; 9] = [
    "né le ",
    "née le ",
    "né(e) le ",
    "né en ",
    "née en ",
    "born on ",
    "born in ",
    "âgé de ",
    "âgée de ",
];

/// Changes the digits that follow such words.
fn with_other_ages(text: &str) -> String {
    // Letters whose lower case has another length are kept, so that byte positions agree.
    let small: String = text
        .chars()
        .map(|letter| {
            let small = letter.to_lowercase().next().unwrap_or(letter);
            if small.len_utf8() == letter.len_utf8() {
                small
            } else {
                letter
            }
        })
        .collect();
    let mut changed = text.to_owned();
    for before in BEFORE_AGES {
        for (at, _) in small.match_indices(before) {
            // « terminée en 2025 » ends with such words as part of a longer word.
            if text[..at].ends_with(char::is_alphabetic) {
                continue;
            }
            let start = at + before.len();
            let length = text[start..]
                .find(|c: char| !c.is_ascii_digit() && !matches!(c, '/' | '-' | '.'))
                .unwrap_or(text.len() - start);
            let digits = text[start..start + length]
                .replace('2', "1")
                .replace('3', "2")
                .replace('8', "7");
            changed.replace_range(start..start + length, &digits);
        }
    }
    changed
}

const NATIONALITY_FIELDS: [&str; 5] = [
    "nationality",
    "nationalité",
    "citizenship",
    "country_of_birth",
    "birth_place",
];
const NATIONALITIES: [&str; 5] = [
    "Nationalité marocaine.",
    "De nationalité franco-malienne.",
    "Nationality: Nigerian",
    "Ukrainian citizen.",
    "Double nationalité",
];

const FAMILY_FIELDS: [&str; 5] = [
    "marital_status",
    "situation_familiale",
    "family_status",
    "children",
    "number_of_children",
];
const FAMILIES: [&str; 5] = [
    "Mariée, 2 enfants.",
    "Célibataire sans enfant",
    "Situation familiale : pacsé",
    "Married, two children.",
    "Je suis mère de trois enfants.",
];

const CONTACT_FIELDS: [&str; 12] = [
    "email",
    "e_mail",
    "mail",
    "phone",
    "telephone",
    "mobile",
    "photo",
    "image",
    "picture",
    "avatar",
    "url",
    "linkedin",
];
const CONTACTS: [&str; 3] = [
    "E-mail : prenom.nom@example.org, tél. : 06 12 34 56 78",
    "Phone: +44 20 7946 0958",
    "https://www.example.org/cv?id=12",
];

const LEAVE_FIELDS: [&str; 4] = ["leave", "parental_leave", "maternity", "pregnant"];
const LEAVES: [&str; 8] = [
    "En congé parental de 2021 à 2023.",
    "Actuellement en congé maternité jusqu'en septembre.",
    "Enceinte de six mois, je reprends le travail en mars.",
    "Deux ans d'arrêt maladie, reprise en 2024.",
    "On parental leave from 2021 to 2023.",
    "Currently on maternity leave until September.",
    "I am pregnant and will be back at work in March.",
    "Two years of sick leave, back at work since 2024.",
];

const DISABILITY_FIELDS: [&str; 5] = ["disability", "disabled", "handicap", "rqth", "health"];
const DISABILITIES: [&str; 7] = [
    "Bénéficiaire de la RQTH.",
    "Reconnu travailleur handicapé depuis 2015.",
    "Malentendante, je lis sur les lèvres.",
    "En rémission d'un cancer depuis trois ans.",
    "I have a registered disability.",
    "I use a wheelchair.",
    "In remission from cancer for three years.",
];

const RELIGION_FIELDS: [&str; 4] = ["religion", "religious", "faith", "confession"];
const RELIGIONS: [&str; 6] = [
    "De confession musulmane.",
    "Catholique pratiquante, active dans ma paroisse.",
    "Je porte le voile.",
    "I am a practising Muslim.",
    "Active member of my church.",
    "Jewish, I keep the Sabbath.",
];

/// Sentences about no person and no occupation.
const NEUTRAL_FRENCH: &str =
    "J'écris ces lignes un mardi matin, avant que le jour se lève sur la ville";
const NEUTRAL_ENGLISH: &str =
    "I write these lines on a Tuesday morning, before the day breaks over the town";
/// Words that identify a sentence above as English.
const ENGLISH_WORDS: [&str; 9] = [
    "I",
    "On",
    "on",
    "of",
    "In",
    "leave",
    "from",
    "practising",
    "my",
];

/// Adds each sentence in turn, before the summary and as the value of all the fields.
fn details(document: &Value, fields: &[&str], sentences: &[&str]) -> Vec<Value> {
    let variants = sentences.iter().flat_map(|sentence| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|name| (*name, *sentence)).collect();
        [
            with_fields(document, &fields),
            with_paragraph(document, sentence),
        ]
    });
    variants.collect()
}

const ADDRESS_FIELDS: [(&str, &str); 7] = [
    ("postal_code", "93200"),
    ("postcode", "93200"),
    ("postalCode", "93200"),
    ("zip", "93200"),
    ("address", "12 rue des Lilas"),
    ("street", "12 rue des Lilas"),
    ("region", "Seine-Saint-Denis"),
];

/// Sets another address; the city and the coordinates stay.
fn postal_codes(document: &Value) -> Vec<Value> {
    let beside_location = with_fields(document, &ADDRESS_FIELDS);
    let in_location = with_person(document, |person| match person.get_mut("location") {
        Some(Value::Object(location)) => {
            for (name, value) in ADDRESS_FIELDS {
                location.insert(name.to_owned(), value.into());
            }
        }
        Some(Value::String(place)) => *place = with_other_postal_code(place),
        _ => {}
    });
    vec![beside_location, in_location]
}

/// Changes the postal code in a written place, or adds one if it starts with a city and a comma.
fn with_other_postal_code(place: &str) -> String {
    let is_code = |word: &&str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit());
    match place.split(|c: char| !c.is_alphanumeric()).find(is_code) {
        Some(code) => place.replace(code, &format!("{}999", &code[..2])),
        None => match place.split_once(',') {
            Some((city, rest)) if city.chars().all(|c| c.is_alphabetic() || c == '-') => {
                format!("12 rue des Lilas, 93200 {city},{rest}")
            }
            _ => place.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Perturbation;
    use crate::profiles::{
        candidate::Candidate, foreign_documents::normalise, profile_kind::ProfileKind,
    };

    fn read(document: &Value) -> Candidate {
        Candidate::from_document(&normalise(ProfileKind::Candidate, document.clone(), None))
            .unwrap()
    }

    /// Candidate documents in every shape that states a name.
    fn documents() -> Vec<Value> {
        vec![
            json!({"id": 1}),
            json!({
                "id": 2, "first_name": "Marie", "last_name": "Boulanger", "title": "Boulangère",
                "summary": "Marie Boulanger, 39 ans, mariée, née le 12/03/1985 à Lyon.\nMme \
                            Boulanger fait du pain. Boulangère confirmée depuis 13 ans, née pour ça.",
                "location": "69003 Lyon", "nationality": "française",
            }),
            json!({
                "id": 3, "name": "Ruby Smith", "title": "Ruby developer", "skills": ["Ruby"],
                "summary": "Ruby Smith writes Ruby. Born on 2 May 1990. French citizen. Call \
                            +33 6 12 34 56 78.",
                "location": {"city": "Lyon", "lat": 45.76, "lon": 4.84, "postal_code": "69003"},
            }),
            json!({
                "id": 4,
                "basics": {"name": "Aïcha Diallo", "label": "Welder", "summary": "Aïcha welds.",
                           "location": {"city": "Leeds", "postalCode": "LS1"}},
                "work": [{"position": "Welder", "highlights": ["Diallo method"]}],
            }),
            json!({"id": 5, "summary": "Soudeur.", "location": "Lyon, France"}),
        ]
    }

    #[test]
    fn perturbed_fields_are_not_read() {
        for document in documents() {
            let candidate = read(&document);
            for perturbation in Perturbation::ALL {
                // Titles, adjectives and sentences about private matters that the reader keeps do
                // reach the engine; the scores of these variants are compared instead.
                if matches!(
                    perturbation,
                    Perturbation::GenderedForms
                        | Perturbation::Leave
                        | Perturbation::Disability
                        | Perturbation::Religion
                ) {
                    continue;
                }
                for variant in perturbation.variants(&document) {
                    assert_eq!(read(&variant), candidate, "{variant:#}");
                }
            }
        }
    }

    #[test]
    fn a_neutral_twin_has_as_many_words_in_the_same_language() {
        let document = json!({"summary": "Soudeur."});
        for perturbation in [
            Perturbation::Leave,
            Perturbation::Disability,
            Perturbation::Religion,
        ] {
            for variant in perturbation.variants(&document) {
                let twin = perturbation.neutral_twin(&document, &variant).unwrap();
                let words = |document: &Value| {
                    let summary = document["summary"].as_str().unwrap();
                    summary.split_whitespace().count()
                };
                assert_eq!(words(&twin), words(&variant), "{twin:#}");
                let text = variant["summary"].as_str().unwrap();
                let is_english = text.contains("leave") || text.contains("church");
                let neutral = twin["summary"].as_str().unwrap();
                assert!(!is_english || neutral.starts_with('I'), "{text} {neutral}");
                let is_french = text.starts_with("Je ") || text.contains("congé");
                assert!(!is_french || neutral.starts_with('J'), "{text} {neutral}");
            }
        }
        assert!(
            Perturbation::Age
                .neutral_twin(&document, &document)
                .is_none()
        );
    }

    #[test]
    fn each_perturbation_changes_something() {
        for perturbation in Perturbation::ALL {
            let documents = documents();
            let changed = documents
                .iter()
                .map(|document| perturbation.variants(document).len());
            assert!(changed.sum::<usize>() >= 3, "{}", perturbation.as_str());
        }
    }

    proptest! {
        #[test]
        fn perturbing_any_text_never_panics(
            text in "(\\PC|İ|née le |ÂGÉE DE |Marie|12/03/1985|39|Mme |vendeur|\\(e\\)|/|, ){0,10}"
        ) {
            for document in [
                json!({"name": "Marie", "title": text, "summary": text, "location": text}),
                json!({"basics": {"name": text, "label": text, "summary": text}}),
                json!(text),
            ] {
                for perturbation in Perturbation::ALL {
                    let variants = perturbation.variants(&document);
                    prop_assert!(variants.iter().all(|variant| *variant != document));
                }
            }
        }
    }

    #[test]
    fn only_gendered_words_are_replaced() {
        let document =
            json!({"title": "Vendeur(se)", "summary": "Infirmières motivées, Chef de moteur."});
        let variants = Perturbation::GenderedForms.variants(&document);
        let has = |field: &str, text: &str| variants.iter().any(|variant| variant[field] == text);
        assert!(
            has("summary", "Infirmiers motivés, Chef de moteur."),
            "{variants:#?}"
        );
        assert!(
            has("summary", "Infirmières motivées, Cheffe de moteur."),
            "{variants:#?}"
        );
        assert!(
            has("title", "Vendeur") && has("title", "Vendeuse"),
            "{variants:#?}"
        );
    }
}
