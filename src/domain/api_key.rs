//! API keys: their text, their scopes, their state, and which texts are too weak to be one.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

use super::{identifiers::ApiKeyId, paging::TimeCursor};

/// What a key permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Submit and cancel matches, and score pairs at once.
    Submit,
    /// Read states, results and rankings.
    Read,
    /// Put, read and delete profiles.
    Profiles,
    /// Operate the service: queues, dead letters, webhooks, keys.
    Operate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 4] = [Self::Submit, Self::Read, Self::Profiles, Self::Operate];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Profiles => "profiles",
            Self::Operate => "operate",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Returns all scopes.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// True if the set has this scope.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// True if the set has at least one of these scopes.
    pub fn has_any_of(self, scopes: &[Scope]) -> bool {
        scopes.iter().any(|scope| self.contains(*scope))
    }

    /// True if the set has no scope.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the names of the scopes.
    pub fn names(self) -> Vec<&'static str> {
        let scopes = Scope::ALL.into_iter();
        let held = scopes.filter(|scope| self.contains(*scope));
        held.map(Scope::as_str).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(
            scopes
                .into_iter()
                .fold(0, |set, scope| set | 1 << scope as u8),
        )
    }
}

/// The beginning of every key, by which scanners of source code find leaked ones.
const PREFIX: &str = "mk_";
/// The lengths of a key's parts, in hex digits.
const ID_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 40;
const CHECKSUM_LENGTH: usize = 8;
/// The length of a key.
const KEY_LENGTH: usize = PREFIX.len() + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

/// The random bytes of a new key: those of its id, and those of its secret.
pub type KeyEntropy = ([u8; 6], [u8; 20]);

/// The text of a key, `mk_ID_SECRET` and a checksum, in hex digits. It is shown once, at its
/// creation; the store has only its digest.
pub struct ApiKeyText {
    id: ApiKeyId,
    text: String,
}

impl ApiKeyText {
    /// Writes a new key.
    pub fn of(entropy: &KeyEntropy) -> Self {
        let (id, secret) = entropy;
        let id = ApiKeyId::of(*id);
        let secret = hex::encode(secret);
        let mut text = format!("{PREFIX}{id}_{secret}");
        text += &checksum(&text);
        Self { id, text }
    }

    /// Returns the key's id.
    pub const fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// Returns the whole key.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

/// Returns the id of a text that has the form and the checksum of a key, without asking the store.
///
/// ```
/// use matching::domain::api_key::{ApiKeyText, id_in_key};
/// let key = ApiKeyText::of(&([7; 6], [7; 20]));
/// assert_eq!(id_in_key(key.reveal()), Some(key.id().as_str()));
/// let mistyped = key.reveal().replacen("07", "08", 1);
/// assert_eq!(id_in_key(&mistyped), None);
/// ```
pub fn id_in_key(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(PREFIX)?;
    if text.len() != KEY_LENGTH || !text.is_ascii() {
        return None;
    }
    let (signed, found) = text.split_at(KEY_LENGTH - CHECKSUM_LENGTH);
    (found == checksum(signed)).then(|| &rest[..ID_LENGTH])
}

fn checksum(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

/// The SHA-256 digest of a key's text.
pub type KeyDigest = [u8; 32];

/// A key that is about to be stored.
#[derive(Clone)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The digest of its text.
    pub digest: KeyDigest,
    /// What it is for, in the operator's words.
    pub name: String,
    /// What it permits; at least one scope.
    pub scopes: Scopes,
    /// Its own rate limit; `None` for the configured one.
    pub requests_per_minute: Option<u32>,
    /// The time after which it expires.
    pub expires_in: Option<Duration>,
}

/// The key that takes the place of another, from which it has everything that is not here.
#[derive(Clone)]
pub struct SuccessorKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The digest of its text.
    pub digest: KeyDigest,
    /// The time after which it expires; `None` for the lifetime of the replaced key, if it has one.
    pub expires_in: Option<Duration>,
    /// The time for which the replaced key stays valid, unless it expires earlier.
    pub overlap: Duration,
}

/// The state of a key, by the clock of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is valid.
    Active,
    /// Its time has ended.
    Expired,
    /// An operator revoked it.
    Revoked,
}

impl KeyState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Revoked];

    /// Returns the wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A stored key, without its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for, in the operator's words.
    pub name: String,
    /// What it permits.
    pub scopes: Scopes,
    /// Its own rate limit; `None` for the configured one.
    pub requests_per_minute: Option<u32>,
    /// Its state.
    pub state: KeyState,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
    /// The operator who created it.
    pub created_by: String,
    /// The end of its validity.
    pub expires_at: Option<DateTime<Utc>>,
    /// The time of its revocation.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Its last use, at most a minute late.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The key that a rotation created in its place.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKey {
    /// Returns the cursor of a page that ends with this row.
    pub fn cursor(&self) -> TimeCursor {
        TimeCursor {
            at: self.created_at,
            id: self.id.to_string(),
        }
    }
}

/// A stored key with what a presented text is compared with.
#[derive(Clone)]
pub struct KeyToCheck {
    /// The key.
    pub key: ApiKey,
    /// The digest of its text.
    pub digest: KeyDigest,
    /// The time until it expires, by the clock of the database.
    pub expires_in: Option<Duration>,
}

/// The minimum length of a configured key, in characters.
pub const MINIMUM_KEY_LENGTH: usize = 16;

/// The reasons why a text is refused as a configured key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeakKey {
    /// It has no characters.
    Empty,
    /// It has fewer than [`MINIMUM_KEY_LENGTH`] characters.
    Short,
    /// It has characters that a header can't carry unchanged.
    NotForHeaders,
    /// It is a placeholder, a value of an example, or a simple pattern.
    Placeholder,
}

impl fmt::Display for WeakKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Short => write!(f, "has fewer than {MINIMUM_KEY_LENGTH} characters"),
            Self::NotForHeaders => f.write_str("has a character other than visible ASCII"),
            Self::Placeholder => f.write_str("is a placeholder or a simple pattern"),
        }
    }
}

/// Words of which placeholders consist.
const PLACEHOLDER_WORDS: &[&str] = &[
    "a",
    "admin",
    "api",
    "apikey",
    "at",
    "bearer",
    "change",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dummy",
    "enter",
    "example",
    "first",
    "foo",
    "bar",
    "here",
    "in",
    "insert",
    "it",
    "key",
    "least",
    "long",
    "matching",
    "me",
    "my",
    "of",
    "one",
    "or",
    "own",
    "paste",
    "pass",
    "password",
    "placeholder",
    "please",
    "production",
    "put",
    "random",
    "replace",
    "replaceme",
    "sample",
    "second",
    "secret",
    "secretkey",
    "secure",
    "some",
    "super",
    "supersecret",
    "test",
    "testing",
    "the",
    "this",
    "to",
    "todo",
    "token",
    "very",
    "with",
    "your",
    "yourkey",
];

/// The number of different characters that a key has at least.
const MINIMUM_VARIETY: usize = 6;

/// Returns the reason why a text is refused as a configured key.
///
/// # Errors
/// [`WeakKey`], which does not quote the text.
pub fn check_configured_key(key: &str) -> Result<(), WeakKey> {
    let key = key.trim();
    if key.is_empty() {
        return Err(WeakKey::Empty);
    }
    if is_placeholder(key) {
        return Err(WeakKey::Placeholder);
    }
    if key.chars().count() < MINIMUM_KEY_LENGTH {
        return Err(WeakKey::Short);
    }
    if !key.chars().all(|character| character.is_ascii_graphic()) {
        return Err(WeakKey::NotForHeaders);
    }
    Ok(())
}

/// True for words of examples with or without numbers, few different characters, and runs of
/// neighbouring characters such as `0123456789abcdef`.
fn is_placeholder(key: &str) -> bool {
    let key = key.to_lowercase();
    let words: Vec<&str> = key
        .split(|character: char| !character.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let is_filler = |word: &str| word.bytes().all(|byte| byte == word.as_bytes()[0]);
    let is_repeated = |word: &str| {
        let mut known = PLACEHOLDER_WORDS.iter().filter(|known| known.len() > 3);
        known.any(|known| word.replace(known, "").is_empty())
    };
    let is_known =
        |word: &&str| PLACEHOLDER_WORDS.contains(word) || is_filler(word) || is_repeated(word);
    let only_words = !words.is_empty() && words.iter().all(is_known);
    let mut characters: Vec<char> = key.chars().collect();
    let neighbours = characters.windows(2).filter(|pair| {
        let (first, second) = (u32::from(pair[0]), u32::from(pair[1]));
        second == first || second == first + 1 || matches!((pair[0], pair[1]), ('9', '0' | 'a'))
    });
    let is_run = neighbours.count() * 4 >= characters.len() * 3;
    characters.sort_unstable();
    characters.dedup();
    only_words || is_run || characters.len() < MINIMUM_VARIETY
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_short_and_empty_texts_are_no_keys() {
        for (key, fault) in [
            ("", WeakKey::Empty),
            ("   ", WeakKey::Empty),
            ("q8Zr-2mVx", WeakKey::Short),
            ("change-me", WeakKey::Placeholder),
            ("change-me-change-me", WeakKey::Placeholder),
            ("CHANGE_ME_IN_PRODUCTION", WeakKey::Placeholder),
            ("your-api-key-here", WeakKey::Placeholder),
            ("my-super-secret-key-123", WeakKey::Placeholder),
            ("secretsecretsecretsecret", WeakKey::Placeholder),
            ("secret", WeakKey::Placeholder),
            ("xxxxxxxxxxxxxxxxxxxxxxxx", WeakKey::Placeholder),
            ("xxxx-xxxx-xxxx-xxxx", WeakKey::Placeholder),
            ("0123456789abcdef0123456789", WeakKey::Placeholder),
            ("12345678901234567890", WeakKey::Placeholder),
            ("abababababababababab", WeakKey::Placeholder),
            ("key with a space 8fQ2z", WeakKey::NotForHeaders),
        ] {
            assert_eq!(check_configured_key(key), Err(fault), "{key:?}");
        }
    }

    #[test]
    fn random_texts_are_keys() {
        for key in [
            "8f14e45fceea167a5a36dedd4bea2543",
            "correct-horse-battery-staple",
            "Zk3v9QpLr7TnXw2B",
            ApiKeyText::of(&([0x5a; 6], [0x5a; 20])).reveal(),
        ] {
            assert_eq!(check_configured_key(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn a_text_with_one_wrong_character_has_no_id() {
        let key = ApiKeyText::of(&([0, 1, 2, 3, 4, 5], [0x5a; 20]));
        assert_eq!(key.reveal().len(), KEY_LENGTH);
        assert_eq!(id_in_key(key.reveal()), Some("000102030405"));
        for position in 0..KEY_LENGTH {
            let mut wrong = key.reveal().as_bytes().to_vec();
            wrong[position] ^= 1;
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(id_in_key(&wrong), None, "{wrong}");
        }
        for foreign in ["", "mk_", "mk_ü", "first-key-1234"] {
            assert_eq!(id_in_key(foreign), None);
        }
    }

    proptest! {
        #[test]
        fn a_key_with_a_wrong_character_is_not_recognised(
            id in any::<[u8; 6]>(),
            secret in any::<[u8; 20]>(),
            place in 0..KEY_LENGTH,
            wrong in "[0-9a-f_ é]",
        ) {
            let key = ApiKeyText::of(&(id, secret));
            prop_assert_eq!(id_in_key(key.reveal()), Some(key.id().as_str()));
            let (before, rest) = key.reveal().split_at(place);
            if !rest.starts_with(&wrong) {
                let mistyped = format!("{before}{wrong}{}", &rest[1..]);
                prop_assert_eq!(id_in_key(&mistyped), None);
            }
        }

        #[test]
        fn a_text_of_the_form_of_a_key_is_none_without_its_checksum(
            text in "mk_[0-9a-f]{12}_[0-9a-f]{40}[0-9a-f]{8}|mk_.{0,70}|.{0,70}",
        ) {
            if let Some(id) = id_in_key(&text) {
                let (signed, found) = text.split_at(KEY_LENGTH - CHECKSUM_LENGTH);
                prop_assert_eq!(checksum(signed), found);
                prop_assert!(id.len() == ID_LENGTH);
            }
            if check_configured_key(&text).is_ok() {
                prop_assert!(text.trim().len() >= MINIMUM_KEY_LENGTH && text.is_ascii());
            }
        }
    }
}
