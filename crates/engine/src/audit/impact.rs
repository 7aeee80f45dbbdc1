//! Selection rates of groups of candidates, compared by the four-fifths rule.
//!
//! The rule is that of the US Uniform Guidelines on Employee Selection Procedures, 29 CFR
//! 1607.4(D): a selection rate below four fifths (80 %) of the rate of the group with the highest
//! rate is generally regarded as evidence of adverse impact, while differences in small numbers may
//! not be. An application is one candidate against one posting; its score decides the selection.

use std::collections::HashMap;

use serde_json::Value;

/// Four fifths.
const LEAST_RATIO: f64 = 0.8;
/// Minimum members, and minimum selections expected at the overall rate, for a conclusion. The
/// Guidelines name no numbers; these are the usual rules of thumb for a sample and for an expected
/// count (Cochran, "The χ² test of goodness of fit", 1952).
const LEAST_MEMBERS: usize = 30;
const LEAST_EXPECTED: f64 = 5.0;

/// Maps candidate ids, as text, to group labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    labels: HashMap<String, String>,
}

/// An invalid line in a list of groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct GroupsFault {
    /// Line number, starting at 1.
    pub line: usize,
    /// The fault, and what to send instead.
    pub problem: String,
}

impl Groups {
    /// Parses lines of an id and a label: NDJSON (`{"id": 1, "group": "A"}`), or separated by a
    /// tab, a semicolon or a comma. A first line that does not start with a whole number is a
    /// heading.
    ///
    /// # Errors
    /// Returns the first line that has none of these formats or assigns a second group to a
    /// candidate.
    pub fn parse(text: &str) -> Result<Self, GroupsFault> {
        let mut groups = Self::default();
        let text = text.trim_start_matches('\u{feff}');
        let lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.trim().is_empty());
        for (position, (line, number)) in lines.enumerate() {
            let fault = |problem: &str| GroupsFault {
                line: number,
                problem: problem.to_owned(),
            };
            let entry = if line.trim_start().starts_with('{') {
                entry_of_json(line)
            } else {
                entry_of_text(line)
            };
            let (id, label) = entry.ok_or_else(|| {
                fault("send an id and a group, {\"id\": 1, \"group\": \"A\"} or separated by a tab or comma")
            })?;
            if position == 0 && id.parse::<i64>().is_err() {
                continue;
            }
            let before = groups.labels.insert(id, label.clone());
            if before.is_some_and(|before| before != label) {
                return Err(fault("this candidate has another group already"));
            }
        }
        Ok(groups)
    }

    /// Returns the group of a candidate.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&str> {
        self.labels.get(id).map(String::as_str)
    }

    /// Returns the number of candidates with a group.
    #[must_use]
    pub fn members(&self) -> usize {
        self.labels.len()
    }
}

fn entry_of_json(line: &str) -> Option<(String, String)> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| match entry.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some((text("id")?, text("group")?))
}

fn entry_of_text(line: &str) -> Option<(String, String)> {
    let separator = ['\t', ';', ',']
        .into_iter()
        .find(|separator| line.contains(*separator))?;
    let (id, label) = line.split_once(separator)?;
    let [id, label] = [id, label].map(|cell| cell.trim().trim_matches('"').trim().to_owned());
    (!id.is_empty() && !label.is_empty()).then_some((id, label))
}

/// The rule that selects applications to a posting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Selection {
    /// Selects every application with at least this score, in [0, 1].
    AtLeast(f64),
    /// Selects the top `n` candidates with a known group; ties at the cutoff are all included.
    Top(usize),
}

/// Selection rates by group.
#[derive(Debug, Clone, PartialEq)]
pub struct Impact {
    /// The groups, sorted by label.
    pub groups: Vec<GroupImpact>,
    /// The reference group: the one with the highest rate among the groups that are large enough,
    /// or among all groups if none is. `None` if no application is selected.
    pub reference: Option<String>,
}

/// The selection rate of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupImpact {
    /// The group's label.
    pub group: String,
    /// Number of candidates in the group.
    pub members: usize,
    /// Number of members times number of postings.
    pub applications: usize,
    /// Number of selected applications.
    pub selected: usize,
    /// Number of selections expected at the rate of all groups together.
    pub expected: f64,
    /// Selected ÷ applications, in [0, 1].
    pub rate: f64,
    /// The rate ÷ the reference's rate. May exceed 1 for a group that is too small to be the
    /// reference. `None` if no application is selected.
    pub ratio: Option<f64>,
    /// The conclusion of the four-fifths rule.
    pub conclusion: Conclusion,
}

/// The conclusion about a group's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// The group is the reference.
    Reference,
    /// At least four fifths of the reference's rate.
    WithinFourFifths,
    /// Less than four fifths of the reference's rate.
    BelowFourFifths,
    /// Fewer than 30 members, or fewer than 5 expected selections: too few to conclude.
    TooFew,
    /// No application of any group is selected.
    NobodySelected,
}

impl Conclusion {
    /// Returns the wire name, which reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::WithinFourFifths => "within_four_fifths",
            Self::BelowFourFifths => "below_four_fifths",
            Self::TooFew => "too_few_to_conclude",
            Self::NobodySelected => "nobody_selected",
        }
    }
}

impl Impact {
    /// Compares groups. Each candidate comes with its group and its scores, one for each posting,
    /// in the same order for all candidates.
    #[must_use]
    pub fn of(candidates: &[(&str, &[f64])], selection: Selection) -> Self {
        let postings = candidates
            .iter()
            .map(|(_, scores)| scores.len())
            .max()
            .unwrap_or(0);
        let least: Vec<f64> = (0..postings)
            .map(|posting| least_selected(candidates, posting, selection))
            .collect();
        let mut tallies: HashMap<&str, (usize, usize, usize)> = HashMap::new();
        for (group, scores) in candidates {
            let tally = tallies.entry(group).or_default();
            tally.0 += 1;
            tally.1 += scores.len();
            tally.2 += scores
                .iter()
                .zip(&least)
                .filter(|(score, least)| score >= least)
                .count();
        }
        let sum =
            |part: fn(&(usize, usize, usize)) -> usize| tallies.values().map(part).sum::<usize>();
        let overall = rate(sum(|tally| tally.2), sum(|tally| tally.1));
        let mut groups: Vec<GroupImpact> = tallies
            .iter()
            .map(|(group, &(members, applications, selected))| GroupImpact {
                group: (*group).to_owned(),
                members,
                applications,
                selected,
                expected: overall * applications as f64,
                rate: rate(selected, applications),
                ratio: None,
                conclusion: Conclusion::NobodySelected,
            })
            .collect();
        groups.sort_by(|one, other| one.group.cmp(&other.group));
        let best = |groups: &[GroupImpact], is_candidate: fn(&GroupImpact) -> bool| {
            let mut best: Option<&GroupImpact> = None;
            for group in groups
                .iter()
                .filter(|group| is_candidate(group) && group.selected > 0)
            {
                if best.is_none_or(|best| group.rate > best.rate) {
                    best = Some(group);
                }
            }
            best.map(|best| (best.group.clone(), best.rate))
        };
        let reference =
            best(&groups, GroupImpact::is_large_enough).or_else(|| best(&groups, |_| true));
        if let Some((reference, highest)) = &reference {
            for group in &mut groups {
                let ratio = group.rate / highest;
                group.ratio = Some(ratio);
                group.conclusion = if !group.is_large_enough() {
                    Conclusion::TooFew
                } else if group.group == *reference {
                    Conclusion::Reference
                } else if ratio < LEAST_RATIO {
                    Conclusion::BelowFourFifths
                } else {
                    Conclusion::WithinFourFifths
                };
            }
        }
        Self {
            groups,
            reference: reference.map(|(reference, _)| reference),
        }
    }
}

impl GroupImpact {
    fn is_large_enough(&self) -> bool {
        self.members >= LEAST_MEMBERS && self.expected >= LEAST_EXPECTED
    }
}

fn rate(selected: usize, applications: usize) -> f64 {
    if applications == 0 {
        0.0
    } else {
        selected as f64 / applications as f64
    }
}

/// Returns the lowest selected score for a posting.
fn least_selected(candidates: &[(&str, &[f64])], posting: usize, selection: Selection) -> f64 {
    match selection {
        Selection::AtLeast(score) => score,
        Selection::Top(0) => f64::INFINITY,
        Selection::Top(count) => {
            let scores = candidates
                .iter()
                .filter_map(|(_, scores)| scores.get(posting).copied());
            let mut scores: Vec<f64> = scores.collect();
            scores.sort_by(|one, other| other.total_cmp(one));
            scores
                .get(count - 1)
                .or(scores.last())
                .copied()
                .unwrap_or(f64::INFINITY)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conclusion, Groups, Impact, Selection};

    /// Compares groups of 40 candidates on one posting; `good` gives the number with a good score.
    fn impact(good: &[(&'static str, usize)], selection: Selection) -> Impact {
        let candidates: Vec<(&str, &[f64])> = good
            .iter()
            .flat_map(|(group, good)| {
                (0..40).map(move |n| (*group, if n < *good { &[0.75][..] } else { &[0.4] }))
            })
            .collect();
        Impact::of(&candidates, selection)
    }

    fn conclusions(impact: &Impact) -> Vec<Conclusion> {
        impact.groups.iter().map(|group| group.conclusion).collect()
    }

    #[test]
    fn a_rate_below_four_fifths_of_the_highest_is_flagged() {
        let impact = impact(&[("B", 20), ("A", 16), ("C", 15)], Selection::AtLeast(0.7));
        assert_eq!(
            conclusions(&impact),
            [
                Conclusion::WithinFourFifths,
                Conclusion::Reference,
                Conclusion::BelowFourFifths
            ]
        );
        let first = &impact.groups[0];
        assert_eq!(
            (first.members, first.applications, first.selected),
            (40, 40, 16)
        );
        assert!((first.ratio.unwrap() - 0.8).abs() < 1e-9 && (first.expected - 17.0).abs() < 1e-9);
        assert_eq!(impact.reference.as_deref(), Some("B"));
    }

    #[test]
    fn small_groups_are_neither_concluded_about_nor_the_reference() {
        let mut candidates: Vec<(&str, &[f64])> = vec![("small", &[0.9]); 29];
        candidates.extend(vec![("large", &[0.9][..]); 10]);
        candidates.extend(vec![("large", &[0.1][..]); 40]);
        let impact = Impact::of(&candidates, Selection::AtLeast(0.7));
        assert_eq!(
            conclusions(&impact),
            [Conclusion::Reference, Conclusion::TooFew]
        );
        assert!(impact.groups[1].ratio.unwrap() > 1.0);
        // Of 40 members, 4 would be expected to be selected in each group.
        let rare = super::tests::impact(&[("A", 8), ("B", 0)], Selection::AtLeast(0.7));
        assert_eq!(conclusions(&rare), [Conclusion::TooFew, Conclusion::TooFew]);
    }

    #[test]
    fn selection_can_take_the_top_candidates_of_each_posting() {
        let candidates: [(&str, &[f64]); 4] = [
            ("A", &[0.1, 0.9]),
            ("A", &[0.2, 0.8]),
            ("B", &[0.3, 0.1]),
            ("B", &[0.3, 0.2]),
        ];
        let selected = |top| {
            let impact = Impact::of(&candidates, Selection::Top(top));
            impact
                .groups
                .iter()
                .map(|group| group.selected)
                .collect::<Vec<_>>()
        };
        // Ties at the cutoff are both selected.
        assert_eq!(selected(1), [1, 2]);
        assert_eq!(selected(9), [4, 4]);
        assert_eq!(selected(0), [0, 0]);
    }

    #[test]
    fn groups_are_not_compared_if_no_member_is_selected() {
        let impact = impact(&[("A", 0), ("B", 0)], Selection::AtLeast(0.7));
        assert_eq!(impact.reference, None);
        assert_eq!(conclusions(&impact), [Conclusion::NobodySelected; 2]);
        assert_eq!(Impact::of(&[], Selection::Top(1)).groups, []);
    }

    #[test]
    fn groups_are_parsed_from_tsv_csv_and_variants() {
        let expected = Groups::parse("1\tA\n2\tB").unwrap();
        assert_eq!(
            (expected.of("2"), expected.of("3"), expected.members()),
            (Some("B"), None, 2)
        );
        for text in [
            "\u{feff}id\tgroup\r\n1\tA\r\n\r\n2\tB\r\n",
            "candidate_id,group\n1,A\n\"2\",\"B\"",
            "1;A\n2;B\n2;B",
            "{\"id\": 1, \"group\": \"A\"}\n{\"id\": \"2\", \"group\": \"B\"}",
        ] {
            assert_eq!(Groups::parse(text).as_ref(), Ok(&expected), "{text}");
        }
        for (text, line) in [
            ("1\tA\n2", 2),
            ("1,A\n\n1,B", 3),
            ("1,", 1),
            ("1,A\n{\"id\": 2}", 2),
        ] {
            assert_eq!(Groups::parse(text).unwrap_err().line, line, "{text}");
        }
    }
}
