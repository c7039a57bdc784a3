"""Webhooks against a real receiver: signed, tried again, not led astray; secrets stay inside."""

import json
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.models import AuditEvent, Delivery, Webhook, WorkState
from annotate.notices import calling
from annotate.notices.channels import send_by
from annotate.notices.outbox import send_again
from annotate.notices.webhook_formats import plain_json
from annotate.notices.webhooks import (
    MOST_WEBHOOKS,
    change_webhook,
    delete_webhook,
    make_webhook,
    queue_trial_of,
)
from tests.factories import make_annotator, make_project
from tests.receiver import answering, receiver

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def hook(settings):
    with receiver() as served:
        settings.ACCORD_WEBHOOK_ALLOW = [("127.0.0.1", served.port)]
        yield served


def webhook_at(hook, **fields):
    values = {"name": "ours", "format": "json", "url": hook.url, "secret": SECRET, **fields}
    return make_webhook(project=make_project(), made_by=make_annotator(), **values)


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=Now() - timedelta(seconds=1))


def tried(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.tries.order_by("-pk").first().said


def test_a_trial_arrives_signed_under_the_id_of_its_delivery(hook):
    sent = queue_trial_of(webhook=webhook_at(hook))
    assert send_by("webhook") == 1
    ((path, headers, body),) = hook.calls
    assert path == "/hook?token=canary"
    assert headers["webhook-id"] == str(sent.public_id)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
    expected = plain_json.signature(
        headers["webhook-id"], headers["webhook-timestamp"], body, SECRET
    )
    assert headers["webhook-signature"] == expected
    content = json.loads(body)
    assert (content["type"], content["id"]) == ("trial", str(sent.public_id))
    assert tried(sent) == (WorkState.SUCCEEDED, "200 ok")


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        (
            answering(500, b"<b>down</b>\x00\n" + b"x" * 900),
            WorkState.QUEUED,
            "500 <b>down</b> xxx",
        ),
        (answering(404, b"nobody"), WorkState.QUEUED, "404 nobody"),
        (answering(400, b"invalid_payload"), WorkState.FAILED, "400 invalid_payload"),
        (answering(410), WorkState.FAILED, "410"),
        (answering(302, Location="http://169.254.169.254/"), WorkState.FAILED, "302: it sends"),
        (answering(307, Location="http://169.254.169.254/"), WorkState.FAILED, "307: it sends"),
        (answering(200, b"x" * 100_000), WorkState.QUEUED, "larger than is taken"),
        (lambda handler: handler.connection.close(), WorkState.QUEUED, "broke off"),
    ],
)
def test_failures_are_kept_with_what_was_said_cut_short(hook, fault, state, said):
    sent = queue_trial_of(webhook=webhook_at(hook))
    hook.faults = [fault]
    send_by("webhook")
    assert len(hook.calls) == 1
    found, text = tried(sent)
    assert found == state and said in text and len(text) <= 320


def test_a_failure_is_tried_again_under_the_same_id_and_may_be_sent_again(hook):
    sent = queue_trial_of(webhook=webhook_at(hook))
    hook.faults = [answering(503, Retry_After="1800")]
    send_by("webhook")
    sent.refresh_from_db()
    assert 1_700 < (sent.due_at - timezone.now()).total_seconds() <= 1_800
    make_due(sent)
    send_by("webhook")
    send_again(delivery=sent, asked_by=make_annotator())
    send_by("webhook")
    assert [headers["webhook-id"] for _path, headers, _body in hook.calls] == [
        str(sent.public_id)
    ] * 3
    assert tried(sent)[0] == WorkState.SUCCEEDED


def test_a_slow_receiver_holds_up_its_own_messages_and_no_others(hook, monkeypatch):
    monkeypatch.setattr(calling, "SECONDS", 0.3)
    slow = webhook_at(hook, url=hook.url.replace("hook", "slow"))
    for _number in range(3):
        queue_trial_of(webhook=slow)
    quick = queue_trial_of(webhook=webhook_at(hook))
    hook.faults = [lambda handler: time.sleep(1)]
    begun = time.monotonic()
    assert send_by("webhook") == 2
    assert time.monotonic() - begun < 1
    assert tried(quick)[0] == WorkState.SUCCEEDED
    assert Delivery.objects.filter(webhook=slow, attempt=0).count() == 2


def test_what_it_repeats_of_its_secrets_is_hidden(hook):
    sent = queue_trial_of(webhook=webhook_at(hook))
    hook.faults = [answering(500, f"bad {hook.url} {SECRET}".encode())]
    send_by("webhook")
    assert tried(sent)[1] == "500 bad … …"


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.test/",
        "https://u:p@hook.test/",
        "https://hook.test/#a",
        "ftp://hook.test/",
        "hook.test",
        "",
        "https://" + "h" * 2100,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(InvalidInput) as refused:
        make_webhook(
            project=make_project(), made_by=make_annotator(), name="n", format="json", url=url
        )
    assert refused.value.field == "url" and refused.value.value is None
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "2130706433"],
)
def test_addresses_inside_are_refused_at_every_connect(host, settings):
    settings.ACCORD_ENDPOINT_ALLOW = [(host.strip("[]"), None)]  # of models, not of webhooks
    webhook = make_webhook(
        project=make_project(),
        made_by=make_annotator(),
        name="n",
        format="json",
        url=f"https://{host}/",
    )
    sent = queue_trial_of(webhook=webhook)
    send_by("webhook")
    state, said = tried(sent)
    assert state == WorkState.FAILED and "no public address" in said
    assert "ACCORD_WEBHOOK_ALLOW" in said


def test_a_secret_stays_with_its_address_and_out_of_every_record(hook):
    webhook = webhook_at(hook)
    by = make_annotator()
    with pytest.raises(InvalidInput) as refused:
        change_webhook(webhook=webhook, changed_by=by, url="https://other.test/canary")
    assert refused.value.field == "secret"
    change_webhook(webhook=webhook, changed_by=by, name="other")
    change_webhook(
        webhook=webhook, changed_by=by, url="https://other.test/canary", secret="another-canary"
    )
    webhook.refresh_from_db()
    assert (webhook.host, webhook.name) == ("other.test", "other")
    delete_webhook(webhook=webhook, deleted_by=by)
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "webhook.made",
        "webhook.changed",
        "webhook.changed",
        "webhook.deleted",
    ]
    written = str(list(AuditEvent.objects.values("before", "after")))
    assert "canary" not in written and SECRET not in written


def test_bounds(hook):
    webhook = webhook_at(hook)
    with pytest.raises(InvalidInput) as refused:
        make_webhook(
            project=webhook.project, made_by=None, name="ours", format="json", url=hook.url
        )
    assert refused.value.field == "name"
    with pytest.raises(InvalidInput) as refused:
        webhook_at(hook, format="slack")  # which signs nothing
    assert refused.value.field == "secret"
    for number in range(1, MOST_WEBHOOKS):
        make_webhook(
            project=webhook.project, made_by=None, name=str(number), format="json", url=hook.url
        )
    with pytest.raises(InvalidInput, match="at most 10"):
        make_webhook(project=webhook.project, made_by=None, name="x", format="json", url=hook.url)


def test_one_that_is_not_in_use_is_told_nothing(hook):
    webhook = webhook_at(hook, is_active=False)
    sent = queue_trial_of(webhook=webhook)
    send_by("webhook")
    assert hook.calls == [] and tried(sent)[0] == WorkState.FAILED
