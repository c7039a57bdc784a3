"""A run's figures as TensorBoard reads them, made from its rows."""

import struct

import pytest
from django.utils import timezone

from training.reports.tensorboard import event_file, event_file_name

pytestmark = pytest.mark.django_db(transaction=True)


def records(data: bytes) -> list[bytes]:
    found = []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        found.append(data[12 : 12 + length])
        data = data[12 + length + 4 :]
    return found


def test_every_figure_is_in_the_file_by_phase_and_name_in_the_order_of_time(queued_run):
    run, now = queued_run(), timezone.now()
    for step, phase, values in [
        (1, "train", {"loss": 0.5, "note": "x", "gone": None}),
        (1, "machine", {"memory/mib": 100.0}),
        (2, "train", {"loss": 0.25}),
    ]:
        run.metrics.create(phase=phase, step=step, logged_at=now, values=values)
    version, *events = records(b"".join(event_file(run)))
    assert b"brain.Event:2" in version
    assert len(events) == 3
    assert b"train/loss" in events[0]
    assert struct.pack("<f", 0.5) in events[0]
    assert b"note" not in events[0]
    assert b"machine/memory/mib" in events[1]
    assert struct.pack("<f", 0.25) in events[2]
    assert event_file_name(run).startswith("events.out.tfevents.")


def test_a_run_that_has_measured_nothing_gives_an_empty_file_that_can_be_read(queued_run):
    [version] = records(b"".join(event_file(queued_run())))
    assert b"brain.Event:2" in version
