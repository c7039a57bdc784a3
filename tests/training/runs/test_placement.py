"""Which worker takes which run, and what a drained one leaves to others."""

import pytest
from django.utils import timezone

from annotate.models import AuditEvent
from tests.bells import listen
from tests.factories import make_admin
from training.models import Run, RunState, Worker
from training.runs import dispatch
from training.runs.claimed import claim_next, give_back_run
from training.runs.dispatch import dispatch_waiting_runs, pass_bell_on
from training.runs.drains import drain_worker, let_worker_go_on
from training.runs.needs import needs_of
from training.runs.placement import Fleet, Needs, can_do
from training.runs.workers import has_idle_worker, record_start

GIB = 1024
CPU = {"kind": "cpu", "name": "2 cores", "memory_mib": 16 * GIB}
GPU = {"kind": "cuda", "name": "Card", "memory_mib": 80 * GIB}


def worker(name: str, *devices: dict) -> Worker:
    return Worker(name=name, devices=list(devices), heartbeat_at=timezone.now())


@pytest.mark.parametrize(
    ("devices", "needs", "able"),
    [
        ([CPU], Needs(device="cuda"), False),
        ([GPU, CPU], Needs(device="cuda"), True),
        ([GPU, CPU], Needs(device="cuda", n_devices=2), False),
        ([GPU, GPU, CPU], Needs(device="cuda", n_devices=2, memory_mib=160 * GIB), True),
        ([GPU, GPU, CPU], Needs(device="cuda", n_devices=2, memory_mib=161 * GIB), False),
        ([CPU], Needs(device="cpu", n_devices=4, memory_mib=16 * GIB), True),
        ([CPU], Needs(memory_mib=17 * GIB), False),
        ([GPU, CPU], Needs(memory_mib=81 * GIB), False),  # auto would take the card
        ([GPU, CPU], Needs(device="cpu", memory_mib=16 * GIB), True),
        ([], Needs(memory_mib=17 * GIB), True),  # it has not said how large it is
    ],
)
def test_a_worker_can_do_what_its_devices_hold(devices, needs, able):
    assert can_do(worker("w", *devices), needs) is able


def test_what_would_take_a_gpu_leaves_workers_without_alone_while_one_is_there():
    small, large = worker("small", CPU), worker("large", GPU, CPU)
    both, alone = Fleet([small, large]), Fleet([small])
    assert not both.may_take(small, Needs())
    assert both.may_take(large, Needs())
    assert both.may_take(small, Needs(device="cpu"))
    assert alone.may_take(small, Needs())


def test_what_nobody_can_do_says_what_it_waits_for():
    fleet = Fleet([worker("small", CPU)])
    waiting = Run(state=RunState.QUEUED, needs=Needs(device="cuda").as_json())
    assert "a worker with a GPU" in fleet.why_not(waiting)
    waiting.needs = Needs(device="cuda", n_devices=4).as_json()
    assert "4 GPUs" in fleet.why_not(waiting)
    waiting.needs = Needs(n_devices=2).as_json()  # on whatever there is
    assert fleet.why_not(waiting) == ""
    assert "2 GPUs" in Fleet([worker("large", GPU, CPU)]).why_not(waiting)
    waiting.needs = Needs(memory_mib=20 * GIB).as_json()
    assert "20.0 GiB" in fleet.why_not(waiting)
    assert "16.0 GiB" in fleet.why_not(waiting)
    waiting.needs = {}
    assert fleet.why_not(waiting) == ""


@pytest.mark.django_db(transaction=True)
class TestWithRows:
    def test_a_run_needs_what_its_weights_and_the_optimizer_hold(self, queued_run, tiny_base):
        run = queued_run()
        size = sum(
            entry["size"] for entry in tiny_base.manifest if entry["path"].endswith(".safetensors")
        )
        assert run.needs == needs_of(run).as_json()
        assert run.needs["device"] == "cpu"
        assert run.needs["memory_mib"] == round(size / 4 * 16 / 1024**2)

    def test_a_worker_passes_over_what_it_cannot_do(self, queued_run):
        first, second = queued_run(), queued_run()
        Run.objects.filter(pk=first.pk).update(needs=Needs(device="cuda").as_json())
        record_start(name="small", devices=[CPU])
        assert claim_next(worker="small") == second
        assert claim_next(worker="small") is None
        record_start(name="large", devices=[GPU, CPU])
        assert claim_next(worker="large") == first

    def test_a_drained_worker_takes_nothing_until_it_is_let_go_on(self, queued_run, monkeypatch):
        run, admin = queued_run(), make_admin()
        record_start(name="w", devices=[CPU])
        row = Worker.objects.get(name="w")
        drain_worker(worker_id=row.public_id, drained_by=admin)
        drain_worker(worker_id=row.public_id, drained_by=admin)
        assert not has_idle_worker()
        assert claim_next(worker="w") is None
        record_start(name="w", devices=[CPU])  # started again, it is still drained
        assert claim_next(worker="w") is None
        rung = listen(monkeypatch, dispatch.EXECUTE)
        let_worker_go_on(worker_id=row.public_id, asked_by=admin)
        assert rung == [str(run.public_id)]
        assert claim_next(worker="w") == run
        acts = AuditEvent.objects.filter(action__startswith="worker.").order_by("pk")
        assert list(acts.values_list("action", flat=True)) == ["worker.drain", "worker.go_on"]

    def test_a_bell_that_came_to_the_wrong_worker_is_soon_rung_again(self, queued_run, monkeypatch):
        run = queued_run()
        rung = listen(monkeypatch, dispatch.EXECUTE)
        assert dispatch_waiting_runs() == 0
        pass_bell_on(run.public_id)
        assert dispatch_waiting_runs() == 1
        assert rung == [str(run.public_id)]

    def test_a_drained_worker_gives_back_nothing_and_finishes_what_it_has(self, queued_run):
        record_start(name="w", devices=[CPU])
        queued_run()
        run = claim_next(worker="w")
        drain_worker(worker_id=Worker.objects.get().public_id)
        run.refresh_from_db()
        assert run.state == RunState.RUNNING
        give_back_run(run=run)  # its claim still holds
