"""Judging through the API as fast as clients can: a closed loop without thinking time.

    script/bench judging [--comparisons 1000 …] [--clients 16 …] [--seconds 15]
                         [--database postgres sqlite] [--judged 0.9]

Each client is an annotator of its own with a token. It asks for a comparison once, then sends
judgements, each answered with the next comparison: one request is one judgement. The server is
gunicorn as `script/server` starts it: four processes on PostgreSQL, one with threads on SQLite.
Milliseconds are those of `POST judgements/`. Afterwards the database is compared with what the
clients were told: `errors` counts refused or failed requests and acknowledged judgements that are
not stored. It needs Linux, for `/proc`. Ends with one JSON object.
"""

import argparse
import http.client
import json
import os
import platform
import random
import statistics
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from script.benchmarks._fresh import in_a_fresh_process, set_up_django  # noqa: E402
from script.benchmarks._server import cpu_seconds, memory_mib, server  # noqa: E402

OVERLAP = 3
BATCH = 5_000
WARM_UP_SECONDS = 1.0
PROMPT, ANSWER = "Why is the sky blue? " * 15, "Because of the way light is scattered. " * 20


@dataclass
class Client:
    """One annotator at work, and what the server told them."""

    address: str
    slug: str
    token: str
    seed: int
    milliseconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # judgement ids
    n_errors: int = 0
    ended_at: float = 0.0

    def work(self, *, until: float, measure_from: float) -> None:
        chance = random.Random(self.seed)
        parts = urlsplit(self.address)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        status, held = self.post("next/", {})
        while status == 200 and held and time.monotonic() < until:
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


def main() -> None:
    options = arguments()
    if options.run:
        print(json.dumps(run(json.loads(options.run))))
        return
    runs = []
    for database in options.database:
        for n_comparisons in options.comparisons:
            for n_clients in options.clients:
                plan = {
                    "database": database,
                    "comparisons": n_comparisons,
                    "clients": n_clients,
                    "judged": options.judged,
                    "seconds": options.seconds,
                }
                print(f"{plan}", file=sys.stderr)
                runs.append(in_a_fresh_process(__file__, plan))
                print(f"  {runs[-1]}", file=sys.stderr)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "overlap": OVERLAP}
    print(json.dumps({"bench": "judging", **machine, "runs": runs}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark judging through the API.")
    parser.add_argument("--comparisons", type=int, nargs="+", default=[1000])
    parser.add_argument("--clients", type=int, nargs="+", default=[16])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument(
        "--database", nargs="+", choices=["postgres", "sqlite"], default=["postgres", "sqlite"]
    )
    parser.add_argument(
        "--judged", type=float, default=0.0, help="Share of the comparisons that are done already."
    )
    parser.add_argument("--run", help=argparse.SUPPRESS)  # one plan, in a process of its own
    return parser.parse_args()


def run(plan: dict) -> dict:
    """One measurement, on a database of its own."""
    set_up_django()
    from django.db import connection

    slug, tokens = prepare(plan["comparisons"], plan["clients"], plan["judged"])
    connection.close()
    with server(plan["database"]) as (address, process):
        clients = [
            Client(address=address, slug=slug, token=token, seed=seed)
            for seed, token in enumerate(tokens)
        ]
        cpu_before = cpu_seconds(process.pid)
        seconds = drive(clients, plan["seconds"])
        cpu = cpu_seconds(process.pid) - cpu_before
        memory = memory_mib(process.pid)
    n_acknowledged = sum(len(client.acknowledged) for client in clients)
    milliseconds = sorted(one for client in clients for one in client.milliseconds)
    n_missing, duplicates, over_collected = check(clients)
    return {
        "database": plan["database"],
        "clients": plan["clients"],
        "comparisons": plan["comparisons"],
        "judged": plan["judged"],
        "judgements": len(milliseconds),
        "judgements_per_s": round(len(milliseconds) / seconds, 1),
        **percentiles(milliseconds),
        "duplicates": duplicates,
        "over_collected": over_collected,
        "errors": sum(client.n_errors for client in clients) + n_missing,
        "server_cpu_ms_per_judgement": round(1000 * cpu / max(1, n_acknowledged), 1),
        "server_memory_mib": memory,
        "load_average": round(os.getloadavg()[0], 1),
    }


def prepare(n_comparisons: int, n_clients: int, judged: float) -> tuple[str, list[str]]:
    """A project with its comparisons, and a member with a token for each client."""
    from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
    from annotate.judging.protocols.versions import add_version
    from annotate.models import Comparison, Completion, Project, Prompt, Role
    from annotate.people.members import add_member, create_user, issue_token

    project = Project.objects.create(slug="bench", name="Bench", overlap=OVERLAP)
    add_version(project, PRESETS[USUAL_PRESET].declaration)
    for start in range(0, n_comparisons, BATCH):
        numbers = range(start, min(start + BATCH, n_comparisons))
        prompts = Prompt.objects.bulk_create(
            Prompt(
                project=project,
                messages=[{"role": "user", "content": f"{number}: {PROMPT}"}],
                digest=f"{number:064}",
            )
            for number in numbers
        )
        pairs = []
        for prompt in prompts:
            ids = sorted([uuid.uuid4(), uuid.uuid4()])
            pairs += [
                Completion(
                    prompt=prompt,
                    public_id=ids[side],
                    text=f"{side}: {ANSWER}",
                    digest=f"{side:064}",
                )
                for side in (0, 1)
            ]
        Completion.objects.bulk_create(pairs)
        comparisons = Comparison.objects.bulk_create(
            Comparison(
                project=project, prompt=first.prompt, first=first, second=second, wanted=OVERLAP
            )
            for first, second in zip(pairs[::2], pairs[1::2], strict=True)
        )
        judge_all(project, comparisons[: round(judged * len(comparisons))])
    analyze()
    tokens = []
    for number in range(n_clients):
        user = create_user(username=f"client-{number}")
        add_member(project=project, user=user, role=Role.ANNOTATOR)
        tokens.append(issue_token(user=user, name="bench")[1])
    return project.slug, tokens


def judge_all(project, comparisons) -> None:
    """What earlier people have judged, by rows alone."""
    from annotate.models import Annotator, AnnotatorKind, Comparison, Judgement

    judges = list(Annotator.objects.filter(kind=AnnotatorKind.IMPORTED)) or [
        Annotator.objects.create(kind=AnnotatorKind.IMPORTED) for _number in range(OVERLAP)
    ]
    Judgement.objects.bulk_create(
        Judgement(
            project=project,
            comparison=comparison,
            annotator=judge,
            verdict="first",
            guidelines_version=1,
            key=f"before:{comparison.pk}",
        )
        for comparison in comparisons
        for judge in judges
    )
    Comparison.objects.filter(pk__in=[comparison.pk for comparison in comparisons]).update(
        n_counted=OVERLAP, n_first=OVERLAP
    )


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def drive(clients: list[Client], seconds: float) -> float:
    """Let all clients work; for how many seconds after the warm-up they did."""
    measure_from = time.monotonic() + WARM_UP_SECONDS
    until = measure_from + seconds
    threads = [
        threading.Thread(
            target=client.work, kwargs={"until": until, "measure_from": measure_from}, daemon=True
        )
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended_at = max((client.ended_at for client in clients), default=until)
    return max(0.001, ended_at - measure_from)


def check(clients: list[Client]) -> tuple[int, int, int]:
    """Acknowledged but not stored; judged twice; counted, or more taken than counters say."""
    from django.db.models import Count, F, Q

    from annotate.models import Comparison, Judgement

    stored = {str(one) for one in Judgement.objects.values_list("public_id", flat=True)}
    n_missing = sum(one not in stored for client in clients for one in client.acknowledged)
    live = Judgement.objects.filter(withdrawn_at=None)
    duplicates = live.values("annotator", "comparison").annotate(n=Count("pk")).filter(n__gt=1)
    counted = Q(judgements__withdrawn_at=None, judgements__is_counted=True)
    over_collected = Comparison.objects.annotate(
        n=Count("judgements", filter=counted), n_all=Count("judgements")
    ).filter(Q(n__gt=F("wanted")) | Q(n_all__gt=F("wanted")) | ~Q(n=F("n_counted")))
    return n_missing, duplicates.count(), over_collected.count()


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    if len(milliseconds) < 2:
        return {"p50_ms": 0.0, "p95_ms": 0.0, "p99_ms": 0.0}
    cuts = statistics.quantiles(milliseconds, n=100)
    return {f"p{share}_ms": round(cuts[share - 1], 1) for share in (50, 95, 99)}


if __name__ == "__main__":
    main()
