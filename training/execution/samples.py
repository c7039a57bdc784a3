"""Round again: what a checkpoint writes becomes comparisons that people judge blind."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q

from annotate.errors import InvalidInput
from annotate.imports.adding import NewComparison, add_comparisons
from annotate.judging.priorities import set_priorities
from annotate.models import Comparison, Project, Prompt
from annotate.text.free_text import refuse_unstorable
from training.models import Checkpoint, Run

SOONER = -100  # before everything that was imported


@dataclass
class SampleCounts:
    n_prompts: int = 0
    n_comparisons: int = 0
    n_equal: int = 0  # both texts the same: nothing to judge
    n_empty: int = 0
    n_unstorable: int = 0  # a NUL or half of a character, which a young model may well write
    n_duplicates: int = 0


def prompts_of(project: Project, *, n_prompts: int, seed: int) -> list[Prompt]:
    """Some prompts of the project, drawn by the seed: the same ones each time."""
    public_ids = project.prompts.values_list("public_id", flat=True)
    drawn = sorted(
        public_ids, key=lambda public_id: hashlib.sha256(f"{seed}\n{public_id}".encode()).digest()
    )[:n_prompts]
    prompts = Prompt.objects.in_bulk(drawn, field_name="public_id")
    return [prompts[public_id] for public_id in drawn]


def add_sampled_comparisons(*, run: Run, samples: Path) -> SampleCounts:
    """Put the samples of a run in the queue, ahead of the rest."""
    counts = SampleCounts()
    rows = list(_comparisons(run, samples, counts))
    added = add_comparisons(project=run.project, rows=rows)
    counts.n_comparisons, counts.n_duplicates = added.n_comparisons, added.n_duplicates
    new = Comparison.objects.filter(
        Q(first__origin=run.base.digest) | Q(second__origin=run.base.digest),
        project=run.project,
        n_counted=0,
    ).values_list("public_id", flat=True)
    set_priorities(project=run.project, priorities=dict.fromkeys(new, SOONER))
    return counts


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
                sampling=run.settings,
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
    checkpoint: Checkpoint = run.base.run.base if source == "base" else run.base
    return checkpoint.digest
