"""Several values in, several runs out: all of them, or none."""

import pytest

from annotate.errors import InvalidInput
from annotate.models import AuditEvent
from tests.factories import make_admin
from tests.training.conftest import QUICK, freeze
from training.errors import NotCancellable
from training.models import Run, RunState, Sweep
from training.runs.claimed import claim_run
from training.runs.sweeps import cancel_sweep, queue_sweep

pytestmark = pytest.mark.django_db(transaction=True)
REST = {name: value for name, value in QUICK.items() if name not in ("learning_rate", "seed")}


@pytest.fixture
def queue(tiny_base, judged_project):
    snapshot = freeze(judged_project(5))

    def make(varied, **more):
        wanted = {"name": "Try", "method": "dpo", "settings": REST, **more}
        return queue_sweep(snapshot=snapshot, base=tiny_base, varied=varied, **wanted)

    return make


def test_a_run_for_every_combination_under_one_name(queue):
    boss = make_admin()
    sweep = queue({"beta": [0.1, 0.3], "learning_rate": [1e-5, 1e-4]}, requested_by=boss)
    runs = list(sweep.runs.order_by("pk"))
    assert [(run.settings["beta"], run.settings["learning_rate"]) for run in runs] == [
        (0.1, 1e-5),
        (0.1, 1e-4),
        (0.3, 1e-5),
        (0.3, 1e-4),
    ]
    assert runs[0].name == "Try · beta=0.1, learning_rate=1e-05"
    assert {run.settings["batch_size"] for run in runs} == {4}
    assert {run.state for run in runs} == {RunState.QUEUED}
    assert AuditEvent.objects.filter(action="sweep.queue").count() == 1


@pytest.mark.parametrize(
    ("varied", "field", "words"),
    [
        ({}, "varied", "one setting or two, not 0"),
        ({"beta": [0.1, 0.2], "seed": [1, 2], "gamma": [1, 2]}, "varied", "not 3"),
        ({"beta": [0.1]}, "beta", "at least two values"),
        ({"beta": [0.1, 0]}, "beta", "above 0"),
        ({"beta": [0.1, 0.1]}, "beta", "are the same run"),
        ({"beta": [1, 1.0]}, "beta", "are the same run"),
        ({"no_such": [1, 2]}, "no_such", "no_such"),
        ({"beta": ["\0", 1]}, "varied", "NUL"),
        ({"batch_size": [1, 2]}, "batch_size", "cannot have one value for all runs"),
        ({"seed": list(range(25))}, "varied", "25 runs; a sweep has at most 24"),
        ({"seed": list(range(5)), "beta": [0.1, 0.2, 0.3, 0.4, 0.5]}, "varied", "25 runs"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name_and_nothing_is_queued(queue, varied, field, words):
    with pytest.raises(InvalidInput, match=words) as refused:
        queue(varied)
    assert refused.value.field == field
    assert not Run.objects.exists()
    assert not Sweep.objects.exists()


def test_twenty_four_runs_are_queued(queue):
    assert queue({"seed": list(range(24))}).runs.count() == 24


def test_all_that_has_not_ended_is_cancelled(queue):
    sweep = queue({"beta": [0.1, 0.2, 0.3]})
    running, ended, waiting = sweep.runs.order_by("pk")
    assert claim_run(run_id=running.public_id, worker="here")
    Run.objects.filter(pk=ended.pk).update(state=RunState.SUCCEEDED)
    assert cancel_sweep(sweep_id=sweep.public_id) == 2
    waiting.refresh_from_db()
    running.refresh_from_db()
    ended.refresh_from_db()
    assert waiting.state == RunState.CANCELLED
    assert running.cancel_requested_at is not None
    assert ended.state == RunState.SUCCEEDED
    Run.objects.filter(pk=running.pk).update(state=RunState.CANCELLED)
    with pytest.raises(NotCancellable, match="All runs of this sweep"):
        cancel_sweep(sweep_id=sweep.public_id)
