//! Where work is done and where a candidate lives, to the city, and how remote it may be.

/// A place. Never an address line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Location {
    /// City name as written.
    pub city: Option<String>,
    /// Country as written: a name or an ISO 3166 code.
    pub country: Option<String>,
    /// Both coordinates in degrees, WGS 84, or neither.
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

/// How a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteMode {
    /// At the place of work.
    Onsite,
    /// Some days there.
    Hybrid,
    /// From anywhere.
    Remote,
}

/// How a candidate wants to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemotePreference {
    /// In one way.
    Only(RemoteMode),
    /// Any way is fine.
    Any,
}
