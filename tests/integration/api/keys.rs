//! API keys: who needs one, what its scopes permit, and how they are managed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    process::Process,
};

/// A caller with a key.
struct Caller {
    api: Api,
    key: String,
}

impl Caller {
    fn new(process: &Process, key: &str) -> Self {
        let (api, key) = (process.api(), key.to_owned());
        Self { api, key }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let mut headers = vec![("authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map(|body| body.to_string().into());
        self.api.send(method, path, &headers, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }
}

/// Creates a key on the host.
async fn created_on_the_host(environment: &Environment, arguments: &[&str]) -> String {
    let arguments = [&["keys", "create"], arguments].concat();
    let output = environment.run(&arguments).await;
    assert!(output.status.success(), "{output:?}");
    let key = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert!(key.starts_with("mk_") && key.len() == 64, "{key}");
    key
}

fn id_of(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

#[tokio::test]
async fn with_keys_every_call_of_the_api_needs_one() {
    let environment =
        Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr,second-key-5678-q7Zr");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let path = "/api/v1/candidates/1";
    let ask = |header: Option<(&'static str, &'static str)>| {
        let api = api.clone();
        async move { api.send(Method::GET, path, header.as_slice(), None).await }
    };
    let without = ask(None).await;
    assert_eq!(
        (without.status.as_u16(), without.problem().0),
        (401, "unauthorized")
    );
    assert_eq!(without.header("www-authenticate"), "Bearer");
    assert_eq!(
        ask(Some(("authorization", "Bearer wrong"))).await.status,
        401
    );
    assert_eq!(
        ask(Some(("authorization", "Bearer second-key-5678-q7Zr")))
            .await
            .status,
        404
    );
    assert_eq!(
        ask(Some(("x-api-key", "first-key-1234-q7Zr"))).await.status,
        404
    );
    assert_eq!(api.get("/livez").await.status, 200);
    for spelling in [
        "/%61pi/v1/candidates/1",
        "/ap%69/v1/candidates/1",
        "//api/v1/candidates/1",
    ] {
        assert_eq!(api.get(spelling).await.status, 401, "{spelling}");
    }
}

#[tokio::test]
async fn an_empty_key_never_passes() {
    let environment = Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr");
    let process = environment.serve(&["--no-workers"]).await;
    for header in [
        ("authorization", "Bearer "),
        ("authorization", "Bearer"),
        ("x-api-key", ""),
    ] {
        let answer = process
            .api()
            .send(Method::GET, "/api/v1/queues", &[header], None)
            .await;
        assert_eq!(answer.status, 401, "{header:?}");
    }
}

#[tokio::test]
async fn a_service_whose_keys_are_weak_does_not_start() {
    let environment = Environment::embedded().with("API_KEYS", "change-me");
    for command in [&["serve"][..], &["configuration", "check"]] {
        let output = environment.run(command).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let fault = "http.api_keys (environment variable API_KEYS): key number 1 is a placeholder";
        assert!(said.contains(fault), "{said}");
        assert!(!said.contains("change-me"), "{said}");
    }
}

/// A key permits what its scopes name, from its creation on the host to its revocation over HTTP.
async fn show_the_life_of_keys(environment: Environment) {
    let process = environment.serve(&["--no-workers"]).await;
    let anonymous = process.api();
    assert_eq!(anonymous.get("/api/v1/queues").await.status, 200);
    let refused = anonymous.get("/api/v1/keys").await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().0),
        (403, "key_required")
    );

    let scopes = ["first", "--scopes", "operate,read"];
    let first = created_on_the_host(&environment, &scopes).await;
    let operator = Caller::new(&process, &first);
    assert_eq!(operator.get("/api/v1/queues").await.status, 200);
    let closed = |answer: &Answer| answer.status == 401;
    anonymous.until_sent("/api/v1/queues", &[], closed).await;

    let body = json!({"name": "platform", "scopes": ["read"], "expires_in_seconds": 3_600});
    let created = operator.post("/api/v1/keys", body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(created.body["scopes"], json!(["read"]));
    assert_eq!(created.body["created_by"], format!("key:{}", id_of(&first)));
    let read = created.body["key"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/keys/{}", id_of(&read));
    assert_eq!(created.header("location"), path);

    let reader = Caller::new(&process, &read);
    assert_eq!(reader.get("/api/v1/status/unknown").await.status, 404);
    let pair = json!({"candidate_id": 1, "job_id": 1});
    let refused = reader.post("/api/v1/queue-matching", pair).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().0),
        (403, "insufficient_scope")
    );
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer error=\"insufficient_scope\", scope=\"submit\""
    );
    for path in ["/api/v1/queues/high:pause", "/api/v1/keys"] {
        assert_eq!(reader.post(path, json!({})).await.status, 403, "{path}");
    }
    let changed = format!("{}0", &read[..read.len() - 1]);
    let changed = Caller::new(&process, if changed == read { "mk_" } else { &changed });
    let unknown = changed.get("/api/v1/queues").await;
    assert_eq!(unknown.status, 401);
    assert_eq!(
        unknown.header("www-authenticate"),
        "Bearer error=\"invalid_token\""
    );

    let rotated = operator
        .post(&format!("{path}:rotate"), json!({"overlap_seconds": 600}))
        .await;
    assert_eq!(rotated.status, 201, "{}", rotated.text);
    let successor = Caller::new(&process, rotated.body["key"].as_str().unwrap());
    for key in [&reader, &successor] {
        assert_eq!(key.get("/api/v1/queues").await.status, 200);
    }
    assert_eq!(operator.delete(&path).await.status, 200);
    let revoked = reader.get("/api/v1/queues").await;
    assert_eq!(
        (revoked.status.as_u16(), revoked.problem().0),
        (401, "key_revoked")
    );
    assert_eq!(successor.get("/api/v1/queues").await.status, 200);
    assert_eq!(operator.delete("/api/v1/keys/unknown").await.status, 404);

    let listed = operator.get("/api/v1/keys").await;
    assert!(!listed.text.contains(&read[20..]), "{}", listed.text);
    let keys = listed.body["keys"].as_array().unwrap();
    let states: Vec<_> = keys.iter().map(|key| &key["state"]).collect();
    assert_eq!(states, ["active", "revoked", "active"]);
    assert_eq!(keys[1]["replaced_by"], keys[0]["id"]);
    let actions = operator.get("/api/v1/dead-letters/actions").await;
    let actions = actions.body["actions"].as_array().unwrap().clone();
    let kinds: Vec<_> = actions.iter().map(|one| &one["action"]).collect();
    assert_eq!(
        kinds,
        ["revoke_key", "rotate_key", "create_key", "create_key"]
    );
    assert_eq!(actions[0]["actor"], format!("key:{}", id_of(&first)));

    // The log names the key and the client, and no key's text.
    let line = process.last_line_with("/api/v1/keys/unknown").unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["client.key"], format!("key:{}", id_of(&first)));
    assert_eq!(line["client.address"], "127.0.0.1");
    for key in [&first, &read] {
        assert!(!process.log().contains(&key[20..]));
    }
}

#[tokio::test]
async fn keys_live_in_the_embedded_database() {
    show_the_life_of_keys(Environment::embedded()).await;
}

#[tokio::test]
async fn keys_live_in_postgresql() {
    show_the_life_of_keys(Environment::on_servers().await).await;
}

#[tokio::test]
async fn a_change_of_a_key_reaches_all_processes_within_seconds() {
    let environment = Environment::on_servers().await;
    let one = environment.serve(&["--no-workers"]).await;
    let other = environment.serve(&["--no-workers"]).await;
    let scopes = ["platform", "--scopes", "read"];
    let key = created_on_the_host(&environment, &scopes).await;
    let path = "/api/v1/queues";
    for process in [&one, &other] {
        let caller = Caller::new(process, &key);
        assert_eq!(caller.get(path).await.status, 200);
    }
    let revoked = environment.run(&["keys", "revoke", id_of(&key)]).await;
    assert!(revoked.status.success(), "{revoked:?}");
    for process in [&one, &other] {
        let key = [("x-api-key", key.as_str())];
        let refused = |answer: &Answer| answer.status == 401;
        let answer = process.api().until_sent(path, &key, refused).await;
        assert_eq!(answer.problem().0, "key_revoked");
    }
}

#[tokio::test]
async fn the_command_line_manages_keys() {
    let environment = Environment::embedded();
    let migrated = environment.run(&["migrate"]).await;
    assert!(migrated.status.success(), "{migrated:?}");
    let arguments = [
        "keys",
        "create",
        "platform",
        "--scopes",
        "submit,read",
        "--expires-in",
        "90d",
        "--json",
    ];
    let created = environment.run(&arguments).await;
    let created: Value = serde_json::from_slice(&created.stdout).unwrap();
    assert_eq!(created["name"], "platform");
    assert_eq!(created["scopes"], json!(["submit", "read"]));
    assert!(created["created_by"].as_str().unwrap().starts_with("cli:"));
    let id = created["id"].as_str().unwrap();
    let rotated = environment
        .run(&["keys", "rotate", id, "--overlap", "1h", "--json"])
        .await;
    let rotated: Value = serde_json::from_slice(&rotated.stdout).unwrap();
    assert_eq!(rotated["name"], "platform");
    let listed = environment.run(&["keys", "list", "--json"]).await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 2);
    assert!(!listed.contains(created["key"].as_str().unwrap()));
    let table = environment.run(&["keys", "list", "--table"]).await;
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.starts_with("ID") && table.contains("submit,read"),
        "{table}"
    );
    for wrong in [
        &["keys", "create", "x"][..],
        &["keys", "create", "x", "--scopes", "all"],
        &[
            "keys",
            "create",
            "x",
            "--scopes",
            "read",
            "--expires-in",
            "soon",
        ],
    ] {
        assert_eq!(environment.run(wrong).await.status.code(), Some(2));
    }
    let unknown = environment.run(&["keys", "revoke", "unknown"]).await;
    assert_eq!(unknown.status.code(), Some(1));
}

#[tokio::test]
async fn required_keys_keep_a_service_closed_before_the_first_one() {
    let environment = Environment::embedded().with("REQUIRE_KEYS", "true");
    let process = environment.serve(&["--no-workers"]).await;
    assert_eq!(process.api().get("/api/v1/queues").await.status, 401);
    let key = created_on_the_host(&environment, &["first", "--scopes", "read"]).await;
    let caller = Caller::new(&process, &key);
    assert_eq!(caller.get("/api/v1/queues").await.status, 200);
}

#[tokio::test]
async fn the_use_of_a_key_is_shown() {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let key = created_on_the_host(&environment, &["first", "--scopes", "operate"]).await;
    let is_used = |answer: &Answer| answer.body["keys"][0]["last_used_at"].is_string();
    let key = [("x-api-key", key.as_str())];
    process
        .api()
        .until_sent("/api/v1/keys", &key, is_used)
        .await;
}

#[tokio::test]
async fn wrong_keys_are_slowed_by_the_address_of_the_client() {
    let environment = Environment::embedded()
        .with("API_KEYS", "first-key-1234-q7Zr,second-key-5678-q7Zr")
        .with("MATCHING__HTTP__TRUSTED_PROXIES", "127.0.0.1");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let ask = async |key: &str, client: &str| {
        let headers = [("x-api-key", key), ("x-forwarded-for", client)];
        api.send(Method::GET, "/api/v1/queues", &headers, None)
            .await
    };
    let (first, second) = ("first-key-1234-q7Zr", "second-key-5678-q7Zr");
    assert_eq!(ask(first, "192.0.2.7").await.status, 200);
    for guess in 0..10 {
        let answer = ask(&format!("guess-{guess}"), "192.0.2.7").await;
        assert_eq!(answer.status, 401);
    }
    let slowed = ask("guess", "192.0.2.7").await;
    assert_eq!(
        (slowed.status.as_u16(), slowed.problem().0),
        (429, "too_many_wrong_keys")
    );
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&wait), "{wait}");
    // A key that passed before still does; others are not even checked.
    assert_eq!(ask(first, "192.0.2.7").await.status, 200);
    assert_eq!(ask(second, "192.0.2.7").await.status, 429);
    assert_eq!(ask(second, "192.0.2.8").await.status, 200);
    let warning = process.last_line_with("refusing unknown keys").unwrap();
    assert!(warning.contains("192.0.2.7"), "{warning}");
}

#[tokio::test]
async fn a_key_has_a_rate_limit_if_one_is_set() {
    let environment = Environment::embedded().with("MATCHING__HTTP__REQUESTS_PER_MINUTE", "1000");
    let process = environment.serve(&["--no-workers"]).await;
    let usual = created_on_the_host(&environment, &["usual", "--scopes", "read"]).await;
    let arguments = ["own", "--scopes", "read", "--requests-per-minute", "2"];
    let own = created_on_the_host(&environment, &arguments).await;
    let usual = Caller::new(&process, &usual).get("/api/v1/queues").await;
    assert_eq!(usual.header("ratelimit-policy"), "\"key\";q=1000;w=60");
    assert_eq!(usual.header("ratelimit"), "\"key\";r=999;t=1");
    let own = Caller::new(&process, &own);
    for left in ["r=1;t=30", "r=0;t=60"] {
        let answer = own.get("/api/v1/queues").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit"), format!("\"key\";{left}"));
    }
    let limited = own.get("/api/v1/queues").await;
    assert_eq!(
        (limited.status.as_u16(), limited.problem().0),
        (429, "rate_limited")
    );
    let wait: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(limited.header("ratelimit-policy"), "\"key\";q=2;w=60");
}

#[tokio::test]
async fn metrics_need_a_key_where_there_are_keys_except_on_their_own_port() {
    let port = matching_test_servers::commands::free_port();
    let environment = Environment::embedded()
        .with("API_KEYS", "first-key-1234-q7Zr")
        .with("MATCHING__HTTP__METRICS_PORT", &port.to_string());
    let process = environment.serve(&["--no-workers"]).await;
    assert_eq!(process.api().get("/metrics").await.status, 401);
    let caller = Caller::new(&process, "first-key-1234-q7Zr");
    assert_eq!(caller.get("/metrics").await.status, 200);
    let submit = ["submitting", "--scopes", "submit"];
    let submit = created_on_the_host(&environment, &submit).await;
    let refused = Caller::new(&process, &submit).get("/metrics").await;
    assert_eq!(refused.status, 403);
    let monitoring = Api::new(format!("http://127.0.0.1:{port}"));
    for page in ["/metrics", "/livez", "/readyz"] {
        assert_eq!(monitoring.get(page).await.status, 200, "{page}");
    }
    assert_eq!(monitoring.get("/api/v1/queues").await.status, 404);
}

#[tokio::test]
async fn the_url_of_a_receiver_is_shown_in_full_only_to_operators() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let body = json!({
        "candidate_id": 8,
        "job_id": 1,
        "webhook_url": "http://127.0.0.1:9/hook?token=hunter2",
    });
    let job = api.queue("?id=eight", &body).await;
    api.ended_job(&job).await;
    for (scope, shown) in [
        ("operate", "http://127.0.0.1:9/hook?token=hunter2"),
        ("read", "http://127.0.0.1:9"),
    ] {
        let key = created_on_the_host(&environment, &[scope, "--scopes", scope]).await;
        let caller = Caller::new(&process, &key);
        let letter = caller.get("/api/v1/dead-letters/eight").await;
        assert_eq!(letter.body["webhook_url"], shown, "{scope}");
        for path in ["/api/v1/webhook-deliveries", "/api/v1/webhook-endpoints"] {
            let listed = caller.get(path).await;
            assert_eq!(listed.status, 200, "{path}");
            assert!(!listed.text.contains("hunter2"), "{path}: {}", listed.text);
        }
    }
}

#[tokio::test]
async fn the_description_states_the_scopes_of_each_call() {
    let environment = Environment::embedded();
    let printed = environment.run(&["openapi"]).await;
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let submit = &document["paths"]["/api/v1/queue-matching"]["post"];
    let security = json!([{"bearer": ["submit"]}, {"header": ["submit"]}, {}]);
    assert_eq!(submit["security"], security);
    let description = submit["description"].as_str().unwrap();
    assert!(
        description.ends_with("Needs the scope `submit`."),
        "{description}"
    );
    assert_eq!(document["paths"]["/livez"]["get"]["security"], json!([]));
}
