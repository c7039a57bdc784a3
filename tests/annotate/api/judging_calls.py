"""The two requests of which judging by the API is made."""

import json
import uuid


def next_of(client, **body):
    return client.post("/api/v1/projects/helpful/next/", body, format="json")


def judge(client, lease: str, verdict: str = "left", **fields):
    body = {"lease": lease, "verdict": verdict, "key": uuid.uuid4().hex, **fields}
    return client.post(
        "/api/v1/projects/helpful/judgements/",
        json.dumps(body),  # which escapes what cannot be encoded, as some clients do
        content_type="application/json",
    )
