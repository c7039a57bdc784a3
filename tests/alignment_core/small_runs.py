"""Small records and run directories for tests of the library."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alignment_core.data.records import PreferenceRecord, VerdictCounts

ROOT = Path(__file__).resolve().parents[2]
COLOURS = ["red", "green", "blue", "grey", "black", "white", "brown", "pink"]
TEXTS = [
    f"Which colour is thing {number}? It is {colour}, I am sure. I do not know."
    for number in range(12)
    for colour in COLOURS
]
SETTINGS = {
    "batch_size": 4,
    "learning_rate": 1e-3,
    "max_length": 96,
    "n_sample_prompts": 1,
    "sample_tokens": 4,
    "eval_every_steps": 0,
    "save_every_seconds": 1e6,
    "matmul": "highest",  # no trial whose result depends on how busy the machine is
}


def make_record(number: int = 0, *, prefix: str = "r", **fields) -> PreferenceRecord:
    """A preference between a helpful and an unhelpful completion of uneven lengths."""
    colour = COLOURS[number % len(COLOURS)]
    values = {
        "id": f"{prefix}-{number:03d}",
        "prompt": ({"role": "user", "content": f"{prefix}: Which colour is thing {number}?"},),
        "chosen": f"It is {colour}, I am sure." + " It is." * (number % 3),
        "rejected": "I do not know.",
        "verdicts": VerdictCounts(chosen=3, rejected=1),
        "p_chosen": 0.75,
    }
    return PreferenceRecord(**{**values, **fields})


def make_records(n_records: int, *, prefix: str = "r") -> list[PreferenceRecord]:
    """Records with prompts of their own."""
    return [make_record(number, prefix=prefix) for number in range(n_records)]


def write_train_config(
    directory: Path,
    *,
    method: str,
    base: Path,
    data_files,
    resume: Path | None = None,
    reference_cache: Path | None = None,
    **settings,
) -> Path:
    """A run directory with its config.json."""
    directory.mkdir(parents=True, exist_ok=True)
    train, held_out = data_files
    body = {
        "schema": 1,
        "task": "train",
        "method": method,
        "base": str(base),
        "base_digest": None,
        "train_data": str(train),
        "eval_data": None if held_out is None else str(held_out),
        "resume": None if resume is None else str(resume),
        "settings": {**SETTINGS, **settings},
        "lineage": {"snapshot": "s-1"},
        "allow_code": True,
        "reference_cache": None if reference_cache is None else str(reference_cache),
    }
    (directory / "config.json").write_text(json.dumps(body))
    return directory


def train_here(directory: Path) -> Path:
    """Train in this process, which has torch already."""
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    request = train_request(read_request(directory / "config.json", task="train"))
    TrainTask(request, RunDirectory(directory), Stopper()).run()
    return directory


def objective_of(directory: Path):
    """A method's objective as the loop gets it, in float64, with the lengths of its examples."""
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask
    from alignment_core.trainers.objective import LoopData, companions_of

    request = train_request(read_request(directory / "config.json", task="train"))
    task = TrainTask(request, RunDirectory(directory), Stopper())
    loaded = task.load(task.prepare(task.start_or_resume()))
    context, objective = loaded.context, loaded.objective
    for module in (objective.module, *(one.module for one in companions_of(objective).values())):
        module.double()
    lengths = context.train.lengths
    data = LoopData(
        lengths=lengths,
        n_tokens=lengths,
        rows_per_example=len(context.train.examples[0].completions),
    )
    return objective, data


@contextmanager
def child_process(*arguments: object) -> Iterator[subprocess.Popen]:
    """`python -m alignment_core` as the worker starts it: its standard input is a pipe."""
    with subprocess.Popen(
        [sys.executable, "-m", "alignment_core", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def metrics_of(directory: Path, phase: str) -> list[dict]:
    """The lines of one phase, without their times."""
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    return [
        {name: value for name, value in line.items() if name != "time"}
        for line in lines
        if line["phase"] == phase
    ]
