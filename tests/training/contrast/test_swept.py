"""The runs of a sweep, the best by a chosen figure first."""

import pytest

from tests.factories import make_admin
from tests.training.contrast.rows import finish, make_base, make_snapshot, right_on, trained_run
from training.contrast.swept import swept
from training.models import Evaluation, Run, RunState, Snapshot, Sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep():
    snapshot, base = make_snapshot(), make_base()
    sweep = Sweep.objects.create(name="Betas", method="dpo", varied={"beta": [0.1, 0.2, 0.3, 0.4]})
    for beta, n_right in ((0.1, 40), (0.2, 70), (0.3, 55)):
        run = trained_run(
            f"{beta}", snapshot=snapshot, base=base, wins=right_on(n_right), beta=beta
        )
        sweep.runs.add(run)
    sweep.runs.add(
        trained_run("0.4", snapshot=snapshot, base=base, state=RunState.QUEUED, beta=0.4)
    )
    return sweep


def test_the_best_stands_first_and_what_has_no_figure_last(sweep):
    table = swept(sweep, make_admin())
    assert [row.values for row in table.runs] == [(0.2,), (0.3,), (0.1,), (0.4,)]
    assert table.runs[0].figure["value"] == 0.7
    assert table.runs[-1].figure is None
    assert (table.by, table.n_unfinished) == ("accuracy", 1)


def test_a_smaller_distance_is_better_and_only_figures_that_are_there_are_offered(sweep):
    for number, evaluation in enumerate(Evaluation.objects.order_by("pk")):
        evaluation.figures |= {"kl_k1": {"value": 3.0 - number, "low": 0, "high": 5, "n": 9}}
        evaluation.save()
    table = swept(sweep, make_admin(), by="kl_k1")
    assert [row.values for row in table.runs] == [(0.3,), (0.2,), (0.1,), (0.4,)]
    assert not table.runs[0].is_share
    assert [name for name, _label in table.figures] == ["accuracy", "kl_k1"]
    assert swept(sweep, make_admin(), by="no such").by == "accuracy"


def test_rewards_of_a_judge_that_learnt_from_the_prompts_are_paired_with_nobodys(sweep):
    narrow = make_snapshot(name="Narrow")
    narrow.eval_share = 0.05
    narrow.save()
    judge = finish(trained_run("taste", snapshot=narrow, base=make_base(), state="failed"))
    for number, run in enumerate(sweep.runs.filter(state=RunState.SUCCEEDED).order_by("pk")):
        own = run.checkpoints.get()
        rewards = {f"{place:08x}": number + 0.01 * (place % 3) for place in range(30)}
        summary = {"by_prompt": {"rewards": rewards, "rewarded_by": "taste"}}
        measured = Run.objects.create(
            kind="evaluate", name="m", base=own, snapshot=run.snapshot, summary=summary
        )
        measured.reward_models.add(judge)
        mean = {"value": number, "low": number, "high": number, "n": 30}
        Evaluation.objects.create(
            checkpoint=own, snapshot=run.snapshot, run=measured, figures={"mean_reward": mean}
        )

    def said():
        return [row.beside.said for row in swept(sweep, make_admin(), by="mean_reward").runs[1:3]]

    assert said() == ["unknown", "unknown"]
    Snapshot.objects.filter(pk=narrow.pk).update(eval_share=0.1)
    assert said() == ["worse", "worse"]
