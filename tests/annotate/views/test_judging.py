"""The judging pages by plain requests: what a browser without JavaScript sends, and judge.js."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotate.judging.protocols.versions import add_version
from annotate.models import Flag, Judgement, Lease, LeaseState, Skip, Verdict
from annotate.views.judging import FRAGMENT
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


def url(name: str, project) -> str:
    return reverse(f"annotate:{name}", args=[project.slug])


def fields(page) -> dict[str, str]:
    """The hidden fields of the form of verdicts, as a browser would send them."""
    html = page.content.decode()
    form = html[html.index('id="controls"') :]
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', form).group(1)
        for name in ("lease", "key")
    }


def leases(answer) -> list[str]:
    return re.findall(r'data-lease="([^"]+)"', answer.content.decode())


def send(browser: Client, name: str, project, **data):
    """What judge.js sends."""
    return browser.post(url(name, project), data, headers={"accept": FRAGMENT})


def test_a_plain_form_judges_and_leads_back_to_the_next_pair(browser, project, annotator):
    sent = fields(browser.get(url("judge", project)))
    lease = Lease.objects.get(public_id=sent["lease"])
    answer = browser.post(url("judge_submit", project), {**sent, "side": "left"})
    assert answer.status_code == 302
    assert answer.url == url("judge", project)
    judgement = Judgement.objects.get()
    assert judgement.lease == lease
    assert judgement.verdict == (Verdict.FIRST if lease.first_is_left else Verdict.SECOND)
    assert fields(browser.get(answer.url))["lease"] != sent["lease"]


def test_a_form_sent_twice_judges_once(browser, project):
    sent = {**fields(browser.get(url("judge", project))), "side": "tie"}
    for _time in range(2):
        assert browser.post(url("judge_submit", project), sent).status_code == 302
    assert Judgement.objects.count() == 1


def test_the_answer_is_the_pair_to_fetch_ahead_and_nothing_more(browser, project, annotator):
    current, ahead = leases(browser.get(url("judge", project)))
    answer = send(
        browser, "judge_submit", project, lease=current, key="k", side="right", showing=ahead
    )
    assert answer.status_code == 200
    held = hold(annotator, project, ahead=True)
    assert leases(answer) == [str(held.ahead.public_id)]
    assert "<html" not in answer.content.decode()


def test_a_screen_without_the_pair_ahead_is_sent_both(browser, project, annotator):
    current, ahead = leases(browser.get(url("judge", project)))
    answer = send(browser, "judge_submit", project, lease=current, key="k", side="tie", showing="")
    held = hold(annotator, project, ahead=True)
    assert leases(answer) == [ahead, str(held.ahead.public_id)]


def test_a_lease_that_is_not_theirs_is_refused_with_the_pair_they_hold(browser, project):
    current, ahead = leases(browser.get(url("judge", project)))
    strange = hold(make_member(project), project).current
    answer = send(
        browser, "judge_submit", project, lease=strange.public_id, key="k", side="tie", showing=""
    )
    assert answer.status_code == 410
    assert leases(answer) == [current, ahead]
    assert "no longer held for you" in answer.content.decode()
    assert not Judgement.objects.exists()


def test_what_is_malformed_is_named_and_nothing_is_stored(browser, project):
    current, _ahead = leases(browser.get(url("judge", project)))
    answer = send(browser, "judge_submit", project, lease=current, key="k", side="upwards")
    assert answer.status_code == 400
    assert "upwards" in answer.content.decode()
    assert not Judgement.objects.exists()


def test_a_verdict_that_the_project_does_not_offer_has_no_button_and_is_refused(browser, project):
    add_version(project, {"verdicts": ["first", "second"]})
    page = browser.get(url("judge", project))
    assert 'value="tie"' not in page.content.decode()
    current, _ahead = leases(page)
    answer = send(browser, "judge_submit", project, lease=current, key="k", side="tie")
    assert answer.status_code == 400
    assert not Judgement.objects.exists()


def test_renewing_answers_nothing_while_the_screen_is_right(browser, project, annotator):
    current, ahead = leases(browser.get(url("judge", project)))
    assert send(browser, "judge_renew", project, showing=current, holding=ahead).status_code == 204
    Lease.objects.filter(public_id=current).update(state=LeaseState.RELEASED)
    answer = send(browser, "judge_renew", project, showing=current, holding=ahead)
    assert answer.status_code == 410
    assert "no longer held for you" in answer.content.decode()
    assert leases(answer)[0] == ahead


def test_undo_shows_the_former_pair_with_the_same_sides(browser, project):
    page = browser.get(url("judge", project))
    current, ahead = leases(page)
    before = re.findall(r'class="text" dir="auto">(.*?)</div>', page.content.decode(), re.S)[:3]
    send(browser, "judge_submit", project, lease=current, key="k", side="left", showing=ahead)
    answer = send(browser, "judge_undo", project, showing=ahead)
    after = re.findall(r'class="text" dir="auto">(.*?)</div>', answer.content.decode(), re.S)[:3]
    assert after == before
    assert leases(answer)[0] != current  # another lease of the same comparison
    assert Judgement.objects.get().withdrawn_at is not None


def test_undo_takes_back_the_last_action_and_names_it(browser, project):
    first, second = leases(browser.get(url("judge", project)))
    send(browser, "judge_submit", project, lease=first, key="k", side="left", showing=second)
    skipped = send(browser, "judge_skip", project, lease=second, reason="unclear")
    third = leases(skipped)[0]
    flagged = send(browser, "judge_flag", project, lease=third, reason="harmful", showing=third)

    undone = send(browser, "judge_undo", project, action=flagged["Accord-Undoable"], showing=third)
    assert "Your flag is taken back." in undone.content.decode()
    assert (undone["Accord-Undone"], undone["Accord-Undoable"]) == (
        "flag",
        skipped["Accord-Undoable"],
    )

    again = send(browser, "judge_undo", project, action=undone["Accord-Undoable"], showing=third)
    assert "Your skip is taken back." in again.content.decode()
    assert again["Accord-Undone"] == "skip"
    assert Lease.objects.get(public_id=leases(again)[0]).comparison == Skip.objects.get().comparison
    assert Judgement.objects.get().withdrawn_at is None

    last = send(browser, "judge_undo", project, action=again["Accord-Undoable"])
    assert (last["Accord-Undone"], last["Accord-Undoable"]) == ("judgement", "")


def test_a_page_left_open_over_a_weekend_loses_no_judgement(browser, project):
    current, ahead = leases(browser.get(url("judge", project)))
    sent = {"lease": current, "key": "k", "side": "left", "seconds": 200_000.5, "showing": ahead}
    assert send(browser, "judge_submit", project, **sent).status_code == 200
    assert Judgement.objects.get().seconds == 200_000.5


def test_an_undo_that_is_sent_twice_takes_back_one_action(browser, project):
    first, second = leases(browser.get(url("judge", project)))
    send(browser, "judge_submit", project, lease=first, key="k", side="left", showing=second)
    skipped = send(browser, "judge_skip", project, lease=second, reason="unclear")
    for _n in range(2):
        undone = send(browser, "judge_undo", project, action=skipped["Accord-Undoable"])
        assert undone["Accord-Undone"] == "skip"
    assert Judgement.objects.get().withdrawn_at is None


def test_undo_by_a_plain_form_names_the_action_that_the_page_knew(browser, project):
    current, _ahead = leases(browser.get(url("judge", project)))
    browser.post(url("judge_skip", project), {"lease": current, "reason": "language"})
    page = browser.get(url("judge", project)).content.decode()
    action = f'name="action" value="{Skip.objects.get().public_id}"'
    assert action in page


def test_undo_with_nothing_to_undo_says_so(browser, project):
    answer = browser.post(url("judge_undo", project), follow=True)
    assert "There is nothing to undo." in answer.content.decode()


def test_skip_and_flag_work_by_plain_forms(browser, project):
    current, _ahead = leases(browser.get(url("judge", project)))
    note = "Somebody's address"
    browser.post(url("judge_flag", project), {"lease": current, "reason": "private", "note": note})
    assert Flag.objects.get().note == note
    browser.post(url("judge_skip", project), {"lease": current, "reason": "language"})
    assert Skip.objects.get().reason == "language"
    assert leases(browser.get(url("judge", project)))[0] != current


@pytest.mark.parametrize("what", ["judge_submit", "judge_skip"])
def test_undo_without_a_free_slot_shows_the_pair_all_the_same_and_says_what_it_is_worth(what):
    project = make_project(overlap=1)
    make_comparisons(project, 2)
    ann = make_member(project, user=make_user(username="bea"))
    browser = Client()
    browser.force_login(ann.user, backend="django.contrib.auth.backends.ModelBackend")
    sent = fields(browser.get(url("judge", project)))
    first = Lease.objects.get(public_id=sent["lease"]).comparison
    browser.post(url(what, project), {**sent, "side": "left", "reason": "other"})
    if what == "judge_submit":  # its place was lost, as to a vote that had come as surplus
        _surplus(first)
    else:
        judge_comparison(first, "first")
    undo = {"action": _undoable(browser, project)}
    for _time in range(2):  # sent twice, it says and shows the same
        answer = browser.post(url("judge_undo", project), undo)
        assert answer.status_code == 302
        page = browser.get(answer.url)
        assert "its place has gone to somebody else" in page.content.decode()
        held = Lease.objects.get(public_id=fields(page)["lease"])
        assert (held.comparison, held.state) == (first, LeaseState.RELEASED)
    browser.post(url("judge_submit", project), {**fields(page), "side": "right"})
    judgement = Judgement.objects.get(annotator=ann, withdrawn_at=None)
    assert (judgement.comparison, judgement.is_counted) == (first, False)
    gone = browser.get(answer.url)  # from the history of the browser
    assert Lease.objects.get(public_id=fields(gone)["lease"]).comparison != first


def _undoable(browser, project) -> str:
    html = browser.get(url("judge", project)).content.decode()
    return re.search(r'name="action" value="([^"]+)"', html).group(1)


def _surplus(comparison):
    """A judgement by somebody else that waits for a place."""
    late = make_member(comparison.project)
    lease = Lease.objects.create(
        project=comparison.project,
        comparison=comparison,
        annotator=late,
        state=LeaseState.EXPIRED,
        first_is_left=True,
        expires_at="2026-01-01T00:00Z",
    )
    assert not judge(late, lease).is_counted
