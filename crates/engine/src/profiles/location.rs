//! The place of work or residence, down to the city, and remote work.

use serde_json::{Map, Value};

use super::{folded_text::fold, phrases::Phrases};

/// A place, at city precision. Never contains an address line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Location {
    /// City name as written.
    pub city: Option<String>,
    /// Country as written: a name or an ISO 3166 code.
    pub country: Option<String>,
    /// Coordinates in degrees, WGS 84.
    pub coordinates: Option<Coordinates>,
}

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// Latitude in degrees, −90 to 90.
    pub latitude: f64,
    /// Longitude in degrees, −180 to 180.
    pub longitude: f64,
}

/// The mode of work of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteMode {
    /// At the workplace.
    Onsite,
    /// Partly at the workplace.
    Hybrid,
    /// From anywhere.
    Remote,
}

/// The mode of work that a candidate wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemotePreference {
    /// Only this mode.
    Only(RemoteMode),
    /// Any mode.
    Any,
}

impl Location {
    /// Reads a place as written: "Lyon", "Lyon, France", « 69003 Lyon », « Lyon (69) », "Lyon,
    /// Rhône, France". The city is the part with a postal code, else the first part; the country is
    /// the last of several parts. Postal codes, departments and parts that look like an address
    /// line (« 12 rue de la Paix ») are dropped. "Remote" is not a place.
    ///
    /// ```
    /// use matching_engine::profiles::location::Location;
    /// let lyon = Location::parse("12 rue de la Paix, 69003 Lyon, France");
    /// assert_eq!(lyon.city.as_deref(), Some("Lyon"));
    /// assert_eq!(lyon.country.as_deref(), Some("France"));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text
            .split(',')
            .map(|part| without_department(part.trim()))
            .filter(|part| !part.is_empty() && !is_address_line(part))
            .collect();
        if let [only] = parts.as_slice()
            && COUNTRIES.meaning_of(&fold(only)).is_some()
        {
            return Self {
                country: Some((*only).to_owned()),
                ..Self::default()
            };
        }
        let with_postal_code = parts
            .iter()
            .position(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let city_at = with_postal_code.unwrap_or(0);
        let city = parts
            .get(city_at)
            .filter(|part| WORDS.meaning_of(&fold(part)).is_none())
            .map(|part| without_postal_code(part));
        let country = parts[parts.len().min(city_at + 1)..]
            .last()
            .filter(|part| !STATES.contains(part));
        Self {
            city: city.filter(|city| !city.is_empty()),
            country: country.map(|country| (*country).to_owned()),
            coordinates: None,
        }
    }
}

impl Location {
    /// Reads the alternative places that a text names, in text order: « Paris ou Lyon », "Paris,
    /// Lyon or Lille, France", « Paris / Lyon ». A country after them applies to each place without
    /// one. Commas separate cities only if all parts are well-known cities, since otherwise a city
    /// is followed by its region (« Lyon, Rhône »).
    ///
    /// ```
    /// use matching_engine::profiles::location::Location;
    /// let places = Location::all_in("Paris ou Lyon");
    /// let cities: Vec<_> = places.into_iter().map(|one| one.city).collect();
    /// assert_eq!(cities, [Some("Paris".to_owned()), Some("Lyon".to_owned())]);
    /// ```
    #[must_use]
    pub fn all_in(text: &str) -> Vec<Self> {
        let mut joined = ALTERNATIVES
            .iter()
            .fold(text.to_owned(), |text, joint| text.replace(joint, " | "));
        if !joined.contains(" | ") && names_several_cities(text) {
            joined = text.replace(',', " | ");
        }
        if !joined.contains(" | ") {
            return Some(Self::parse(text))
                .filter(|place| *place != Self::default())
                .into_iter()
                .collect();
        }
        let mut places: Vec<Self> = Vec::new();
        // Commas separate cities here too, but a country belongs to the city before it.
        for part in joined
            .split([',', '|'])
            .map(str::trim)
            .take(MOST_ALTERNATIVES)
        {
            if STATES.contains(&part) {
                continue;
            }
            let is_code = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
            if is_code || COUNTRIES.meaning_of(&fold(part)).is_some() {
                let mut cities = places.iter_mut().filter(|place| place.country.is_none());
                match cities.next() {
                    Some(first) => {
                        first.country = Some(part.to_owned());
                        cities.for_each(|place| place.country = Some(part.to_owned()));
                    }
                    None => places.push(Self {
                        country: Some(part.to_owned()),
                        ..Self::default()
                    }),
                }
                continue;
            }
            let place = Self::parse(part);
            if place != Self::default() {
                places.push(place);
            }
        }
        places
    }
}

/// Returns the places that a text names as native documents write them, each with its city and
/// country and nothing else of the text.
pub(super) fn places_named_in(text: &str) -> Vec<Map<String, Value>> {
    let places = Location::all_in(text).into_iter();
    let fields = places.map(|place| [("city", place.city), ("country", place.country)]);
    fields.map(fields_of_place).collect()
}

/// Returns the stated ones of a place's fields.
pub(super) fn fields_of_place(fields: [(&str, Option<String>); 2]) -> Map<String, Value> {
    let fields = fields.into_iter();
    let stated = fields.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    stated.collect()
}

/// True if the commas of a text separate cities.
fn names_several_cities(text: &str) -> bool {
    let parts = text.split(',').map(|part| without_department(part.trim()));
    let mut first = None;
    let mut differ = false;
    for part in parts.filter(|part| !part.is_empty()) {
        let is_code = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code || COUNTRIES.meaning_of(&fold(part)).is_some() {
            continue;
        }
        let city = fold(&without_postal_code(part));
        if CITIES.meaning_of(&city).is_none() {
            return false;
        }
        differ |= first.as_ref().is_some_and(|first| *first != city);
        first.get_or_insert(city);
    }
    differ
}

const ALTERNATIVES: [&str; 7] = [" ou ", " or ", " / ", " et ", " and ", " & ", ";"];
const MOST_ALTERNATIVES: usize = 50;

/// Removes a leading French department: « 69 - Lyon ».
fn without_department(part: &str) -> &str {
    match part.split_once(" - ") {
        Some((department, city))
            if department.len() <= 3 && department.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            city.trim()
        }
        _ => part,
    }
}

/// Codes of states of the USA that are also countries: after a city they tell neither
/// ("Denver, CO", « Bogotá, CO »). Codes of countries that profiles name often are left out (CA, DE,
/// IN, MA, TN).
#[rustfmt::skip]
const STATES: [&str; 20] = [
    "AL", "AR", "AZ", "CO", "GA", "ID", "IL", "KY", "LA", "MD", "ME", "MN", "MO", "MS", "MT", "NE", "PA",
    "SC", "SD", "VA",
];

/// Countries that profiles name most often. Tells a lone "France" from a city. (Luxembourg is both,
/// and counts as the city.)
const COUNTRIES: Phrases<()> = Phrases::sorted(&[
    ("algeria", ()),
    ("algerie", ()),
    ("allemagne", ()),
    ("belgique", ()),
    ("belgium", ()),
    ("canada", ()),
    ("deutschland", ()),
    ("espagne", ()),
    ("etats unis", ()),
    ("france", ()),
    ("germany", ()),
    ("great britain", ()),
    ("inde", ()),
    ("india", ()),
    ("ireland", ()),
    ("irlande", ()),
    ("italie", ()),
    ("italy", ()),
    ("maroc", ()),
    ("morocco", ()),
    ("netherlands", ()),
    ("pays bas", ()),
    ("poland", ()),
    ("pologne", ()),
    ("portugal", ()),
    ("romania", ()),
    ("roumanie", ()),
    ("royaume uni", ()),
    ("senegal", ()),
    ("spain", ()),
    ("suisse", ()),
    ("switzerland", ()),
    ("the netherlands", ()),
    ("tunisia", ()),
    ("tunisie", ()),
    ("uk", ()),
    ("united kingdom", ()),
    ("united states", ()),
    ("usa", ()),
]);

/// Cities that postings name most often, without those that are also the name of a region
/// (« Québec », "Valencia"). Tells two cities from a city followed by its region.
const CITIES: Phrases<()> = Phrases::sorted(&[
    ("abidjan", ()),
    ("aix en provence", ()),
    ("alger", ()),
    ("amiens", ()),
    ("amsterdam", ()),
    ("angers", ()),
    ("annecy", ()),
    ("antwerp", ()),
    ("antwerpen", ()),
    ("anvers", ()),
    ("avignon", ()),
    ("bale", ()),
    ("barcelona", ()),
    ("barcelone", ()),
    ("basel", ()),
    ("bayonne", ()),
    ("berlin", ()),
    ("bern", ()),
    ("berne", ()),
    ("besancon", ()),
    ("birmingham", ()),
    ("bordeaux", ()),
    ("boston", ()),
    ("brest", ()),
    ("bristol", ()),
    ("brussels", ()),
    ("bruxelles", ()),
    ("budapest", ()),
    ("caen", ()),
    ("casablanca", ()),
    ("chambery", ()),
    ("charleroi", ()),
    ("chicago", ()),
    ("clermont ferrand", ()),
    ("cologne", ()),
    ("copenhagen", ()),
    ("copenhague", ()),
    ("dakar", ()),
    ("dijon", ()),
    ("dublin", ()),
    ("dunkerque", ()),
    ("dusseldorf", ()),
    ("edinburgh", ()),
    ("francfort", ()),
    ("frankfurt", ()),
    ("gand", ()),
    ("geneva", ()),
    ("geneve", ()),
    ("ghent", ()),
    ("glasgow", ()),
    ("grenoble", ()),
    ("hambourg", ()),
    ("hamburg", ()),
    ("helsinki", ()),
    ("koln", ()),
    ("la rochelle", ()),
    ("lausanne", ()),
    ("le havre", ()),
    ("le mans", ()),
    ("leeds", ()),
    ("liege", ()),
    ("lille", ()),
    ("limoges", ()),
    ("lisboa", ()),
    ("lisbon", ()),
    ("lisbonne", ()),
    ("london", ()),
    ("londres", ()),
    ("lorient", ()),
    ("los angeles", ()),
    ("lyon", ()),
    ("madrid", ()),
    ("manchester", ()),
    ("marseille", ()),
    ("metz", ()),
    ("milan", ()),
    ("milano", ()),
    ("montpellier", ()),
    ("montreal", ()),
    ("mulhouse", ()),
    ("munchen", ()),
    ("munich", ()),
    ("nancy", ()),
    ("nantes", ()),
    ("new york", ()),
    ("nice", ()),
    ("nimes", ()),
    ("orleans", ()),
    ("oslo", ()),
    ("ottawa", ()),
    ("paris", ()),
    ("pau", ()),
    ("perpignan", ()),
    ("poitiers", ()),
    ("porto", ()),
    ("prague", ()),
    ("quimper", ()),
    ("rabat", ()),
    ("reims", ()),
    ("rennes", ()),
    ("roma", ()),
    ("rome", ()),
    ("rotterdam", ()),
    ("rouen", ()),
    ("saint etienne", ()),
    ("san francisco", ()),
    ("seattle", ()),
    ("sevilla", ()),
    ("stockholm", ()),
    ("strasbourg", ()),
    ("stuttgart", ()),
    ("torino", ()),
    ("toronto", ()),
    ("toulon", ()),
    ("toulouse", ()),
    ("tours", ()),
    ("troyes", ()),
    ("tunis", ()),
    ("turin", ()),
    ("vancouver", ()),
    ("vannes", ()),
    ("varsovie", ()),
    ("vienna", ()),
    ("warsaw", ()),
    ("wien", ()),
    ("zurich", ()),
]);

/// True if a part of a place is an address line: it starts with a house number or a word for
/// streets, or contains such a word and a number.
fn is_address_line(part: &str) -> bool {
    let folded = fold(part);
    let mut words = folded.split([' ', '\'']);
    let first = words.next().unwrap_or("");
    let starts_with_number = first.starts_with(|c: char| c.is_ascii_digit());
    if starts_with_number && first.len() <= 3
        || STREETS.contains(&first) && words.clone().count() > 0
    {
        return true;
    }
    let has_number = part.contains(|c: char| c.is_ascii_digit());
    has_number && words.any(|word| STREETS.contains(&word) || PLACES.contains(&word))
}

/// Words for streets.
const STREETS: [&str; 11] = [
    "allee",
    "av",
    "avenue",
    "bd",
    "boulevard",
    "chemin",
    "impasse",
    "lane",
    "road",
    "rue",
    "street",
];
/// Words for streets that also occur in the names of towns.
const PLACES: [&str; 6] = ["cours", "drive", "place", "quai", "route", "square"];

/// Removes words with digits and text in parentheses: « 69003 Lyon », « Lyon (69) », « Lyon Cedex
/// 03 », « Paris 8e arrondissement ».
fn without_postal_code(part: &str) -> String {
    let name = part.split('(').next().unwrap_or(part);
    name.split_whitespace()
        .filter(|word| {
            !word.contains(|c: char| c.is_ascii_digit())
                && !["cedex", "arrondissement"]
                    .iter()
                    .any(|mark| word.eq_ignore_ascii_case(mark))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

impl RemoteMode {
    /// Returns the wire name, as profile documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onsite => "onsite",
            Self::Hybrid => "hybrid",
            Self::Remote => "remote",
        }
    }

    /// Reads the mode of work of a job: "hybrid", « 2 jours de télétravail par semaine », "full
    /// remote", « présentiel ». On site and remote together is hybrid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words = WordsFound::in_text(text);
        match words {
            WordsFound { any: true, .. } => None,
            WordsFound {
                onsite: true,
                remote: true,
                ..
            } => Some(Self::Hybrid),
            _ => words.one_mode(),
        }
    }
}

impl RemotePreference {
    /// Reads the mode of work that a candidate wants, in the same words as [`RemoteMode::parse`],
    /// except that « présentiel ou télétravail » and « indifférent » are [`RemotePreference::Any`].
    ///
    /// ```
    /// use matching_engine::profiles::location::{RemoteMode, RemotePreference};
    /// assert_eq!(RemotePreference::parse("peu importe"), Some(RemotePreference::Any));
    /// assert_eq!(
    ///     RemotePreference::parse("Télétravail partiel"),
    ///     Some(RemotePreference::Only(RemoteMode::Hybrid))
    /// );
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words = WordsFound::in_text(text);
        match words {
            WordsFound { any: true, .. }
            | WordsFound {
                onsite: true,
                remote: true,
                ..
            } => Some(Self::Any),
            _ => words.one_mode().map(Self::Only),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Word {
    Onsite,
    Hybrid,
    Remote,
    Any,
}

/// The kinds of words that occur in a text.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of the four kinds of words"
)]
struct WordsFound {
    onsite: bool,
    hybrid: bool,
    remote: bool,
    any: bool,
}

impl WordsFound {
    fn in_text(text: &str) -> Self {
        let mut found = Self::default();
        for (_, word) in WORDS.find_all(&fold(text)) {
            match word {
                Word::Onsite => found.onsite = true,
                Word::Hybrid => found.hybrid = true,
                Word::Remote => found.remote = true,
                Word::Any => found.any = true,
            }
        }
        found
    }

    /// Returns the mode of a text that offers no choice. A word for hybrid work (« jours ») takes
    /// precedence.
    fn one_mode(&self) -> Option<RemoteMode> {
        match (self.hybrid, self.onsite, self.remote) {
            (true, _, _) => Some(RemoteMode::Hybrid),
            (_, true, _) => Some(RemoteMode::Onsite),
            (_, _, true) => Some(RemoteMode::Remote),
            _ => None,
        }
    }
}

/// Words for modes of work. A bare "yes" or "no" answers the question "remote?".
const WORDS: Phrases<Word> = Phrases::sorted(&[
    ("100 presentiel", Word::Onsite),
    ("100 remote", Word::Remote),
    ("100 teletravail", Word::Remote),
    ("1j", Word::Hybrid),
    ("2j", Word::Hybrid),
    ("3j", Word::Hybrid),
    ("4j", Word::Hybrid),
    ("a distance", Word::Remote),
    ("all", Word::Any),
    ("any", Word::Any),
    ("anywhere", Word::Remote),
    ("au choix", Word::Any),
    ("aucun teletravail", Word::Onsite),
    ("bureau", Word::Onsite),
    ("day", Word::Hybrid),
    ("days", Word::Hybrid),
    ("distance", Word::Remote),
    ("distanciel", Word::Remote),
    ("distributed", Word::Remote),
    ("en distanciel", Word::Remote),
    ("en presentiel", Word::Onsite),
    ("false", Word::Onsite),
    ("flexible", Word::Hybrid),
    ("from home", Word::Remote),
    ("full remote", Word::Remote),
    ("full teletravail", Word::Remote),
    ("fully remote", Word::Remote),
    ("home office", Word::Remote),
    ("homeoffice", Word::Remote),
    ("hybrid", Word::Hybrid),
    ("hybrid remote", Word::Hybrid),
    ("hybride", Word::Hybrid),
    ("in office", Word::Onsite),
    ("in person", Word::Onsite),
    ("indifferent", Word::Any),
    ("indifferente", Word::Any),
    ("j", Word::Hybrid),
    ("jamais", Word::Onsite),
    ("jour", Word::Hybrid),
    ("jours", Word::Hybrid),
    ("mixed", Word::Hybrid),
    ("mixte", Word::Hybrid),
    ("never", Word::Onsite),
    ("no", Word::Onsite),
    ("no preference", Word::Any),
    ("no remote", Word::Onsite),
    ("no telework", Word::Onsite),
    ("non", Word::Onsite),
    ("non remote", Word::Onsite),
    ("none", Word::Onsite),
    ("not allowed", Word::Onsite),
    ("not remote", Word::Onsite),
    ("occasional", Word::Hybrid),
    ("occasionnel", Word::Hybrid),
    ("occasionnellement", Word::Hybrid),
    ("office", Word::Onsite),
    ("office based", Word::Onsite),
    ("on site", Word::Onsite),
    ("onsite", Word::Onsite),
    ("oui", Word::Remote),
    ("parfois", Word::Hybrid),
    ("part remote", Word::Hybrid),
    ("partial", Word::Hybrid),
    ("partially", Word::Hybrid),
    ("partially remote", Word::Hybrid),
    ("partiel", Word::Hybrid),
    ("partielle", Word::Hybrid),
    ("partly remote", Word::Hybrid),
    ("pas de teletravail", Word::Onsite),
    ("peu importe", Word::Any),
    ("ponctuel", Word::Hybrid),
    ("presentiel", Word::Onsite),
    ("remote", Word::Remote),
    ("remote friendly", Word::Hybrid),
    ("remote no", Word::Onsite),
    ("remote only", Word::Remote),
    ("remote possible", Word::Hybrid),
    ("sans preference", Word::Any),
    ("sans teletravail", Word::Onsite),
    ("semi presentiel", Word::Hybrid),
    ("sometimes", Word::Hybrid),
    ("sur place", Word::Onsite),
    ("sur site", Word::Onsite),
    ("telecommute", Word::Remote),
    ("telecommuting", Word::Remote),
    ("teletravail", Word::Remote),
    ("teletravail complet", Word::Remote),
    ("teletravail impossible", Word::Onsite),
    ("teletravail non", Word::Onsite),
    ("teletravail occasionnel", Word::Hybrid),
    ("teletravail partiel", Word::Hybrid),
    ("teletravail ponctuel", Word::Hybrid),
    ("teletravail possible", Word::Hybrid),
    ("teletravail total", Word::Remote),
    ("teletravailleur", Word::Remote),
    ("telework", Word::Remote),
    ("tous", Word::Any),
    ("true", Word::Remote),
    ("tt", Word::Remote),
    ("tt possible", Word::Hybrid),
    ("wfh", Word::Remote),
    ("work from anywhere", Word::Remote),
    ("work from home", Word::Remote),
    ("yes", Word::Remote),
]);

#[cfg(test)]
mod tests {
    use super::{
        CITIES, COUNTRIES, Location,
        RemoteMode::{self, Hybrid, Onsite, Remote},
        RemotePreference, WORDS,
    };
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn a_code_that_is_both_a_state_and_a_country_tells_no_country() {
        for (text, country) in [
            ("Denver, CO", None),
            ("Bogotá, Colombia", Some("Colombia")),
            ("Austin, TX", Some("TX")),
            ("Lyon, FR", Some("FR")),
        ] {
            assert_eq!(Location::parse(text).country.as_deref(), country, "{text}");
        }
        let places = Location::all_in("Denver, CO or Boulder, CO");
        assert!(places.iter().all(|place| place.country.is_none()));
        assert_eq!(places.len(), 2);
    }

    #[test]
    fn words_are_parsed_as_work_modes() {
        for (text, mode) in [
            ("onsite", Onsite),
            ("On-site", Onsite),
            ("présentiel", Onsite),
            ("pas de télétravail", Onsite),
            ("hybrid", Hybrid),
            ("hybride", Hybrid),
            ("télétravail partiel", Hybrid),
            ("semi-présentiel", Hybrid),
            ("2 jours de télétravail par semaine", Hybrid),
            ("télétravail 2j/semaine", Hybrid),
            ("remote", Remote),
            ("full remote", Remote),
            ("100 % télétravail", Remote),
            ("télétravail", Remote),
            ("à distance", Remote),
        ] {
            assert_eq!(RemoteMode::parse(text), Some(mode), "{text:?}");
            let preference = RemotePreference::Only(mode);
            assert_eq!(RemotePreference::parse(text), Some(preference), "{text:?}");
        }
        for mode in [Onsite, Hybrid, Remote] {
            assert_eq!(RemoteMode::parse(mode.as_str()), Some(mode));
        }
        for text in ["any", "indifférent", "présentiel ou télétravail"] {
            assert_eq!(RemotePreference::parse(text), Some(RemotePreference::Any));
        }
        assert_eq!(RemoteMode::parse("présentiel ou télétravail"), Some(Hybrid));
        assert_eq!(RemoteMode::parse("any"), None);
        assert_eq!(RemotePreference::parse("on Mars"), None);
        assert_findable(&WORDS);
        assert_findable(&COUNTRIES);
        assert_findable(&CITIES);
    }

    #[test]
    fn alternative_places_are_parsed_separately() {
        for (text, expected) in [
            ("Paris ou Lyon", "Paris-,Lyon-"),
            ("Paris, Lyon ou Lille", "Paris-,Lyon-,Lille-"),
            ("Paris / Lyon, France", "Paris-France,Lyon-France"),
            ("Genève, CH ou Lyon, FR", "Genève-CH,Lyon-FR"),
            ("75015 Paris ou Lyon (69)", "Paris-,Lyon-"),
            ("France ou Belgique", "-France,-Belgique"),
            ("Lyon, France", "Lyon-France"),
            ("Paris, Lyon", "Paris-,Lyon-"),
            (
                "75015 Paris, 69003 Lyon, France",
                "Paris-France,Lyon-France",
            ),
            ("Lyon, Rhône", "Lyon-Rhône"),
            ("Paris, Paris", "Paris-Paris"),
            ("Montréal, Québec", "Montréal-Québec"),
            ("Paris, TX", "Paris-TX"),
            ("12 rue de Paris, Lyon", "Lyon-"),
            ("Remote", ""),
            (" ou ", ""),
        ] {
            let written: Vec<String> = Location::all_in(text)
                .into_iter()
                .map(|place| {
                    let (city, country) = (place.city, place.country);
                    format!(
                        "{}-{}",
                        city.unwrap_or_default(),
                        country.unwrap_or_default()
                    )
                })
                .collect();
            assert_eq!(written.join(","), expected, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_cut_after_the_city() {
        for (text, city, country) in [
            ("Lyon", Some("Lyon"), None),
            ("Lyon, France", Some("Lyon"), Some("France")),
            ("Lyon, Rhône, FR", Some("Lyon"), Some("FR")),
            ("69003 Lyon", Some("Lyon"), None),
            ("Lyon (69)", Some("Lyon"), None),
            ("Paris 8e, France", Some("Paris"), Some("France")),
            (
                "12 bis rue de la Paix, 75002 Paris, France",
                Some("Paris"),
                Some("France"),
            ),
            (
                "1250 avenue de Lyon, 69003 Lyon Cedex 03",
                Some("Lyon"),
                None,
            ),
            ("12 rue de la Paix", None, None),
            ("Rue de la Paix, Paris", Some("Paris"), None),
            ("Rue", Some("Rue"), None),
            ("69 - LYON 03", Some("LYON"), None),
            ("France", None, Some("France")),
            ("Paris 11e arrondissement", Some("Paris"), None),
            (
                "1000 Bruxelles, Belgique",
                Some("Bruxelles"),
                Some("Belgique"),
            ),
            ("Saint-Étienne", Some("Saint-Étienne"), None),
            ("Remote", None, None),
            ("Remote, France", None, Some("France")),
            (" , ,", None, None),
        ] {
            let place = Location::parse(text);
            assert_eq!(place.city.as_deref(), city, "{text:?}");
            assert_eq!(place.country.as_deref(), country, "{text:?}");
        }
    }
}
