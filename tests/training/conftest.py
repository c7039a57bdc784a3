"""Judged projects, a tiny base checkpoint, and settings that train it in seconds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from annotate.models import Project
from tests.factories import judge_comparison, make_comparison, make_completion, make_project
from tests.factories import make_prompt
from training.child import child_environment
from training.models import Checkpoint
from training.services.checkpoints import register_base

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = "the cat sat on a mat and the dog ran up the hill to see a red fox in the sun".split()


@pytest.fixture(scope="session")
def tiny_directory() -> Path:
    """A Llama of a few thousand weights, made once."""
    directory = settings.ACCORD_DATA_DIR / "base_checkpoints" / "tiny"
    text = settings.ACCORD_DATA_DIR / "text.txt"
    text.write_text("\n".join(" ".join(WORDS[start:]) for start in range(len(WORDS))))
    command = "make_tiny_checkpoint --vocab-size 320 --hidden-size 16 --n-layers 1 --n-heads 2"
    subprocess.run(
        [sys.executable, "-m", "alignment_core", *command.split(), "--context", "128"]
        + ["--data", str(text), "--output", str(directory)],
        check=True,
        env=child_environment(),
        capture_output=True,
    )
    return directory


@pytest.fixture
def tiny_base(db, tiny_directory) -> Checkpoint:
    return register_base(path_or_hub_id=str(tiny_directory), name="Tiny")


@pytest.fixture
def judged_project(db) -> Callable[..., Project]:
    """A project in which people have judged some comparisons of prompts that all differ."""

    def make(n_preferences: int = 30, **fields) -> Project:
        project = make_project(overlap=1, **fields)
        for number in range(n_preferences):
            judge_comparison(worded_comparison(project, number), "first")
        return project

    return make


def worded_comparison(project: Project, number: int):
    prompt = make_prompt(project, text=f"Tell me about {WORDS[number % len(WORDS)]} {number}")
    texts = [" ".join(WORDS[number % 5 : 12]), " ".join(WORDS[number % 7 : 9]) + " no"]
    pair = sorted(
        (make_completion(prompt, text=text) for text in texts), key=lambda row: row.public_id
    )
    return make_comparison(project, prompt=prompt, first=pair[0], second=pair[1])


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
