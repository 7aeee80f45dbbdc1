//! Languages and their levels, on the Common European Framework of Reference (CEFR).

use super::{folded_text::fold, language_certificate::LanguageCertificate, phrases::Phrases};

/// CEFR levels in ascending order, then native.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LanguageLevel {
    /// Breakthrough.
    A1,
    /// Waystage.
    A2,
    /// Threshold.
    B1,
    /// Vantage.
    B2,
    /// Effective operational proficiency.
    C1,
    /// Mastery.
    C2,
    /// First language.
    Native,
}

impl LanguageLevel {
    /// Returns the wire name, as profile documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::B1 => "B1",
            Self::B2 => "B2",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::Native => "native",
        }
    }

    /// Returns the rank of the level: 1 (A1) to 7 (native).
    #[must_use]
    pub fn step(self) -> u8 {
        self as u8 + 1
    }

    /// Reads a level: `C1`, « courant », "fluent", "native or bilingual proficiency", "TOEIC 850".
    /// A CEFR code in the text takes precedence over a certificate, and a certificate over words;
    /// among words the first decides.
    ///
    /// ```
    /// use matching_engine::profiles::language::LanguageLevel;
    /// assert_eq!(LanguageLevel::parse("Professionnel (C1)"), Some(LanguageLevel::C1));
    /// assert_eq!(LanguageLevel::parse("notions"), Some(LanguageLevel::A1));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        level_in(&fold(text))
    }
}

fn level_in(folded: &str) -> Option<LanguageLevel> {
    let is_code = |phrase: &str| phrase.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let code = LEVELS
        .find_all(folded)
        .find(|(place, _)| is_code(&folded[place.clone()]));
    if let Some((_, level)) = code {
        return Some(level);
    }
    let in_words = LEVELS.first_in(folded);
    match LanguageCertificate::first_in(folded) {
        // The test can't certify a higher level, so higher words beside it are believed.
        Some(certificate) if certificate.is_highest => certificate.level.max(in_words),
        Some(certificate) => certificate.level.or(in_words),
        None => in_words,
    }
}

/// A language that a candidate speaks or a posting asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageSkill {
    /// ISO 639 code in lower case, `fr`. A written name (« anglais ») has been converted to its
    /// code; a language without a known code is kept as folded text.
    pub code: String,
    /// The level; `None` if the language is spoken at an unknown level.
    pub level: Option<LanguageLevel>,
}

impl LanguageSkill {
    /// Returns the language and level that a certificate's name states, if it states both.
    #[must_use]
    pub fn certified_by(certificate: &str) -> Option<Self> {
        let folded = fold(certificate);
        let certified = LanguageCertificate::first_in(&folded)?;
        Some(Self {
            code: certified.code.to_owned(),
            level: Some(level_in(&folded)?),
        })
    }

    /// Reads languages as written: `fr`, `en-GB`, « Anglais (C1) », "English: fluent", « Français
    /// langue maternelle », « bilingue français-anglais ». A level applies to the language before
    /// it; a level before all languages applies to each language that has none of its own. A
    /// language without a known code is kept as folded text, without its level. Returns an empty
    /// list for a text without letters or digits.
    ///
    /// ```
    /// use matching_engine::profiles::language::{LanguageLevel, LanguageSkill};
    /// let english = &LanguageSkill::parse("Anglais (C1)")[0];
    /// assert_eq!((english.code.as_str(), english.level), ("en", Some(LanguageLevel::C1)));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Vec<Self> {
        let text = text.trim();
        let tag_end = text.find([' ', '(', ':']).unwrap_or(text.len());
        if let Some(code) = primary_subtag(&text[..tag_end]) {
            let level = LanguageLevel::parse(&text[tag_end..]);
            return vec![Self { code, level }];
        }
        let folded = fold(text);
        let names: Vec<_> = NAMES.find_all(&folded).collect();
        let Some((first, _)) = names.first() else {
            let is_code =
                |word: &str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_lowercase());
            if folded.contains(' ') && folded.split(' ').all(is_code) {
                // Several codes: « FR / EN ».
                return folded.split(' ').map(Self::of_unknown_level).collect();
            }
            return unknown_language(&folded).into_iter().collect();
        };
        let level_of_all = level_in(folded[..first.start].trim_end());
        let mut languages: Vec<Self> = Vec::with_capacity(names.len());
        for (index, (place, code)) in names.iter().enumerate() {
            let end = names
                .get(index + 1)
                .map_or(folded.len(), |next| next.0.start);
            let level = level_in(folded[place.end..end].trim()).or(level_of_all);
            match languages.iter_mut().find(|known| known.code == *code) {
                // The same language named in two languages: « français (French) ».
                Some(known) => known.level = known.level.or(level),
                None => languages.push(Self {
                    code: (*code).to_owned(),
                    level,
                }),
            }
        }
        languages
    }
}

impl LanguageSkill {
    fn of_unknown_level(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            level: None,
        }
    }
}

/// Returns the language of a BCP 47 tag such as `en-GB`, `pt_BR` or `zh-Hans-CN`: a region has two
/// letters or three digits, a script has four letters.
fn primary_subtag(text: &str) -> Option<String> {
    let (language, subtags) = text.split_once(['-', '_'])?;
    let is_subtag = |subtag: &str| match subtag.len() {
        2 | 4 => subtag.bytes().all(|byte| byte.is_ascii_alphabetic()),
        3 => subtag.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    let is_tag = language.len() == 2
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.split(['-', '_']).all(is_subtag);
    is_tag.then(|| language.to_ascii_lowercase())
}

/// Reads a two-letter code, a certificate, or a language that is not in the table.
fn unknown_language(folded: &str) -> Option<LanguageSkill> {
    let level = level_in(folded);
    if let Some(certificate) = LanguageCertificate::first_in(folded) {
        return Some(LanguageSkill {
            code: certificate.code.to_owned(),
            level,
        });
    }
    let name = match LEVELS.find_all(folded).next() {
        Some((place, _)) => [&folded[..place.start], &folded[place.end..]]
            .iter()
            .flat_map(|part| part.split([' ', '\'']))
            .filter(|word| !word.is_empty() && !matches!(*word, "niveau" | "level"))
            .collect::<Vec<_>>()
            .join(" "),
        None => folded.to_owned(),
    };
    if name.is_empty() {
        // The text is only a level. It is kept unchanged and equals no language.
        return (!folded.is_empty()).then(|| LanguageSkill::of_unknown_level(folded));
    }
    Some(LanguageSkill { code: name, level })
}

/// Words for levels. The sources, in order of precedence:
///
/// - The CEFR's own names (Council of Europe, Companion Volume, and its French edition): A1
///   « découverte, introductif », A2 « survie », B1 « seuil » or *threshold*, C1 « autonome », C2
///   « maîtrise » or *mastery*. The French edition calls B2 « avancé », while English teaching
///   calls C1 *advanced* (Cambridge C1 Advanced) and B2 *upper intermediate*, so the two words
///   differ.
/// - The scale of professional networks follows the ILR (elementary, limited working, professional
///   working, full professional, native or bilingual), read as A2, B1, B2, C1, native. That is one
///   level below the usual ILR correspondence from *professional working* on, because these levels
///   are self-assessed.
/// - The words that French CV guides recommend: « notions » A1, « scolaire » A2, « intermédiaire »
///   B1, « professionnel », « opérationnel », « lu, écrit, parlé » B2, « courant » C1, « bilingue »
///   C2.
const LEVELS: Phrases<LanguageLevel> = Phrases::sorted(&[
    ("a1", LanguageLevel::A1),
    ("a1+", LanguageLevel::A1),
    ("a2", LanguageLevel::A2),
    ("a2+", LanguageLevel::A2),
    ("advanced", LanguageLevel::C1),
    ("aisance", LanguageLevel::C1),
    ("autonome", LanguageLevel::C1),
    ("avance", LanguageLevel::B2),
    ("avance c1", LanguageLevel::C1),
    ("avancee", LanguageLevel::B2),
    ("b1", LanguageLevel::B1),
    ("b1+", LanguageLevel::B1),
    ("b2", LanguageLevel::B2),
    ("b2+", LanguageLevel::B2),
    ("base", LanguageLevel::A2),
    ("bases", LanguageLevel::A2),
    ("basic", LanguageLevel::A2),
    ("basic knowledge", LanguageLevel::A2),
    ("basic user", LanguageLevel::A2),
    ("basics", LanguageLevel::A2),
    ("basique", LanguageLevel::A2),
    ("beginner", LanguageLevel::A1),
    ("bilingual", LanguageLevel::C2),
    ("bilingual or native", LanguageLevel::Native),
    ("bilingual proficiency", LanguageLevel::C2),
    ("bilingue", LanguageLevel::C2),
    ("bilingue langue maternelle", LanguageLevel::Native),
    ("bilingue ou langue maternelle", LanguageLevel::Native),
    ("bilingue ou langue natale", LanguageLevel::Native),
    ("bilingue ou natale", LanguageLevel::Native),
    ("bilingue ou natif", LanguageLevel::Native),
    ("bon", LanguageLevel::B2),
    ("bon niveau", LanguageLevel::B2),
    ("bonne", LanguageLevel::B2),
    ("bonne connaissance", LanguageLevel::B2),
    ("bonne maitrise", LanguageLevel::B2),
    ("bonnes connaissances", LanguageLevel::B2),
    ("bonnes notions", LanguageLevel::A2),
    ("business", LanguageLevel::B2),
    ("business fluent", LanguageLevel::C1),
    ("business level", LanguageLevel::B2),
    ("c1", LanguageLevel::C1),
    ("c1+", LanguageLevel::C1),
    ("c2", LanguageLevel::C2),
    ("c2+", LanguageLevel::C2),
    ("capacite elementaire", LanguageLevel::A2),
    ("capacite professionnelle", LanguageLevel::B2),
    ("capacite professionnelle complete", LanguageLevel::C1),
    ("capacite professionnelle generale", LanguageLevel::B2),
    ("capacite professionnelle limitee", LanguageLevel::B1),
    ("competence de base", LanguageLevel::A2),
    ("competence elementaire", LanguageLevel::A2),
    ("competence professionnelle", LanguageLevel::B2),
    ("competence professionnelle complete", LanguageLevel::C1),
    ("competence professionnelle generale", LanguageLevel::B2),
    ("competence professionnelle limitee", LanguageLevel::B1),
    ("competences elementaires", LanguageLevel::A2),
    ("competences professionnelles", LanguageLevel::B2),
    ("competences professionnelles completes", LanguageLevel::C1),
    ("competences professionnelles limitees", LanguageLevel::B1),
    ("conversation", LanguageLevel::B1),
    ("conversation courante", LanguageLevel::B1),
    ("conversational", LanguageLevel::B1),
    ("conversational basics", LanguageLevel::A2),
    ("conversationnel", LanguageLevel::B1),
    ("couramment", LanguageLevel::C1),
    ("courant", LanguageLevel::C1),
    ("courante", LanguageLevel::C1),
    ("debutant", LanguageLevel::A1),
    ("debutant avance", LanguageLevel::A2),
    ("debutante", LanguageLevel::A1),
    ("decouverte", LanguageLevel::A1),
    ("ecrit et parle", LanguageLevel::B2),
    ("ecrit parle", LanguageLevel::B2),
    ("elementaire", LanguageLevel::A2),
    ("elementary", LanguageLevel::A2),
    ("elementary proficiency", LanguageLevel::A2),
    ("excellent", LanguageLevel::C1),
    ("excellent command", LanguageLevel::C1),
    ("excellente", LanguageLevel::C1),
    ("excellente maitrise", LanguageLevel::C1),
    ("expert", LanguageLevel::C2),
    ("faux debutant", LanguageLevel::A2),
    ("first language", LanguageLevel::Native),
    ("first tongue", LanguageLevel::Native),
    ("fliessend", LanguageLevel::C1),
    ("fluency", LanguageLevel::C1),
    ("fluent", LanguageLevel::C1),
    ("fluently", LanguageLevel::C1),
    ("fluide", LanguageLevel::C1),
    ("full professional", LanguageLevel::C1),
    ("full professional proficiency", LanguageLevel::C1),
    ("full working proficiency", LanguageLevel::C1),
    ("general professional proficiency", LanguageLevel::B2),
    ("good", LanguageLevel::B2),
    ("good command", LanguageLevel::B2),
    ("good working knowledge", LanguageLevel::B2),
    ("high intermediate", LanguageLevel::B2),
    ("independant", LanguageLevel::B1),
    ("independent", LanguageLevel::B1),
    ("independent user", LanguageLevel::B1),
    ("intermediaire", LanguageLevel::B1),
    ("intermediaire avance", LanguageLevel::B2),
    ("intermediaire superieur", LanguageLevel::B2),
    ("intermediate", LanguageLevel::B1),
    ("intermediate level", LanguageLevel::B1),
    ("introductif", LanguageLevel::A1),
    ("langue d'origine", LanguageLevel::Native),
    ("langue maternelle", LanguageLevel::Native),
    ("langue maternelle ou bilingue", LanguageLevel::Native),
    ("langue natale", LanguageLevel::Native),
    ("limited professional", LanguageLevel::B1),
    ("limited professional proficiency", LanguageLevel::B1),
    ("limited working", LanguageLevel::B1),
    ("limited working proficiency", LanguageLevel::B1),
    ("lu", LanguageLevel::A2),
    ("lu ecrit", LanguageLevel::B1),
    ("lu ecrit et parle", LanguageLevel::B2),
    ("lu ecrit parle", LanguageLevel::B2),
    ("lu et ecrit", LanguageLevel::B1),
    ("lu et parle", LanguageLevel::B1),
    ("lu parle", LanguageLevel::B1),
    ("lu parle ecrit", LanguageLevel::B2),
    ("lu parle et ecrit", LanguageLevel::B2),
    ("maitrise", LanguageLevel::C2),
    ("maitrise parfaite", LanguageLevel::C2),
    ("maitrise partielle", LanguageLevel::B1),
    ("maitrise professionnelle", LanguageLevel::B2),
    ("mastery", LanguageLevel::C2),
    ("maternel", LanguageLevel::Native),
    ("maternelle", LanguageLevel::Native),
    ("mother tongue", LanguageLevel::Native),
    ("mothertongue", LanguageLevel::Native),
    ("moyen", LanguageLevel::B1),
    ("muttersprache", LanguageLevel::Native),
    ("natale", LanguageLevel::Native),
    ("natif", LanguageLevel::Native),
    ("natif ou bilingue", LanguageLevel::Native),
    ("native", LanguageLevel::Native),
    ("native bilingual", LanguageLevel::Native),
    ("native bilingual proficiency", LanguageLevel::Native),
    ("native language", LanguageLevel::Native),
    ("native or bilingual", LanguageLevel::Native),
    ("native or bilingual level", LanguageLevel::Native),
    ("native or bilingual proficiency", LanguageLevel::Native),
    ("native ou bilingue", LanguageLevel::Native),
    ("native proficiency", LanguageLevel::Native),
    ("native speaker", LanguageLevel::Native),
    ("near fluent", LanguageLevel::B2),
    ("near native", LanguageLevel::C2),
    ("negotiation", LanguageLevel::C1),
    ("niveau college", LanguageLevel::A2),
    ("niveau lycee", LanguageLevel::A2),
    ("niveau professionnel", LanguageLevel::B2),
    ("niveau scolaire", LanguageLevel::A2),
    ("notion", LanguageLevel::A1),
    ("notions", LanguageLevel::A1),
    ("notions de base", LanguageLevel::A1),
    ("notions elementaires", LanguageLevel::A2),
    ("novice", LanguageLevel::A1),
    ("operationnel", LanguageLevel::B2),
    ("operationnelle", LanguageLevel::B2),
    ("parfait", LanguageLevel::C2),
    ("parfaite", LanguageLevel::C2),
    ("parfaite maitrise", LanguageLevel::C2),
    ("parfaitement bilingue", LanguageLevel::C2),
    ("parle couramment", LanguageLevel::C1),
    ("parle et ecrit", LanguageLevel::B2),
    ("pre intermediate", LanguageLevel::A2),
    ("premiere langue", LanguageLevel::Native),
    ("professional", LanguageLevel::B2),
    ("professional fluency", LanguageLevel::C1),
    ("professional working", LanguageLevel::B2),
    ("professional working proficiency", LanguageLevel::B2),
    ("professionnel", LanguageLevel::B2),
    ("professionnelle", LanguageLevel::B2),
    ("proficient", LanguageLevel::C1),
    ("proficient user", LanguageLevel::C1),
    ("quasi natif", LanguageLevel::C2),
    ("read written and spoken", LanguageLevel::B2),
    ("read written spoken", LanguageLevel::B2),
    ("rudimentaire", LanguageLevel::A1),
    ("rudiments", LanguageLevel::A1),
    ("school level", LanguageLevel::A2),
    ("scolaire", LanguageLevel::A2),
    ("semi fluent", LanguageLevel::B2),
    ("seuil", LanguageLevel::B1),
    ("spoken and written", LanguageLevel::B2),
    ("starter", LanguageLevel::A1),
    ("survie", LanguageLevel::A2),
    ("technique", LanguageLevel::B1),
    ("threshold", LanguageLevel::B1),
    ("totalement bilingue", LanguageLevel::C2),
    ("tres basique", LanguageLevel::A1),
    ("tres bon", LanguageLevel::C1),
    ("tres bon niveau", LanguageLevel::C1),
    ("tres bonne", LanguageLevel::C1),
    ("tres bonne maitrise", LanguageLevel::C1),
    ("tres bonnes connaissances", LanguageLevel::C1),
    ("trilingue", LanguageLevel::C2),
    ("upper intermediate", LanguageLevel::B2),
    ("usuel", LanguageLevel::B1),
    ("utilisateur experimente", LanguageLevel::C1),
    ("utilisateur independant", LanguageLevel::B1),
    ("vantage", LanguageLevel::B2),
    ("verhandlungssicher", LanguageLevel::C1),
    ("very good", LanguageLevel::C1),
    ("very good command", LanguageLevel::C1),
    ("working", LanguageLevel::B2),
    ("working proficiency", LanguageLevel::B2),
    ("written and spoken", LanguageLevel::B2),
]);

/// Names of languages in French and English (some also in their own language) and ISO 639-2 codes,
/// for the languages that French and English profiles mention. Codes that are also words of these
/// languages (`est`, `fin`, `mon`) are left out. Languages without a two-letter code have their ISO
/// 639-3 code.
const NAMES: Phrases<&str> = Phrases::sorted(&[
    ("afr", "af"),
    ("afrikaans", "af"),
    ("alb", "sq"),
    ("albanais", "sq"),
    ("albanaise", "sq"),
    ("albanian", "sq"),
    ("allemand", "de"),
    ("allemande", "de"),
    ("alsacien", "gsw"),
    ("american sign language", "ase"),
    ("amh", "am"),
    ("amharic", "am"),
    ("amharique", "am"),
    ("anglais", "en"),
    ("anglaise", "en"),
    ("ara", "ar"),
    ("arabe", "ar"),
    ("arabic", "ar"),
    ("armenian", "hy"),
    ("armenien", "hy"),
    ("armenienne", "hy"),
    ("asl", "ase"),
    ("aze", "az"),
    ("azerbaidjanais", "az"),
    ("azerbaijani", "az"),
    ("azeri", "az"),
    ("bahasa indonesia", "id"),
    ("bam", "bm"),
    ("bambara", "bm"),
    ("bangla", "bn"),
    ("basque", "eu"),
    ("belarusian", "be"),
    ("bengali", "bn"),
    ("ber", "ber"),
    ("berber", "ber"),
    ("berbere", "ber"),
    ("bielorusse", "be"),
    ("birman", "my"),
    ("bokmal", "no"),
    ("bos", "bs"),
    ("bosnian", "bs"),
    ("bosniaque", "bs"),
    ("bosnien", "bs"),
    ("brazilian portuguese", "pt"),
    ("bre", "br"),
    ("bresilien", "pt"),
    ("breton", "br"),
    ("bretonne", "br"),
    ("british sign language", "bfi"),
    ("bsl", "bfi"),
    ("bul", "bg"),
    ("bulgare", "bg"),
    ("bulgarian", "bg"),
    ("burmese", "my"),
    ("cambodgien", "km"),
    ("cantonais", "zh"),
    ("cantonese", "zh"),
    ("castellano", "es"),
    ("castillan", "es"),
    ("catalan", "ca"),
    ("catalane", "ca"),
    ("ces", "cs"),
    ("chi", "zh"),
    ("chinese", "zh"),
    ("chinois", "zh"),
    ("chinoise", "zh"),
    ("cinghalais", "si"),
    ("coreen", "ko"),
    ("coreenne", "ko"),
    ("corse", "co"),
    ("corsican", "co"),
    ("creole haitien", "ht"),
    ("croate", "hr"),
    ("croatian", "hr"),
    ("cym", "cy"),
    ("cze", "cs"),
    ("czech", "cs"),
    ("dan", "da"),
    ("danish", "da"),
    ("danois", "da"),
    ("danoise", "da"),
    ("dari", "fa"),
    ("deu", "de"),
    ("deutsch", "de"),
    ("dut", "nl"),
    ("dutch", "nl"),
    ("ell", "el"),
    ("eng", "en"),
    ("englisch", "en"),
    ("english", "en"),
    ("epo", "eo"),
    ("espagnol", "es"),
    ("espagnole", "es"),
    ("espanol", "es"),
    ("esperanto", "eo"),
    ("estonian", "et"),
    ("estonien", "et"),
    ("eus", "eu"),
    ("euskara", "eu"),
    ("farsi", "fa"),
    ("fas", "fa"),
    ("filipino", "tl"),
    ("finlandais", "fi"),
    ("finnish", "fi"),
    ("finnois", "fi"),
    ("flamand", "nl"),
    ("flemish", "nl"),
    ("fra", "fr"),
    ("francais", "fr"),
    ("francaise", "fr"),
    ("franzosisch", "fr"),
    ("fre", "fr"),
    ("french", "fr"),
    ("fula", "ff"),
    ("fulfulde", "ff"),
    ("gaelic", "ga"),
    ("gaelique", "ga"),
    ("galician", "gl"),
    ("galicien", "gl"),
    ("gallois", "cy"),
    ("georgian", "ka"),
    ("georgien", "ka"),
    ("ger", "de"),
    ("german", "de"),
    ("glg", "gl"),
    ("gre", "el"),
    ("grec", "el"),
    ("grecque", "el"),
    ("greek", "el"),
    ("guj", "gu"),
    ("gujarati", "gu"),
    ("haitian creole", "ht"),
    ("haoussa", "ha"),
    ("hau", "ha"),
    ("hausa", "ha"),
    ("heb", "he"),
    ("hebreu", "he"),
    ("hebrew", "he"),
    ("hin", "hi"),
    ("hindi", "hi"),
    ("hollandais", "nl"),
    ("hongrois", "hu"),
    ("hongroise", "hu"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hungarian", "hu"),
    ("hye", "hy"),
    ("ibo", "ig"),
    ("icelandic", "is"),
    ("igbo", "ig"),
    ("indonesian", "id"),
    ("indonesien", "id"),
    ("ingles", "en"),
    ("irish", "ga"),
    ("irlandais", "ga"),
    ("isl", "is"),
    ("islandais", "is"),
    ("islandaise", "is"),
    ("ita", "it"),
    ("italian", "it"),
    ("italiano", "it"),
    ("italien", "it"),
    ("italienne", "it"),
    ("japanese", "ja"),
    ("japonais", "ja"),
    ("japonaise", "ja"),
    ("jpn", "ja"),
    ("kab", "kab"),
    ("kabyle", "kab"),
    ("kannada", "kn"),
    ("kat", "ka"),
    ("kaz", "kk"),
    ("kazakh", "kk"),
    ("khm", "km"),
    ("khmer", "km"),
    ("kinyarwanda", "rw"),
    ("kiswahili", "sw"),
    ("kor", "ko"),
    ("korean", "ko"),
    ("kur", "ku"),
    ("kurde", "ku"),
    ("kurdish", "ku"),
    ("langue des signes", "fsl"),
    ("langue des signes francaise", "fsl"),
    ("lao", "lo"),
    ("laotien", "lo"),
    ("lat", "la"),
    ("latin", "la"),
    ("latvian", "lv"),
    ("lav", "lv"),
    ("letton", "lv"),
    ("lin", "ln"),
    ("lingala", "ln"),
    ("lithuanian", "lt"),
    ("lituanien", "lt"),
    ("lsf", "fsl"),
    ("ltz", "lb"),
    ("luxembourgeois", "lb"),
    ("luxembourgish", "lb"),
    ("macedonian", "mk"),
    ("macedonien", "mk"),
    ("malagasy", "mg"),
    ("malais", "ms"),
    ("malay", "ms"),
    ("malayalam", "ml"),
    ("malgache", "mg"),
    ("maltais", "mt"),
    ("maltese", "mt"),
    ("mandarin", "zh"),
    ("marathi", "mr"),
    ("mkd", "mk"),
    ("mlg", "mg"),
    ("mlt", "mt"),
    ("mongol", "mn"),
    ("mongolian", "mn"),
    ("msa", "ms"),
    ("mya", "my"),
    ("nederlands", "nl"),
    ("neerlandais", "nl"),
    ("neerlandaise", "nl"),
    ("nep", "ne"),
    ("nepalais", "ne"),
    ("nepali", "ne"),
    ("nld", "nl"),
    ("norvegien", "no"),
    ("norvegienne", "no"),
    ("norwegian", "no"),
    ("occitan", "oc"),
    ("oci", "oc"),
    ("ourdou", "ur"),
    ("ouzbek", "uz"),
    ("pachto", "ps"),
    ("panjabi", "pa"),
    ("pashto", "ps"),
    ("pendjabi", "pa"),
    ("persan", "fa"),
    ("perse", "fa"),
    ("persian", "fa"),
    ("peul", "ff"),
    ("polish", "pl"),
    ("polonais", "pl"),
    ("polonaise", "pl"),
    ("polski", "pl"),
    ("portugais", "pt"),
    ("portugaise", "pt"),
    ("portugues", "pt"),
    ("portuguese", "pt"),
    ("pular", "ff"),
    ("punjabi", "pa"),
    ("romanian", "ro"),
    ("ron", "ro"),
    ("roumain", "ro"),
    ("roumaine", "ro"),
    ("rum", "ro"),
    ("rus", "ru"),
    ("russe", "ru"),
    ("russian", "ru"),
    ("schwyzerdutsch", "gsw"),
    ("serbe", "sr"),
    ("serbian", "sr"),
    ("sinhala", "si"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("slovak", "sk"),
    ("slovaque", "sk"),
    ("slovene", "sl"),
    ("slovenian", "sl"),
    ("slv", "sl"),
    ("somali", "so"),
    ("spa", "es"),
    ("spanish", "es"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("suedois", "sv"),
    ("suedoise", "sv"),
    ("suisse allemand", "gsw"),
    ("swa", "sw"),
    ("swahili", "sw"),
    ("swe", "sv"),
    ("swedish", "sv"),
    ("swiss german", "gsw"),
    ("tagalog", "tl"),
    ("tamazight", "ber"),
    ("tamil", "ta"),
    ("tamoul", "ta"),
    ("tcheque", "cs"),
    ("telougou", "te"),
    ("telugu", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("thai", "th"),
    ("thailandais", "th"),
    ("tigrigna", "ti"),
    ("tigrinya", "ti"),
    ("tir", "ti"),
    ("tur", "tr"),
    ("turc", "tr"),
    ("turkish", "tr"),
    ("turque", "tr"),
    ("ukr", "uk"),
    ("ukrainian", "uk"),
    ("ukrainien", "uk"),
    ("ukrainienne", "uk"),
    ("urd", "ur"),
    ("urdu", "ur"),
    ("uzb", "uz"),
    ("uzbek", "uz"),
    ("vie", "vi"),
    ("vietnamese", "vi"),
    ("vietnamien", "vi"),
    ("vietnamienne", "vi"),
    ("welsh", "cy"),
    ("wol", "wo"),
    ("wolof", "wo"),
    ("xho", "xh"),
    ("xhosa", "xh"),
    ("yor", "yo"),
    ("yoruba", "yo"),
    ("zho", "zh"),
    ("zoulou", "zu"),
    ("zul", "zu"),
    ("zulu", "zu"),
]);

#[cfg(test)]
mod tests {
    use super::{
        LEVELS,
        LanguageLevel::{self, A1, A2, B1, B2, C1, C2, Native},
        LanguageSkill, NAMES,
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn words_are_parsed_as_levels() {
        for (text, level) in [
            ("A1", A1),
            ("b2", B2),
            ("B2+", B2),
            ("B2/C1", B2),
            ("native", Native),
            ("natif", Native),
            ("courant", C1),
            ("Fluent", C1),
            ("bilingue", C2),
            ("intermediate", B1),
            ("notions", A1),
            ("scolaire", A2),
            ("lu, écrit, parlé", B2),
            ("Upper-intermediate", B2),
            ("avancé", B2),
            ("advanced", C1),
            ("Elementary proficiency", A2),
            ("Limited working proficiency", B1),
            ("Professional working proficiency", B2),
            ("Full professional proficiency", C1),
            ("Native or bilingual proficiency", Native),
            ("Niveau professionnel (C1)", C1),
        ] {
            assert_eq!(LanguageLevel::parse(text), Some(level), "{text:?}");
        }
        for (text, level) in [
            ("TOEIC 900", B2),
            ("courant (TOEIC 800)", B2),
            ("bilingue, TOEIC 990", C2),
            ("TOEIC 990", C1),
            ("C1 (TOEIC 900)", C1),
            ("IELTS 6,5", B2),
        ] {
            assert_eq!(LanguageLevel::parse(text), Some(level), "{text:?}");
        }
        for level in [A1, A2, B1, B2, C1, C2, Native] {
            assert_eq!(LanguageLevel::parse(level.as_str()), Some(level));
        }
        assert_findable(&LEVELS);
    }

    #[test]
    fn languages_are_parsed_from_common_spellings() {
        for (text, expected) in [
            ("fr", vec![("fr", None)]),
            ("EN", vec![("en", None)]),
            ("en-GB", vec![("en", None)]),
            ("pt_BR", vec![("pt", None)]),
            ("en-GB (C1)", vec![("en", Some(C1))]),
            ("FR / EN", vec![("fr", None), ("en", None)]),
            ("EN-C1", vec![("en", Some(C1))]),
            ("anglais", vec![("en", None)]),
            ("English", vec![("en", None)]),
            ("fra", vec![("fr", None)]),
            ("Anglais (C1)", vec![("en", Some(C1))]),
            ("English: fluent", vec![("en", Some(C1))]),
            ("English (US) - professional (C2)", vec![("en", Some(C2))]),
            ("Français langue maternelle", vec![("fr", Some(Native))]),
            ("native English speaker", vec![("en", Some(Native))]),
            ("Français (French)", vec![("fr", None)]),
            (
                "bilingue français-anglais",
                vec![("fr", Some(C2)), ("en", Some(C2))],
            ),
            (
                "anglais courant et espagnol scolaire",
                vec![("en", Some(C1)), ("es", Some(A2))],
            ),
            ("Anglais (TOEIC : 850)", vec![("en", Some(B2))]),
            ("TOEIC 850", vec![("en", Some(B2))]),
            ("DELF B2", vec![("fr", Some(B2))]),
            ("Français (DALF C1)", vec![("fr", Some(C1))]),
            ("Langue des signes française", vec![("fsl", None)]),
            ("Klingon (niveau C1)", vec![("klingon", Some(C1))]),
            ("Sranan Tongo", vec![("sranan tongo", None)]),
            ("C1", vec![("c1", None)]),
            (" - ", vec![]),
        ] {
            let read = LanguageSkill::parse(text);
            let read: Vec<_> = read
                .iter()
                .map(|language| (language.code.as_str(), language.level))
                .collect();
            assert_eq!(read, expected, "{text:?}");
        }
        assert_findable(&NAMES);
    }
}
