"""Each format as its readers expect it, and what an export may be asked for."""

import io
from collections import Counter
from datetime import date, timedelta
from importlib.util import find_spec

import pytest
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.exports.beside import beside
from annotate.exports.export_options import ExportOptions
from annotate.exports.exporting import queue_export, run_export
from annotate.exports.formats import EXPORT_FORMATS, FORMATS
from annotate.models import Comparison, Export, Preference, Prompt, Role
from script.formats_table import PAGE, whole_page
from tests.annotate.exports.exported import (
    PLAIN,
    assistant,
    by_prompt,
    export_of,
    project_with_every_outcome,
    rows_of,
)
from tests.annotate.imports.importing import imported, json_lines, votes_row
from tests.factories import make_member, make_project, make_user
from tests.world import drained
from training.models import Installation
from training.snapshots.frozen import split_of

pytestmark = pytest.mark.django_db


def test_trl_takes_messages_whose_content_is_one_text():
    project = project_with_every_outcome()
    explicit = rows_of(export_of(project, "trl_jsonl"))
    assert {"prompt": PLAIN, "chosen": assistant("A"), "rejected": assistant("B")} in explicit
    assert len(explicit) == 2
    implicit = rows_of(export_of(project, "trl_implicit_jsonl"))
    assert {"chosen": PLAIN + assistant("A"), "rejected": PLAIN + assistant("B")} in implicit


def test_a_label_is_no_for_both_answers_of_a_pair_that_was_found_bad():
    project = project_with_every_outcome()
    export = export_of(project, "trl_unpaired_jsonl")
    rows = rows_of(export)
    assert Counter(row["label"] for row in rows) == {True: 2, False: 4}
    assert {"prompt": PLAIN, "completion": assistant("A"), "label": True} in rows
    assert export.left_out == {"tie": 1, "unresolved": 1}
    (kto,) = [
        row
        for row in rows_of(export_of(project, "kto_json"))
        if len(row["messages"]) > 2 and row["label"]
    ]
    assert kto["messages"] == PLAIN + assistant("A")


def test_openai_and_together_have_the_same_pairs_and_nothing_else_in_a_row():
    project = project_with_every_outcome()
    openai = rows_of(export_of(project, "openai_jsonl"))
    together = rows_of(export_of(project, "together_jsonl"))
    names = {"input", "preferred_output", "non_preferred_output"}
    assert all(set(row) == names for row in openai + together)
    assert [row["input"]["messages"] for row in openai] == [
        row["input"]["messages"] for row in together
    ]
    assert {tuple(row["input"]) for row in together} == {("messages",)}


def test_llama_factory_gets_system_history_and_its_entry():
    export = export_of(project_with_every_outcome(), "llama_factory_json")
    row = by_prompt(rows_of(export), instruction="Why?")
    assert row == {
        "instruction": "Why?",
        "input": "",
        "chosen": "A",
        "rejected": "B",
        "system": "Be kind.",
        "history": [["Hi", "Hello"]],
    }
    ((_name, entry),) = beside(export)["dataset_info.json"].items()
    assert entry["file_name"].endswith(".json")
    assert set(entry["columns"].values()) == set(row)


def test_ultrafeedback_scores_are_the_shares_of_the_votes():
    rows = rows_of(export_of(project_with_every_outcome(), "ultrafeedback_jsonl"))
    row = by_prompt(rows, prompt="Hi")
    assert row["score_chosen"] == pytest.approx(2 / 3)
    assert row["score_chosen"] + row["score_rejected"] == 1
    assert row["chosen"] == row["messages"] == PLAIN + assistant("A")


def test_triples_are_plain_texts_that_no_spreadsheet_runs_and_that_come_back():
    project = project_with_every_outcome()
    export = export_of(project, "reward_model_csv")
    (row,) = rows_of(export)
    assert (row["prompt"], row["chosen"], row["rejected"]) == ("'=Single?", "B", "A")
    assert export.left_out["form"] == 1
    with export.file.open("rb") as file:
        copy = make_project()
        assert imported(copy, file.read(), recorded_use="count").n_comparisons == 1
    assert Prompt.objects.get(project=copy).messages[0]["content"] == "=Single?"


def test_hh_leaves_out_a_text_in_which_another_turn_seems_to_begin():
    project = make_project()
    rows = [votes_row("a", prompt="Fine?"), votes_row("a", prompt="A\n\nHuman: B")]
    imported(project, json_lines(*rows), recorded_use="count")
    export = export_of(project, "hh_jsonl")
    assert (export.n_done, export.left_out) == (1, {"form": 1})


def test_argilla_and_label_studio_get_a_comparison_with_all_its_votes():
    project = project_with_every_outcome()
    records = rows_of(export_of(project, "argilla_json"))
    assert len(records) == 5
    bad = next(one for one in records if one["fields"]["prompt"] == "Bad?")
    assert [one["value"] for one in bad["responses"]["preference"]] == ["both-bad"]
    three = next(one for one in records if len(one["responses"]["preference"]) == 3)
    better = {three["fields"][one["value"]] for one in three["responses"]["preference"]}
    assert better == {"A", "B"}
    assert len({one["user_id"] for one in three["responses"]["preference"]}) == 3

    tasks = rows_of(export_of(project, "label_studio_json"))
    assert [task["id"] for task in tasks] == [1, 2, 3, 4, 5]
    single = next(task for task in tasks if task["data"]["prompt"] == "=Single?")
    (annotation,) = single["annotations"]
    side = annotation["result"][0]["value"]["selected"]
    assert single["data"][{"left": "answer1", "right": "answer2"}[side]] == "B"
    tie = next(task for task in tasks if task["data"]["prompt"] == "Tie?")
    values = [one["result"][0]["value"] for one in tie["annotations"]]
    assert values == [{"choices": ["Tie"]}] * 2


def test_filters_take_what_is_asked_for_and_count_the_rest():
    project = project_with_every_outcome()
    tomorrow = timezone.localdate() + timedelta(days=1)
    cases = {
        "tag": {"tags": ("t", "other")},
        "origin": {"origins": ("nobody",)},
        "cohort": {"cohorts": ("experts",)},
        "kind": {"kinds": ("person",)},
        "date": {"since": tomorrow},
    }
    for format, n_rows in (("judgements_jsonl", 9), ("preferences_jsonl", 4)):
        for reason, options in cases.items():
            export = export_of(project, format, **options)
            n_kept = {"tag": 3 if format == "judgements_jsonl" else 1}.get(reason, 0)
            assert export.n_done == n_kept, (format, reason)
            assert export.left_out[reason] == n_rows - n_kept, (format, reason)
    export = export_of(project, "preferences_jsonl", min_agreement=0.8)
    assert (export.n_done, export.left_out["agreement"]) == (3, 1)
    today = timezone.localdate()
    assert export_of(project, "judgements_jsonl", since=today, until=today).n_done == 9


def test_the_split_is_that_of_snapshots():
    project = project_with_every_outcome()
    rows = rows_of(export_of(project, "judgements_jsonl", eval_share=0.5))
    salt = Installation.objects.get().split_salt
    for row in rows:
        assert row["split"] == split_of(row["prompt"], salt=salt, eval_share=0.5)
    cells = rows_of(export_of(project, "judgements_csv", eval_share=0.5))
    assert [row["split"] for row in cells] == [row["split"] for row in rows]


def test_rows_that_say_the_same_are_kept_or_dropped_as_asked():
    project = make_project()
    rows = [
        votes_row("a", prompt="Q?", model_a="m1", model_b="m2"),
        votes_row("a", prompt="Q?", model_a="m3", model_b="m4"),
        votes_row("b", prompt="Q?", model_a="m5", model_b="m6"),
    ]
    imported(project, json_lines(*rows), recorded_use="count")
    assert export_of(project, "trl_jsonl").n_done == 3
    export = export_of(project, "trl_jsonl", repeats="drop")
    assert (export.n_done, export.left_out) == (2, {"repeated": 1})


@pytest.mark.parametrize(
    ("format", "options", "field"),
    [
        ("trl_jsonl", {"kinds": ("robot",)}, "kinds"),
        ("trl_jsonl", {"repeats": "perhaps"}, "repeats"),
        ("judgements_jsonl", {"repeats": "drop"}, "repeats"),
        ("trl_jsonl", {"min_agreement": 1.5}, "min_agreement"),
        ("judgements_csv", {"min_agreement": 0.8}, "min_agreement"),
        ("label_studio_json", {"min_agreement": 0.8}, "min_agreement"),
        ("trl_jsonl", {"eval_share": -0.1}, "eval_share"),
        ("openai_jsonl", {"eval_share": 0.1}, "eval_share"),
        ("trl_jsonl", {"since": date(2026, 2, 1), "until": date(2026, 1, 1)}, "until"),
        ("trl_jsonl", {"until": date.max}, "until"),
        ("trl_jsonl", {"tags": ("a\0",)}, "tags"),
    ],
)
def test_what_cannot_be_done_is_refused_when_it_is_asked_for(format, options, field):
    with pytest.raises(InvalidInput) as refused:
        queue_export(
            project=make_project(),
            requested_by=None,
            format=format,
            options=ExportOptions(**options),
        )
    assert refused.value.field == field
    assert not Export.objects.exists()


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_is_refused_in_words_where_no_package_writes_it():
    with pytest.raises(InvalidInput, match="pyarrow"):
        queue_export(project=make_project(), requested_by=None, format="trl_parquet")


def test_parquet_holds_the_same_rows():
    parquet = pytest.importorskip("pyarrow.parquet")
    project = project_with_every_outcome()
    for name in ("trl", "judgements"):
        with export_of(project, f"{name}_parquet").file.open("rb") as file:
            content = file.read()
        rows = parquet.read_table(io.BytesIO(content)).to_pylist()
        if name == "trl":
            assert rows == rows_of(export_of(project, "trl_jsonl"))
        else:
            copy = make_project()
            result = imported(copy, content, recorded_use="count")
            assert (result.n_wrong, result.n_judgements) == (0, len(rows))


@pytest.mark.parametrize("name", ["trl_jsonl", "reward_model_csv", "preferences_jsonl"])
def test_the_card_names_the_file_by_its_digest_and_every_column(name):
    export = export_of(project_with_every_outcome(), name)
    card = beside(export)["croissant.json"]
    assert card["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    (file,) = card["distribution"]
    assert (file["sha256"], file["name"]) == (export.digest, file["contentUrl"])
    for record_set in card.get("recordSet", []):
        assert {one["name"] for one in record_set["field"]} == set(rows_of(export)[0])
    assert "Left out: 1 (judged, but not decided)" in card["description"]


def test_the_page_of_all_formats_is_what_they_declare():
    assert PAGE.read_text(encoding="utf-8") == whole_page()


def test_the_page_tells_what_was_left_out_and_names_a_wrong_field(client):
    project = project_with_every_outcome()
    lead = make_member(project, user=make_user(), role=Role.LEAD)
    client.force_login(lead.user)
    address = f"/projects/{project.slug}/exports/"
    form = {"format": "trl_jsonl", "repeats": "keep", "kinds": ["imported"], "tags": "t, u"}
    assert client.post(address, form).status_code == 302
    run_export(export_id=Export.objects.get().pk)
    export = Export.objects.get()
    assert (export.options, export.n_done) == ({"kinds": ["imported"], "tags": ["t", "u"]}, 1)
    page = client.get(address).content.decode()
    assert "1 left out: judged, but not decided" in page
    assert f"{address}{export.public_id}/croissant.json" in page
    file = client.get(f"{address}{export.public_id}/")
    assert len(drained(file).splitlines()) == 1
    day = timezone.localtime(export.requested_at).date()
    assert f"{project.slug}-trl_jsonl-{day}.jsonl" in file["Content-Disposition"]
    wrong = client.post(address, form | {"since": "2026-02-01", "until": "2026-01-01"})
    assert "The last day is before the first." in wrong.content.decode()
    Export.objects.update(format="of_before_jsonl")
    page = client.get(address).content.decode()
    assert "of_before_jsonl" in page
    assert "croissant.json" not in page
    assert client.get(f"{address}{export.public_id}/croissant.json").status_code == 404


def test_formats_have_one_name_each_and_name_files_by_it():
    assert len({format.name for format in FORMATS}) == len(FORMATS)
    kept = {"judgements_jsonl", "judgements_csv", "preferences_jsonl", "trl_jsonl", "hh_jsonl"}
    assert kept < set(EXPORT_FORMATS)  # stored with exports of before, and called by programs
    assert Comparison.objects.count() == Preference.objects.count() == 0
