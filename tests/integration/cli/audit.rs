//! `matching audit`: perturbed candidates, and selection rates of groups.

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

fn write(environment: &Environment, name: &str, documents: &[Value]) -> String {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    write_text(environment, name, &lines.join("\n"))
}

fn write_text(environment: &Environment, name: &str, text: &str) -> String {
    let path = environment.folder().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs an audit; returns its exit code and its document.
async fn audit(environment: &Environment, files: [&str; 2], more: &[&str]) -> (Option<i32>, Value) {
    let [candidates, job_postings] = files;
    let arguments = [
        "audit",
        "--candidates",
        candidates,
        "--job-postings",
        job_postings,
        "--json",
    ];
    let output = environment.run(&[&arguments[..], more].concat()).await;
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), document)
}

#[tokio::test]
async fn personal_details_change_no_score() {
    let environment = Environment::embedded();
    let mut personal = candidate(1);
    personal["name"] = json!("Marie Boulanger");
    personal["summary"] = json!(
        "Je m'appelle Marie Boulanger, 39 ans, née le 12/03/1985 à Oran, nationalité française, \
         mariée, 2 enfants. Dix ans de services web. E-mail : m@example.org, tél. 06 12 34 56 78"
    );
    let resume = json!({"basics": {"name": "Ruby Smith", "label": "Backend developer",
                                   "summary": "Ruby Smith runs web services in Rust."}});
    let candidates = write(
        &environment,
        "candidates.ndjson",
        &[personal, candidate(2), resume],
    );
    let postings = write(&environment, "postings.ndjson", &job_postings(1..=4));
    let (code, report) = audit(&environment, [&candidates, &postings], &[]).await;
    assert_eq!(report["neutral"], true, "{report:#}");
    assert_eq!(
        (code, &report["candidates"], &report["groups"]),
        (Some(0), &json!(3), &Value::Null)
    );
    let perturbations = report["perturbations"].as_array().unwrap();
    for perturbation in perturbations {
        assert!(
            perturbation["variants"].as_u64().unwrap() > 0,
            "{perturbation}"
        );
    }
    assert_eq!(perturbations.len(), 11);

    let (_, sampled) = audit(&environment, [&candidates, &postings], &["--sample", "2"]).await;
    assert_eq!(sampled["candidates"], 2);
    let readable = environment
        .run(&[
            "audit",
            "--candidates",
            &candidates,
            "--job-postings",
            &postings,
        ])
        .await;
    let text = String::from_utf8(readable.stdout).unwrap();
    assert!(
        text.contains("postal_code") && text.contains("No score depends"),
        "{text}"
    );
}

#[tokio::test]
async fn a_score_that_depends_on_a_name_fails_the_audit_and_is_named() {
    let environment = Environment::embedded();
    // A limitation that docs/fairness.md states: for a candidate named Pierre, the first word is a
    // name.
    let mason = json!({"id": 12, "summary": "Pierre sèche, murs et voûtes."});
    let wall = json!({"id": 34, "description": "Des murs en pierre sèche."});
    let candidates = write(&environment, "candidates.ndjson", &[mason]);
    let postings = write(&environment, "postings.ndjson", &[wall]);
    let (code, report) = audit(&environment, [&candidates, &postings], &[]).await;
    assert_eq!((code, &report["neutral"]), (Some(1), &json!(false)));
    let name = &report["perturbations"][0];
    assert_eq!(name["perturbation"], "name");
    assert_eq!(
        (
            &name["first"][0]["candidate"],
            &name["first"][0]["job_posting"]
        ),
        (&json!("12"), &json!("34"))
    );
    assert!(name["largest"].as_f64().unwrap() > 0.0, "{name}");
    let readable = environment
        .run(&[
            "audit",
            "--candidates",
            &candidates,
            "--job-postings",
            &postings,
        ])
        .await;
    let text = String::from_utf8(readable.stdout).unwrap();
    assert!(
        text.contains("name: candidate 12, job posting 34: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_group_selected_less_often_is_flagged_and_small_groups_are_not_judged() {
    let environment = Environment::embedded();
    let baker = |id: i64| json!({"id": id, "title": "Boulanger", "skills": ["Pâtisserie"]});
    // All members of group A qualify, and every second one of B; group C has three members; one
    // candidate has no group.
    let documents: Vec<Value> = (1..=84_i64)
        .map(|id| {
            if id > 40 && id <= 80 && id % 2 == 0 {
                baker(id)
            } else {
                candidate(id)
            }
        })
        .collect();
    let group = |id| match id {
        1..=40 => "A",
        41..=80 => "B",
        _ => "C",
    };
    let groups: Vec<String> = (1..=83)
        .chain([999])
        .map(|id| format!("{id}\t{}", group(id)))
        .collect();
    let candidates = write(&environment, "candidates.ndjson", &documents);
    let postings = write(&environment, "postings.ndjson", &job_postings(1..=1));
    let groups = write_text(
        &environment,
        "groups.tsv",
        &format!("id\tgroup\n{}", groups.join("\n")),
    );
    let files = [candidates.as_str(), &postings];
    let (code, report) = audit(&environment, files, &["--sample", "1", "--groups", &groups]).await;
    let found: Vec<_> = report["groups"]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["selected"].as_i64().unwrap(),
                group["conclusion"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (40, "reference"),
            (20, "below_four_fifths"),
            (3, "too_few_to_conclude")
        ]
    );
    assert_eq!(
        (code, report["groups"]["reference"].as_str()),
        (Some(0), Some("A"))
    );
    assert_eq!(
        (
            &report["groups"]["without_group"],
            &report["groups"]["unknown"]
        ),
        (&json!(1), &json!(1))
    );

    let best = ["--sample", "1", "--groups", &groups, "--top", "100"];
    let (_, report) = audit(&environment, files, &best).await;
    assert_eq!(
        report["groups"]["groups"][1]["ratio"], 1.0,
        "everyone is selected"
    );
}

#[tokio::test]
async fn bad_lines_and_wrong_usage_are_reported() {
    let environment = Environment::embedded();
    let candidates = write(
        &environment,
        "candidates.ndjson",
        &[candidate(1), json!({"skills": 5})],
    );
    let postings = write(&environment, "postings.ndjson", &job_postings(1..=1));
    let files = [
        "audit",
        "--candidates",
        &candidates,
        "--job-postings",
        &postings,
    ];
    let output = environment.run(&files).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("candidates.ndjson, line 2: /skills"),
        "{said}"
    );
    let twice = write_text(&environment, "groups.csv", "1,A\n1,B");
    let output = environment
        .run(&[&files[..], &["--groups", &twice]].concat())
        .await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("groups.csv: line 2"), "{said}");
    for wrong in [
        &["--top", "3"][..],
        &["--groups", &twice, "--top", "3", "--threshold", "0.5"],
    ] {
        let output = environment.run(&[&files[..], wrong].concat()).await;
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
