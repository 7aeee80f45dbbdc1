//! Text normalisation: maps spelling variants of a word to one form.
//!
//! Sources write the same word as « Développeur », "DEVELOPPEUR" or "developpeur". The readers of
//! profile documents and the scoring engine compare words only in folded form, so that both agree
//! on equality.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds a text: compatibility decomposition (NFKD), accents removed, lower case, `œ` to `oe`, `æ`
/// to `ae`, `ß` to `ss`, punctuation to single spaces.
///
/// Four signs are kept where they are part of a word: an apostrophe between letters (typographic
/// apostrophes become `'`), `+` and `#` after a letter or digit, and `.` before a letter or digit.
///
/// ```
/// use matching_engine::profiles::folded_text::fold;
/// assert_eq!(fold("  Chargé(e) d’Études — Œuvres "), "charge e d'etudes oeuvres");
/// assert_eq!(fold("C++, C#/.NET; Node.js."), "c++ c# .net node.js");
/// assert_eq!(fold("Full-Time_CDI (Bac+5)"), "full time cdi bac+5");
/// ```
///
/// Folding is idempotent.
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

/// Folds letters only and keeps all signs and spaces.
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
    // Lower-casing can itself produce a combining mark (`İ`), hence the second filter.
    text.nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .filter(|character| !is_combining_mark(*character))
        .flat_map(|character| {
            // Letters without a compatibility decomposition.
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
    /// The preceding input character.
    previous: char,
    /// An apostrophe or full stop that is kept only if a letter or digit follows.
    held: Option<char>,
    /// True if a space must precede the next letter or digit.
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
            // No letter or digit followed the held sign, so it was punctuation.
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

    /// True if the previous output character satisfies the predicate and no space is pending.
    fn follows(&self, is_such: impl FnMut(char) -> bool) -> bool {
        !self.gap && self.text.ends_with(is_such)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn spellings_of_one_word_fold_to_the_same_text() {
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
        fn folding_is_idempotent(text in "\\PC{0,40}|[a-zé.+#' ]{0,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
