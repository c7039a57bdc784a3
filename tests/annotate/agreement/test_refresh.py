"""When the agreement figures of a project are computed again, and when they are left alone."""

import pytest

from annotate.agreement import reports
from annotate.agreement.reports import refresh_report, refresh_stale_reports
from annotate.agreement.taking_part import fingerprint
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import AgreementReport
from tests.factories import judge, judge_comparison, make_comparison, make_project

pytestmark = pytest.mark.django_db


def test_a_report_of_an_older_shape_is_not_shown_and_is_computed_again():
    project = make_project()
    judge_comparison(make_comparison(project), "first")
    stored = refresh_report(project)
    stored.report["schema"] = 1
    stored.save()
    assert AgreementReport.stored_for(project) is None
    assert refresh_report(project).report["schema"] == AgreementReport.SCHEMA


def test_a_worker_is_rung_for_projects_that_changed_and_for_no_others(
    rung, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(reports, "REST", 0)  # however slow this machine is today
    still, busy = make_project(), make_project()
    comparison = make_comparison(busy)

    def rung_for():
        rung.clear()
        with django_capture_on_commit_callbacks(execute=True):
            refresh_stale_reports()
        return list(rung)

    assert rung_for() == [still.pk, busy.pk]
    refresh_report(still)
    refresh_report(busy)
    assert rung_for() == []
    (judgement,) = judge_comparison(comparison, "first")
    assert rung_for() == [busy.pk]
    refresh_report(busy)
    assert rung_for() == []
    withdraw_judgement(annotator=judgement.annotator, judgement_id=judgement.public_id)
    assert rung_for() == [busy.pk]


def test_figures_that_took_long_are_left_alone_for_a_while(
    rung, django_capture_on_commit_callbacks
):
    project = make_project()
    stored = refresh_report(project)
    judge_comparison(make_comparison(project), "first")
    stored.report["seconds"] = 60
    stored.save()
    with django_capture_on_commit_callbacks(execute=True):
        assert refresh_stale_reports() == 0
    assert rung == []


def test_a_second_refresh_computes_nothing_but_says_that_it_looked(monkeypatch):
    from annotate.agreement import counts

    project = make_project()
    judge_comparison(make_comparison(project), "first")
    before = refresh_report(project)
    monkeypatch.setattr(counts, "report_of", lambda counts: pytest.fail("computed again"))
    after = refresh_report(project)
    assert after.report == before.report
    assert after.computed_at > before.computed_at


def test_a_withdrawal_made_good_by_a_new_judgement_still_changes_the_fingerprint():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    (judgement,) = judge_comparison(comparison, "first")
    before = fingerprint(project)
    lease = withdraw_judgement(annotator=judgement.annotator, judgement_id=judgement.public_id)
    judge(judgement.annotator, lease, "second")
    after = fingerprint(project)
    assert after.n_judgements == before.n_judgements
    assert after != before
