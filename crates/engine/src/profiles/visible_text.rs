//! Removes invisible characters from text.
//!
//! Explanations quote words of a profile inside the engine's own sentences. Invisible characters
//! that reorder, hide or join their neighbours (a right-to-left override, a zero-width space) could
//! make such a sentence appear to say something else, or hide from the engine a word that a person
//! reads. They are removed before anything else is read.

use std::borrow::Cow;

/// Removes zero-width characters (bidirectional controls, zero-width spaces and joiners, soft
/// hyphens, byte order marks, tags), and replaces control characters other than line breaks and
/// tabs with spaces. Letters of every script stay unchanged.
///
/// Joiners are removed too, although they shape some scripts and join emoji: the words stay
/// readable.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    // Most texts contain no byte with which such a character begins.
    if !text.bytes().any(may_begin_unseen)
        || !text.contains(|character| is_invisible(character) || is_control(character))
    {
        return Cow::Borrowed(text);
    }
    text.chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| {
            if is_control(character) {
                ' '
            } else {
                character
            }
        })
        .collect::<String>()
        .into()
}

/// True if a character that [`visible`] removes may begin with this byte in UTF-8. False for ASCII
/// letters and for the accented letters of French.
fn may_begin_unseen(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0xb | 0xc | 0xe..=0x1f | 0x7f
        | 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf0 | 0xf3)
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

/// Unicode's default-ignorable format characters (Unicode Standard, 5.21) and interlinear marks.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{is_control, is_invisible, may_begin_unseen, visible};

    #[test]
    fn the_byte_test_covers_every_invisible_character() {
        for character in ('\0'..=char::MAX).filter(|one| is_invisible(*one) || is_control(*one)) {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes);
            assert!(may_begin_unseen(bytes[0]), "{character:?}");
        }
    }

    #[test]
    fn only_invisible_characters_are_removed() {
        for (written, seen) in [
            ("Rust", "Rust"),
            ("Ru\u{200b}st", "Rust"),
            ("\u{202e}tsuR\u{202c}", "tsuR"),
            ("\u{2066}Rust\u{2069}\u{feff}", "Rust"),
            ("soft\u{ad}ware", "software"),
            ("a\u{0}b\u{7f}c\u{85}d\u{1b}[31m", "a b c d [31m"),
            ("two\nlines\tkept\r\n", "two\nlines\tkept\r\n"),
            (
                "Développeur e\u{301}té 🦀 Інженер مهندس 日本語",
                "Développeur e\u{301}té 🦀 Інженер مهندس 日本語",
            ),
            ("\u{e0041}\u{e007f}", ""),
        ] {
            assert_eq!(visible(written), seen, "{written:?}");
        }
    }
}
