//! Splits French job titles that name both genders into a masculine and a feminine title.

use crate::profiles::folded_text::fold_letters;

/// Returns the masculine and the feminine title that one title abbreviates. Returns `None` if it
/// names one gender only, or if a slash joins two occupations. Marks such as « (H/F) » are removed
/// from both.
///
/// Both forms may be written in full, share the words before or after, or differ by an ending:
///
/// ```
/// use matching_engine::audit::gendered_forms;
/// let forms = |title| gendered_forms(title).unwrap();
/// let both = |one: &str, other: &str| (one.to_owned(), other.to_owned());
/// assert_eq!(forms("Technicien / Technicienne de maintenance"),
///            both("Technicien de maintenance", "Technicienne de maintenance"));
/// assert_eq!(forms("Vendeur(se) en boulangerie (H/F)"),
///            both("Vendeur en boulangerie", "Vendeuse en boulangerie"));
/// assert_eq!(gendered_forms("Boulanger / Pâtissier"), None);
/// ```
#[must_use]
pub fn gendered_forms(title: &str) -> Option<(String, String)> {
    let title = without_marks(title);
    let (masculine, feminine) = split_endings(&title);
    let forms = (split_slash(masculine).0, split_slash(feminine).1);
    (forms.0 != forms.1).then_some(forms)
}

/// Removes gender marks from a title: « (H/F) », "f/h/x", "m/w/d".
fn without_marks(title: &str) -> String {
    let is_mark = |word: &str| {
        let letters = word.trim_matches(|sign| matches!(sign, '(' | ')' | ',' | '-' | '–'));
        let mut parts = letters.split('/');
        letters.contains('/')
            && parts.all(|part| matches!(&*part.to_lowercase(), "h" | "f" | "m" | "w" | "d" | "x"))
    };
    let words = title.split_whitespace().filter(|word| !is_mark(word));
    words.collect::<Vec<_>>().join(" ")
}

/// Expands inclusive endings: returns « chargé(e) », « vendeur·euse », « vendeur/se » or
/// « technicien.ne » without and with the ending.
fn split_endings(title: &str) -> (String, String) {
    let (mut masculine, mut feminine) = (String::new(), String::new());
    let mut rest = title;
    while let Some((at, sign)) = rest
        .char_indices()
        .find(|(_, sign)| "(·•‧./-".contains(*sign))
    {
        let (before, after) = (&rest[..at], &rest[at + sign.len_utf8()..]);
        let ending_length = after
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(after.len());
        let (ending, tail) = after.split_at(ending_length);
        let word_start = before
            .rfind(|c: char| !c.is_alphabetic())
            .map_or(0, |last| {
                last + before[last..].chars().next().map_or(1, char::len_utf8)
            });
        let word = &before[word_start..];
        let closes = if sign == '(' {
            tail.strip_prefix(')')
        } else {
            Some(tail)
        };
        let feminine_word = closes.and_then(|_| with_ending(word, ending));
        let (Some(tail), Some(feminine_word)) = (closes, feminine_word) else {
            let kept = &rest[..at + sign.len_utf8()];
            masculine.push_str(kept);
            feminine.push_str(kept);
            rest = after;
            continue;
        };
        masculine.push_str(before);
        feminine.push_str(&before[..word_start]);
        feminine.push_str(&feminine_word);
        // « chargé·e·s »: the plural ending belongs to both forms.
        let plural = tail
            .strip_prefix(sign)
            .and_then(|tail| tail.strip_prefix('s'))
            .filter(|tail| !tail.starts_with(char::is_alphabetic));
        if plural.is_some() {
            masculine.push('s');
            feminine.push('s');
        }
        rest = plural.unwrap_or(tail);
    }
    masculine.push_str(rest);
    feminine.push_str(rest);
    (masculine, feminine)
}

/// The feminine endings of inclusive spelling, folded.
const ENDINGS: [&str; 21] = [
    "e", "elle", "enne", "ere", "esse", "euse", "eure", "fe", "ice", "ienne", "iere", "ive", "le",
    "ne", "onne", "rice", "se", "sse", "te", "trice", "ve",
];

/// Attaches a feminine ending to a masculine word. The ending replaces the word from the last
/// letter on with which it starts, if that gives a valid feminine form, else it is appended.
fn with_ending(word: &str, ending: &str) -> Option<String> {
    let folded = fold_letters(ending);
    if !ENDINGS.contains(&&*folded) || word.chars().count() < 3 {
        return None;
    }
    let first = folded.chars().next()?;
    let mut places: Vec<usize> = word
        .char_indices()
        .filter(|(_, letter)| fold_letters(letter.encode_utf8(&mut [0; 4])).starts_with(first))
        .map(|(at, _)| at)
        .collect();
    // « vendeur(se) », « actif(ve) »: the ending replaces the last letter and shares none.
    places.extend(word.char_indices().next_back().map(|(at, _)| at));
    places.push(word.len());
    places.into_iter().rev().find_map(|at| {
        let feminine = format!("{}{ending}", &word[..at]);
        (at > 0 && is_feminine_of(&fold_letters(&feminine), &fold_letters(word)))
            .then_some(feminine)
    })
}

/// Splits a title at the slash between its two genders; returns the title twice if it has none.
fn split_slash(title: String) -> (String, String) {
    for (at, _) in title.match_indices('/') {
        if let Some((masculine, feminine)) = split_at_slash(&title[..at], &title[at + 1..]) {
            // Further slashes occur in both halves: « maçon/maçonne, plâtrier/plâtrière ».
            return (split_slash(masculine).0, split_slash(feminine).1);
        }
    }
    (title.clone(), title)
}

fn split_at_slash(left: &str, right: &str) -> Option<(String, String)> {
    let (left_words, right_words) = (words(left), words(right));
    let (left_end, right_start) = (left.trim_end(), right.trim_start());
    // Compares the last words before the slash with the first words after it; the longest match
    // wins.
    for start in 0..left_words.len() {
        let ours = &left_words[start..];
        let Some(theirs) = right_words.get(..ours.len()) else {
            continue;
        };
        let Some(order) = order(ours, theirs) else {
            continue;
        };
        let tail = &right[theirs.last()?.end()..];
        // The tail contains signs that close after the last word: « migrants »/…
        let first = format!("{}{tail}", &left[..ours.last()?.end()]);
        let second = format!("{}{right_start}", &left[..ours.first()?.start]);
        return Some(order.arrange(first, second));
    }
    // « Vendeur de fruits / Vendeuse »: the words after the title stand on the left only.
    if right_words.is_empty() {
        return None;
    }
    let place = left_words.windows(right_words.len());
    for ours in place {
        if let Some(order) = order(ours, &right_words) {
            let (start, end) = (ours.first()?.start, ours.last()?.end());
            let second = format!("{}{}{}", &left[..start], right.trim(), &left_end[end..]);
            return Some(order.arrange(left_end.to_owned(), second));
        }
    }
    None
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    MasculineFirst,
    FeminineFirst,
}

impl Order {
    fn arrange(self, first: String, second: String) -> (String, String) {
        match self {
            Self::MasculineFirst => (first, second),
            Self::FeminineFirst => (second, first),
        }
    }
}

/// Tells which of two sequences of words is masculine. Returns `None` unless each word equals its
/// counterpart or is its other gender, and at least one differs.
fn order(ours: &[Word<'_>], theirs: &[Word<'_>]) -> Option<Order> {
    let mut order = None;
    for (one, other) in ours.iter().zip(theirs) {
        let (one, other) = (fold_letters(one.text), fold_letters(other.text));
        // Parts of « accastilleur-gréeur » are compared one by one.
        let (mut ones, mut others) = (one.split('-'), other.split('-'));
        loop {
            let here = match (ones.next(), others.next()) {
                (None, None) => break,
                (Some(one), Some(other)) if one == other => continue,
                (Some(one), Some(other)) if is_feminine_of(other, one) => Order::MasculineFirst,
                (Some(one), Some(other)) if is_feminine_of(one, other) => Order::FeminineFirst,
                _ => return None,
            };
            if *order.get_or_insert(here) != here {
                return None;
            }
        }
    }
    order
}

/// Pairs of a masculine ending and the feminine ending that replaces it.
const REGULAR: [(&str, &str); 27] = [
    ("teur", "trice"),
    ("teur", "tante"),
    ("eur", "euse"),
    ("eur", "eure"),
    ("eur", "eresse"),
    ("eur", "ante"),
    ("eur", "rice"),
    ("eux", "euse"),
    ("eau", "elle"),
    ("er", "ere"),
    ("er", "euse"),
    ("er", "rice"),
    ("en", "enne"),
    ("an", "anne"),
    ("on", "onne"),
    ("el", "elle"),
    ("ul", "ulle"),
    ("et", "ette"),
    ("f", "ve"),
    ("c", "que"),
    ("c", "che"),
    ("g", "gue"),
    ("s", "sse"),
    ("o", "a"),
    ("e", "esse"),
    ("f", "ffe"),
    ("", "e"),
];

const IRREGULAR: [(&str, &str); 14] = [
    ("barman", "barmaid"),
    ("compagnon", "compagne"),
    ("copain", "copine"),
    ("employe", "employee"),
    ("garcon", "fille"),
    ("gouverneur", "gouvernante"),
    ("groom", "groomette"),
    ("homme", "femme"),
    ("hote", "hotesse"),
    ("maitre", "maitresse"),
    ("man", "woman"),
    ("monsieur", "madame"),
    ("serviteur", "servante"),
    ("steward", "hotesse"),
];

/// True if one folded word is the feminine of the other, in singular or plural.
fn is_feminine_of(feminine: &str, masculine: &str) -> bool {
    let agrees = |feminine: &str, masculine: &str| {
        IRREGULAR.contains(&(masculine, feminine))
            || REGULAR.iter().any(|(his, hers)| {
                masculine.strip_suffix(his).is_some_and(|stem| {
                    stem.len() >= 2 && feminine.strip_prefix(stem).is_some_and(|end| end == *hers)
                })
            })
    };
    agrees(feminine, masculine)
        || matches!(
            (feminine.strip_suffix('s'), masculine.strip_suffix(['s', 'x'])),
            (Some(feminine), Some(masculine)) if agrees(feminine, masculine)
        )
}

struct Word<'t> {
    text: &'t str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Splits a text into runs of letters, digits, hyphens, apostrophes and `&`, with byte positions.
fn words(text: &str) -> Vec<Word<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '&');
    let mut words = Vec::new();
    let mut rest = 0;
    while let Some(offset) = text[rest..].find(is_part) {
        let start = rest + offset;
        let length = text[start..]
            .find(|c| !is_part(c))
            .unwrap_or(text.len() - start);
        words.push(Word {
            text: &text[start..start + length],
            start,
        });
        rest = start + length;
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::gendered_forms;

    #[test]
    fn titles_of_both_genders_are_split_into_two() {
        for (title, masculine, feminine) in [
            (
                "Développeur / Développeuse web",
                "Développeur web",
                "Développeuse web",
            ),
            (
                "directeur technique/directrice technique",
                "directeur technique",
                "directrice technique",
            ),
            (
                "directrice technique/directeur technique",
                "directeur technique",
                "directrice technique",
            ),
            (
                "technicien/technicienne de maintenance",
                "technicien de maintenance",
                "technicienne de maintenance",
            ),
            (
                "chargé de mission développement/ chargée de mission développement",
                "chargé de mission développement",
                "chargée de mission développement",
            ),
            (
                "Chef de partie rôtisseur / Cheffe de partie rôtisseuse",
                "Chef de partie rôtisseur",
                "Cheffe de partie rôtisseuse",
            ),
            (
                "Pilote professionnel / Pilote professionnelle aéronautique",
                "Pilote professionnel aéronautique",
                "Pilote professionnelle aéronautique",
            ),
            (
                "Accastilleur-gréeur / Accastilleuse-gréeuse",
                "Accastilleur-gréeur",
                "Accastilleuse-gréeuse",
            ),
            (
                "Adjoint / Adjointe technique (espaces verts)",
                "Adjoint technique (espaces verts)",
                "Adjointe technique (espaces verts)",
            ),
            (
                "Vendeur de fruits / Vendeuse",
                "Vendeur de fruits",
                "Vendeuse de fruits",
            ),
            (
                "Chef de rang serveur/serveuse",
                "Chef de rang serveur",
                "Chef de rang serveuse",
            ),
            (
                "Maçon/maçonne, plâtrier/plâtrière",
                "Maçon, plâtrier",
                "maçonne, plâtrière",
            ),
            (
                "Préfet / Préfète maritime",
                "Préfet maritime",
                "Préfète maritime",
            ),
            (
                "Chargé(e) de clientèle",
                "Chargé de clientèle",
                "Chargée de clientèle",
            ),
            ("vendeur·euse", "vendeur", "vendeuse"),
            ("Vendeur(se) H/F", "Vendeur", "Vendeuse"),
            ("Vendeur/se", "Vendeur", "Vendeuse"),
            ("Vendeur/Vendeuse (h/f)", "Vendeur", "Vendeuse"),
            ("infirmier(ère)", "infirmier", "infirmière"),
            ("Infirmier.ière", "Infirmier", "Infirmière"),
            (
                "technicien.ne support",
                "technicien support",
                "technicienne support",
            ),
            (
                "Directeur(trice) adjoint(e)",
                "Directeur adjoint",
                "Directrice adjointe",
            ),
            ("chef(fe) de projet", "chef de projet", "cheffe de projet"),
            ("salarié·e·s", "salariés", "salariées"),
            (
                "Éducateur sportif / Éducatrice sportive spécialisé(e)",
                "Éducateur sportif spécialisé",
                "Éducatrice sportive spécialisée",
            ),
        ] {
            let expected = Some((masculine.to_owned(), feminine.to_owned()));
            assert_eq!(gendered_forms(title), expected, "{title}");
        }
    }

    #[test]
    fn a_title_of_one_gender_stays_whole() {
        for title in [
            "",
            "/",
            "Comptable",
            "Infirmière",
            "Boulanger / Pâtissier",
            "Développeur C/C++",
            "Développeur (H/F)",
            "Technicien de maintenance (CVC)",
            "UX/UI designer",
            "24/7 support",
            "Chef de projet (e-commerce)",
            "Node.js",
            "Assistant R&D",
        ] {
            assert_eq!(gendered_forms(title), None, "{title}");
        }
    }

    proptest! {
        #[test]
        fn cutting_any_title_never_panics(title in "(\\PC|eur|euse|trice|/|\\(|\\)|·|chargé| ){0,14}") {
            if let Some((masculine, feminine)) = gendered_forms(&title) {
                prop_assert_ne!(masculine, feminine);
            }
        }
    }
}
