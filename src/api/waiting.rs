//! `Prefer: wait=N` (RFC 7240): answers a call about a job as soon as it has ended, or with its
//! state after N seconds.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    http::header::{HeaderMap, HeaderName},
};
use utoipa::IntoParams;

use super::{ApiState, problem::Problem};
use crate::domain::{identifiers::JobId, progress::JobView};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Headers of a call that can wait. Documentation only: an unreadable preference is ignored, as
/// RFC 7240 demands.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by `preferred_wait`")]
pub struct WaitHeaders {
    /// `wait=N` answers as soon as the job has ended, or after N seconds, at most
    /// `http.longest_wait_seconds`.
    #[param(rename = "Prefer", example = "wait=30")]
    prefer: Option<String>,
    /// An `ETag` of an earlier answer: 304 without a body if the answer is still the same.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// A job after a preferred wait.
pub(super) struct Waited {
    pub(super) job: JobView,
    applied: Option<Duration>,
}

impl Waited {
    /// States the wait that was applied.
    pub(super) fn describe(&self, response: &mut HttpResponseBuilder) {
        if let Some(wait) = self.applied {
            let applied = format!("wait={}", wait.as_secs());
            response.insert_header((PREFERENCE_APPLIED, applied));
        }
    }
}

/// Reads a job; if the caller prefers to wait and the job has not ended, waits for its end first.
pub(super) async fn read_job(
    state: &ApiState,
    request: &HttpRequest,
    id: JobId,
) -> Result<Waited, Problem> {
    let longest = state.settings.longest_wait;
    let applied = preferred_wait(request.headers()).map(|wait| wait.min(longest));
    // Before the first look: from then on no change is missed.
    let watch = match applied {
        Some(wait) if !wait.is_zero() => Some((wait, state.watcher.job(&id)?)),
        _ => None,
    };
    let jobs = Arc::clone(&state.jobs);
    let mut job = state.run(async move { Ok(jobs.job(&id).await?) }).await?;
    if let Some((wait, watch)) = watch
        && !job.state.is_final()
        && let Some(last) = watch.until_ended(wait).await
    {
        job = last.view.clone();
    }
    Ok(Waited { job, applied })
}

/// Returns the wait of the first `wait` preference. Unreadable ones are ignored.
fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(PREFER);
    let preferences = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut waits = preferences.filter_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let is_wait = name.trim().eq_ignore_ascii_case("wait");
        is_wait.then(|| value.trim().trim_matches('"'))
    });
    let seconds = waits.next()?;
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(seconds.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_first_wait_preference_counts_and_unreadable_ones_are_ignored() {
        for (lines, expected) in [
            (&["wait=10"][..], Some(10)),
            (&["respond-async, Wait = \"7\"; x=y"], Some(7)),
            (&["respond-async", "wait=3, wait=9"], Some(3)),
            (&["wait=99999999999999999999999"], Some(u64::MAX)),
            (&["wait=0"], Some(0)),
            (&["wait"], None),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["wait="], None),
            (&["waiting=5"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(PREFER, HeaderValue::from_static(line));
            }
            let expected = expected.map(Duration::from_secs);
            assert_eq!(preferred_wait(&headers), expected, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn a_wait_is_one_that_the_header_states(preference in "(wait|Wait|x|=|;|,|\"| |[0-9]{1,25}|-){0,9}") {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, HeaderValue::from_str(&preference).unwrap());
            if let Some(wait) = preferred_wait(&headers) {
                let seconds = wait.as_secs();
                prop_assert!(seconds == u64::MAX || preference.contains(&seconds.to_string()));
            }
        }
    }
}
