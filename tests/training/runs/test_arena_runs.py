"""Checkpoints into an arena: asked for their answers, and met blind."""

import json
from unittest.mock import Mock

import pytest
from django.db import transaction
from django.urls import reverse

from annotate.arena.next_meetings import draw_meetings
from annotate.errors import InvalidInput
from annotate.models import Arena, ArenaState, Comparison, Completion
from tests.annotate.arena.arenas import make_answered
from tests.factories import make_admin
from tests.training.contrast.rows import finish, make_snapshot, trained_run
from tests.training.execution.test_runner import carry_out
from training.errors import RunRefused
from training.execution.arena_answers import enter_answers, finish_answers
from training.lineage.prompts_held_out import share_held_out
from training.models import Checkpoint, CheckpointKind, Installation, Run, RunState
from training.runs.arena_runs import open_checkpoint_arena

pytestmark = pytest.mark.django_db(transaction=True)

SHORT = {"max_new_tokens": 6, "temperature": 1.0}


def opened(project, checkpoints, **fields):
    return open_checkpoint_arena(
        **{
            "project": project,
            "name": "Bases",
            "checkpoints": checkpoints,
            "settings": SHORT,
            "eval_share": 0.999999,
            **fields,
        }
    )


def another(checkpoint: Checkpoint, **fields) -> Checkpoint:
    values = {
        "name": checkpoint.name,
        "digest": "e" * 64,
        "is_local": checkpoint.is_local,
        **fields,
    }
    return Checkpoint.objects.create(
        kind=CheckpointKind.BASE,
        manifest=checkpoint.manifest,
        size_bytes=1,
        folder=checkpoint.folder,
        **values,
    )


def test_each_checkpoint_is_asked_once_and_names_are_told_apart(tiny_base):
    project = make_answered(5, ("imported",))
    arena, runs = opened(
        project, [tiny_base, another(tiny_base)], origins=["imported"], with_copy=True
    )
    assert arena.state == ArenaState.PREPARING
    assert list(arena.contestants.order_by("number").values_list("name", "sample")) == [
        (f"Tiny · {tiny_base.digest[:8]}", 0),
        ("Tiny · eeeeeeee", 0),
        (f"Tiny · {tiny_base.digest[:8]} (copy)", 1),
        ("imported", 0),
    ]
    assert [run.settings["n_samples"] for run in runs] == [2, 1]
    assert {run.settings["arena"] for run in runs} == {str(arena.public_id)}
    assert {run.project for run in runs} == {project}


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"settings": {"temperature": 0.0}, "with_copy": True}, RunRefused, "temperature"),
        ({"settings": {"temperature": "hot"}}, RunRefused, "temperature"),
        ({"checkpoints": [], "with_copy": True}, RunRefused, "checkpoints"),
        ({"origins": ["nobody"]}, InvalidInput, "contestants"),
        ({"target": 0}, InvalidInput, "target"),
    ],
)
def test_what_is_refused_leaves_no_arena_and_no_run(tiny_base, change, error, field):
    with pytest.raises(error) as refused:
        opened(make_answered(3), **{"checkpoints": [tiny_base], "origins": ["a"], **change})
    assert refused.value.field == field
    assert not Arena.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.parametrize("salt", ["ours", "another"])
def test_who_learnt_from_prompts_of_the_arena_does_not_enter(tiny_base, salt):
    project = make_answered(30, ("a",))
    Installation.objects.update_or_create(pk=1, defaults={"split_salt": "ours"})
    snapshot = make_snapshot(project)  # holds out a tenth
    snapshot.split_salt = salt
    snapshot.save()
    learnt = finish(trained_run("first", snapshot=snapshot, base=tiny_base, state="failed"))
    wider = make_snapshot()
    wider.eval_share, wider.split_salt = 0.2, salt
    wider.save()
    later = finish(trained_run("then", snapshot=wider, base=learnt, state="failed"))
    why = "it has seen others" if salt == "ours" else "“then” cannot enter"
    with pytest.raises(InvalidInput, match=why) as refused:
        opened(project, [tiny_base, later], eval_share=0.5)
    assert (refused.value.field, refused.value.value) == ("eval_share", 0.5)
    assert not Arena.objects.exists()
    opened(make_answered(30, ("a",)), [tiny_base], origins=["a"])
    known = [share_held_out(one) for one in (later.digest, tiny_base.digest, "a")]
    assert known == [0.1 if salt == "ours" else 0.0, 1.0, None]


def test_a_reward_model_does_not_enter(tiny_base):
    judge = another(tiny_base, name="judge")
    judge.kind = CheckpointKind.REWARD_MODEL
    with pytest.raises(RunRefused, match="writes none"):
        opened(make_answered(3), [tiny_base, judge])


def test_samples_are_entered_and_make_no_comparison_by_themselves(tiny_base, tmp_path):
    project = make_answered(3, ("a",))
    arena, (run,) = opened(project, [tiny_base], origins=["a"])
    file = tmp_path / "samples.jsonl"
    lines = [
        {"prompt_id": str(prompt), "source": "checkpoint", "index": 0, "text": f"about {prompt}"}
        for prompt in arena.prompts.values_list("public_id", flat=True)
    ]
    lines[0]["text"] = " "
    file.write_text("\n".join(json.dumps(line) for line in lines))
    counts = enter_answers(run=run, arena=arena, samples=file, fence=Mock())
    assert counts == {"n_prompts": 3, "n_left_out": 1}
    assert not Comparison.objects.exists()
    with transaction.atomic():  # with what says that the run has ended
        finish_answers(run=run, arena=arena)
    arena.refresh_from_db()
    assert arena.state == ArenaState.OPEN
    assert draw_meetings(arena_id=arena.pk) == 2


def test_the_page_says_which_answers_are_awaited_and_which_are_lost(tiny_base, client):
    arena, (run,) = opened(make_answered(3, ("a",)), [tiny_base], origins=["a"])
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("annotate:arena", args=[arena.project.slug, arena.public_id])
    page = client.get(address).content.decode()
    assert "awaited, queued" in page
    assert "has ended without" not in page
    assert "<td>not here</td>" in page
    assert "<td>not known</td>" in page
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    page = client.get(address).content.decode()
    assert "awaited, failed" in page
    assert "A run that was to answer has ended without." in page


@pytest.mark.slow
@pytest.mark.any_database
def test_a_worker_writes_the_answers_and_the_arena_opens(tiny_base):
    project = make_answered(4, ("a",))
    arena, (run,) = opened(project, [tiny_base], origins=["a"], with_copy=True)
    run = carry_out(run)
    assert run.state == RunState.SUCCEEDED, run.log
    assert run.summary["arena"]["n_prompts"] == 4
    arena.refresh_from_db()
    assert arena.state == ArenaState.OPEN
    written = Completion.objects.filter(origin=tiny_base.digest)
    assert written.exists()
    assert not Comparison.objects.exists()
    assert draw_meetings(arena_id=arena.pk) > 0
    origins = {tiny_base.digest, "a"}
    for comparison in Comparison.objects.all():
        assert {comparison.first.origin, comparison.second.origin} <= origins
