"""Rules of retention by the API: seen, tried, changed and carried out, by site admins alone."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from tests.training.api.calls import V1, post
from training.models import Checkpoint, Retention

pytestmark = pytest.mark.django_db
NOTHING = {"keep_newest": 0, "keep_best": 0, "resumable_days": 0, "keep_sweeps": False}


@pytest.fixture
def trained(world) -> Checkpoint:
    """A result of the world that nothing holds, made long ago."""
    made = Checkpoint.objects.get(public_id=world.own.ids["checkpoint"])
    Checkpoint.objects.update(created_at=Now() - timedelta(days=9))
    return made


def patch(client, body: object):
    return client.patch(f"{V1}retention/", json.dumps(body), content_type="application/json")


def test_the_rules_that_are_sent_are_the_rules_that_come_back(admin, world):
    assert admin.get(f"{V1}retention/").json() == {
        "keep_newest": 10,
        "keep_best": 3,
        "resumable_days": 14,
        "keep_sweeps": True,
        "most_gib": None,
        "is_automatic": False,
    }
    sent = {"keep_newest": 1, "most_gib": 500, "resumable_days": None}
    changed = patch(admin, sent).json()
    assert changed == admin.get(f"{V1}retention/").json()
    assert changed | sent == changed
    assert patch(admin, {"most_gib": 0}).status_code == 400
    assert patch(admin, {"keep_newest": 40_000}).status_code == 400
    assert patch(admin, {"keep": 1}).status_code == 400
    assert Retention.objects.get().most_gib == 500


def test_other_rules_can_be_tried_and_nothing_is_kept_of_them(admin, world, trained):
    held = admin.get(f"{V1}retention/preview/").json()
    assert held["deleted"] == []
    tried = admin.get(
        f"{V1}retention/preview/?keep_newest=0&keep_best=0&resumable_days=0&keep_sweeps=false"
    ).json()
    known = {one["id"] for one in tried["deleted"]}
    known |= {one["checkpoint"]["id"] for one in tried["kept"]}
    assert str(trained.public_id) in known
    assert all(one["why"] for one in tried["kept"])
    assert tried["bytes_in_all"] == held["bytes_in_all"] >= tried["bytes_freed"]
    assert not Retention.objects.exists()
    assert admin.get(f"{V1}retention/preview/?keep_newest=-1").status_code == 400


def test_only_what_is_named_and_not_kept_is_deleted(admin, world, trained):
    patch(admin, NOTHING)
    going = [one["id"] for one in admin.get(f"{V1}retention/preview/").json()["deleted"]]
    kept = [one["checkpoint"]["id"] for one in admin.get(f"{V1}retention/preview/").json()["kept"]]
    if kept:
        assert post(admin, "retention/delete/", {"checkpoints": kept}).json() == {"n_deleted": 0}
    done = post(admin, "retention/delete/", {"checkpoints": going}) if going else None
    if done is not None:
        assert done.json() == {"n_deleted": len(going)}
    assert post(admin, "retention/delete/", {"checkpoints": []}).status_code == 400
    assert post(admin, "retention/delete/", {"checkpoints": ["x"]}).status_code == 400


def test_the_command_shows_and_deletes(world, trained, capsys):
    call_command("retention", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["n_deleted"] == 0
    Retention.objects.create(pk=1, **NOTHING)
    call_command("retention", "--json")
    going = json.loads(capsys.readouterr().out)["deleted"]
    call_command("retention", "--delete", "--json")
    assert json.loads(capsys.readouterr().out)["n_deleted"] == len(going)
