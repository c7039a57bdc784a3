"""The demonstration prepares itself, once, however often it is asked or interrupted."""

import shutil
import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotate.models import Project
from tests.bells import listen
from tests.training.conftest import make_tiny, simulate
from training.checkpoints.registry import register_base
from training.demo import helpful, preparing
from training.models import Checkpoint, Run, Snapshot
from training.tasks import reap_runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TINY = {"vocab_size": 320, "hidden_size": 16, "n_layers": 1, "n_heads": 2, "context": 256}


@pytest.fixture(autouse=True)
def small_demo(monkeypatch):
    monkeypatch.setattr(helpful, "SIZES", TINY)
    yield
    shutil.rmtree(settings.ACCORD_DATA_DIR / "demo", ignore_errors=True)


@pytest.fixture(scope="module")
def demo_directory() -> Path:
    return make_tiny("demonstration", context=TINY["context"])


@pytest.fixture
def made_before(monkeypatch, demo_directory) -> None:
    """Where how the base is made is not the matter, it is a copy of one."""

    def register(*, name: str, **_given: object) -> Checkpoint:
        return register_base(path_or_hub_id=str(demo_directory), name=name)

    monkeypatch.setattr(helpful, "make_tiny_base", register)


@pytest.fixture
def demo_project(judged_project) -> Project:
    project = judged_project(20, slug=helpful.PROJECT, is_demo=True)
    simulate(project)
    return project


def progress() -> str:
    out = StringIO()
    call_command("demo_progress", stdout=out)
    return out.getvalue()


def test_it_makes_a_base_a_snapshot_and_three_runs_in_the_right_order(demo_project):
    preparing.prepare()
    prepared = helpful.present()
    sft, reward_model, dpo = prepared.runs
    assert [run.method for run in prepared.runs] == ["sft", "reward_model", "dpo"]
    assert (sft.base, reward_model.after, dpo.after) == (prepared.base, sft, sft)
    assert prepared.snapshot.n_simulated == prepared.snapshot.n_judgements == 20
    assert "simulated" in prepared.snapshot.selection["kinds"]


def test_asked_again_or_interrupted_it_makes_nothing_twice(demo_project, made_before, monkeypatch):
    def die(**_arguments):
        raise SystemError("as if the worker had been killed")

    with monkeypatch.context() as broken:
        broken.setattr(helpful, "freeze_snapshot", die)
        with pytest.raises(SystemError):
            preparing.prepare()
    assert (Checkpoint.objects.count(), Snapshot.objects.count()) == (1, 0)
    for _time in range(2):
        preparing.prepare()
    counts = (Checkpoint.objects.count(), Snapshot.objects.count(), Run.objects.count())
    assert counts == (1, 1, 3)


def test_it_is_asked_for_again_until_it_is_prepared_or_given_up(demo_project, monkeypatch):
    sent = listen(monkeypatch, preparing.PREPARE)
    preparing.resend_unfinished_demo()
    preparing.resend_unfinished_demo()  # the first message is still on its way
    assert len(sent) == 1
    monkeypatch.setattr(preparing, "SEND_AGAIN_SECONDS", -1)
    preparing.resend_unfinished_demo()
    assert len(sent) == 2
    monkeypatch.setattr(helpful, "SIZES", {**TINY, "hidden_size": 7})  # not a multiple of the heads
    for _time in range(preparing.MOST_ATTEMPTS):
        preparing.prepare()
    preparing.resend_unfinished_demo()
    assert len(sent) == 2
    with pytest.raises(CommandError, match="hidden_size 7"):
        progress()


def test_the_progress_asks_again_where_the_worker_was_killed(
    demo_project, made_before, monkeypatch
):
    sent = listen(monkeypatch, preparing.PREPARE)
    preparing.send()  # read by a worker that died over it
    monkeypatch.setattr(preparing, "SEND_AGAIN_SECONDS", -1)

    def prepare_as_rung(_seconds: float) -> None:
        if len(sent) > 1:
            preparing.prepare()
            Run.objects.update(state="cancelled")

    monkeypatch.setattr("time.sleep", prepare_as_rung)
    assert "making a small model" in progress()
    assert len(sent) == 2


def test_the_reaper_leaves_the_demonstration_alone(demo_project, monkeypatch):
    sent = listen(monkeypatch, preparing.PREPARE)
    reap_runs()
    assert sent == []


def test_without_a_demonstration_there_is_nothing_to_do_or_say(db):
    preparing.prepare()
    preparing.resend_unfinished_demo()
    assert progress() == ""
    assert not Run.objects.exists()


def test_the_progress_ends_with_the_address_of_the_result(demo_project, made_before):
    preparing.prepare()
    dpo = helpful.present().runs[-1]
    Run.objects.update(state="succeeded")
    final = Checkpoint.objects.create(
        kind="policy", name="Aligned", digest="1", manifest=[], size_bytes=0, run=dpo
    )
    (line,) = progress().splitlines()  # how it got there was said at the first start
    assert line.endswith(f"/training/checkpoints/{final.public_id}/")


def test_the_progress_says_each_step_once(demo_project, made_before, monkeypatch):
    preparing.prepare()
    runs = helpful.present().runs
    steps = iter(
        [
            {"state": "running", "token": uuid.uuid4(), "lease_until": timezone.now()},
            {"phase": "train", "step": 31, "total_steps": 100},
            {"step": 32},
            {"state": "failed", "reason": "It broke."},
            None,
        ]
    )

    def go_on(_seconds: float) -> None:
        if values := next(steps):
            Run.objects.filter(pk=runs[0].pk).update(**values)
        else:
            Run.objects.exclude(pk=runs[0].pk).update(state="cancelled")

    monkeypatch.setattr("time.sleep", go_on)
    assert progress().splitlines() == [
        "Demonstration: SFT running",
        "Demonstration: SFT running, train 30 %",
        "Demonstration: SFT failed: It broke.",
        "Demonstration: reward model cancelled",
        "Demonstration: DPO cancelled",
        "Demonstration: it ended without a result; the reasons stand on the pages of its runs",
    ]
