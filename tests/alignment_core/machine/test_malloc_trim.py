import ctypes
import sys

import pytest

from alignment_core.machine import malloc_trim


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's own call")
def test_both_thresholds_are_raised_where_there_is_glibc(monkeypatch):
    calls = []

    class Library:
        def __init__(self, name):
            assert name == "libc.so.6"

        def mallopt(self, name, value):
            calls.append((name, value))
            return 1

    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert malloc_trim.keep_freed_memory()
    assert calls == [(-3, 2**30), (-1, 2**31 - 1)]  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD


def test_another_c_library_is_left_as_it_is(monkeypatch):
    def missing(_name):
        raise OSError("no such library")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert not malloc_trim.keep_freed_memory()
