"""The Django project: settings, addresses, task queue, and the commands' supervisor."""

from importlib.util import find_spec

__all__ = ["celery_app"]

if find_spec("celery"):  # else only `config.command_line` runs, and says what to install
    from config.celery import app as celery_app
