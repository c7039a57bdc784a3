"""Turns at which somebody is asked again what they judged before, with the sides exchanged.

A repeat is a comparison of its own (`repeat_of`), for this one person: it wants nothing of the
queue, resolves nothing, and makes no preference.
"""

from django.db.models import Exists, OuterRef, QuerySet

from annotate.models import Comparison, ComparisonState, Exposure, Judgement, Membership
from annotate.quality.drawn_turns import drawn, is_turn_of
from annotate.quality.extra_comparison import Extra, untouched_by

LOOKED_AT = 10  # of their judgements, for one that can be asked again
NOT_ASKED_AGAIN = (ComparisonState.STAGED, ComparisonState.ARCHIVED)


class RepeatTurns:
    def is_due(self, membership: Membership) -> bool:
        return is_turn_of("repeat", membership, every=membership.project.repeat_every)

    def find(self, membership: Membership) -> Extra | None:
        """One of theirs from `repeat_after` judgements ago or more, once each."""
        earlier = _to_repeat(membership)
        if earlier is None:
            return None
        return Extra(_again(earlier.comparison), first_is_left=not earlier.first_was_left)


def _to_repeat(membership: Membership) -> Judgement | None:
    lag = membership.project.repeat_after
    name = f"repeated:{membership.public_id}:{membership.n_sides_drawn}"
    start = lag + drawn(name, below=lag)  # not always the same distance: that could be counted
    theirs = {"annotator": membership.annotator_id, "project": membership.project_id}
    newest_first = Judgement.objects.filter(**theirs, withdrawn_at=None).order_by("-judged_at")
    for begin in (start, lag):
        keys = list(newest_first.values_list("pk", flat=True)[begin : begin + LOOKED_AT])
        found = _askable(membership.annotator_id, keys).first() if keys else None
        if found is not None:
            return found
    return None


def _askable(annotator_id: int, keys: list[int]) -> QuerySet[Judgement]:
    # From the repeats of a comparison, which are few, and never from all that somebody ever held.
    asked = Comparison.objects.filter(~untouched_by(annotator_id), repeat_of=OuterRef("comparison"))
    seen = Exposure.objects.filter(comparison=OuterRef("comparison"), annotator=annotator_id)
    return (
        Judgement.objects.filter(
            ~Exists(asked),
            ~Exists(seen),
            pk__in=keys,
            ranking=None,
            first_was_left__isnull=False,
            comparison__repeat_of=None,
            comparison__completion_set=None,
            comparison__gold_verdict="",
        )
        .exclude(comparison__state__in=NOT_ASKED_AGAIN)
        .select_related("comparison__prompt", "comparison__first", "comparison__second")
        .order_by("-judged_at")
    )


def _again(original: Comparison) -> Comparison:
    """The same two answers once more; what is judged of it makes its only places."""
    return Comparison.objects.create(
        project_id=original.project_id,
        prompt=original.prompt,
        first=original.first,
        second=original.second,
        repeat_of=original,
        recorded_verdict=original.recorded_verdict,
        is_swapped=original.is_swapped,
        wanted=0,
    )
