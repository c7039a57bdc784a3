"""The Django project: settings, addresses, task queue, and the commands' supervisor."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
