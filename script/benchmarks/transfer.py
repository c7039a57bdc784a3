"""A large file in, and all of its judgements out again.

    script/bench transfer [--comparisons 100000 …] [--database postgres sqlite]

In: a file of pairs, as chosen and rejected, through the service that the worker runs: read, checked
row by row, staged, published. Out: the same comparisons with one vote for nine tenths of them
(imported beforehand, and timed as `votes_in_seconds`), as judgements and as preferences. Memory is
the peak of the process beyond what it had before. Beside seconds stand those of the processor, of
this process and of PostgreSQL, which other work on the machine lengthens less. Ends with one JSON
object.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from script.benchmarks._fresh import in_a_fresh_process, set_up_django  # noqa: E402
from script.benchmarks._numbers import whole  # noqa: E402
from script.benchmarks._server import cpu_seconds, postgres_pid  # noqa: E402

PROMPT, ANSWER = "Why is the sky blue? " * 15, "Because of the way light is scattered. " * 20
JUDGED = 0.9


def main() -> None:
    options = arguments()
    if options.run:
        print(json.dumps(run(json.loads(options.run))))
        return
    runs = []
    for database in options.database:
        for n_comparisons in options.comparisons:
            plan = {"database": database, "comparisons": n_comparisons}
            print(f"{plan}", file=sys.stderr)
            runs.append(in_a_fresh_process(__file__, plan))
            print(f"  {runs[-1]}", file=sys.stderr)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps({"bench": "transfer", **machine, "runs": runs}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmark imports and exports.")
    parser.add_argument("--comparisons", type=whole(), nargs="+", default=[100_000])
    parser.add_argument(
        "--database", nargs="+", choices=["postgres", "sqlite"], default=["postgres", "sqlite"]
    )
    parser.add_argument("--run", help=argparse.SUPPRESS)  # one plan, in a process of its own
    return parser.parse_args()


def run(plan: dict) -> dict:
    """One measurement, on a database of its own."""
    set_up_django()
    from annotate.judging.protocols.presets import PRESETS, USUAL_PRESET
    from annotate.judging.protocols.versions import add_version
    from annotate.models import Project

    n = plan["comparisons"]
    result = {"database": plan["database"], "comparisons": n}
    database_pid = postgres_pid() if plan["database"] == "postgres" else None

    def timed(name: str, work: Callable[[], None]) -> None:
        started, cpu_before = time.monotonic(), _cpu_seconds(database_pid)
        work()
        result[f"{name}_seconds"] = round(time.monotonic() - started, 2)
        result[f"{name}_cpu_seconds"] = round(_cpu_seconds(database_pid) - cpu_before, 2)

    pairs = write_rows("pairs.jsonl", n, with_votes=False)
    waiting = Project.objects.create(slug="pairs", name="Pairs")
    add_version(waiting, PRESETS[USUAL_PRESET].declaration)
    before = peak_mib()
    timed("in", lambda: bring_in(waiting, pairs))
    result["in_mib"] = peak_mib() - before

    votes = write_rows("votes.jsonl", n, with_votes=True)
    judged = Project.objects.create(slug="votes", name="Votes", overlap=1, min_judgements=1)
    add_version(judged, PRESETS[USUAL_PRESET].declaration)
    timed("votes_in", lambda: bring_in(judged, votes))
    before = peak_mib()
    timed("out", lambda: take_out(judged, "judgements_jsonl", round(JUDGED * n)))
    timed("preferences_out", lambda: take_out(judged, "preferences_jsonl", round(JUDGED * n)))
    result["out_mib"] = peak_mib() - before
    return {**result, "load_average": round(os.getloadavg()[0], 1)}


def write_rows(name: str, n: int, *, with_votes: bool, start: int = 0) -> Path:
    path = Path(os.environ["ACCORD_DATA_DIR"]) / name
    with path.open("w") as file:
        for number in range(start, start + n):
            first, second = f"{ANSWER}{number}", f"{ANSWER}{number} or so"
            row: dict = {"prompt": f"{number}: {PROMPT}"}
            if with_votes:
                vote = {"annotator": f"voter {number % 50}", "choice": "ab"[number % 2]}
                is_judged = number < JUDGED * n
                row |= {"response_a": first, "response_b": second, "votes": [vote] * is_judged}
            else:
                row |= {"chosen": first, "rejected": second}
            file.write(json.dumps(row) + "\n")
    return path


def bring_in(project, path: Path) -> None:
    from django.core.files import File

    from annotate.imports.importing import queue_import, run_import
    from annotate.models import Comparison

    with path.open("rb") as file:
        row = queue_import(
            project=project,
            requested_by=None,
            file=File(file),
            file_name=path.name,
            recorded_use="count" if project.slug == "votes" else "hold",
        )
    run_import(import_id=row.pk)
    row.refresh_from_db()
    n_stored = Comparison.objects.filter(source=row).exclude(state="staged").count()
    if n_stored != row.n_total or not n_stored:
        sys.exit(f"{n_stored} of {row.n_total} rows were imported: {row.reason} {row.errors[:3]}")


def take_out(project, format: str, n: int) -> None:
    from annotate.exports.exporting import queue_export, run_export

    row = queue_export(project=project, requested_by=None, format=format)
    run_export(export_id=row.pk)
    row.refresh_from_db()
    if row.n_done != n:
        sys.exit(f"{row.n_done} of {n} rows were exported as {format}: {row.reason}")


def _cpu_seconds(database_pid: int | None) -> float:
    return time.process_time() + (cpu_seconds(database_pid) if database_pid else 0.0)


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
