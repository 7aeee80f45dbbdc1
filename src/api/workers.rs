//! `/api/v1/workers`: the running processes of the service.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiState, names::FullQueueName, problem::Problem};
use crate::domain::{
    event::format_timestamp,
    process::{Process, ProcessRole, ProcessState, RunningProcess},
    queue_name::QueueName,
};

/// One running process.
#[derive(Serialize, ToSchema)]
pub struct WorkerAnswer {
    /// The id of this run; `worker` of its attempts begins with it.
    id: String,
    /// The command: `serve` or `work`.
    #[schema(value_type = ProcessRole)]
    role: &'static str,
    /// The queues whose pools it runs; empty for `serve --no-workers`.
    #[schema(value_type = Vec<FullQueueName>)]
    queues: Vec<&'static str>,
    /// Those of `queues` whose pools were down at its last sign of life.
    #[schema(value_type = Vec<FullQueueName>)]
    queues_down: Vec<&'static str>,
    /// Dependencies that it could not use at its last sign of life: `database`, `queues` or
    /// `documents`, each with the error.
    faults: BTreeMap<String, String>,
    /// The version of the program.
    version: String,
    /// The name of its machine or container.
    host: String,
    /// Its number on that machine.
    process_id: u32,
    /// The time of its start.
    #[schema(format = DateTime)]
    started_at: String,
    /// The time of its last sign of life, which comes every five seconds.
    #[schema(format = DateTime)]
    seen_at: String,
}

impl From<RunningProcess> for WorkerAnswer {
    fn from(running: RunningProcess) -> Self {
        let names = |queues: Vec<QueueName>| queues.into_iter().map(QueueName::as_str).collect();
        let Process {
            id,
            role,
            queues,
            version,
            host,
            system_id,
        } = running.process;
        let ProcessState {
            queues_down,
            faults,
        } = running.state;
        Self {
            id: id.to_string(),
            role: role.as_str(),
            queues: names(queues),
            queues_down: names(queues_down),
            faults,
            version,
            host,
            process_id: system_id,
            started_at: format_timestamp(running.started_at),
            seen_at: format_timestamp(running.seen_at),
        }
    }
}

/// Lists the processes that showed a sign of life within the last 30 seconds, oldest first.
#[utoipa::path(operation_id = "list_workers", tag = "operations", responses((status = 200, body = [WorkerAnswer], description = "the processes")))]
#[get("/api/v1/workers")]
pub(super) async fn all(state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let processes = Arc::clone(&state.processes);
    let running = state
        .run(async move { Ok(processes.running().await?) })
        .await?;
    let answers = running.into_iter().map(WorkerAnswer::from);
    Ok(HttpResponse::Ok().json(answers.collect::<Vec<_>>()))
}
