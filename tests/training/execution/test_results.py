"""What a worker writes at the end of a run, when the run is no longer its own."""

import uuid

import pytest

from annotate.work.claims import ClaimLost
from training.artifacts.store import StoredDirectory
from training.execution.results import finish_training
from training.models import Checkpoint, Run
from training.runs.claimed import claim_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_result_that_comes_too_late_takes_nothing_from_whoever_goes_on(queued_run):
    run = claim_run(run_id=queued_run().public_id, worker="late")
    kept = Checkpoint.objects.create(
        kind="policy", name="2", digest="2", manifest=[], size_bytes=0, run=run, step=2,
        is_final=False,
    )  # fmt: skip
    Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())
    final = StoredDirectory(folder="3", digest="3", manifest=[])
    with pytest.raises(ClaimLost):
        finish_training(run=run, summary={}, final=final, n_left_out=0, log="")
    assert list(Checkpoint.objects.filter(run=run)) == [kept]
