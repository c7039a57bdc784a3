"""Round again: what a checkpoint writes comes back to people, blind."""

import json
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import Mock

import pytest

from alignment_core.canonical import digest_of_json
from annotate.comparisons.visible import visible_comparisons
from annotate.judging.leases import lease_next
from annotate.judging.priorities import set_priorities
from annotate.models import Comparison, Project, Prompt
from tests.factories import (
    hold,
    judge,
    make_admin,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_prompt,
)
from tests.training.execution.test_runner import carry_out
from training.errors import RunRefused
from training.execution.results import finish_sampling
from training.execution.samples import SOONER, prompts_of, publish_samples, stage_samples
from training.models import Checkpoint, Run, RunState
from training.reports.checkpoint_page import checkpoint_detail
from training.runs.claimed import claim_run
from training.runs.sample_runs import queue_sample_run

pytestmark = pytest.mark.django_db(transaction=True)

SHORT = {"max_new_tokens": 6, "temperature": 1.0}


@pytest.mark.slow
def test_two_samples_of_a_checkpoint_become_the_next_comparisons(tiny_base, judged_project):
    project = judged_project(6)
    make_comparison(project)
    run = carry_out(
        queue_sample_run(project=project, checkpoint=tiny_base, n_prompts=5, settings=SHORT)
    )
    assert run.state == RunState.SUCCEEDED, run.log
    counts = run.summary["comparisons"]
    new = Comparison.objects.filter(project=project, first__origin=tiny_base.digest)
    assert counts["n_prompts"] == 5
    assert counts["n_comparisons"] == new.count() > 0
    dropped = ("n_equal", "n_empty", "n_unstorable")  # so small a model writes any byte
    assert counts["n_comparisons"] + sum(counts[name] for name in dropped) == 5
    assert {row.second.origin for row in new} == {tiny_base.digest}
    held = lease_next(annotator=make_member(project), project=project)
    assert held.current.comparison in new  # before what was waiting already
    assert checkpoint_detail(tiny_base, make_admin()).n_comparisons == new.count()


@pytest.mark.slow
@pytest.mark.any_database
def test_a_checkpoint_answers_the_prompts_that_wait_and_no_others(tiny_base):
    project = make_project()
    make_comparison(project)
    asked = [{"role": "user", "content": "Why?"}]
    waiting = make_prompt(
        project, messages=asked, digest=digest_of_json(asked), awaits_answers=True
    )
    with pytest.raises(RunRefused, match="waits for answers"):
        queue_sample_run(
            project=make_comparison(make_project()).project,
            checkpoint=tiny_base,
            unanswered_only=True,
            settings=SHORT,
        )
    run = carry_out(
        queue_sample_run(
            project=project, checkpoint=tiny_base, unanswered_only=True, settings=SHORT
        )
    )
    assert run.state == RunState.SUCCEEDED, run.log
    assert run.summary["comparisons"]["n_prompts"] == 1
    prompts = Comparison.objects.filter(first__origin=tiny_base.digest).values_list("prompt")
    assert set(prompts) <= {(waiting.pk,)}


@pytest.mark.slow
@pytest.mark.any_database
def test_a_checkpoint_is_compared_with_its_base(queued_run, tiny_base):
    sft = carry_out(queued_run(learning_rate=0.05, epochs=5))
    made = sft.checkpoints.get()
    project = make_project()
    for _prompt in range(4):
        make_prompt(project, awaits_answers=True)
    run = carry_out(
        queue_sample_run(project=project, checkpoint=made, against_base=True, settings=SHORT)
    )
    assert run.state == RunState.SUCCEEDED, run.log
    assert Comparison.objects.filter(project=project).exists()
    for comparison in Comparison.objects.filter(project=project):
        origins = {comparison.first.origin, comparison.second.origin}
        assert origins == {made.digest, tiny_base.digest}
        assert comparison.priority == SOONER


def test_equal_and_empty_samples_are_dropped_and_counted(tiny_base, tmp_path):
    project = make_project()
    pairs = [("one", "two"), ("same", " same "), ("", "something"), ("something", "")]
    pairs += [("nul \0", "something"), ("something", "nul \0")]
    file = written(tmp_path, zip(prompts_in(project, len(pairs)), pairs, strict=True))
    counts = finish(sampling(project, tiny_base), file)
    assert counts == {
        "n_prompts": 6,
        "n_comparisons": 1,
        "n_equal": 1,
        "n_empty": 2,
        "n_unstorable": 2,
        "n_duplicates": 0,
    }
    again = finish(sampling(project, tiny_base), file)
    assert (again["n_comparisons"], again["n_duplicates"]) == (0, 1)
    assert Comparison.objects.filter(project=project).count() == 1


def test_a_priority_that_a_lead_set_outlasts_the_next_samples(tiny_base, tmp_path):
    project = make_project()
    prompts = prompts_in(project, 3)
    finish(sampling(project, tiny_base), pairs_on(tmp_path, prompts[:2]))
    later, as_it_was = Comparison.objects.order_by("pk")
    set_priorities(project=project, priorities={later.public_id: 7})
    finish(sampling(project, tiny_base), pairs_on(tmp_path, prompts))
    priorities = Comparison.objects.order_by("pk").values_list("priority", flat=True)
    assert list(priorities) == [7, as_it_was.priority, SOONER]
    assert as_it_was.priority == SOONER


def test_two_runs_that_sample_one_checkpoint_each_publish_their_own(tiny_base, tmp_path):
    project = make_project()
    prompts = prompts_in(project, 4)
    one, other = sampling(project, tiny_base), sampling(project, tiny_base)
    stage_samples(run=one, samples=pairs_on(tmp_path, prompts[:2]), fence=Mock())
    finish(other, pairs_on(tmp_path, prompts[2:]))
    assert prompts_shown(project) == prompts[2:]
    publish_samples(one)
    assert prompts_shown(project) == prompts
    assert {row.priority for row in visible_comparisons(project)} == {SOONER}


def test_samples_of_one_project_leave_those_of_another_alone(tiny_base, tmp_path):
    project, elsewhere = make_project(), make_project()
    dead, (prompt,) = sampling(elsewhere, tiny_base), prompts_in(elsewhere, 1)
    stage_samples(run=dead, samples=pairs_on(tmp_path, [prompt]), fence=Mock())
    Run.objects.filter(pk=dead.pk).update(state=RunState.QUEUED)  # to be tried again
    finish(sampling(project, tiny_base), pairs_on(tmp_path, prompts_in(project, 1)))
    assert Comparison.objects.filter(project=elsewhere, state="staged").count() == 1


def test_who_has_seen_the_whole_queue_is_asked_about_new_samples(tiny_base, tmp_path):
    project = make_project()
    make_comparison(project)
    annotator = make_member(project)
    judge(annotator, hold(annotator, project).current)
    assert hold(annotator, project).current is None
    finish(sampling(project, tiny_base), pairs_on(tmp_path, prompts_in(project, 1)))
    assert hold(annotator, project).current.comparison.priority == SOONER


def test_the_same_seed_draws_the_same_prompts():
    project = make_project()
    make_comparisons(project, 5)
    for _number in range(5):
        make_prompt(project, awaits_answers=True)
    first = prompts_of(project, n_prompts=4, seed=1)
    assert prompts_of(project, n_prompts=4, seed=1) == first
    assert prompts_of(project, n_prompts=4, seed=2) != first
    assert len(prompts_of(project, n_prompts=99, seed=1)) == 10


def test_prompts_of_what_is_not_published_yet_are_not_drawn():
    """They may be taken back, and nobody may see them: neither prompts with answers nor without."""
    project = make_project()
    judged = make_comparison(project).prompt
    make_comparison(project, state="staged", prompt=judged)
    make_comparison(project, state="staged")
    make_prompt(project)  # staged by an import of prompts
    assert prompts_of(project, n_prompts=9, seed=1) == [judged]


def sampling(project: Project, checkpoint: Checkpoint) -> Run:
    """A run that a worker has claimed."""
    queued = Run.objects.create(kind="sample", project=project, base=checkpoint)
    claimed = claim_run(run_id=queued.public_id, worker="here")
    assert claimed is not None
    return claimed


def finish(run: Run, samples: Path) -> dict[str, int]:
    finish_sampling(run=run, summary={}, samples=samples, log="")
    run.refresh_from_db()
    return run.summary["comparisons"]


def prompts_in(project: Project, n: int) -> list[Prompt]:
    """Prompts that are found again by what they say, as those that were imported are."""
    made = [make_prompt(project) for _number in range(n)]
    for prompt in made:
        prompt.digest = digest_of_json(prompt.messages)
        prompt.save()
    return made


def written(folder: Path, pairs: Iterable[tuple[Prompt, tuple[str, str]]]) -> Path:
    file = folder / "samples.jsonl"
    with file.open("w") as lines:
        for prompt, texts in pairs:
            for index, text in enumerate(texts):
                sample = {"prompt_id": str(prompt.public_id), "source": "checkpoint"}
                lines.write(json.dumps({**sample, "index": index, "text": text}) + "\n")
    return file


def pairs_on(folder: Path, prompts: Iterable[Prompt], *, text: str = "answer") -> Path:
    return written(folder, ((prompt, (f"{text} one", f"{text} two")) for prompt in prompts))


def prompts_shown(project: Project) -> list[Prompt]:
    shown = visible_comparisons(project).select_related("prompt")
    return sorted((row.prompt for row in shown), key=lambda prompt: prompt.pk)
