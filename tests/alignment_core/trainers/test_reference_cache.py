"""Log-probs of the reference that runs share: found where they are right, else computed."""

import json
import os
import pkgutil
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load_file, save_file

from alignment_core.__main__ import main
from alignment_core.command_line import parse, write_method_config
from alignment_core.configs import METHODS
from alignment_core.data.records import write_records
from alignment_core.errors import ReferenceMismatch
from alignment_core.tasks.requests import read_request, train_request
from alignment_core.trainers.reference_cache import ReferenceCache, _metadata
from alignment_core.trainers.referenced import ReferencedPairPolicy
from tests.alignment_core.small_runs import (
    make_records,
    metrics_of,
    objective_of,
    train_here,
    write_train_config,
)

KEY, OTHER_KEY = "a" * 64, "b" * 64
ROWS = torch.arange(6.0).reshape(2, 3)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def config_of(cache, tiny_base, data_files, tmp_path):
    """A run directory whose run shares its reference, unless it is told not to."""

    def make(name, method="dpo", *, shares=True, base=tiny_base, data=data_files, **settings):
        return write_train_config(
            tmp_path / name,
            method=method,
            base=base,
            data_files=data,
            reference_cache=cache if shares else None,
            **settings,
        )

    return make


def sources_of(directory):
    """Where the log-probs of a run's splits were found, and the notes beside it."""
    context = objective_of(directory)[0].context
    return context.reference_plan["from"], context.reference_plan["notes"]


def final_of(directory):
    return (directory / "final" / "model.safetensors").read_bytes()


def test_another_run_finds_them_and_ends_in_the_same_bits(config_of):
    settings = {"beta": 0.3, "save_every_seconds": 0.0, "keep_checkpoints": 9}
    first = train_here(config_of("first"))
    warm = train_here(config_of("warm", **settings))
    alone = train_here(config_of("alone", shares=False, **settings))
    resumed = train_here(config_of("resumed", resume=warm / "checkpoints" / "step-1", **settings))
    plans = [json.loads((run / "plan.json").read_text())["reference"] for run in (first, warm)]
    assert [plan["from"] for plan in plans] == [
        {"train": "computed", "eval": "computed"},
        {"train": "cache", "eval": "cache"},
    ]
    assert all(plan["notes"] == [] for plan in plans)
    found = [metrics_of(run, "reference")[-1]["reference/from_cache"] for run in (first, warm)]
    assert found == [0.0, 1.0]
    assert final_of(warm) == final_of(alone) == final_of(resumed)
    assert metrics_of(warm, "train") == metrics_of(alone, "train")


def test_another_method_finds_the_pairs_and_computes_what_it_needs_beside_them(config_of):
    sources_of(config_of("dpo"))
    sources, _ = sources_of(config_of("kto", "kto"))
    assert sources == {
        "train": "cache",
        "eval": "cache",
        "train/mismatched": "computed",
        "eval/mismatched": "computed",
    }
    sources, _ = sources_of(config_of("again", "kto", beta=0.3))
    assert set(sources.values()) == {"cache"}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_run_with_adapters_finds_what_one_without_has_computed(dtype, config_of):
    whole, adapted = (
        config_of(name, dtype=dtype, **more)
        for name, more in (("whole", {}), ("adapted", {"lora_rank": 2, "shares": False}))
    )
    references = []
    for directory in (whole, adapted):
        sources_of(directory)
        references.append(load_file(directory / "reference.safetensors"))
    assert torch.equal(*(tensors["reference/train"] for tensors in references))
    assert set(sources_of(config_of("found", dtype=dtype, lora_rank=2))[0].values()) == {"cache"}


def test_other_weights_other_tokens_and_another_precision_are_computed(
    config_of, tiny_base, data_files, tmp_path
):
    sources_of(config_of("first"))
    moved = tmp_path / "moved"
    shutil.copytree(tiny_base, moved)
    weights = load_file(moved / "model.safetensors")
    weights["model.norm.weight"][0] += 1e-3
    save_file(weights, moved / "model.safetensors", metadata={"format": "pt"})
    assert set(sources_of(config_of("moved-run", base=moved))[0].values()) == {"computed"}

    records = make_records(12)
    write_records(tmp_path / "turned.jsonl", [records[1], records[0], *records[2:]])
    turned = (tmp_path / "turned.jsonl", data_files[1])
    assert sources_of(config_of("turned", data=turned))[0] == {"train": "computed", "eval": "cache"}

    for name, change in (("half", {"dtype": "bfloat16"}), ("padded", {"layout": "padded"})):
        assert set(sources_of(config_of(name, **change))[0].values()) == {"computed"}


@pytest.mark.parametrize("damage", ["truncated", "foreign", "of another key", "changed"])
def test_a_damaged_file_is_ignored_and_written_anew(damage, cache):
    shared = ReferenceCache(cache)
    shared.write(KEY, ROWS)
    path = shared.path(KEY)
    whole = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(whole[:-5])
    elif damage == "foreign":
        path.write_bytes(b"not tensors at all")
    elif damage == "of another key":
        shared.write(OTHER_KEY, ROWS)
        shared.path(OTHER_KEY).replace(path)
    else:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert shared.read(KEY, (2, 3)) is None
    (note,) = shared.notes
    assert path.name in note
    assert "ignored and written anew" in note
    shared.write(KEY, ROWS)
    assert torch.equal(shared.read(KEY, (2, 3)), ROWS)
    assert len(shared.notes) == 1


def test_a_run_beside_a_damaged_file_says_so_and_repairs_it(config_of, cache):
    sources_of(config_of("first"))
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    sources, notes = sources_of(config_of("second", beta=0.3))
    assert set(sources.values()) == {"computed"}
    assert len(notes) == 2
    assert set(sources_of(config_of("third", beta=0.5))[0].values()) == {"cache"}


@pytest.mark.parametrize("split", ["train", "eval"])
def test_wrong_log_probs_in_a_whole_file_stop_the_run_and_are_forgotten(split, config_of, cache):
    first = config_of("first")
    sources_of(first)
    tensors = load_file(first / "reference.safetensors")
    for path in cache.iterdir():
        rows = load_file(path)["log_probs"]
        if torch.equal(rows, tensors[f"reference/{split}"]):
            key = path.stem.removeprefix("reference-")
            save_file({"log_probs": rows - 1.0}, path, metadata=_metadata(key, rows - 1.0))
    with pytest.raises(ReferenceMismatch, match="belong to other weights"):
        sources_of(config_of("second"))
    assert set(sources_of(config_of("second"))[0].values()) == {"computed"}


def test_writers_and_readers_at_once_never_meet_half_a_file(cache):
    rows = torch.randn(2, 5000, generator=torch.Generator().manual_seed(0))

    def write_and_read(_):
        shared = ReferenceCache(cache)
        shared.write(KEY, rows)
        assert torch.equal(shared.read(KEY, (2, 5000)), rows)
        return shared.notes

    with ThreadPoolExecutor(8) as writers:
        assert list(writers.map(write_and_read, range(64))) == [[]] * 64
    assert [path.name for path in cache.iterdir()] == [f"reference-{KEY}.safetensors"]


def test_the_files_used_longest_ago_go_first_and_nothing_else_does(cache):
    shared = ReferenceCache(cache)
    size = 0
    for number, letter in enumerate("abcd"):
        shared.write(letter * 64, ROWS)
        os.utime(shared.path(letter * 64), (1000 + number,) * 2)
        size = shared.path(letter * 64).stat().st_size
    assert torch.equal(shared.read("a" * 64, (2, 3)), ROWS)  # used just now
    (cache / "model.safetensors").write_bytes(bytes(10 * size))
    abandoned = cache / f".reference-{KEY}.{'0' * 32}.partial"
    abandoned.write_bytes(b"half")
    os.utime(abandoned, (1000,) * 2)
    ReferenceCache(cache, largest_bytes=3 * size).write("e" * 64, ROWS)
    names = {path.name for path in cache.iterdir()}
    assert names == {f"reference-{x * 64}.safetensors" for x in "ade"} | {"model.safetensors"}


def test_a_directory_that_cannot_be_written_is_a_note(config_of, cache):
    cache.write_text("a file where the directory should be")
    sources, notes = sources_of(config_of("run"))
    assert set(sources.values()) == {"computed"}
    assert len(notes) == 2
    assert "could not be written" in notes[0]


@pytest.mark.parametrize("method", METHODS)
def test_methods_with_log_probs_of_a_reference_offer_to_share_them(method, capsys):
    objective = pkgutil.resolve_name(METHODS[method].objective)
    with pytest.raises(SystemExit):
        main([method, "--help"])
    is_offered = "--reference-cache" in capsys.readouterr().out
    assert is_offered == issubclass(objective, ReferencedPairPolicy)


def test_the_flag_reaches_the_run(tiny_base, data_files, tmp_path):
    arguments = ["dpo", "--model", tiny_base, "--data", data_files[0], "--output", tmp_path / "run"]
    flags = ["--reference-cache", tmp_path / "cache"]
    directory = write_method_config(parse([str(one) for one in (*arguments, *flags)]))
    request = train_request(read_request(directory / "config.json", task="train"))
    assert request.reference_cache == tmp_path / "cache"
