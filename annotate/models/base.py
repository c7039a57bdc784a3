"""What every row that is named outside the database has in common."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublicModel(models.Model):
    """A row known outside by a random id: row numbers tell strangers how many there are."""

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class WorkState(models.TextChoices):
    """Where a piece of long work stands; the row is the truth, the message only a bell."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")


UNFINISHED = (WorkState.QUEUED, WorkState.RUNNING)
