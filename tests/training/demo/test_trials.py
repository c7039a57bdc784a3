"""A trial takes the votes of one person since their last one, and nobody else's."""

import threading

import pytest
from django.db import connection

from annotate.demo.loader import REPLIES
from annotate.demo.replies import corpus
from annotate.demo.reply_pairs import reply_comparisons
from annotate.errors import NotAMember
from annotate.imports.adding import add_comparisons
from annotate.models import Comparison, Membership, Preference, Project, Role, User
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_member,
    make_project,
    make_user,
)
from training.demo import small_model
from training.demo.trials import (
    STEPS,
    TooEarly,
    epochs_for,
    has_pairs,
    train_on_votes,
    trials_of,
    votes_for_next,
)
from training.models import Checkpoint, Run, RunKind, RunState, Snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replies() -> Project:
    project = make_project(slug=REPLIES["en"].slug, is_demo=True, overlap=1)
    add_comparisons(project=project, rows=reply_comparisons("en"))
    return project


@pytest.fixture
def model(replies) -> Checkpoint:
    small_model.prepare()
    return Checkpoint.objects.get()


def member(project: Project, role: Role = Role.ANNOTATOR) -> User:
    return make_member(project, role=role, user=make_user()).user


def vote(user: User, project: Project, n: int, verdict: str = "first") -> None:
    for _time in range(n):
        judge(user.annotator, hold(user.annotator, project).current, verdict)


def test_twenty_votes_that_choose_a_side_are_wanted(replies, model):
    user = member(replies)
    vote(user, replies, 19)
    vote(user, replies, 3, "tie")
    with pytest.raises(TooEarly, match="19 votes so far"):
        train_on_votes(user=user, project=replies)
    assert not Snapshot.objects.exists()
    vote(user, replies, 1)
    trial = train_on_votes(user=user, project=replies)
    assert trial.snapshot.n_train == trial.snapshot.n_pairs == 20
    assert (trial.training.method, trial.training.base) == ("dpo", model)
    assert (trial.reading.kind, trial.reading.after) == (RunKind.SAMPLE, trial.training)
    asked = [question["messages"][0]["content"] for question in trial.reading.settings["questions"]]
    assert asked == [question.text for question in corpus("en").questions(held_out=True)]


def test_nothing_is_trained_before_the_model_is_there(replies):
    user = member(replies)
    vote(user, replies, 20)
    with pytest.raises(TooEarly, match="still being made"):
        train_on_votes(user=user, project=replies)


def test_others_votes_are_not_mine(replies, model):
    user, other = member(replies), member(replies)
    vote(user, replies, 20)
    vote(other, replies, 25, "second")
    mine = votes_for_next(user, replies)
    assert mine.count() == 20
    trial = train_on_votes(user=user, project=replies)
    frozen = trial.snapshot.pairs.values_list("preference", flat=True)
    assert set(frozen) == set(
        mine.model.objects.filter(used__judgement__annotator__user=user).values_list(
            "pk", flat=True
        )
    )
    assert trials_of(other, replies) == []


def test_the_next_trial_takes_what_was_judged_since(replies, model):
    user = member(replies)
    vote(user, replies, 20)
    first = train_on_votes(user=user, project=replies)
    Run.objects.update(state=RunState.SUCCEEDED)
    assert votes_for_next(user, replies).count() == 0
    with pytest.raises(TooEarly, match="0 votes so far"):
        train_on_votes(user=user, project=replies)
    vote(user, replies, 21, "second")
    second = train_on_votes(user=user, project=replies)
    assert second.snapshot.n_pairs == 21
    assert [trial.training for trial in trials_of(user, replies)] == [
        second.training,
        first.training,
    ]


def test_the_votes_of_a_trial_that_failed_are_there_for_the_next(replies, model):
    user = member(replies)
    vote(user, replies, 20)
    train_on_votes(user=user, project=replies)
    Run.objects.update(state=RunState.FAILED)
    assert train_on_votes(user=user, project=replies).snapshot.n_pairs == 20


def test_pressed_again_while_it_runs_it_is_the_same_trial(replies, model):
    user = member(replies)
    vote(user, replies, 20)
    trials = [train_on_votes(user=user, project=replies) for _time in range(2)]
    assert trials[0] == trials[1]
    assert Run.objects.count() == 2
    assert Snapshot.objects.count() == 1


def test_pressed_twice_at_once_it_is_one_trial(replies, model):
    user = member(replies)
    vote(user, replies, 20)
    start = threading.Barrier(2)

    def press() -> None:
        start.wait()
        train_on_votes(user=user, project=replies)
        connection.close()

    threads = [threading.Thread(target=press) for _time in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Run.objects.filter(kind=RunKind.TRAIN).count() == 1
    assert Run.objects.filter(kind=RunKind.SAMPLE).count() == 1
    assert Snapshot.objects.count() == 1


def test_what_somebody_else_judged_too_is_not_mine_alone(replies, model):
    Project.objects.update(overlap=2, min_judgements=2)
    Comparison.objects.update(wanted=2)
    user = member(replies)
    vote(user, replies, 25)
    for comparison in Comparison.objects.filter(n_counted=1)[:5]:
        judge_comparison(comparison, "first")
    assert Preference.objects.count() == 5
    assert votes_for_next(user, replies).count() == 0


def test_a_long_name_is_cut_where_snapshots_and_runs_are_named(replies, model):
    user = make_member(replies, user=make_user(username="a" * 150)).user
    vote(user, replies, 20)
    trial = train_on_votes(user=user, project=replies)
    assert {len(trial.snapshot.name), len(trial.training.name), len(trial.reading.name)} == {120}


def test_an_admin_who_has_left_the_project_is_told_so(replies, model):
    user = member(replies)
    vote(user, replies, 20)
    User.objects.update(is_superuser=True)
    Membership.objects.update(is_active=False)
    with pytest.raises(NotAMember):
        train_on_votes(user=user, project=replies)
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(("n_votes", "epochs"), [(20, 20), (30, 13), (45, 9), (540, 1)])
def test_more_votes_do_not_train_longer(n_votes, epochs):
    assert epochs_for(n_votes) == epochs
    assert epochs_for(20) == STEPS


def test_pairs_are_left_until_each_is_judged(replies):
    assert has_pairs(replies)
    Comparison.objects.exclude(pk=Comparison.objects.first().pk).delete()
    vote(member(replies), replies, 1)
    assert not has_pairs(replies)
