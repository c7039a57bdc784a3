"""A snapshot to take away, whose digest anybody can check; equal content says so."""

import io
import json
import subprocess
import tarfile

import pytest
from django.conf import settings

from tests.factories import make_admin
from tests.training.conftest import freeze
from training.models import SnapshotPair
from training.reports.snapshot_page import same_content
from training.snapshots.archive import archive_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot(judged_project):
    return freeze(judged_project())


def unpacked(snapshot, folder):
    with tarfile.open(fileobj=io.BytesIO(b"".join(archive_of(snapshot)))) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


def test_the_documented_command_prints_the_digest(snapshot, tmp_path):
    top = unpacked(snapshot, tmp_path)
    command = "cat header.json records.jsonl | sha256sum"
    printed = subprocess.run(
        ["sh", "-c", command], cwd=top, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[0] == snapshot.digest
    assert command in (top / "CHECK.txt").read_text()
    assert f"\n{command}\n" in (settings.BASE_DIR / "docs" / "admins.md").read_text()
    printed = subprocess.run(
        ["sha256sum", "records.jsonl"], cwd=top, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[0] == snapshot.records_sha256


def test_it_brings_the_side_of_each_record_and_what_was_erased(snapshot, tmp_path):
    SnapshotPair.objects.filter(snapshot=snapshot, position=0).update(state="erased")
    top = unpacked(snapshot, tmp_path)
    sides = [json.loads(line) for line in (top / "splits.jsonl").read_text().splitlines()]
    assert len(sides) == len((top / "records.jsonl").read_text().splitlines()) == 30
    assert sum(one["split"] == "eval" for one in sides) == snapshot.n_eval
    assert [one["position"] for one in sides if one.get("erased")] == [0]
    manifest = json.loads((top / "manifest.json").read_text())
    assert (manifest["digest"], manifest["n_pairs"]) == (snapshot.digest, 30)


def test_two_of_equal_content_say_so_and_whether_their_sides_are_the_same(judged_project):
    project = judged_project()
    first, second = freeze(project), freeze(project, name="Other")
    third = freeze(project, name="Third", eval_share=0.3)
    freeze(project, name="Fewer", min_agreement=0.5, include_ties=False)
    boss = make_admin(username="boss")
    assert first.digest != second.digest  # frozen at another instant
    same = {other.name: is_same for other, is_same in same_content(first, boss)}
    assert (same["Other"], same["Third"]) == (True, False)
    assert third.records_sha256 == first.records_sha256
