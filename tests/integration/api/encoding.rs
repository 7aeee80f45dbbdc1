//! Vectors of profiles: those that the service requests from an encoder, and those that callers
//! send.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    api::Api,
    encoder::{API_KEY, EncoderServer, MODEL, vectors},
    environment::Environment,
    process::Process,
    profiles::{candidate, job_posting},
};

const CANDIDATE: &str = "/api/v1/candidates/1";

async fn accepting_with(encoder: &EncoderServer) -> (Environment, Process, Api) {
    let environment = encoder
        .set_in(Environment::embedded())
        .with("LOG_LEVEL", "debug");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    (environment, process, api)
}

async fn score_stored(api: &Api) -> Value {
    let pair = json!({"candidate_id": 1, "job_id": 1});
    let scored = api.post("/api/v1/match", &pair).await;
    assert_eq!(scored.status, 200, "{}", scored.text);
    scored.body
}

async fn import(api: &Api, documents: &[Value]) -> Value {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    let path = "/api/v1/candidates:import";
    let body = lines.join("\n");
    let answer = api
        .post_bytes(path, "application/x-ndjson", body.as_bytes())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn a_profile_is_stored_with_its_vector_and_the_score_names_the_model() {
    let encoder = EncoderServer::start();
    let (_environment, process, api) = accepting_with(&encoder).await;
    let put = api.put(CANDIDATE, &candidate(1)).await;
    assert_eq!(
        (put.status.as_u16(), &put.body["warnings"]),
        (201, &json!([]))
    );
    let posting = api.put("/api/v1/job-postings/1", &job_posting(1)).await;
    assert_eq!(posting.status, 201);

    let stored = api.get(CANDIDATE).await.body;
    let encoding = &stored["encoding"];
    assert_eq!(
        (&encoding["model"], &encoding["unrelated_cosine"]),
        (&json!(MODEL), &json!(0.5))
    );
    assert_eq!(
        encoding["vector"].as_array().unwrap()[..2],
        [json!(127), json!(64)]
    );
    assert_eq!(
        score_stored(&api).await["criteria"]["text"]["encoder"],
        MODEL
    );

    let calls = encoder.calls();
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(
            (&*call.model, call.authorization),
            (MODEL, format!("Bearer {API_KEY}"))
        );
    }
    let log = process.log();
    assert!(log.contains("PUT"), "{log}");
    for secret in ["hunter2", "Dix ans"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[tokio::test]
async fn the_encoder_sees_neither_name_nor_private_circumstances() {
    let encoder = EncoderServer::start();
    let (_environment, _process, api) = accepting_with(&encoder).await;
    let mut told = candidate(1);
    told["name"] = json!("Fatou Ndiaye");
    told["email"] = json!("fatou@example.org");
    told["summary"] = json!(
        "Fatou Ndiaye, née le 3 mai 1980. Dix ans de services web. \
        Actuellement en congé maternité. Reconnue travailleuse handicapée. fatou@example.org"
    );
    api.put(CANDIDATE, &told).await;
    let texts = encoder.texts();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("Dix ans de services web"), "{texts:?}");
    for word in [
        "Fatou",
        "Ndiaye",
        "fatou",
        "1980",
        "maternité",
        "handicap",
        "Lyon",
    ] {
        assert!(!texts[0].contains(word), "{texts:?}");
    }
}

type Answer = fn() -> HttpResponse;

#[tokio::test]
async fn an_encoder_that_fails_costs_a_warning_and_no_profile() {
    let encoder = EncoderServer::start();
    let (_environment, process, api) = accepting_with(&encoder).await;
    let failures: [(Answer, &str); 7] = [
        (
            || HttpResponse::InternalServerError().body("secret"),
            "answered 500",
        ),
        (|| HttpResponse::Unauthorized().finish(), "answered 401"),
        (
            || {
                HttpResponse::Found()
                    .insert_header(("location", "/"))
                    .finish()
            },
            "answered 302",
        ),
        (|| HttpResponse::Ok().body("secret"), "no list of vectors"),
        (
            || HttpResponse::Ok().json(json!({"data": []})),
            "one vector for each text",
        ),
        (
            || HttpResponse::Ok().body(r#"{"data": [{"index": 0, "embedding": [0, 0]}]}"#),
            "all 0",
        ),
        (
            || HttpResponse::Ok().body(format!("{{\"data\": [{}]}}", " ".repeat(300_000))),
            "too large",
        ),
    ];
    for (answer, reason) in failures {
        encoder.answer(move |_| answer());
        let put = api.put(CANDIDATE, &candidate(1)).await;
        assert!(put.status.is_success(), "{}", put.text);
        let warning = &put.body["warnings"][0];
        assert_eq!(
            (&warning["pointer"], &warning["code"]),
            (&json!("/encoding"), &json!("not_encoded"))
        );
        let detail = warning["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
        assert!(
            detail.ends_with("put the profile again once the encoder answers"),
            "{detail}"
        );
        assert!(!put.text.contains("secret"));
        let stored = api.get(CANDIDATE).await.body;
        assert_eq!(stored["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(stored.get("encoding"), None);
    }
    process
        .says(&["profiles are stored without an encoding"])
        .await;
    assert!(!process.log().contains("Dix ans"));

    encoder.answer(vectors);
    // Stored again by a caller that read it and changed a field.
    let mut again = api.get(CANDIDATE).await.body;
    again["title"] = json!("Développeur");
    let put = api.put(CANDIDATE, &again).await;
    assert_eq!(put.body["warnings"], json!([]));
    let stored = api.get(CANDIDATE).await.body;
    assert_eq!(
        (stored.get("warnings"), &stored["encoding"]["model"]),
        (None, &json!(MODEL))
    );
    // The same text is sent again, in the platform's form and in the form that was read; then
    // another text.
    let calls = encoder.calls().len();
    again.as_object_mut().unwrap().remove("warnings");
    for unchanged in [&again, &stored] {
        api.put(CANDIDATE, unchanged).await;
        assert_eq!(api.get(CANDIDATE).await.body, stored);
        assert_eq!(encoder.calls().len(), calls);
    }
    let mut other = stored.clone();
    other["title"] = json!("Boulanger");
    api.put(CANDIDATE, &other).await;
    assert_eq!(encoder.calls().len(), calls + 1);
}

#[tokio::test]
async fn an_unreachable_encoder_is_paused() {
    let encoder = EncoderServer::start();
    let environment = encoder
        .set_in(Environment::embedded())
        .with("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    encoder.answer(|_| HttpResponse::ServiceUnavailable().finish());
    api.put(CANDIDATE, &candidate(1)).await;
    process
        .says(&["dependency unavailable; calls to it are paused"])
        .await;
    let ready = api.get("/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    assert!(
        ready.body["circuit_breakers"]["encoder"].is_string(),
        "{}",
        ready.text
    );
}

#[tokio::test]
async fn an_import_encodes_in_batches_the_profiles_that_have_a_text_and_no_vector() {
    for environment in [Environment::embedded(), Environment::on_servers().await] {
        import_encoded(environment).await;
    }
}

async fn import_encoded(environment: Environment) {
    let encoder = EncoderServer::start();
    let environment = encoder.set_in(environment);
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let mut documents: Vec<Value> = (1..=100).map(candidate).collect();
    documents[4]["encoding"] = json!({"model": "theirs", "vector": [1, 2.5]});
    documents[5] = json!({"id": 6});
    let answer = import(&api, &documents).await;
    assert_eq!(
        (&answer["created"], &answer["warned_lines"]),
        (&json!(100), &json!(0))
    );
    let calls = encoder.calls();
    assert_eq!(calls.len(), 4);
    assert_eq!(encoder.texts().len(), 98);
    assert!(calls.iter().all(|call| call.texts.len() <= 32));
    for (id, model) in [
        (1, json!(MODEL)),
        (5, json!("theirs")),
        (6, json!(null)),
        (100, json!(MODEL)),
    ] {
        let stored = api.get(&format!("/api/v1/candidates/{id}")).await.body;
        assert_eq!(stored["encoding"]["model"], model);
        assert_eq!(stored["id"], id);
    }

    encoder.answer(|_| HttpResponse::Forbidden().finish());
    let (mut other_text, mut bad_word) = (candidate(1), candidate(2));
    other_text["title"] = json!("Boulanger");
    bad_word["title"] = json!("Boulanger");
    bad_word["remote"] = json!("on Mars");
    let same_text = candidate(4);
    let lines = [other_text, bad_word, json!({"id": 3}), same_text];
    let answer = import(&api, &lines).await;
    assert_eq!(answer["warned_lines"], 2);
    let warnings = answer["warnings"].as_array().unwrap();
    let warned: Vec<(u64, &str)> = (warnings.iter())
        .map(|warning| {
            (
                warning["line"].as_u64().unwrap(),
                warning["pointer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(warned, [(1, "/encoding"), (2, "/remote"), (2, "/encoding")]);

    let bad = b"{\"id\": 1}\n{\"id\": 2, \"title\": 5}";
    let calls = encoder.calls().len();
    let refused = api
        .post_bytes("/api/v1/candidates:import", "application/x-ndjson", bad)
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(encoder.calls().len(), calls);
}

#[tokio::test]
async fn a_given_vector_is_stored_unchanged_and_used_for_scoring() {
    let (_environment, _process, api) = super::accepting().await;
    let encoding = |vector: &[f64]| json!({"model": "theirs", "vector": vector});
    let mut sent = candidate(1);
    sent["encoding"] = encoding(&[0.25, -1.5, 0.125]);
    assert_eq!(api.put(CANDIDATE, &sent).await.status, 201);
    let mut posting = job_posting(1);
    posting["encoding"] = encoding(&[0.25, -1.5, 0.125]);
    api.import("job-postings", &[posting.clone()]).await;
    assert_eq!(api.get(CANDIDATE).await.body["encoding"], sent["encoding"]);
    let alike = score_stored(&api).await;
    assert_eq!(alike["criteria"]["text"]["encoder"], "theirs");
    posting["encoding"] = encoding(&[1.5, 0.25, 0.0]);
    api.put("/api/v1/job-postings/1", &posting).await;
    let unlike = score_stored(&api).await;
    let text = |document: &Value| document["criteria"]["text"]["score"].as_f64().unwrap();
    assert!(text(&alike) > text(&unlike));
    assert_ne!(alike["input_hash"], unlike["input_hash"]);
}

#[tokio::test]
async fn an_invalid_vector_is_refused() {
    let (_environment, _process, api) = super::accepting().await;
    let too_many = vec![1; 4_097];
    for (encoding, pointer) in [
        (json!([1, 2]), "/encoding"),
        (json!({"vector": [1, 2]}), "/encoding/model"),
        (json!({"model": "m"}), "/encoding/vector"),
        (json!({"model": "m", "vector": [0, 0]}), "/encoding/vector"),
        (json!({"model": "m", "vector": [1]}), "/encoding/vector"),
        (
            json!({"model": "m", "vector": too_many}),
            "/encoding/vector",
        ),
        (
            json!({"model": "m", "vector": [1, "x"]}),
            "/encoding/vector",
        ),
        (
            json!({"model": "m", "vector": [1, 2], "unrelated_cosine": 1}),
            "/encoding/unrelated_cosine",
        ),
    ] {
        let document = json!({"id": 1, "title": "Welder", "encoding": encoding});
        let put = api.put(CANDIDATE, &document).await;
        assert_eq!((put.status.as_u16(), put.problem().1), (422, vec![pointer]));
        let imported = api
            .post_bytes(
                "/api/v1/candidates:import",
                "application/x-ndjson",
                document.to_string().as_bytes(),
            )
            .await;
        assert_eq!(
            (imported.status.as_u16(), imported.problem().1),
            (422, vec![pointer])
        );
    }
    let beyond = r#"{"encoding": {"model": "m", "vector": [1e999, 1]}}"#;
    let put = api
        .send(
            reqwest::Method::PUT,
            CANDIDATE,
            &[("content-type", "application/json")],
            Some(beyond.into()),
        )
        .await;
    assert!(put.status.is_client_error(), "{}", put.text);
    assert_eq!(api.get(CANDIDATE).await.status, 404);
}
