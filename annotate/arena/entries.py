"""What contestants answered: taken from the project, or written for the arena."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotate.errors import InvalidInput
from annotate.imports.texts import text_digest
from annotate.models import Arena, ArenaState, Completion, Contestant, Entry, Prompt
from annotate.text.free_text import refuse_unstorable

BATCH = 200  # prompts in one short transaction
# Headings, list items, bold, code and tables: what makes an answer look worked out.
MARK = re.compile(r"^\s{0,3}(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\|)|\*\*|`", re.MULTILINE)


def written_by(origin: str) -> QuerySet[Completion]:
    """All of a model, by their index."""
    return Completion.objects.filter(origin=origin, origin__gt="")


def answers_of(origin: str) -> QuerySet[Completion]:
    """Of a model, in whatever project; an empty one is none."""
    return Completion.objects.filter(origin=origin).exclude(text="")


def enter_existing(contestant: Contestant, prompt_ids: Sequence[int]) -> None:
    """Take what the project has: of several answers to a prompt, by the contestant's sample."""
    written: dict[int, list[Completion]] = defaultdict(list)
    theirs = answers_of(contestant.origin).filter(prompt__in=prompt_ids)
    for completion in theirs.order_by("prompt", "public_id"):
        written[completion.prompt_id].append(completion)
    Entry.objects.bulk_create(
        [
            _entry(contestant, answers[contestant.sample])
            for answers in written.values()
            if len(answers) > contestant.sample
        ],
        batch_size=BATCH,
    )
    _note_answered(contestant.arena, [contestant])


def enter_written(
    *,
    arena: Arena,
    origin: str,
    texts: Mapping[UUID, Sequence[str]],
    sampling: dict[str, Any],
    fence: Callable[[], None] = lambda: None,
) -> int:
    """Enter what a contestant wrote for the arena, all its copies at once; how many are empty.

    texts: by prompt, one for each copy. Twice the same has the effect of once. Nothing is judged
    before everybody's answers are there (`close_entries`). `fence` raises, in each short
    transaction, once whoever writes has been replaced.
    """
    contestants = list(arena.contestants.filter(origin=origin).order_by("sample"))
    prompts = list(arena.prompts.filter(public_id__in=list(texts)).order_by("pk"))
    n_left_out = 0
    for start in range(0, len(prompts), BATCH):
        with transaction.atomic():
            fence()
            n_left_out += _enter_batch(
                contestants, prompts[start : start + BATCH], origin, texts, sampling
            )
    return n_left_out


def close_entries(*, arena: Arena, origin: str) -> None:
    """All of this contestant's answers are there: the arena opens with the last one's."""
    locked = Arena.objects.select_for_update(of=("self",)).get(pk=arena.pk)
    _note_answered(locked, list(locked.contestants.filter(origin=origin)))
    is_ready = not locked.contestants.filter(answered_at=None).exists()
    if is_ready and locked.state == ArenaState.PREPARING:
        Arena.objects.filter(pk=locked.pk).update(state=ArenaState.OPEN)


def _enter_batch(
    contestants: Sequence[Contestant],
    prompts: Sequence[Prompt],
    origin: str,
    texts: Mapping[UUID, Sequence[str]],
    sampling: dict[str, Any],
) -> int:
    wanted: dict[tuple[int, str], Completion] = {}
    entered: list[tuple[Contestant, int, str]] = []
    n_left_out = 0
    for prompt in prompts:
        for contestant, text in zip(contestants, texts[prompt.public_id], strict=False):
            shown = text.strip()
            if not shown or not _is_storable(shown):
                n_left_out += 1
                continue
            digest = text_digest(shown)
            wanted[prompt.pk, digest] = Completion(
                prompt=prompt, text=shown, digest=digest, origin=origin, sampling=sampling
            )
            entered.append((contestant, prompt.pk, digest))
    Completion.objects.bulk_create(wanted.values(), ignore_conflicts=True)
    there = Completion.objects.filter(prompt__in=prompts, origin=origin)
    stored = {(one.prompt_id, one.digest): one for one in there}
    Entry.objects.bulk_create(
        [_entry(contestant, stored[prompt, digest]) for contestant, prompt, digest in entered],
        ignore_conflicts=True,  # an attempt that was cut short entered it
    )
    return n_left_out


def _entry(contestant: Contestant, completion: Completion) -> Entry:
    return Entry(
        contestant=contestant,
        prompt_id=completion.prompt_id,
        completion=completion,
        n_characters=len(completion.text),
        n_marks=len(MARK.findall(completion.text)),
    )


def _note_answered(arena: Arena, contestants: Sequence[Contestant]) -> None:
    keys = [contestant.pk for contestant in contestants]
    arena.contestants.filter(pk__in=keys, answered_at=None).update(answered_at=Now())


def _is_storable(text: str) -> bool:
    try:
        refuse_unstorable(text, field="text")
    except InvalidInput:
        return False
    return True
