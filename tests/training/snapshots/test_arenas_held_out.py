"""What was judged in an arena is never trained on, whatever share a snapshot holds out."""

import json

import pytest

from annotate.arena.next_meetings import draw_meetings
from annotate.models import Preference, Verdict
from tests.annotate.arena.arenas import judge_all, make_answered, make_arena
from training.artifacts.store import lines_of
from training.errors import SnapshotRefused
from training.models import Split
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

pytestmark = pytest.mark.django_db(transaction=True)


def frozen(project, eval_share: float, *, include_arenas: bool = True):
    return freeze_snapshot(
        name=f"held out {eval_share}",
        projects=[project],
        selection=Selection(eval_share=eval_share, include_arenas=include_arenas),
    )


def test_what_arenas_asked_is_left_out_where_it_is_not_asked_for(judged_project):
    project = judged_project(30)
    before = frozen(project, 0.1, include_arenas=False)
    make_answered(20, project=project)
    arena = make_arena(project)
    draw_meetings(arena_id=arena.pk)
    n_met = judge_all(arena, lambda _meeting: Verdict.FIRST)
    snapshot = frozen(project, 0.1, include_arenas=False)
    assert (snapshot.n_pairs, snapshot.n_of_arenas_left_out) == (30, n_met)
    assert not snapshot.pairs.filter(preference__comparison__meetings__isnull=False).exists()
    assert "include_arenas" not in snapshot.selection
    assert snapshot.records_sha256 == before.records_sha256
    with_them = frozen(project, 0.1)
    assert with_them.selection["include_arenas"] is True
    assert with_them.n_train == snapshot.n_train


def test_what_was_in_the_queue_before_an_arena_came_is_held_out_but_never_trained_on(
    judged_project,
):
    project = judged_project(40)
    met = list(project.comparisons.order_by("pk")[:20])
    arena = make_arena(make_answered(2, project=project))
    first, second = arena.contestants.order_by("number")
    for number, comparison in enumerate(met, start=100):
        arena.meetings.create(
            number=number,
            comparison=comparison,
            first=first,
            second=second,
            probability=1,
            is_adopted=True,
        )
    snapshot = frozen(project, 0.3, include_arenas=False)
    kept = snapshot.pairs.filter(preference__comparison__in=met)
    assert set(kept.values_list("split", flat=True)) == {Split.EVAL}
    assert snapshot.n_of_arenas_left_out == 20 - kept.count() > 0
    assert snapshot.n_pairs == 20 + kept.count()


def test_only_arenas_leave_nothing_and_the_refusal_says_so():
    arena = make_arena(n_prompts=8)
    draw_meetings(arena_id=arena.pk)
    judge_all(arena, lambda _meeting: Verdict.FIRST)
    with pytest.raises(SnapshotRefused, match="8 were asked by arenas, to measure models"):
        frozen(arena.project, 0.0, include_arenas=False)
    with pytest.raises(SnapshotRefused, match="8 were judged in arenas, on prompts that this"):
        frozen(arena.project, 0.0)


def test_arena_pairs_are_held_out_or_left_out_and_that_is_told(judged_project):
    project = judged_project(30)
    make_answered(40, project=project)
    arena = make_arena(project, eval_share=0.5)
    draw_meetings(arena_id=arena.pk)
    n_met = judge_all(arena, lambda _meeting: Verdict.FIRST)
    assert n_met == arena.meetings.count() > 10
    of_arena = set(
        Preference.objects.filter(comparison__meetings__arena=arena).values_list("pk", flat=True)
    )
    as_large = frozen(project, 0.5)
    assert as_large.n_of_arenas_left_out == 0
    kept = as_large.pairs.filter(preference__in=of_arena)
    assert kept.count() == n_met
    assert set(kept.values_list("split", flat=True)) == {Split.EVAL}
    smaller = frozen(project, 0.1)
    kept = smaller.pairs.filter(preference__in=of_arena)
    assert set(kept.values_list("split", flat=True)) <= {Split.EVAL}
    assert smaller.n_of_arenas_left_out == n_met - kept.count() > 0
    assert smaller.n_pairs == 30 + kept.count() == sum(1 for _line in lines_of(smaller.file))
    assert smaller.n_judgements == smaller.n_pairs
    assert frozen(project, 0.1).digest != as_large.digest
    manifest = json.loads(
        b"".join(lines_of(smaller.file.replace("records.jsonl", "manifest.json")))
    )
    assert manifest["n_of_arenas_left_out"] == smaller.n_of_arenas_left_out


def test_everything_held_out_for_arenas_leaves_nothing_to_train_on(judged_project):
    project = judged_project(12)
    make_answered(20, project=project)
    arena = make_arena(project, eval_share=0.999999)
    draw_meetings(arena_id=arena.pk)
    judge_all(arena, lambda _meeting: Verdict.FIRST)
    snapshot = frozen(project, 0.0)
    assert (snapshot.n_pairs, snapshot.n_train) == (12, 12)
    assert snapshot.n_of_arenas_left_out == arena.meetings.count() > 15
