"""The page on which a small model follows one's votes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotate.demo.loader import REPLIES
from annotate.demo.replies import corpus
from annotate.demo.reply_pairs import reply_comparisons
from annotate.demo.reply_styles import style_of
from annotate.imports.adding import add_comparisons
from annotate.models import Comparison, Project, User
from tests.factories import hold, judge, make_member, make_project, make_user
from training.artifacts.store import store_report
from training.demo import small_model
from training.demo.trials import Trial, train_on_votes
from training.models import Checkpoint, Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = f"/training/trials/{REPLIES['en'].slug}/"


@pytest.fixture
def replies() -> Project:
    project = make_project(slug=REPLIES["en"].slug, is_demo=True, overlap=1)
    add_comparisons(project=project, rows=reply_comparisons("en"))
    return project


@pytest.fixture
def model(replies) -> Checkpoint:
    small_model.prepare()
    return Checkpoint.objects.get()


@pytest.fixture
def user(replies) -> User:
    return make_member(replies, user=make_user()).user


def at(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def vote(user: User, project: Project, n: int) -> None:
    for _time in range(n):
        judge(user.annotator, hold(user.annotator, project).current)


def keep_warmth_alone(project: Project) -> None:
    """Only pairs that differ in warmth and in nothing else."""
    for comparison in Comparison.objects.filter(project=project):
        first, second = (
            style_of(comparison.first.text, "en"),
            style_of(comparison.second.text, "en"),
        )
        if first != replace(second, is_warm=not second.is_warm):
            comparison.delete()


def vote_for_warmth(user: User, project: Project, likes: int) -> None:
    held = hold(user.annotator, project).current
    is_first_warm = style_of(held.comparison.first.text, "en").is_warm
    judge(user.annotator, held, "first" if is_first_warm == (likes > 0) else "second")


def finish(trial: Trial, tmp_path, *, after: str) -> None:
    lines = [
        {"prompt_id": question.matter, "source": source, "index": 0, "text": text, "finished": True}
        for question in corpus("en").questions(held_out=True)
        for source, text in (("base", "That's all."), ("checkpoint", after))
    ]
    samples = tmp_path / "samples.jsonl"
    samples.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    Run.objects.filter(pk=trial.reading.pk).update(
        state=RunState.SUCCEEDED, summary={"samples": store_report(samples)}
    )
    Run.objects.filter(pk=trial.training.pk).update(state=RunState.SUCCEEDED)


def test_it_counts_votes_and_waits_for_the_model(user, replies):
    vote(user, replies, 3)
    page = at(user).get(ADDRESS).content.decode()
    assert '<b id="n-votes">3</b> of 20' in page
    assert "The small model is still being made." in page
    assert 'hx-trigger="every 2s"' in page
    assert "disabled" in page
    assert "17 votes more are wanted first." in page


def test_where_no_pair_is_left_it_says_so(user, replies, model):
    Comparison.objects.update(state="archived")
    page = at(user).get(ADDRESS).content.decode()
    assert "Every pair of this project is judged" in page


def test_pressed_too_early_it_says_why(user, replies, model):
    answer = at(user).post(f"{ADDRESS}train/", follow=True)
    assert "0 votes so far that choose a side; 20 are wanted" in answer.content.decode()
    assert not Run.objects.exists()


def test_pressed_it_shows_both_runs_and_asks_for_itself_again(user, replies, model):
    vote(user, replies, 20)
    page = at(user).post(f"{ADDRESS}train/", follow=True).content.decode()
    assert Run.objects.count() == 2
    assert 'hx-trigger="every 2s"' in page
    fragment = at(user).get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<div id="trial"')


def test_done_it_shows_shares_and_ten_questions_side_by_side(user, replies, model, tmp_path):
    vote(user, replies, 20)
    finish(
        train_on_votes(user=user, project=replies), tmp_path, after="<b>I'm so sorry, that's bad!"
    )
    page = at(user).get(ADDRESS).content.decode()
    assert page.count('class="trial-answer"') == 20
    assert "&lt;b&gt;I&#x27;m so sorry" in page  # as text, whatever a model writes
    assert 'data-axis="is_warm" data-direction="1"' in page
    assert "Warmer than before" in page
    assert 'data-axis="is_brief" data-direction="0"' in page
    assert 'hx-trigger="every 2s"' not in page


@pytest.mark.parametrize(
    ("likes", "after", "sentence"),
    [
        (1, "I'm so sorry, that's bad!", "The model follows your votes: its answers are more"),
        (-1, "I'm so sorry, that's bad!", "not changed in the direction of your votes"),
        (0, "I'm so sorry, that's bad!", "Your votes lean to no side"),
    ],
)
def test_it_says_in_one_sentence_whether_the_model_follows(
    user, replies, model, tmp_path, likes, after, sentence
):
    keep_warmth_alone(replies)
    for number in range(20):
        vote_for_warmth(user, replies, likes or (-1) ** number)
    finish(train_on_votes(user=user, project=replies), tmp_path, after=after)
    assert sentence in at(user).get(ADDRESS).content.decode()


def test_an_earlier_trial_can_be_looked_at_again(user, replies, model, tmp_path):
    addresses = []
    for after in ("I'm so sorry!", "That's all."):
        vote(user, replies, 20)
        trial = train_on_votes(user=user, project=replies)
        finish(trial, tmp_path, after=after)
        addresses.append(f"{ADDRESS}?trial={trial.training.public_id}")
    Run.objects.filter(pk=trial.training.pk).update(queued_at=timezone.now() + timedelta(hours=1))
    first, second = (at(user).get(address).content.decode() for address in addresses)
    assert 'data-axis="is_warm" data-direction="1"' in first
    assert 'data-axis="is_warm" data-direction="0"' in second
    assert 'aria-current="true"' in second
    assert at(user).get(f"{ADDRESS}?trial=nonsense").status_code == 200


def test_a_run_that_failed_says_why_and_can_be_tried_again(user, replies, model):
    vote(user, replies, 20)
    trial = train_on_votes(user=user, project=replies)
    Run.objects.filter(pk=trial.training.pk).update(state=RunState.FAILED, reason="It broke.")
    Run.objects.filter(pk=trial.reading.pk).update(state=RunState.FAILED)
    page = at(user).get(ADDRESS).content.decode()
    assert "It broke." in page
    assert '<b id="n-votes">20</b>' in page
    assert " disabled" not in page


def test_it_is_there_for_members_of_such_a_demonstration_alone(user, replies):
    assert at(make_user()).get(ADDRESS).status_code == 404
    Project.objects.update(is_demo=False)
    assert at(user).get(ADDRESS).status_code == 404
    assert at(user).post(f"{ADDRESS}train/").status_code == 404


def test_the_judging_screen_and_the_project_lead_there(user, replies):
    for page in ("", "judge/"):
        answer = at(user).get(f"/projects/{replies.slug}/{page}")
        assert f'href="{ADDRESS}"' in answer.content.decode()
    other = make_member(make_project(), user=make_user())
    assert (
        "/training/trials/"
        not in at(other.user)
        .get(f"/projects/{other.memberships.get().project.slug}/")
        .content.decode()
    )
