"""Which cards a process may use, from what `nvidia-smi` was seen to print."""

import stat

import pytest

from training.runs import nvidia_cards
from training.runs.nvidia_cards import Card, cards_here, cards_told, visible

ROWS = [
    "GPU-aa11, NVIDIA H200, 143771, 1024, 37",
    "GPU-aa22, NVIDIA H200, 143771, 0, 0",
    "GPU-bb33, NVIDIA L4, 23034, 12, [N/A]",
]
WHOLE = cards_told(ROWS, [])
LISTING = """\
GPU 0: NVIDIA H200 (UUID: GPU-aa11)
GPU 1: NVIDIA H200 (UUID: GPU-aa22)
  MIG 1g.18gb     Device  0: (UUID: MIG-1111-a)
  MIG 3g.71gb     Device  1: (UUID: MIG-2222-b)
GPU 2: NVIDIA L4 (UUID: GPU-bb33)
""".splitlines()


def seen(wanted: str | None, cards=WHOLE) -> list[str]:
    return [card.uuid for card in visible(cards, wanted)]


@pytest.mark.parametrize(
    ("wanted", "uuids"),
    [
        (None, ["GPU-aa11", "GPU-aa22", "GPU-bb33"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("1", ["GPU-aa22"]),
        ("2,0", ["GPU-bb33", "GPU-aa11"]),
        (" 0 , 1 ", ["GPU-aa11", "GPU-aa22"]),
        ("0,7,1", ["GPU-aa11"]),  # nothing behind what there is not
        ("0,-1,1", ["GPU-aa11"]),
        ("0,0", ["GPU-aa11"]),
        ("GPU-bb", ["GPU-bb33"]),
        ("GPU-aa", []),  # the beginning of two
        ("²", []),
    ],
)
def test_the_variable_is_read_as_cuda_reads_it(wanted, uuids):
    assert seen(wanted) == uuids


def test_what_a_driver_does_not_tell_is_not_known():
    first, _second, third = (of_it[0] for of_it in WHOLE)
    assert first == Card(
        uuid="GPU-aa11", name="NVIDIA H200", memory_mib=143771, used_mib=1024, share=0.37
    )
    assert third.share is None
    [[none]] = cards_told(["GPU-x, Card, [Not Supported], [Unknown Error], 3"], [])
    assert (none.memory_mib, none.used_mib, none.share) == (None, None, 0.03)
    assert cards_told(["No devices were found", ""], []) == []


@pytest.mark.parametrize(
    ("wanted", "uuids"),
    [
        (None, ["GPU-aa11", "GPU-bb33"]),  # a process that sees whole cards sees no part beside
        ("1", ["MIG-1111-a"]),
        ("MIG-2222-b", ["MIG-2222-b"]),
        ("MIG-2222-b,MIG-1111-a", ["MIG-2222-b"]),  # one process, one part
        ("GPU-aa22", []),
    ],
)
def test_a_card_that_is_shared_out_is_seen_as_one_of_its_parts(wanted, uuids):
    cards = cards_told([ROWS[0], "GPU-aa22, NVIDIA H200, 143771, 900, [N/A]", ROWS[2]], LISTING)
    assert seen(wanted, cards) == uuids
    [small, large] = cards[1]
    assert (small.name, small.memory_mib) == ("NVIDIA H200 MIG 1g.18gb", 18 * 1024)
    assert (large.memory_mib, large.used_mib, large.share) == (71 * 1024, None, None)


def pretend(folder, monkeypatch, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_program_itself_is_asked(tmp_path, monkeypatch):
    answers = f'case "$1" in -L) echo;; *) echo "{ROWS[0]}"; echo "{ROWS[1]}";; esac'
    pretend(tmp_path, monkeypatch, answers)
    assert [card.uuid for card in cards_here({})] == ["GPU-aa11", "GPU-aa22"]
    assert [card.uuid for card in cards_here({"CUDA_VISIBLE_DEVICES": "1"})] == ["GPU-aa22"]


@pytest.mark.parametrize(
    "script", ["exit 9", "echo Failed to initialize NVML; exit 12", "exec sleep 5"]
)
def test_a_driver_that_does_not_answer_means_no_card(tmp_path, monkeypatch, script):
    monkeypatch.setattr(nvidia_cards, "PATIENCE_SECONDS", 0.3)
    pretend(tmp_path, monkeypatch, script)
    assert cards_here({}) == []
