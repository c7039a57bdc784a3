"""Several processes of one run: the same gradients, files from one, ends that come through."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache

import pytest
import torch
from safetensors.torch import load_file

from alignment_core.configs import METHODS
from alignment_core.errors import LoadingError
from alignment_core.processes.launcher import STORE, is_member, launch
from alignment_core.processes.ranks import deal
from alignment_core.processes.stopping import Stopper
from alignment_core.runs.run_directory import saved_steps
from tests.alignment_core.as_member import GRADIENTS, HELD_OUT, write_first_step
from tests.alignment_core.rollout_runs import METHOD_SETTINGS, rollout_settings
from tests.alignment_core.small_runs import (
    ROOT,
    child_process,
    metrics_of,
    train_here,
    write_train_config,
)

PATIENCE_SECONDS = 180
SHARED = {"sharding": "on"}
CASES = {
    **{method: {} for method in METHODS},
    "sft shared": SHARED,
    "dpo shared": {**SHARED, "lora_rank": 4, "gradient_checkpointing": True},
    "reward_model shared": SHARED,
    "grpo shared": SHARED,
    "ppo adapted": {"lora_rank": 2},
}


def settings_of_case(case):
    method = case.split()[0]
    if method in METHOD_SETTINGS:
        return rollout_settings(method, n_sample_prompts=0, **CASES[case])
    return {"n_sample_prompts": 0, "batch_size": 5, **CASES[case]}


@pytest.fixture(scope="module")
def root(tiny_base, data_files, tmp_path_factory):
    """Runs of two processes: a first step of every case, a whole run, and its second half."""
    root = tmp_path_factory.mktemp("two")
    shared = {"reference_cache": root / "cache"}
    steps = [
        write_case(root / "two" / case, case, tiny_base, data_files, **shared) for case in CASES
    ]
    whole = write_shared_run(root / "whole", tiny_base, data_files, processes=2)
    resumed = write_shared_run(
        root / "resumed",
        tiny_base,
        data_files,
        processes=2,
        resume=whole / "checkpoints" / "step-1",
    )
    run_as_two(
        [
            *(f"first_step={directory}" for directory in steps),
            f"train={whole}",
            f"train={resumed}",
        ],
        root / "store",
    )
    return root


@pytest.fixture(scope="module")
def alone(tiny_base, data_files, tmp_path_factory):
    """Where one process has taken a case's first step, once for all that is asked of it."""
    root = tmp_path_factory.mktemp("one")

    @cache
    def directory(case):
        found = write_case(root / case, case, tiny_base, data_files)
        write_first_step(found)
        return found

    return directory


def write_case(directory, case, tiny_base, data_files, **options):
    method = case.split()[0]
    return write_train_config(
        directory,
        method=method,
        base=tiny_base,
        data_files=(data_files[0], None if method in METHOD_SETTINGS else data_files[1]),
        tokens_per_micro_batch=100,  # several micro-batches, not as many in each process
        **options,
        **settings_of_case(case),
    )


def write_shared_run(directory, tiny_base, data_files, **options):
    """Three steps by processes that share their weights, if there are several."""
    return write_train_config(
        directory,
        method="dpo",
        base=tiny_base,
        data_files=data_files,
        batch_size=5,
        save_every_seconds=0.0,
        keep_checkpoints=9,
        sharding="on",
        **options,
    )


def run_as_two(actions, store):
    """Let two processes go through the same runs together."""
    members = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.alignment_core.as_member", *actions],
            cwd=ROOT,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "RANK": str(rank),
                "WORLD_SIZE": "2",
                STORE: str(store),
            },
        )
        for rank in range(2)
    ]
    try:
        assert [member.wait(PATIENCE_SECONDS) for member in members] == [0, 0]
    finally:
        for member in members:
            member.kill()
            member.wait()


@pytest.mark.parametrize("case", CASES)
def test_one_process_and_two_find_the_same_gradient(case, root, alone):
    one, two = load_file(alone(case) / GRADIENTS), load_file(root / "two" / case / GRADIENTS)
    assert one.keys() == two.keys()
    assert float(two["loss"]) == pytest.approx(float(one["loss"]), rel=1e-9, abs=1e-12)
    size = torch.stack([tensor.norm() for tensor in one.values()]).norm()
    for name, tensor in one.items():
        assert tensor.dtype == torch.float64
        assert (two[name] - tensor).norm() <= 1e-6 * size, name


@pytest.mark.parametrize("case", [case for case in CASES if case.split()[0] not in METHOD_SETTINGS])
def test_two_processes_share_what_is_held_out_and_find_the_same(case, root, alone):
    one, two = load_file(alone(case) / HELD_OUT), load_file(root / "two" / case / HELD_OUT)
    n_alone, n_together = one.pop("n_passes"), two.pop("n_passes")
    assert one.pop("n_found") == 0
    assert two.pop("n_found") == (2 if case == "kto" else 0)  # those of dpo, which goes first
    assert n_alone <= n_together <= n_alone + 2  # the last turn of each round, in vain
    assert n_alone > 2  # or twice as many would pass as well
    assert one.keys() == two.keys()
    for name, value in one.items():
        if case.endswith("shared"):
            torch.testing.assert_close(two[name], value, rtol=1e-9, atol=1e-12)
        else:
            assert torch.equal(two[name], value), name


def test_two_processes_leave_what_one_would(root, tiny_base, data_files, tmp_path):
    alone = train_here(write_shared_run(tmp_path / "alone", tiny_base, data_files))
    assert json.loads((root / "whole" / "plan.json").read_text())["world_size"] == 2
    one, two = metrics_of(alone, "train"), metrics_of(root / "whole", "train")
    assert [line["step"] for line in two] == [1, 2, 3]
    for alone_line, line in zip(one, two, strict=True):
        assert line.pop("phase") == alone_line.pop("phase") == "train"
        assert line == pytest.approx(alone_line, rel=1e-3, abs=1e-5)
    expected = load_file(alone / "final" / "model.safetensors")
    found = load_file(root / "whole" / "final" / "model.safetensors")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=2e-4)


def test_two_processes_go_on_bit_for_bit(root):
    whole, resumed = root / "whole", root / "resumed"
    assert metrics_of(resumed, "train") == metrics_of(whole, "train")
    one, other = (
        (directory / "final" / "model.safetensors").read_bytes() for directory in (whole, resumed)
    )
    assert one == other


def test_going_on_with_another_number_of_processes_is_refused(
    root, tiny_base, data_files, tmp_path
):
    checkpoint = root / "whole" / "checkpoints" / "step-1"
    directory = write_shared_run(tmp_path / "alone", tiny_base, data_files, resume=checkpoint)
    with pytest.raises(LoadingError, match="processes 2, not 1"):
        train_here(directory)


def test_two_processes_end_together_when_their_parent_is_gone(tiny_base, data_files, tmp_path):
    directory = write_train_config(
        tmp_path / "run",
        method="sft",
        base=tiny_base,
        data_files=data_files,
        epochs=1000,
        processes=2,
    )
    with child_process("train", directory) as child:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ((directory / "metrics.jsonl").exists() and metrics_of(directory, "train")):
            assert child.poll() is None, child.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child.stdin.close()
        assert child.wait(PATIENCE_SECONDS) == 143
    (checkpoint,) = saved_steps(directory / "checkpoints")
    assert checkpoint.name == f"step-{metrics_of(directory, 'train')[-1]['step']}"


def test_a_refusal_of_the_members_is_the_launcher_s(capfd, tmp_path):
    code = launch(["train", str(tmp_path / "nothing")], n_processes=2, stopper=Stopper())
    assert code == 2
    assert "no file at" in json.loads(capfd.readouterr().err.splitlines()[-1])["error"]


def test_a_launch_ends_well_when_all_members_do(capfd):
    assert launch(["--help"], n_processes=2, stopper=Stopper()) == 0


def test_a_launcher_dies_of_the_signal_that_a_member_died_of(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from alignment_core.processes import launcher\n"
        "from alignment_core.processes.stopping import Stopper\n"
        "launcher._watch = lambda members, stopper: (\n"
        "    os.kill(members[0].process.pid, signal.SIGKILL),\n"
        "    members[0].process.wait(),\n"
        "    members[0],\n"
        ")[-1]\n"
        "sys.exit(launcher.launch(['--help'], n_processes=1, stopper=Stopper()))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"RANK": "0", "WORLD_SIZE": "1"}, False),  # `torchrun` with one process
        ({"RANK": "1", "WORLD_SIZE": "2"}, True),
    ],
)
def test_a_member_is_one_of_several(environment, expected, monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_member() is expected


def test_a_step_is_dealt_whole_and_evenly():
    lengths = [50, 10, 40, 20, 30, 30]
    hands = deal([0, 1, 2, 3, 4, 5], lengths, n_hands=2)
    assert sorted(hands[0] + hands[1]) == [0, 1, 2, 3, 4, 5]
    assert [sum(lengths[index] for index in hand) for hand in hands] == [90, 90]
    assert deal([4], lengths, n_hands=3) == [[4], [], []]
