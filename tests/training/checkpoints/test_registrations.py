"""Bases that are too large to be read while somebody waits."""

import pytest
from django.urls import reverse

from annotate.models import WorkState
from tests.bells import listen
from tests.factories import make_admin
from training.checkpoints import registrations
from training.checkpoints.registrations import REGISTRATIONS, bring_base, run_registration
from training.errors import BaseRefused
from training.models import Checkpoint, Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr(registrations, "SMALL_BYTES", 0)


def test_a_small_base_is_there_at_once(tiny_directory):
    base = bring_base(path_or_hub_id=str(tiny_directory), name="Tiny", brought_by=make_admin())
    assert isinstance(base, Checkpoint)
    assert not Registration.objects.exists()


def test_a_large_base_is_read_in_the_background_and_then_listed(
    client, tiny_directory, everything_is_large
):
    client.force_login(make_admin(), backend="django.contrib.auth.backends.ModelBackend")
    sent = {"path_or_hub_id": str(tiny_directory), "name": "Large"}
    page = client.post(reverse("training:base_new"), sent, follow=True).content.decode()
    assert "“Large” is being read" in page
    assert not Checkpoint.objects.exists()
    fragment = client.get(reverse("training:checkpoints"), headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    assert "HX-Refresh" not in fragment

    row = Registration.objects.get()
    run_registration(registration_id=row.pk)
    run_registration(registration_id=row.pk)

    row.refresh_from_db()
    assert (row.state, row.base) == (WorkState.SUCCEEDED, Checkpoint.objects.get(name="Large"))
    fragment = client.get(reverse("training:checkpoints"), headers={"HX-Request": "true"})
    assert fragment["HX-Refresh"] == "true"


def test_what_is_wrong_with_a_large_base_is_told_at_once_or_where_it_was_asked_for(
    client, tiny_directory, everything_is_large, monkeypatch
):
    admin = make_admin()
    with pytest.raises(BaseRefused):
        bring_base(path_or_hub_id="no such thing", brought_by=admin)

    def refuse(_hub_id):
        raise BaseRefused("The hub does not answer from here.")

    monkeypatch.setattr("training.checkpoints.registry.fetch_from_hub", refuse)
    row = bring_base(path_or_hub_id="owner/name", brought_by=admin)
    run_registration(registration_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.reason) == (WorkState.FAILED, "The hub does not answer from here.")
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("training:checkpoints")).content.decode()
    assert "owner/name: The hub does not answer from here." in page


def test_a_lost_message_is_sent_again(
    tiny_directory, everything_is_large, monkeypatch, django_capture_on_commit_callbacks
):
    sent = listen(monkeypatch, REGISTRATIONS.task)
    with django_capture_on_commit_callbacks(execute=True):
        row = bring_base(path_or_hub_id=str(tiny_directory), brought_by=make_admin())
        REGISTRATIONS.ring_again()
    assert sent == [row.pk]  # the first is still on its way
    Registration.objects.update(requested_at="2026-01-01T00:00:00Z")
    with django_capture_on_commit_callbacks(execute=True):
        REGISTRATIONS.ring_again()
    assert sent == [row.pk, row.pk]
