"""The task queue: a queue for what takes a moment, one for long work, and one for training.

A message only rings the bell. The row it names is the truth, so a lost or repeated message does
no harm: see `annotate.tasks.redeliver` and `training.tasks.reap_runs`.
"""

import os

from celery import Celery

from config import broker  # noqa: F401  (its import makes the embedded broker known)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("accord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
