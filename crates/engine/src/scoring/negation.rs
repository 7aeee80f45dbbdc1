//! Detects negation in text: names that a text denies or only hopes for.
//!
//! A clause is read word by word against one table of phrases in French and English. A phrase such
//! as « pas » or "without" denies the names among the next few words; "or" and « ni » extend the
//! negation to the next name, and so does a comma in a list that ends with one of them (« sans
//! Java, Python ni Docker »). A wish combined with a verb of learning, obtaining or becoming also
//! denies (« souhaite me former à Python »), and so does the beginning of a course ("I start
//! evening classes in German") or a plan (« formation Silae prévue en 2027 »). Phrases such as
//! « pas seulement » and "never stopped" deny nothing. Some phrases follow the name (« SQL non
//! requis », « permis B en cours »).
//!
//! Distances are counted without stop words.

use super::text::{self, Word};

/// The negation that applies to a name that begins or ends with a given word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Negation {
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
    Negated,
    /// The phrase says that something is in progress.
    Underway,
}

/// True if a name is denied, given the negation at its first and last word. Of a name that is
/// followed by "in progress", a licence or course is not held yet (« permis B en cours »), but a
/// tool is in use.
pub fn is_negated(first: Negation, last: Negation, is_worked_with: bool) -> bool {
    first.before
        || match last.behind {
            Some(Behind::Negated) => true,
            Some(Behind::Underway) => !is_worked_with,
            None => false,
        }
}

/// Number of words after a negation, without stop words, within which a denied name begins.
const REACH: usize = 4;

/// Number of words between a wish and its object, without stop words.
const REACH_OF_A_WISH: usize = 3;

/// Maximum number of words between a name and a phrase that follows it, and the same without stop
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

/// Number of words in one item of a list, without stop words.
const LONGEST_ITEM: usize = 3;

/// Number of stop words allowed between consecutive words of a phrase.
const LOOSENESS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Denies the following names.
    Negates,
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
    /// Expresses becoming, which denies the title if it is wished for, but not if it is a result:
    /// "started as a cashier to become manager".
    Becomes,
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
    NegatesBefore,
    /// States that the directly preceding name is not finished.
    Underway,
    /// Denies the following names if « ne » precedes it.
    NoLonger,
    /// Marks a preceding training as planned (« formation Silae prévue »).
    Planned,
}
use Meaning::{
    Acquires, Affirms, Becomes, Begins, Ends, Joins, Names, Negates, NegatesBefore, NoLonger,
    Planned, Teaches, TeachesEvenings, Underway, Wishes,
};

/// Phrases of folded words, sorted by their first word. The longest match counts; stop words may
/// stand between the words of a phrase.
const PHRASES: &[(&str, Meaning)] = &[
    ("a venir", Planned),
    ("acquerir", Acquires),
    ("aimerais", Wishes),
    ("aimerait", Wishes),
    ("am learning", Negates),
    ("ambition become", Negates),
    ("ambition devenir", Negates),
    ("apprendre", Acquires),
    ("apprends", Negates),
    ("are learning", Negates),
    ("aspire", Wishes),
    ("aspires", Wishes),
    ("at the moment", Planned),
    ("attending evening", Negates),
    ("au lieu", Negates),
    ("aucun", Negates),
    ("aucun doute", Affirms),
    ("aucun probleme", Affirms),
    ("aucune", Negates),
    ("aucune difficulte", Affirms),
    ("barely", Negates),
    ("become", Becomes),
    ("been learning", Negates),
    ("begin", Begins),
    ("begun", Begins),
    ("booked", Planned),
    ("but", Ends),
    ("but non lucratif", Names),
    ("cannot", Negates),
    ("ce moment", Planned),
    ("class", Teaches),
    ("classes", Teaches),
    ("commence", Begins),
    ("commencer", Begins),
    ("couldn t", Negates),
    ("cours", Underway),
    ("cours acquisition", NegatesBefore),
    ("cours apprentissage", NegatesBefore),
    ("cours obtention", NegatesBefore),
    ("cours passage", NegatesBefore),
    ("cours soir", Negates),
    ("cours validation", NegatesBefore),
    ("course", Teaches),
    ("courses", Teaches),
    ("curieuse", Wishes),
    ("curieux", Wishes),
    ("currently learning", Negates),
    ("decouvrir", Acquires),
    ("deep learning", Names),
    ("desir", Wishes),
    ("desire", Wishes),
    ("desireuse", Wishes),
    ("desireux", Wishes),
    ("devenir", Becomes),
    ("didn t", Negates),
    ("discover", Acquires),
    ("doesn t", Negates),
    ("don t", Negates),
    ("dream become", Negates),
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
    ("evening class", Negates),
    ("evening classes", Negates),
    ("evening course", Negates),
    ("evening courses", Negates),
    ("except", Negates),
    ("excepte", Negates),
    ("formation", Teaches),
    ("formation devenir", Negates),
    ("former", Acquires),
    ("future formation", Negates),
    ("get", Acquires),
    ("goal become", Negates),
    ("guere", Negates),
    ("hadn t", Negates),
    ("hardly", Negates),
    ("hasn t", Negates),
    ("haven t", Negates),
    ("he", Ends),
    ("hope", Wishes),
    ("hoping", Wishes),
    ("hormis", Negates),
    ("however", Ends),
    ("i", Ends),
    ("ignore tout", Negates),
    ("il", Ends),
    ("ils", Ends),
    ("inexperienced", Negates),
    ("inexperimente", Negates),
    ("inexperimentee", Negates),
    ("initier", Acquires),
    ("instead of", Negates),
    ("interested", Wishes),
    ("is learning", Negates),
    ("isn t", Negates),
    ("j", Ends),
    ("jamais", Negates),
    ("jamais arrete", Affirms),
    ("jamais cesse", Affirms),
    ("je", Ends),
    ("keen", Wishes),
    ("lack", Negates),
    ("lacking", Negates),
    ("lacks", Negates),
    ("learn", Acquires),
    ("learning", Acquires),
    ("lesson", Teaches),
    ("lessons", Teaches),
    ("like", Wishes),
    ("looking", Wishes),
    ("m learning", Negates),
    ("machine learning", Names),
    ("mais", Ends),
    ("me forme", Negates),
    ("meconnais", Negates),
    ("motive", Wishes),
    ("motivee", Wishes),
    ("neither", Negates),
    ("never", Negates),
    ("never ceased", Affirms),
    ("never stopped", Affirms),
    ("ni", Negates),
    ("no", Negates),
    ("no difficulty", Affirms),
    ("no doubt", Affirms),
    ("no less", Affirms),
    ("no problem", Affirms),
    ("no problems", Affirms),
    ("no stranger", Affirms),
    ("non", Negates),
    ("non exige", NegatesBefore),
    ("non exigee", NegatesBefore),
    ("non lucratif", Names),
    ("non necessaire", NegatesBefore),
    ("non obligatoire", NegatesBefore),
    ("non profit", Names),
    ("non requis", NegatesBefore),
    ("non requise", NegatesBefore),
    ("non seulement", Affirms),
    ("nor", Negates),
    ("not", Negates),
    ("not just", Affirms),
    ("not least", Affirms),
    ("not mention", Affirms),
    ("not merely", Affirms),
    ("not necessary", NegatesBefore),
    ("not needed", NegatesBefore),
    ("not only", Affirms),
    ("not required", NegatesBefore),
    ("nothing", Negates),
    ("nous", Ends),
    ("now learning", Negates),
    ("objectif devenir", Negates),
    ("obtain", Acquires),
    ("obtenir", Acquires),
    ("or", Joins),
    ("ou", Joins),
    ("pas", Negates),
    ("pas difficulte", Affirms),
    ("pas exige", NegatesBefore),
    ("pas exigee", NegatesBefore),
    ("pas necessaire", NegatesBefore),
    ("pas obligatoire", NegatesBefore),
    ("pas probleme", Affirms),
    ("pas que", Affirms),
    ("pas requis", NegatesBefore),
    ("pas requise", NegatesBefore),
    ("pas seulement", Affirms),
    ("pas souci", Affirms),
    ("pas uniquement", Affirms),
    ("passer", Acquires),
    ("planifiee", Planned),
    ("planned", Planned),
    ("plus", NoLonger),
    ("plus que", Affirms),
    ("plutot que", Negates),
    ("prends cours", Negates),
    ("pret", Wishes),
    ("prete", Wishes),
    ("prevu", Planned),
    ("prevue", Planned),
    ("prevues", Planned),
    ("prevus", Planned),
    ("prochaine formation", Negates),
    ("programmee", Planned),
    ("progress", Underway),
    ("rather than", Negates),
    ("ready", Wishes),
    ("reinforcement learning", Names),
    ("reve devenir", Negates),
    ("rien", Negates),
    ("sans", Negates),
    ("sans compter", Affirms),
    ("sans difficulte", Affirms),
    ("sans doute", Affirms),
    ("sans oublier", Affirms),
    ("sans probleme", Affirms),
    ("sauf", Negates),
    ("scheduled", Planned),
    ("she", Ends),
    ("shouldn t", Negates),
    ("soif", Wishes),
    ("souhait", Wishes),
    ("souhaite", Wishes),
    ("souhaiterais", Wishes),
    ("start", Begins),
    ("started", Begins),
    ("started learning", Negates),
    ("starting", Begins),
    ("still learning", Negates),
    ("studying become", Negates),
    ("suis cours", Negates),
    ("suis formation", Negates),
    ("supervised learning", Names),
    ("taking class", Negates),
    ("taking classes", Negates),
    ("taking course", Negates),
    ("taking courses", Negates),
    ("taking evening", Negates),
    ("taking lessons", Negates),
    ("they", Ends),
    ("toutefois", Ends),
    ("train apprendre", Negates),
    ("training become", Negates),
    ("transfer learning", Names),
    ("unacquainted", Negates),
    ("unaware", Negates),
    ("unfamiliar", Negates),
    ("unsupervised learning", Names),
    ("untrained", Negates),
    ("unversed", Negates),
    ("upcoming course", Negates),
    ("upcoming training", Negates),
    ("veut", Wishes),
    ("veux", Wishes),
    ("voudrais", Wishes),
    ("voudrait", Wishes),
    ("want", Wishes),
    ("wants", Wishes),
    ("wasn t", Negates),
    ("we", Ends),
    ("willing", Wishes),
    ("wish", Wishes),
    ("without", Negates),
    ("wouldn t", Negates),
    ("yet to", Negates),
    ("zero experience", Negates),
    ("zero knowledge", Negates),
];

/// The separator between a word and the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Comma,
    Sentence,
}

/// Returns the negation at each word of a text.
pub fn negations(text: &str, words: &[Word]) -> Vec<Negation> {
    let clause = Clauses {
        words,
        gaps: gaps(text, words),
    };
    let mut negations = vec![Negation::default(); words.len()];
    // Remaining numbers of words, without stop words, to which a negation, a wish or a beginning
    // applies.
    let (mut negated, mut wished, mut begun) = (0_usize, 0_usize, 0_usize);
    let mut after_phrase = 0;
    for (at, word) in words.iter().enumerate() {
        match clause.gaps[at] {
            Gap::None => {}
            Gap::Comma if negated > 0 && clause.is_in_list(at) => negated = REACH,
            Gap::Comma | Gap::Sentence => (negated, wished, begun) = (0, 0, 0),
        }
        negations[at].begins_clause = clause.gaps[at] != Gap::None;
        negations[at].before = negated > 0;
        let mut counts = !text::is_stop_word(&word.folded);
        if at >= after_phrase
            && let Some((meaning, end)) = clause.phrase_at(at)
        {
            match meaning {
                Negates => negated = REACH,
                Affirms | Ends => negated = 0,
                Joins if negated > 0 => negated = REACH,
                Wishes => wished = REACH_OF_A_WISH,
                Begins => begun = REACH_OF_A_WISH,
                Acquires | Teaches if wished + begun > 0 => negated = REACH,
                Becomes if wished > 0 => negated = REACH,
                TeachesEvenings if begun > 0 => negated = REACH,
                NegatesBefore => clause.negate_before(at, &mut negations),
                // « cours » is also a course: « je commence des cours de ».
                Underway if wished + begun > 0 && !clause.follows_in(at) => negated = REACH,
                Underway => clause.underway(at, end, &mut negations),
                NoLonger if clause.follows_ne(at) => negated = REACH,
                Planned => clause.negate_planned(at, &mut negations),
                Joins | Acquires | Becomes | Teaches | TeachesEvenings | Names | NoLonger => {}
            }
            after_phrase = end;
            counts &= meaning == Names;
        }
        if counts {
            negated = negated.saturating_sub(1);
            wished = wished.saturating_sub(1);
            begun = begun.saturating_sub(1);
        }
    }
    negations
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
                Some((Negates, _)) if matches!(self.word(at), "ni" | "nor") => return true,
                Some((Negates | Affirms | Ends, _)) => return false,
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
    fn negate_before(&self, phrase: usize, negations: &mut [Negation]) {
        let mut telling = 0;
        for at in (phrase.saturating_sub(REACH_BACK + 1)..phrase).rev() {
            if self.gaps[at + 1] != Gap::None {
                return;
            }
            negations[at].behind = Some(Behind::Negated);
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
    fn negate_planned(&self, phrase: usize, negations: &mut [Negation]) {
        for at in (phrase.saturating_sub(REACH_OF_A_PLAN)..phrase).rev() {
            if self.gaps[at + 1] != Gap::None {
                return;
            }
            if TRAINING.contains(&self.word(at)) {
                for negation in &mut negations[at + 1..phrase] {
                    negation.behind = Some(Behind::Negated);
                }
                return;
            }
        }
    }

    /// Marks the word directly before « en cours » or "in progress" at the end of a clause.
    fn underway(&self, phrase: usize, end: usize, negations: &mut [Negation]) {
        let ends = self.gaps.get(end).is_none_or(|gap| *gap != Gap::None);
        let Some(before) = phrase.checked_sub(2).filter(|_| ends) else {
            return;
        };
        let is_joined = matches!(self.word(phrase - 1), "en" | "in")
            && self.gaps[phrase - 1] == Gap::None
            && self.gaps[phrase] == Gap::None;
        if is_joined {
            negations[before].behind.get_or_insert(Behind::Underway);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrases_are_sorted() {
        let firsts = |pair: &(&str, Meaning)| pair.0.split(' ').next().unwrap().to_owned();
        assert!(PHRASES.iter().map(firsts).is_sorted());
    }
}
