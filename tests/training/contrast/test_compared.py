"""What may be compared, by whom, and what stands beside it: settings, answers, costs, curves."""

import uuid

import pytest

from annotate.models import Role
from tests.factories import make_admin, make_member, make_project, make_user
from tests.training.contrast.rows import make_base, make_snapshot, right_on, trained_run
from training.contrast.answers_beside import answers_beside
from training.contrast.compared import compared
from training.contrast.differing import costs, differing
from training.contrast.measured_points import CurveView
from training.contrast.other_figures import other_figures
from training.contrast.overlaid import overlay
from training.errors import CompareRefused, NotFound
from training.models import Run, RunKind, RunState

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_admin(username="boss")


@pytest.fixture
def ground():
    return {"snapshot": make_snapshot(), "base": make_base()}


def test_runs_and_checkpoints_stand_in_their_order_each_once(boss, ground):
    first, second = (trained_run(name, **ground, wins=right_on(3, 5)) for name in "ab")
    base = ground["base"]
    rows = compared(
        boss,
        runs=[second.public_id, first.public_id, second.public_id],
        checkpoints=[base.public_id, first.checkpoints.get().public_id],
    )
    assert [(row.letter, row.name) for row in rows] == [("A", "b"), ("B", "a"), ("C", "Small")]
    assert rows[0].evaluation.run == second
    assert rows[2].query == ("checkpoint", str(base.public_id))


def test_a_lead_compares_what_came_from_their_projects_alone(ground):
    own, foreign = make_project(), make_project()
    lead = make_user()
    make_member(own, user=lead, role=Role.LEAD)
    base = ground["base"]
    mine = trained_run("mine", snapshot=make_snapshot(own), base=base)
    theirs = trained_run("theirs", snapshot=make_snapshot(foreign), base=base)
    mixed = trained_run("mixed", snapshot=make_snapshot(own, foreign), base=base)
    assert len(compared(lead, runs=[mine.public_id], checkpoints=[base.public_id])) == 2
    for hidden in (theirs, mixed):
        with pytest.raises(NotFound):
            compared(lead, runs=[mine.public_id, hidden.public_id], checkpoints=[])
    with pytest.raises(NotFound):
        compared(lead, runs=[], checkpoints=[theirs.checkpoints.get().public_id])


def test_what_a_lead_may_not_see_measured_is_not_shown_of_a_shared_base(ground):
    own, foreign = make_project(), make_project()
    lead = make_user()
    make_member(own, user=lead, role=Role.LEAD)
    base = ground["base"]
    run = base.runs_from.create(kind=RunKind.EVALUATE, snapshot=make_snapshot(foreign))
    base.evaluations.create(run=run, snapshot=run.snapshot, figures={})
    (row,) = compared(lead, runs=[], checkpoints=[base.public_id])
    assert row.evaluation is None


def test_a_merged_base_stands_for_itself_without_the_run_that_merged_it(ground):
    lead = make_user()
    make_member(make_project(), user=lead, role=Role.LEAD)
    merging = Run.objects.create(kind=RunKind.MERGE, name="secret", base=ground["base"])
    merged = make_base("merged")
    merged.run, merged.is_final = merging, True
    merged.save()
    chosen = {"runs": [], "checkpoints": [merged.public_id, ground["base"].public_id]}
    rows = compared(lead, **chosen)
    assert [(row.name, row.query[0]) for row in rows] == [
        ("merged", "checkpoint"),
        ("Small", "checkpoint"),
    ]
    assert (differing(rows), costs(rows)) == ([], [])


def test_more_than_eight_are_refused_and_so_is_what_trained_nothing(boss, ground):
    runs = [trained_run(f"run {number}", **ground).public_id for number in range(9)]
    with pytest.raises(CompareRefused, match="At most 8"):
        compared(boss, runs=runs, checkpoints=[])
    measuring = Run.objects.create(kind=RunKind.EVALUATE, name="measure", **ground)
    with pytest.raises(CompareRefused, match="“measure” trained nothing"):
        compared(boss, runs=[measuring.public_id], checkpoints=[])
    with pytest.raises(NotFound):
        compared(boss, runs=[uuid.uuid4()], checkpoints=[])


def test_settings_that_differ_are_listed_and_no_others(boss, ground):
    first = trained_run("a", **ground, beta=0.1, seed=1)
    second = trained_run("b", **ground, beta=0.3, seed=1)
    other = trained_run("c", snapshot=make_snapshot(name="Other"), base=ground["base"], beta=0.1)
    base = ground["base"].public_id
    rows = compared(boss, runs=[first.public_id, second.public_id], checkpoints=[base])
    assert [(one.name, one.values) for one in differing(rows)] == [("beta", (0.1, 0.3, None))]
    rows = compared(boss, runs=[first.public_id, other.public_id], checkpoints=[])
    names = {one.name: one.values for one in differing(rows)}
    assert set(names) == {"snapshot", "seed"}
    assert names["snapshot"][1].startswith("Other · ")


def test_a_cost_is_what_the_run_counted(boss, ground):
    run = trained_run("a", **ground, losses=[0.7, 0.6, 0.5])
    waiting = trained_run("b", **ground, state=RunState.QUEUED)
    rows = compared(boss, runs=[run.public_id, waiting.public_id], checkpoints=[])
    first, second = costs(rows)
    assert (first.seconds, first.seconds_training, first.n_tokens) == (62.5, 60.0, 300)
    assert (first.machine, first.worker, first.peak_mib) == ("cpu", "here", 512.0)
    assert (second.seconds, second.n_tokens) == (None, None)


def test_answers_to_the_same_prompts_stand_beside_one_another(boss, ground):
    def sample(text: str, answer: str) -> dict:
        return {"prompt": [{"role": "user", "content": text}], "checkpoint": answer, "base": "–"}

    wins = right_on(3, 5)
    first = trained_run("a", **ground, wins=wins, samples=[sample("P", "1"), sample("Q", "2")])
    second = trained_run("b", **ground, wins=wins, samples=[sample("Q", "3"), sample("R", "4")])
    rows = compared(boss, runs=[first.public_id, second.public_id], checkpoints=[])
    (only,) = answers_beside(rows)
    assert only.prompt[0]["content"] == "Q"
    assert [one["checkpoint"] for one in only.samples] == ["2", "3"]


def test_other_figures_stand_beside_one_another_with_their_own_intervals(boss, ground):
    wins = right_on(3, 5)
    first, second = (trained_run(name, **ground, wins=wins) for name in "ab")
    evaluation = first.evaluation
    evaluation.figures |= {"mean_length": {"value": 12.5, "low": 10.0, "high": 15.0, "n": 9}}
    evaluation.save()
    rows = compared(boss, runs=[first.public_id, second.public_id], checkpoints=[])
    (only,) = other_figures(rows)
    assert (str(only.label), only.is_share) == ("Length of its answers", False)
    assert [figure and figure["value"] for figure in only.figures] == [12.5, None]


def test_curves_of_several_runs_share_a_picture_and_a_table(boss, ground):
    first = trained_run("a", **ground, losses=[0.8, 0.4])
    second = trained_run("b", **ground, losses=[0.9, 0.6, 0.3])
    rows = compared(boss, runs=[first.public_id, second.public_id], checkpoints=[])
    (picture,) = [one for one in overlay(rows, CurveView()).pictures if one.name == "train/loss"]
    assert str(picture.title) == "Loss: training"
    assert "chart__line--2" in picture.svg
    assert picture.rows == (("1", ("0.8", "0.9")), ("2", ("0.4", "0.6")), ("3", ("–", "0.3")))
    assert [line.last for line in picture.lines] == ["0.4", "0.3"]


def test_a_part_of_the_curves_is_drawn_and_all_of_them_are_handed_on(boss, ground):
    run = trained_run("a", **ground, losses=[0.8, 0.4, 0.2])
    rows = compared(boss, runs=[run.public_id], checkpoints=[])
    view = CurveView(low=2, high=3, figures=(("train", "loss"),))
    (picture,) = overlay(rows, view).pictures
    assert [place for place, _values in picture.rows] == ["2", "3"]
    assert picture.lines[0].x == [1.0, 2.0, 3.0]
    assert overlay(rows, CurveView(low=7)).pictures == ()


def test_a_logarithmic_scale_says_what_it_cannot_draw(boss, ground):
    run = trained_run("a", **ground, losses=[100.0, 1.0, 0.0, -1.0])
    rows = compared(boss, runs=[run.public_id], checkpoints=[])
    view = CurveView(is_log=True, figures=(("train", "loss"),))
    (picture,) = overlay(rows, view).pictures
    assert picture.n_undrawn == 2
    assert picture.lines[0].y == [100.0, 1.0]
    for tick in ("1", "10", "100"):
        assert f">{tick}</text>" in picture.svg


def test_figures_without_words_are_offered_by_name_and_a_base_has_none(boss, ground):
    run = trained_run("a", **ground, losses=[0.8])
    rows = compared(boss, runs=[run.public_id], checkpoints=[ground["base"].public_id])
    drawn = overlay(rows, CurveView())
    assert ("train/num_tokens", "num_tokens: training", False) in [
        (name, str(title), is_drawn) for name, title, is_drawn in drawn.offered
    ]
    assert [row.letter for row in drawn.without] == ["B"]
