//! Looks up occupations by their titles and codes.

use std::sync::LazyLock;

use super::tables::{U16s, U32s, longest_key, table, table_text, text};

/// Index in the taxonomy's list of occupations: ESCO occupations, ISCO groups, ROME codes and O*NET
/// occupations, in this order.
pub type OccupationId = u16;

/// Index in the taxonomy's list of titles.
pub type TitleId = u32;

static TITLES: LazyLock<Option<fst::Map<&'static [u8]>>> =
    LazyLock::new(|| fst::Map::new(&table!("titles.fst")[..]).ok());
const OWNER_ENDS: U32s = U32s(table!("titles.owners.ends"));
const OWNERS: U16s = U16s(table!("titles.owners.items"));
const COUNTS: U32s = U32s(table!("occupations.counts"));
const ENGLISH_ENDS: U32s = U32s(table!("occupations.english.ends"));
static ENGLISH: &str = table_text!("occupations.english.text");
const FRENCH_ENDS: U32s = U32s(table!("occupations.french.ends"));
static FRENCH: &str = table_text!("occupations.french.text");
const CODE_ENDS: U32s = U32s(table!("occupations.code.ends"));
static CODES: &str = table_text!("occupations.code.text");
const UUID_ENDS: U32s = U32s(table!("occupations.uuid.ends"));
static UUIDS: &str = table_text!("occupations.uuid.text");
const SKILL_ENDS: U32s = U32s(table!("occupations.skills.ends"));
const SKILLS: U32s = U32s(table!("occupations.skills.items"));

/// Maximum length, in words, of a title that is searched in text.
const LONGEST: usize = 7;

/// Returns the number of occupations.
pub fn count() -> usize {
    ENGLISH_ENDS.len()
}

/// Returns the occupations with exactly this title, given by its key, sorted.
pub fn occupations_titled(key: &str) -> Vec<OccupationId> {
    let place = TITLES.as_ref().and_then(|titles| titles.get(key));
    place.map_or_else(Vec::new, |place| holders(title_at(place)).collect())
}

/// Returns the occupations of a code, sorted: O*NET-SOC (`15-1252.00`, `15-1252`), ROME (`M1805`),
/// ISCO-08 (`2512`) or ESCO (a URI, or `2512.4`, which gives its ISCO group). Words around the code
/// are skipped (`ISCO-08: 2512`, `http://data.europa.eu/esco/isco/C2512`). Empty for unknown codes.
pub fn occupations_coded(code: &str) -> Vec<OccupationId> {
    let mut found = Vec::new();
    let signs = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '.');
    for part in code.split(signs).take(MOST_CODE_PARTS) {
        if part.len() == UUID_LENGTH {
            found.extend((0..COUNTS.get(0)).filter_map(|at| {
                let is_it = text(UUID_ENDS, UUIDS, at as usize).eq_ignore_ascii_case(part);
                is_it.then_some(OccupationId::try_from(at).ok()).flatten()
            }));
        } else if let Some(code) = normal_code(part) {
            found.extend(owners_of_code(&code));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Maximum number of parts read from a code; bounds the work on hostile input.
const MOST_CODE_PARTS: usize = 16;
const UUID_LENGTH: usize = 36;

/// Returns a code in the taxonomy's spelling, judged by its form.
fn normal_code(part: &str) -> Option<String> {
    let bytes = part.as_bytes();
    let are_digits = |from: usize, to: usize| {
        bytes
            .get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    match bytes {
        // O*NET-SOC, with or without its last two digits.
        [_, _, b'-', ..] if are_digits(0, 2) && are_digits(3, 7) => (bytes.len() == 7
            || (bytes.len() == 10 && bytes[7] == b'.' && are_digits(8, 10)))
        .then(|| part.to_owned()),
        // `C2512` is ESCO's URI form of an ISCO group, unless it is a ROME code, which is looked up
        // first.
        [letter, ..] if letter.is_ascii_alphabetic() && bytes.len() == 5 && are_digits(1, 5) => {
            Some(part.to_ascii_uppercase())
        }
        // ISCO, or ESCO with further digits after a full stop.
        [..] if are_digits(0, 4) && (bytes.len() == 4 || bytes[4] == b'.') => {
            Some(part[..4].to_owned())
        }
        _ => None,
    }
}

/// Returns ISCO groups, ROME codes and O*NET occupations with this code. ESCO occupations have the
/// code of their ISCO group, which represents all of them.
fn owners_of_code(code: &str) -> Vec<OccupationId> {
    let total = u32::try_from(CODE_ENDS.len()).unwrap_or_default();
    let matching = |is_it: &dyn Fn(&str) -> bool| -> Vec<OccupationId> {
        (COUNTS.get(0)..total)
            .filter(|at| is_it(text(CODE_ENDS, CODES, *at as usize)))
            .filter_map(|at| OccupationId::try_from(at).ok())
            .collect()
    };
    let mut found = matching(&|known| known == code);
    if found.is_empty() && code.len() == 7 {
        found = matching(&|known| known.starts_with(code));
    }
    if found.is_empty()
        && let Some(group) = code.strip_prefix('C')
    {
        found = matching(&|known| known == group);
    }
    found
}

/// Returns the occupations with a title, sorted.
pub fn holders(title: TitleId) -> impl ExactSizeIterator<Item = OccupationId> {
    OWNERS.range(OWNER_ENDS.span(title as usize))
}

fn title_at(place: u64) -> TitleId {
    TitleId::try_from(place).unwrap_or(TitleId::MAX)
}

/// A title that a text contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleInText {
    /// Index of its first stem.
    pub at: usize,
    /// Its length in stems.
    pub length: usize,
    /// The title.
    pub title: TitleId,
}

/// Finds titles in a text from left to right: the longest match at each position, without overlaps.
/// `stems` are those of all words of the text, without function words and gender marks.
pub fn titles_in_text(stems: &[String]) -> Vec<TitleInText> {
    let Some(titles) = &*TITLES else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < stems.len() {
        let mut next = at;
        let longest = longest_key(
            titles,
            |key| {
                let Some(stem) = stems.get(next).filter(|_| next < at + LONGEST) else {
                    return false;
                };
                if next > at {
                    key.push(' ');
                }
                key.push_str(stem);
                next += 1;
                true
            },
            |_, _| true,
        );
        match longest {
            Some((length, place)) => {
                found.push(TitleInText {
                    at,
                    length,
                    title: title_at(place),
                });
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// True for an ESCO occupation; only these have skills.
pub fn has_skills(occupation: OccupationId) -> bool {
    u32::from(occupation) < COUNTS.get(0)
}

/// True for an ESCO occupation or an ISCO group, which have names in both languages.
pub fn is_shared_by_languages(occupation: OccupationId) -> bool {
    u32::from(occupation) < COUNTS.get(0) + COUNTS.get(1)
}

/// Returns the field of an occupation: its minor group in ISCO-08 (`265`), its professional domain
/// in ROME (`M12`), its minor group in O*NET-SOC (`13-2`).
pub fn field_of(occupation: OccupationId) -> &'static str {
    let code = text(CODE_ENDS, CODES, usize::from(occupation));
    let length = if code.contains('-') { 4 } else { 3 };
    code.get(..length).unwrap_or(code)
}

/// Returns an occupation's name in English or French.
pub fn occupation_name(occupation: OccupationId, in_french: bool) -> &'static str {
    if in_french {
        text(FRENCH_ENDS, FRENCH, usize::from(occupation))
    } else {
        text(ENGLISH_ENDS, ENGLISH, usize::from(occupation))
    }
}

/// Returns the skills that ESCO calls essential for an occupation.
pub fn essential_skills(occupation: OccupationId) -> impl Iterator<Item = u32> {
    let at = usize::from(occupation);
    let span = if has_skills(occupation) {
        SKILL_ENDS.span(at)
    } else {
        0..0
    };
    SKILLS.range(span)
}
