"""Estimates against hand-worked values, and of runs as they are queued."""

import pytest
from django.utils import timezone

from training.models import RunState, Worker
from training.runs.claimed import claim_run
from training.runs.estimates import Past, Size, estimates_of, from_past, size_of


def size(tokens: int, *, method: str = "dpo", n_weights: int = 10, held_mib: int = 100) -> Size:
    return Size(method=method, steps=1, tokens=tokens, n_weights=n_weights, held_mib=held_mib)


def past(tokens: int, *, scaled: float, fixed: float = 5.0, peak: float = 150.0, **more) -> Past:
    return Past(size=size(tokens, **more), seconds=scaled + fixed, scaled=scaled, peak_mib=peak)


def test_time_is_a_fixed_part_and_a_rate_for_each_token_and_weight():
    three = [past(100, scaled=10.0), past(200, scaled=20.0), past(400, scaled=40.0)]
    found = from_past(size(1000), three, worker="w")
    assert found.seconds == pytest.approx(5 + 100)
    assert (found.low, found.high) == (105.0, 105.0)  # each is told exactly by the other two
    assert found.memory_mib == 100 + 50
    assert found.n_runs == 3


def test_the_range_is_that_of_each_run_estimated_from_the_others():
    three = [past(100, scaled=10.0, fixed=0), past(100, scaled=20.0, fixed=0)]
    three.append(past(100, scaled=40.0, fixed=0))
    found = from_past(size(100), three, worker="w")
    assert found.seconds == pytest.approx(20.0)
    # 10 from (20, 40) is 10/30; 20 from (10, 40) is 20/25; 40 from (10, 20) is 40/15
    assert found.low == pytest.approx(20 * 10 / 30, abs=0.1)
    assert found.high == pytest.approx(20 * 40 / 15, abs=0.1)


def test_two_runs_give_a_time_and_no_range_and_none_gives_neither():
    assert from_past(size(100), [past(100, scaled=1.0)] * 2, worker="w").low is None
    nothing = from_past(size(100), [], worker="w")
    assert (nothing.seconds, nothing.n_runs, nothing.memory_mib) == (None, 0, 100)


def test_runs_of_the_same_method_count_before_others():
    of_others = [past(100, scaled=900.0, method="sft") for _run in range(5)]
    own = [past(100, scaled=10.0, fixed=0) for _run in range(5)]
    assert from_past(size(100), [*of_others, *own], worker="w").seconds == pytest.approx(10.0)


@pytest.mark.django_db(transaction=True)
def test_a_queued_run_knows_its_steps_and_what_earlier_ones_took(queued_run):
    Worker.objects.create(name="w", heartbeat_at=timezone.now())
    first = queued_run("dpo", epochs=2, batch_size=4)
    n_train = first.snapshot.n_train
    assert size_of(first).steps == 2 * -(-n_train // 4)
    assert first.estimate["seconds"] is None
    run = claim_run(run_id=first.public_id, worker="w")
    run.state, run.token = RunState.SUCCEEDED, None
    run.finished_at = run.started_at + timezone.timedelta(seconds=30)
    run.summary = {"seconds": {"prepare": 2.0, "train": 20.0}, "peak_rss_mib": 500.0}
    run.preflight = {"train": {"n_used": 20, "tokens": {"total": 2000}}}
    run.save()
    [found] = estimates_of(first)
    assert (found.worker, found.n_runs) == ("w", 1)
    assert found.tokens == 2 * 2000
    assert found.seconds == pytest.approx(30.0)
    again = queued_run("dpo", epochs=4, batch_size=4)
    assert again.estimate["worker"] == "w"
    assert again.estimate["seconds"] > 30


def test_a_snapshot_whose_file_cannot_be_looked_at_has_no_estimate(queued_run):
    run = queued_run()
    run.snapshot.file = "snapshots/nowhere"
    assert estimates_of(run) == []
