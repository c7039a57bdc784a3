"""Show how the demonstration's training goes on, and keep it going, until it is done."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.urls import reverse

from training.demo import helpful, preparing
from training.models import Run, RunState
from training.reports.run_status import run_status

LOOK_SECONDS = 1.0
TENTHS = 10


class Command(BaseCommand):
    help = "Print a line whenever the demonstration's training gets further; end with its result."

    def handle(self, *args: Any, **options: Any) -> None:
        shown: set[str] = set()
        is_first_look = True
        while True:
            try:
                preparing.resend_unfinished_demo()
                lines, is_over = self.report()
            except OperationalError:  # a busy database: look again
                lines, is_over = [], False
            if is_over and is_first_look:  # of a later start: the result is all there is to say
                lines = lines[-1:]
            for line in lines:
                # The time left changes each second; what stands before it decides.
                if (news := line.partition(", about ")[0]) not in shown:
                    shown.add(news)
                    self.stdout.write(f"Demonstration: {line}")
                    self.stdout.flush()
            if is_over:
                return
            is_first_look = False
            time.sleep(LOOK_SECONDS)

    def report(self) -> tuple[list[str], bool]:
        """What there is to say now, and whether that is the end."""
        present = helpful.present()
        if present.project is None:
            return [], True
        if (reason := preparing.failure()) is not None and not preparing.is_prepared():
            raise CommandError(f"The demonstration's training could not be prepared: {reason}")
        if present.base is None:
            return ["making a small model and its tokenizer"], False
        if not present.has_runs:
            return ["freezing a snapshot and queueing three runs"], False
        if all(run_status(run).is_over for run in present.runs):
            return [*(_line(run) for run in present.runs), _result(present)], True
        moving = [run for run in present.runs if run.state != RunState.QUEUED]
        return [_line(run) for run in moving], False


def _line(run: Run) -> str:
    name = run.name.partition(": ")[2]
    if run.state != RunState.RUNNING:
        return f"{name} {run.state}{f': {run.reason}' if run.reason else ''}"
    status = run_status(run)
    if not run.phase or status.share is None:
        return f"{name} running"
    tenth = int(status.share * TENTHS) * TENTHS
    left = f", about {status.seconds_left:.0f} s left" if status.seconds_left else ""
    return f"{name} running, {run.phase} {tenth} %{left}"


def _result(present: helpful.Helpful) -> str:
    final = present.final
    if final is None:
        return "it ended without a result; the reasons stand on the pages of its runs"
    host = "127.0.0.1" if settings.ACCORD_HOST in ("0.0.0.0", "::") else settings.ACCORD_HOST  # noqa: S104
    address = settings.ACCORD_URL or f"http://{host}:{settings.ACCORD_PORT}"
    return f"done. The aligned model: {address}{_page_of(final)}"


def _page_of(final: Any) -> str:
    return reverse("training:checkpoint", args=[final.public_id])
