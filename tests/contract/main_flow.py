"""Runs the main flow with a generated Python client: stores two profiles, queues their match, waits
for it and reads the result.

    python main_flow.py BASE_URL    with `matching_client` on the path
"""

import sys
import time

from matching_client import Client
from matching_client.api.matching import get_job_result, get_job_status, submit_match
from matching_client.api.profiles import get_candidate, put_candidate, put_job_posting
from matching_client.models import (
    Candidate,
    JobPosting,
    MatchBody,
    ProblemDocument,
    SubmitMatchPriority,
)

DEADLINE_SECONDS = 60

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)

candidate = Candidate.from_dict(
    {"title": "Backend developer", "skills": ["Rust", {"name": "SQL", "years": 6}]}
)
stored = put_candidate.sync(id=4711, client=client, body=candidate)
assert stored.id == 4711, stored
assert stored.warnings == [], stored

posting = JobPosting.from_dict(
    {"title": "Rust developer", "required_skills": ["Rust"], "experience_years": {"min": 2}}
)
put_job_posting.sync(id=4712, client=client, body=posting)

queued = submit_match.sync(
    client=client, body=MatchBody(candidate_id=4711, job_id=4712), priority=SubmitMatchPriority.HIGH
)
deadline = time.monotonic() + DEADLINE_SECONDS
while True:
    status = get_job_status.sync(queued.job_id, client=client)
    if status.status in ("completed", "failed", "cancelled"):
        break
    assert time.monotonic() < deadline, status
    time.sleep(0.05)
assert status.status == "completed", status

answer = get_job_result.sync(queued.job_id, client=client)
result = answer.result
assert result.candidate_id == 4711 and result.job_posting_id == 4712, result
assert 0 <= result.score <= 1, result.score
assert result.criteria.skills.score == 1.0, result.criteria.skills

missing = get_candidate.sync(id=4713, client=client)
assert isinstance(missing, ProblemDocument) and missing.code == "not_found", missing

print(f"the generated client stored, queued and read a result: {result.score}")
