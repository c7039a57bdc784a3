"""Prompts all of whose completions are written become comparisons in the ordinary queue."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from alignment_core.formats.likeness import look_the_same
from alignment_core.formats.rows import NewComparison
from annotate.generation.completion_sources import N_SOURCES, origin_of
from annotate.imports.adding import wake_queue
from annotate.imports.batches import BatchWriter
from annotate.models import ComparisonState, Generation, WantedCompletion, WantedState
from annotate.work.claims import Claim

BATCH = 100  # prompts in one transaction


def compare_written(held: Claim[Generation]) -> None:
    """Whatever is complete now. Raises: ClaimLost."""
    while _compare_batch(held):
        pass


@transaction.atomic
def _compare_batch(held: Claim[Generation]) -> int:
    held.write()
    by_prompt = _complete(held.row)
    if not by_prompt:
        return 0
    rows: list[NewComparison] = []
    for completions in by_prompt.values():
        rows += comparisons_of(completions)
    project = held.row.project
    writer = BatchWriter(project=project, source=None, state=ComparisonState.OPEN)
    added = writer.write(rows)
    wake_queue(project)
    used = [wanted.pk for completions in by_prompt.values() for wanted in completions]
    WantedCompletion.objects.filter(pk__in=used).update(state=WantedState.USED, text="")
    held.write(
        n_comparisons=F("n_comparisons") + added.n_comparisons,
        n_identical=F("n_identical") + len(by_prompt) - len(rows),
    )
    return len(by_prompt)


def comparisons_of(completions: Sequence[WantedCompletion]) -> list[NewComparison]:
    """What people judge of one prompt's completions: one pair, or nothing where they look alike."""
    first, second = completions
    if look_the_same(first.text, second.text):
        return []
    prompt = first.prompt
    return [
        NewComparison(
            messages=prompt.messages,
            first_text=first.text,
            second_text=second.text,
            first_origin=first.source.model,
            second_origin=second.source.model,
            samplings=(_sampling(first), _sampling(second)),
            tags=prompt.tags,
            language=prompt.language,
            external_id=prompt.external_id,
        )
    ]


def _complete(generation: Generation) -> dict[int, list[WantedCompletion]]:
    """Some prompts that have all their completions, which are in the order of their sources."""
    written = WantedCompletion.objects.filter(generation=generation, state=WantedState.WRITTEN)
    complete = (
        written.values("prompt").annotate(n=Count("pk")).filter(n=N_SOURCES).order_by("prompt")
    )
    prompts = [row["prompt"] for row in complete[:BATCH]]
    found: dict[int, list[WantedCompletion]] = defaultdict(list)
    of_prompts = written.filter(prompt__in=prompts).select_related("source__endpoint", "prompt")
    for wanted in of_prompts.order_by("prompt", "source__place"):
        found[wanted.prompt_id].append(wanted)
    return found


def _sampling(wanted: WantedCompletion) -> dict[str, Any]:
    return {
        **origin_of(wanted.source),
        "request_id": wanted.request_id,
        "finish_reason": wanted.finish_reason,
        "tokens_in": wanted.n_tokens_in,
        "tokens_out": wanted.n_tokens_out,
        "cost_in_billionths": wanted.cost,
        "currency": wanted.source.endpoint.currency,
    }
