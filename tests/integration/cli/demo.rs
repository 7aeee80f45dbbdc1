//! The demo, as a new user runs it.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{api::Api, environment::Environment};

#[tokio::test]
async fn the_demo_completes_a_job_and_its_printed_commands_work() {
    let environment = Environment::embedded();
    let mut child = environment
        .command(&["demo", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let ready = line.starts_with("Ready.");
        printed.push(line);
        if ready {
            break;
        }
    }
    let text = printed.join("\n");
    assert!(
        text.contains("webhook received, both signatures valid: batch.completed"),
        "{text}"
    );
    let commands: Vec<&str> = printed
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert!(commands.len() >= 6, "{text}");
    let mut followed = 0;
    for command in commands {
        // Only GET requests; the others have a body on the next line.
        if command.ends_with('\\') {
            continue;
        }
        let url = command
            .split_whitespace()
            .last()
            .unwrap()
            .trim_matches('\'');
        let (base, path) = url.split_at(url.find("/api").or(url.find("/readyz")).unwrap());
        let answer = Api::new(base.to_owned()).get(path).await;
        assert_eq!(answer.status, 200, "{command}: {}", answer.text);
        followed += 1;
    }
    assert!(followed >= 4);

    let id = child.id().unwrap().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    assert!(sent.success());
    assert!(child.wait().await.unwrap().success());
}
