"""What we export comes back equal: nothing of a project's judgements is lost on the way."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from alignment_core.canonical import canonical_json
from alignment_core.formats.own_values import guarded, unguarded
from annotate.models import Comparison, Judgement, WorkState
from tests.annotate.exports.rich_projects import BLANK_OR_TEXT, PROJECTS, build
from tests.annotate.exports.test_exporting import exported
from tests.annotate.imports.importing import imported
from tests.factories import make_project

pytestmark = pytest.mark.django_db
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
N_KEPT = len("00000000-0000-4000")  # of an id: its first half orders the rows


class Names:
    """Pseudonyms by the order in which they come: a copy's are others, one for each."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], str] = {}

    def of(self, name: str, kind: str) -> str:
        kind = "imported" if kind == "person" else kind
        return self.seen.setdefault((name, kind), f"{kind} {len(self.seen)}")


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with what a copy has anew: second halves of ids, pseudonyms, the kind of people."""
    names = Names()
    for row in rows:
        row["annotator"] = names.of(row["annotator"], row.pop("annotator_kind"))
        if row["ruling"]:
            ruling = row["ruling"]
            ruling["reviewer"] = names.of(ruling["reviewer"], ruling.pop("kind"))
        for name in ("id", "comparison", "task_id", "id_a", "id_b"):
            if name in row:
                row[name] = row[name][:N_KEPT]
        for side in ("first", "second"):
            if side in row:
                row[side]["id"] = row[side]["id"][:N_KEPT]
    return rows


def json_rows(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.split(b"\n") if line]


def csv_rows(content: bytes) -> list[dict[str, Any]]:
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    for row in rows:
        row["ruling"] = json.loads(row["ruling"]) if row.get("ruling") else None
    return rows


def copied(project: Any, content: bytes) -> Any:
    """A project with the same rule that this was imported into; nothing of it was wrong."""
    rule = ("min_agreement", "min_judgements", "resolution_rule", "min_posterior")
    copy = make_project(**{name: getattr(project, name) for name in rule})
    if content.count(b"\n") > content.startswith(b'"'):
        result = imported(copy, content, recorded_use="count")
        assert (result.state, result.errors) == (WorkState.SUCCEEDED, []), result.reason
    return copy


@FEW
@given(PROJECTS)
def test_judgements_come_back_equal_row_for_row(plan):
    project = build(plan)
    whole, table = (exported(project, name) for name in ("judgements_jsonl", "judgements_csv"))
    before, cells = comparable(json_rows(whole)), comparable(csv_rows(table))
    for content in (whole, table):
        copy = copied(project, content)
        assert comparable(json_rows(exported(copy, "judgements_jsonl"))) == before
        assert comparable(csv_rows(exported(copy, "judgements_csv"))) == cells
        assert states(copy) == states(project)


def states(project: Any) -> list[tuple[Any, ...]]:
    judged = Judgement.objects.filter(project=project, withdrawn_at=None).values("comparison")
    fields = ("state", "wanted", "n_counted", "n_tie", "gold_verdict", "gold_also")
    return sorted(Comparison.objects.filter(pk__in=judged).values_list(*fields))


@FEW
@given(PROJECTS)
def test_preferences_come_back_equal_but_for_their_ids(plan):
    project = build(plan)
    whole, table = (exported(project, name) for name in ("preferences_jsonl", "preferences_csv"))
    before = without_ids(json_rows(whole))
    for content in (whole, table):
        copy = copied(project, content)
        assert without_ids(json_rows(exported(copy, "preferences_jsonl"))) == before


def without_ids(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(canonical_json({**row, "id": None}) for row in rows)


@pytest.mark.parametrize("format_name", ["judgements_jsonl", "judgements_csv", "preferences_jsonl"])
def test_the_same_export_once_more_adds_nothing_and_says_so(format_name):
    project = build(EVERY_VERDICT)
    content = exported(project, format_name)
    copy = copied(project, content)
    for target in (copy, project):
        before = target.judgements.count()
        again = imported(target, content, recorded_use="count")
        assert (again.state, again.n_comparisons, again.n_judgements) == ("succeeded", 0, 0)
        assert again.n_duplicates == again.n_done > 0
        assert target.judgements.count() == before


@given(BLANK_OR_TEXT)
def test_the_apostrophe_before_a_formula_comes_off_again(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@"))


def vote(verdict: str, **fields: Any) -> dict[str, Any]:
    return {"verdict": verdict, "is_counted": True, "withdrawn_at": None} | fields


def pair_of(number: int, *verdicts: str) -> dict[str, Any]:
    when = "2026-01-02T03:04:05+00:00"
    return {
        "messages": [{"role": "user", "content": f"Question {number}?"}],
        "texts": ["- one", "'=2"],
        "origins": ("", "m"),
        "samplings": (None, None),
        "tags": ["t"],
        "language": "",
        "external_id": "",
        "gold_verdict": "",
        "gold_also": "",
        "is_swapped": False,
        "n_wanted_more": 0,
        "votes": [vote(verdict, judged_at=when) for verdict in verdicts],
        "ruling": None,
    }


EVERY_VERDICT = {
    "rule": {},
    "annotators": [("person", "experts")] * 6,
    "pairs": [
        pair_of(1, "tie", "tie", "first"),
        pair_of(2, "second", "second", "first"),
        pair_of(3, "both_bad"),
    ],
}


def test_a_tie_stays_a_tie_and_three_votes_stay_three():
    project = build(EVERY_VERDICT)
    copy = copied(project, exported(project, "preferences_jsonl"))
    assert copy.judgements.count() == project.judgements.count() == 7
    held = make_project()
    imported(held, exported(project, "preferences_jsonl"))
    recorded = Comparison.objects.filter(project=held).values_list("recorded_verdict", flat=True)
    assert {"tie", "both_bad"} < set(recorded)


def test_simulated_votes_stay_simulated():
    project = build(EVERY_VERDICT | {"annotators": [("simulated", "")] * 6})
    copy = copied(project, exported(project, "judgements_jsonl"))
    kinds = {one.annotator.kind for one in copy.judgements.select_related("annotator")}
    assert kinds == {"simulated"}
    assert exported(copy, "preferences_jsonl") == b""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "7"),
        ("verdict", "left"),
        ("strength", 4),
        ("strength", 1.5),
        ("seconds", -1),
        ("seconds", "soon"),
        ("note", "a\0b"),
        ("criteria", [1]),
        ("reasons", "x"),
        ("first_was_left", "left"),
        ("judged_at", "2026-01-02"),
        ("judged_at", "0001-01-01T00:00:00+14:00"),
        ("annotator_kind", "robot"),
        ("wanted", -1),
        ("first", {"text": "A", "id": 3}),
        ("ruling", {"verdict": "first"}),
        ("cohort", "x" * 61),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_its_field(field, value):
    (row, *_) = json_rows(exported(build(EVERY_VERDICT), "judgements_jsonl"))
    wrong = canonical_json({**row, field: value}).encode()
    result = imported(make_project(), wrong, format="judgements", recorded_use="count")
    (error,) = result.errors
    assert error["field"].split(".")[0] == field
    assert error["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "tie"),
        ("outcome", "win"),
        ("p_chosen", 0.9),
        ("strength", 1.3),
        ("verdicts", {"chosen": -1}),
        ("verdicts", {"chosen": 10**9}),
        ("verdicts", {"better": 1}),
        ("verdicts_by_cohort", {"a": {"chosen": 9}}),
        ("resolved_by", "coin"),
    ],
)
def test_votes_that_cannot_make_the_preference_are_refused(field, value):
    rows = json_rows(exported(build(EVERY_VERDICT), "preferences_jsonl"))
    row = next(one for one in rows if one["outcome"] == "preference")
    wrong = canonical_json({**row, field: value}).encode()
    result = imported(make_project(), wrong, recorded_use="count")
    (error,) = result.errors
    assert error["field"].split(".")[0] == field
