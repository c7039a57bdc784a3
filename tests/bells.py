"""Hearing the bells that would have gone to the workers."""

from typing import Any

import pytest
from celery import Celery


def listen(
    monkeypatch: pytest.MonkeyPatch, task: str, *, fault: Exception | None = None
) -> list[Any]:
    """What the task is rung with from now on; with a fault, the broker is away for it."""
    heard: list[Any] = []
    send_task = Celery.send_task

    def hear(app: Celery, name: str, args: tuple[Any, ...] = (), **options: Any) -> Any:
        if name != task:
            return send_task(app, name, args=args, **options)
        if fault is not None:
            raise fault
        heard.append(args[0] if args else None)
        return None

    monkeypatch.setattr(Celery, "send_task", hear)
    return heard
