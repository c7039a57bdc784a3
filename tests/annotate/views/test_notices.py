"""The pages of notices and webhooks: what is shown, and that no secret ever is."""

from uuid import uuid4

import pytest

from annotate.models import Delivery, Notice, NoticeKind, NoticeRule, Role, Webhook
from annotate.notices.channels import send_by
from tests.factories import (
    make_call,
    make_member,
    make_notice,
    make_project,
    make_user,
    make_webhook,
)

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Chat",
    "format": "json",
    "url": "https://hook.test/canary-of-the-address",
    "language": "en",
    "is_active": "on",
}


@pytest.fixture
def project():
    return make_project(name="Replies")


@pytest.fixture
def lead(client, project):
    user = make_user(email="lead@example.org")
    make_member(project, user=user, role=Role.LEAD)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response):
    return response.content.decode()


def test_a_webhook_shows_its_drawn_secret_once_and_its_address_never(lead, project):
    page = f"/projects/{project.slug}/notices/"
    assert "There is no webhook yet" in text(lead.get(page))
    made = lead.post(f"{page}webhooks/new/", GIVEN)
    assert made.status_code == 201 and "whsec_" in text(made)
    webhook = Webhook.objects.get()
    again = lead.get(f"{page}webhooks/{webhook.public_id}/")
    assert "whsec_" not in text(again) and "hook.test" in text(again)
    for response in (made, again, lead.get(page)):
        assert "canary" not in text(response)
    refused = lead.post(f"{page}webhooks/new/", {**GIVEN, "url": "http://hook.test/canary"})
    assert "canary" not in text(refused) and "must be https" in text(refused)


def test_what_a_receiver_says_is_escaped(lead, project):
    sent = make_call(make_webhook(project), state="failed", reason="500 <script>alert(1)</script>")
    sent.tries.create(number=1, said="500 <script>alert(1)</script>")
    page = text(lead.get(f"/projects/{project.slug}/notices/deliveries/{sent.public_id}/"))
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_a_trial_is_sent_and_may_be_sent_again(lead, project):
    webhook = make_webhook(project, url="https://127.0.0.1/")
    base = f"/projects/{project.slug}/notices"
    shown = lead.post(f"{base}/webhooks/{webhook.public_id}/try/", follow=True)
    assert "waiting" in text(shown) and 'hx-trigger="every 3s"' in text(shown)
    send_by("webhook")
    sent = Delivery.objects.get()
    shown = text(lead.get(f"{base}/deliveries/{sent.public_id}/"))
    assert "no public address" in shown and "every 3s" not in shown
    lead.post(f"{base}/deliveries/{sent.public_id}/again/")
    sent.refresh_from_db()
    assert (sent.state, sent.attempt) == ("queued", 0)


def test_rules_are_kept_as_they_were_chosen(lead, project):
    page = f"/projects/{project.slug}/notices/"
    given = {
        "alpha_low-is_on": "on",
        "alpha_low-bound": "0.35",
        "person_low-bound": "0",
        "position-bound": "0.05",
        "haste-bound": "0.2",
        "queue-bound": "24",
    }
    assert lead.post(page, given).status_code == 302
    kept = {row.kind: (row.is_on, row.bound) for row in NoticeRule.objects.all()}
    assert kept["alpha_low"] == (True, 0.35) and kept["haste"] == (False, 0.2)
    assert kept["import_failed"] == (False, None)
    refused = lead.post(page, {**given, "alpha_low-bound": "7"})
    assert refused.status_code == 200 and "0.95" in text(refused)


def test_the_bell_and_the_list(lead, project):
    notice = make_notice(project, facts={"name": "<i>rows</i>", "reason": "Why."})
    make_notice(project), make_notice(project)
    page = text(lead.get("/notices/"))
    assert 'aria-label="Notices: 3 new"' in page and "&lt;i&gt;rows" in page
    assert lead.get("/notices/bell/?shown=3").status_code == 204
    assert "Notices: 3 new" in text(lead.get("/notices/bell/?shown=2"))
    lead.post(f"/notices/{notice.public_id}/read/")
    assert "Notices: 2 new" in text(lead.get("/"))
    lead.post(f"/notices/{notice.public_id}/snooze/", {"days": "400"})
    lead.post("/notices/read/")
    assert "new" not in text(lead.get("/notices/bell/"))
    lead.post(f"/notices/{notice.public_id}/mute/", {"is_muted": "1"})
    assert "Nothing needs you" in text(lead.get("/notices/"))
    assert "&lt;i&gt;rows" in text(lead.get("/notices/?show=all"))
    settings = text(lead.get("/notices/settings/"))
    assert "Hear of it again" in settings


def test_letters_are_chosen_by_kind_and_without_a_server_the_page_says_so(lead, settings):
    settings.EMAIL_HOST = ""
    assert "ACCORD_MAIL_HOST" in text(lead.get("/notices/settings/"))
    settings.EMAIL_HOST = "mail.test"
    assert "ACCORD_MAIL_HOST" not in text(lead.get("/notices/settings/"))
    lead.post("/notices/settings/", {"on_page": ["queue"], "by_email": ["queue", "disk"]})
    page = text(lead.get("/notices/settings/"))
    assert page.count("checked") == 3


def test_whoever_leads_nothing_has_no_bell(client):
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert 'id="bell"' not in text(client.get("/"))
    assert "Nothing needs you" in text(client.get("/notices/"))


def test_a_page_of_many_notices_asks_the_database_little(
    lead, project, django_assert_max_num_queries
):
    Notice.objects.bulk_create(
        Notice(project=project, kind=NoticeKind.IMPORT_FAILED, subject=str(uuid4()), facts={})
        for _number in range(200)
    )
    with django_assert_max_num_queries(20):
        assert "99+" in text(lead.get("/notices/"))
