"""Argilla 2: a record a comparison, with one response of each annotator.

Annotators have ids there, so each has one that is made from the pseudonym; ours stands in the
metadata.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_ARRAY, JSON_LINES
from annotate.exports.export_format import About, ExportFormat, ExportRow
from annotate.exports.judgement_rows import prompt_cell
from annotate.exports.row_columns import Column, Holds
from annotate.exports.selected import Selected

VALUES = {"first": "response-1", "second": "response-2", "tie": "tie", "both_bad": "both-bad"}


def rows(selected: Selected) -> Iterator[ExportRow]:
    judgements = selected.judgements(by_comparison=True)
    for comparison, given in groupby(judgements, key=lambda row: row["comparison"]):
        votes = list(given)
        yield About(votes[0]["prompt"]), _record(comparison, votes)


def _record(comparison: str, votes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    one = votes[0]
    return {
        "id": comparison,
        "fields": {
            "prompt": prompt_cell(one["prompt"]),
            "response-1": one["first"]["text"],
            "response-2": one["second"]["text"],
        },
        "metadata": {
            "model_a": one["first"]["origin"],
            "model_b": one["second"]["origin"],
            "annotators": [vote["annotator"] for vote in votes],
        },
        "suggestions": {},
        "responses": {"preference": [_response(vote) for vote in votes]},
        "vectors": {},
    }


def _response(vote: dict[str, Any]) -> dict[str, str]:
    return {
        "value": VALUES[vote["verdict"]],
        "user_id": str(uuid5(NAMESPACE_URL, f"accord:{vote['annotator']}")),
        "status": "submitted",
    }


FORMAT = ExportFormat(
    name="argilla",
    label=_("Argilla 2 records"),
    explains=_(
        "A comparison a record with everybody's response to the question “preference”: "
        "response-1, response-2, tie or both-bad."
    ),
    rows=rows,
    columns=(
        Column("id"),
        *(Column(name, Holds.OBJECT) for name in ("fields", "metadata", "suggestions")),
        *(Column(name, Holds.OBJECT) for name in ("responses", "vectors")),
    ),
    containers=(JSON_ARRAY, JSON_LINES),
    is_of_judgements=True,
    has_room=False,
)
