"""One turn at a generation: many calls at once, and one thread that writes down what comes.

A worker has other work, too: after a turn of half a minute the rest goes back to the queue. The
threads of the pool only call; every row is read and written here, through the claim.
"""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.endpoints.chat import Server, Written, ask
from annotate.endpoints.endpoints import server_of
from annotate.endpoints.permits import MonthlyLimitReached, NotNow
from annotate.errors import AccordError
from annotate.generation.asking import (
    Sent,
    SpendLimitReached,
    next_due,
    seconds_to_next,
    send,
    take,
    take_over,
)
from annotate.generation.comparing import compare_written
from annotate.generation.planning import plan
from annotate.generation.queueing import GENERATIONS
from annotate.models import Generation, GenerationState, WantedCompletion, WantedState
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost
from annotate.work.heartbeat import Heartbeat

TURN_SECONDS = 30.0
LOOK_SECONDS = 0.5  # how soon a cancel is seen
COMPARE_SECONDS = 2.0
MOST_THREADS = 64
FEW = 20  # answers, of which none tells yet what share fails


def run_generation(*, generation_id: int) -> None:
    """Take a turn. Called twice, the second finds nothing to claim and returns."""
    held = GENERATIONS.claim(generation_id)
    if held is None:
        return
    try:
        with in_language_of(held.row.user), Heartbeat(held) as heartbeat:
            GenerationTurn(held, heartbeat).run()
    except ClaimLost:
        return  # another worker has it now, and asks again for what was on its way here
    if held.row.state == GenerationState.QUEUED:
        GENERATIONS.ring_on_commit(held.row.pk)


class GenerationTurn:
    """One worker's turn at one generation."""

    def __init__(self, held: Claim[Generation], heartbeat: Heartbeat) -> None:
        self.held = held
        self.row = held.row
        self.heartbeat = heartbeat
        self.flying: dict[Future[Written], Sent] = {}
        self.servers: dict[int, Server] = {}
        self.not_before: dict[int, float] = {}  # endpoints that may not be called yet
        self.stop_reason = ""
        self.limit_reason = ""  # of money, some of which may come back from what is on its way
        self.is_cancelled = False

    def run(self) -> None:
        """Raises: ClaimLost."""
        take_over(self.held)
        plan(self.held)
        turn_ends = time.monotonic() + TURN_SECONDS
        compare_at = time.monotonic() + COMPARE_SECONDS
        with ThreadPoolExecutor(self._n_threads(), thread_name_prefix="call") as pool:
            while True:
                self._look()
                if self._may_send() and time.monotonic() < turn_ends:
                    self._send_all(pool)
                if time.monotonic() >= compare_at:
                    compare_written(self.held)
                    compare_at = time.monotonic() + COMPARE_SECONDS
                if not self.flying and not self._wait_for_more(turn_ends):
                    break
                done, _flying = wait(self.flying, LOOK_SECONDS, FIRST_COMPLETED)
                for future in done:
                    self._take(future)
        compare_written(self.held)
        self._end()

    def _n_threads(self) -> int:
        """As many as its endpoints may be called at once."""
        endpoints = {source.endpoint for source in self.row.sources.select_related("endpoint")}
        return min(MOST_THREADS, sum(endpoint.most_at_once for endpoint in endpoints))

    def _look(self) -> None:
        if self.heartbeat.claim_lost.is_set():
            raise ClaimLost(str(self.row))
        self.is_cancelled = self.held.held.filter(cancel_requested_at__isnull=False).exists()

    def _may_send(self) -> bool:
        return not (self.is_cancelled or self.stop_reason or self.limit_reason)

    def _send_all(self, pool: ThreadPoolExecutor) -> None:
        """Send what may be sent now."""
        while self._may_send() and len(self.flying) < MOST_THREADS:
            now = time.monotonic()
            closed = {pk for pk, until in self.not_before.items() if until > now}
            wanted = next_due(self.row, but_for=closed)
            if wanted is None:
                return
            self._send(pool, wanted)

    def _send(self, pool: ThreadPoolExecutor, wanted: WantedCompletion) -> None:
        endpoint = wanted.source.endpoint
        try:
            if endpoint.pk not in self.servers:
                self.servers[endpoint.pk] = server_of(endpoint)
            sent = send(self.held, wanted)
        except NotNow as error:
            self.not_before[endpoint.pk] = time.monotonic() + error.seconds
        except (SpendLimitReached, MonthlyLimitReached) as error:
            self.limit_reason = str(error)
        except AccordError as error:  # it is closed, or its key cannot be read any more
            self.stop_reason = f"{endpoint.name}: {error}"
        else:
            call = pool.submit(_call, self.servers[endpoint.pk], wanted, translation.get_language())
            self.flying[call] = sent

    def _take(self, future: Future[Written]) -> None:
        """Write down what came of a call; what it cost less is there for another."""
        sent = self.flying.pop(future)
        outcome: Written | AccordError
        try:
            outcome = future.result()
        except AccordError as error:
            outcome = error
        self.stop_reason = take(self.held, sent, outcome) or self.stop_reason
        self.not_before.pop(sent.wanted.source.endpoint_id, None)
        self.limit_reason = ""
        self._check_failed_share()

    def _check_failed_share(self) -> None:
        row = self.held.held.get()
        n_over = row.n_done + row.n_failed
        if n_over >= FEW and row.n_failed > row.failed_share * n_over:
            self.stop_reason = self.stop_reason or self._too_many(row)

    def _too_many(self, row: Generation) -> str:
        failed = WantedCompletion.objects.filter(generation=row, state=WantedState.FAILED)
        last = failed.order_by("-pk").values_list("reason", flat=True).first()
        words = {"failed": row.n_failed, "n": row.n_done + row.n_failed, "last": last or ""}
        return _("Too many answers failed: %(failed)d of %(n)d. The last: %(last)s") % words

    def _wait_for_more(self, turn_ends: float) -> bool:
        """Nothing is on its way: whether something can be sent within this turn, after a wait."""
        if not self._may_send():
            return False
        seconds = seconds_to_next(self.row)
        if seconds is None:
            return False
        now = time.monotonic()
        seconds = max([seconds, *(until - now for until in self.not_before.values())])
        if now + seconds >= turn_ends:
            return False
        time.sleep(min(seconds, LOOK_SECONDS))
        return True

    def _end(self) -> None:
        row = self.held.held.get()
        is_all_asked = seconds_to_next(self.row) is None
        if self.is_cancelled:
            self.held.write(state=GenerationState.CANCELLED, finished_at=Now())
        elif self.stop_reason or (self.limit_reason and not is_all_asked):
            self._fail(self.stop_reason or self.limit_reason)
        elif not is_all_asked:
            # the next turn is rung for at once, or by the redelivery where only waiting helps
            self.held.write(state=GenerationState.QUEUED, attempt=0)
            is_blocked = any(until > time.monotonic() for until in self.not_before.values())
            if not is_blocked and (seconds_to_next(self.row) or 0) <= LOOK_SECONDS:
                self.row.state = GenerationState.QUEUED
        elif row.n_failed > row.failed_share * max(1, row.n_done + row.n_failed):
            self._fail(self._too_many(row))
        else:
            self.held.succeed()
            self._record("finished")

    def _fail(self, reason: str) -> None:
        self.held.fail(reason)
        self._record("failed")

    def _record(self, act: str) -> None:
        row = Generation.objects.get(pk=self.row.pk)
        names = ("n_done", "n_failed", "n_comparisons", "spent")
        record_event(
            actor=row.requested_by,
            action=f"generation.{act}",
            target=f"generation:{row.public_id}",
            project=row.project,
            after={name: getattr(row, name) for name in names},
        )


def _call(server: Server, wanted: WantedCompletion, language: str | None) -> Written:
    """In a thread of the pool: it reads and writes no row."""
    with translation.override(language):
        return ask(
            server,
            model=wanted.source.model,
            messages=wanted.prompt.messages,
            sampling=wanted.source.sampling,
            idempotency_key=str(wanted.public_id),
        )
