"""Judged projects, a tiny base checkpoint, and settings that train it in seconds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from annotate.models import Annotator, Comparison, Project
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)
from training.artifacts.store import store_directory
from training.checkpoints.registry import register_base
from training.execution.child import child_environment
from training.models import Checkpoint, CheckpointKind, Installation, Run, Snapshot
from training.runs.queue import queue_run
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

WORDS = tuple("the cat sat on a mat and dog ran up hill to see red fox in sun by sea".split())  # noqa: SIM905
SALT = "5a17"  # so that the same prompts are held out each time
QUICK = {
    "epochs": 1,
    "batch_size": 4,
    "learning_rate": 1e-3,
    "max_length": 128,
    "eval_every_steps": 0,
    "n_sample_prompts": 1,
    "sample_tokens": 4,
    "device": "cpu",
}


@pytest.fixture(scope="session")
def tiny_directory() -> Path:
    """A Llama of a few thousand weights, made once."""
    return make_tiny("tiny", context=128)


def make_tiny(name: str, *, context: int) -> Path:
    directory = settings.ACCORD_DATA_DIR / "base_checkpoints" / name
    text = settings.ACCORD_DATA_DIR / "text.txt"
    text.write_text("\n".join(" ".join(WORDS[start:]) for start in range(len(WORDS))))
    options = f"--vocab-size 320 --hidden-size 16 --n-layers 1 --n-heads 2 --context {context}"
    command = [sys.executable, "-m", "alignment_core", "make_tiny_checkpoint", *options.split()]
    command += ["--data", str(text), "--output", str(directory)]
    subprocess.run(command, check=True, env=child_environment(), capture_output=True)
    return directory


@pytest.fixture
def tiny_base(db, tiny_directory) -> Checkpoint:
    return register_base(path_or_hub_id=str(tiny_directory), name="Tiny")


@pytest.fixture
def judged_project(db) -> Callable[..., Project]:
    """A project in which people have judged comparisons, one of each prompt."""
    Installation.objects.create(pk=1, split_salt=SALT)

    def make(n_preferences: int = 30, **fields) -> Project:
        project = make_project(overlap=1, **fields)
        for number in range(n_preferences):
            judge_comparison(worded_comparison(project, number), "first")
        return project

    return make


@pytest.fixture
def queued_run(tiny_base, judged_project) -> Callable[..., Run]:
    """A run in the queue, on a snapshot of a judged project of its own."""

    def queue(method: str = "sft", *, base=None, after=None, requested_by=None, **settings) -> Run:
        return queue_run(
            method=method,
            snapshot=after.snapshot if after else freeze(judged_project()),
            base=None if after else base or tiny_base,
            after=after,
            settings={**QUICK, **settings},
            requested_by=requested_by,
        )

    return queue


@pytest.fixture
def reward_model(queued_run, tmp_path) -> Checkpoint:
    """A final checkpoint of a reward model, as far as its row and its folder go."""
    (tmp_path / "config.json").write_text("{}")
    stored = store_directory(tmp_path)
    return Checkpoint.objects.create(
        kind=CheckpointKind.REWARD_MODEL,
        run=queued_run("reward_model"),
        name="Taste",
        digest=stored.digest,
        manifest=stored.manifest,
        size_bytes=stored.size_bytes,
        folder=stored.folder,
    )


def freeze(*projects: Project, name: str = "All", **selection) -> Snapshot:
    return freeze_snapshot(
        name=name, projects=projects, selection=Selection(**{"eval_share": 0.2, **selection})
    )


def worded_comparison(project: Project, number: int) -> Comparison:
    """Two different answers of a few words to a prompt that no other number has."""
    prompt = make_prompt(project, text=f"Tell me about {WORDS[number % len(WORDS)]} {number}")
    texts = [" ".join(WORDS[number % 5 : 12]), " ".join(WORDS[number % 7 : 9]) + " no"]
    pair = sorted(
        (make_completion(prompt, text=text) for text in texts), key=lambda row: row.public_id
    )
    return make_comparison(project, prompt=prompt, first=pair[0], second=pair[1])


def simulate(project: Project) -> None:
    """Let the judgements of a project count as those of simulated annotators."""
    Annotator.objects.filter(judgements__project=project).update(kind="simulated", user=None)
