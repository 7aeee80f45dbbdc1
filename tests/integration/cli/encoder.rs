//! `matching import` and `matching doctor` with an encoder.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    encoder::{EncoderServer, MODEL},
    environment::Environment,
    profiles::candidates,
};

async fn run(environment: &Environment, arguments: &[&str]) -> (bool, String) {
    let output = environment.run(arguments).await;
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), said)
}

#[tokio::test]
async fn an_imported_file_is_encoded_and_failures_are_reported() {
    let encoder = EncoderServer::start();
    let environment = encoder.set_in(Environment::embedded());
    let lines: Vec<String> = candidates(1..=70).iter().map(Value::to_string).collect();
    std::fs::write(environment.folder().join("file.ndjson"), lines.join("\n")).unwrap();
    let import = ["import", "candidates", "file.ndjson"];
    let (succeeded, said) = run(&environment, &import).await;
    assert!(succeeded, "{said}");
    assert!(!said.contains("encoding"), "{said}");
    assert_eq!(encoder.calls().len(), 3);

    let process = environment.serve(&["--no-workers"]).await;
    let stored = process.api().get("/api/v1/candidates/70").await.body;
    assert_eq!(stored["encoding"]["model"], MODEL);
    assert!(process.terminate().await.success());

    encoder.answer(|_| HttpResponse::Unauthorized().finish());
    let others = lines.join("\n").replace("Rust", "Go");
    std::fs::write(environment.folder().join("file.ndjson"), others).unwrap();
    let (succeeded, said) = run(&environment, &import).await;
    assert!(succeeded, "{said}");
    assert!(
        said.contains(
            "warning: /encoding: stored without an encoding, since the encoder answered 401"
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "70 candidates imported: 0 new, 70 replaced; 0 bad lines; 70 without an encoding"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn the_doctor_asks_the_encoder() {
    let encoder = EncoderServer::start();
    let environment = encoder.set_in(Environment::embedded());
    let (_, said) = run(&environment, &["migrate"]).await;
    let (healthy, found) = run(&environment, &["doctor"]).await;
    assert!(healthy, "{said}{found}");
    let holds = format!("holds   encoder: the encoder makes vectors, 3 numbers each, by {MODEL}");
    assert!(found.contains(&holds), "{found}");
    encoder.answer(|_| HttpResponse::NotFound().finish());
    let (healthy, found) = run(&environment, &["doctor"]).await;
    assert!(!healthy);
    assert!(found.contains("the encoder answered 404"), "{found}");
    let (healthy, found) = run(&environment, &["doctor", "--json"]).await;
    assert!(!healthy);
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(
        found["encoder"],
        json!({"answers": false, "error": "the encoder answered 404"})
    );
}
