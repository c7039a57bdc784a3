"""What waits is sent at least once, tried again with patience, and given up with its reason."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.models import Bell, Channel, Delivery, WorkState
from annotate.notices import outbox
from annotate.notices.channels import send_by
from annotate.notices.mail import NoMailServer, queue_email
from annotate.notices.old_deliveries import forget_old_deliveries
from annotate.notices.outbox import (
    MOST_TRIES,
    WAITS,
    NotToBeSentAgain,
    ring_for_due,
    send_again,
    send_due,
    wait_after,
)
from annotate.notices.sent import Sent
from annotate.people.erasure import erase_person
from tests.factories import make_admin, make_annotator, make_letter, make_user

pytestmark = pytest.mark.django_db


def letter(**fields):
    return queue_email(
        **{"to": "ada@example.org", "title": "Hello", "text": "Go to https://a/secret", **fields}
    )


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=Now() - timedelta(seconds=1))


def test_a_letter_is_sent_once_and_its_text_is_dropped(post):
    sent = letter()
    assert "secret" not in Delivery.objects.get().content_encrypted
    assert send_by("email") == 1 and send_by("email") == 0
    (arrived,) = post.letters
    assert arrived["To"] == "ada@example.org" and arrived["Subject"] == "Hello"
    assert "https://a/secret" in arrived.get_content()
    assert arrived["Message-ID"] == f"<{sent.public_id}@example.org>"
    sent.refresh_from_db()
    assert (sent.state, sent.content_encrypted) == (WorkState.SUCCEEDED, "")
    assert [(one.number, one.is_good) for one in sent.tries.all()] == [(1, True)]


def test_chinese_letters_arrive_as_they_were_written(post):
    letter(title="重置密码", text="你好，标注者。\n.\n..一行\n")
    send_by("email")
    (arrived,) = post.letters
    assert arrived["Subject"] == "重置密码"
    assert arrived.get_content().splitlines()[:3] == ["你好，标注者。", ".", "..一行"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_sent_and_what_stands_rings_once(post, heard):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        letter()
        raise ZeroDivisionError
    assert not heard and not Delivery.objects.exists()
    for _number in range(3):
        letter()
    assert heard == ["email"]
    assert send_by("email") == 3 and not Bell.objects.exists()


def test_a_server_that_is_away_is_tried_again_with_patience(post, settings):
    sent = letter()
    settings.EMAIL_PORT = 9  # nobody there
    assert send_by("email") == 1
    sent.refresh_from_db()
    assert sent.state == WorkState.QUEUED and "cannot be reached" in sent.reason
    left = (sent.due_at - timezone.now()).total_seconds()
    assert 0.75 * WAITS[0] < left < 1.25 * WAITS[0]
    assert send_by("email") == 0
    settings.EMAIL_PORT = post.port
    make_due(sent)
    assert send_by("email") == 1
    assert [(one.number, one.is_good) for one in sent.tries.all()] == [(1, False), (2, True)]


def test_a_server_that_is_away_is_not_tried_by_each_that_waits(post, settings):
    letter(), letter()
    settings.EMAIL_PORT = 9
    assert send_by("email") == 1
    assert sorted(Delivery.objects.values_list("attempt", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    ("refusal", "state", "said"),
    [
        (("RCPT", "550 no such user"), WorkState.FAILED, "550 no such user"),
        (("DATA", "554 looks like spam"), WorkState.FAILED, "554 looks like spam"),
        (("RCPT", "450 come back later"), WorkState.QUEUED, "450 come back later"),
        (("MAIL", "451 busy"), WorkState.QUEUED, "451 busy"),
    ],
)
def test_a_refusal_for_good_is_not_repeated(post, refusal, state, said):
    sent = letter()
    post.refusals = [refusal]
    send_by("email")
    sent.refresh_from_db()
    assert (sent.state, sent.attempt) == (state, 1) and said in sent.reason


def test_it_is_given_up_after_a_day_and_may_be_sent_again(post):
    sent = letter()
    for number in range(1, MOST_TRIES + 1):
        make_due(sent)
        send_due("email", {"email": lambda _row: Sent(False, "away")})
        sent.refresh_from_db()
        is_last = number == MOST_TRIES
        assert sent.state == (WorkState.FAILED if is_last else WorkState.QUEUED)
    assert sent.reason == "away" and sent.tries.count() == MOST_TRIES
    assert 24 < sum(WAITS) / 3600 < 28
    admin = make_annotator()
    send_again(delivery=sent, asked_by=admin)
    assert send_by("email") == 1 and len(post.letters) == 1
    with pytest.raises(NotToBeSentAgain):
        send_again(delivery=sent, asked_by=admin)


def test_waits_grow_and_have_jitter_either_way():
    assert [wait_after(n, draw=lambda: 0.5) for n in range(1, MOST_TRIES)] == list(WAITS)
    assert wait_after(1, draw=lambda: 0.0) == pytest.approx(48)
    assert wait_after(1, draw=lambda: 1.0) == pytest.approx(72)


def test_a_server_that_asks_for_a_longer_wait_gets_it():
    sent = letter_row()
    send_due("email", {"email": lambda _row: Sent(False, "slow down", wait_seconds=5_000)})
    sent.refresh_from_db()
    assert 4_990 < (sent.due_at - timezone.now()).total_seconds() <= 5_000


def test_a_fault_of_ours_holds_up_nobody_else():
    broken, fine = letter_row(), letter_row()

    def send(row):
        if row.pk == broken.pk:
            raise RuntimeError("a fault")
        return Sent(True, "ok")

    assert send_due("email", {"email": send}) == 2
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == (WorkState.QUEUED, WorkState.SUCCEEDED)


def test_a_worker_that_died_is_replaced_and_one_that_lives_is_not():
    sent = letter_row()
    held, _begun = outbox._claim_next("email")
    assert outbox._claim_next("email") is None
    assert send_due("email", {"email": lambda _row: Sent(True, "ok")}) == 0  # it is being sent
    Delivery.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    assert send_due("email", {"email": lambda _row: Sent(True, "ok")}) == 1
    with pytest.raises(outbox.ClaimLost):
        outbox._mark(held, Sent(False, "late"))
    sent.refresh_from_db()
    assert sent.state == WorkState.SUCCEEDED
    assert [one.ended_at is None for one in sent.tries.all()] == [True, False]


def test_what_kills_its_worker_each_time_is_given_up():
    sent = letter_row()
    for _number in range(MOST_TRIES):
        assert outbox._claim_next("email") is not None
        Delivery.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    assert outbox._claim_next("email") is None
    sent.refresh_from_db()
    assert sent.state == WorkState.FAILED and "8 tries" in sent.reason


def test_the_beat_rings_for_what_is_due_and_for_nothing_else(heard):
    sent = letter_row(due_at=timezone.now() + timedelta(hours=1))
    ring_for_due()
    assert heard == []
    make_due(sent)
    ring_for_due()
    ring_for_due()
    assert heard == ["email"]


def test_without_a_mail_server_nothing_is_promised(settings):
    settings.EMAIL_HOST = ""
    with pytest.raises(NoMailServer):
        letter()
    settings.EMAIL_HOST = "mail.test"
    for wrong in ("", "nobody", "a@b@c", "ada@example.org\nBcc: eve@example.org"):
        with pytest.raises(InvalidInput):
            letter(to=wrong)
    assert letter(title="One\r\nBcc: eve@example.org").title == "One Bcc: eve@example.org"


def test_old_rows_go_and_the_text_of_a_letter_before_them(settings):
    days = timezone.now() - timedelta(days=8)
    kept = letter_row(state=WorkState.FAILED, finished_at=days)
    letter_row(state=WorkState.FAILED, finished_at=timezone.now() - timedelta(days=91))
    assert forget_old_deliveries() == 1
    kept.refresh_from_db()
    assert kept.content_encrypted == ""


def test_whoever_is_erased_leaves_no_letter_behind():
    make_admin()
    user = make_user(email="ada@example.org")
    letter_row(user=user, address="old@example.org")
    letter_row(address="Ada@example.org")
    other = letter_row(address="bob@example.org")
    erase_person(user=user)
    assert list(Delivery.objects.all()) == [other]


def letter_row(**fields):
    return make_letter(**{"state": WorkState.QUEUED, "attempt": 0, "finished_at": None, **fields})


def test_each_channel_goes_its_own_way():
    letter_row()
    assert outbox._due(Channel.WEBHOOK).count() == 0 and outbox._due(Channel.EMAIL).count() == 1
