"""What trials found out, on disk: believed only where it is whole and of just these facts."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alignment_core.forward.trial_cache import ABANDONED_SECONDS, TrialCache, trial_cache

ABOUT = {"what": "ForwardChoice", "made_of": "a" * 64, "asked": {"dtype": "float32"}}
FOUND = {"layout": "packed", "switches": [4096], "longest": None, "reason": "ü"}


@pytest.fixture
def cache(tmp_path):
    return TrialCache(tmp_path / "new" / "trials")


def test_what_was_found_is_read_back_under_its_facts_alone(cache):
    assert cache.read(ABOUT) is None
    cache.write(ABOUT, FOUND)
    assert cache.read(ABOUT) == FOUND
    assert cache.read({**ABOUT, "made_of": "b" * 64}) is None
    assert [path.name for path in cache.directory.iterdir()] == [cache.path(ABOUT).name]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of POSIX")
def test_a_directory_that_others_may_write_to_is_neither_believed_nor_used(cache, monkeypatch):
    cache.write(ABOUT, FOUND)
    cache.directory.chmod(0o777)
    assert cache.read(ABOUT) is None
    cache.write({**ABOUT, "made_of": "b" * 64}, FOUND)
    assert len(list(cache.directory.iterdir())) == 1
    cache.directory.chmod(0o700)
    assert cache.read(ABOUT) == FOUND
    owner = cache.directory.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)  # somebody else's, unless it is root's
    assert cache.read(ABOUT) == (FOUND if owner == 0 else None)


def whole_entry(cache):
    cache.write(ABOUT, FOUND)
    return json.loads(cache.path(ABOUT).read_text())


def changed(**parts):
    return lambda entry: json.dumps({**entry, **parts})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: "",
        lambda entry: json.dumps(entry)[:-20],
        lambda entry: json.dumps(entry)[:40] + "\0" * 40,
        lambda entry: json.dumps([entry]),
        lambda entry: "null",
        lambda entry: "[" * 100_000,
        lambda entry: json.dumps(entry) + " " * (1 << 17) + "x",
        changed(found={**FOUND, "layout": "padded"}),  # a digest of something else
        changed(found="packed"),
        changed(about={**ABOUT, "made_of": "b" * 64}),  # another's file under this name
        changed(schema=2),
        changed(sha256="0" * 64),
        changed(more=1),
    ],
    ids=range(13),
)
def test_a_broken_or_foreign_file_is_no_answer_and_is_written_anew(cache, spoil):
    cache.path(ABOUT).parent.mkdir(parents=True)
    spoilt = spoil(whole_entry(cache))
    cache.path(ABOUT).write_text(spoilt)
    assert cache.read(ABOUT) is None
    cache.write(ABOUT, FOUND)
    assert cache.read(ABOUT) == FOUND


def test_a_file_renamed_to_another_question_is_no_answer_to_it(cache):
    cache.write(ABOUT, FOUND)
    other = {**ABOUT, "made_of": "b" * 64}
    cache.path(ABOUT).rename(cache.path(other))
    assert cache.read(other) is None


def test_bytes_that_are_no_text_are_no_answer(cache):
    cache.write(ABOUT, FOUND)
    cache.path(ABOUT).write_bytes(b"\xff\xfe\x00{")
    assert cache.read(ABOUT) is None


def test_the_file_used_longest_ago_goes_first_and_nothing_else_is_removed(tmp_path):
    cache = TrialCache(tmp_path, most_files=2)
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    for number in range(2):
        cache.write({"number": number}, FOUND)
        os.utime(cache.path({"number": number}), (number, number))
    assert cache.read({"number": 0}) == FOUND  # and so is used now
    cache.write({"number": 2}, FOUND)
    assert [cache.read({"number": number}) for number in range(3)] == [FOUND, None, FOUND]
    assert mine.read_text() == "mine"


def test_what_nobody_finished_writing_is_removed_in_time(cache):
    cache.write(ABOUT, FOUND)
    left, fresh = (cache.directory / f".{cache.path(ABOUT).stem}.{c * 32}.partial" for c in "ab")
    long_ago = time.time() - 2 * ABANDONED_SECONDS
    for path in (left, fresh):
        path.write_text("{")
    os.utime(left, (long_ago, long_ago))
    cache.write(ABOUT, FOUND)
    assert not left.exists()
    assert fresh.exists()


def test_a_place_that_cannot_be_written_costs_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    cache = TrialCache(tmp_path / "file" / "below")
    cache.write(ABOUT, FOUND)
    assert cache.read(ABOUT) is None


def test_the_environment_says_where_and_turns_it_off(tmp_path, monkeypatch):
    def place(**environment):
        cache = trial_cache(environment)
        return None if cache is None else cache.directory

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/u"))
    assert place(ACCORD_TRIAL_CACHE=str(tmp_path)) == tmp_path
    assert place(ACCORD_TRIAL_CACHE="") is None
    assert place() == Path("/home/u/.cache/accord/trials")
    assert place(XDG_CACHE_HOME="/var/c") == Path("/var/c/accord/trials")
    assert place(XDG_CACHE_HOME="relative") == Path("/home/u/.cache/accord/trials")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert place() == Path("/home/u/Library/Caches/accord/trials")
    monkeypatch.setattr(sys, "platform", "win32")
    assert place(LOCALAPPDATA="/local") == Path("/local/accord/trials")


HAMMER = """
import sys
from pathlib import Path
from alignment_core.forward.trial_cache import TrialCache
cache = TrialCache(Path(sys.argv[1]), most_files=8)
for turn in range(300):
    about = {"number": turn % 12}
    found = cache.read(about)
    assert found in (None, {"value": turn % 12, "pad": "x" * 500}), found
    cache.write(about, {"value": turn % 12, "pad": "x" * 500})
"""


def test_processes_that_write_and_prune_at_once_never_see_half_a_file(tmp_path):
    command = [sys.executable, "-c", HAMMER, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) <= 12
    assert not [name for name in names if name.endswith(".partial")]
