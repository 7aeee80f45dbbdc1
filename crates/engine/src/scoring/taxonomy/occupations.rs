//! Occupations by their titles.

use std::sync::LazyLock;

use super::tables::{U16s, U32s, longest_key, table, table_text, text};

/// A place in the taxonomy's list of occupations: ESCO occupations, ISCO groups, ROME codes and
/// O*NET occupations, in this order.
pub type OccupationId = u16;

/// A place in the taxonomy's list of titles.
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

/// Words of the longest title that is looked for in text.
const LONGEST: usize = 7;

/// How many occupations there are.
pub fn count() -> usize {
    ENGLISH_ENDS.len()
}

/// The occupations that bear exactly this title, by its key, sorted.
pub fn occupations_titled(key: &str) -> Vec<OccupationId> {
    let place = TITLES.as_ref().and_then(|titles| titles.get(key));
    place.map_or_else(Vec::new, |place| bearers(title_at(place)).collect())
}

/// The occupations that a code of O*NET-SOC (`15-1252.00`, `15-1252`), ROME (`M1805`), ISCO-08
/// (`2512`) or ESCO (a URI, or `2512.4`: its ISCO group) stands for, sorted. Words before and after
/// the code are passed over (`ISCO-08: 2512`, `http://data.europa.eu/esco/isco/C2512`). Empty for
/// unknown codes.
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

/// Parts of a code that are read; bounds the work on hostile input.
const MOST_CODE_PARTS: usize = 16;
const UUID_LENGTH: usize = 36;

/// A code as the taxonomy spells it, as far as its form tells.
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
        // `C2512` in ESCO's URIs of ISCO groups, unless it is a code of ROME, which is looked up
        // first.
        [letter, ..] if letter.is_ascii_alphabetic() && bytes.len() == 5 && are_digits(1, 5) => {
            Some(part.to_ascii_uppercase())
        }
        // ISCO, or ESCO with further digits behind a full stop.
        [..] if are_digits(0, 4) && (bytes.len() == 4 || bytes[4] == b'.') => {
            Some(part[..4].to_owned())
        }
        _ => None,
    }
}

/// ISCO groups, ROME codes and O*NET occupations with this code. ESCO occupations state the code of
/// their ISCO group, which stands for all of them.
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

/// The occupations that bear a title, sorted.
pub fn bearers(title: TitleId) -> impl ExactSizeIterator<Item = OccupationId> {
    OWNERS.range(OWNER_ENDS.span(title as usize))
}

fn title_at(place: u64) -> TitleId {
    TitleId::try_from(place).unwrap_or(TitleId::MAX)
}

/// A title that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleInText {
    /// The place of its first word.
    pub at: usize,
    /// How many words it takes.
    pub length: usize,
    /// Which one.
    pub title: TitleId,
}

/// The titles that a text names, in their order, none overlapping another, the longest at each
/// place. `stems` are those of all words of the text, without little words and gender marks.
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

/// Whether this is an ESCO occupation, of which the skills are known.
pub fn has_skills(occupation: OccupationId) -> bool {
    u32::from(occupation) < COUNTS.get(0)
}

/// Whether this is an ESCO occupation or an ISCO group, the ones that both languages have.
pub fn is_shared_by_languages(occupation: OccupationId) -> bool {
    u32::from(occupation) < COUNTS.get(0) + COUNTS.get(1)
}

/// The field an occupation belongs to: its minor group in ISCO-08 (`265`), its professional domain
/// in ROME (`M12`), its minor group in O*NET-SOC (`13-2`).
pub fn field_of(occupation: OccupationId) -> &'static str {
    let code = text(CODE_ENDS, CODES, usize::from(occupation));
    let length = if code.contains('-') { 4 } else { 3 };
    code.get(..length).unwrap_or(code)
}

/// An occupation's name in English, or in French.
pub fn occupation_name(occupation: OccupationId, in_french: bool) -> &'static str {
    if in_french {
        text(FRENCH_ENDS, FRENCH, usize::from(occupation))
    } else {
        text(ENGLISH_ENDS, ENGLISH, usize::from(occupation))
    }
}

/// The skills that ESCO calls essential for an occupation.
pub fn essential_skills(occupation: OccupationId) -> impl Iterator<Item = u32> {
    let at = usize::from(occupation);
    let span = if has_skills(occupation) {
        SKILL_ENDS.span(at)
    } else {
        0..0
    };
    SKILLS.range(span)
}
