"""What weights are tied to, so that no rule deletes them: each tie with its reason in words."""

import json
import re
from collections.abc import Iterator

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.models import ArenaState, Contestant
from training.models import (
    ENDED_BADLY,
    UNFINISHED_RUN,
    Checkpoint,
    Proposal,
    ProposalState,
    RecipeVersion,
    Retention,
    Round,
    RoundState,
    Run,
)

NAMED_BY_A_RECIPE = re.compile(r'"checkpoint:([0-9a-f-]{36})"')

IN_USE = _("named or proposed, or was in use once: it can be gone back to")
MEETS_OTHERS = _("meets others in an arena that is not closed")
WANTED = _("a run that waits, runs or can be resumed needs it")
OF_A_ROUND = _("a round that goes on made it, or begins with it")
IN_A_RECIPE = _("a recipe names it")
IN_A_SWEEP = _("a sweep compares it with others")

Keys = QuerySet[Checkpoint, int]


def bonds(rules: Retention) -> Iterator[tuple[str | Promise, Keys]]:
    """Each reason with the keys of the checkpoints that it holds."""
    yield IN_USE, _named_or_proposed()
    yield MEETS_OTHERS, _in_arenas()
    yield WANTED, _wanted_by_runs()
    yield OF_A_ROUND, _of_rounds()
    yield IN_A_RECIPE, _in_recipes()
    yield IN_A_SWEEP, _in_sweeps(every=rules.keep_sweeps)


def is_bound(checkpoint: Checkpoint, rules: Retention) -> bool:
    """Whether anything holds it now, or something trained from it is still there."""
    children = Checkpoint.objects.filter(run__base=checkpoint, dropped_at=None)
    return children.exists() or any(
        keys.filter(pk=checkpoint.pk).exists() for _reason, keys in bonds(rules)
    )


def _keys(condition: Q) -> Keys:
    return Checkpoint.objects.filter(condition).values_list("pk", flat=True)


def _named_or_proposed() -> Keys:
    """Whatever has or had a name, and what somebody has proposed and nobody has decided on."""
    proposed = Proposal.objects.filter(state=ProposalState.OPEN)
    is_proposed = Q(pk__in=proposed.values("checkpoint")) | Q(pk__in=proposed.values("rival"))
    return _keys(Q(aliases__isnull=False) | is_proposed)


def _in_arenas() -> Keys:
    contestants = Contestant.objects.exclude(arena__state=ArenaState.CLOSED)
    return _keys(Q(digest__in=contestants.values("origin")))


def _wanted_by_runs() -> Keys:
    """What runs that are not over read, or will: also the results that they start after."""
    can_go_on = Q(state__in=ENDED_BADLY, checkpoints__is_final=False)
    runs = Run.objects.filter(Q(state__in=UNFINISHED_RUN) | can_go_on)
    start = Checkpoint.objects.filter(pk__in=runs.values("base"))
    return _keys(
        Q(pk__in=start.values("pk"))
        | Q(pk__in=start.values("run__base"))  # what is measured is measured against it
        | Q(pk__in=runs.values("against"))
        | Q(pk__in=runs.values("reward_models"))
        | Q(run__in=runs.values("after"), is_final=True)
        | Q(run__state__in=UNFINISHED_RUN, is_final=False)
    )


def _of_rounds() -> Keys:
    going_on = Round.objects.filter(state=RoundState.RUNNING)
    all_names = going_on.values_list("names", flat=True)
    named = {public_id for names in all_names for public_id in names.values() if public_id}
    return _keys(Q(run__round_step__round__in=going_on) | Q(public_id__in=named))


def _in_recipes() -> Keys:
    """By the newest version of each, and by those that rounds go on by."""
    of_recipe = RecipeVersion.objects.filter(recipe=OuterRef("recipe")).order_by("-number")
    in_force = RecipeVersion.objects.filter(
        Q(number=Subquery(of_recipe.values("number")[:1])) | Q(rounds__state=RoundState.RUNNING)
    )
    texts = map(json.dumps, in_force.values_list("steps", flat=True))  # it stands in some field
    named = {public_id for text in texts for public_id in NAMED_BY_A_RECIPE.findall(text)}
    return _keys(Q(public_id__in=named))


def _in_sweeps(*, every: bool) -> Keys:
    """Of those that go on, else of every sweep."""
    if every:
        return _keys(Q(run__sweep__isnull=False))
    return _keys(Q(run__sweep__runs__state__in=UNFINISHED_RUN))
