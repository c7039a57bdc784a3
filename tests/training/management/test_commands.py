import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_project
from tests.training.conftest import freeze
from training.models import Checkpoint, Round, Run, RunState, Schedule, Snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*arguments: str) -> dict:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_whole_way_of_an_admin_by_commands(judged_project, tiny_directory):
    project = judged_project(8)
    base = answer("register_base", str(tiny_directory), "--name", "Tiny")
    frozen = answer("freeze_snapshot", "First", "--project", project.slug, "--eval-share", "0.2")
    assert frozen["digest"] == Snapshot.objects.get().digest
    settings = ["--set", "max_length=64", "--set", "epochs=2", "--set", "device=cpu"]
    sft = answer("queue_run", "sft", "--snapshot", "First", "--base", base["digest"], *settings)
    dpo = answer("queue_run", "dpo", "--snapshot", frozen["id"], "--after", sft["id"], *settings)
    assert (dpo["settings"]["max_length"], dpo["settings"]["device"]) == (64, "cpu")
    assert dpo["advice"] == []
    assert answer("cancel_run", sft["id"])["state"] == RunState.CANCELLED
    assert answer("resume_run", sft["id"])["state"] == RunState.QUEUED
    sampled = answer("queue_sample_run", "--project", project.slug, "--checkpoint", "Tiny")
    assert Run.objects.get(public_id=sampled["id"]).base == Checkpoint.objects.get(name="Tiny")


def test_a_sweep_is_queued_from_the_command_line(judged_project, tiny_base):
    freeze(judged_project(4), name="First")
    start = ["queue_run", "dpo", "--snapshot", "First", "--base", "Tiny", "--set", "max_length=64"]
    made = answer(*start, "--name", "Try", "--vary", "beta=0.1, 0.3", "--vary", "seed=1,2")
    assert made["varied"] == {"beta": [0.1, 0.3], "seed": [1, 2]}
    assert len(made["runs"]) == 4
    with pytest.raises(CommandError, match="expected SETTING=VALUE,VALUE"):
        call_command(*start, "--vary", "beta")
    with pytest.raises(CommandError, match="Give the sweep a name of at most 80"):
        call_command(*start, "--vary", "beta=0.1,0.2")


@pytest.mark.slow
def test_a_tiny_base_is_made_from_a_projects_own_text(judged_project):
    project = judged_project(8)
    sizes = ["--vocab-size", "320", "--hidden-size", "16", "--n-layers", "1", "--n-heads", "2"]
    made = answer("make_tiny_checkpoint", "--project", project.slug, *sizes)
    base = Checkpoint.objects.get(public_id=made["id"])
    assert (base.kind, base.folder, base.digest) == ("base", made["folder"], made["digest"])


def test_a_refusal_is_one_sentence_with_the_field_and_the_value(judged_project, tiny_base):
    freeze(judged_project(4), name="First")
    start = ["queue_run", "dpo", "--snapshot", "First", "--base", "Tiny"]
    with pytest.raises(CommandError, match=r"beta must be above 0.*\(beta: -1\.0\)"):
        call_command(*start, "--set", "max_length=64", "--set", "beta=-1")
    with pytest.raises(CommandError, match="expected SETTING=VALUE"):
        call_command(*start, "--set", "beta")
    with pytest.raises(CommandError, match="There is no project 'nowhere'"):
        call_command("freeze_snapshot", "Second", "--project", "nowhere")
    with pytest.raises(CommandError, match="There is no snapshot 'Second'"):
        call_command("queue_run", "sft", "--snapshot", "Second", "--base", "Tiny")
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("freeze_snapshot", "First", "--project=tea", "--since=yesterday"),
        ("freeze_snapshot", "First", "--project=tea", "--min-agreement=nan"),
        ("freeze_snapshot", "First", "--project=tea", "--eval-share=7"),
        ("freeze_snapshot", "x" * 1000, "--project=tea"),
        ("register_base", "/nowhere"),
        ("register_base", ""),
        ("register_base", "~nobody/x"),
        ("queue_run", "sft", "--snapshot=x", "--base=x"),
        ("queue_sample_run", "--project=tea", "--checkpoint=x"),
        ("cancel_run", "x"),
        ("resume_run", ""),
        ("make_tiny_checkpoint", "--project=tea"),
    ],
)
def test_what_cannot_be_done_ends_in_a_sentence_and_with_2(arguments):
    make_project(slug="tea")
    with pytest.raises(CommandError, match=r"\w") as refusal:
        call_command(*arguments)
    assert refusal.value.returncode == 2


def test_a_recipe_is_kept_and_a_round_begun_by_commands(judged_project, tiny_base, tmp_path):
    slug = judged_project(2).slug
    shipped = answer("add_recipe", slug, "--shipped", "dpo_nightly", "--start", "Tiny")
    assert shipped["steps"][1]["start"] == f"checkpoint:{tiny_base.public_id}"
    assert len(shipped["schedules"]) == 1
    paused = answer(
        *("add_recipe", slug, "--shipped", "reward_model_every_500_votes"),
        *("--paused", "--time-zone", "Asia/Shanghai"),
    )
    schedule = Schedule.objects.get(public_id=paused["schedules"][0])
    assert (schedule.is_paused, schedule.time_zone) == (True, "Asia/Shanghai")
    own = tmp_path / "steps.json"
    own.write_text('[{"do": "freeze"}]')
    answer("add_recipe", slug, "--steps", str(own), "--name", "Mine")
    begun = answer("start_round", slug, "Mine")
    assert (begun["number"], Round.objects.get().recipe.name) == (1, "Mine")
    assert answer("start_round", slug, shipped["id"])["number"] == 1
    for arguments in (
        ("start_round", slug, "Mine"),  # it is under way
        ("start_round", slug, "Yours"),
        ("add_recipe", slug, "--steps", str(own), "--name", "Mine"),
        ("add_recipe", slug, "--steps", str(tmp_path / "none.json"), "--name", "Other"),
        ("add_recipe", slug, "--steps", str(own), "--name", "Other", "--paused"),
        ("add_recipe", slug, "--shipped", "dpo_nightly", "--time-zone", "Nowhere"),
    ):
        with pytest.raises(CommandError):
            call_command(*arguments, stdout=StringIO())
