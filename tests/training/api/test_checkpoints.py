import tarfile
from io import BytesIO

import pytest

from tests.training.api.calls import V1, post
from tests.world import drained
from training.checkpoints import registrations
from training.checkpoints.registrations import run_registration
from training.models import Registration

pytestmark = pytest.mark.django_db


def test_a_checkpoint_leads_back_to_its_base(world, lead):
    steps = lead.get(f"{V1}checkpoints/{world.own.ids['checkpoint']}/lineage/").json()
    assert [step["checkpoint"]["name"] for step in steps] == ["trained", "base"]
    assert steps[0]["run"]["id"] == str(world.own.ids["run"])
    assert steps[0]["snapshot"]["projects"] == ["own"]
    assert steps[1]["run"] is None


def test_a_checkpoint_is_downloaded_whole_and_says_its_length(world, lead):
    answer = lead.get(f"{V1}checkpoints/{world.own.ids['checkpoint']}/download/")
    archive = drained(answer)
    assert len(archive) == int(answer["Content-Length"])
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        [member] = tar.getmembers()
        assert member.name.endswith("/config.json")
        assert tar.extractfile(member).read() == b"{}"


def test_where_files_lie_on_the_server_is_told_to_nobody(world, admin):
    for address in ("checkpoints/", f"checkpoints/{world.own.ids['checkpoint']}/"):
        assert "folder" not in admin.get(V1 + address).content.decode()


def test_a_base_outside_the_allowed_directories_is_refused(admin):
    answer = post(admin, "checkpoints/", {"source": "/etc"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "base_refused"


def test_a_small_base_is_registered_at_once(admin, tiny_directory):
    answer = post(admin, "checkpoints/", {"source": str(tiny_directory), "name": "Tiny"})
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["kind"]) == ("Tiny", "base")


def test_a_large_base_is_read_in_the_background_and_can_be_waited_for(
    admin, tiny_directory, monkeypatch
):
    monkeypatch.setattr(registrations, "SMALL_BYTES", 0)
    answer = post(admin, "checkpoints/", {"source": str(tiny_directory), "name": "Large"})
    assert answer.status_code == 202
    row = answer.json()
    assert (row["state"], row["checkpoint"]) == ("queued", None)
    assert answer["Location"] == f"{V1}registrations/{row['id']}/"
    assert admin.get(f"{V1}registrations/").json()["results"][0] == row

    run_registration(registration_id=Registration.objects.get(public_id=row["id"]).pk)

    row = admin.get(answer["Location"]).json()
    assert row["state"] == "succeeded"
    assert admin.get(f"{V1}checkpoints/{row['checkpoint']}/").json()["name"] == "Large"
