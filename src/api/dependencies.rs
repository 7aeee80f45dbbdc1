//! `POST /api/v1/dependencies/{id}`: reports that work outside this service, such as parsing a CV,
//! has ended.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path, Payload},
};
use deserr::{Deserr, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    faults::{Faults, InBody, InPath},
    fields::Field,
    problem::{Problem, ProblemDocument},
    reading::{Fields, all, read_body},
};
use crate::domain::{dependency::DependencyOutcome, identifiers::WorkId};

/// The maximum length of an id of outside work, in characters.
const DEPENDENCY_ID_LIMIT: usize = 255;

/// The end of outside work.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"status": "completed"}))]
pub struct DependencyBody {
    /// The outcome of the outside work.
    #[deserr(missing_field_error = DependencyOutcome::missing)]
    status: DependencyOutcome,
}

impl Fields<InBody> for DependencyBody {}

/// The report as it is recorded.
#[derive(Serialize, ToSchema)]
pub struct DependencyAnswer {
    /// The outside work's id.
    dependency_id: String,
    /// The outcome that this call reported.
    #[schema(value_type = DependencyOutcome)]
    status: &'static str,
    /// False if the same outcome had been reported before.
    recorded: bool,
}

/// Reports the end of outside work. Jobs that wait for it run or fail now; jobs that name it later
/// do so at once. Repeating the same report is allowed.
#[utoipa::path(operation_id = "report_dependency", tag = "matching", request_body = DependencyBody,
    responses((status = 200, body = DependencyAnswer, description = "recorded, now or before"),
        (status = 409, body = ProblemDocument, description = "the opposite was reported before, or the id is a job or batch of this service")))]
#[post("/api/v1/dependencies/{id}")]
pub(super) async fn report(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_body::<DependencyBody>(&request, payload, &state).await?;
    let id = read_id(id.into_inner()).map_err(Vec::from);
    let (id, body, ()) = all(id, body, Ok(()))?;
    let (dependency_id, outcome) = (id.to_string(), body.status);
    let dependencies = Arc::clone(&state.dependencies);
    let recorded = state
        .run(async move { Ok(dependencies.report(&id, outcome).await?) })
        .await?;
    let status = outcome.as_str();
    Ok(HttpResponse::Ok().json(DependencyAnswer {
        dependency_id,
        status,
        recorded,
    }))
}

/// Reads the id of outside work from the path.
fn read_id(id: String) -> Result<WorkId, Faults<InPath>> {
    let length = id.chars().count();
    let id = WorkId::try_from(id).ok();
    id.filter(|_| length <= DEPENDENCY_ID_LIMIT).ok_or_else(|| {
        let rule = format!("an id has 1 to {DEPENDENCY_ID_LIMIT} characters, none of them control");
        let location = ValuePointerRef::Origin.push_key("id");
        Faults::at(location, "malformed", rule)
    })
}
