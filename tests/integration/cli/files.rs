//! Commands that score files, without any storage.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, candidates, job_posting, job_postings},
};

fn write(environment: &Environment, name: &str, documents: &[Value]) -> String {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    let path = environment.folder().join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

fn lines(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn is_unused(folder: &Path) -> bool {
    !folder.join("matching.db").exists()
}

#[tokio::test]
async fn one_pair_is_explained_or_printed_as_its_result_document() {
    let environment = Environment::embedded();
    let candidate_file = write(&environment, "candidate.json", &[candidate(3)]);
    let posting_file = write(&environment, "posting.json", &[job_posting(4)]);
    let arguments = [
        "score",
        "--candidate",
        &candidate_file,
        "--job-posting",
        &posting_file,
    ];
    let readable = environment.run(&arguments).await;
    assert!(readable.status.success());
    let text = String::from_utf8(readable.stdout).unwrap();
    assert!(text.contains("skills") && text.contains("Rust"), "{text}");

    let document = environment
        .run(&[&arguments[..], &["--json"]].concat())
        .await;
    let document: Value = serde_json::from_slice(&document.stdout).unwrap();
    assert_eq!(document["candidate_id"], 3);
    assert_eq!(document["job_posting_id"], 4);
    let score = document["score"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score));
    assert!(text.contains(&format!("{score:.4}")), "{text}");
    assert!(is_unused(environment.folder()));
}

#[tokio::test]
async fn an_explanation_is_printed_in_english_and_french() {
    let environment = Environment::embedded();
    let candidate_file = write(&environment, "candidate.json", &[candidate(3)]);
    let mut posting = job_posting(1);
    posting["licences"] = json!(["B"]);
    posting["required_skills"] = json!([{"name": "Rust", "must_have": true}, "Java"]);
    let posting_file = write(&environment, "posting.json", &[posting]);
    let explain = async |more: &[&str]| {
        let arguments = [
            &[
                "score",
                "--candidate",
                &candidate_file,
                "--job-posting",
                &posting_file,
            ],
            more,
        ];
        let output = environment.run(&arguments.concat()).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let english = explain(&[]).await;
    for part in [
        "candidate 3 · job posting 1",
        "? Licence or certificate to be checked: B; the profile lists none.",
        "experience       1.00",
        "Java (required)",
        "What would raise the score most\n  ↑ If \u{201c}Java\u{201d} is confirmed: +0.",
        "Recommendation\n  Excellent score; required skills to be confirmed: 1 of 2; check first: B.",
    ] {
        assert!(english.contains(part), "{part}\n{english}");
    }
    let french = explain(&["--lang", "fr-FR"]).await.replace('\u{a0}', " ");
    for part in [
        "candidature 3 · annonce 1",
        "? Permis, certificat ou titre à vérifier : B ; le profil n'en liste aucun.",
        "expérience       1,00",
        "Compétence requise présente dans le profil : Rust.",
        "Ce qui ferait le plus monter le score\n  ↑ En cas de confirmation de « Java » : +0,",
        "Recommandation\n  Excellent score ; compétences requises à confirmer : 1 sur 2 ;",
    ] {
        assert!(french.contains(part), "{part}\n{french}");
    }
    let longest = |page: &str| page.lines().map(|line| line.chars().count()).max();
    assert!(longest(&english) <= Some(100) && longest(&french) <= Some(100));
    let document: Value =
        serde_json::from_str(&explain(&["--lang", "fr", "--json"]).await).unwrap();
    assert_eq!(document["language"], "fr");
}

#[tokio::test]
async fn custom_weights_come_from_a_file_or_the_command_line() {
    let environment = Environment::embedded();
    let candidate_file = write(&environment, "candidate.json", &[candidate(3)]);
    let posting_file = write(&environment, "posting.json", &[job_posting(4)]);
    let weights_file = write(
        &environment,
        "weights.json",
        &[json!({"skills": 0, "location": 2})],
    );
    let score = async |weights: &str| {
        environment
            .run(&[
                "score",
                "--candidate",
                &candidate_file,
                "--job-posting",
                &posting_file,
                "--json",
                "--weights",
                weights,
            ])
            .await
    };
    let inline: Value =
        serde_json::from_slice(&score(r#"{"skills": 0, "location": 2}"#).await.stdout).unwrap();
    assert_eq!(inline["weights_configured"]["location"], 2.0);
    assert_eq!(inline["weights_default"]["location"], 0.06);
    assert_eq!(inline["criteria"]["skills"]["weight"], 0.0);
    assert!(inline["criteria"]["skills"]["score"].is_number());
    let mut from_file: Value = serde_json::from_slice(&score(&weights_file).await.stdout).unwrap();
    from_file["computed_at"] = inline["computed_at"].clone();
    assert_eq!(from_file, inline);
    let refused = score(r#"{"charm": 1, "skills": -1}"#).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("/charm") && said.contains("/skills"),
        "{said}"
    );
}

#[tokio::test]
async fn pairs_are_scored_in_order_and_bad_lines_are_named() {
    let environment = Environment::embedded();
    let mut pairs: Vec<Value> = (1..=5)
        .map(|n| json!({"id": format!("pair-{n}"), "candidate": candidate(1), "job_posting": job_posting(n)}))
        .collect();
    let file = write(&environment, "pairs.ndjson", &pairs);
    let output = environment.run(&["score", "--pairs", &file]).await;
    assert!(output.status.success());
    let ids: Vec<Value> = lines(&output.stdout)
        .iter()
        .map(|line| line["id"].clone())
        .collect();
    assert_eq!(ids, ["pair-1", "pair-2", "pair-3", "pair-4", "pair-5"]);

    pairs[1] = json!({"id": "pair-2", "candidate": {"skills": 5}, "job_posting": {}});
    let file = write(&environment, "pairs.ndjson", &pairs);
    let output = environment.run(&["score", "--pairs", &file]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output.stdout).len(), 4);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 2: /candidate: /skills"), "{said}");
}

#[tokio::test]
async fn candidates_and_job_postings_are_ranked_best_first() {
    let environment = Environment::embedded();
    let posting = write(&environment, "posting.json", &[job_posting(1)]);
    let mut many = candidates(1..=6);
    many[4] = json!({"id": 5, "title": "Boulanger", "skills": ["Pâtisserie"]});
    let many = write(&environment, "candidates.ndjson", &many);
    let output = environment
        .run(&["rank", "--job-posting", &posting, "--candidates", &many])
        .await;
    let ranking = lines(&output.stdout);
    assert_eq!(ranking.len(), 6);
    assert_eq!(ranking[5]["id"], 5);
    let top = environment
        .run(&[
            "rank",
            "--job-posting",
            &posting,
            "--candidates",
            &many,
            "--top",
            "2",
        ])
        .await;
    assert_eq!(lines(&top.stdout), ranking[..2]);

    let one = write(&environment, "candidate.json", &[candidate(1)]);
    let postings = write(&environment, "postings.ndjson", &job_postings(1..=4));
    let output = environment
        .run(&["rank", "--candidate", &one, "--job-postings", &postings])
        .await;
    let scores: Vec<f64> = lines(&output.stdout)
        .iter()
        .map(|line| line["score"].as_f64().unwrap())
        .collect();
    assert_eq!(scores.len(), 4);
    assert!(scores.is_sorted_by(|better, worse| better >= worse));
}

#[tokio::test]
async fn wrong_usage_and_wrong_files_are_reported() {
    let environment = Environment::embedded();
    let posting = write(&environment, "posting.json", &[job_posting(1)]);
    for arguments in [
        vec!["score"],
        vec!["score", "--candidate", "x.json"],
        vec!["rank", "--job-posting", &posting],
        vec![
            "rank",
            "--job-posting",
            &posting,
            "--job-postings",
            &posting,
        ],
    ] {
        assert_eq!(
            environment.run(&arguments).await.status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let missing = environment
        .run(&[
            "score",
            "--candidate",
            "nowhere.json",
            "--job-posting",
            &posting,
        ])
        .await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        String::from_utf8(missing.stderr)
            .unwrap()
            .contains("nowhere.json")
    );
}

#[tokio::test]
async fn a_ranking_takes_weights_in_place_or_from_a_file() {
    let environment = Environment::embedded();
    let mut people = candidates(1..=2);
    // The first candidate has the skills, the second the years of experience.
    people[0]["experience_years"] = json!(0);
    people[1]["skills"] = json!(["Cobol"]);
    people[1]["summary"] = json!(null);
    let mut posting = job_posting(1);
    posting["experience_years"] = json!({"min": 8});
    let posting = write(&environment, "posting.json", &[posting]);
    let many = write(&environment, "candidates.ndjson", &people);
    let weights = write(&environment, "weights.json", &[json!({"experience": 9})]);
    let rank = async |weights: &str| {
        let arguments = [
            "rank",
            "--job-posting",
            &posting,
            "--candidates",
            &many,
            "--weights",
            weights,
        ];
        environment.run(&arguments).await
    };
    let best = |output: &std::process::Output| lines(&output.stdout)[0]["id"].clone();
    assert_eq!(best(&rank(r#"{"skills": 9}"#).await), 1);
    assert_eq!(best(&rank(&weights).await), 2);
    for (wrong, says) in [
        (r#"{"luck": 1}"#, "/luck"),
        (r#"{"skills": -1}"#, "/skills"),
        ("{", "not a JSON document"),
        ("nowhere.json", "nowhere.json"),
    ] {
        let output = rank(wrong).await;
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(says), "{wrong}: {said}");
    }
}
