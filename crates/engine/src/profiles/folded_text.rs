//! Text reduced to what two writings of the same word share.
//!
//! Profiles come from many hands: « Développeur », "DEVELOPPEUR" and "developpeur" are one word.
//! The readers of profile documents and the scoring engine compare words in this form only, so that
//! both agree on what equal means.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds a text: compatibility decomposition (NFKD), accents off, lower case, `œ` to `oe`, `æ` to
/// `ae`, `ß` to `ss`, punctuation to single spaces.
///
/// Four signs stay where they are part of a word: an apostrophe between letters (typographic ones
/// become `'`), `+` and `#` after a letter or digit, `.` before one.
///
/// ```
/// use matching_engine::profiles::folded_text::fold;
/// assert_eq!(fold("  Chargé(e) d’Études — Œuvres "), "charge e d'etudes oeuvres");
/// assert_eq!(fold("C++, C#/.NET; Node.js."), "c++ c# .net node.js");
/// assert_eq!(fold("Full-Time_CDI (Bac+5)"), "full time cdi bac+5");
/// ```
///
/// Folding what is folded changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folding = Folding {
        text: String::with_capacity(text.len()),
        previous: ' ',
        held: None,
        gap: false,
    };
    if text.is_ascii() {
        text.chars()
            .for_each(|character| folding.add(character.to_ascii_lowercase()));
    } else {
        folded_characters(text).for_each(|character| folding.add(character));
    }
    folding.text
}

/// Folds letters only and leaves every sign and space where it is.
///
/// ```
/// use matching_engine::profiles::folded_text::fold_letters;
/// assert_eq!(fold_letters("Œuvre — Générale, C#"), "oeuvre — generale, c#");
/// ```
#[must_use]
pub fn fold_letters(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    folded_characters(text).collect()
}

fn folded_characters(text: &str) -> impl Iterator<Item = char> {
    // Lower case may itself bring a mark (`İ`), hence the second look.
    text.nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .filter(|character| !is_combining_mark(*character))
        .flat_map(|character| {
            // Letters without a decomposition of their own.
            let (first, second) = match character {
                'œ' => ('o', Some('e')),
                'æ' => ('a', Some('e')),
                'ß' => ('s', Some('s')),
                'ø' => ('o', None),
                'ł' => ('l', None),
                'đ' => ('d', None),
                'ı' => ('i', None),
                '\u{2018}' | '\u{2019}' | '\u{02bc}' => ('\'', None),
                other => (other, None),
            };
            std::iter::once(first).chain(second)
        })
}

struct Folding {
    text: String,
    /// The character before this one.
    previous: char,
    /// An apostrophe or a full stop that stays if a letter or digit follows.
    held: Option<char>,
    /// Whether a space is due before the next letter or digit.
    gap: bool,
}

impl Folding {
    fn add(&mut self, character: char) {
        if character.is_alphanumeric() {
            if self.gap && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.extend(self.held.take());
            self.text.push(character);
        } else {
            // What was held has no letter after it: it was punctuation.
            self.gap |= self.held.take().is_some();
            match character {
                '.' if self.previous != '.' => self.held = Some('.'),
                '\'' if self.previous.is_alphanumeric() => self.held = Some('\''),
                '+' if self.follows(|last| last.is_alphanumeric() || last == '+') => {
                    self.text.push('+');
                }
                '#' if self.follows(char::is_alphanumeric) => self.text.push('#'),
                _ => self.gap = true,
            }
        }
        self.previous = character;
    }

    /// Whether the character comes straight after such a one.
    fn follows(&self, is_such: impl FnMut(char) -> bool) -> bool {
        !self.gap && self.text.ends_with(is_such)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn writings_of_one_word_fold_to_the_same_text() {
        for (written, folded) in [
            ("DÉVELOPPEUR", "developpeur"),
            ("de\u{301}veloppeur", "developpeur"),
            ("Cœur de métier", "coeur de metier"),
            ("STRASSE Straße", "strasse strasse"),
            ("l\u{2019}anglais", "l'anglais"),
            ("'quoted'", "quoted"),
            ("Asp.Net... et C++.", "asp.net et c++"),
            ("hello...world", "hello world"),
            ("++ # .", ""),
            ("A\u{a0}\t\n B", "a b"),
            ("ﬁnance №5", "finance no5"),
            ("İstanbul Łódź", "istanbul lodz"),
            ("日本語", "日本語"),
            ("\u{0}\u{7}", ""),
        ] {
            assert_eq!(fold(written), folded, "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}|[a-zé.+#' ]{0,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
