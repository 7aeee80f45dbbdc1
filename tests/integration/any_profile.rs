//! Arbitrary bytes and documents as profiles; `fuzz/promises.rs` has the properties that must hold.
//! `PROPTEST_CASES=100000 scripts/test any_profile` runs more cases.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value};

#[path = "../../fuzz/promises.rs"]
mod promises;

const NAMES: &str = "id title summary description skills required_skills preferred_skills name level \
    years experience_years min max amount currency period education field degree languages code \
    language location city country lat lon remote max_distance_km willing_to_relocate \
    contract_types contract_type salary available_from start_date industries industry status \
    positions experience role basics label work position startDate endDate highlights studyType \
    area keywords @type @graph identifier employmentType jobLocation address addressLocality \
    jobLocationType baseSalary experienceRequirements qualifications first_name last_name nom";

const TEXTS: &str = "JobPosting|CDI|Bac+5|Anglais (C1)|45-55k€|3 à 5 ans|2020-01|2026-09-01|Present|\
    12 rue X, 69003 Lyon|Lyon|FR|télétravail|hybrid|<p>&eacute;|5|-1|3,5|1e999|\u{0}|🦀|\u{202e}tsuR|\
    R\u{200b}ust|Rust|Docker, Kubernetes; SQL|Développeur / Développeuse|Développeuse Rust (H/F)|\
    Je m'appelle Marie Rust, 39 ans, née le 12/03/1985 à Lyon.|Marie|senior|native|permanent|year|EUR|\
    +33 6 12 34 56 78, a@example.org|Nationalité : |M. |né|e\u{301}|’|(((|,;,|\u{fffd}|İ|ß|½|٣ ans";

fn any_document() -> impl Strategy<Value = Value> {
    let names: Vec<&str> = NAMES.split_whitespace().collect();
    let texts: Vec<&str> = TEXTS.split('|').collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5..=10_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(texts.clone()).prop_map(Value::from),
        vec(select(texts), 1..6).prop_map(|texts| texts.join(" ").into()),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let member = (select(names.clone()), inner.clone());
        prop_oneof![
            vec(inner, 0..5).prop_map(Value::from),
            vec(member, 0..12).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        promises::check(&bytes);
    }

    #[test]
    fn arbitrary_documents_are_read_or_refused_without_a_panic(document in any_document()) {
        promises::check(document.to_string().as_bytes());
    }

    #[test]
    fn mutated_documents_are_read_or_refused_without_a_panic(
        document in any_document(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = document.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        promises::check(&bytes);
    }
}
