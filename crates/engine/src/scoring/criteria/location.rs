//! Location and way of working.
//!
//! *Place*, unless the work can be done from anywhere (then 1): with both coordinates, the distance
//! as the crow flies (haversine formula, mean Earth radius 6,371.0088 km, IUGG 1980). Up to the
//! limit it scores 1; beyond, it falls linearly to 0 at twice the limit (over 10 km at
//! least). The limit is the
//! candidate's `max_distance_km`, or 50 km where none is stated, and half as much again for hybrid
//! work, since the way is made on some days only. Without coordinates: the same city 1, another city
//! of the same country 0.4, the same country 1 where the posting names no city and 0.6 where the
//! candidate names none, another country 0.1.
//! Willingness to relocate lifts any place to 0.8.
//!
//! *Way of working*, where both sides state one: 1 when it is what the candidate wants, otherwise a
//! part by how far the two are apart. The score is the product of the two, or the one that is known.

use serde::{Deserialize, Serialize};

use super::{Number, Outcome, Scored, Unscored, stated};
use crate::{
    profiles::location::{Coordinates, Location, RemoteMode, RemotePreference},
    scoring::{text, vocabulary::country_code},
};

const EARTH_RADIUS_KM: f64 = 6_371.008_8;
const USUAL_LIMIT_KM: f64 = 50.0;
const HYBRID_STRETCH: f64 = 1.5;
/// The way over which a score falls to 0 is never shorter than this.
const SHORTEST_FALL_KM: f64 = 10.0;
const OTHER_CITY: f64 = 0.4;
const SAME_COUNTRY: f64 = 0.6;
const OTHER_COUNTRY: f64 = 0.1;
const WITH_RELOCATION: f64 = 0.8;

/// A place, prepared.
#[derive(Debug, Clone, Default)]
pub struct Place {
    city: Option<String>,
    country: Option<String>,
    coordinates: Option<Coordinates>,
}

impl Place {
    /// Reads a place.
    pub fn of(location: Option<&Location>) -> Self {
        let Some(location) = location else {
            return Self::default();
        };
        Self {
            city: location.city.as_deref().and_then(city_key),
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

/// A city without its district: « Paris 15e », « Lyon Cedex 03 », « St-Étienne ».
fn city_key(city: &str) -> Option<String> {
    let words: Vec<String> = text::words(city)
        .into_iter()
        .filter(|word| word != "cedex" && !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(|word| match word.as_str() {
            "st" => "saint".to_owned(),
            "ste" => "sainte".to_owned(),
            _ => word,
        })
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The candidate's side.
#[derive(Debug, Clone, Default)]
pub struct CandidatePlace {
    place: Place,
    /// What the candidate accepts.
    pub terms: Terms,
}

/// What a candidate accepts, wherever the place is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    preference: Option<RemotePreference>,
    /// The longest way stated.
    pub limit_km: Option<f64>,
    relocates: bool,
    refuses_to_relocate: bool,
}

impl CandidatePlace {
    /// Reads the candidate's side.
    pub fn of(
        location: Option<&Location>,
        preference: Option<RemotePreference>,
        max_distance_km: Option<f64>,
        willing_to_relocate: Option<bool>,
    ) -> Self {
        Self {
            place: Place::of(location),
            terms: Terms {
                preference,
                limit_km: stated(max_distance_km),
                relocates: willing_to_relocate == Some(true),
                refuses_to_relocate: willing_to_relocate == Some(false),
            },
        }
    }
}

impl Terms {
    /// The same with another longest way.
    pub fn with_limit_km(self, limit_km: f64) -> Self {
        Self {
            limit_km: Some(limit_km),
            ..self
        }
    }

    /// The same with another way of working wanted.
    pub fn with_preference(self, preference: RemotePreference) -> Self {
        Self {
            preference: Some(preference),
            ..self
        }
    }

    /// The same, willing to relocate; none where that is so already, or refused.
    pub fn relocating(self) -> Option<Self> {
        (!self.relocates && !self.refuses_to_relocate).then_some(Self {
            relocates: true,
            ..self
        })
    }
}

/// The longest way, in whole kilometres, that a candidate has to accept to be within the limit at
/// this distance.
pub fn limit_for(distance_km: f64, mode: Option<RemoteMode>) -> f64 {
    // The distance is known to 0.1 km.
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
    place: Place,
    mode: Option<RemoteMode>,
}

impl PostingPlace {
    /// Reads the posting's side.
    pub fn of(location: Option<&Location>, mode: Option<RemoteMode>) -> Self {
        Self {
            place: Place::of(location),
            mode,
        }
    }
}

/// How the two places lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proximity {
    /// The work can be done from anywhere.
    Anywhere,
    /// A distance is known.
    Measured,
    /// Same city by name.
    SameCity,
    /// Two cities of one country, or of countries that aren't stated.
    OtherCity,
    /// One country; a city isn't stated.
    SameCountry,
    /// Two countries.
    OtherCountry,
}

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Finding {
    /// How the places lie; none when a place isn't stated.
    pub proximity: Option<Proximity>,
    /// As the crow flies, to 0.1 km.
    pub distance_km: Option<Number>,
    /// The limit the distance was held against.
    pub limit_km: Option<Number>,
    /// Whether relocation lifted the score.
    pub relocation: bool,
    /// How the work is done.
    pub mode_offered: Option<RemoteMode>,
    /// How the candidate wants to work.
    pub mode_wanted: Option<RemotePreference>,
    /// The distance, not rounded.
    way_km: Option<f64>,
}

/// See the module's head.
pub fn measure(candidate: &CandidatePlace, posting: &PostingPlace) -> Outcome<Finding> {
    let way_km = way_km(candidate, posting);
    compare(candidate, candidate.terms, posting, way_km)
}

/// The same after a first measure, under other terms of the candidate.
pub fn measure_under(
    terms: Terms,
    candidate: &CandidatePlace,
    posting: &PostingPlace,
    found: &Finding,
) -> Outcome<Finding> {
    compare(candidate, terms, posting, found.way_km)
}

fn compare(
    candidate: &CandidatePlace,
    terms: Terms,
    posting: &PostingPlace,
    way_km: Option<f64>,
) -> Outcome<Finding> {
    let mut finding = Finding {
        mode_offered: posting.mode,
        mode_wanted: terms.preference,
        way_km,
        ..Finding::default()
    };
    let place = place_score(candidate, terms, posting, &mut finding);
    let mode = terms
        .preference
        .zip(posting.mode)
        .map(|(wanted, offered)| mode_score(wanted, offered));
    let score = match (place, mode) {
        (Some(place), Some(mode)) => place * mode,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => {
            let posting_says = posting.place.is_known() || posting.mode.is_some();
            let candidate_says = candidate.place.is_known() || terms.preference.is_some();
            // Both may speak of different things; then the candidate lacks what the posting states.
            return Err(Unscored::silent(
                candidate_says && !posting_says,
                posting_says,
            ));
        }
    };
    Ok(Scored { score, finding })
}

/// Whether the place of work can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It can, or it needn't be, or the candidate would move.
    Within,
    /// It is beyond the limit, or in another country.
    Beyond,
    /// The profile doesn't say enough.
    Unknown,
}

/// The reach of a place of work under some terms, whatever the way of working wanted.
pub fn reach(candidate: &CandidatePlace, terms: Terms, posting: &PostingPlace) -> Reach {
    if terms.relocates || posting.mode == Some(RemoteMode::Remote) {
        return Reach::Within;
    }
    let mut finding = Finding {
        way_km: way_km(candidate, posting),
        ..Finding::default()
    };
    let score = place_score(candidate, terms, posting, &mut finding);
    match (score, finding.proximity) {
        (Some(score), _) if score >= 1.0 => Reach::Within,
        (Some(_), Some(Proximity::Measured | Proximity::OtherCountry)) => Reach::Beyond,
        _ => Reach::Unknown,
    }
}

/// How far the places lie apart, where that matters and both are known.
fn way_km(candidate: &CandidatePlace, posting: &PostingPlace) -> Option<f64> {
    if posting.mode == Some(RemoteMode::Remote) {
        return None;
    }
    let (home, work) = (&candidate.place, &posting.place);
    let (from, to) = home.coordinates.zip(work.coordinates)?;
    Some(distance_km(from, to))
}

fn place_score(
    candidate: &CandidatePlace,
    terms: Terms,
    posting: &PostingPlace,
    finding: &mut Finding,
) -> Option<f64> {
    let (home, work) = (&candidate.place, &posting.place);
    if posting.mode == Some(RemoteMode::Remote) {
        // A candidate who says nothing of a place or a way of working isn't compared by either.
        let says_something = home.is_known() || terms.preference.is_some();
        return says_something.then(|| {
            finding.proximity = Some(Proximity::Anywhere);
            1.0
        });
    }
    let (proximity, score) = if let Some(distance) = finding.way_km {
        let limit = terms.limit_km.unwrap_or(USUAL_LIMIT_KM) * stretch(posting.mode);
        finding.distance_km = Some(Number((distance * 10.0).round() / 10.0));
        finding.limit_km = Some(Number(limit));
        let beyond = (distance - limit).max(0.0);
        let score = (1.0 - beyond / limit.max(SHORTEST_FALL_KM)).max(0.0);
        (Proximity::Measured, score)
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
    if terms.relocates && score < WITH_RELOCATION {
        finding.relocation = true;
        return Some(WITH_RELOCATION);
    }
    Some(score)
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

/// The great-circle distance by the haversine formula (Sinnott, "Virtues of the Haversine", 1984).
fn distance_km(from: Coordinates, to: Coordinates) -> f64 {
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let latitude = (to_latitude - from_latitude) / 2.0;
    let longitude = (to.longitude - from.longitude).to_radians() / 2.0;
    // Not the standard library's functions, which differ from machine to machine in the last bit.
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
    fn within_the_stated_limit_is_enough_and_twice_the_limit_too_far() {
        // Versailles is 17.4 km away.
        assert!((score(&at(VERSAILLES), Some(20.0), false, &at(PARIS)) - 1.0).abs() < 1e-9);
        let beyond = score(&at(VERSAILLES), Some(12.0), false, &at(PARIS));
        assert!((0.4..0.7).contains(&beyond), "{beyond}");
        assert!(score(&at(LYON), None, false, &at(PARIS)) < 1e-9);
    }

    #[test]
    fn who_would_move_is_never_far() {
        assert!((score(&at(LYON), Some(10.0), true, &at(PARIS)) - 0.8).abs() < 1e-9);
        assert!((score(&at(PARIS), Some(10.0), true, &at(PARIS)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn cities_are_compared_by_name_where_coordinates_lack() {
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
    fn remote_work_is_near_for_everyone_who_wants_it() {
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
    fn work_on_site_does_not_suit_who_wants_to_work_from_home() {
        let posting = PostingPlace::of(Some(&at(PARIS)), Some(RemoteMode::Onsite));
        let remote = Some(RemotePreference::Only(RemoteMode::Remote));
        let candidate = CandidatePlace::of(Some(&at(PARIS)), remote, None, None);
        assert!((measure(&candidate, &posting).unwrap().score - 0.2).abs() < 1e-9);
    }

    #[test]
    fn an_unknown_home_is_not_far_away() {
        let posting = PostingPlace::of(Some(&at(PARIS)), Some(RemoteMode::Remote));
        let unknown = CandidatePlace::default();
        assert_eq!(
            measure(&unknown, &posting).unwrap_err(),
            Unscored::CandidateSilent
        );
    }
}
