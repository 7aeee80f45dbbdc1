//! Removes personal details from free text.
//!
//! A candidate's fields for name, age or nationality are never read, but free text may state the
//! same: « Je m'appelle …, 39 ans, mariée, nationalité … ». This module removes such passages from
//! titles and summaries before the engine sees them: the person's own name, civility, dates and
//! places of birth, ages, nationality, family, e-mail addresses, telephone numbers and links.
//!
//! Only common phrasings in French and English are found, and words that could be about the work
//! are kept: « 13 ans d'expérience », « garde de 3 enfants », "MS Project". So this removes less
//! than a human editor would, and never the occupation. It uses no list of names: a word is a name
//! because the document's own name field contains it, or because the text introduces it as one.

use std::{borrow::Cow, ops::Range};

use serde_json_borrow::Value;

use super::{
    folded_text::fold_letters,
    profile_document::{ProfileDocument, member},
};

/// Fields that contain a name or a part of one.
pub const NAME_FIELDS: [&str; 20] = [
    "name",
    "full_name",
    "fullName",
    "first_name",
    "firstName",
    "given_name",
    "givenName",
    "middle_name",
    "last_name",
    "lastName",
    "family_name",
    "familyName",
    "surname",
    "birth_name",
    "maiden_name",
    "preferred_name",
    "nom",
    "nom_de_famille",
    "prenom",
    "prénom",
];

/// Objects in which some platforms nest the name fields; `basics` is JSON Resume's.
pub const PERSON_FIELDS: [&str; 6] = [
    "basics", "contact", "identity", "person", "personal", "profile",
];

/// Maximum number of words of a name. A longer text is no name and must not slow down reading.
const MOST_WORDS: usize = 12;

/// The words of the name that a document states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnName {
    /// The folded words.
    words: Vec<String>,
    /// Words of the name that the document also uses for the work, as for a person named Ruby or
    /// Boulanger with that skill or occupation.
    working: Vec<String>,
}

impl OwnName {
    /// Reads the document's name fields; empty if it has none.
    #[must_use]
    pub fn of(document: &ProfileDocument<'_>) -> Self {
        let persons = PERSON_FIELDS
            .iter()
            .filter_map(|name| document.member(name));
        let mut words: Vec<String> = Vec::new();
        let texts = [document.root()]
            .into_iter()
            .chain(persons)
            .flat_map(|person| NAME_FIELDS.iter().filter_map(|name| member(person, name)))
            .flat_map(texts_in);
        for word in texts.flat_map(words_of) {
            if words.len() < MOST_WORDS && !words.iter().any(|known| *known == word.folded) {
                words.push(word.folded.into_owned());
            }
        }
        Self {
            words,
            working: Vec::new(),
        }
    }

    /// Marks words of the name that also occur in `texts`: skills, titles, industries. On their
    /// own, such words are not treated as the name.
    #[must_use]
    pub fn beside<'t>(mut self, texts: impl IntoIterator<Item = &'t str>) -> Self {
        if self.words.is_empty() {
            return self;
        }
        for text in texts {
            // The whole name in such a text still counts as the name.
            let words = words_of(text);
            let mut at = 0;
            while at < words.len() {
                let run = self.run(text, &words[at..]);
                let folded = &words[at].folded;
                if run == 1 && !self.working.iter().any(|working| working == folded) {
                    self.working.push(folded.to_string());
                }
                at += run.max(1);
            }
        }
        self
    }

    fn has(&self, folded: &str) -> bool {
        self.words.iter().any(|word| word == folded)
    }

    /// Returns the number of distinct words of the name that follow each other from here.
    fn run(&self, text: &str, words: &[Word<'_>]) -> usize {
        let mut length = 0;
        while let Some(word) = words.get(length)
            && self.has(&word.folded)
            && !words[..length]
                .iter()
                .any(|before| before.folded == word.folded)
            && (length == 0 || is_within_name(between(text, words, length - 1)))
        {
            length += 1;
        }
        length
    }

    /// Returns the number of words from here that mention the name: two or more of its words, or
    /// one that is capitalised and not also a word for the work.
    fn mention(&self, text: &str, words: &[Word<'_>]) -> usize {
        if self.words.is_empty() {
            return 0;
        }
        let run = self.run(text, words);
        let alone = run == 1
            && words.first().is_some_and(|word| {
                word.is_capital
                    && word.folded.len() > 2
                    && !self.working.iter().any(|working| *working == word.folded)
            });
        if run > 1 || alone { run } else { 0 }
    }

    /// Returns the byte ranges of a text that mention the name, each with its number of words.
    #[must_use]
    pub fn mentions(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        if self.words.is_empty() {
            return Vec::new();
        }
        let words = words_of(text);
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let length = self.mention(text, &words[at..]);
            if length > 0 {
                let range = words[at].range.start..words[at + length - 1].range.end;
                mentions.push((range, length));
            }
            at += length.max(1);
        }
        mentions
    }
}

fn texts_in<'v>(value: &'v Value<'_>) -> Vec<&'v str> {
    match value {
        Value::Str(text) => vec![text],
        // A name with parts: {"first": …, "last": …}.
        Value::Object(parts) => parts.values().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns the text without personal details. Each detail and the punctuation after it become one
/// space, or one line break if there was one, and nothing at the start or end of the text.
///
/// Not idempotent: removing the text between two words may reveal a further detail to a second
/// call. A second call never restores anything.
#[must_use]
pub fn without_personal_details<'t>(text: &'t str, own_name: &OwnName) -> Cow<'t, str> {
    let details = details_in(text, own_name);
    if details.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut rest = String::with_capacity(text.len());
    let mut position = 0;
    for detail in details {
        rest.push_str(text.get(position..detail.start).unwrap_or_default());
        let after = text.get(detail.end..).unwrap_or_default();
        let kept = after.trim_start_matches(|sign: char| {
            sign.is_whitespace() || matches!(sign, '.' | ',' | ';' | ':' | '!' | '|' | ')')
        });
        let gone = &after[..after.len() - kept.len()];
        rest.push(if gone.contains('\n') { '\n' } else { ' ' });
        position = text.len() - kept.len();
    }
    rest.push_str(text.get(position..).unwrap_or_default());
    Cow::Owned(rest.trim().to_owned())
}

struct Word<'t> {
    range: Range<usize>,
    folded: Cow<'t, str>,
    is_capital: bool,
    has_accent: bool,
}

impl Word<'_> {
    fn number(&self) -> Option<u32> {
        (self.folded.len() <= 4).then(|| self.folded.parse().ok())?
    }

    /// True for a plausible age of a candidate.
    fn is_age(&self) -> bool {
        self.number()
            .is_some_and(|years| (14..=99).contains(&years))
    }
}

/// Splits a text into runs of letters and digits.
fn words_of(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let is_part = |character: char| {
        character.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&character)
    };
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_part(character), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                let written = &text[from..at];
                let is_folded = written
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
                words.push(Word {
                    range: from..at,
                    folded: if is_folded {
                        Cow::Borrowed(written)
                    } else {
                        Cow::Owned(fold_letters(written))
                    },
                    is_capital: written.starts_with(char::is_uppercase),
                    has_accent: !written.is_ascii(),
                });
            }
            _ => {}
        }
    }
    words
}

/// Returns the text between a word and the next one, or after the last word.
fn between<'t>(text: &'t str, words: &[Word<'_>], at: usize) -> &'t str {
    let from = words.get(at).map_or(text.len(), |word| word.range.end);
    let to = words
        .get(at + 1)
        .map_or(text.len(), |word| word.range.start);
    text.get(from..to).unwrap_or_default()
}

/// True if two words with this gap may belong to one name: "Anne-Marie O'Neil".
fn is_within_name(gap: &str) -> bool {
    gap.chars()
        .all(|sign| matches!(sign, ' ' | '\u{a0}' | '-' | '\'' | '’'))
}

/// True if a sentence or list item ends between two words.
fn separates(gap: &str) -> bool {
    gap != " " && (gap.contains(" - ") || gap.contains(|sign| ",;:.|/()\n•·–—!?".contains(sign)))
}

/// Returns the byte ranges of details, ordered and without overlaps.
fn details_in(text: &str, own_name: &OwnName) -> Vec<Range<usize>> {
    let words = words_of(text);
    let reading = Reading {
        text,
        words: &words,
        own_name,
    };
    let contacts = contacts_in(text);
    let mut is_detail = vec![false; words.len()];
    let mut at = 0;
    while at < words.len() {
        let length = match reading.contact(at, &contacts) {
            0 => reading.detail(at),
            label => label,
        };
        let end = words.len().min(at + length);
        is_detail[at..end].fill(true);
        at += length.max(1);
    }
    reading.mark_parts(&mut is_detail);
    let mut details: Vec<Range<usize>> = contacts;
    let mut at = 0;
    while at < words.len() {
        let length = is_detail[at..].iter().take_while(|detail| **detail).count();
        if length > 0 {
            details.push(words[at].range.start..words[at + length - 1].range.end);
        }
        at += length.max(1);
    }
    details.sort_by_key(|detail| detail.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(details.len());
    for detail in details {
        match merged.last_mut() {
            Some(last) if detail.start <= last.end => last.end = last.end.max(detail.end),
            _ => merged.push(detail),
        }
    }
    merged
}

/// Returns the byte ranges of e-mail addresses, links and telephone numbers.
fn contacts_in(text: &str) -> Vec<Range<usize>> {
    let mut contacts = Vec::new();
    let mut position = 0;
    for chunk in text
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '|' | ',' | ';'))
    {
        let start = position;
        // The separator may be a multi-byte character.
        position += chunk.len();
        position += text[position..].chars().next().map_or(0, char::len_utf8);
        let is_address = chunk
            .split_once('@')
            .is_some_and(|(before, after)| !before.is_empty() && after.contains('.'));
        let is_link = chunk.contains("://") || chunk.starts_with("www.");
        if is_address || is_link {
            contacts.push(start..start + chunk.trim_end_matches(['.', ':', '!']).len());
        }
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // A 0 after one of these signs belongs to an amount or a date.
        let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
        let starts = matches!(bytes[at], b'+' | b'0')
            && !before.is_ascii_alphanumeric()
            && !b",./-$".contains(&before);
        let end = if starts {
            end_of_number(&text[at..])
        } else {
            0
        };
        if end > 0 {
            contacts.push(at..at + end);
        }
        at += end.max(1);
    }
    contacts.sort_by_key(|contact| contact.start);
    contacts
}

/// Returns the byte length of a telephone number at the start of a text, or 0: `+` and 8 to 15
/// digits (ITU-T E.164), or 10 or 11 digits from 0 on, in groups with single separators. A slash is
/// not a separator, because it separates dates: « 07/2016 ».
fn end_of_number(text: &str) -> usize {
    let (mut digits, mut end, mut gap) = (0, 0, 0);
    for (at, character) in text.char_indices() {
        match character {
            '+' if at == 0 => {}
            '0'..='9' => {
                digits += 1;
                gap = 0;
                end = at + 1;
            }
            ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '(' | ')' if gap < 2 => gap += 1,
            '/' => return 0,
            character if character.is_alphanumeric() && gap == 0 => return 0,
            _ => break,
        }
        if digits > 15 {
            return 0;
        }
    }
    let expected = if text.starts_with('+') {
        8..=15
    } else {
        10..=11
    };
    if expected.contains(&digits) { end } else { 0 }
}

// Below are lists of folded words, separated by spaces, and of phrases, separated by bars.

/// Labels of a contact, removed together with it.
const CONTACT_LABELS: &str =
    "courriel e email gsm linkedin mail mobile phone portable portfolio site tel telephone web";

const MONTHS: &str = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre \
     decembre january february march april may june july august september october november \
     december jan janv feb fev mar apr jun jul juil aug sep sept oct nov dec er";

/// Phrases that introduce the person's name.
const INTRODUCTIONS: &str = "je m appelle|je me nomme|je me prenomme|mon nom est|mon prenom est|\
     moi c est|my name is|my name s";

/// Phrases that introduce a date or place of birth.
const BIRTHS: &str = "date de naissance|date et lieu de naissance|lieu de naissance|date of birth|\
     place of birth|birth date|birthdate|birthday|born|dob|ne e|nee|ne";

/// Nationalities in both languages, folded.
const NATIONALITIES: &str = "afghan afghane albanais albanaise albanian algerian algerien algerienne allemand \
    allemande american americain americaine anglais anglaise argentin argentine argentinian armenian \
    armenien armenienne australian australien australienne austrian autrichien autrichienne bangladeshi \
    belge belgian beninois beninoise bolivian brazilian bresilien bresilienne british britannique bulgare \
    bulgarian burkinabe cameroonian camerounais camerounaise canadian canadien canadienne chilean \
    chilien chilienne chinese chinois chinoise colombian colombien colombienne comorien comorienne \
    congolais congolaise congolese croate croatian cuban cubain cubaine czech danish danois danoise dutch \
    egyptian egyptien egyptienne espagnol espagnole estonian ethiopian finlandais finlandaise finnish \
    francais francaise french gabonais gabonaise georgian georgien georgienne german ghaneen ghanaian grec \
    grecque greek guineen guineenne haitian haitien haitienne hongrois hongroise hungarian indian indien \
    indienne indonesian iranian iranien iranienne iraqi irakien irakienne irish irlandais irlandaise \
    israeli israelien israelienne italian italien italienne ivoirien ivoirienne ivorian jamaican japanese \
    japonais japonaise kenyan korean coreen coreenne kosovar latvian lebanese libanais libanaise \
    lithuanian luxembourgeois luxembourgeoise malgache malian malien malienne marocain marocaine \
    mauricien mauricienne mexicain mexicaine mexican moldave moldovan moroccan nepalese nigerian nigerien \
    nigerienne norvegien norvegienne norwegian pakistanais pakistanaise pakistani palestinian \
    palestinien palestinienne peruvian peruvien peruvienne philippin philippine polish polonais polonaise \
    portugais portugaise portuguese roumain roumaine romanian russe russian rwandais rwandaise \
    scottish senegalais senegalaise senegalese serbe serbian slovak slovaque slovene spanish suedois \
    suedoise suisse swedish swiss syrian syrien syrienne tchadien tchadienne tcheque thai togolais \
    togolaise tunisian tunisien tunisienne turc turque turkish ukrainian ukrainien ukrainienne \
    venezuelan venezuelien venezuelienne vietnamese vietnamien vietnamienne welsh";

/// Labels of the family status if a colon follows. Without one they may be about the work
/// (« officier d'état civil »).
const FAMILY_LABELS: &str = "situation familiale|situation matrimoniale|situation de famille|\
     etat civil|marital status|family status";

const PARTICLES: &str = "de da di du el al ben bin van von der la le";

fn is_listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

struct Reading<'r> {
    text: &'r str,
    words: &'r [Word<'r>],
    own_name: &'r OwnName,
}

impl<'r> Reading<'r> {
    fn word(&self, at: usize) -> Option<&'r Word<'r>> {
        self.words.get(at)
    }

    /// True if the word at `at` is in a list.
    fn is(&self, at: usize, list: &str) -> bool {
        self.word(at)
            .is_some_and(|word| is_listed(list, &word.folded))
    }

    fn gap(&self, at: usize) -> &'r str {
        between(self.text, self.words, at)
    }

    /// Returns the number of words of the first of these phrases that starts at `at`.
    fn phrase(&self, at: usize, phrases: &str) -> Option<usize> {
        phrases.split('|').find_map(|phrase| {
            let words = || phrase.split(' ');
            let stands = words().enumerate().all(|(offset, word)| {
                self.word(at + offset)
                    .is_some_and(|here| here.folded == word)
            });
            stands.then(|| words().count())
        })
    }

    /// Returns the number of words from here that label a contact: « tél. : », "E-mail".
    fn contact(&self, at: usize, contacts: &[Range<usize>]) -> usize {
        if contacts.is_empty() {
            return 0;
        }
        let mut length = 0;
        while self.is(at + length, CONTACT_LABELS) && length < 3 {
            length += 1;
        }
        if length == 0 {
            return 0;
        }
        let next = self
            .word(at + length)
            .map_or(self.text.len(), |word| word.range.start);
        let last = self.words[at + length - 1].range.end;
        // The next word belongs to the contact, with only signs such as a colon before it.
        let after = contacts.partition_point(|contact| contact.start < last);
        let is_label = contacts.get(after).is_some_and(|contact| {
            contact.start <= next
                && self.text[last..contact.start]
                    .chars()
                    .all(|sign| " :.-\u{a0}=".contains(sign))
        });
        if is_label { length } else { 0 }
    }

    /// Returns the number of words from here that form a detail.
    fn detail(&self, at: usize) -> usize {
        let Some(first) = self.word(at) else {
            return 0;
        };
        // Dispatches on the first word, so that most words of a text are compared only once.
        let detail = match &*first.folded {
            "je" | "mon" | "moi" | "my" => {
                self.introduction(at).or_else(|| self.own_nationality(at))
            }
            "birth" | "birthdate" | "birthday" | "born" | "date" | "dob" | "lieu" | "ne"
            | "nee" | "place" => self.birth(at),
            "age" | "aged" | "agee" | "femme" | "homme" | "i" | "j" | "man" | "woman" => {
                self.age(at).or_else(|| self.own_nationality(at))
            }
            "citizenship" | "citoyen" | "citoyenne" | "de" | "double" | "dual" | "nationalite"
            | "nationality" => self.nationality(at),
            "etat" | "family" | "marital" | "situation" => self.family_label(at),
            "mademoiselle" | "madame" | "mlle" | "mme" | "monsieur" => Some(1),
            // "MR" in capitals has other meanings, such as a material requisition.
            "mr" | "mrs" if !self.text[first.range.clone()].starts_with("MR") => Some(1),
            "m" | "miss" | "mr" | "mrs" | "ms" => self.civility_of_the_name(at),
            _ if first.is_age() => self.age_in_years(at),
            _ => self.nationality_before_its_noun(at),
        };
        detail.unwrap_or_else(|| self.own_name.mention(self.text, &self.words[at..]))
    }

    /// Matches « Je m'appelle Marie Dupont », with or without a name field.
    fn introduction(&self, at: usize) -> Option<usize> {
        let phrase = self.phrase(at, INTRODUCTIONS)?;
        let own = self.own_name.run(self.text, self.words.get(at + phrase..)?);
        let name = own.max(self.capitals(at + phrase, 5));
        (name > 0).then_some(phrase + name)
    }

    /// Returns the number of consecutive capitalised words, including particles between them.
    fn capitals(&self, at: usize, most: usize) -> usize {
        let mut length = 0;
        for offset in 0..most {
            let Some(word) = self.word(at + offset) else {
                break;
            };
            let is_joined = offset == 0 || is_within_name(self.gap(at + offset - 1));
            if !is_joined || !(word.is_capital || is_listed(PARTICLES, &word.folded)) {
                break;
            }
            if word.is_capital {
                length = offset + 1;
            }
        }
        length
    }

    /// Matches « né(e) le 12/03/1985 à Lyon », « née à Alger en 1985 », "born on 12 March 1985".
    fn birth(&self, at: usize) -> Option<usize> {
        let label = self.phrase(at, BIRTHS)?;
        let is_label = !self.is(at, "born ne nee");
        let joiner = usize::from(self.is(at + label, "le en on in"));
        let mut length = label;
        let date = self.date(at + label + joiner);
        if date > 0 {
            length += joiner + date;
        }
        // « ne » without its accent is a negation, unless a date follows.
        let may_be_born = date > 0 || !self.is(at, "ne") || self.word(at)?.has_accent;
        let mut place = 0;
        if may_be_born && self.is(at + length, "a au en in at") {
            place = self.capitals(at + length + 1, 4);
            length += if place > 0 { 1 + place } else { 0 };
            // The date may follow the place: « née à Alger en 1985 ».
            let later = self.date(at + length + 1);
            if place > 0 && date == 0 && later > 0 && self.is(at + length, "le en on in") {
                length += 1 + later;
            }
        } else if is_label && date == 0 && self.gap(at + label - 1).contains(':') {
            place = self.capitals(at + length, 4);
            length += place;
        }
        (date > 0 || place > 0).then_some(length)
    }

    /// Returns the number of words of a date: numbers and months, with at least one number.
    fn date(&self, at: usize) -> usize {
        let mut length = 0;
        let mut has_number = false;
        while length < 5
            && let Some(word) = self.word(at + length)
        {
            if length > 0 && self.gap(at + length - 1).contains(['\n', ';', '(', ')']) {
                break;
            }
            let day = word.folded.trim_end_matches(char::is_alphabetic);
            let is_number = word.number().is_some()
                || day.parse::<u8>().is_ok()
                    && ["er", "st", "nd", "rd", "th"].contains(&&word.folded[day.len()..]);
            let is_year = word.folded.len() == 4 && word.number().is_some();
            if !is_number && !is_listed(MONTHS, &word.folded) {
                break;
            }
            has_number |= is_number;
            length += 1;
            // Only dashes continue a date that began with its year.
            if is_year && !self.gap(at + length - 1).starts_with('-') {
                break;
            }
        }
        if has_number { length } else { 0 }
    }

    /// Matches « âgée de 39 ans », « j'ai 39 ans », "aged 39".
    fn age(&self, at: usize) -> Option<usize> {
        let said = self.phrase(at, "age e de|age de|agee de|aged|age");
        let start = said.or_else(|| {
            self.phrase(
                at,
                "j ai|i am|i m|homme de|femme de|homme|femme|man of|woman of",
            )
        })?;
        let number = at + start;
        self.word(number).filter(|word| word.is_age())?;
        let unit = self.phrase(number + 1, "ans|years old|years|year old");
        let length = start + 1 + unit.unwrap_or(0);
        // In « j'ai 20 ans de métier » the years are followed by what they measure, without a
        // pause.
        let is_age = said.is_some()
            || self.ends_part(at + length - 1)
            || unit.is_some() && self.is(at + length, "et and");
        is_age.then_some(length)
    }

    /// Matches "39 years old", "39-year-old".
    fn age_in_years(&self, at: usize) -> Option<usize> {
        let unit = self.phrase(at + 1, "years old|year old|yrs old|yo")?;
        Some(1 + unit)
    }

    /// True if a sentence or list item ends after this word.
    fn ends_part(&self, at: usize) -> bool {
        at + 1 >= self.words.len() || separates(self.gap(at))
    }

    /// Matches « nationalité française », « Nationalité : franco-marocaine ». Without a listed
    /// nationality, only what can't be about the work: « engagement citoyen », "Nationality and
    /// Immigration Officer" and "Citizenship Teacher" stay.
    fn nationality(&self, at: usize) -> Option<usize> {
        let is_double = self.is(at, "double dual");
        let label = at + usize::from(is_double || self.is(at, "de"));
        let is_nationality = self.is(label, "nationalite nationality");
        if !is_nationality && !self.is(label, "citizenship citoyen citoyenne") {
            return None;
        }
        let gap = self.gap(label);
        let first = label + 1;
        let starts_part = at == 0 || separates(self.gap(at - 1));
        let may_be_unlisted = if gap.contains(':') {
            is_nationality || starts_part
        } else {
            let is_attributive = label > at || starts_part;
            self.is(label, "nationalite") && is_attributive && self.ends_part(first)
        };
        let named = match self.listed_nationality(first) {
            _ if gap.contains(['\n', '.', ',', ';', '(']) => 0,
            0 if may_be_unlisted && self.word(first).is_some() => {
                1 + usize::from(self.gap(first) == "-")
            }
            listed => listed,
        };
        if named == 0 {
            return is_double.then_some(2);
        }
        let next = first + named;
        let joiner = usize::from(self.is(next, "et and"));
        let joins = joiner > 0 || matches!(self.gap(next - 1), "-" | "/" | " / ");
        let second = match self.listed_nationality(next + joiner) {
            listed if joins && listed > 0 => joiner + listed,
            _ => 0,
        };
        Some(next + second - at)
    }

    /// Returns the number of words of a listed nationality: "French" (1), « franco-malienne » (2).
    fn listed_nationality(&self, at: usize) -> usize {
        if self.is(at, NATIONALITIES) {
            1
        } else if self.gap(at) == "-" && self.is(at + 1, NATIONALITIES) {
            2
        } else {
            0
        }
    }

    /// Matches "French nationality", "a French citizen", but not "Senior Citizen Care" or
    /// "Corporate Citizenship".
    fn nationality_before_its_noun(&self, at: usize) -> Option<usize> {
        let is_named = self.word(at)?.is_capital && self.gap(at) == " ";
        let is_noun = is_named && self.is(at + 1, "nationality citizen citizenship");
        let is_nationality = is_noun
            && (self.is(at, NATIONALITIES)
                || self.is(at, "eu uk us usa")
                || self.is(at + 1, "nationality") && self.ends_part(at + 1));
        is_nationality.then_some(2)
    }

    /// Matches « Je suis française. » and "I'm French and", unless a word of another kind follows:
    /// "I am French teacher" and « je suis italien de formation » are about the work.
    fn own_nationality(&self, at: usize) -> Option<usize> {
        let length = self.phrase(at, "i am|i m|je suis|j suis")?;
        let last = at + length;
        let is_named = self.is(last, NATIONALITIES);
        let ends = self.ends_part(last) || self.is(last + 1, "and et");
        (is_named && ends).then_some(length + 1)
    }

    /// Matches « Situation familiale : … » up to the end of its list item.
    fn family_label(&self, at: usize) -> Option<usize> {
        let mut length = self.phrase(at, FAMILY_LABELS)?;
        if !self.gap(at + length - 1).contains(':') {
            return None;
        }
        while length < 8 && self.word(at + length).is_some() {
            length += 1;
            if separates(self.gap(at + length - 1)) {
                break;
            }
        }
        Some(length)
    }

    /// Matches « M. Dupont » for the person's own name only, because M and MS have other meanings.
    fn civility_of_the_name(&self, at: usize) -> Option<usize> {
        let named = self.own_name.run(self.text, self.words.get(at + 1..)?);
        (named > 0 && matches!(self.gap(at).trim(), "" | ".")).then_some(1 + named)
    }

    /// Marks list items that state only an age or a family: « 39 ans », « mariée, 2 enfants ».
    fn mark_parts(&self, is_detail: &mut [bool]) {
        let mut start = 0;
        while start < self.words.len() {
            let mut end = start + 1;
            while end < self.words.len() && !separates(self.gap(end - 1)) {
                end += 1;
            }
            let left = (start..end).filter(|at| !is_detail[*at]);
            if self.is_an_age(start..end) || self.is_of_family(left) {
                is_detail[start..end].fill(true);
            }
            start = end;
        }
    }

    /// True for « 39 ans » alone. Fewer than 16 years are usually a duration.
    fn is_an_age(&self, part: Range<usize>) -> bool {
        let years = self.word(part.start).and_then(Word::number);
        part.len() == 2
            && years.is_some_and(|years| (16..=99).contains(&years))
            && self.is(part.start + 1, "ans")
    }

    fn is_of_family(&self, part: impl Iterator<Item = usize>) -> bool {
        let (mut says_family, mut says_children, mut counts) = (false, false, false);
        for word in part.filter_map(|at| self.word(at)) {
            match family_word(&word.folded) {
                Some(FamilyWord::Family) => says_family = true,
                Some(FamilyWord::Children) => says_children = true,
                Some(FamilyWord::Parent) => counts = true,
                Some(FamilyWord::Little) => {}
                None if word.number().is_some_and(|children| children < 13) => counts = true,
                // The item also contains a word of another kind.
                None => return false,
            }
        }
        says_family || says_children && counts
    }
}

/// The role of a word in the description of a family.
enum FamilyWord {
    /// States a family status.
    Family,
    /// Describes a family only beside a number or a parent.
    Children,
    /// A parent, or a number of children.
    Parent,
    /// A filler word.
    Little,
}

fn family_word(folded: &str) -> Option<FamilyWord> {
    Some(match folded {
        "celibataire" | "concubinage" | "couple" | "divorce" | "divorced" | "divorcee"
        | "marie" | "mariee" | "married" | "pacse" | "pacsee" | "separe" | "separee" | "single"
        | "unmarried" | "veuf" | "veuve" | "widow" | "widowed" | "widower" => FamilyWord::Family,
        "child" | "children" | "enfant" | "enfants" | "kids" => FamilyWord::Children,
        "cinq" | "dad" | "deux" | "father" | "five" | "four" | "maman" | "mere" | "mom"
        | "mother" | "mum" | "no" | "one" | "papa" | "parent" | "pere" | "quatre" | "sans"
        | "three" | "trois" | "two" | "un" | "une" | "without" => FamilyWord::Parent,
        "a" | "am" | "and" | "avec" | "charge" | "d" | "de" | "e" | "en" | "et" | "i" | "je"
        | "m" | "of" | "suis" | "with" => FamilyWord::Little,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{OwnName, ProfileDocument, without_personal_details};

    fn name(document: &Value) -> OwnName {
        OwnName::of(&ProfileDocument::of(document))
    }

    fn rest(text: &str, own_name: &OwnName) -> String {
        let rest = without_personal_details(text, own_name);
        rest.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn personal_sentences_are_removed_and_work_is_kept() {
        let nobody = OwnName::default();
        for (text, expected) in [
            ("Née le 12/03/1985 à Oran, soudeuse", "soudeuse"),
            ("né(e) le 1er mars 1985. Soudeur", "Soudeur"),
            ("NE LE 12.03.1985 - Soudeur", "- Soudeur"),
            ("Born on 12 March 1985 in Leeds; welder", "welder"),
            ("Née à Alger en 1985. Soudeuse", "Soudeuse"),
            ("Born in Oran in March 1985; welder", "welder"),
            ("Date de naissance : 1985-03-12\nSoudeur", "Soudeur"),
            ("DOB: March 12, 1985. Welder", "Welder"),
            ("Je ne le fais pas", "Je ne le fais pas"),
            (
                "Soudeur, 39 ans, marié, 2 enfants, permis B",
                "Soudeur, permis B",
            ),
            ("Âgée de 39 ans, je cherche", "je cherche"),
            ("J'ai 39 ans et je soude", "et je soude"),
            ("J'ai 39 ans.", ""),
            ("J'ai 20 ans d'expérience", "J'ai 20 ans d'expérience"),
            (
                "13 ans d'expérience, chef de rang (5 ans)",
                "13 ans d'expérience, chef de rang (5 ans)",
            ),
            ("A 39-year-old welder", "A welder"),
            ("I am 39 years old and I weld", "and I weld"),
            ("I am 39.", ""),
            ("Aged 39, welder", "welder"),
            ("Femme de 39 ans, soudeuse", "soudeuse"),
            ("Célibataire sans enfant", ""),
            ("Situation familiale : pacsée | Soudeuse", "Soudeuse"),
            (
                "Officier d'état civil, mairie",
                "Officier d'état civil, mairie",
            ),
            ("Garde de 3 enfants, éveil", "Garde de 3 enfants, éveil"),
            ("Public : enfants, adultes", "Public : enfants, adultes"),
            ("Je suis mère de deux enfants.", ""),
            ("Single page applications", "Single page applications"),
            ("Nationalité : marocaine, soudeur", "soudeur"),
            ("De nationalité franco-malienne", ""),
            ("French nationality, welder", "welder"),
            ("Je suis française. Soudeuse.", "Soudeuse."),
            ("I am Moroccan, welder", "welder"),
            ("I am a French teacher", "I am a French teacher"),
            ("Je suis allemand en LV2", "Je suis allemand en LV2"),
            ("Mme, soudeuse", "soudeuse"),
            ("MS Project, M. Sc.", "MS Project, M. Sc."),
            (
                "Call +44 (0)20 7946 0958 or see https://example.org/a.",
                "Call or see",
            ),
            (
                "07/2000-09/2014, 01/1997 01/1988, $50,000. 07/2016",
                "07/2000-09/2014, 01/1997 01/1988, $50,000. 07/2016",
            ),
            (
                "Bill of Material (BOM) MR for a plant",
                "Bill of Material (BOM) MR for a plant",
            ),
            (
                "de 2018 à 2021, 0,5 ETP, 80 000 compteurs",
                "de 2018 à 2021, 0,5 ETP, 80 000 compteurs",
            ),
            ("Je m'appelle Karim Ben Ali et je soude", "et je soude"),
            ("My name is Mary-Jane O'Neil. Welder", "Welder"),
            ("je m'appelle chaque matin", "je m'appelle chaque matin"),
        ] {
            assert_eq!(rest(text, &nobody), expected.trim(), "{text}");
        }
    }

    #[test]
    fn nationalities_are_removed_and_occupations_with_such_words_are_kept() {
        for (text, expected) in [
            ("De nationalité kazakhe, soudeuse", "soudeuse"),
            ("Nationalité kazakhe. Soudeuse", "Soudeuse"),
            ("Nationality: French and Malian, welder", "welder"),
            ("Double nationalité, soudeuse", "soudeuse"),
            ("Citizenship: Kazakh\nWelder", "Welder"),
            ("EU citizen, welder", "welder"),
            ("Kazakh nationality, welder", "welder"),
            (
                "Nationality: French and fluent in English",
                "and fluent in English",
            ),
            ("Citizenship Teacher", "Citizenship Teacher"),
            ("Parcours de citoyen engagé", "Parcours de citoyen engagé"),
            ("Citoyenne engagée", "Citoyenne engagée"),
            ("Corporate Citizenship", "Corporate Citizenship"),
            (
                "Corporate Citizenship: local programmes",
                "Corporate Citizenship: local programmes",
            ),
            ("Senior Citizen Care", "Senior Citizen Care"),
            (
                "Citizen Participation Specialist",
                "Citizen Participation Specialist",
            ),
            (
                "Immigration and Nationality Officer",
                "Immigration and Nationality Officer",
            ),
            (
                "Nationality and Immigration Officer",
                "Nationality and Immigration Officer",
            ),
            (
                "Droit de la nationalité et des étrangers",
                "Droit de la nationalité et des étrangers",
            ),
        ] {
            assert_eq!(rest(text, &OwnName::default()), expected, "{text}");
        }
    }

    #[test]
    fn the_name_of_the_document_is_removed_wherever_it_is_used_as_a_name() {
        let marie = name(&json!({"first_name": "Marie", "last_name": "Boulanger"})).beside([
            "Boulangère",
            "pain",
            "Boulanger tourier",
        ]);
        for (text, expected) in [
            ("Marie Boulanger, boulangère", "boulangère"),
            ("BOULANGER Marie - Lyon", "- Lyon"),
            ("Marie bakes well.", "bakes well."),
            ("Je suis Marie.", "Je suis"),
            (
                "Boulanger tourier depuis dix ans",
                "Boulanger tourier depuis dix ans",
            ),
            ("M. Boulanger, boulanger", "boulanger"),
            ("boulanger", "boulanger"),
            ("Mariella", "Mariella"),
        ] {
            assert_eq!(rest(text, &marie), expected, "{text}");
        }
        let ruby = name(&json!({"name": "Ruby Smith"})).beside(["Ruby", "Rails"]);
        assert_eq!(rest("Ruby developer, Ruby Smith", &ruby), "Ruby developer,");
        assert_eq!(rest("Ruby Smith", &OwnName::default()), "Ruby Smith");
    }

    #[test]
    fn a_name_is_found_in_the_fields_that_platforms_use() {
        for document in [
            json!({"name": "Aïcha Diallo"}),
            json!({"prenom": "Aïcha", "nom": "DIALLO"}),
            json!({"basics": {"name": "Aicha Diallo"}}),
            json!({"name": {"first": "Aïcha", "last": "Diallo"}}),
            json!({"personal": {"fullName": "Aïcha Diallo"}}),
        ] {
            assert_eq!(rest("Aïcha Diallo soude", &name(&document)), "soude");
        }
        assert_eq!(name(&json!({"title": "Aïcha"})), OwnName::default());
    }

    proptest! {
        #[test]
        fn removing_personal_details_never_adds_text(
            text in "(\\PC|Marie|Boulanger|né le |12/03/1985|39 ans|, |\\+33 6 12|@a\\.b|nationalité ){0,12}"
        ) {
            let own_name = name(&json!({"name": "Marie Boulanger"}));
            let rest = without_personal_details(&text, &own_name);
            let mut written = text.chars();
            prop_assert!(rest.chars().all(|kept| kept == ' ' || written.any(|one| one == kept)));
            prop_assert_eq!(own_name.mentions(&rest).len(), 0);
        }
    }
}
