"""Judging through the API as fast as clients can: a closed loop without thinking time.

    script/bench judging [--comparisons 1000 …] [--clients 16 …] [--seconds 15] [--repeats 1]
                         [--database postgres sqlite] [--judged 0.9]
                         [--importing 20000] [--think 0.5] [--quality]

Each client is an annotator of its own with a token. It asks for a comparison once, then sends
judgements, each answered with the next comparison: one request is one judgement. The server is
gunicorn as `script/server` starts it: a process for each core on PostgreSQL, one on SQLite.
Milliseconds are those of `POST judgements/`. Afterwards the database is compared with what the
clients were told: `errors` counts refused or failed requests and acknowledged judgements that are
not stored.

Projects of several sizes stand beside one another, each in a database that is filled once, and are
measured in turn, as often as `--repeats` says. `growth` is the largest size's median to the
smallest's: of the milliseconds, and of the processor time of server and database for a judgement,
which other work on the machine lengthens less.

`--importing` brings so many comparisons into the same project while people judge, by a process of
its own as a worker is one, and measures what is sent meanwhile; beside it stands the same without
an import. `delay_p99_ms` is the difference. With `--think`, clients wait between judgements, on
average so many seconds: else they alone take the whole machine.

`--quality` measures each twice: with all that is done for quality off, and on (one comparison in 10
gold, one in 20 a silent repeat, and people looked after). `quality_cost` is the median of the
second to that of the first.

It needs Linux, for `/proc`. Ends with one JSON object.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from script.benchmarks import _judging_project as project  # noqa: E402
from script.benchmarks._fresh import fresh_database, in_a_process, set_up_django  # noqa: E402
from script.benchmarks._judging_clients import Client, drive, percentiles  # noqa: E402
from script.benchmarks._numbers import not_negative, positive, share, whole  # noqa: E402
from script.benchmarks._server import (  # noqa: E402
    cpu_seconds,
    memory_mib,
    postgres_pid,
    server,
)

COMPARED = ("p50_ms", "p95_ms", "cpu_ms_per_judgement")


def main() -> None:
    options = arguments()
    if options.run:
        print(json.dumps(run(json.loads(options.run))))
        return
    runs = [one for database in options.database for one in runs_on(database, options)]
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    print(
        json.dumps(
            {
                "bench": "judging",
                **machine,
                "overlap": project.OVERLAP,
                "growth": growth(runs),
                "delay_p99_ms": delays(runs),
                "quality_cost": quality_cost(runs),
                "runs": runs,
            }
        )
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark judging through the API.")
    parser.add_argument("--comparisons", type=whole(), nargs="+", default=[1000])
    parser.add_argument("--clients", type=whole(), nargs="+", default=[16])
    parser.add_argument("--seconds", type=positive, default=15.0)
    parser.add_argument("--repeats", type=whole(), default=1)
    parser.add_argument(
        "--database", nargs="+", choices=["postgres", "sqlite"], default=["postgres", "sqlite"]
    )
    parser.add_argument(
        "--judged", type=share, default=0.0, help="Share of the comparisons that are done already."
    )
    parser.add_argument(
        "--importing", type=whole(0), default=0, help="Comparisons that are imported meanwhile."
    )
    parser.add_argument(
        "--think", type=not_negative, default=0.0, help="Seconds between judgements."
    )
    parser.add_argument(
        "--quality", action="store_true", help="Also with gold, repeats and standings."
    )
    parser.add_argument("--run", help=argparse.SUPPRESS)  # one plan, in a process of its own
    return parser.parse_args()


def runs_on(database: str, options: argparse.Namespace) -> list[dict]:
    """Every size, number of clients and way in turn, as often as asked."""
    runs = []
    with ExitStack() as stack:
        places = {n: stack.enter_context(fresh_database(database)) for n in options.comparisons}
        for _repeat in range(options.repeats):
            for n_comparisons in options.comparisons:
                for n_clients in options.clients:
                    for n_imported, has_quality in ways(options):
                        plan = {
                            "database": database,
                            "comparisons": n_comparisons,
                            "clients": n_clients,
                            "judged": options.judged,
                            "seconds": options.seconds,
                            "think": options.think,
                            "importing": n_imported,
                            "quality": has_quality,
                        }
                        print(f"{plan}", file=sys.stderr)
                        runs.append(in_a_process(__file__, plan, places[n_comparisons]))
                        print(f"  {runs[-1]}", file=sys.stderr)
    return runs


def ways(options: argparse.Namespace) -> list[tuple[int, bool]]:
    """How many are imported meanwhile, and whether anything is done for quality."""
    found = [(0, False)]
    if options.importing:
        found.append((options.importing, False))
    if options.quality:
        found.append((0, True))
    return found


def run(plan: dict) -> dict:
    """One measurement, in a database that is filled when the first comes to it."""
    set_up_django()
    from django.db import connection

    started = time.monotonic()
    project.fill(plan["comparisons"], plan["judged"])
    print(f"  filled in {time.monotonic() - started:.0f} s", file=sys.stderr)
    project.look_after_quality(is_on=plan["quality"])
    tokens = project.tokens_of_new_members(plan["clients"])
    database_pid = postgres_pid() if plan["database"] == "postgres" else None
    imported = Imported(plan["importing"]) if plan["importing"] else None
    connection.close()
    with server() as (address, process):
        clients = [
            Client(address, project.SLUG, token, seed, think_seconds=plan["think"])
            for seed, token in enumerate(tokens)
        ]
        before = cpu_seconds(process.pid), database_pid and cpu_seconds(database_pid)
        seconds = drive(clients, plan["seconds"], beside=imported and imported.bring_in)
        cpu = cpu_seconds(process.pid) - before[0]
        of_database = database_pid and cpu_seconds(database_pid) - before[1]
        memory = memory_mib(process.pid)
    n_acknowledged = max(1, sum(len(client.acknowledged) for client in clients))
    milliseconds = sorted(one for client in clients for one in client.milliseconds)
    n_missing, duplicates, over_collected = project.check(clients)
    return {
        **{name: plan[name] for name in ("database", "clients", "comparisons", "judged", "think")},
        "judgements": len(milliseconds),
        "judgements_per_s": round(len(milliseconds) / seconds, 1),
        **percentiles(milliseconds),
        "duplicates": duplicates,
        "over_collected": over_collected,
        "errors": sum(client.n_errors for client in clients) + n_missing,
        "server_cpu_ms_per_judgement": round(1000 * cpu / n_acknowledged, 2),
        "cpu_ms_per_judgement": round(1000 * (cpu + (of_database or 0)) / n_acknowledged, 2),
        "server_memory_mib": memory,
        "importing": plan["importing"],
        "quality": plan["quality"],
        "import_seconds": imported and imported.seconds,
        "load_average": round(os.getloadavg()[0], 1),
    }


class Imported:
    """A file of new comparisons, brought into the project by a process of its own."""

    def __init__(self, n: int) -> None:
        from script.benchmarks import transfer

        self.seconds = 0.0
        new = random.randrange(10**12)  # prompts that no file had before
        self._file = transfer.write_rows("beside.jsonl", n, with_votes=False, start=new)

    def bring_in(self) -> None:
        started = time.monotonic()
        command = [sys.executable, str(Path(__file__).with_name("_import_beside.py"))]
        subprocess.run([*command, project.SLUG, str(self._file)], check=True, cwd=ROOT)
        self.seconds = round(time.monotonic() - started, 2)


def growth(runs: list[dict]) -> dict:
    """The largest size's medians to the smallest's, by database and number of clients."""
    sizes = sorted({run["comparisons"] for run in runs})
    if len(sizes) < 2:
        return {}
    found: dict = defaultdict(dict)
    for run in runs:
        alike = [
            one
            for one in runs
            if all(
                one[name] == run[name] for name in ("database", "clients", "importing", "quality")
            )
        ]
        found[run["database"]][f"{run['clients']} clients"] = {
            name: _grown(
                _median(alike, name, comparisons=sizes[0]),
                _median(alike, name, comparisons=sizes[-1]),
            )
            for name in COMPARED
            if not run["importing"] and not run["quality"]
        }
    return found


def quality_cost(runs: list[dict]) -> dict:
    """Medians with all that is done for quality, to those without; by database and size."""
    found: dict = {}
    for database, n, n_clients in sorted(
        {(one["database"], one["comparisons"], one["clients"]) for one in runs if one["quality"]}
    ):
        alike = [
            one
            for one in runs
            if (one["database"], one["comparisons"], one["clients"]) == (database, n, n_clients)
            and not one["importing"]
        ]
        of_each = [[one for one in alike if one["quality"] == is_on] for is_on in (False, True)]
        found[f"{database}, {n} comparisons, {n_clients} clients"] = {
            name: _grown(*(statistics.median(one[name] for one in some) for some in of_each))
            for name in (*COMPARED, "judgements_per_s")
        }
    return found


def _grown(smallest: float, largest: float) -> float | None:
    """None where too little was judged to say how long it takes."""
    return round(largest / smallest, 2) if smallest else None


def delays(runs: list[dict]) -> dict:
    """By how much an import lengthens the slowest hundredth of requests: medians' difference."""
    return {
        f"{database}, {n} comparisons": round(
            _median(runs, "p99_ms", database=database, comparisons=n, is_importing=True)
            - _median(runs, "p99_ms", database=database, comparisons=n, is_importing=False),
            1,
        )
        for database, n in sorted(
            {(run["database"], run["comparisons"]) for run in runs if run["importing"]}
        )
    }


def _median(runs: list[dict], name: str, *, is_importing: bool = False, **of: object) -> float:
    return statistics.median(
        run[name]
        for run in runs
        if bool(run["importing"]) == is_importing
        and not run["quality"]
        and all(run[key] == value for key, value in of.items())
    )


if __name__ == "__main__":
    main()
