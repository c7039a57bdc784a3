"""From rows of a file to comparisons, with every wrong row counted and the first ones kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import FileError, RowError, shown
from alignment_core.formats.known import AUTO, Format, detect
from alignment_core.formats.readers import Row
from alignment_core.formats.rows import NewComparison
from annotate.errors import InvalidInput
from annotate.imports.recorded import as_recorded
from annotate.imports.words import format_named, in_words

KEPT_ERRORS = 1000
ROWS_TO_DETECT = 10


@dataclass
class ErrorReport:
    n_rows: int = 0
    n_good: int = 0
    n_wrong: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    format_name: str = ""

    def add(self, number: int, error: RowError) -> None:
        self.n_wrong += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(
                {
                    "row": number,
                    "field": shown(error.field),
                    "value": shown(error.value),
                    "message": in_words(error),
                }
            )


def comparisons_in(
    rows: Iterable[Row], *, format_name: str, recorded_use: str, report: ErrorReport
) -> Iterator[NewComparison]:
    """The good rows as comparisons; what is wrong goes to the report.

    Raises: InvalidInput if the file is of no known format.
    """
    rows = iter(rows)
    first: list[Row] = []
    found = _detect(rows, first) if format_name == AUTO else format_named(format_name)
    if found is not None:
        report.format_name = found.name
    for number, row in chain(first, rows):
        report.n_rows += 1
        if isinstance(row, RowError):
            report.add(number, row)
        elif found is not None:
            try:
                comparison = as_recorded(_comparison(found, row), recorded_use)
            except RowError as error:
                report.add(number, error)
            else:
                report.n_good += 1
                yield comparison


def _comparison(found: Format, row: Mapping[str, Any]) -> NewComparison:
    """Raises: RowError, for a conversation that people could not follow as well."""
    comparison = found.read(row)
    if not isinstance(comparison, NewComparison):
        raise TypeError("a format of one completion is not offered here")
    checks.in_turn("prompt", comparison.messages)
    return comparison


def _detect(rows: Iterator[Row], taken: list[Row]) -> Format | None:
    """The format of the first row that has one; None if no row could be read at all.

    Rows are taken one at a time, as they may be large; `taken` keeps them for their turn.
    """
    refusal = None
    for number, row in rows:
        taken.append((number, row))
        if not isinstance(row, RowError):
            try:
                return detect(row)
            except FileError as error:
                refusal = refusal or InvalidInput(in_words(error), field=error.field)
        if refusal is not None and len(taken) >= ROWS_TO_DETECT:
            break
    if refusal is not None:
        raise refusal
    return None
