"""Round again: what a checkpoint writes becomes comparisons that people judge blind."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_core.formats.rows import NewComparison
from annotate.comparisons.visible import visible_prompts
from annotate.errors import InvalidInput
from annotate.imports.sampled import GREATEST_MARK, discard_sampled, publish_sampled, stage_sampled
from annotate.imports.unanswered import unanswered_prompts
from annotate.models import Project, Prompt
from annotate.text.free_text import refuse_unstorable
from training.execution.required import base_before, required
from training.models import Run, RunKind, RunState

SOONER = -100  # before everything that was imported


@dataclass
class SampleCounts:
    n_prompts: int = 0
    n_comparisons: int = 0
    n_equal: int = 0  # both texts the same: nothing to judge
    n_empty: int = 0
    n_unstorable: int = 0  # a NUL or half of a character, which a young model may well write
    n_duplicates: int = 0


def prompts_of(
    project: Project, *, n_prompts: int, seed: int, unanswered_only: bool = False
) -> list[Prompt]:
    """Some prompts of the project, drawn by the seed: the same ones each time."""
    asked = unanswered_prompts(project) if unanswered_only else visible_prompts(project)
    public_ids = asked.values_list("public_id", flat=True)
    drawn = sorted(
        public_ids, key=lambda public_id: hashlib.sha256(f"{seed}\n{public_id}".encode()).digest()
    )[:n_prompts]
    prompts = Prompt.objects.in_bulk(drawn, field_name="public_id")
    return [prompts[public_id] for public_id in drawn]


def stage_samples(*, run: Run, samples: Path, fence: Callable[[], None]) -> SampleCounts:
    """Put the samples of a run beside the queue, where nobody sees them yet.

    What an attempt that was cut short has staged goes first. `fence` raises, in each short
    transaction, once the claim on the run is lost.
    """
    counts, project = SampleCounts(), required(run.project)
    discard_sampled(project=project, but_for=_marks_beside(run), fence=fence)
    added = stage_sampled(
        project=project,
        mark=_mark(run.pk),
        rows=_comparisons(run, samples, counts),
        fence=fence,
    )
    counts.n_comparisons, counts.n_duplicates = added.n_comparisons, added.n_duplicates
    return counts


def publish_samples(run: Run) -> None:
    """Put what the run has staged in the queue, ahead of the rest.

    A comparison that was there before keeps its place: a lead may have given it another.
    """
    publish_sampled(project=required(run.project), mark=_mark(run.pk), priority=SOONER)


def _mark(run_id: int) -> int:
    return run_id % GREATEST_MARK + 1


def _marks_beside(run: Run) -> set[int]:
    """Of the other runs that are sampling for this project: what they have staged is theirs."""
    others = Run.objects.filter(kind=RunKind.SAMPLE, project=run.project, state=RunState.RUNNING)
    return {_mark(pk) for pk in others.exclude(pk=run.pk).values_list("pk", flat=True)}


def _comparisons(run: Run, samples: Path, counts: SampleCounts) -> Iterator[NewComparison]:
    by_prompt: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with samples.open() as file:
        for line in file:
            sample = json.loads(line)
            by_prompt[sample["prompt_id"]].append(sample)
    prompts = Prompt.objects.in_bulk(by_prompt, field_name="public_id")
    for prompt in prompts.values():
        counts.n_prompts += 1
        pair = _pair(by_prompt[str(prompt.public_id)])
        first, second = ((sample["text"].strip(), sample["source"]) for sample in pair)
        if not first[0] or not second[0]:
            counts.n_empty += 1
        elif first[0] == second[0]:
            counts.n_equal += 1
        elif not (_is_storable(first[0]) and _is_storable(second[0])):
            counts.n_unstorable += 1
        else:
            yield NewComparison(
                messages=prompt.messages,
                first_text=first[0],
                second_text=second[0],
                first_origin=_origin(run, first[1]),
                second_origin=_origin(run, second[1]),
                samplings=(run.settings, run.settings),
                tags=prompt.tags,
                language=prompt.language,
                external_id=prompt.external_id,
            )


def _pair(samples: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The base's sample first, else the two samples in their order; their sides are drawn later."""
    return sorted(samples, key=lambda sample: (sample["source"], sample["index"]))[:2]


def _is_storable(text: str) -> bool:
    try:
        refuse_unstorable(text, field="text")
    except InvalidInput:
        return False
    return True


def _origin(run: Run, source: str) -> str:
    checkpoint = base_before(run) if source == "base" else required(run.base)
    return checkpoint.digest
