//! Running text, read once for all criteria that use it.

use super::{
    text,
    vocabulary::{ReadSkill, SKILLS},
};

/// A text's words and the skills it names.
#[derive(Debug, Default)]
pub struct Prose {
    /// Folded, in their order.
    pub words: Vec<String>,
    /// Known skills, in their order, each once.
    pub skills: Vec<ReadSkill>,
}

impl Prose {
    /// Reads texts; no skill's name is seen across the edge of two.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Vec::new();
        for text in texts {
            if !words.is_empty() {
                // No folded word is a sign, so no name contains it.
                words.push(String::from("|"));
            }
            words.extend(text::prose_words(text));
        }
        Self {
            skills: SKILLS.read_text(&words),
            words,
        }
    }
}
