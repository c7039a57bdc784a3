"""What training tells of: each failure once, proposals while they wait, a disk that fills."""

import shutil
from collections import namedtuple

import pytest
from django.utils import timezone

from annotate.models import Notice, NoticeKind
from annotate.notices.notice_words import path_of, sentence_of
from training.happenings.disk_space import look_at_disk
from training.happenings.runs_and_proposals import find_failed_runs, look_at_proposals
from training.models import Proposal, ProposalState, Run, RunState

Usage = namedtuple("Usage", "total used free")


def open_kinds():
    return list(Notice.objects.filter(resolved_at=None).values_list("kind", flat=True))


def test_a_failed_run_is_told_of_once_to_the_project_that_it_is_of(world):
    Run.objects.filter(public_id=world.own.ids["run"]).update(
        state=RunState.FAILED, finished_at=timezone.now(), reason="It ran out of memory.", attempt=1
    )
    before = Notice.objects.count()
    assert (find_failed_runs(), find_failed_runs()) == (1, 0)
    notice = Notice.objects.order_by("-pk").first()
    assert (notice.kind, notice.project) == (NoticeKind.RUN_FAILED, world.own.project)
    assert sentence_of(notice) == "“first” failed: It ran out of memory."
    assert path_of(notice) == f"/training/runs/{world.own.ids['run']}/"
    Run.objects.filter(public_id=world.own.ids["run"]).update(attempt=2)  # resumed
    assert find_failed_runs() == 1 and Notice.objects.count() == before + 2


def test_a_proposal_is_told_of_while_it_waits(world):
    Notice.objects.all().delete()
    look_at_proposals()
    look_at_proposals()
    assert open_kinds() == ["proposal", "proposal"]  # one of each project
    own = Proposal.objects.get(public_id=world.own.ids["proposal"])
    notice = Notice.objects.get(subject=str(own.public_id))
    assert notice.project == own.project and "is proposed" in sentence_of(notice)
    Proposal.objects.filter(pk=own.pk).update(
        state=ProposalState.REJECTED, decided_at=timezone.now()
    )
    look_at_proposals()
    notice.refresh_from_db()
    assert notice.resolved_at is not None and len(open_kinds()) == 1


@pytest.mark.django_db
def test_a_disk_is_told_of_below_a_twentieth_and_no_more_above_eight_hundredths(monkeypatch):
    for free, told in ((6, False), (4, True), (7, True), (9, False)):
        usage = Usage(100 * 2**30, 0, free * 2**30)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        look_at_disk()
        assert ("disk" in open_kinds()) is told
    notice = Notice.objects.get(kind=NoticeKind.DISK)
    assert "4.00 of 100 GiB" in sentence_of(notice)
