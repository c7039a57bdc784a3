"""Three to nine completions of one prompt in a row, with ranks or scores of all, or with none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

from alignment_core.formats import checks, own_values
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import prompt_of
from alignment_core.formats.rows import (
    FIRST,
    SECOND,
    TIE,
    Exported,
    NewComparison,
    OfSet,
    Vote,
    VoteDetails,
)

FEWEST, MOST = 3, 9
NEEDS = ("prompt", "completions")
FEEDBACK_NEEDS = ("instruction", "completions")
RANKS, SCORES = ("ranks", "rank"), ("scores", "ratings", "score")
STRUCTURES = ("completions", "rankings", "tags", *RANKS, *SCORES)
UNNAMED = "recorded ranking"  # whoever made a ranking that names nobody
FEEDBACK = "UltraFeedback"
RATINGS = ("1", "2", "3", "4", "5")  # the others are "N/A"


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A completion as it came."""

    text: str
    origin: str = ""
    sampling: dict[str, Any] | None = None
    id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class GivenRanking:
    """Somebody's ranks of all completions, in their order: the lower, the better."""

    annotator: str
    ranks: tuple[float, ...]
    details: VoteDetails | None = None


@dataclass(frozen=True, kw_only=True)
class NewSet:
    """Completions of a prompt to be ranked together."""

    messages: list[dict[str, Any]]
    completions: tuple[Ranked, ...]
    rankings: tuple[GivenRanking, ...] = ()
    tags: list[str] = field(default_factory=list)
    language: str = ""
    external_id: str = ""

    def pairs(self) -> Iterator[NewComparison]:
        """Every pair of them, of one set, with the votes that the rankings imply."""
        of_set = OfSet(id=uuid4(), size=len(self.completions))
        for one, other in combinations(range(len(self.completions)), 2):
            first, second = self.completions[one], self.completions[other]
            yield NewComparison(
                messages=self.messages,
                first_text=first.text,
                second_text=second.text,
                first_origin=first.origin,
                second_origin=second.origin,
                tags=self.tags,
                language=self.language,
                external_id=self.external_id,
                votes=tuple(_vote(given, one, other) for given in self.rankings),
                exported=Exported(
                    first_id=first.id,
                    second_id=second.id,
                    first_sampling=first.sampling,
                    second_sampling=second.sampling,
                ),
                of_set=of_set,
            )


def _vote(given: GivenRanking, one: int, other: int) -> Vote:
    first, second = given.ranks[one], given.ranks[other]
    verdict = TIE if first == second else FIRST if first < second else SECOND
    return Vote(annotator=given.annotator, verdict=verdict, details=given.details)


def fits(row: Mapping[str, Any]) -> bool:
    try:
        completions = opened(row)["completions"]
    except RowError:
        return False
    return isinstance(completions, list) and len(completions) >= FEWEST


def fits_feedback(row: Mapping[str, Any]) -> bool:
    return fits(row) and all(isinstance(one, Mapping) for one in opened(row)["completions"])


def opened(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with what a table holds as JSON. Raises: RowError."""
    cells = {
        name: own_values.structure(row, name)
        for name in STRUCTURES
        if str(row.get(name) or "").lstrip().startswith(("[", "{"))
    }
    return {**row, **cells}


def parse(row: Mapping[str, Any]) -> NewSet:
    """`completions` are texts or objects; ranks or scores stand beside them, or in each."""
    row = opened(row)
    completions = tuple(_ranked(row, place) for place in _places(row))
    return NewSet(
        **prompt_of(row), completions=_checked(completions), rankings=tuple(_rankings(row))
    )


def parse_feedback(row: Mapping[str, Any]) -> NewSet:
    """UltraFeedback as it was published: four models' answers, each rated by four criteria."""
    row = opened(row)
    completions = tuple(_answered(row, place) for place in _places(row))
    scores = _ratings(row["completions"])
    prompt = prompt_of({**row, "prompt": row["instruction"]})
    prompt["tags"] = prompt["tags"] or ([row["source"]] if _is_text(row.get("source")) else [])
    ranking = GivenRanking(annotator=FEEDBACK, ranks=tuple(-score for score in scores))
    return NewSet(**prompt, completions=_checked(completions), rankings=(ranking,))


def _places(row: Mapping[str, Any]) -> range:
    given = row["completions"]
    if not isinstance(given, list) or not FEWEST <= len(given) <= MOST:
        raise RowError(
            "completions", given, "There should be three to nine completions here, to be ranked."
        )
    return range(len(given))


def _ranked(row: Mapping[str, Any], place: int) -> Ranked:
    given, field = row["completions"][place], f"completions[{place}]"
    if isinstance(given, str):
        return Ranked(text=checks.text(field, given), origin=_model(row, place))
    if not isinstance(given, Mapping):
        raise RowError(field, given, "This should be a text, or an object with a text.")
    text = next((given[name] for name in ("text", "response", "content") if name in given), None)
    origin = next((given[name] for name in ("origin", "model") if given.get(name)), "")
    return Ranked(
        text=checks.text(f"{field}.text", text),
        origin=checks.optional_text({"origin": origin}, "origin"),
        sampling=own_values.plain_object(given, "sampling"),
        id=own_values.own_id(given, "id"),
    )


def _model(row: Mapping[str, Any], place: int) -> str:
    models = row.get("models")
    if not isinstance(models, list) or len(models) != len(row["completions"]):
        return ""
    return checks.optional_text({"models": models[place]}, "models")


def _answered(row: Mapping[str, Any], place: int) -> Ranked:
    given, field = row["completions"][place], f"completions[{place}]"
    asked = {
        name: given[name]
        for name in ("principle", "custom_system_prompt")
        if _is_text(given.get(name))
    }
    return Ranked(
        text=checks.text(f"{field}.response", given.get("response")),
        origin=checks.optional_text(given, "model"),
        sampling=asked or None,
    )


def _ratings(given: Sequence[Mapping[str, Any]]) -> list[float]:
    """By the first measure that all of them have, as their scales differ.

    The mean of the ratings is what its card advises; the overall score has known faults.
    """
    for measure in (_fine_grained, _mean_rating):
        found = [measure(one, place) for place, one in enumerate(given)]
        known = [value for value in found if value is not None]
        if len(known) == len(given):
            return known
    return [
        checks.number(f"completions[{place}].overall_score", one.get("overall_score"))
        for place, one in enumerate(given)
    ]


def _fine_grained(given: Mapping[str, Any], place: int) -> float | None:
    value = given.get("fine-grained_score")
    if not _is_number(value):
        return None
    return checks.number(f"completions[{place}].fine-grained_score", value)


def _mean_rating(given: Mapping[str, Any], _place: int) -> float | None:
    annotations = given.get("annotations")
    if not isinstance(annotations, Mapping):
        return None
    ratings = [
        float(one["Rating"])
        for one in annotations.values()
        if isinstance(one, Mapping) and str(one.get("Rating")) in RATINGS
    ]
    return sum(ratings) / len(ratings) if ratings else None


def _rankings(row: Mapping[str, Any]) -> Iterator[GivenRanking]:
    given = row.get("rankings")
    if given is not None:
        if not isinstance(given, list):
            raise RowError("rankings", given, "This should be a list.")
        for place, one in enumerate(given):
            yield _named_ranking(row, one, f"rankings[{place}]")
        return
    for names, sign in ((RANKS, 1), (SCORES, -1)):
        values = _values(row, names)
        if values is not None:
            yield GivenRanking(
                annotator=UNNAMED, ranks=tuple(sign * float(value) for value in values)
            )
            return


def _named_ranking(row: Mapping[str, Any], given: object, field: str) -> GivenRanking:
    if not isinstance(given, Mapping):
        raise RowError(field, given, "This should be an object.")
    ranks = _numbers(f"{field}.ranks", given.get("ranks"), len(row["completions"]))
    is_counted = own_values.truth(given, "is_counted")
    return GivenRanking(
        annotator=checks.text(f"{field}.annotator", given.get("annotator")),
        ranks=tuple(ranks),
        details=VoteDetails(
            kind=own_values.kind_of(given, "kind"),
            is_counted=True if is_counted is None else is_counted,
        ),
    )


def _values(row: Mapping[str, Any], names: Sequence[str]) -> list[float] | None:
    """Numbers beside the completions, or one in each of them."""
    n = len(row["completions"])
    for name in names:
        if row.get(name) is not None:
            return _numbers(name, row[name], n)
    for name in names:
        found = [one.get(name) if isinstance(one, Mapping) else None for one in row["completions"]]
        if any(value is not None for value in found):  # then all of them need one
            return _numbers(f"completions.{name}", found, n)
    return None


def _numbers(field: str, given: object, n: int) -> list[float]:
    if not isinstance(given, list) or len(given) != n:
        raise RowError(
            field, given, "There should be one number for each of the %(n)s completions.", {"n": n}
        )
    return [checks.number(f"{field}[{place}]", value) for place, value in enumerate(given)]


def _checked(completions: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    for place, one in enumerate(completions):
        if not one.text.strip():
            raise RowError(f"completions[{place}]", one.text, "An empty answer is not ranked.")
        if any(one.text == before.text for before in completions[:place]):
            raise RowError(
                f"completions[{place}]", one.text, "Two of these completions are the same text."
            )
    return completions


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
