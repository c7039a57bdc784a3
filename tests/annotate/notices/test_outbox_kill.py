"""A worker killed with -9 after the server took a letter, and before it was marked as sent."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from annotate.models import Delivery, WorkState
from annotate.notices.channels import send_by
from annotate.notices.mail import queue_email
from annotate.notices.outbox import ring_for_due
from tests.stack import url_of_test_database

pytestmark = pytest.mark.slow
PROGRAM = """
import django
django.setup()
from annotate.notices.channels import send_by
send_by("email")
"""


def wait_until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_it_is_sent_a_second_time_under_the_same_id_and_never_lost(transactional_db, post, heard):
    sent = queue_email(to="ada@example.org", title="Hello", text="Once")
    post.answer_late = threading.Event()
    worker = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).resolve().parents[3],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ACCORD_DATA_DIR": str(settings.ACCORD_DATA_DIR),
            "ACCORD_MAIL_HOST": "127.0.0.1",
            "ACCORD_MAIL_PORT": str(post.port),
            "ACCORD_MAIL_SECURITY": "none",
            "ACCORD_MAIL_FROM": "accord@example.org",
            "DATABASE_URL": url_of_test_database(),
        },
    )
    wait_until(lambda: post.letters)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    post.answer_late.set()
    assert Delivery.objects.get().state == WorkState.RUNNING
    heard.clear()
    ring_for_due()
    assert heard == [] and send_by("email") == 0  # it may still be alive
    Delivery.objects.update(heartbeat_at=Now() - timedelta(seconds=100))
    ring_for_due()
    assert heard == ["email"] and send_by("email") == 1
    sent.refresh_from_db()
    assert sent.state == WorkState.SUCCEEDED
    assert [one.ended_at is None for one in sent.tries.order_by("pk")] == [True, False]
    ids = [letter["Message-ID"] for letter in post.letters]
    assert ids == [f"<{sent.public_id}@example.org>"] * 2
