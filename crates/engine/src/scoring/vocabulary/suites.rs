//! Software suites and their programs.

use std::sync::LazyLock;

use super::resolve;
use crate::scoring::taxonomy::KnownSkill;

/// Suites with the programs that they are used for.
const SUITES: &[(&str, &[&str])] = &[
    (
        "Adobe Creative Suite",
        &["Illustrator", "InDesign", "Photoshop"],
    ),
    (
        "Microsoft Office",
        &["Excel", "Outlook", "PowerPoint", "Word"],
    ),
];

/// Returns the programs of a suite; empty for other skills. Using two of them is using the suite.
pub fn suite_programs(skill: KnownSkill) -> &'static [KnownSkill] {
    static PROGRAMS: LazyLock<Vec<(KnownSkill, Vec<KnownSkill>)>> = LazyLock::new(|| {
        let known = |name: &&str| resolve(name).known;
        let suites = SUITES.iter().filter_map(|(suite, programs)| {
            Some((known(suite)?, programs.iter().filter_map(known).collect()))
        });
        suites.collect()
    });
    let suite = PROGRAMS.iter().find(|suite| suite.0 == skill);
    suite.map_or(&[], |suite| &suite.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_and_program_is_known() {
        for (suite, programs) in SUITES {
            let suite = resolve(suite).known.unwrap();
            assert_eq!(suite_programs(suite).len(), programs.len());
        }
    }
}
