//! Codes of occupations in public classifications.

use std::fmt;

/// A classification of occupations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OccupationScheme {
    /// O*NET-SOC of the United States: `15-1252.00`, or a SOC code: `15-1252`.
    Onet,
    /// ISCO-08 of the International Labour Organization: `2512`.
    Isco,
    /// ROME of France Travail: `M1805`.
    Rome,
    /// ESCO of the European Commission: a code such as `2512.4`, or an occupation's UUID.
    Esco,
}

impl OccupationScheme {
    /// Returns the wire name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onet => "onet",
            Self::Isco => "isco",
            Self::Rome => "rome",
            Self::Esco => "esco",
        }
    }
}

/// A code with its classification; displayed and parsed as `rome:M1805`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OccupationCode {
    /// The classification.
    pub scheme: OccupationScheme,
    /// The code in its usual notation, at most 40 characters.
    pub code: String,
}

/// More codes in one text are an excerpt of a classification, not the job's occupation.
const MOST_CODES: usize = 20;

impl OccupationCode {
    /// Reads one code, with or without its classification: `rome:M1805`, `15-1252.00`, « ROME
    /// M1805 », `ISCO-08 2512`, an ESCO URI. Four digits without a classification are ISCO-08,
    /// which schema.org recommends.
    ///
    /// ```
    /// use matching_engine::profiles::occupation_code::OccupationCode;
    /// assert_eq!(OccupationCode::parse("ROME M1805").unwrap().to_string(), "rome:M1805");
    /// assert_eq!(OccupationCode::parse("a developer"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::all_in(text, "").into_iter().next()
    }

    /// Returns the codes in a text, in text order. `scheme` is the classification that the sender
    /// names beside the text; it may be empty.
    pub(super) fn all_in(text: &str, scheme: &str) -> Vec<Self> {
        let named = |word: &str| {
            let holds = |text: &str| text.to_ascii_lowercase().contains(word);
            holds(scheme) || holds(text)
        };
        if text.len() > 2_000 {
            return Vec::new();
        }
        let is_isco = named("isco") || named("esco") || named("cito");
        let is_alone = scheme.is_empty() && is_digits(text.trim(), 4);
        let words = text
            .split(|c: char| c.is_whitespace() || ",;|()[]".contains(c))
            .filter(|word| !word.is_empty());
        let mut codes = Vec::new();
        for word in words {
            let found = address(word).or_else(|| code(word, is_isco || is_alone));
            codes.extend(found.filter(|code| !codes.contains(code)));
            if codes.len() >= MOST_CODES {
                break;
            }
        }
        codes
    }
}

/// Reads the code of an ESCO URI: `http://data.europa.eu/esco/occupation/…`, `…/esco/isco/C2512`.
fn address(word: &str) -> Option<OccupationCode> {
    let of = |scheme, code: &str| OccupationCode {
        scheme,
        code: code.to_owned(),
    };
    if let Some((_, uuid)) = word.split_once("/esco/occupation/") {
        let end = uuid
            .find(|c: char| !c.is_ascii_hexdigit() && c != '-')
            .unwrap_or(uuid.len());
        let uuid = &uuid[..end];
        return (uuid.len() == 36).then(|| of(OccupationScheme::Esco, &uuid.to_ascii_lowercase()));
    }
    let (_, group) = word.split_once("/esco/isco/")?;
    let group = group.trim_start_matches(['C', 'c']);
    is_digits(group, 4).then(|| of(OccupationScheme::Isco, group))
}

/// Reads a code in one word, with an optional classification before it.
fn code(word: &str, may_be_isco: bool) -> Option<OccupationCode> {
    let word = word.trim_matches(['.', ':', '/', '"', '\'', '«', '»']);
    let (scheme, code) = word.rsplit_once([':', '/', '=']).unwrap_or(("", word));
    let of = |scheme, code: String| Some(OccupationCode { scheme, code });
    let names = |name: &str| scheme.to_ascii_lowercase().contains(name);
    if let Some((major, minor)) = code.split_once('-') {
        let (minor, detail) = minor.split_once('.').unwrap_or((minor, "00"));
        let is_onet = is_digits(major, 2) && is_digits(minor, 4) && is_digits(detail, 2);
        if is_onet {
            return of(OccupationScheme::Onet, code.to_owned());
        }
        let is_esco = names("esco") && code.len() == 36;
        let is_uuid = code
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        return (is_esco && is_uuid).then(|| OccupationCode {
            scheme: OccupationScheme::Esco,
            code: code.to_ascii_lowercase(),
        });
    }
    let letter = code.chars().next()?.to_ascii_uppercase();
    if ('A'..='N').contains(&letter) && is_digits(&code[1..], 4) {
        let is_group = letter == 'C' && (may_be_isco || names("isco"));
        return if is_group {
            of(OccupationScheme::Isco, code[1..].to_owned())
        } else {
            of(OccupationScheme::Rome, format!("{letter}{}", &code[1..]))
        };
    }
    if let Some((group, rest)) = code.split_once('.') {
        let is_esco = is_digits(group, 4)
            && code.len() <= 40
            && rest
                .split('.')
                .all(|part| (1..=3).any(|length| is_digits(part, length)));
        return (is_esco && (may_be_isco || names("esco"))).then(|| OccupationCode {
            scheme: OccupationScheme::Esco,
            code: code.to_owned(),
        });
    }
    let is_isco = is_digits(code, 4) && !code.starts_with('0');
    (is_isco && (may_be_isco || names("isco"))).then(|| OccupationCode {
        scheme: OccupationScheme::Isco,
        code: code.to_owned(),
    })
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for OccupationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.scheme.as_str(), self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::OccupationCode;

    fn codes(text: &str, scheme: &str) -> Vec<String> {
        let codes = OccupationCode::all_in(text, scheme);
        codes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn codes_are_parsed_in_the_spellings_of_postings() {
        for (text, scheme, expected) in [
            ("15-1252.00", "", "onet:15-1252.00"),
            ("15-1252", "SOC", "onet:15-1252"),
            ("15-1252.00 Software Developers", "O*NET", "onet:15-1252.00"),
            ("M1805", "", "rome:M1805"),
            ("ROME m1805 : Études et développement", "", "rome:M1805"),
            ("2512", "", "isco:2512"),
            ("ISCO-08: 2512", "", "isco:2512"),
            ("C2512", "ISCO-08", "isco:2512"),
            ("http://data.europa.eu/esco/isco/C2512", "", "isco:2512"),
            (
                "http://data.europa.eu/esco/occupation/F2B15A0E-E65A-438A-AFFB-29B9D50B77D1",
                "",
                "esco:f2b15a0e-e65a-438a-affb-29b9d50b77d1",
            ),
            ("2512.4.1", "ESCO", "esco:2512.4.1"),
        ] {
            assert_eq!(codes(text, scheme), [expected], "{text:?}");
            let read = OccupationCode::parse(expected).unwrap();
            assert_eq!(read.to_string(), expected, "{text:?}");
        }
        assert_eq!(
            codes("M1805, 15-1252.00; M1805", ""),
            ["rome:M1805", "onet:15-1252.00"]
        );
    }

    #[test]
    fn other_numbers_are_not_parsed_as_codes() {
        for (text, scheme) in [
            ("2512", "SOC 2020"),
            ("since 2015", ""),
            ("Developer 2512", ""),
            ("Z1805", ""),
            ("é1805", ""),
            ("M18055", ""),
            ("15-12520", ""),
            ("🦀", ""),
            ("", ""),
            (":", "isco"),
        ] {
            assert!(codes(text, scheme).is_empty(), "{text:?}");
        }
        assert!(codes(&"M1805 ".repeat(10_000), "").is_empty());
    }
}
