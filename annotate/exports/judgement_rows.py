"""Judgements as rows, as they were given: simulated ones are marked by their kind of annotator.

They come back by an import: `alignment_core.formats.own_judgements` reads what is written here.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from alignment_core.canonical import canonical_json
from annotate.exports.row_columns import Column, Holds, columns_of, texts
from annotate.judging.protocols.declaration import exported_columns
from annotate.models import Adjudication, Judgement, Membership, Verdict

CHUNK = 1000
CHOICES = {
    Verdict.FIRST: "a",
    Verdict.SECOND: "b",
    Verdict.TIE: "tie",
    Verdict.BOTH_BAD: "both_bad",
}
COLUMNS = (
    *texts("task_id", "annotator", "annotator_kind", "cohort", "choice"),
    Column("is_counted", Holds.TRUTH),
    *texts("judged_at", "prompt", "response_a", "response_b", "model_a", "model_b"),
    Column("strength", Holds.WHOLE),
    *columns_of(Holds.OBJECT, "criteria", "reasons"),
    *texts("note", "edited_text"),
    Column("seconds", Holds.NUMBER),
    Column("first_was_left", Holds.TRUTH),
    *columns_of(Holds.TRUTH, "first_acceptable", "second_acceptable"),
    *columns_of(Holds.WHOLE, "protocol_version", "guidelines_version"),
    Column("tags", Holds.OBJECT),
    *texts("language", "external_id"),
    *columns_of(Holds.OBJECT, "sampling_a", "sampling_b"),
    *texts("gold_verdict", "gold_also"),
    Column("wanted", Holds.WHOLE),
    Column("is_swapped", Holds.TRUTH),
    Column("ruling", Holds.OBJECT),
    Column("set"),
    Column("set_size", Holds.WHOLE),
    Column("is_derived", Holds.TRUTH),
    *texts("id", "id_a", "id_b"),
)
GIVEN = (  # exported under the same names
    *exported_columns(),
    "seconds",
    "first_was_left",
    "guidelines_version",
    "protocol_version",
    "is_counted",
    "is_derived",
)
OF_COMPARISON = ("gold_verdict", "gold_also", "wanted", "is_swapped")
OF_PROMPT = ("tags", "language", "external_id")
AROUND = (
    "public_id",
    "judged_at",
    "annotator__pseudonym",
    "annotator__kind",
    "comparison__public_id",
    "comparison__prompt__messages",
    "comparison__completion_set__public_id",
    "comparison__completion_set__size",
    *(f"comparison__{field}" for field in OF_COMPARISON),
    *(f"comparison__prompt__{field}" for field in OF_PROMPT),
    *(
        f"comparison__{side}__{field}"
        for side in ("first", "second")
        for field in ("public_id", "text", "origin", "sampling")
    ),
)
RULING = (
    *("verdict", "reviewer__pseudonym", "reviewer__kind", "note", "first_was_left", "ruled_at"),
)


def as_table(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same row under the names of a table, where structures are JSON."""
    first, second = row["first"], row["second"]
    return {
        **row,
        "task_id": row["comparison"],
        "choice": CHOICES[Verdict(row["verdict"])],
        "prompt": prompt_cell(row["prompt"]),
        **{f"response_{side}": one["text"] for side, one in (("a", first), ("b", second))},
        **{f"model_{side}": one["origin"] for side, one in (("a", first), ("b", second))},
        **{f"id_{side}": one["id"] for side, one in (("a", first), ("b", second))},
        **{f"sampling_{side}": one["sampling"] for side, one in (("a", first), ("b", second))},
    }


def judgement_rows(judgements: QuerySet[Judgement]) -> Iterator[dict[str, Any]]:
    """All there is to know of each, texts byte for byte; they have their `cohort`."""
    for row in _values(judgements):
        yield {
            **{name: row[name] for name in GIVEN},
            **{name: row[f"comparison__{name}"] for name in OF_COMPARISON},
            **{name: row[f"comparison__prompt__{name}"] for name in OF_PROMPT},
            "id": str(row["public_id"]),
            "comparison": str(row["comparison__public_id"]),
            "annotator": row["annotator__pseudonym"],
            "annotator_kind": row["annotator__kind"],
            "cohort": row["cohort"],
            "judged_at": row["judged_at"].isoformat(),
            "prompt": row["comparison__prompt__messages"],
            "first": _completion(row, "first"),
            "second": _completion(row, "second"),
            "ruling": _ruling(row),
            "set": _text(row["comparison__completion_set__public_id"]),
            "set_size": row["comparison__completion_set__size"],
        }


def with_cohort(judgements: QuerySet[Judgement]) -> QuerySet[Judgement]:
    """Each with the cohort that its annotator is in."""
    cohort = Membership.objects.filter(
        annotator=OuterRef("annotator"), project=OuterRef("project")
    ).values("cohort")[:1]
    return judgements.annotate(cohort=Coalesce(Subquery(cohort), Value("")))


def _values(judgements: QuerySet[Judgement]) -> Iterator[dict[str, Any]]:
    """As plain values: making six instances of each row would cost more than all the rest."""
    live = Adjudication.objects.filter(comparison=OuterRef("comparison"), superseded_at=None)
    judgements = judgements.annotate(
        **{f"ruling__{name}": Subquery(live.values(name)[:1]) for name in RULING}
    )
    names = [*GIVEN, *AROUND, "cohort", *(f"ruling__{name}" for name in RULING)]
    rows: Iterator[dict[str, Any]] = judgements.values(*names).iterator(chunk_size=CHUNK)
    return rows


def _completion(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    return {
        "id": str(row[f"comparison__{side}__public_id"]),
        "text": row[f"comparison__{side}__text"],
        "origin": row[f"comparison__{side}__origin"],
        "sampling": row[f"comparison__{side}__sampling"],
    }


def _text(public_id: UUID | None) -> str | None:
    return None if public_id is None else str(public_id)


def _ruling(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["ruling__verdict"] is None:
        return None
    return {
        "verdict": row["ruling__verdict"],
        "reviewer": row["ruling__reviewer__pseudonym"],
        "kind": row["ruling__reviewer__kind"],
        "note": row["ruling__note"],
        "first_was_left": row["ruling__first_was_left"],
        "ruled_at": row["ruling__ruled_at"].isoformat(),
    }


def prompt_cell(messages: list[dict[str, Any]]) -> str:
    """A single question as it is, a conversation as JSON: the import reads both.

    A question that an import would take for JSON is written as JSON, too.
    """
    if len(messages) == 1 and messages[0]["role"] == "user":
        content = messages[0]["content"]
        if isinstance(content, str) and not content.startswith("[{"):
            return content
    return canonical_json(messages)
