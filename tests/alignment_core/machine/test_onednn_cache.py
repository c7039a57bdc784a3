import os
import subprocess
import sys

import pytest
import torch

from alignment_core.configs import method_config
from alignment_core.machine.onednn_cache import CAPACITIES, bound_kernel_cache
from alignment_core.runs.plan import machine_plan

# What the C library has lent out after products of 300 shapes, less what it had after the first.
GROWTH = """
import ctypes
import torch
from alignment_core.machine.onednn_cache import bound_kernel_cache

class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abcdefghij"]

def lent():
    return library.mallinfo2().h

library = ctypes.CDLL("libc.so.6")
library.mallinfo2.restype = Figures
bound_kernel_cache(sequences=0)
torch.set_float32_matmul_precision("medium")
weight = torch.ones(64, 64)
torch.ones(300, 64) @ weight
before = lent()
for tokens in range(301, 601):
    torch.ones(tokens, 64) @ weight
print(lent() - before)
"""


def test_room_grows_with_the_sequences_and_what_the_environment_says_goes_first(monkeypatch):
    for name in CAPACITIES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setenv(CAPACITIES[0], "7")
    bound_kernel_cache(sequences=32)
    assert [os.environ[name] for name in CAPACITIES] == ["7", "192"]


@pytest.mark.parametrize(
    ("method", "settings", "capacity"),
    [
        ("dpo", {"batch_size": 4}, 64 + 4 * 8),
        ("dpo", {"batch_size": 64, "tokens_per_micro_batch": 1024}, 64 + 4 * 32),
        ("grpo", {"batch_size": 2, "n_samples": 8, "rewards": [{"kind": "length"}]}, 64 + 4 * 16),
    ],
)
def test_a_run_makes_room_for_the_sequences_of_a_micro_batch(
    method, settings, capacity, monkeypatch
):
    for name in CAPACITIES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    config = method_config(method, {**settings, "matmul": "highest"})
    machine_plan(config, torch.device("cpu"), {})
    assert [os.environ[name] for name in CAPACITIES] == [str(capacity)] * 2


def _has_mallinfo2() -> bool:
    name, _, version = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
    return name == "glibc" and tuple(map(int, version.split("."))) >= (2, 33)


@pytest.mark.skipif(
    sys.platform != "linux" or not _has_mallinfo2(), reason="asks glibc what it lent"
)
def test_products_of_ever_new_shapes_do_not_pile_up():
    environment = {name: value for name, value in os.environ.items() if name not in CAPACITIES}
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 60 * 2**20  # all 300 take 166 MB
