"""One member's page: what it tells, what it does, and in how few queries."""

from datetime import UTC, datetime, timedelta
from math import sqrt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.agreement.reports import refresh_report
from annotate.dashboards.person import work_of
from annotate.dashboards.person_charts import parts_of
from annotate.dashboards.used_in_training import uses_of
from annotate.dashboards.with_others import Judged, agreeing, drift
from annotate.models import (
    AuditEvent,
    Exposure,
    Judgement,
    Membership,
    PreferenceJudgement,
    Role,
    Verdict,
)
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_member,
    make_project,
    make_user,
)
from training.models import Checkpoint, Run, Snapshot, SnapshotPair

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def judged(*pairs: tuple[int, int]) -> list[Judged]:
    return [Judged(NOW, 1.0, n_same, n_others) for n_same, n_others in pairs]


def test_agreement_is_a_ratio_of_sums_with_the_variance_of_comparisons():
    found = agreeing(judged((1, 2), (2, 2), (0, 2), (1, 2), (2, 2)))
    assert found.share == 0.6
    # x − 0.6 m: −0.2, 0.8, −1.2, −0.2, 0.8, whose squares sum to 2.8; 2.8 / 100 · 5 / 4 = 0.035
    assert found.variance == pytest.approx(0.035)
    assert found.low == pytest.approx(0.6 - 1.959964 * sqrt(0.035))
    assert (found.n_comparisons, found.n) == (5, 10)


def test_too_few_comparisons_have_no_interval_and_none_no_share():
    assert agreeing(judged((1, 2))).low is None
    assert agreeing([]) is None


def test_drift_is_the_later_half_less_the_earlier():
    found = drift(judged(*[(2, 2)] * 10, *[(0, 2)] * 10))
    assert (found.change, found.low, found.high) == (-1, -1, -1)
    assert drift(judged(*[(1, 2)] * 8)) is None  # four of each half: no interval


def test_parts_are_of_nearly_one_size():
    assert [len(part) for part in parts_of(range(25))] == [12, 13]
    assert parts_of(range(9)) == []


@pytest.fixture
def project(db):
    return make_project(overlap=2)


@pytest.fixture
def lead(project) -> Client:
    annotator = make_member(project, user=make_user(username="lea"), role=Role.LEAD)
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def member(project) -> Membership:
    return Membership.objects.get(annotator=make_member(project, user=make_user(username="ann")))


def both_judge(member: Membership, *others: str, verdict: str = Verdict.FIRST) -> None:
    """The member gives the verdict, and somebody else another, on a new comparison each."""
    for other in others:
        comparison = make_comparison(member.project)
        lease = hold(member.annotator, member.project).current
        judge(member.annotator, lease, verdict)
        judge_comparison(comparison, other)


def page(client, name, project, member, **query):
    ids = {"slug": project.slug, "member_id": member.public_id}
    return client.get(reverse(f"annotate:{name}", kwargs=ids), query)


def test_agreement_with_others_is_taken_from_the_counts_of_comparisons(member):
    both_judge(member, "first", "first", "second")
    work = work_of(member)
    assert work.agreeing.share == pytest.approx(2 / 3)
    assert (work.n_today, work.n_seen, len(work.recent)) == (3, 3, 3)


def test_the_page_tells_of_their_work_in_few_queries_and_exposes_nothing(project, lead, member):
    both_judge(member, *["first"] * 12)
    refresh_report(project)
    with CaptureQueriesContext(connection) as captured:
        answer = page(lead, "quality_person", project, member)
    assert len(captured) <= 30
    text = answer.content.decode()
    assert "figure-with_others" in text
    assert "chart__picture" in text
    assert not Exposure.objects.exists()  # what was judged last is listed without verdicts
    lines = page(lead, "quality_person", project, member, csv="pace").content.decode().split()
    assert lines[0] == '"day","n_judgements","minutes"'
    assert lines[1].split(",")[1] == '"12"'


def test_a_lead_pauses_and_resumes_somebody(project, lead, member):
    address = reverse("annotate:person_pause", args=[project.slug, member.public_id])
    lead.post(address, {"is_active": "0"})
    member.refresh_from_db()
    assert not member.is_active
    lead.post(address, {"is_active": "1"})
    member.refresh_from_db()
    assert member.is_active


def test_what_rests_on_their_work_is_listed_before_it_is_taken_back(project, lead, member):
    both_judge(member, "first")
    today = timezone.localdate()
    used = PreferenceJudgement.objects.get(
        judgement__annotator=member.annotator, preference__superseded_at=None
    )
    snapshot = Snapshot.objects.create(
        name="in it", selection={}, cutoff_at=timezone.now(), eval_share=0.1, digest="d" * 64,
        n_pairs=1, n_train=1, n_eval=0, file="f", split_salt="s",
    )  # fmt: skip
    snapshot.projects.add(project)
    SnapshotPair.objects.create(
        snapshot=snapshot, preference=used.preference, position=0, split="train", digest="e" * 64
    )
    base = Checkpoint.objects.create(
        name="b", digest="f" * 64, kind="base", manifest=[], size_bytes=0
    )
    Run.objects.create(
        name="learnt of it", kind="train", method="sft", snapshot=snapshot, base=base
    )
    text = page(lead, "quality_person", project, member, since=today).content.decode()
    assert "in it</a> · 1 pair" in text
    assert "learnt of it</a>" in text
    tomorrow = Judgement.objects.filter(judged_at__gt=timezone.now() + timedelta(days=1))
    assert uses_of(tomorrow, member.annotator.user) == []

    snapshot.projects.add(make_project(name="elsewhere"))  # which this lead does not lead
    text = page(lead, "quality_person", project, member, since=today).content.decode()
    assert "in it" not in text
    assert "learnt of it" not in text
    assert "1 snapshot of other projects, too" in text
    assert "1 run of other projects" in text


def test_work_is_taken_back_with_a_reason_that_stands_in_the_audit(project, lead, member):
    both_judge(member, "second")
    ids = [project.slug, member.public_id]
    address = reverse("annotate:quality_judge_again", args=ids)
    since = timezone.localdate().isoformat()
    lead.post(address, {"since": since})  # without a reason: refused
    assert Judgement.objects.filter(withdrawn_at=None).count() == 2
    lead.post(address, {"since": since, "reason": "fell asleep"})
    assert Judgement.objects.filter(withdrawn_at=None).count() == 1
    event = AuditEvent.objects.get(action="member.judgements_withdrawn")
    assert event.after["reason"] == "fell asleep"
