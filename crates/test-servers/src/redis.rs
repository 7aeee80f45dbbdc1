//! A Redis server that can be stopped and started again.

use tempfile::TempDir;
use tokio::process::Child;

use crate::{
    commands::{self, free_port},
    polling::poll,
    process::{PATIENCE, spawn},
};

/// A Redis server without persistence: it loses all data whenever it ends.
pub struct RedisServer {
    running: Option<Child>,
    folder: TempDir,
    port: u16,
    settings: &'static [&'static str],
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with these arguments.
    pub async fn start_with(settings: &'static [&'static str]) -> Self {
        let mut redis = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            running: None,
            settings,
        };
        redis.restart().await;
        redis
    }

    /// Returns its host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Returns the id of its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().and_then(Child::id).unwrap()
    }

    /// Starts it again, empty.
    pub async fn restart(&mut self) {
        let mut command = commands::redis(self.folder.path(), self.port);
        command.args(self.settings);
        self.running = Some(spawn(command));
        let look = async || {
            let answer = self.try_call::<String>(&["PING"]).await;
            answer.map_err(|error| error.to_string())
        };
        poll(PATIENCE, look).await.expect("Redis does not start");
    }

    /// Waits until its process ends.
    pub async fn ended(&mut self) {
        let running = self.running.as_mut().unwrap();
        running.wait().await.unwrap();
    }

    /// Stops it by SIGKILL.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().kill().await.unwrap();
    }

    /// Runs one command, given as separate words.
    pub async fn call<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_call(words).await.unwrap()
    }

    async fn try_call<T: redis::FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        command.query_async(&mut connection).await
    }

    /// Ends every connection that clients have.
    pub async fn kill_clients(&self) {
        for kind in ["normal", "pubsub"] {
            let _: redis::Value = self
                .call(&["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"])
                .await;
        }
    }
}
