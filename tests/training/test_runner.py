"""The whole way of a run, with the real child on a tiny model."""

import pytest

from tests.training.conftest import QUICK
from training.models import Checkpoint, Evaluation, Run, RunState
from training.runner import execute
from training.selection import Selection
from training.services.claims import claim_run
from training.services.runs import queue_run
from training.services.snapshots import freeze_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def queued(base, project, method="sft", **settings) -> Run:
    snapshot = freeze_snapshot(name="All", projects=[project], selection=Selection(eval_share=0.2))
    return queue_run(method=method, snapshot=snapshot, base=base, settings={**QUICK, **settings})


@pytest.mark.parametrize("method", ["sft", "reward_model", "dpo"])
def test_a_queued_run_ends_in_a_checkpoint_with_figures(method, tiny_base, judged_project):
    run = queued(tiny_base, judged_project(), method)
    execute(claim_run(run_id=run.public_id, worker="here"))
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.SUCCEEDED, ""), run.log
    final = Checkpoint.objects.get(run=run, is_final=True)
    assert Evaluation.objects.get(run=run).checkpoint == final
    assert run.metrics.filter(phase="train").count() == run.total_steps
