"""Two checkpoints that a program has compared blind: once for each key, on unseen prompts."""

import pytest

from annotate.errors import InvalidInput
from annotate.exports.split import split_by_installation
from annotate.models import Arena, ArenaState
from tests.annotate.arena.arenas import make_answered
from tests.annotate.judging.test_threads import at_once
from tests.training.contrast.rows import finish, make_snapshot, trained_run
from tests.training.runs.test_arena_runs import another
from training.errors import RunRefused
from training.models import Installation, Run, RunKind
from training.runs.blind_comparisons import open_blind_comparison

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return make_answered(60, ("imported",))


def opened(project, first, second, **fields) -> Arena:
    return open_blind_comparison(
        project=project, first=first, second=second, **{"key": "round/5", **fields}
    )


def trained(tiny_base, project, *, name="tuned", eval_share=0.3, salt="ours"):
    Installation.objects.update_or_create(pk=1, defaults={"split_salt": "ours"})
    snapshot = make_snapshot(project)
    snapshot.split_salt, snapshot.eval_share = salt, eval_share
    snapshot.save()
    return finish(trained_run(name, snapshot=snapshot, base=tiny_base, state="failed"))


def test_the_same_key_finds_the_same_arena_and_queues_nothing_twice(tiny_base, project):
    other = another(tiny_base, name="Other")
    arena = opened(project, tiny_base, other, n_prompts=3, target=40)
    assert opened(project, tiny_base, other) == arena
    assert arena.name == "Tiny against Other"
    assert (arena.state, arena.target) == (ArenaState.PREPARING, 40)
    assert arena.prompts.count() == 3
    assert Run.objects.filter(kind=RunKind.SAMPLE).count() == 2
    assert opened(project, tiny_base, other, key="round/6") != arena
    assert opened(make_answered(60, ("imported",)), tiny_base, other) != arena
    assert set(arena.contestants.values_list("has_seen_prompts", flat=True)) == {False}


def test_several_at_once_open_one(tiny_base, project):
    other = another(tiny_base, name="Other")
    made = at_once(lambda _number: opened(project, tiny_base, other).pk, list(range(4)))
    assert len(set(made)) == Arena.objects.count() == 1
    assert Run.objects.count() == 2


def test_prompts_are_those_that_neither_side_was_trained_on(tiny_base, project):
    tuned = trained(tiny_base, project)
    arena = opened(project, tiny_base, tuned)
    assert arena.eval_share == 0.3
    side_of = split_by_installation(0.3)
    assert {side_of(prompt.messages) for prompt in arena.prompts.all()} == {"eval"}
    assert 3 < arena.prompts.count() < 50


@pytest.mark.parametrize("change", [{"eval_share": 0.0}, {"salt": "another"}])
def test_who_learnt_from_all_prompts_is_refused(tiny_base, project, change):
    tuned = trained(tiny_base, project, **change)
    with pytest.raises(RunRefused, match="learnt from all prompts"):
        opened(project, tuned, tiny_base)
    assert not Arena.objects.exists()
    assert not Run.objects.filter(kind=RunKind.SAMPLE).exists()


def test_equal_weights_and_no_prompts_are_refused(tiny_base, project):
    with pytest.raises(RunRefused, match="same weights"):
        opened(project, tiny_base, tiny_base)
    with pytest.raises(InvalidInput, match="No prompt"):
        opened(make_answered(0), tiny_base, another(tiny_base, name="Other"))
    assert not Arena.objects.exists()
