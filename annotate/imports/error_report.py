"""From rows of a file to comparisons, with every wrong row counted and the first ones kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from alignment_core.formats import checks
from alignment_core.formats.checks import FileError, RowError, shown
from alignment_core.formats.known import AUTO, FORMATS, OF_ONE, Format, Given, detect
from alignment_core.formats.likeness import look_the_same
from alignment_core.formats.pairing import pair_up
from alignment_core.formats.ranked_sets import NewSet
from alignment_core.formats.readers import Row
from alignment_core.formats.row_errors import WITHOUT_PARTNER
from alignment_core.formats.rows import NewComparison, NewCompletion
from annotate.errors import InvalidInput
from annotate.imports.recorded import as_recorded
from annotate.imports.words import format_named, in_words
from annotate.models import AlikePairs

KEPT_ERRORS = 1000
ROWS_TO_DETECT = 10
EVERY = (*FORMATS, *OF_ONE)
PROMPTS = "prompts"  # the format whose rows have no answers
Take = Callable[[NewCompletion], None]


@dataclass
class ErrorReport:
    n_rows: int = 0
    n_good: int = 0
    n_wrong: int = 0
    n_alike: int = 0  # pairs that nobody could tell apart
    n_alone: int = 0  # answers whose second one may follow
    errors: list[dict[str, Any]] = field(default_factory=list)
    format_name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # what the file calls the fields
    is_of_beginning: bool = False  # more rows follow, which nobody looks at

    def add(self, number: int, error: RowError) -> None:
        if self.is_of_beginning and error.reason == WITHOUT_PARTNER:
            self.n_alone += 1
            return
        self.n_wrong += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(
                {
                    "row": number,
                    "field": shown(self.names.get(error.field, error.field)),
                    "value": shown(error.value),
                    "message": in_words(error),
                }
            )


def comparisons_in(
    rows: Iterable[Row],
    *,
    format_name: str,
    recorded_use: str,
    report: ErrorReport,
    alike_pairs: str = AlikePairs.KEEP,
    take_prompt: Take | None = None,
) -> Iterator[NewComparison]:
    """The good rows as comparisons; what is wrong goes to the report.

    Answers that stand alone come last, in pairs. In a file of prompts alone they are good, too,
    where somebody takes them: in any other file, a prompt without answers has lost them.

    Raises: InvalidInput if the file is of no known format.
    """
    rows = iter(rows)
    first: list[Row] = []
    found = _detect(rows, first) if format_name == AUTO else format_named(format_name)
    if found is not None:
        report.format_name = found.name
    reported = partial(_reported, use=recorded_use, alike=alike_pairs, report=report)
    alone: list[tuple[int, NewCompletion]] = []
    for number, row in chain(first, rows):
        report.n_rows += 1
        given = _read(row, found, is_certain=format_name != AUTO)
        if isinstance(given, list):
            alone.extend((number, one) for one in given)
        elif isinstance(given, NewSet):
            yield from chain.from_iterable(reported(number, one) for one in given.pairs())
        elif isinstance(given, NewCompletion):
            if take_prompt is not None and report.format_name == PROMPTS:
                _report_prompt(number, given, report, take_prompt)
            else:
                alone.append((number, given))
        else:
            yield from reported(number, given)
    for number, pair in _paired(alone):
        yield from reported(number, pair)


def _paired(
    alone: list[tuple[int, NewCompletion]],
) -> Iterator[tuple[int, NewComparison | RowError]]:
    """Raises: InvalidInput where there is more than can wait for its partner."""
    try:
        yield from pair_up(alone)
    except FileError as error:
        raise InvalidInput(in_words(error), field=error.field) from error


def _report_prompt(number: int, given: NewCompletion, report: ErrorReport, take: Take) -> None:
    """Hand on a prompt that a model can answer; else a line of the report."""
    try:
        checks.in_turn("prompt", given.messages)
    except RowError as error:
        report.add(number, error)
        return
    report.n_good += 1
    take(given)


def _read(
    row: Mapping[str, Any] | RowError, found: Format | None, *, is_certain: bool
) -> Given | RowError:
    """What a row says, in the format of the file or else in its own."""
    if isinstance(row, RowError):
        return row
    if found is None:
        raise TypeError("a file with a row that can be read has a format")
    if not is_certain and not found.is_of(row):
        found = next((entry for entry in EVERY if entry.is_of(row)), found)
    try:
        given = found.read(row)
        if isinstance(given, NewSet):
            checks.in_turn("prompt", given.messages)
        if given == []:
            says = "A completion with a weight of 0 is not learnt."
            raise RowError("messages", 0, says)
    except RowError as error:
        return error
    return given


def _reported(
    number: int, given: NewComparison | RowError, *, use: str, alike: str, report: ErrorReport
) -> Iterator[NewComparison]:
    """The comparison if it is one that people could follow; else a line of the report."""
    try:
        if isinstance(given, RowError):
            raise given
        checks.in_turn("prompt", given.messages)
        comparison = as_recorded(given, use)
    except RowError as error:
        report.add(number, error)
        return
    is_alike = look_the_same(given.first_text, given.second_text)
    report.n_alike += is_alike
    if not is_alike or alike == AlikePairs.KEEP:
        report.n_good += 1
        yield comparison


def _detect(rows: Iterator[Row], taken: list[Row]) -> Format | None:
    """The format of the first row that has one; None if no row could be read at all.

    Rows are taken one at a time, as they may be large; `taken` keeps them for their turn.
    """
    refusal = None
    for number, row in rows:
        taken.append((number, row))
        if not isinstance(row, RowError):
            try:
                return detect(row, EVERY)
            except FileError as error:
                refusal = refusal or InvalidInput(in_words(error), field=error.field)
        if refusal is not None and len(taken) >= ROWS_TO_DETECT:
            break
    if refusal is not None:
        raise refusal
    return None
