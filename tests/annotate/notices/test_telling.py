"""Who hears of what, by which channel: once, together, and in their own language."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.models import Delivery, Notice, NoticeKind, Role
from annotate.notices.acknowledging import choose, mark_all_read, mark_read, mute, snooze
from annotate.notices.audience import unread_by
from annotate.notices.events import note, resolve
from annotate.notices.telling import tell_what_is_new
from tests.factories import (
    make_admin,
    make_member,
    make_notice,
    make_project,
    make_user,
    make_webhook,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_HOST = "mail.test"


def lead_of(project, **fields):
    user = make_user(**{"email": "lead@example.org", **fields})
    make_member(project, user=user, role=Role.LEAD)
    return user


def rest():
    long_ago = Now() - timedelta(hours=1)
    Notice.objects.filter(opening_told_at__isnull=False).update(opening_told_at=long_ago)


def test_a_webhook_is_told_once_of_a_beginning_and_of_its_end():
    project = make_project()
    make_webhook(project)
    make_webhook(project, kinds=["run_failed"])
    make_webhook(project, is_active=False)
    notice = make_notice(project, kind=NoticeKind.QUEUE, subject="", facts={"n_left": 3})
    assert (tell_what_is_new(), tell_what_is_new()) == (1, 0)
    (told,) = Delivery.objects.all()
    assert told.document["data"]["begun"][0]["kind"] == "queue"
    assert told.title == f"{project.name}: the queue will be empty soon"
    rest()
    resolve(kind=NoticeKind.QUEUE, subject="", project=project)
    assert (tell_what_is_new(), tell_what_is_new()) == (1, 0)
    ended = Delivery.objects.order_by("-pk").first()
    assert ended.document["data"]["ended"][0]["id"] == str(notice.public_id)
    assert "No more so" in ended.document["text"]


def test_a_flood_makes_one_message_and_then_one_more():
    project = make_project()
    make_webhook(project)
    make_notice(project)
    assert tell_what_is_new() == 1
    for _number in range(30):
        make_notice(project)
    assert tell_what_is_new() == 0  # it rests
    rest()
    assert tell_what_is_new() == 1
    assert Delivery.objects.count() == 2
    told = Delivery.objects.order_by("-pk").first()
    assert told.title == f"{project.name}: 30 notices"
    assert told.document["text"].count("\n") == 20 and "And 10 more." in told.document["text"]


def test_what_is_over_before_it_is_told_is_never_told():
    project = make_project()
    make_webhook(project)
    make_notice(project, kind=NoticeKind.QUEUE, resolved_at=timezone.now())
    tell_what_is_new()
    assert not Delivery.objects.exists() and tell_what_is_new() == 0


def test_letters_go_to_leads_who_asked_for_them_in_their_language(settings):
    project = make_project()
    asked = lead_of(project, language="zh-hans")
    lead_of(project, email="other@example.org")
    choose(user=asked, on_page=NoticeKind.values, by_email=["import_failed"])
    make_notice(project)
    make_notice(project, kind=NoticeKind.QUEUE, facts={"n_left": 3})
    tell_what_is_new()
    (letter,) = Delivery.objects.all()
    assert (letter.address, letter.user) == (asked.email, asked)
    assert letter.title == f"{project.name}：导入失败"
    settings.EMAIL_HOST = ""
    rest()
    make_notice(project)
    tell_what_is_new()
    assert Delivery.objects.count() == 1


def test_of_the_installation_admins_hear():
    admin = make_admin(email="root@example.org")
    choose(user=admin, on_page=[], by_email=["disk"])
    make_notice(None, kind=NoticeKind.DISK, facts={"free": 1.0, "total": 100.0})
    tell_what_is_new()
    (letter,) = Delivery.objects.all()
    assert letter.address == "root@example.org"


def test_the_bell_counts_what_a_lead_has_not_seen_to():
    project, other = make_project(), make_project()
    user = lead_of(project)
    make_member(other, user=user, role=Role.REVIEWER)
    first, second, third = (make_notice(project) for _number in range(3))
    make_notice(other)
    make_notice(None, kind=NoticeKind.DISK)
    assert unread_by(user).count() == 3
    mark_read(user=user, notice=first)
    snooze(user=user, notice=second, days=1)
    assert list(unread_by(user)) == [third]
    user.notice_readings.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert set(unread_by(user)) == {second, third}
    mute(user=user, kind=NoticeKind.IMPORT_FAILED, project=project, is_muted=True)
    assert not unread_by(user).exists()
    mute(user=user, kind=NoticeKind.IMPORT_FAILED, project=project, is_muted=False)
    assert mark_all_read(user=user) == 2 and not unread_by(user).exists()
    with pytest.raises(InvalidInput):
        snooze(user=user, notice=second, days=365)


def test_the_word_on_one_project_goes_before_that_on_all():
    project, beside = make_project(), make_project()
    user = lead_of(project)
    make_member(beside, user=user, role=Role.LEAD)
    make_notice(project), make_notice(beside)
    choose(user=user, on_page=[], by_email=[])
    assert not unread_by(user).exists()
    choose(user=user, on_page=NoticeKind.values, by_email=[])
    mute(user=user, kind=NoticeKind.IMPORT_FAILED, project=beside, is_muted=True)
    assert [one.project for one in unread_by(user)] == [project]


def test_what_happened_is_noted_once_for_ever():
    project = make_project()
    for expected in (True, False):
        assert note(kind=NoticeKind.RUN_FAILED, subject="x", project=project, facts={}) is expected
    Notice.objects.update(resolved_at=Now())
    assert not note(kind=NoticeKind.RUN_FAILED, subject="x", project=project, facts={})
