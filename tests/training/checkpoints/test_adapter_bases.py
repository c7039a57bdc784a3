"""Adapters as bases: known together with what they lie over."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from safetensors.numpy import load, save_file

from alignment_core.canonical import digest_of_directory, digest_of_json
from annotate.models import AuditEvent
from tests.factories import make_admin
from tests.training.execution.test_runner import carry_out
from training.artifacts.model_files import context_length
from training.artifacts.store import artifact_store
from training.checkpoints import registrations
from training.checkpoints.lineage import lineage_of
from training.checkpoints.registrations import bring_base
from training.checkpoints.registry import register_base
from training.errors import BaseRefused, RunRefused
from training.models import Checkpoint, RunState
from training.reports.checkpoint_page import lineage_back
from training.runs.merge_run import queue_merge_run

pytestmark = pytest.mark.django_db(transaction=True)
LAYER = "base_model.model.model.layers.0.self_attn.q_proj"


@pytest.fixture
def adapter(tiny_directory):
    """A LoRA adapter of rank 1 over one layer of the tiny model."""
    directory = settings.ACCORD_DATA_DIR / "base_checkpoints" / "adapter"
    directory.mkdir()
    write_config(directory, base_model_name_or_path=str(tiny_directory))
    weights = {"lora_A": np.full((1, 16), 0.1), "lora_B": np.full((16, 1), 0.1)}
    save_file(
        {f"{LAYER}.{name}.weight": part.astype(np.float32) for name, part in weights.items()},
        directory / "adapter_model.safetensors",
        metadata={"format": "pt"},
    )
    yield directory
    shutil.rmtree(directory)


def write_config(directory: Path, **changes: object) -> None:
    path = directory / "adapter_config.json"
    body = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 1, "target_modules": ["q_proj"]}
    body |= json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(body | changes))


def test_an_adapter_is_known_by_its_digest_and_that_of_what_it_lies_over(adapter, tiny_directory):
    known = register_base(path_or_hub_id=str(adapter), name="Tuned", registered_by=make_admin())
    beneath = known.lies_over
    assert (known.name, beneath.name) == ("Tuned", "tiny")
    assert beneath.digest == digest_of_directory(tiny_directory)
    assert known.digest == digest_of_json([beneath.digest, digest_of_directory(adapter)])
    assert known.size_bytes < beneath.size_bytes
    assert context_length(known) == context_length(beneath) == 128
    assert [step.checkpoint for step in lineage_back(known)] == [known, beneath]
    assert register_base(path_or_hub_id=str(adapter)) == known
    assert Checkpoint.objects.count() == 2
    assert AuditEvent.objects.filter(action="checkpoint.register").count() == 2


def test_adapters_over_adapters_are_known_in_their_order(adapter, tiny_directory, request):
    upper = adapter.parent / "upper"
    shutil.copytree(adapter, upper)
    request.addfinalizer(lambda: shutil.rmtree(upper))
    write_config(upper, base_model_name_or_path=str(adapter))
    known = register_base(path_or_hub_id=str(upper))
    assert [step.checkpoint.name for step in lineage_back(known)] == ["upper", "adapter", "tiny"]
    layers = [tiny_directory, adapter, upper]
    assert known.digest == digest_of_json([digest_of_directory(layer) for layer in layers])


@pytest.mark.any_database
def test_a_run_starts_from_an_adapter_and_says_what_lay_under_it(adapter, queued_run):
    known = register_base(path_or_hub_id=str(adapter))
    run = queued_run()
    run.base = known
    run.save()
    carry_out(run)
    assert run.state == RunState.SUCCEEDED, run.log
    assert run.plan["base"] == {"path": str(adapter), "digest": known.digest}
    assert run.summary["base_digest"] == known.digest
    assert lineage_of(run)["base"]["lies_over"]["digest"] == known.lies_over.digest


def test_a_run_is_refused_once_what_lies_under_its_base_has_gone(adapter, queued_run):
    run = queued_run()
    run.base = register_base(path_or_hub_id=str(adapter))
    run.save()
    beneath = run.base.lies_over
    manifest = [{**entry, "size": entry["size"] + 1} for entry in beneath.manifest]
    Checkpoint.objects.filter(pk=beneath.pk).update(manifest=manifest)
    carry_out(run)
    assert run.state == RunState.FAILED
    assert "are not those that were registered" in run.reason


def test_the_size_of_what_it_lies_over_counts(adapter, tiny_directory, monkeypatch):
    own = sum(file.stat().st_size for file in adapter.iterdir())
    monkeypatch.setattr(registrations, "SMALL_BYTES", own)
    assert not isinstance(
        bring_base(path_or_hub_id=str(adapter), brought_by=make_admin()), Checkpoint
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_model_name_or_path": "owner/name"}, "which is no whole path"),
        ({"base_model_name_or_path": "base_checkpoints/tiny"}, "which is no whole path"),
        ({"base_model_name_or_path": "/etc"}, "outside the directories"),
        ({"base_model_name_or_path": None}, "does not say which base"),
        ({"peft_type": "IA3"}, "only LORA can be merged"),
        ({"task_type": "SEQ_CLS"}, "adapter of a reward model"),
    ],
)
def test_an_adapter_that_cannot_be_used_is_refused_in_a_sentence(adapter, changes, words):
    write_config(adapter, **changes)
    with pytest.raises(BaseRefused, match=words):
        register_base(path_or_hub_id=str(adapter))
    assert not Checkpoint.objects.exists()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: file.rename(file.with_suffix(".bin")), "only read as safetensors"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "not a whole safetensors file"),
        (
            lambda file: write_config(file.parent, base_model_name_or_path=str(file.parent)),
            "lies over itself",
        ),
        (
            lambda file: write_config(file.parent, base_model_name_or_path=str(file.parent.parent)),
            "has no config.json",
        ),
    ],
)
def test_files_of_an_adapter_that_cannot_be_read_are_named(adapter, damage, words):
    damage(adapter / "adapter_model.safetensors")
    with pytest.raises(BaseRefused, match=words):
        register_base(path_or_hub_id=str(adapter))


@pytest.mark.any_database
def test_an_adapter_is_merged_by_a_worker_into_a_base_that_is_whole(adapter, tiny_directory):
    known = register_base(path_or_hub_id=str(adapter), name="Tuned")
    run = carry_out(queue_merge_run(checkpoint=known))
    assert run.state == RunState.SUCCEEDED, run.log
    whole = Checkpoint.objects.get(run=run)
    assert (whole.kind, whole.name, whole.is_local) == ("base", "Tuned, merged", False)
    assert [step.checkpoint for step in lineage_back(whole)] == [whole, known, known.lies_over]
    with artifact_store().open(f"{whole.folder}/model.safetensors") as file:
        merged = load(file.read())
    base = load((tiny_directory / "model.safetensors").read_bytes())
    name = "model.layers.0.self_attn.q_proj.weight"
    # alpha is 8 by default and the rank 1; each element of B·A is 0.1 × 0.1
    assert np.allclose(merged[name] - base[name], 8 * 0.01, atol=1e-6)
    assert all(np.array_equal(merged[other], base[other]) for other in base if other != name)


def test_what_is_no_adapter_is_not_merged(tiny_base):
    with pytest.raises(RunRefused, match="is no adapter"):
        queue_merge_run(checkpoint=tiny_base)
