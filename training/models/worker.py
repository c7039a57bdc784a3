"""The training processes that are there, and what they are doing."""

from django.db import models

from training.models.run import Run


class Worker(models.Model):
    name = models.CharField(max_length=120, unique=True)
    devices = models.JSONField(default=list)
    heartbeat_at = models.DateTimeField()
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name
