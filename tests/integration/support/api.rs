//! A caller of the HTTP interface.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

use super::polling::poll;

/// How long a caller polls before a test fails. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// One running API.
#[derive(Debug, Clone)]
pub struct Api {
    pub base: String,
    client: reqwest::Client,
}

/// An answer, with its body as JSON where it is JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The `code` and the pointers of a problem document's fields.
    pub fn problem(&self) -> (&str, Vec<&str>) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        let errors = self.body["errors"].as_array().unwrap();
        let pointers = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap());
        (self.body["code"].as_str().unwrap(), pointers.collect())
    }
}

impl Api {
    pub fn new(base: String) -> Self {
        // Fails when another test has installed it, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { base, client }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[], body).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send(Method::POST, path, &all, Some(body.to_string().into()))
            .await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(Method::PUT, path, &headers, Some(body.to_string().into()))
            .await
    }

    pub async fn post_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let headers = [("content-type", content_type)];
        self.send(Method::POST, path, &headers, Some(body.to_vec()))
            .await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.unwrap_or_default()).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer {
            status,
            headers,
            body,
            text,
        }
    }

    /// Imports one JSON document a line.
    pub async fn import(&self, collection: &str, documents: &[Value]) {
        let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
        let path = format!("/api/v1/{collection}:import");
        let answer = self
            .post_bytes(&path, "application/x-ndjson", lines.join("\n").as_bytes())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Queues a match and returns its job id.
    pub async fn queue(&self, query: &str, body: &Value) -> String {
        let answer = self
            .post(&format!("/api/v1/queue-matching{query}"), body)
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.body["job_id"].as_str().unwrap().to_owned()
    }

    /// Queues a bulk and returns the batch's id.
    pub async fn queue_bulk(&self, query: &str, body: &Value) -> String {
        let answer = self
            .post(&format!("/api/v1/queue-matching/bulk{query}"), body)
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.header("x-batch-id").to_owned()
    }

    /// Polls a job until it has ended; returns its status document.
    pub async fn ended_job(&self, job_id: &str) -> Value {
        let is_final = |body: &Value| {
            matches!(
                body["status"].as_str(),
                Some("completed" | "failed" | "cancelled")
            )
        };
        self.until(&format!("/api/v1/status/{job_id}"), is_final)
            .await
    }

    /// Polls a batch until it has ended; returns its progress document.
    pub async fn ended_batch(&self, batch_id: &str) -> Value {
        self.until(&format!("/api/v1/batches/{batch_id}"), |body| {
            body["status"] == "completed"
        })
        .await
    }

    /// Polls a page until its body is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let parsed = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let text = self.until_text(path, |text| wanted(&parsed(text))).await;
        parsed(&text)
    }

    /// Polls a page with these headers until its answer is as wanted.
    pub async fn until_sent(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        wanted: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let look = async || {
            let answer = self.send(Method::GET, path, headers, None).await;
            if wanted(&answer) {
                Ok(answer)
            } else {
                Err(format!("{answer:?}"))
            }
        };
        let seen = poll(PATIENCE, look).await;
        seen.unwrap_or_else(|last| panic!("{path} stayed at {last}"))
    }

    /// Polls a page until its text is as wanted.
    pub async fn until_text(&self, path: &str, wanted: impl Fn(&str) -> bool) -> String {
        let url = format!("{}{path}", self.base);
        let look = async || {
            // A process that is being started again refuses connections meanwhile.
            let response = self.client.get(&url).send().await;
            let response = response.map_err(|error| error.to_string())?;
            let text = response.text().await.map_err(|error| error.to_string())?;
            if wanted(&text) { Ok(text) } else { Err(text) }
        };
        let seen = poll(PATIENCE, look).await;
        seen.unwrap_or_else(|last| panic!("{path} stayed at {last}"))
    }
}
