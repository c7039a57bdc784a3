"""Files of preferences leave out what was judged in arenas, unless they say that it is held out."""

import json
from io import BytesIO

import pytest

from annotate.arena.next_meetings import draw_meetings
from annotate.errors import InvalidInput
from annotate.exports.export_options import ExportOptions
from annotate.exports.formats import EXPORT_FORMATS
from annotate.exports.split import split_by_installation
from annotate.exports.writing import check_options, write_rows
from annotate.models import Meeting, Verdict
from tests.annotate.arena.arenas import judge_all, make_answered, make_arena
from tests.factories import judge_comparison, make_comparison

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """Twelve pairs of an arena, and five others."""
    project = make_answered(12)
    for _number in range(5):
        judge_comparison(make_comparison(project, wanted=1), Verdict.FIRST)
    arena = make_arena(project)
    draw_meetings(arena_id=arena.pk)
    assert judge_all(arena, lambda _meeting: Verdict.FIRST) == 12
    return project


def written(project, name: str, **options):
    chosen, wanted = EXPORT_FORMATS[name], ExportOptions(**options)
    check_options(chosen, wanted)
    file = BytesIO()
    found = write_rows(file, project, chosen, wanted)
    return [json.loads(line) for line in file.getvalue().splitlines()], found.left_out


@pytest.mark.parametrize("name", ["preferences_jsonl", "trl_jsonl", "sft_jsonl"])
def test_nothing_that_arenas_asked_is_in_a_file_to_train_on(project, name):
    rows, left_out = written(project, name)
    assert (len(rows), left_out["arena"]) == (5, 12)


def test_asked_for_they_come_on_the_held_out_side_alone(project):
    rows, left_out = written(project, "preferences_jsonl", include_arenas=True, eval_share=0.5)
    side_of = split_by_installation(0.5)
    met = Meeting.objects.select_related("comparison__prompt")
    n_held_out = sum(side_of(one.comparison.prompt.messages) == "eval" for one in met)
    assert len(rows) == 5 + n_held_out
    assert left_out.get("arena", 0) == 12 - n_held_out
    of_arena = [row for row in rows if row["origin_chosen"] in ("a", "b")]
    assert len(of_arena) == n_held_out
    assert {row["split"] for row in of_arena} <= {"eval"}


def test_what_an_arena_took_out_of_the_queue_is_held_out_too(project):
    Meeting.objects.update(is_adopted=True)
    rows, left_out = written(project, "preferences_jsonl")
    assert (len(rows), left_out["arena"]) == (5, 12)
    rows, _left_out = written(project, "preferences_jsonl", eval_share=1.0)
    assert len(rows) == 17


def test_files_of_judgements_have_every_vote(project):
    rows, left_out = written(project, "judgements_jsonl")
    assert (len(rows), left_out.get("arena", 0)) == (17, 0)


@pytest.mark.parametrize(
    ("name", "options"),
    [("preferences_jsonl", {}), ("judgements_jsonl", {"eval_share": 0.1})],
)
def test_what_would_not_say_that_they_are_held_out_is_refused(project, name, options):
    with pytest.raises(InvalidInput) as refused:
        written(project, name, include_arenas=True, **options)
    assert (refused.value.field, refused.value.value) == ("include_arenas", True)
