//! An encoder as operators run one: an HTTP endpoint in the form of `POST /v1/embeddings`.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use serde_json::{Value, json};

use super::environment::Environment;

/// The key that it is called with.
pub const API_KEY: &str = "encoder-key-hunter2";
/// The model that it is asked for.
pub const MODEL: &str = "test/encoder";

/// Answer to the next call.
type Answering = Arc<Mutex<Box<dyn Fn(&[String]) -> HttpResponse + Send>>>;

/// Answers on a free port until it is dropped.
pub struct EncoderServer {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
    answering: Answering,
    server: ServerHandle,
}

/// One call that came in.
#[derive(Debug, Clone)]
pub struct Call {
    pub authorization: String,
    pub model: String,
    pub texts: Vec<String>,
}

impl EncoderServer {
    /// Makes a vector of 3 numbers of each text.
    pub fn start() -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let answering: Answering = Arc::new(Mutex::new(Box::new(vectors)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = (Arc::clone(&calls), Arc::clone(&answering));
        let server = HttpServer::new(move || {
            let (calls, answering) = state.clone();
            let answer = move |request: HttpRequest, body: web::Bytes| {
                let call = Call::of(&request, &body);
                let answer = answering.lock().unwrap()(&call.texts);
                calls.lock().unwrap().push(call);
                async move { answer }
            };
            App::new()
                .app_data(web::PayloadConfig::new(16 << 20))
                .default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            calls,
            answering,
            server: handle,
        }
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: impl Fn(&[String]) -> HttpResponse + Send + 'static) {
        *self.answering.lock().unwrap() = Box::new(answer);
    }

    /// Returns the environment with this encoder configured.
    pub fn set_in(&self, environment: Environment) -> Environment {
        let url = format!("http://{}/v1/embeddings", self.address);
        environment
            .with("MATCHING__ENCODER__URL", &url)
            .with("MATCHING__ENCODER__MODEL", MODEL)
            .with("MATCHING__ENCODER__API_KEY", API_KEY)
            .with("MATCHING__ENCODER__UNRELATED_COSINE", "0.5")
    }

    /// The calls until now.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The texts of all calls until now.
    pub fn texts(&self) -> Vec<String> {
        self.calls()
            .into_iter()
            .flat_map(|call| call.texts)
            .collect()
    }
}

impl Call {
    fn of(request: &HttpRequest, body: &[u8]) -> Self {
        let question: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(question["encoding_format"], "float");
        let header = |name| {
            let value = request.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        Self {
            authorization: header("authorization").unwrap_or_default(),
            model: question["model"].as_str().unwrap().to_owned(),
            texts: serde_json::from_value(question["input"].clone()).unwrap(),
        }
    }
}

impl Drop for EncoderServer {
    fn drop(&mut self) {
        // Begins the stop; nobody needs its end.
        drop(self.server.stop(false));
    }
}

/// A vector for each text, the last one first.
pub fn vectors(texts: &[String]) -> HttpResponse {
    let data: Vec<Value> = (texts.iter().enumerate().rev())
        .map(|(index, text)| {
            let vector = [
                1.0,
                0.5,
                1.0 / f64::from(u32::try_from(text.len()).unwrap()),
            ];
            json!({"object": "embedding", "index": index, "embedding": vector})
        })
        .collect();
    HttpResponse::Ok().json(json!({"object": "list", "model": "x", "data": data}))
}
