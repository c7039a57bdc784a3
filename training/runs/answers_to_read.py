"""Answers to given questions, of a run's result and of what it started from: read, never judged."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotate.models import Project, User
from training.artifacts.store import lines_of
from training.models import Run, RunKind
from training.runs.checks import check_start, complete_sample_settings
from training.runs.queue import put_in_queue


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """One answer: of the result, or of what it started from."""

    question: str  # its id
    is_of_result: bool
    number: int
    text: str
    is_finished: bool  # it came to an end of its own


@transaction.atomic
def queue_answers_to_read(
    *,
    project: Project,
    after: Run,
    questions: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    name: str,
    requested_by: User | None = None,
) -> Run:
    """Queue the answers of what the training run `after` ends in, and of its start.

    Args:
        project: whose leads may see them.
        questions: objects with id and messages; nobody is asked to judge the answers.
        settings: of the sampling.
    Raises: RunRefused.
    """
    check_start(None, after)
    return put_in_queue(
        Run(
            kind=RunKind.SAMPLE,
            name=name,
            project=project,
            after=after,
            settings={
                **complete_sample_settings(settings),
                "against_base": True,
                "n_prompts": len(questions),
                "questions": [dict(question) for question in questions],
            },
            requested_by=requested_by,
        )
    )


def is_to_be_read(run: Run) -> bool:
    """Whether a sampling run's answers stay out of every project's queue."""
    return "questions" in run.settings


def answers_of(run: Run) -> Iterator[ReadAnswer]:
    """What a finished run of this kind has written down, in its order."""
    for line in lines_of((run.summary or {})["samples"]):
        sample = json.loads(line)
        yield ReadAnswer(
            question=sample["prompt_id"],
            is_of_result=sample["source"] == "checkpoint",
            number=sample["index"],
            text=sample["text"].strip(),
            is_finished=sample["finished"],
        )
