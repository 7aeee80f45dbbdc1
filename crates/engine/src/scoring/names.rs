//! Look-up keys of names: one key for all spellings of a skill or a job title.
//!
//! Used at run time for the names in profiles, and by the build script for those of the taxonomy,
//! so that both sides agree. This module does not depend on the taxonomy.

use std::borrow::Cow;

use super::text;

/// Returns the key of a skill's name: its words without number, gender and function words, joined.
/// `node.js`, `node js` and `nodejs` give `nodejs`, `.net` gives `dotnet`; `c++` and `c#` keep
/// their signs. Empty for a name of signs alone.
pub fn skill_key(name: &str) -> String {
    skill_key_of(&skill_key_words(name))
}

/// Returns the words of a skill's key: without number and gender, and without function words unless
/// there are no others.
pub fn skill_key_words(name: &str) -> Vec<String> {
    let words = text::words(name);
    let has_others = words.iter().any(|word| !text::is_function_word(word));
    // « permis D » is a class of licences, unlike « permis d'exploitation ».
    let is_class = matches!(&words[..], [first, .., last] if first == "permis" && last == "d");
    let class = words.len() - usize::from(is_class);
    let words = words.into_iter().enumerate();
    words
        .filter(|(at, word)| !has_others || *at == class || !text::is_function_word(word))
        .map(|(_, word)| text::neutral(&word))
        .collect()
}

/// Joins words to the key of a skill.
pub fn skill_key_of(words: &[String]) -> String {
    let mut key = String::new();
    for word in words {
        push_key_part(&mut key, word);
    }
    key
}

/// Appends one word to a skill's key.
pub fn push_key_part(key: &mut String, word: &str) {
    if let Some(rest) = word.strip_prefix('.') {
        key.push_str("dot");
        key.extend(rest.chars().filter(|letter| *letter != '.'));
    } else {
        key.extend(word.chars().filter(|letter| *letter != '.'));
    }
}

/// Returns the stems of a job title's content words: without gender marks and function words, and
/// with one stem where a title gives both the feminine and the masculine form (« Développeur /
/// Développeuse web », « directeur technique/directrice technique »).
pub fn title_stems(title: &str) -> Vec<String> {
    title_stems_of(&text::prose_words(title))
}

/// Works as [`title_stems`] does, on a title already split into words.
pub fn title_stems_of(words: &[String]) -> Vec<String> {
    let has_others = words
        .iter()
        .any(|word| !text::is_function_word(word) && !text::is_gender_mark(word));
    let mut stems: Vec<String> = words
        .iter()
        .filter(|word| {
            !has_others || (!text::is_function_word(word) && !text::is_gender_mark(word))
        })
        .map(|word| title_stem(word))
        .collect();
    stems.dedup();
    let (first, second) = stems.split_at(stems.len() / 2);
    if first == second {
        stems.truncate(stems.len() / 2);
    }
    stems
}

/// Returns the stem of a word of a title.
pub fn title_stem(word: &str) -> String {
    text::stem(&one_gender(word))
}

/// Maps words for women and men that share no stem to one word, in titles: « hôtesse » and
/// "steward", "barmaid" and "barman", « designeuse » and « designer », "saleswoman" and "salesman".
pub fn one_gender(word: &str) -> Cow<'_, str> {
    for ending in ["woman", "women"] {
        if let Some(head) = word.strip_suffix(ending) {
            return Cow::Owned(format!("{head}man"));
        }
    }
    Cow::Borrowed(match word {
        "femme" | "femmes" => "homme",
        "fille" | "filles" => "garcon",
        "hotesse" | "hotesses" | "steward" | "stewards" => "hote",
        "barmaid" | "barmaids" => "barman",
        "men" => "man",
        "apprentie" => "apprenti",
        "apprenties" => "apprentis",
        "bedelle" => "bedeau",
        "torera" => "torero",
        "banderilla" => "banderillo",
        "pizzaiola" => "pizzaiolo",
        "bookeuse" => "booker",
        "designeuse" | "designeuses" => "designer",
        "dispatcheur" | "dispatcheuse" => "dispatcher",
        "manageuse" | "manageuses" => "manager",
        "reportrice" | "reportrices" => "reporter",
        "rewriteuse" => "rewriter",
        other => other,
    })
}

/// Returns the key of a title's stems.
pub fn title_key(stems: &[String]) -> String {
    stems.join(" ")
}

/// Returns the hashed 4-grams of a title's stems, sorted and without repetition. Each stem is
/// padded with a space on both sides; a padded stem of fewer than five letters is one gram.
pub fn grams(stems: &[String]) -> Vec<u32> {
    let mut grams = Vec::new();
    for stem in stems {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(stem.chars())
            .chain(std::iter::once(' '))
            .collect();
        if letters.len() <= 4 {
            grams.push(text::short_hash(&letters.iter().collect::<String>()));
        }
        for window in letters.windows(4) {
            grams.push(text::short_hash(&window.iter().collect::<String>()));
        }
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// True for words without a vector: function words, and others that join the words of a name but
/// that keys of names keep (« mise à jour »); « sans » and "without" carry meaning.
fn joins(word: &str) -> bool {
    text::is_function_word(word)
        || matches!(
            word,
            "a" | "dans" | "in" | "on" | "par" | "s" | "sur" | "to" | "un" | "une" | "with"
        )
}

/// Returns the words of a name that may have a vector, in the spelling of the word-vector table:
/// lower case, without accents, tokenised as `[a-z0-9+#.]*[a-z0-9+#]`.
pub fn vector_words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut folded = text::fold(name);
    // R&D is not the words "r" and "d".
    for word in text::words(name).iter().filter(|word| word.contains('&')) {
        folded = folded.replace(word.as_str(), " ");
    }
    let keeps = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '+' | '#' | '.')
    };
    for part in folded.split(|letter| !keeps(letter)) {
        let word = part.trim_end_matches('.');
        if !word.is_empty() && !joins(word) {
            words.push(word.to_owned());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_gender_forms_of_a_title_are_equal() {
        for (slashed, plain) in [
            ("Développeur / Développeuse web", "développeuse web"),
            (
                "directeur technique/directrice technique",
                "Directrice technique",
            ),
            ("Agent / Agente d'entretien (h/f)", "agent d’entretien"),
            ("Vendeur·euse", "vendeuse"),
        ] {
            assert_eq!(title_stems(slashed), title_stems(plain), "{slashed}");
        }
        assert_eq!(title_stems("(H/F)"), ["h", "f"]);
    }

    #[test]
    fn grams_are_bounded_by_spaces() {
        let all =
            |words: &[&str]| grams(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(all(&["rh"]).len(), 1);
        assert_eq!(all(&["avocat"]).len(), 5);
        assert_eq!(all(&["it"]), all(&["it", "it"]));
    }

    #[test]
    fn words_are_split_as_in_training() {
        assert_eq!(vector_words("L’été, C++/.NET ..."), ["ete", "c++", ".net"]);
    }
}
