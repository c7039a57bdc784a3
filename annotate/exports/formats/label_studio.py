"""Label Studio: a task a comparison, with one annotation of each annotator.

It goes with a labelling configuration that has `Pairwise name="pw" toName="answer1,answer2"` and
`Choices name="tie" toName="prompt"`. It knows users by number: in a file, each annotator has one.
"""

from collections.abc import Iterator, Mapping
from itertools import count, groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotate.exports.containers import JSON_ARRAY
from annotate.exports.export_format import About, ExportFormat, ExportRow
from annotate.exports.judgement_rows import prompt_cell
from annotate.exports.row_columns import Column, Holds
from annotate.exports.selected import Selected

SIDES = {"first": "left", "second": "right"}
CHOICES = {"tie": "Tie", "both_bad": "Both bad"}


def rows(selected: Selected) -> Iterator[ExportRow]:
    numbers: dict[str, int] = {}  # of annotators: as many as have judged
    annotation_ids = count(1)
    judgements = selected.judgements(by_comparison=True)
    grouped = groupby(judgements, key=lambda row: row["comparison"])
    for task_id, (comparison, given) in enumerate(grouped, start=1):
        annotations = []
        for vote in given:
            prompt, data = vote["prompt"], _data(comparison, vote)
            by = numbers.setdefault(vote["annotator"], len(numbers) + 1)
            annotations.append(_annotation(vote, number=next(annotation_ids), by=by))
        yield (
            About(prompt),
            {
                "id": task_id,
                "data": data,
                "annotations": annotations,
                "predictions": [],
            },
        )


def _data(comparison: str, vote: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": comparison,
        "prompt": prompt_cell(vote["prompt"]),
        "answer1": vote["first"]["text"],
        "answer2": vote["second"]["text"],
        "model_a": vote["first"]["origin"],
        "model_b": vote["second"]["origin"],
    }


def _annotation(vote: Mapping[str, Any], *, number: int, by: int) -> dict[str, Any]:
    return {
        "id": number,
        "unique_id": vote["id"],
        "completed_by": {"id": by, "email": f"{vote['annotator']}@accord.invalid"},
        "result": [_result(vote)],
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": vote["judged_at"],
        "updated_at": vote["judged_at"],
        "lead_time": vote["seconds"],
    }


def _result(vote: Mapping[str, Any]) -> dict[str, Any]:
    verdict = vote["verdict"]
    if verdict in SIDES:
        names = {"from_name": "pw", "to_name": "answer1", "type": "pairwise"}
        value: dict[str, Any] = {"selected": SIDES[verdict]}
    else:
        names = {"from_name": "tie", "to_name": "prompt", "type": "choices"}
        value = {"choices": [CHOICES[verdict]]}
    return {"id": vote["id"], "origin": "manual", **names, "value": value}


FORMAT = ExportFormat(
    name="label_studio",
    label=_("Label Studio tasks"),
    explains=_(
        "A comparison a task with everybody's annotation: pairwise, or the choice Tie or Both bad."
    ),
    rows=rows,
    columns=(
        Column("id", Holds.WHOLE),
        *(Column(name, Holds.OBJECT) for name in ("data", "annotations", "predictions")),
    ),
    containers=(JSON_ARRAY,),
    is_of_judgements=True,
    has_room=False,
)
