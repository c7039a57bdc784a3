"""Rankings go out as judgements and come back as rankings: nothing of them is lost on the way."""

import io
import itertools
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from annotate.exports.export_options import USUAL
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.writing import write_rows
from annotate.judging.undo import undo_action
from annotate.models import CompletionSet, Ranking, WorkState
from tests.annotate.exports.rich_projects import BLANK_OR_TEXT
from tests.annotate.exports.test_coming_back import comparable, csv_rows, json_rows
from tests.annotate.exports.test_exporting import exported
from tests.annotate.imports.importing import imported
from tests.annotate.judging.test_rankings import assert_whole
from tests.factories import (
    hold,
    make_comparison,
    make_member,
    make_project,
    make_set,
    ranking_asked,
    send_ranking,
)

pytestmark = pytest.mark.django_db
ASKS = ranking_asked(reasons={"choices": ["clearer", "safer"]}, note={})
N_KEPT = len("00000000-0000-4000")  # of an id: its first half orders the rows

RANKINGS = st.fixed_dictionaries(
    {
        "ranks": st.lists(st.integers(1, 4), min_size=4, max_size=4),
        "note": BLANK_OR_TEXT,
        "reasons": st.lists(st.sampled_from(["clearer", "safer"]), unique=True),
        "seconds": st.one_of(st.none(), st.floats(0, 600)),
        "is_withdrawn": st.booleans(),
    }
)
SETS = st.lists(
    st.tuples(st.integers(3, 4), st.lists(RANKINGS, max_size=3)), min_size=1, max_size=3
)


def build(plan):
    project = make_project(asks=ASKS, overlap=2)
    numbers = itertools.count()
    for size, rankings in plan:
        make_set(project, size, priority=next(numbers))
        for one in rankings:
            annotator = make_member(project)
            lease = hold(annotator, project).current
            if lease is None:
                break
            n = len(lease.screen_order)
            ranks = [min(rank, n) for rank in one["ranks"][:n]]
            said = {name: one[name] for name in ("note", "reasons", "seconds")}
            send_ranking(annotator, lease, ranks, **said)
            if one["is_withdrawn"]:
                undo_action(annotator=annotator, project=project)
    return project


def with_short_sets(rows):
    for row in comparable(rows):
        row["set"] = (row["set"] or "")[:N_KEPT]
        del row["protocol_version"]  # another project's
    return rows


def orders(project):
    """Every live ranking by the halves of ids that stay, with all that it says."""
    live = Ranking.objects.filter(completion_set__project=project, withdrawn_at=None)
    return sorted(
        (
            sorted(
                (str(place.member.completion.public_id)[:N_KEPT], place.rank, place.shown_at)
                for place in ranking.places.all()
            ),
            ranking.judgements.get(is_derived=False).note,
            ranking.judgements.get(is_derived=False).reasons,
            ranking.judgements.get(is_derived=False).seconds,
            ranking.judgements.get(is_derived=False).judged_at,
        )
        for ranking in live
    )


@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(SETS)
def test_rankings_come_back_equal_by_both_containers(plan):
    project = build(plan)
    whole, table = (exported(project, name) for name in ("judgements_jsonl", "judgements_csv"))
    before, cells = with_short_sets(json_rows(whole)), with_short_sets(csv_rows(table))
    for content in (whole, table):
        copy = make_project(asks=ASKS, overlap=2)
        if before:
            result = imported(copy, content, recorded_use="count")
            assert (result.state, result.errors) == (WorkState.SUCCEEDED, []), result.reason
        assert with_short_sets(json_rows(exported(copy, "judgements_jsonl"))) == before
        assert with_short_sets(csv_rows(exported(copy, "judgements_csv"))) == cells
        assert orders(copy) == orders(project)
        for completion_set in CompletionSet.objects.filter(project=copy):
            assert_whole(completion_set)


def test_a_file_that_lacks_a_pair_of_a_set_comes_in_as_pairs():
    project = build([(3, [one_ranking()])])
    rows = exported(project, "judgements_jsonl").splitlines(keepends=True)
    copy = make_project(asks=ASKS, overlap=2)
    assert imported(copy, b"".join(rows[:2]), recorded_use="count").n_judgements == 2
    assert not CompletionSet.objects.filter(project=copy).exists()
    assert copy.comparisons.filter(is_derived=False, completion_set=None).count() == 2


def test_a_set_and_a_pair_lie_in_one_file():
    project = make_project(asks=ASKS, overlap=1)
    make_set(project, 3)
    make_comparison(project)
    annotator = make_member(project)
    while (lease := hold(annotator, project).current) is not None:
        if lease.comparison.completion_set_id is None:
            break
        send_ranking(annotator, lease, [1, 2, 2])
    rows = [json.loads(line) for line in exported(project, "judgements_jsonl").splitlines()]
    assert [row["set_size"] for row in rows] in ([3, 3, 3], [])


def test_the_number_of_queries_does_not_grow_with_the_sets(django_assert_max_num_queries):
    plan = [(3, [one_ranking(), one_ranking()]), *[(4, [one_ranking(), one_ranking()])] * 5]
    project = build(plan)
    with django_assert_max_num_queries(10):
        written = write_rows(io.BytesIO(), project, EXPORT_FORMATS["rankings_jsonl"], USUAL)
    assert written.n_rows >= 6


def one_ranking():
    said = {"note": "n", "reasons": [], "seconds": 1.0, "is_withdrawn": False}
    return {"ranks": [1, 2, 3, 3], **said}
