//! Location and mode of work.
//!
//! *Place*: scores 1 if the work can be done from anywhere. Remote work limited to countries can be
//! done from these only, and cities and distances don't matter for it. If both sides have
//! coordinates, the great-circle distance is scored (haversine formula, mean Earth radius
//! 6,371.0088 km, IUGG 1980). Up to the limit it scores 1; beyond, the score falls linearly (see
//! [`falling`]) towards 0 at twice the limit (over at least 10 km). The limit is the candidate's
//! `max_distance_km`, or 50 km if none is stated, and 1.5 times that for hybrid work, because the
//! commute occurs on some days only. Without coordinates: the same city 1, another city of the same
//! country 0.4, the same country 1 if the posting names no city and 0.6 if the candidate names
//! none, another country 0.1, or 1 if the posting's own words allow remote work from it. Willingness
//! to relocate raises any place to at least 0.8. If either side names several places, the best pair
//! of them counts.
//!
//! *Mode of work*, if both sides state one: 1 for the mode that the candidate wants, otherwise less
//! the further apart the two are. The score is the product of the two, or the one that is known.

use super::{Number, Outcome, Scored, Unscored, falling, stated};
use crate::{
    profiles::{
        job_posting::JobPosting,
        location::{Coordinates, Location, RemoteMode, RemotePreference},
    },
    scoring::{
        text,
        vocabulary::{Countries, city_key, countries_named_in, countries_of, country_code},
        wire_name::wire_names,
    },
};

const EARTH_RADIUS_KM: f64 = 6_371.008_8;
const USUAL_LIMIT_KM: f64 = 50.0;
const HYBRID_STRETCH: f64 = 1.5;
/// Minimum of the distance that a loss of 1 stands for.
const SHORTEST_FALL_KM: f64 = 10.0;
/// Points within this distance are the same place.
const ONE_PLACE_KM: f64 = 1.0;
const OTHER_CITY: f64 = 0.4;
const SAME_COUNTRY: f64 = 0.6;
const OTHER_COUNTRY: f64 = 0.1;
const WITH_RELOCATION: f64 = 0.8;

/// A place, compiled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    city: Option<String>,
    /// The city as written, without postal code and district.
    written: Option<Box<str>>,
    country: Option<String>,
    coordinates: Option<Coordinates>,
}

impl Place {
    /// Compiles a place.
    pub fn of(location: Option<&Location>) -> Self {
        let Some(location) = location else {
            return Self::default();
        };
        Self {
            city: location.city.as_deref().and_then(city_key),
            written: location.city.as_deref().and_then(name_of_city),
            country: location.country.as_deref().and_then(country_code),
            coordinates: location
                .coordinates
                .filter(|point| point.latitude.is_finite() && point.longitude.is_finite()),
        }
    }

    fn is_known(&self) -> bool {
        self.city.is_some() || self.country.is_some() || self.coordinates.is_some()
    }
}

/// Returns the name of a city as written, without postal codes, district numbers and « Cedex »:
/// « 69003 Lyon », « Paris 15e », « Lyon Cedex ».
fn name_of_city(written: &str) -> Option<Box<str>> {
    let is_name = |word: &&str| {
        !word.contains(|letter: char| letter.is_ascii_digit())
            && !word.eq_ignore_ascii_case("cedex")
            && word.contains(char::is_alphabetic)
    };
    let words: Vec<&str> = written.split_whitespace().filter(is_name).collect();
    (!words.is_empty()).then(|| words.join(" ").into())
}

/// Compiles one side's places, sorted and without repetition.
fn places<'l>(locations: impl Iterator<Item = &'l Location>) -> Vec<Place> {
    let mut places: Vec<Place> = locations
        .map(|location| Place::of(Some(location)))
        .filter(Place::is_known)
        .collect();
    let key = |place: &Place| {
        let point = place
            .coordinates
            .map(|point| (point.latitude.to_bits(), point.longitude.to_bits()));
        (
            place.city.clone(),
            place.country.clone(),
            point,
            place.written.clone(),
        )
    };
    places.sort_by_cached_key(key);
    places.dedup_by(|again, kept| {
        again.city == kept.city
            && again.country == kept.country
            && again.coordinates == kept.coordinates
    });
    places.truncate(MOST_PLACES);
    places
}

/// Maximum number of compared places of one side.
const MOST_PLACES: usize = 100;

/// The candidate's side.
#[derive(Debug, Clone, Default)]
pub struct CandidatePlace {
    places: Vec<Place>,
    /// The candidate's terms.
    pub terms: Terms,
}

/// The conditions that a candidate accepts, independent of the place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    preference: Option<RemotePreference>,
    /// The longest distance that the candidate states.
    pub limit_km: Option<f64>,
    relocates: bool,
    refuses_to_relocate: bool,
}

impl CandidatePlace {
    /// Compiles the candidate's side.
    pub fn of<'l>(
        locations: impl IntoIterator<Item = &'l Location>,
        preference: Option<RemotePreference>,
        max_distance_km: Option<f64>,
        willing_to_relocate: Option<bool>,
    ) -> Self {
        Self {
            places: places(locations.into_iter()),
            terms: Terms {
                preference,
                limit_km: stated(max_distance_km),
                relocates: willing_to_relocate == Some(true),
                refuses_to_relocate: willing_to_relocate == Some(false),
            },
        }
    }
}

/// Two places that were compared, as they are stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaceNames<'a> {
    /// The candidate's city.
    pub home: Option<&'a str>,
    /// The posting's city.
    pub work: Option<&'a str>,
    /// The code of the candidate's country.
    pub home_country: Option<&'a str>,
    /// The code of the posting's country.
    pub work_country: Option<&'a str>,
    /// True if both are one city, however it is written.
    pub is_one_city: bool,
}

impl<'a> PlaceNames<'a> {
    /// The names of the places that a finding is about.
    pub fn of(candidate: &'a CandidatePlace, posting: &'a PostingPlace, found: &Finding) -> Self {
        let home = found.home.and_then(|at| candidate.places.get(at));
        let work = found.work.and_then(|at| posting.places.get(at));
        let country = work.map_or_else(|| posting.country(), |work| work.country.as_deref());
        Self {
            home: home.and_then(|home| home.written.as_deref()),
            work: work.and_then(|work| work.written.as_deref()),
            home_country: home.and_then(|home| home.country.as_deref()),
            work_country: country,
            is_one_city: home
                .zip(work)
                .is_some_and(|(home, work)| home.city.is_some() && home.city == work.city),
        }
    }
}

impl Terms {
    /// Replaces the longest distance.
    pub fn with_limit_km(self, limit_km: f64) -> Self {
        Self {
            limit_km: Some(limit_km),
            ..self
        }
    }

    /// Replaces the wanted mode of work.
    pub fn with_preference(self, preference: RemotePreference) -> Self {
        Self {
            preference: Some(preference),
            ..self
        }
    }
}

/// Returns the smallest `max_distance_km`, in whole kilometres, under which this distance is within
/// the limit.
pub fn limit_for(distance_km: f64, mode: Option<RemoteMode>) -> f64 {
    // The distance is rounded to 0.1 km.
    ((distance_km + 0.1) / stretch(mode)).ceil()
}

fn stretch(mode: Option<RemoteMode>) -> f64 {
    match mode {
        Some(RemoteMode::Hybrid) => HYBRID_STRETCH,
        _ => 1.0,
    }
}

/// The posting's side.
#[derive(Debug, Default)]
pub struct PostingPlace {
    places: Vec<Place>,
    mode: Option<RemoteMode>,
    /// Codes of the countries to which remote work is limited, sorted; empty if it is not limited.
    countries: Vec<String>,
    /// Codes of the countries from which the posting's own words allow remote work, sorted.
    allowed: Vec<String>,
}

/// Words for working from elsewhere.
const REMOTE: &[&str] = &["distance", "remote", "remotely", "teletravail"];

/// Words by which a text excludes the countries that it names.
const EXCLUDING: &[&str] = &[
    "except",
    "excluding",
    "hors",
    "no",
    "not",
    "outside",
    "pas",
    "sauf",
];

impl PostingPlace {
    /// Compiles the places of a posting.
    pub fn of_posting(posting: &JobPosting) -> Self {
        let first = posting.location.iter();
        Self::of(first.chain(&posting.other_locations), posting.remote)
    }

    /// Compiles the posting's side.
    pub fn of<'l>(
        locations: impl IntoIterator<Item = &'l Location, IntoIter: Clone>,
        mode: Option<RemoteMode>,
    ) -> Self {
        let locations = locations.into_iter();
        let mut countries = Vec::new();
        if mode == Some(RemoteMode::Remote) {
            for country in locations.clone().filter_map(|one| one.country.as_deref()) {
                match countries_of(country) {
                    Countries::These(codes) => countries.extend(codes),
                    Countries::All => {
                        countries.clear();
                        break;
                    }
                }
            }
            countries.sort_unstable();
            countries.dedup();
        }
        Self {
            places: places(locations),
            mode,
            countries,
            allowed: Vec::new(),
        }
    }

    /// Adds the countries from which the posting's own words allow remote work: the words after
    /// "remote" in its title ("remote, EU"), and the sentence of the description about it.
    pub fn with_remote_terms(mut self, title: Option<&str>, terms: Option<&str>) -> Self {
        if self.countries.is_empty() {
            return self;
        }
        let in_title = title.and_then(|title| {
            let mut words = text::placed_words(title);
            let remote = words.find(|word| REMOTE.contains(&word.folded.as_str()))?;
            title.get(remote.span.end..)?.split(')').next()
        });
        for text in in_title.into_iter().chain(terms) {
            let words = text::words(text);
            if !words.iter().any(|word| EXCLUDING.contains(&word.as_str())) {
                self.allowed.extend(countries_named_in(text));
            }
        }
        self.allowed.sort_unstable();
        self
    }

    /// Returns the country of the posting's places, if all have the same one.
    pub fn country(&self) -> Option<&str> {
        let (first, rest) = self.places.split_first()?;
        let country = first.country.as_deref()?;
        let is_one = rest
            .iter()
            .all(|place| place.country.as_deref() == Some(country));
        is_one.then_some(country)
    }
}

wire_names! {
    /// The relative position of two places.
    pub enum Proximity {
        /// The work can be done from anywhere.
        Anywhere = "anywhere",
        /// The distance is known.
        Measured = "measured",
        /// The same city by name.
        SameCity = "same_city",
        /// Two cities of one country, or of countries that aren't stated.
        OtherCity = "other_city",
        /// One country; at least one city isn't stated.
        SameCountry = "same_country",
        /// Two countries.
        OtherCountry = "other_country",
    }
}

/// The compared values.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Finding {
    /// The relative position; `None` if a place isn't stated.
    pub proximity: Option<Proximity>,
    /// The index of the candidate's compared place.
    pub home: Option<usize>,
    /// The index of the posting's compared place.
    pub work: Option<usize>,
    /// Great-circle distance in kilometres, to 0.1 km.
    pub distance_km: Option<Number>,
    /// The limit that was applied, in kilometres.
    pub limit_km: Option<Number>,
    /// The longest distance that the candidate states, in kilometres, before any extension for the
    /// mode of work.
    pub limit_km_stated: Option<Number>,
    /// True if the candidate refuses to relocate.
    pub stays: bool,
    /// True if willingness to relocate raised the score.
    pub relocation: bool,
    /// The mode of work offered.
    pub mode_offered: Option<RemoteMode>,
    /// The mode of work wanted.
    pub mode_wanted: Option<RemotePreference>,
}

/// Scores location by the rules of the module documentation.
pub fn measure(candidate: &CandidatePlace, posting: &PostingPlace) -> Outcome<Finding> {
    measure_under(candidate.terms, candidate, posting)
}

/// Scores location under other terms of the candidate.
pub fn measure_under(
    terms: Terms,
    candidate: &CandidatePlace,
    posting: &PostingPlace,
) -> Outcome<Finding> {
    let (place, finding) = best_place(candidate, terms, posting).unzip();
    let finding = Finding {
        mode_offered: posting.mode,
        mode_wanted: terms.preference,
        limit_km_stated: terms.limit_km.map(Number),
        stays: terms.refuses_to_relocate,
        ..finding.unwrap_or_default()
    };
    let mode = terms
        .preference
        .zip(posting.mode)
        .map(|(wanted, offered)| mode_score(wanted, offered));
    let score = match (place, mode) {
        (Some(place), Some(mode)) => place * mode,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => {
            let posting_says = !posting.places.is_empty() || posting.mode.is_some();
            let candidate_says = !candidate.places.is_empty() || terms.preference.is_some();
            // One side may state only a place and the other only a mode; then the candidate counts
            // as the silent side.
            return Err(Unscored::silent(
                candidate_says && !posting_says,
                posting_says,
            ));
        }
    };
    Ok(Scored { score, finding })
}

/// The reachability of the workplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Reachable, remote, or the candidate would relocate.
    Within,
    /// Beyond the limit, or in another country.
    Beyond,
    /// Not enough is known.
    Unknown,
}

/// Returns the reachability of a workplace under some terms of the candidate. The wanted mode of
/// work is ignored.
pub fn reach(candidate: &CandidatePlace, terms: Terms, posting: &PostingPlace) -> Reach {
    let is_remote = posting.mode == Some(RemoteMode::Remote);
    if terms.relocates || is_remote && posting.countries.is_empty() {
        return Reach::Within;
    }
    let Some((score, finding)) = best_place(candidate, terms, posting) else {
        return Reach::Unknown;
    };
    match finding.proximity {
        _ if score >= 1.0 => Reach::Within,
        Some(Proximity::Measured | Proximity::OtherCountry) => Reach::Beyond,
        _ => Reach::Unknown,
    }
}

/// Returns the score of the best pair of places, with their relative position; `None` if nothing is
/// known.
fn best_place(
    candidate: &CandidatePlace,
    terms: Terms,
    posting: &PostingPlace,
) -> Option<(f64, Finding)> {
    let homes = &candidate.places;
    let found = |proximity| Finding {
        proximity: Some(proximity),
        ..Finding::default()
    };
    let best = if posting.mode == Some(RemoteMode::Remote) {
        if posting.countries.is_empty() {
            // A candidate who states neither a place nor a mode of work isn't scored.
            let says_something = !homes.is_empty() || terms.preference.is_some();
            return says_something.then(|| (1.0, found(Proximity::Anywhere)));
        }
        let known = |home: &Place| {
            let country = home.country.as_ref()?;
            Some(posting.countries.binary_search(country).is_ok())
        };
        // The same place as one of the posting's is sufficient, even if its country is unknown.
        let lies_there = |home: &Place| {
            home.country.is_none() && posting.places.iter().any(|work| is_one_place(home, work))
        };
        let there = |home: &Place| known(home) == Some(true) || lies_there(home);
        let is_allowed = |home: &Place| {
            let country = home.country.as_ref();
            country.is_some_and(|country| posting.allowed.binary_search(country).is_ok())
        };
        // Prefers a home in a city of the posting.
        let in_city = homes.iter().enumerate().find_map(|(at, home)| {
            let mut works = posting.places.iter();
            let work = works.position(|work| home.city.is_some() && home.city == work.city)?;
            there(home).then_some((at, work))
        });
        let with_home = |proximity, home| Finding {
            home: Some(home),
            ..found(proximity)
        };
        if let Some((home, work)) = in_city {
            let found = Finding {
                work: Some(work),
                ..with_home(Proximity::SameCity, home)
            };
            Some((1.0, found))
        } else if let Some(home) = homes.iter().position(there) {
            Some((1.0, with_home(Proximity::SameCountry, home)))
        } else if let Some(home) = homes.iter().position(is_allowed) {
            // Another country than the posting's, which isn't told as its country.
            let found = Finding {
                home: Some(home),
                ..Finding::default()
            };
            Some((1.0, found))
        } else {
            let abroad = homes.iter().position(|home| known(home).is_some());
            abroad.map(|home| (OTHER_COUNTRY, with_home(Proximity::OtherCountry, home)))
        }
    } else {
        let mut best: Option<(f64, Finding)> = None;
        for (home_at, home) in homes.iter().enumerate() {
            for (work_at, work) in posting.places.iter().enumerate() {
                let Some(mut pair) = pair_score(home, work, terms, posting.mode) else {
                    continue;
                };
                (pair.1.home, pair.1.work) = (Some(home_at), Some(work_at));
                if best.as_ref().is_none_or(|best| is_better(&pair, best)) {
                    best = Some(pair);
                }
            }
        }
        best
    };
    best.map(|(score, mut finding)| {
        if terms.relocates && score < WITH_RELOCATION {
            finding.relocation = true;
            (WITH_RELOCATION, finding)
        } else {
            (score, finding)
        }
    })
}

/// True if two places are the same by their coordinates or by the names of their cities.
fn is_one_place(home: &Place, work: &Place) -> bool {
    let points = home.coordinates.zip(work.coordinates);
    (home.city.is_some() && home.city == work.city)
        || points.is_some_and(|(home, work)| distance_km(home, work) <= ONE_PLACE_KM)
}

/// True if `one` has a higher score, or an equal score and a shorter distance: counterfactuals
/// propose the limit that includes the compared distance.
fn is_better(one: &(f64, Finding), other: &(f64, Finding)) -> bool {
    let way = |found: &Finding| found.distance_km.map_or(f64::INFINITY, |way| way.0);
    one.0
        .total_cmp(&other.0)
        .then(way(&other.1).total_cmp(&way(&one.1)))
        .is_gt()
}

fn pair_score(
    home: &Place,
    work: &Place,
    terms: Terms,
    mode: Option<RemoteMode>,
) -> Option<(f64, Finding)> {
    let mut finding = Finding::default();
    let (proximity, score) = if let Some((from, to)) = home.coordinates.zip(work.coordinates) {
        let distance = distance_km(from, to);
        let limit = terms.limit_km.unwrap_or(USUAL_LIMIT_KM) * stretch(mode);
        finding.distance_km = Some(Number((distance * 10.0).round() / 10.0));
        finding.limit_km = Some(Number(limit));
        let beyond = (distance - limit).max(0.0);
        let score = falling(beyond / limit.max(SHORTEST_FALL_KM));
        // Both name the city, so the city's own coordinates say nothing about a distance within it.
        let is_one_city = home.city.is_some() && home.city == work.city && distance < 0.05;
        if is_one_city && beyond <= 0.0 {
            finding.distance_km = None;
            finding.limit_km = None;
            (Proximity::SameCity, 1.0)
        } else {
            (Proximity::Measured, score)
        }
    } else {
        let same = |one: &Option<String>, other: &Option<String>| {
            one.as_ref()
                .zip(other.as_ref())
                .map(|(one, other)| one == other)
        };
        match (
            same(&home.country, &work.country),
            same(&home.city, &work.city),
        ) {
            (Some(false), _) => (Proximity::OtherCountry, OTHER_COUNTRY),
            (_, Some(true)) => (Proximity::SameCity, 1.0),
            (_, Some(false)) => (Proximity::OtherCity, OTHER_CITY),
            (Some(true), None) if work.city.is_none() && work.coordinates.is_none() => {
                (Proximity::SameCountry, 1.0)
            }
            (Some(true), None) => (Proximity::SameCountry, SAME_COUNTRY),
            (None, None) => return None,
        }
    };
    finding.proximity = Some(proximity);
    Some((score, finding))
}

fn mode_score(wanted: RemotePreference, offered: RemoteMode) -> f64 {
    use RemoteMode::{Hybrid, Onsite, Remote};
    let RemotePreference::Only(wanted) = wanted else {
        return 1.0;
    };
    match (wanted, offered) {
        (Hybrid, Remote) => 0.8,
        (Onsite, Hybrid) => 0.9,
        (Remote, Hybrid) | (Hybrid, Onsite) => 0.6,
        (Onsite, Remote) => 0.5,
        (Remote, Onsite) => 0.2,
        (Onsite, Onsite) | (Hybrid, Hybrid) | (Remote, Remote) => 1.0,
    }
}

/// Returns the great-circle distance in kilometres by the haversine formula (Sinnott, "Virtues of
/// the Haversine", 1984).
fn distance_km(from: Coordinates, to: Coordinates) -> f64 {
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let latitude = (to_latitude - from_latitude) / 2.0;
    let longitude = (to.longitude - from.longitude).to_radians() / 2.0;
    // The standard library's functions differ between machines in the last bit.
    let (north, east) = (libm::sin(latitude), libm::sin(longitude));
    let haversine = north * north + libm::cos(from_latitude) * libm::cos(to_latitude) * east * east;
    2.0 * EARTH_RADIUS_KM * libm::asin(haversine.clamp(0.0, 1.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Coordinates = Coordinates {
        latitude: 48.8566,
        longitude: 2.3522,
    };
    const LYON: Coordinates = Coordinates {
        latitude: 45.764,
        longitude: 4.8357,
    };
    const VERSAILLES: Coordinates = Coordinates {
        latitude: 48.8014,
        longitude: 2.1301,
    };

    fn at(coordinates: Coordinates) -> Location {
        Location {
            coordinates: Some(coordinates),
            ..Location::default()
        }
    }

    fn in_city(city: &str, country: &str) -> Location {
        Location {
            city: Some(city.to_owned()),
            country: Some(country.to_owned()),
            coordinates: None,
        }
    }

    fn score(home: &Location, limit_km: Option<f64>, relocates: bool, work: &Location) -> f64 {
        measure(
            &CandidatePlace::of(Some(home), None, limit_km, Some(relocates)),
            &PostingPlace::of(Some(work), None),
        )
        .unwrap()
        .score
    }

    #[test]
    fn the_distance_from_paris_to_lyon_is_known() {
        let distance = distance_km(PARIS, LYON);
        assert!((distance - 391.5).abs() < 1.0, "{distance}");
        assert!(distance_km(PARIS, PARIS) < 1e-9);
    }

    #[test]
    fn the_score_is_full_within_the_limit_and_zero_at_twice_the_limit() {
        // Versailles is 17.4 km away.
        assert!((score(&at(VERSAILLES), Some(20.0), false, &at(PARIS)) - 1.0).abs() < 1e-9);
        let beyond = score(&at(VERSAILLES), Some(12.0), false, &at(PARIS));
        assert!((0.4..0.7).contains(&beyond), "{beyond}");
        let far = score(&at(LYON), None, false, &at(PARIS));
        let less_far = score(&at(LYON), Some(60.0), false, &at(PARIS));
        assert!(
            0.0 < far && far < less_far && less_far < 0.05,
            "{far} {less_far}"
        );
    }

    #[test]
    fn willingness_to_relocate_limits_the_cost_of_distance() {
        assert!((score(&at(LYON), Some(10.0), true, &at(PARIS)) - 0.8).abs() < 1e-9);
        assert!((score(&at(PARIS), Some(10.0), true, &at(PARIS)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn cities_without_coordinates_are_compared_by_name() {
        let paris = in_city("Paris", "FR");
        for (home, expected) in [
            (in_city("PARIS 15e", "France"), 1.0),
            (in_city("Lyon", "France"), 0.4),
            (in_city("Paris", "United States"), 0.1),
        ] {
            let actual = score(&home, None, false, &paris);
            assert!((actual - expected).abs() < 1e-9, "{home:?}: {actual}");
        }
        assert!(
            (score(
                &in_city("St-Étienne", "FR"),
                None,
                false,
                &in_city("Saint Etienne", "FR")
            ) - 1.0)
                .abs()
                < 1e-9
        );
    }

    #[test]
    fn remote_work_is_near_for_candidates_who_want_it() {
        let posting = PostingPlace::of(Some(&at(PARIS)), Some(RemoteMode::Remote));
        let living_in_lyon = |preference| {
            let candidate = CandidatePlace::of(Some(&at(LYON)), preference, Some(10.0), None);
            measure(&candidate, &posting).unwrap().score
        };
        assert!((living_in_lyon(None) - 1.0).abs() < 1e-9);
        assert!((living_in_lyon(Some(RemotePreference::Any)) - 1.0).abs() < 1e-9);
        let onsite = RemotePreference::Only(RemoteMode::Onsite);
        assert!((living_in_lyon(Some(onsite)) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn remote_work_limited_to_countries_is_limited() {
        let at_home = |country: &str| in_city("Lyon", country);
        let in_country = |country: &str| Location {
            country: Some(country.to_owned()),
            ..Location::default()
        };
        let remote = Some(RemoteMode::Remote);
        for (home, countries, expected) in [
            ("FR", vec!["US"], OTHER_COUNTRY),
            ("FR", vec!["US", "France"], 1.0),
            ("FR", vec!["US", "Canada"], OTHER_COUNTRY),
            ("FR", vec!["European Union"], 1.0),
            ("US", vec!["Europe"], OTHER_COUNTRY),
            ("FR", vec!["US", "Worldwide"], 1.0),
        ] {
            let limits: Vec<Location> = countries.iter().map(|one| in_country(one)).collect();
            let posting = PostingPlace::of(&limits, remote);
            let candidate =
                |relocates| CandidatePlace::of([&at_home(home)], None, None, Some(relocates));
            let found = measure(&candidate(false), &posting).unwrap();
            assert!(
                (found.score - expected).abs() < 1e-9,
                "{home} {countries:?}"
            );
            let is_anywhere = found.finding.proximity == Some(Proximity::Anywhere);
            assert_eq!(
                is_anywhere,
                countries.contains(&"Worldwide"),
                "{countries:?}"
            );
            let lifted = measure(&candidate(true), &posting).unwrap().score;
            assert!((lifted - expected.max(WITH_RELOCATION)).abs() < 1e-9);
        }
        let nowhere = CandidatePlace::default();
        let limited = PostingPlace::of([&in_country("US")], remote);
        assert_eq!(reach(&nowhere, nowhere.terms, &limited), Reach::Unknown);
    }

    #[test]
    fn a_home_in_a_named_place_of_remote_work_is_near_in_any_country() {
        let france = Location {
            country: Some("FR".to_owned()),
            ..Location::default()
        };
        let posting = PostingPlace::of([&at(PARIS), &france], Some(RemoteMode::Remote));
        let score = |home| {
            let wants = Some(RemotePreference::Only(RemoteMode::Onsite));
            let candidate = CandidatePlace::of([&home], wants, None, None);
            measure(&candidate, &posting).unwrap()
        };
        let in_paris = score(at(PARIS)).finding.proximity;
        assert_eq!(in_paris, Some(Proximity::SameCountry));
        assert!(score(at(PARIS)).score >= score(in_city("Lyon", "FR")).score);
        assert_eq!(score(at(LYON)).finding.proximity, None);
    }

    #[test]
    fn the_best_of_several_places_counts_in_any_order() {
        let cities = ["Paris", "Lyon", "Lille"].map(|city| in_city(city, "FR"));
        let home = in_city("Lyon", "FR");
        let score = |work: Vec<&Location>| {
            let candidate = CandidatePlace::of([&home], None, None, None);
            measure(&candidate, &PostingPlace::of(work, None))
                .unwrap()
                .score
        };
        let [paris, lyon, lille] = &cities;
        assert!((score(vec![paris, lyon, lille]) - 1.0).abs() < 1e-9);
        assert!((score(vec![lille, paris, lyon]) - 1.0).abs() < 1e-9);
        assert!((score(vec![lille, paris]) - OTHER_CITY).abs() < 1e-9);
    }

    #[test]
    fn work_on_site_does_not_suit_a_wish_for_remote_work() {
        let posting = PostingPlace::of(Some(&at(PARIS)), Some(RemoteMode::Onsite));
        let remote = Some(RemotePreference::Only(RemoteMode::Remote));
        let candidate = CandidatePlace::of(Some(&at(PARIS)), remote, None, None);
        assert!((measure(&candidate, &posting).unwrap().score - 0.2).abs() < 1e-9);
    }

    #[test]
    fn an_unknown_home_gives_no_score() {
        let posting = PostingPlace::of(Some(&at(PARIS)), Some(RemoteMode::Remote));
        let unknown = CandidatePlace::default();
        assert_eq!(
            measure(&unknown, &posting).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
