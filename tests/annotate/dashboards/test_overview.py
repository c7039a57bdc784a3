"""What a lead has before them: who works, what waits, how far it is, in few queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from annotate.agreement.by_day import days_of, read_days, whole_days
from annotate.agreement.reports import refresh_report
from annotate.dashboards.burn_up import ahead_of
from annotate.dashboards.overview import overview_of
from annotate.models import (
    AgreementReport,
    Flag,
    Generation,
    Judgement,
    Membership,
    Role,
    Standing,
    Verdict,
)
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_member,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 30


@pytest.fixture
def project():
    return make_project(overlap=2)


@pytest.fixture
def lead(project) -> Client:
    return browser_of(make_member(project, user=make_user(username="lea"), role=Role.LEAD))


def browser_of(member) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page_of(client, project, **query):
    return client.get(reverse("annotate:project", args=[project.slug]), query)


def judged_days_ago(project, *days: int) -> None:
    """One judgement so many days ago, for each of these."""
    for n in days:
        comparison = make_comparison(project)
        judge_comparison(comparison, "first")
        at = timezone.now() - timedelta(days=n)
        Judgement.objects.filter(comparison=comparison).update(judged_at=at)


def test_days_are_counted_alike_before_and_after_they_are_stored(project):
    judged_days_ago(project, 3, 3, 1, 0)
    today = timezone.localdate()
    by_hand = {today - timedelta(days=3): 2, today - timedelta(days=1): 1, today: 1}
    assert {day: n for day, (n, _) in days_of(project, None).items()} == by_hand

    stored = refresh_report(project)
    assert stored.report["by_day"] == read_days(project)
    judged_days_ago(project, 0)  # after the figures were stored
    by_hand[today] = 2
    assert {day: n for day, (n, _) in days_of(project, stored).items()} == by_hand


def test_days_without_a_judgement_count_as_none_and_today_does_not_count(project):
    judged_days_ago(project, 4, 4, 2, 0)
    days = days_of(project, None)
    assert whole_days(days, timezone.localdate(), most=14) == [2, 0, 1, 0]
    assert whole_days(days, timezone.localdate(), most=3) == [0, 1, 0]


def test_a_forecast_names_days(project):
    judged_days_ago(project, *[n for n in range(1, 8) for _twice in range(2)])
    today = timezone.localdate()
    ahead = ahead_of(days_of(project, None), remaining=10, today=today)
    assert ahead.expected == today + timedelta(days=5)


def test_who_works_and_who_is_idle(project):
    holder, idle = make_member(project), make_member(project)
    new = make_member(project)
    for member in (holder, idle):
        Membership.objects.filter(annotator=member).update(
            joined_at=timezone.now() - timedelta(days=30)
        )
    make_comparison(project)
    hold(holder, project)
    working = overview_of(project).working
    assert [one.membership.annotator for one in working.workers] == [holder]
    assert working.workers[0].is_holding
    assert {one.annotator for one in working.idle} == {holder, idle}  # holding is not judging
    assert new not in {one.annotator for one in working.idle}


def test_each_thing_that_waits_has_its_button(project, lead):
    flagged, contested = make_comparison(project), make_comparison(project)
    Flag.objects.create(comparison=flagged, annotator=make_member(project), reason="harmful")
    judge_comparison(contested, "first", "second")
    stopped = make_member(project)
    Membership.objects.filter(annotator=stopped).update(standing=Standing.PAUSED)
    needs = {need.key: need for need in overview_of(project).needs}
    assert {key: need.n for key, need in needs.items()} == {
        "flags": 1,
        "rulings": 1,
        "contested": 1,
        "paused": 1,
    }
    page = page_of(lead, project).content.decode()
    for need in needs.values():
        assert f'href="{escape(need.url)}"' in page
        assert lead.get(need.url).status_code == 200


def test_what_was_spent_is_told(project, lead):
    Generation.objects.create(project=project, currency="USD", spent=3_210_000_000)
    make_comparison(project)
    assert "3.21 USD" in page_of(lead, project).content.decode()


def test_the_picture_has_a_table_a_csv_and_a_title_in_both_languages(project, lead):
    judged_days_ago(project, *[n for n in range(1, 8) for _twice in range(2)])
    page = page_of(lead, project).content.decode()
    assert 'class="chart__picture"' in page
    assert "chart__area--2" in page  # the band of the forecast
    answer = page_of(lead, project, csv="burn_up")
    lines = answer.content.decode().splitlines()
    assert lines[0] == '"day","n_day","n_imported","n_so_far"'
    assert lines[-1].endswith('"2","0","14"')
    assert "attachment" in answer["Content-Disposition"]
    assert page_of(lead, project, csv="nothing").status_code == 404
    with translation.override("zh-hans"):
        assert "已收集" in overview_of(project).burn_up.title


def test_annotators_have_none_of_it(project):
    client = browser_of(make_member(project, user=make_user(username="ann")))
    make_comparisons(project, 2)
    page = page_of(client, project, csv="burn_up")
    assert page["Content-Type"].startswith("text/html")
    assert "chart" not in page.content.decode()


def test_it_takes_as_many_queries_for_many_people_as_for_few(project, lead):
    judged_days_ago(project, 8, 3, 2, 1, 0, 0)
    refresh_report(project)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page_of(lead, project).status_code == 200
        return len(captured)

    few = n_queries()
    judged_days_ago(project, *[0] * 20)
    for comparison in make_comparisons(project, 5):
        judge_comparison(comparison, Verdict.FIRST, Verdict.TIE)
    assert n_queries() <= few + 1  # whether nothing is left is asked only where all are judged
    assert few <= MOST_QUERIES


def test_what_is_stored_for_the_days_is_no_part_of_the_agreement_that_reviewers_read(project, lead):
    judged_days_ago(project, 1)
    refresh_report(project)
    answer = lead.get(f"/api/v1/projects/{project.slug}/agreement/").json()
    assert "by_day" not in answer["report"]
    assert AgreementReport.objects.get(project=project).report["by_day"]


def test_the_api_tells_what_the_page_shows(project, lead):
    judged_days_ago(project, 1, 0)
    told = lead.get(f"/api/v1/projects/{project.slug}/overview/").json()
    assert told["progress"]["n_counted"] == 2
    assert told["burn_up"]["rows"][-1]["n_so_far"] == 2
    assert told["forecast"] is None
    assert told["working"]["n_today"] in (1, 2)  # members whom the factory made are people
