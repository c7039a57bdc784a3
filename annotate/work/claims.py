"""The claim on long work: one worker at a time, fenced by a token.

The row is the truth and the message only a bell: a message that comes twice claims nothing, and a
worker that was killed is replaced when its heartbeat grows old. Whoever lost the claim finds that
its next write meets no row, and stops. Any model with the columns `state`, `token`, `attempt` and
`heartbeat_at` can be claimed so.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db.models import Exists, F, Model, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.models import WorkState
from annotate.models.transfer import Transfer
from annotate.text.language import in_language_of
from annotate.work.bells import ring_on_commit, ring_once, take_bell

HEARTBEAT_SECONDS = 15
STALE_SECONDS = 90  # of silence, by the database's clock; then another worker may have it
MAX_ATTEMPTS = 5
WAIT_SECONDS = 30  # a message that is on its way is not sent twice

Row = TypeVar("Row", bound=Model)
Transferred = TypeVar("Transferred", bound=Transfer)


class ClaimLost(Exception):
    """Another worker has this work now, or it is over: write nothing more."""


class Claim(Generic[Row]):
    """A hold on one row: every write goes through it, and none succeeds once it is lost."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self._token = row.token  # type: ignore[attr-defined]  # no base class has all that is claimed

    @property
    def held(self) -> QuerySet[Row]:
        """The row, for as long as it is still ours."""
        rows: QuerySet[Row] = type(self.row)._default_manager.all()
        return rows.filter(pk=self.row.pk, token=self._token, state=WorkState.RUNNING)

    def write(self, **values: Any) -> None:
        """Update the row with a heartbeat. Raises: ClaimLost."""
        if not self.held.update(**{"heartbeat_at": Now(), **values}):
            raise ClaimLost(str(self.row))

    def succeed(self, **values: Any) -> None:
        self.write(state=WorkState.SUCCEEDED, finished_at=Now(), reason="", **values)

    def fail(self, reason: str, **values: Any) -> None:
        self.write(state=WorkState.FAILED, finished_at=Now(), reason=reason, **values)


def take(free: QuerySet[Row], **values: Any) -> UUID | None:
    """Claim the row among those that are free, by one conditional update; its token, if it was."""
    token = uuid4()
    taken = free.update(
        **{
            "state": WorkState.RUNNING,
            "token": token,
            "attempt": F("attempt") + 1,
            "heartbeat_at": Now(),
            **values,
        }
    )
    return token if taken else None


@dataclass(frozen=True)
class Work(Generic[Transferred]):
    """One kind of work in the background: its rows, and the task that does one of them."""

    model: type[Transferred]
    task: str

    def ring_on_commit(self, pk: int) -> None:
        ring_on_commit(self.task, pk)

    def ring_again(self) -> int:
        """Ring for what waits although its message was lost, or its worker died; how many rows."""
        fresh = Q(state=WorkState.QUEUED, requested_at__gt=Now() - timedelta(seconds=WAIT_SECONDS))
        forgotten = list(self.claimable().exclude(fresh).values_list("pk", flat=True))
        for pk in forgotten:
            ring_once(self.task, pk)
        return len(forgotten)

    def claimable(self) -> QuerySet[Transferred]:
        """Rows that wait, and those whose worker has been silent for too long."""
        is_silent = Q(state=WorkState.RUNNING, heartbeat_at__lt=_oldest_heartbeat())
        return self._rows().filter(Q(state=WorkState.QUEUED) | is_silent)

    def alive(self) -> QuerySet[Transferred]:
        """Rows that a worker is busy with."""
        return self._rows().filter(state=WorkState.RUNNING, heartbeat_at__gte=_oldest_heartbeat())

    def claim(
        self, pk: int, *, waits_for: QuerySet[Transferred] | None = None
    ) -> Claim[Transferred] | None:
        """Take a row; None if somebody has it, or it is over, or it was given up just now.

        While any of `waits_for` is there, it stays queued: the redelivery rings again.
        """
        take_bell(self.task, pk)
        free = self.claimable().filter(pk=pk)
        if waits_for is not None:
            free = free.filter(~Exists(waits_for))
        token = take(free)
        row = self._rows().select_related("requested_by__user").filter(token=token).first()
        if token is None or row is None:
            return None
        held = Claim(row)
        if row.attempt > MAX_ATTEMPTS:
            with in_language_of(row.user):
                reason = _("Given up after %(n)d attempts that were cut short.")
            held.fail(reason % {"n": MAX_ATTEMPTS})
            return None
        return held

    def _rows(self) -> QuerySet[Transferred]:
        return self.model._default_manager.all()


def _oldest_heartbeat() -> CombinedExpression:
    return Now() - timedelta(seconds=STALE_SECONDS)
