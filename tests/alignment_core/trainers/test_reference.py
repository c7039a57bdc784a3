import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from alignment_core.data.records import write_records
from alignment_core.errors import LoadingError, ReferenceMismatch
from alignment_core.forward.log_probs import PairLogProbs
from alignment_core.trainers.reference import KEY, check_reference
from tests.alignment_core.small_runs import make_records, train_here, write_train_config


@pytest.fixture
def finished_run(tiny_base, data_files, tmp_path):
    return train_here(
        write_train_config(tmp_path / "run", method="dpo", base=tiny_base, data_files=data_files)
    )


def key_of(cache):
    from safetensors import safe_open

    with safe_open(cache, framework="pt") as file:
        return file.metadata()["key"]


def test_the_gate_passes_rounding_and_stops_what_is_more():
    policy = torch.tensor([-10.0, -20.0])
    n_tokens = torch.tensor([10.0, 10.0])
    near = PairLogProbs(torch.tensor([-10.0005]), torch.tensor([-20.0]))
    far = PairLogProbs(torch.tensor([-10.1]), torch.tensor([-20.0]))
    assert check_reference(policy, near, n_tokens, dtype="float32") < 1e-4
    assert check_reference(policy, far, n_tokens, dtype="bfloat16") == pytest.approx(0.01, rel=1e-3)
    with pytest.raises(ReferenceMismatch, match=r"0\.01 nats a token"):
        check_reference(policy, far, n_tokens, dtype="float32")
    with pytest.raises(ReferenceMismatch):
        check_reference(policy * float("nan"), near, n_tokens, dtype="float32")


def test_a_cache_of_other_log_probs_stops_the_run(finished_run):
    cache = finished_run / "reference.safetensors"
    tensors = {
        name: tensor if name == KEY else tensor - 1.0 for name, tensor in load_file(cache).items()
    }
    save_file(tensors, cache, metadata={"key": key_of(cache)})
    with pytest.raises(ReferenceMismatch, match="belong to other weights"):
        train_here(finished_run)


def test_a_cache_is_used_again_only_for_the_same_run(finished_run):
    cache = finished_run / "reference.safetensors"
    key, written_at = key_of(cache), cache.stat().st_mtime_ns
    train_here(finished_run)
    assert cache.stat().st_mtime_ns == written_at
    body = json.loads((finished_run / "config.json").read_text())
    body["settings"]["max_length"] = 30  # other records are left out, so other ids
    (finished_run / "config.json").write_text(json.dumps(body))
    train_here(finished_run)
    assert key_of(cache) != key


def test_a_checkpoint_does_not_go_on_beside_other_held_out_records(
    finished_run, tiny_base, data_files, tmp_path
):
    others = tmp_path / "others.jsonl"
    write_records(others, make_records(6, prefix="other"))  # as many as before
    resumed = write_train_config(
        tmp_path / "resumed",
        method="dpo",
        base=tiny_base,
        data_files=(data_files[0], others),
        resume=finished_run / "checkpoints" / "step-3",
    )
    with pytest.raises(LoadingError, match="other held-out records"):
        train_here(resumed)
