"""What the service is compared with: the same calls by FastAPI and RQ, as one would tune them.

Without checks, retries, idempotency, explanations in words or webhooks: all that is left out here
makes it faster. `uvicorn peer:app --workers 2` serves, `python peer.py` is one in-process worker.
"""

import json
import os
from uuid import uuid4

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from psycopg_pool import ConnectionPool
from pydantic import BaseModel
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job

QUEUES = {
    name: Queue(f"matching_{name}", connection=Redis.from_url(os.environ["REDIS_URL"]))
    for name in ("high", "standard", "bulk")
}
REDIS = QUEUES["high"].connection
# Without a transaction around them two statements need one commit.
POOL = ConnectionPool(
    os.environ["DATABASE_URL"], min_size=1, max_size=4, kwargs={"autocommit": True}
)
KEPT = {"result_ttl": 3600, "description": "match"}  # a description of one's own saves RQ a repr

app = FastAPI()


class One(BaseModel):
    candidate_id: int
    job_id: int


class Many(BaseModel):
    candidate_id: int
    job_ids: list[int]


# `async` though RQ blocks: a thread for each call costs more than Redis takes to answer.
@app.post("/api/v1/queue-matching")
async def queue_matching(body: One, priority: str = "standard"):
    arguments = (body.candidate_id, body.job_id)
    job = QUEUES[priority].enqueue_call(match, arguments, **KEPT)
    return JSONResponse({"job_id": job.id, "status": "queued", "queue": priority}, 202)


@app.post("/api/v1/queue-matching/bulk")
async def queue_bulk(body: Many, priority: str = "bulk"):
    ids = [str(uuid4()) for _ in body.job_ids]
    QUEUES[priority].enqueue_many(
        Queue.prepare_data(match, (body.candidate_id, posting), job_id=job_id, **KEPT)
        for job_id, posting in zip(ids, body.job_ids)
    )
    return JSONResponse([{"job_id": i, "status": "queued", "queue": priority} for i in ids], 202)


@app.get("/api/v1/status/{job_id}")
async def status(job_id: str):
    state = REDIS.hget(Job.key_for(job_id), "status")  # RQ itself would read all fields
    found = {"job_id": job_id, "status": state and state.decode()}
    return JSONResponse(found, 200 if state else 404)


@app.get("/api/v1/result/{job_id}")
async def result(job_id: str):
    job = Job.fetch(job_id, connection=REDIS)
    with POOL.connection() as connection:
        row = connection.execute(
            "SELECT document FROM results WHERE candidate_id = %s AND job_posting_id = %s", job.args
        ).fetchone()
    state = job.get_status(refresh=False)
    return {"job_id": job_id, "status": state, "result": row and json.loads(row[0])}


def names(skills):
    skills = skills.split(",") if isinstance(skills, str) else skills or []
    return {(s if isinstance(s, str) else s["name"]).strip().lower() for s in skills}


def match(candidate_id, job_id):
    with POOL.connection() as connection:
        candidate, posting = connection.execute(
            "SELECT (SELECT document FROM candidates WHERE id = %s),"
            " (SELECT document FROM job_postings WHERE id = %s)",
            (candidate_id, job_id),
        ).fetchone()
        score, document = assess(json.loads(candidate), json.loads(posting))
        category = "good" if score >= 0.7 else "moderate" if score >= 0.5 else "weak"
        connection.execute(
            "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document)"
            " VALUES (%s, %s, %s, %s, '', %s) ON CONFLICT (candidate_id, job_posting_id)"
            " DO UPDATE SET score = excluded.score, category = excluded.category,"
            " document = excluded.document, computed_at = now()",
            (candidate_id, job_id, score, category, document),
        )


def assess(candidate, posting):
    held, asked = names(candidate.get("skills")), names(posting.get("required_skills"))
    skills = len(held & asked) / len(asked) if asked else 0.5
    least = (posting.get("experience_years") or {}).get("min") or 0
    years = min(1.0, (candidate.get("experience_years") or 0) / least) if least else 1.0
    said, sought = ((p.get("title") or "").lower().split() for p in (candidate, posting))
    title = len(set(said) & set(sought)) / max(1, len(set(sought)))
    score = round(0.5 * skills + 0.2 * years + 0.3 * title, 4)
    criteria = {
        "skills": {"score": skills, "matched": sorted(held & asked), "missing": sorted(asked - held)},
        "experience": {"score": years},
        "title": {"score": title},
    }
    return score, json.dumps({"score": score, "criteria": criteria})


if __name__ == "__main__":
    from peer import match  # noqa: F811  the name under which RQ finds it

    SimpleWorker(list(QUEUES.values()), connection=REDIS).work(logging_level="WARNING")
