"""Annotators at work through the API, each with a token and a connection of their own."""

import http.client
import json
import random
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WARM_UP_SECONDS = 1.0


@dataclass
class Client:
    """One annotator at work, and what the server told them."""

    address: str
    slug: str
    token: str
    seed: int
    think_seconds: float = 0.0  # on average, between an answer and the next judgement
    milliseconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # judgement ids
    n_errors: int = 0
    ended_at: float = 0.0

    def work(self, *, is_over: Callable[[], bool], measure_from: float) -> None:
        chance = random.Random(self.seed)
        parts = urlsplit(self.address)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        status, held = self.post("next/", {})
        while status == 200 and held and not is_over():
            if self.think_seconds:
                time.sleep(chance.expovariate(1 / self.think_seconds))
            body = {
                "lease": held["lease"]["id"],
                "verdict": chance.choice(["left", "right", "tie", "both_bad"]),
                "key": uuid.UUID(int=chance.getrandbits(128)).hex,
            }
            started = time.monotonic()
            answered, answer = self.post("judgements/", body)
            self.ended_at = time.monotonic()
            if answered != 201:
                self.n_errors += 1
                status, held = self.post("next/", {})
                continue
            self.acknowledged.append(answer["judgement"]["id"])
            if started >= measure_from:
                self.milliseconds.append(1000 * (self.ended_at - started))
            held = answer["next"]
        self.connection.close()

    def post(self, path: str, body: dict) -> tuple[int, dict | None]:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        try:
            self.connection.request(
                "POST", f"/api/v1/projects/{self.slug}/{path}", json.dumps(body), headers
            )
            response = self.connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if content else None
        except (OSError, http.client.HTTPException):
            self.n_errors += 1
            self.connection.close()
            return 0, None


def drive(
    clients: list[Client], seconds: float, *, beside: Callable[[], None] | None = None
) -> float:
    """Let all clients work; for how many seconds after the warm-up they did.

    Args:
        beside: what runs meanwhile, from the end of the warm-up on; they work until it has ended.
    """
    measure_from = time.monotonic() + WARM_UP_SECONDS
    until = measure_from + seconds
    is_done = threading.Event()
    threads = [
        threading.Thread(
            target=client.work,
            kwargs={
                "is_over": lambda: time.monotonic() >= until and is_done.is_set(),
                "measure_from": measure_from,
            },
            daemon=True,
        )
        for client in clients
    ]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_SECONDS)
    if beside is not None:
        beside()
    is_done.set()
    for thread in threads:
        thread.join()
    ended_at = max((client.ended_at for client in clients), default=until)
    return max(0.001, ended_at - measure_from)


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    if len(milliseconds) < 2:
        return {"p50_ms": 0.0, "p95_ms": 0.0, "p99_ms": 0.0, "longest_ms": 0.0}
    cuts = statistics.quantiles(milliseconds, n=100)
    shares = {f"p{share}_ms": round(cuts[share - 1], 1) for share in (50, 95, 99)}
    return {**shares, "longest_ms": round(max(milliseconds), 1)}
