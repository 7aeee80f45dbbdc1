//! Detects negation in text: names that a text denies or only hopes for.
//!
//! A clause is read word by word against one table of phrases in French and English. A phrase such
//! as « pas » or "without" denies the names among the next few content words; "or" and « ni »
//! extend the negation to the next name, and so does a comma in a list that ends with one of them
//! (« sans Java, Python ni Docker »). A wish combined with a verb of learning or obtaining also
//! denies (« souhaite me former à Python »), and so does the beginning of a course ("I start
//! evening classes in German") or a plan (« formation Silae prévue en 2027 »). Phrases such as
//! « pas seulement » and "never stopped" deny nothing. Some phrases follow the name (« SQL non
//! requis », « permis B en cours »).
//!
//! A content word is any word that is not a stop word.

use super::text::{self, Word};

/// The negation that applies to a name that begins or ends with a given word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denial {
    /// True if the words before deny a name that begins with this word.
    before: bool,
    /// The phrase that follows a name that ends with this word, if any.
    behind: Option<Behind>,
    /// True if the word is the first after a comma, a bracket or the end of a sentence.
    pub begins_clause: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// The phrase denies the name.
    Denied,
    /// The phrase says that it is under way: a licence is then not held yet, but a project is.
    Underway,
}

/// True if a name is denied, given the negation at its first and last word. A name that is under
/// way is held only if it is a tool that one works with.
pub fn is_denied(first: Denial, last: Denial, is_worked_with: bool) -> bool {
    first.before
        || match last.behind {
            Some(Behind::Denied) => true,
            Some(Behind::Underway) => !is_worked_with,
            None => false,
        }
}

/// Number of content words after a negation within which a denied name begins.
const REACH: usize = 4;

/// Number of content words between a wish and its object.
const REACH_OF_A_WISH: usize = 3;

/// Number of words between a name and the phrase after it, and how many of them may be content
/// words.
const REACH_BACK: usize = 2;
const TELLING_BACK: usize = 1;

/// Number of words between « ne » and « plus ».
const REACH_OF_NE: usize = 4;

/// Number of words between a word for training and the phrase that plans it.
const REACH_OF_A_PLAN: usize = 6;

/// Words for training, folded.
const TRAINING: &[&str] = &[
    "apprends",
    "apprentissage",
    "certification",
    "class",
    "classes",
    "course",
    "courses",
    "formation",
    "formations",
    "learning",
    "lessons",
    "training",
];

/// Number of words within which the end of a list is searched.
const REACH_OF_A_LIST: usize = 24;

/// Number of content words in one item of a list.
const LONGEST_ITEM: usize = 3;

/// Number of stop words allowed between consecutive words of a phrase.
const LOOSENESS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Denies the following names.
    Denies,
    /// Looks like a negation but is none.
    Affirms,
    /// Ends a negation.
    Ends,
    /// Extends a negation to the next name.
    Joins,
    /// Expresses a wish.
    Wishes,
    /// Expresses learning or obtaining.
    Acquires,
    /// Expresses a beginning.
    Begins,
    /// Names a course, which denies its subject if it is only begun or wished for.
    Teaches,
    /// Names a course if it is begun ("I started evening German"), but not if it is wished for,
    /// which refers to working hours.
    TeachesEvenings,
    /// Looks like a phrase of the table but is a name.
    Names,
    /// Denies the preceding name.
    DeniesBehind,
    /// States that the directly preceding name is not finished.
    Underway,
    /// Denies the following names if « ne » precedes it.
    NoLonger,
    /// Marks a preceding training as planned (« formation Silae prévue »).
    Planned,
}
use Meaning::{
    Acquires, Affirms, Begins, Denies, DeniesBehind, Ends, Joins, Names, NoLonger, Planned,
    Teaches, TeachesEvenings, Underway, Wishes,
};

/// Phrases of folded words, sorted by their first word. The longest match counts; stop words may
/// stand between the words of a phrase.
const PHRASES: &[(&str, Meaning)] = &[
    ("a venir", Planned),
    ("acquerir", Acquires),
    ("aimerais", Wishes),
    ("aimerait", Wishes),
    ("am learning", Denies),
    ("apprendre", Acquires),
    ("apprends", Denies),
    ("are learning", Denies),
    ("at the moment", Planned),
    ("attending evening", Denies),
    ("au lieu", Denies),
    ("aucun", Denies),
    ("aucun doute", Affirms),
    ("aucun probleme", Affirms),
    ("aucune", Denies),
    ("aucune difficulte", Affirms),
    ("barely", Denies),
    ("been learning", Denies),
    ("begin", Begins),
    ("begun", Begins),
    ("booked", Planned),
    ("but", Ends),
    ("but non lucratif", Names),
    ("cannot", Denies),
    ("ce moment", Planned),
    ("class", Teaches),
    ("classes", Teaches),
    ("commence", Begins),
    ("commencer", Begins),
    ("couldn t", Denies),
    ("cours", Underway),
    ("cours acquisition", DeniesBehind),
    ("cours apprentissage", DeniesBehind),
    ("cours obtention", DeniesBehind),
    ("cours passage", DeniesBehind),
    ("cours soir", Denies),
    ("cours validation", DeniesBehind),
    ("course", Teaches),
    ("courses", Teaches),
    ("curieuse", Wishes),
    ("curieux", Wishes),
    ("currently learning", Denies),
    ("decouvrir", Acquires),
    ("deep learning", Names),
    ("desir", Wishes),
    ("desire", Wishes),
    ("desireuse", Wishes),
    ("desireux", Wishes),
    ("didn t", Denies),
    ("discover", Acquires),
    ("doesn t", Denies),
    ("don t", Denies),
    ("e learning", Names),
    ("eager", Wishes),
    ("elle", Ends),
    ("elles", Ends),
    ("entame", Begins),
    ("entamer", Begins),
    ("envie", Wishes),
    ("envisagee", Planned),
    ("espere", Wishes),
    ("evening", TeachesEvenings),
    ("evening class", Denies),
    ("evening classes", Denies),
    ("evening course", Denies),
    ("evening courses", Denies),
    ("except", Denies),
    ("excepte", Denies),
    ("formation", Teaches),
    ("former", Acquires),
    ("future formation", Denies),
    ("get", Acquires),
    ("guere", Denies),
    ("hadn t", Denies),
    ("hardly", Denies),
    ("hasn t", Denies),
    ("haven t", Denies),
    ("he", Ends),
    ("hope", Wishes),
    ("hoping", Wishes),
    ("hormis", Denies),
    ("however", Ends),
    ("i", Ends),
    ("ignore tout", Denies),
    ("il", Ends),
    ("ils", Ends),
    ("inexperienced", Denies),
    ("inexperimente", Denies),
    ("inexperimentee", Denies),
    ("initier", Acquires),
    ("instead of", Denies),
    ("interested", Wishes),
    ("is learning", Denies),
    ("isn t", Denies),
    ("j", Ends),
    ("jamais", Denies),
    ("jamais arrete", Affirms),
    ("jamais cesse", Affirms),
    ("je", Ends),
    ("keen", Wishes),
    ("lack", Denies),
    ("lacking", Denies),
    ("lacks", Denies),
    ("learn", Acquires),
    ("learning", Acquires),
    ("lesson", Teaches),
    ("lessons", Teaches),
    ("like", Wishes),
    ("looking", Wishes),
    ("m learning", Denies),
    ("machine learning", Names),
    ("mais", Ends),
    ("me forme", Denies),
    ("meconnais", Denies),
    ("motive", Wishes),
    ("motivee", Wishes),
    ("neither", Denies),
    ("never", Denies),
    ("never ceased", Affirms),
    ("never stopped", Affirms),
    ("ni", Denies),
    ("no", Denies),
    ("no difficulty", Affirms),
    ("no doubt", Affirms),
    ("no less", Affirms),
    ("no problem", Affirms),
    ("no problems", Affirms),
    ("no stranger", Affirms),
    ("non", Denies),
    ("non exige", DeniesBehind),
    ("non exigee", DeniesBehind),
    ("non lucratif", Names),
    ("non necessaire", DeniesBehind),
    ("non obligatoire", DeniesBehind),
    ("non profit", Names),
    ("non requis", DeniesBehind),
    ("non requise", DeniesBehind),
    ("non seulement", Affirms),
    ("nor", Denies),
    ("not", Denies),
    ("not just", Affirms),
    ("not least", Affirms),
    ("not mention", Affirms),
    ("not merely", Affirms),
    ("not necessary", DeniesBehind),
    ("not needed", DeniesBehind),
    ("not only", Affirms),
    ("not required", DeniesBehind),
    ("nothing", Denies),
    ("nous", Ends),
    ("now learning", Denies),
    ("obtain", Acquires),
    ("obtenir", Acquires),
    ("or", Joins),
    ("ou", Joins),
    ("pas", Denies),
    ("pas difficulte", Affirms),
    ("pas exige", DeniesBehind),
    ("pas exigee", DeniesBehind),
    ("pas necessaire", DeniesBehind),
    ("pas obligatoire", DeniesBehind),
    ("pas probleme", Affirms),
    ("pas que", Affirms),
    ("pas requis", DeniesBehind),
    ("pas requise", DeniesBehind),
    ("pas seulement", Affirms),
    ("pas souci", Affirms),
    ("pas uniquement", Affirms),
    ("passer", Acquires),
    ("planifiee", Planned),
    ("planned", Planned),
    ("plus", NoLonger),
    ("plus que", Affirms),
    ("plutot que", Denies),
    ("prends cours", Denies),
    ("pret", Wishes),
    ("prete", Wishes),
    ("prevu", Planned),
    ("prevue", Planned),
    ("prevues", Planned),
    ("prevus", Planned),
    ("prochaine formation", Denies),
    ("programmee", Planned),
    ("progress", Underway),
    ("rather than", Denies),
    ("ready", Wishes),
    ("reinforcement learning", Names),
    ("rien", Denies),
    ("sans", Denies),
    ("sans compter", Affirms),
    ("sans difficulte", Affirms),
    ("sans doute", Affirms),
    ("sans oublier", Affirms),
    ("sans probleme", Affirms),
    ("sauf", Denies),
    ("scheduled", Planned),
    ("she", Ends),
    ("shouldn t", Denies),
    ("soif", Wishes),
    ("souhait", Wishes),
    ("souhaite", Wishes),
    ("souhaiterais", Wishes),
    ("start", Begins),
    ("started", Begins),
    ("started learning", Denies),
    ("starting", Begins),
    ("still learning", Denies),
    ("suis cours", Denies),
    ("suis formation", Denies),
    ("supervised learning", Names),
    ("taking class", Denies),
    ("taking classes", Denies),
    ("taking course", Denies),
    ("taking courses", Denies),
    ("taking evening", Denies),
    ("taking lessons", Denies),
    ("they", Ends),
    ("toutefois", Ends),
    ("train apprendre", Denies),
    ("transfer learning", Names),
    ("unacquainted", Denies),
    ("unaware", Denies),
    ("unfamiliar", Denies),
    ("unsupervised learning", Names),
    ("untrained", Denies),
    ("unversed", Denies),
    ("upcoming course", Denies),
    ("upcoming training", Denies),
    ("veut", Wishes),
    ("veux", Wishes),
    ("voudrais", Wishes),
    ("voudrait", Wishes),
    ("want", Wishes),
    ("wants", Wishes),
    ("wasn t", Denies),
    ("we", Ends),
    ("willing", Wishes),
    ("wish", Wishes),
    ("without", Denies),
    ("wouldn t", Denies),
    ("yet to", Denies),
    ("zero experience", Denies),
    ("zero knowledge", Denies),
];

/// The separator between a word and the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Comma,
    Sentence,
}

/// Returns the negation at each word of a text.
pub fn denials(text: &str, words: &[Word]) -> Vec<Denial> {
    let clause = Clauses {
        words,
        gaps: gaps(text, words),
    };
    let mut denials = vec![Denial::default(); words.len()];
    // Remaining numbers of content words to which a negation, a wish or a beginning applies.
    let (mut denied, mut wished, mut begun) = (0_usize, 0_usize, 0_usize);
    let mut after_phrase = 0;
    for (at, word) in words.iter().enumerate() {
        match clause.gaps[at] {
            Gap::None => {}
            Gap::Comma if denied > 0 && clause.is_in_list(at) => denied = REACH,
            Gap::Comma | Gap::Sentence => (denied, wished, begun) = (0, 0, 0),
        }
        denials[at].begins_clause = clause.gaps[at] != Gap::None;
        denials[at].before = denied > 0;
        let mut counts = !text::is_stop_word(&word.folded);
        if at >= after_phrase
            && let Some((meaning, end)) = clause.phrase_at(at)
        {
            match meaning {
                Denies => denied = REACH,
                Affirms | Ends => denied = 0,
                Joins if denied > 0 => denied = REACH,
                Wishes => wished = REACH_OF_A_WISH,
                Begins => begun = REACH_OF_A_WISH,
                Acquires | Teaches if wished + begun > 0 => denied = REACH,
                TeachesEvenings if begun > 0 => denied = REACH,
                DeniesBehind => clause.deny_behind(at, &mut denials),
                // « cours » is also a course: « je commence des cours de ».
                Underway if wished + begun > 0 && !clause.follows_in(at) => denied = REACH,
                Underway => clause.underway(at, end, &mut denials),
                NoLonger if clause.follows_ne(at) => denied = REACH,
                Planned => clause.deny_planned(at, &mut denials),
                Joins | Acquires | Teaches | TeachesEvenings | Names | NoLonger => {}
            }
            after_phrase = end;
            counts &= meaning == Names;
        }
        if counts {
            denied = denied.saturating_sub(1);
            wished = wished.saturating_sub(1);
            begun = begun.saturating_sub(1);
        }
    }
    denials
}

fn gaps(text: &str, words: &[Word]) -> Vec<Gap> {
    let mut end = 0;
    let gap = |word: &Word| {
        let between = text.get(end..word.span.start).unwrap_or_default();
        end = word.span.end;
        if between.contains(['.', ';', '!', '?', '\n', '(', ')', '•', '|']) {
            Gap::Sentence
        } else if between.contains(',') {
            Gap::Comma
        } else {
            Gap::None
        }
    };
    words.iter().map(gap).collect()
}

struct Clauses<'a> {
    words: &'a [Word],
    /// The separator before each word.
    gaps: Vec<Gap>,
}

impl Clauses<'_> {
    /// Returns the longest phrase that begins at `at`, and the index after it.
    fn phrase_at(&self, at: usize) -> Option<(Meaning, usize)> {
        let first = |phrase: &str| phrase.split(' ').next().unwrap_or_default() < self.word(at);
        let from = PHRASES.partition_point(|(phrase, _)| first(phrase));
        PHRASES[from..]
            .iter()
            .take_while(|(phrase, _)| phrase.split(' ').next() == Some(self.word(at)))
            .filter_map(|(phrase, meaning)| Some((*meaning, self.end_of(phrase, at)?)))
            .max_by_key(|(_, end)| *end)
    }

    fn word(&self, at: usize) -> &str {
        &self.words[at].folded
    }

    /// Returns the index after a phrase whose first word stands at `at`; `None` if the rest does
    /// not follow.
    fn end_of(&self, phrase: &str, at: usize) -> Option<usize> {
        let mut next = at + 1;
        for word in phrase.split(' ').skip(1) {
            let mut looseness = LOOSENESS;
            loop {
                if next >= self.words.len() || self.gaps[next] != Gap::None {
                    return None;
                }
                next += 1;
                if self.word(next - 1) == word {
                    break;
                }
                if looseness == 0 || !text::is_stop_word(self.word(next - 1)) {
                    return None;
                }
                looseness -= 1;
            }
        }
        Some(next)
    }

    /// True if the word after a comma begins an item of a list that ends with "or", « ni » or the
    /// like.
    fn is_in_list(&self, from: usize) -> bool {
        let mut length = 0;
        for at in from..self.words.len().min(from + REACH_OF_A_LIST) {
            match self.gaps[at] {
                Gap::Sentence => return false,
                Gap::Comma => length = 0,
                Gap::None => {}
            }
            match self.phrase_at(at) {
                Some((Joins, _)) => return length > 0,
                Some((Denies, _)) if matches!(self.word(at), "ni" | "nor") => return true,
                Some((Denies | Affirms | Ends, _)) => return false,
                _ => {}
            }
            length += usize::from(!text::is_stop_word(self.word(at)));
            if length > LONGEST_ITEM {
                return false;
            }
        }
        false
    }

    /// Denies the names that end shortly before a phrase.
    fn deny_behind(&self, phrase: usize, denials: &mut [Denial]) {
        let mut telling = 0;
        for at in (phrase.saturating_sub(REACH_BACK + 1)..phrase).rev() {
            if self.gaps[at + 1] != Gap::None {
                return;
            }
            denials[at].behind = Some(Behind::Denied);
            telling += usize::from(!text::is_stop_word(self.word(at)));
            if telling > TELLING_BACK {
                return;
            }
        }
    }

    /// True if « ne » or « n' » precedes a word within its clause and within a few words.
    fn follows_ne(&self, at: usize) -> bool {
        let from = at.saturating_sub(REACH_OF_NE);
        let mut before = (from..at).rev();
        before
            .find(|one| self.gaps[one + 1] != Gap::None || matches!(self.word(*one), "ne" | "n"))
            .is_some_and(|one| self.gaps[one + 1] == Gap::None)
    }

    /// True if « en » or "in" stands directly before a word.
    fn follows_in(&self, at: usize) -> bool {
        let before = at.checked_sub(1).filter(|_| self.gaps[at] == Gap::None);
        before.is_some_and(|before| matches!(self.word(before), "en" | "in"))
    }

    /// Denies the words between a word for training and a phrase that plans it.
    fn deny_planned(&self, phrase: usize, denials: &mut [Denial]) {
        for at in (phrase.saturating_sub(REACH_OF_A_PLAN)..phrase).rev() {
            if self.gaps[at + 1] != Gap::None {
                return;
            }
            if TRAINING.contains(&self.word(at)) {
                for denial in &mut denials[at + 1..phrase] {
                    denial.behind = Some(Behind::Denied);
                }
                return;
            }
        }
    }

    /// Marks the word directly before « en cours » or "in progress" at the end of a clause.
    fn underway(&self, phrase: usize, end: usize, denials: &mut [Denial]) {
        let ends = self.gaps.get(end).is_none_or(|gap| *gap != Gap::None);
        let Some(before) = phrase.checked_sub(2).filter(|_| ends) else {
            return;
        };
        let is_joined = matches!(self.word(phrase - 1), "en" | "in")
            && self.gaps[phrase - 1] == Gap::None
            && self.gaps[phrase] == Gap::None;
        if is_joined {
            denials[before].behind.get_or_insert(Behind::Underway);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_can_be_searched() {
        let firsts = |pair: &(&str, Meaning)| pair.0.split(' ').next().unwrap().to_owned();
        assert!(PHRASES.iter().map(firsts).is_sorted());
    }
}
