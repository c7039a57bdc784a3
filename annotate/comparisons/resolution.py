"""From judgements to an outcome, in the transaction of the judgement that changed it.

Superseded, never updated; no new row if nothing changed. A silent repeat resolves nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models.functions import Now

from annotate.comparisons.resolution_rule import (
    UNDER_THE_RULE,
    Resolution,
    resolution_of,
    rule_of,
    state_by_rule,
)
from annotate.comparisons.slots import whole_of
from annotate.database.bulk_insert import insert
from annotate.models import (
    Adjudication,
    Comparison,
    Judgement,
    Preference,
    PreferenceJudgement,
    Triage,
)

Used = Mapping[int, Sequence[Judgement]]  # a comparison's id: its counted judgements
Resolutions = Mapping[int, Resolution | None]


def resolve_comparisons(comparisons: Iterable[Comparison]) -> None:
    """Bring preferences and states of locked comparisons up to date with their judgements.

    One of a set brings all its set. It takes as many statements for a thousand as for one.
    """
    all_of_them = {one.pk: one for comparison in comparisons for one in whole_of(comparison)}
    resolvable = [one for one in all_of_them.values() if one.repeat_of_id is None]
    if not resolvable:
        return
    used = _counted_judgements(resolvable)
    rulings, triages = _live_rulings(resolvable), _live_triages(resolvable)
    resolutions = {
        comparison.pk: resolution_of(
            comparison,
            used=used.get(comparison.pk, ()),
            ruling=rulings.get(comparison.pk),
            triage=triages.get(comparison.pk),
        )
        for comparison in resolvable
    }
    _move_states(resolvable, resolutions)
    standing = _live_preferences(resolvable)
    kept = _that_say_the_same(standing, resolutions, used)
    _supersede(preference.pk for preference in standing if preference.pk not in kept)
    said = {preference.comparison_id for preference in standing if preference.pk in kept}
    _store([one for one in resolvable if one.pk not in said], resolutions, used)


def resolve_with(comparison: Comparison, added: Judgement) -> None:
    """As `resolve_comparisons`, where one judgement was counted since it was done the last time.

    This is the busiest case, which needs no look at what stood before.
    """
    if comparison.repeat_of_id is not None:
        return
    is_first = comparison.n_counted == 1 and comparison.state in UNDER_THE_RULE
    used = {comparison.pk: [added]} if is_first else _counted_judgements([comparison])
    resolution = resolution_of(
        comparison,
        used=used.get(comparison.pk, ()),
        ruling=_live_rulings([comparison]).get(comparison.pk),
        triage=_live_triages([comparison]).get(comparison.pk),
    )
    _move_states([comparison], {comparison.pk: resolution})
    if not is_first:
        comparison.preferences.filter(superseded_at=None).update(superseded_at=Now())
    _store([comparison], {comparison.pk: resolution}, used)


def _counted_judgements(comparisons: Sequence[Comparison]) -> Used:
    counted = Judgement.objects.filter(
        comparison__in=_ids(comparisons), withdrawn_at=None, is_counted=True
    )
    used = defaultdict(list)
    for judgement in counted.order_by("pk").only("comparison", "verdict", "strength"):
        used[judgement.comparison_id].append(judgement)
    return used


def _live_rulings(comparisons: Sequence[Comparison]) -> dict[int, Adjudication]:
    ids = _ids(one for one in comparisons if one.state not in UNDER_THE_RULE)
    if not ids:
        return {}
    rulings = Adjudication.objects.filter(comparison__in=ids, superseded_at=None)
    return {ruling.comparison_id: ruling for ruling in rulings}


def _live_triages(comparisons: Sequence[Comparison]) -> dict[int, Triage]:
    ids = _ids(one for one in comparisons if one.state not in UNDER_THE_RULE)
    if not ids:
        return {}
    triages = Triage.objects.filter(comparison__in=ids, superseded_at=None)
    return {triage.comparison_id: triage for triage in triages}


def _live_preferences(comparisons: Sequence[Comparison]) -> list[Preference]:
    return list(Preference.objects.filter(comparison__in=_ids(comparisons), superseded_at=None))


def _move_states(comparisons: Sequence[Comparison], resolutions: Resolutions) -> None:
    moved = defaultdict(list)
    for comparison in comparisons:
        state = state_by_rule(comparison, is_won=resolutions[comparison.pk] is not None)
        if comparison.state != state:
            comparison.state = state
            moved[state].append(comparison.pk)
    for state, ids in moved.items():
        Comparison.objects.filter(pk__in=ids).update(state=state)


def _that_say_the_same(
    standing: Sequence[Preference], resolutions: Resolutions, used: Used
) -> set[int]:
    """The preferences that the resolutions, and the judgements used for them, would only repeat."""
    alike = {
        preference.pk: preference.comparison_id
        for preference in standing
        if _says(preference, resolutions[preference.comparison_id])
    }
    if not alike:
        return set()
    before: dict[int, set[int]] = {pk: set() for pk in alike}
    rows = PreferenceJudgement.objects.filter(preference__in=list(alike))
    for preference, judgement in rows.values_list("preference", "judgement"):
        before[preference].add(judgement)
    return {
        pk
        for pk, comparison in alike.items()
        if before[pk] == {judgement.pk for judgement in used.get(comparison, ())}
    }


def _says(preference: Preference, resolution: Resolution | None) -> bool:
    return resolution is not None and all(
        getattr(preference, field) == value for field, value in resolution._asdict().items()
    )


def _supersede(preference_ids: Iterable[int]) -> None:
    ids = list(preference_ids)
    if ids:
        Preference.objects.filter(pk__in=ids).update(superseded_at=Now())


def _store(comparisons: Sequence[Comparison], resolutions: Resolutions, used: Used) -> None:
    preferences = [
        {
            "comparison_id": comparison.pk,
            "rule": rule_of(comparison.project),
            **resolution._asdict(),
        }
        for comparison in comparisons
        if (resolution := resolutions[comparison.pk]) is not None
    ]
    keys = insert(Preference, preferences)
    insert(
        PreferenceJudgement,
        [
            {"preference_id": key, "judgement_id": judgement.pk}
            for key, preference in zip(keys, preferences, strict=True)
            for judgement in used.get(preference["comparison_id"], ())
        ],
    )


def _ids(comparisons: Iterable[Comparison]) -> list[int]:
    return [comparison.pk for comparison in comparisons]
