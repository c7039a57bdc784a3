"""Data comes in: asked for here, read in the background, staged, and published by one update."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO
from uuid import UUID

from django.core.files import File
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alignment_core.formats.checks import shown
from alignment_core.formats.column_meanings import names_of_fields
from alignment_core.formats.known import AUTO
from alignment_core.formats.rows import NewComparison
from annotate.access.audit import record_event
from annotate.agreement.reports import queue_refresh
from annotate.database.bulk_insert import refresh_statistics, room_for_many_rows
from annotate.errors import InvalidInput
from annotate.imports.adding import batches
from annotate.imports.batches import Added, BatchWriter
from annotate.imports.error_report import ErrorReport, Take, comparisons_in
from annotate.imports.new_sets import settle_sets
from annotate.imports.staging import discard_staged, publish_staged, resolve_staged
from annotate.imports.unanswered import UnansweredPrompts, discard_prompts, publish_prompts
from annotate.imports.words import AS_FOUND, Reading, check_columns, format_named, rows_of
from annotate.models import (
    AlikePairs,
    Annotator,
    Comparison,
    ComparisonState,
    Completion,
    Import,
    Judgement,
    Preference,
    PreferenceJudgement,
    Project,
    Prompt,
    RecordedUse,
    WorkState,
    WrongRows,
)
from annotate.text.language import in_language_of
from annotate.work.claims import Claim, ClaimLost, Work
from annotate.work.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

MOST_WANTED = 50
IMPORTS = Work(Import, "annotate.tasks.run_import")
MANY = 1000  # comparisons that may change how a table is best read
FILLED = (Prompt, Completion, Comparison, Judgement, Preference, PreferenceJudgement)


def queue_import(
    *,
    project: Project,
    requested_by: Annotator | None,
    file: "File[bytes]",
    file_name: str,
    format: str = AUTO,
    wrong_rows: str = WrongRows.REFUSE,
    recorded_use: str = RecordedUse.HOLD,
    alike_pairs: str = AlikePairs.KEEP,
    overlap: int | None = None,
    reading: Reading = AS_FOUND,
    public_id: UUID | None = None,
) -> Import:
    """Keep a file and have it read in the background.

    Args:
        public_id: asked for twice under one, it is one import, however near the two are; after
            one that failed, it is another try.

    Raises: InvalidInput for a choice that is not known; what is in the file comes out later.
    """
    if format != AUTO:
        format_named(format)
    _check_choice("wrong_rows", wrong_rows, WrongRows.values)
    _check_choice("recorded_use", recorded_use, RecordedUse.values)
    _check_choice("alike_pairs", alike_pairs, AlikePairs.values)
    if reading.columns:
        check_columns(reading.columns)
    if overlap is not None and not 1 <= overlap <= MOST_WANTED:
        raise InvalidInput(
            _("The number of judgements must be from 1 to 50."), field="overlap", value=overlap
        )
    row = Import(
        project=project,
        requested_by=requested_by,
        file_name=plain_name(file_name),
        format=format,
        wrong_rows=wrong_rows,
        recorded_use=recorded_use,
        alike_pairs=alike_pairs,
        overlap=overlap,
        wording={name: said for name, said in reading.wording.items() if said},
        columns=dict(reading.columns),
    )
    if public_id is not None:
        before = Import.objects.filter(project=project, public_id=public_id).first()
        if before is not None and before.state != WorkState.FAILED:
            return before
        if before is None:
            row.public_id = public_id
    return _queue(row, file)


def _queue(row: Import, file: "File[bytes]") -> Import:
    """Keep the row and its file, unless that is being done in this very moment."""
    row.file.save(f"{row.public_id}.data", file, save=False)  # our name, never theirs
    try:
        with transaction.atomic():  # begun after the copy: a large file would hold up everybody
            row.save()
            record_event(
                actor=row.requested_by,
                action="import.queued",
                target=f"import:{row.public_id}",
                project=row.project,
                after={
                    name: getattr(row, name) for name in ("format", "wrong_rows", "recorded_use")
                },
            )
            IMPORTS.ring_on_commit(row.pk)
    except IntegrityError:
        row.file.delete(save=False)
        twin = Import.objects.filter(project=row.project, public_id=row.public_id).first()
        if twin is None:
            raise
        return twin
    return row


def _check_choice(field: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise InvalidInput(_("This choice is not known."), field=field, value=value)


def plain_name(name: str) -> str:
    """The name as people know the file, without a path and without what cannot be stored."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "")
    return name.encode(errors="replace").decode()[:200] or _("unnamed")


def run_import(*, import_id: int) -> None:
    """Read a queued import. Called twice, the second finds nothing to claim and returns."""
    held = IMPORTS.claim(import_id, waits_for=_goes_before(import_id))
    if held is None:
        return
    try:
        with in_language_of(held.row.user), Heartbeat(held), _settled_memory():
            ImportRun(held).run()
    except ClaimLost:
        return  # another worker has it now, and has taken away what was staged here
    _ring_next(held.row.project)


@contextmanager
def _settled_memory() -> Iterator[None]:
    """Spare the garbage collector what the process has held since before, again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _goes_before(import_id: int) -> QuerySet[Import]:
    """Imports of one project take turns: a row must not count as a repeat of one that may go.

    What was begun before and cut short goes behind those that nobody has tried yet: it may be
    the file that ends its worker.
    """
    this = Import.objects.filter(pk=import_id)
    beside = Import.objects.filter(project__in=this.values("project")).exclude(pk=import_id)
    untried = beside.filter(Exists(this.filter(attempt__gt=0)), state=WorkState.QUEUED, attempt=0)
    return beside.filter(pk__in=IMPORTS.alive().values("pk")) | untried


def _ring_next(project: Project) -> None:
    waiting = Import.objects.filter(project=project, state=WorkState.QUEUED).order_by("pk").first()
    if waiting is not None:
        IMPORTS.ring_on_commit(waiting.pk)


class ImportRun:
    """One attempt at one import."""

    def __init__(self, held: Claim[Import]) -> None:
        self.held = held
        self.row = held.row
        self.report = ErrorReport(names=names_of_fields(self.row.columns))
        self.added = Added()

    def run(self) -> None:
        """Read, stage and publish. A file that cannot be imported fails here, and is not retried.

        Raises: ClaimLost; OperationalError and InterfaceError, after which another attempt helps.
        """
        try:
            self._discard()  # of an attempt that was cut short
            self._read_and_publish()
        except (ClaimLost, OperationalError, InterfaceError):
            raise
        except InvalidInput as error:
            self._refuse(str(error))
        except OSError as error:
            self._refuse(_("The file could not be read: %(reason)s") % {"reason": error})
        except Exception as error:  # whatever it is, the same file would end so every time
            logger.exception("Import %s failed", self.row.public_id)
            reason = shown(f"{type(error).__name__}: {error}")
            self._refuse(_("The file could not be imported: %(reason)s") % {"reason": reason})

    def _read_and_publish(self) -> None:
        with self.row.file.open("rb") as file, room_for_many_rows():
            self._stage(file)
        self._finish()

    def _stage(self, file: IO[bytes]) -> None:
        writer = BatchWriter(
            project=self.row.project,
            source=self.row,
            state=ComparisonState.STAGED,
            overlap=self.row.overlap,
        )
        prompts = UnansweredPrompts(self.row.project, source=self.row, fence=self._beat)
        for batch in batches(self._rows(file, prompts.take)):
            if self.report.n_wrong and self.row.wrong_rows == WrongRows.REFUSE:
                continue  # nothing of it will stay, but every wrong row is named
            with transaction.atomic():
                self._beat()
                self.added += writer.write(batch)
        prompts.flush()
        self.added += prompts.added

    def _beat(self) -> None:
        self.held.write(n_done=self.report.n_rows, n_wrong=self.report.n_wrong)

    def _rows(self, file: IO[bytes], take_prompt: Take) -> Iterator[NewComparison]:
        return comparisons_in(
            rows_of(file, Reading(self.row.wording, self.row.columns)),
            format_name=self.row.format,
            recorded_use=self.row.recorded_use,
            alike_pairs=self.row.alike_pairs,
            report=self.report,
            take_prompt=take_prompt,
        )

    def _finish(self) -> None:
        if self.report.n_wrong and self.row.wrong_rows == WrongRows.REFUSE:
            self._refuse(
                ngettext(
                    "%(n)d wrong row: nothing was imported.",
                    "%(n)d wrong rows: nothing was imported.",
                    self.report.n_wrong,
                )
                % {"n": self.report.n_wrong}
            )
        elif not self.report.n_good:
            self._refuse(_("There is no row that could be imported."))
        else:
            self._resolve()
            self._publish()
            if self.added.n_comparisons >= MANY:
                refresh_statistics(FILLED)

    def _resolve(self) -> None:
        settle_sets(self.row.project, fence=self.held.write)
        resolve_staged(self.row, fence=self.held.write)

    @transaction.atomic
    def _publish(self) -> None:
        """Everything becomes visible with the row that says so, or nothing does."""
        counts = asdict(self.added)
        publish_staged(self.row)
        publish_prompts(self.row)
        self.held.succeed(**counts, **self._errors())
        record_event(
            actor=self.row.requested_by,
            action="import.published",
            target=f"import:{self.row.public_id}",
            project=self.row.project,
            after=counts,
        )
        queue_refresh(project=self.row.project)

    def _refuse(self, reason: str) -> None:
        self._discard()
        self.held.fail(reason, **self._errors())

    def _discard(self) -> None:
        discard_staged(self.row, fence=self.held.write)
        discard_prompts(self.row, fence=self.held.write)

    def _errors(self) -> dict[str, object]:
        return {
            "n_done": self.report.n_rows,
            "n_total": self.report.n_rows,
            "n_wrong": self.report.n_wrong,
            "n_alike": self.report.n_alike,
            "errors": self.report.errors,
            "format": self.report.format_name or self.row.format,
        }
