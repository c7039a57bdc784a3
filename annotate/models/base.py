"""What every row that is named outside the database has in common."""

import uuid

from django.db import models


class PublicModel(models.Model):
    """A row known outside by a random id: row numbers tell strangers how many there are."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class WorkState(models.TextChoices):
    """Where a piece of long work stands; the row is the truth, the message only a bell."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
