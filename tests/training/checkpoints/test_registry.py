"""Bases that are accepted and refused, and the archive that leaves the house."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from alignment_core.canonical import digest_of_directory
from tests.factories import make_admin
from training.artifacts.store import (
    artifact_store,
    fetch_directory,
    remove_directory,
    store_directory,
)
from training.checkpoints.registry import register_base
from training.errors import BaseRefused
from training.models import Checkpoint
from training.reports.checkpoint_archive import archive_of
from training.reports.checkpoint_page import checkpoint_detail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(tiny_directory):
    """A copy of the tiny model that may be damaged."""
    directory = settings.ACCORD_DATA_DIR / "base_checkpoints" / "damaged"
    shutil.copytree(tiny_directory, directory)
    yield directory
    shutil.rmtree(directory)


def test_a_base_is_known_by_the_digest_of_its_directory(tiny_directory):
    base = register_base(path_or_hub_id=str(tiny_directory))
    assert base.digest == digest_of_directory(tiny_directory)
    assert base.is_local
    assert register_base(path_or_hub_id="tiny", name="Again") == base
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda base: (base / "config.json").unlink(), "has no config.json"),
        (lambda base: (base / "config.json").write_text("{"), "config.json .* cannot be read"),
        (lambda base: (base / "config.json").write_text("{}"), "does not name a model_type"),
        (lambda base: (base / "model.safetensors").unlink(), "holds no weights"),
        (
            lambda base: (base / "model.safetensors").rename(base / "pytorch_model.bin"),
            "as pickles",
        ),
        (
            lambda base: (base / "model.safetensors").write_bytes(
                (base / "model.safetensors").read_bytes()[:-1]
            ),
            "not a whole safetensors file",
        ),
        (lambda base: (base / "tokenizer.json").unlink(), "has no tokenizer"),
        (
            lambda base: (base / "model.safetensors.index.json").write_text(
                json.dumps({"weight_map": {"w": "model-2.safetensors"}})
            ),
            "lacks model-2.safetensors",
        ),
    ],
)
def test_a_directory_that_cannot_be_loaded_is_refused_in_a_sentence(base, damage, words):
    damage(base)
    with pytest.raises(BaseRefused, match=words) as refused:
        register_base(path_or_hub_id=str(base))
    assert (refused.value.field, refused.value.value) == ("base", str(base))
    assert not Checkpoint.objects.exists()


@pytest.mark.parametrize("path", ["/etc", "~", "../..", "/"])
def test_no_directory_outside_the_allowed_ones_is_read(path):
    with pytest.raises(BaseRefused, match="outside the directories"):
        register_base(path_or_hub_id=path)


def test_a_link_out_of_the_allowed_directories_is_not_followed(tmp_path):
    link = settings.ACCORD_DATA_DIR / "base_checkpoints" / "link"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path)
    try:
        with pytest.raises(BaseRefused, match="outside the directories"):
            register_base(path_or_hub_id=str(link))
    finally:
        link.unlink()


@pytest.mark.parametrize("text", ["", "a b", "a/b/c", "org/model;rm", "http://x/y"])
def test_what_is_neither_path_nor_hub_id_is_refused(text):
    with pytest.raises(BaseRefused, match="neither"):
        register_base(path_or_hub_id=text)


def test_a_hub_id_without_a_network_says_what_to_do_instead(monkeypatch):
    def no_network(*_args, **_kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", no_network)
    with pytest.raises(BaseRefused, match="the hub does not answer from here"):
        register_base(path_or_hub_id="org/model@main")


def test_a_stored_directory_keeps_its_bytes_and_storing_again_changes_nothing(tiny_directory):
    stored = store_directory(tiny_directory)
    assert stored.digest == digest_of_directory(tiny_directory)
    assert digest_of_directory(fetch_directory(stored.folder, stored.manifest)) == stored.digest
    assert store_directory(tiny_directory) == stored
    assert stored.size_bytes == sum(
        path.stat().st_size for path in tiny_directory.rglob("*") if path.is_file()
    )
    remove_directory(stored.folder, stored.manifest)


def test_a_file_cut_short_by_a_crash_is_stored_whole_the_next_time(tiny_directory):
    stored = store_directory(tiny_directory)
    weights = Path(artifact_store().path(f"{stored.folder}/model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100])
    store_directory(tiny_directory)
    assert digest_of_directory(weights.parent) == stored.digest
    assert len(list(weights.parent.iterdir())) == len(stored.manifest)
    remove_directory(stored.folder, stored.manifest)


def test_the_archive_is_streamed_and_holds_every_file(tiny_base, tmp_path, tiny_directory):
    detail = checkpoint_detail(tiny_base, make_admin())
    blocks = list(archive_of(tiny_base))
    body = b"".join(blocks)
    assert len(body) == detail.archive_size
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert detail.archive_name == f"{unpacked.name}.tar"
    assert digest_of_directory(unpacked) == tiny_base.digest == digest_of_directory(tiny_directory)
