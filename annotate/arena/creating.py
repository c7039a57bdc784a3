"""A new arena: who meets, on which held-out prompts, and how many judgements that may take."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.arena.entries import answers_of, enter_existing, written_by
from annotate.arena.known_to_training import share_held_out
from annotate.comparisons.visible import visible_prompts
from annotate.errors import InvalidInput
from annotate.exports.split import HELD_OUT, split_by_installation
from annotate.models import (
    Annotator,
    Arena,
    ArenaState,
    Contestant,
    Project,
    Prompt,
)
from annotate.models.arena import new_seed
from annotate.text.free_text import refuse_unstorable

FEWEST_CONTESTANTS, MOST_CONTESTANTS = 2, 8
MOST_PROMPTS = 1000
MOST_JUDGEMENTS = 100_000
MOST_WANTED = 50
EVAL_SHARE = 0.1
CHUNK = 500


@dataclass(frozen=True)
class Contender:
    """Somebody to be entered: `sample` tells copies of one origin apart.

    awaits_answers: it has yet to write; else what the project has of it is taken.
    """

    name: str
    origin: str
    sample: int = 0
    awaits_answers: bool = False


@transaction.atomic
def create_arena(
    *,
    project: Project,
    name: str,
    contenders: Sequence[Contender],
    n_prompts: int = 100,
    target: int = 300,
    wanted: int = 1,
    eval_share: float = EVAL_SHARE,
    stops_when_decided: bool = True,
    seed: int | None = None,
    created_by: Annotator | None = None,
) -> Arena:
    """Enter the contenders on held-out prompts of the project; meetings are drawn in a moment.

    Every prompt is one that the installation's split holds out at `eval_share`, so that nothing
    which was trained on as large a held-out share has seen it. Whoever is known to have learnt
    from others does not enter; of models that are not trained here, nobody knows.

    Raises: InvalidInput, and then nothing is made.
    """
    name = name.strip()
    _check_text(name, field="name")
    _check_contenders(contenders)
    for field, value, most in (
        ("n_prompts", n_prompts, MOST_PROMPTS),
        ("target", target, MOST_JUDGEMENTS),
        ("wanted", wanted, MOST_WANTED),
    ):
        _check_whole(field, value, most)
    if not 0 < eval_share < 1:
        raise InvalidInput(
            _("The held-out share must be above 0 and below 1, not %(value)s.")
            % {"value": eval_share},
            field="eval_share",
            value=eval_share,
        )
    arena = Arena(
        project=project,
        name=name,
        wanted=wanted,
        target=target,
        eval_share=eval_share,
        stops_when_decided=stops_when_decided,
        seed=new_seed() if seed is None else seed,
        created_by=created_by,
    )
    seen = [_has_seen(contender, arena) for contender in contenders]
    prompts = list(_held_out(arena, contenders, n_prompts))
    if not prompts:
        raise InvalidInput(
            _("No prompt that is held out has an answer of each contestant."),
            field="contestants",
            value=len(contenders),
        )
    if all(not contender.awaits_answers for contender in contenders):
        arena.state = ArenaState.OPEN
    arena.save()
    arena.prompts.set(prompts)
    for number, contender in enumerate(contenders):
        contestant = Contestant.objects.create(
            arena=arena,
            number=number,
            name=contender.name.strip(),
            origin=contender.origin,
            sample=contender.sample,
            has_seen_prompts=seen[number],
        )
        if not contender.awaits_answers:
            enter_existing(contestant, prompts)
    record_event(
        actor=created_by,
        action="arena.created",
        target=f"arena:{arena.public_id}",
        project=project,
        after={"name": name, "n_prompts": len(prompts), "n_contestants": len(contenders)},
    )
    return arena


def _held_out(arena: Arena, contenders: Sequence[Contender], n_wanted: int) -> Iterator[int]:
    """Prompts on the held-out side that the contenders have answered, from a place by the seed."""
    side_of = split_by_installation(arena.eval_share)
    answered = [contender for contender in contenders if not contender.awaits_answers]
    n_found = 0
    for pk, messages in _from_a_place(arena, answered):
        if side_of(messages) == HELD_OUT and _has_samples(pk, answered):
            yield pk
            n_found += 1
            if n_found == n_wanted:
                return


def _from_a_place(arena: Arena, answered: Sequence[Contender]) -> Iterator[tuple[int, Any]]:
    """All that they answered, in the order of public ids, which say nothing, beginning anywhere."""
    start = UUID(int=arena.seed << (128 - 31))
    prompts = visible_prompts(arena.project)
    if not answered:
        for part in (prompts.filter(public_id__gte=start), prompts.filter(public_id__lt=start)):
            yield from part.order_by("public_id").values_list("pk", "messages").iterator(CHUNK)
        return
    keys = sorted(_answered_by(prompts, answered).values_list("public_id", "pk"))
    begin = bisect_left(keys, (start, 0))
    in_order = [pk for _public_id, pk in (*keys[begin:], *keys[:begin])]
    for place in range(0, len(in_order), CHUNK):
        chunk = in_order[place : place + CHUNK]
        found = dict(Prompt.objects.filter(pk__in=chunk).values_list("pk", "messages"))
        yield from ((pk, found[pk]) for pk in chunk)


def _answered_by(prompts: QuerySet[Prompt], answered: Sequence[Contender]) -> QuerySet[Prompt]:
    """Those of whoever wrote least, found by that one's answers, that the others answered, too."""
    origins = sorted(
        {contender.origin for contender in answered}, key=lambda one: written_by(one).count()
    )
    of_rarest = written_by(origins[0]).exclude(text="")
    prompts = prompts.filter(pk__in=of_rarest.values("prompt"))
    for origin in origins[1:]:
        prompts = prompts.filter(Exists(answers_of(origin).filter(prompt=OuterRef("pk"))))
    return prompts


def _has_samples(prompt_id: int, contenders: Sequence[Contender]) -> bool:
    """Whether copies have as many answers to choose from."""
    return all(
        contender.sample == 0
        or answers_of(contender.origin).filter(prompt=prompt_id).count() > contender.sample
        for contender in contenders
    )


def _has_seen(contender: Contender, arena: Arena) -> bool | None:
    """Raises: InvalidInput for who is known to have learnt from prompts of the arena."""
    share = share_held_out(contender.origin)
    if share is None or share >= arena.eval_share:
        return None if share is None else False
    if share > 0:
        why = _(
            "“%(name)s” learnt from all prompts but a share of %(share)s, so it has seen others. "
            "Name at most that."
        )
    else:
        why = _("“%(name)s” cannot enter: no prompt is known that it has not learnt from.")
    raise InvalidInput(
        why % {"name": contender.name, "share": f"{share:g}"},
        field="eval_share",
        value=arena.eval_share,
    )


def _check_contenders(contenders: Sequence[Contender]) -> None:
    if not FEWEST_CONTESTANTS <= len(contenders) <= MOST_CONTESTANTS:
        raise InvalidInput(
            _("An arena has from %(fewest)d to %(most)d contestants.")
            % {"fewest": FEWEST_CONTESTANTS, "most": MOST_CONTESTANTS},
            field="contestants",
            value=len(contenders),
        )
    names: set[str] = set()
    samples: set[tuple[str, int]] = set()
    for contender in contenders:
        name = contender.name.strip()
        _check_text(name, field="contestants")
        _check_text(contender.origin, field="contestants", most=200)
        if name in names or (contender.origin, contender.sample) in samples:
            raise InvalidInput(
                _("“%(name)s” is entered twice.") % {"name": name}, field="contestants", value=name
            )
        names.add(name)
        samples.add((contender.origin, contender.sample))


def _check_text(text: str, *, field: str, most: int = 120) -> None:
    refuse_unstorable(text, field=field)
    if not text:
        raise InvalidInput(_("A name is needed."), field=field, value=text)
    if len(text) > most:
        raise InvalidInput(
            _("This is longer than %(most)d characters.") % {"most": most},
            field=field,
            value=text[:80],
        )


def _check_whole(field: str, value: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidInput(
            _("This should be a whole number from 1 to %(most)d.") % {"most": most},
            field=field,
            value=value,
        )
