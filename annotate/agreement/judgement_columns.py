"""Judgements as columns out of the database: no row becomes an object."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, FloatField, Func, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Length
from django.db.models.sql.compiler import SQLCompiler

from alignment_core.agreement import JudgementTable
from alignment_core.agreement.further.origins import Origins
from annotate.agreement.forms import Forms
from annotate.agreement.taking_part import TAKES_PART, comparisons_that_count
from annotate.models import AnnotatorKind, Judgement, Project, SetMember, Verdict

CHUNK = 5000
CATEGORIES = tuple(Verdict.values)
COLUMNS = [
    ("comparison", "i8"),
    ("prompt", "i8"),
    ("annotator", "i8"),
    ("category", "i1"),  # position in CATEGORIES
    ("left_chosen", "i1"),  # 1 left, 0 right, -1 neither or not known
    ("towards_first", "i1"),  # 1 the first completion was chosen, -1 the second, 0 neither
    ("first_left", "i1"),  # 1 where what "first" means stood left, 0 right, -1 not known
    ("strength", "i1"),  # 0 to 3, the most; below 0 where nobody said
    ("seconds", "f8"),  # below 0 where not recorded
    ("time", "f8"),  # of the judgement, in seconds; below 0 where it came by import
    ("order", "i8"),  # the judgement's number: imported votes keep the order of their file
    ("form", "i8"),  # see `forms`; 0 where it is not known
    ("ranked", "i8"),  # characters of all answers that were ranked; 0 where two were compared
]
TURNED = {Verdict.FIRST: Verdict.SECOND, Verdict.SECOND: Verdict.FIRST}
IS_SWAPPED = Q(comparison__is_swapped=True)  # the voters call the second completion the first
LENGTH_UNIT = 1000  # characters: what the pull of length on ratings is told for
CHARACTERS_A_WORD = 6  # with its space; generous to whoever reads Chinese, who needs fewer


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """The two answers of each judged comparison, in ascending order of its number.

    length: characters of the first and of the second, (n, 2). origin: which of `names` wrote what
    the verdicts "first" and "second" mean, -1 unknown, (n, 2); is_swapped: whether those are the
    second and the first completion, (n,): see `Comparison.is_swapped`.
    """

    comparison: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]
    is_swapped: npt.NDArray[np.bool_]
    names: tuple[str, ...]

    def of(self, table: JudgementTable) -> Origins:
        """Who wrote what was compared, in the order of a table of some of these comparisons."""
        place = np.searchsorted(self.comparison, table.comparisons)
        first, second = self.length[place].T
        longer = np.where(self.is_swapped[place], second - first, first - second)
        of_first, of_second = self.origin[place].T
        return Origins(self.names, of_first, of_second, longer / LENGTH_UNIT)


def read_rows(project: Project, forms: Forms) -> npt.NDArray[np.void]:
    rows = (
        Judgement.objects.filter(TAKES_PART, project=project)
        .order_by()
        .values_list(
            "comparison_id",
            "comparison__prompt_id",
            "annotator_id",
            category_of(IS_SWAPPED),
            _left_chosen(),
            _towards_first(),
            first_left_of(IS_SWAPPED),
            Coalesce("strength", Value(-1)),
            Coalesce("seconds", Value(-1.0)),
            time_of_judging(),
            "pk",
            _form(forms),
            Coalesce("ranking__completion_set", Value(0)),
        )
    )
    found = np.fromiter(rows.iterator(chunk_size=CHUNK), dtype=COLUMNS)
    found["ranked"] = _lengths(project, found["ranked"])
    return found


def _lengths(project: Project, sets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Characters of all answers of each of these sets, 0 for none."""
    if not sets.any():
        return sets
    members = SetMember.objects.filter(completion_set__project=project).order_by()
    sums = members.values("completion_set").annotate(n=Sum(Length("completion__text")))
    lengths = dict(sums.values_list("completion_set", "n"))
    return np.array([lengths.get(key, 0) for key in sets.tolist()], dtype=np.int64)


def _form(forms: Forms) -> Case:
    versions = [
        When(protocol_version=version, then=Value(number))
        for version, number in forms.by_version.items()
    ]
    return Case(*versions, default=Value(forms.unasked or 0), output_field=IntegerField())


def category_of(is_turned: Q) -> Case:
    """The verdict by its place, in the words of those who voted: see `Comparison.is_swapped`.

    Args: is_turned, where those words call the comparison's second completion the first.
    """
    place = {verdict: Value(CATEGORIES.index(verdict)) for verdict in CATEGORIES}
    return Case(
        *(When(is_turned, verdict=verdict, then=place[other]) for verdict, other in TURNED.items()),
        *(When(verdict=verdict, then=place[verdict]) for verdict in CATEGORIES),
        output_field=IntegerField(),
    )


def _left_chosen() -> Case:
    return Case(
        When(verdict=Verdict.FIRST, first_was_left=True, then=Value(1)),
        When(verdict=Verdict.FIRST, first_was_left=False, then=Value(0)),
        When(verdict=Verdict.SECOND, first_was_left=True, then=Value(0)),
        When(verdict=Verdict.SECOND, first_was_left=False, then=Value(1)),
        default=Value(-1),
        output_field=IntegerField(),
    )


def first_left_of(is_turned: Q) -> Case:
    """Where the answer stood that the verdict "first" means: see `category_of`."""
    return Case(
        When(is_turned, first_was_left=True, then=Value(0)),
        When(is_turned, first_was_left=False, then=Value(1)),
        When(first_was_left=True, then=Value(1)),
        When(first_was_left=False, then=Value(0)),
        default=Value(-1),
        output_field=IntegerField(),
    )


def _towards_first() -> Case:
    return Case(
        When(verdict=Verdict.FIRST, then=Value(1)),
        When(verdict=Verdict.SECOND, then=Value(-1)),
        default=Value(0),
        output_field=IntegerField(),
    )


class EpochSeconds(Func):
    """An instant as seconds since 1970, by the database: no row becomes a datetime."""

    output_field = FloatField()
    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        days = "((julianday(%(expressions)s) - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=days, **context)


def time_of_judging() -> Case:
    """Votes that were imported came all at once: when they were given is not known."""
    return Case(
        When(annotator__kind=AnnotatorKind.IMPORTED, then=Value(-1.0)),
        default=EpochSeconds(F("judged_at")),
        output_field=FloatField(),
    )


def read_pairs(project: Project) -> JudgedPairs:
    """The pairs of answers that were judged, by the comparison's number."""
    judged = comparisons_that_count(project).filter(n_counted__gt=0).order_by("pk")
    rows = judged.values_list(
        "pk",
        Length("first__text"),
        Length("second__text"),
        "first__origin",
        "second__origin",
        "is_swapped",
    )
    place: dict[str, int] = {}
    found = [
        (key, first, second, *_turned(of_first, of_second, is_swapped, place))
        for key, first, second, of_first, of_second, is_swapped in rows.iterator(chunk_size=CHUNK)
    ]
    columns = np.array(found, dtype=np.int64).reshape(-1, 6)
    return JudgedPairs(
        comparison=columns[:, 0],
        length=columns[:, 1:3],
        origin=columns[:, 3:5],
        is_swapped=columns[:, 5].astype(bool),
        names=tuple(place),
    )


def _turned(
    of_first: str, of_second: str, is_swapped: bool, place: dict[str, int]
) -> tuple[int, int, bool]:
    """Origins by number, -1 unknown, of what "first" and "second" mean to those who voted."""
    numbers = [
        place.setdefault(origin, len(place)) if origin else -1 for origin in (of_first, of_second)
    ]
    first, second = reversed(numbers) if is_swapped else numbers
    return first, second, is_swapped


def table_of(rows: npt.NDArray[np.void], pairs: JudgedPairs) -> JudgementTable:
    seconds, time, strength = rows["seconds"], rows["time"], rows["strength"]
    form = rows["form"]
    place = np.searchsorted(pairs.comparison, rows["comparison"])
    of_first, of_second = pairs.length[place, 0], pairs.length[place, 1]
    towards_first = rows["towards_first"]
    table = JudgementTable.from_arrays(
        rows["comparison"],
        rows["annotator"],
        rows["category"],
        categories=range(len(CATEGORIES)),
        prompt=rows["prompt"],
        left_chosen=rows["left_chosen"],
        first_left=rows["first_left"],
        strength=np.where(strength < 0, np.nan, strength),
        seconds=np.where(seconds < 0, np.nan, seconds),
        words=np.maximum(of_first + of_second, rows["ranked"]) / CHARACTERS_A_WORD,
        length_difference=np.where(towards_first, towards_first * (of_first - of_second), np.nan),
        time=np.where(time < 0, np.nan, time),
        order=rows["order"],
        form=np.where(form == 0, np.nan, form),
    )
    return replace(table, categories=CATEGORIES)
