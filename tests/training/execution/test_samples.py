"""Round again: what a checkpoint writes comes back to people, blind."""

import json

import pytest

from annotate.judging.leases import lease_next
from annotate.models import Comparison
from tests.factories import make_comparison, make_member, make_project, make_prompt
from tests.training.execution.test_runner import carry_out
from training.execution.samples import SOONER, add_sampled_comparisons, prompts_of
from training.models import Run, RunState
from training.reports.details import checkpoint_detail
from training.runs.queue import queue_sample_run

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
    assert checkpoint_detail(tiny_base).n_comparisons == new.count()


@pytest.mark.slow
def test_a_checkpoint_is_compared_with_its_base(queued_run, tiny_base):
    sft = carry_out(queued_run(learning_rate=0.05, epochs=5))
    made = sft.checkpoints.get()
    project = make_project()
    for _prompt in range(4):
        make_prompt(project)
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
    prompts = [make_prompt(project) for _number in range(3)]
    texts = [("one", "two"), ("same", " same "), ("", "something")]
    file = tmp_path / "samples.jsonl"
    with file.open("w") as lines:
        for prompt, pair in zip(prompts, texts, strict=True):
            for index, text in enumerate(pair):
                sample = {"prompt_id": str(prompt.public_id), "source": "checkpoint"}
                lines.write(json.dumps({**sample, "index": index, "text": text}) + "\n")
    run = Run.objects.create(kind="sample", project=project, base=tiny_base)
    counts = add_sampled_comparisons(run=run, samples=file)
    assert (counts.n_comparisons, counts.n_equal, counts.n_empty) == (1, 1, 1)
    again = add_sampled_comparisons(run=run, samples=file)
    assert (again.n_comparisons, again.n_duplicates) == (0, 1)
    assert Comparison.objects.filter(project=project).count() == 1


def test_the_same_seed_draws_the_same_prompts():
    project = make_project()
    for _number in range(10):
        make_prompt(project)
    first = prompts_of(project, n_prompts=4, seed=1)
    assert prompts_of(project, n_prompts=4, seed=1) == first
    assert prompts_of(project, n_prompts=4, seed=2) != first
    assert len(prompts_of(project, n_prompts=99, seed=1)) == 10
