"""What the page of judging without a network fetches and sends."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Judgement, Lease, Membership, Project, Skip, Verdict
from tests.factories import everything_asked, make_comparisons, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = make_project(overlap=2, offline_pairs=10, asks=everything_asked())
    make_comparisons(project, 12)
    return project


@pytest.fixture
def annotator(project):
    return make_member(project, user=make_user(username="ann"))


@pytest.fixture
def browser(annotator) -> Client:
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, project) -> str:
    return reverse(f"annotate:{name}", args=[project.slug])


@pytest.fixture
def send(browser, project, annotator):
    def sent(**fields):
        owner = str(annotator.public_id)
        return browser.post(url("offline_send", project), {"owner": owner, **fields})

    return sent


def test_the_page_holds_no_pair_and_a_batch_is_rendered_as_the_page_shows_it(browser, project):
    page = browser.get(url("judge_offline", project)).content.decode()
    assert "data-lease=" not in page
    assert not Lease.objects.exists()
    taken = browser.post(url("offline_take", project)).json()
    assert (taken["protocol"], len(taken["pairs"])) == (1, 10)
    pair = taken["pairs"][0]
    assert f'data-lease="{pair["lease"]}"' in pair["html"]
    assert 86_000 < pair["seconds"] <= 86_400
    state = browser.get(url("offline_state", project)).json()
    assert sorted(state["leases"]) == sorted(one["lease"] for one in taken["pairs"])
    assert browser.post(url("offline_give_back", project)).json() == {"n_given_back": 10}


def test_an_action_is_stored_with_all_that_was_said_and_holds_nothing_next(browser, project, send):
    pair, other, *_rest = browser.post(url("offline_take", project)).json()["pairs"]
    said = {"side": "left 3", "reasons": "clearer", "note": "it names it", "acceptable.left": "yes"}
    given = {"does": "judge", "lease": pair["lease"], "key": "k", "seconds": "4.5", **said}
    assert [send(**given).json() for _twice in range(2)] == [{"is_counted": True}] * 2
    judgement = Judgement.objects.get()
    first_is_left = judgement.lease.first_is_left
    assert judgement.verdict == (Verdict.FIRST if first_is_left else Verdict.SECOND)
    assert (judgement.strength, judgement.note, judgement.reasons) == (
        3,
        "it names it",
        ["clearer"],
    )
    assert not Lease.objects.filter(is_offline=False).exists()
    assert send(does="skip", lease=other["lease"], reason="other").json() == {}
    assert Skip.objects.get().lease.public_id == uuid.UUID(other["lease"])


def test_what_is_refused_says_why_in_words_and_for_programs(browser, project, send, annotator):
    pair, *_rest = browser.post(url("offline_take", project)).json()["pairs"]
    judged = {"does": "judge", "lease": pair["lease"], "key": "k"}
    for fields, status, code in (
        ({**judged, "side": "up"}, 400, "invalid_input"),
        ({**judged, "does": "dance", "side": "left"}, 400, "invalid_input"),
        ({**judged, "side": "left", "lease": str(uuid.uuid4())}, 410, "lease_lost"),
        ({**judged, "side": "left", "owner": str(uuid.uuid4())}, 409, "somebody_else"),
        ({**judged, "side": "left", "owner": "nobody"}, 409, "somebody_else"),
    ):
        refused = send(**fields)
        assert (refused.status_code, refused.json()["code"]) == (status, code), fields
        assert refused.json()["detail"]
    assert not Judgement.objects.exists()
    Project.objects.update(offline_pairs=0)
    refused = browser.post(url("offline_take", project))
    assert (refused.status_code, refused.json()["code"]) == (409, "offline_not_offered")
    assert send(**judged, side="left").status_code == 200  # what was taken before is still taken


def test_guidelines_are_read_first(browser, project):
    Project.objects.update(guidelines="Read me.", guidelines_version=2)
    assert browser.get(url("judge_offline", project)).url == url("guidelines", project)
    Membership.objects.update(guidelines_read=2)
    assert browser.get(url("judge_offline", project)).status_code == 200


def test_the_worker_is_a_script_that_sees_its_own_page_alone(browser, project):
    answer = browser.get(url("offline_worker", project))
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert url("offline_worker", project).startswith(url("judge_offline", project))
