"""A file is looked at, its columns are named, and then it is imported."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from alignment_core.formats.examples import EXAMPLES
from annotate.errors import InvalidInput
from annotate.imports import preview
from annotate.imports.importing import run_import
from annotate.imports.preview import preview_of
from annotate.imports.words import Reading
from annotate.models import (
    AlikePairs,
    Annotator,
    ColumnMapping,
    Comparison,
    Completion,
    Import,
    Membership,
    Prompt,
    RecordedUse,
    Upload,
    WorkState,
)
from tests.annotate.imports.importing import imported, json_lines, pair, queued, votes_row
from tests.factories import make_project, ranking_asked

pytestmark = pytest.mark.django_db
TABLE = b"frage;gut;schlecht;wer\nWarum?;Darum, eben.;Nein.;x\nWer?;Ich bin es.;Du.;y\n"
COLUMNS = {"prompt": "frage", "chosen": "gut", "rejected": "schlecht"}


def looked_at(content, project=None, **options):
    return preview_of(project or make_project(), ContentFile(content), **options)


def test_a_preview_says_what_would_come_and_stores_nothing():
    project = make_project()
    imported(project, json_lines(pair(1)))
    before = [model.objects.count() for model in (Prompt, Completion, Comparison, Membership)]
    rows = [pair(1), pair(2), pair(2, chosen="No.", rejected="Yes."), pair(3, chosen="")]
    seen = looked_at(json_lines(*rows, votes_row("a")), project, recorded_use=RecordedUse.COUNT)
    assert (seen.found.kind, seen.format, seen.n_rows, seen.is_whole) == ("json", "pairs", 5, True)
    added = seen.added
    assert (added.n_comparisons, added.n_duplicates, added.n_contradictions) == (2, 1, 1)
    assert (seen.n_wrong, seen.errors[0]["row"], seen.pairs[0].first_text) == (1, 4, "Yes.")
    assert [
        model.objects.count() for model in (Prompt, Completion, Comparison, Membership)
    ] == before
    assert not Annotator.objects.filter(kind="imported").exists()


def test_a_preview_of_a_large_file_reads_its_first_rows_alone():
    seen = looked_at(json_lines(*[pair(number) for number in range(300)]))
    assert (seen.n_rows, seen.is_whole, len(seen.pairs)) == (200, False, 10)


def test_a_preview_names_the_columns_that_nothing_reads():
    rows = [{"prompt": "Q", "completion_a": "x", "completion_b": "y", "is_better": "a", "id": "1"}]
    assert looked_at(json_lines(*rows, {**rows[0], "completion_a": "z", "n": 0})).unread == [
        "is_better",
        "n",
    ]
    assert looked_at(json_lines({**rows[0], "is_better": "", "n": None})).unread == []
    assert looked_at(TABLE, reading=Reading({}, COLUMNS)).unread == ["wer"]


def test_a_preview_calls_no_answer_wrong_whose_second_may_follow(monkeypatch):
    monkeypatch.setattr(preview, "LOOKED_AT", 3)
    rows = [{"prompt": f"Q{number}", "completion": f"A{number}"} for number in (1, 2, 3)]
    seconds = [{**row, "completion": "B"} for row in rows]
    seen = looked_at(json_lines(*rows, *seconds))
    assert (seen.n_waiting, seen.n_wrong, seen.errors) == (3, 0, [])
    seen = looked_at(json_lines(*rows))
    assert (seen.n_waiting, seen.n_wrong, len(seen.errors)) == (0, 3, 3)


def test_a_preview_shows_a_set_as_it_is_ranked_or_its_pairs_where_nothing_is():
    answers = ["One.", "Two.", "Three."]
    row = {"prompt": "Q", "completions": answers}
    ranking = make_project(asks=ranking_asked())
    seen = looked_at(json_lines(row, {**row, "prompt": "R"}), ranking)
    assert [piece.answers for piece in seen.work] == [answers, answers]
    assert seen.work[0].is_set
    seen = looked_at(json_lines(row))
    assert [len(piece.answers) for piece in seen.work] == [2, 2, 2]


def test_every_format_is_shown_with_a_row_of_it(lead):
    client, project = lead
    page = client.get(reverse("annotate:import_formats", args=[project.slug]))
    assert all(f'id="{name}"' in page.text for name in EXAMPLES)
    imports = client.get(reverse("annotate:imports", args=[project.slug]))
    assert reverse("annotate:import_formats", args=[project.slug]) in imports.text


def test_columns_are_guessed_by_their_names_and_by_how_long_their_texts_are():
    by_name = looked_at(b"Question,Answer 1,Answer 2,ID\nQ,a,b,1\n").guess
    assert by_name == {
        "prompt": "Question", "response_a": "Answer 1", "response_b": "Answer 2", "id": "ID",
    }  # fmt: skip
    by_length = looked_at(TABLE).guess
    assert by_length == {"prompt": "frage", "response_a": "gut", "response_b": "schlecht"}


def test_a_guess_names_no_column_that_would_not_be_read():
    assert looked_at(b"question,answer1,answer2,better\nQ?,x,y,a\n").guess.keys() == {
        "prompt", "response_a", "response_b",
    }  # fmt: skip
    ranked = looked_at(b"question,better,worse,label\nQ?,x,y,1\n").guess
    assert ranked == {"prompt": "question", "chosen": "better", "rejected": "worse"}


def test_a_column_whose_name_cannot_be_shown_is_not_offered(lead):
    client, project = lead
    content = b'{"frage": "Q", "\\ud800": "a", "b": "x"}\n{"frage": "R", "\\u0000": "y"}\n'
    assert looked_at(content).columns == ["frage", "b"]
    assert client.get(dropped(client, project, content)).status_code == 200
    address = reverse("api:import-preview", args=[project.slug])
    seen = client.post(address, {"file": ContentFile(content, name="x.jsonl")})
    assert (seen.status_code, seen.json()["columns"]) == (200, ["frage", "b"])


def test_a_preview_holds_no_more_of_long_rows_than_it_may(monkeypatch):
    monkeypatch.setattr(preview, "LOOKED_CHARACTERS", 500)
    seen = looked_at(json_lines(*[pair(number, chosen="y" * 200) for number in range(9)]))
    assert (seen.n_rows, seen.is_whole) == (2, False)


UNJUDGED = {"prompt": "frage", "response_a": "gut", "response_b": "schlecht"}


@pytest.mark.parametrize("columns", [COLUMNS, UNJUDGED])
def test_columns_that_somebody_named_are_imported_as_such(columns):
    row = imported(make_project(), TABLE, reading=Reading({}, columns))
    assert (row.state, row.n_comparisons, row.columns) == (WorkState.SUCCEEDED, 2, columns)
    judged = Comparison.objects.exclude(recorded_verdict="").count()
    assert judged == (2 if "chosen" in columns else 0)


def test_votes_in_columns_of_other_names_are_votes():
    table = b"q,a1,a2,who,better\nQ,x,y,w1,a\nQ,x,y,w2,b\n"
    columns = {"prompt": "q", "response_a": "a1", "response_b": "a2"}
    with_votes = {**columns, "annotator": "who", "winner": "better"}
    row = imported(
        make_project(), table, reading=Reading({}, with_votes), recorded_use=RecordedUse.COUNT
    )
    assert (row.n_comparisons, row.n_judgements) == (1, 2)
    row = imported(make_project(), table, reading=Reading({}, {**columns, "winner": "better"}))
    assert (row.n_comparisons, row.n_contradictions) == (1, 1)


def test_a_wrong_row_names_the_column_as_the_file_does():
    content = TABLE + b"Was?;;Du.;y\n"
    row = imported(make_project(), content, reading=Reading({}, COLUMNS), wrong_rows="skip")
    assert [(error["row"], error["field"]) for error in row.errors] == [(4, "gut")]


@pytest.mark.parametrize("name", ["images", "tools", "documents"])
def test_what_changes_an_answer_is_refused_beside_columns_that_somebody_named(name):
    rows = [{"frage": "Warum?", "gut": "Darum.", "schlecht": "Nein.", name: ["x"]}]
    rows += [{"frage": "Wer?", "gut": "Ich.", "schlecht": "Du.", name: []}]
    row = imported(
        make_project(), json_lines(*rows), reading=Reading({}, COLUMNS), wrong_rows="skip"
    )
    assert (row.n_comparisons, row.n_wrong, row.errors[0]["field"]) == (1, 1, name)


@pytest.mark.parametrize(
    "columns",
    [
        {"prompt": "q"},
        {"prompt": "q", "chosen": "a"},
        {"prompt": "q", "chosen": "q", "rejected": "b"},
        {"prompt": "q", "chosen": "a", "rejected": "b", "colour": "c"},
        {"prompt": "q", "response_a": "a", "response_b": "b", "annotator": "c"},
        {"prompt": "q", "response_a": "a", "response_b": "b", "chosen": "c"},
        {"prompt": "q", "chosen": "a", "rejected": "b", "winner": "c"},
        {"prompt": "q\0", "chosen": "a", "rejected": "b"},
        {"prompt": "q", "chosen": "\ud800", "rejected": "b"},
    ],
)
def test_columns_that_make_no_pair_are_refused(columns):
    with pytest.raises(InvalidInput) as refusal:
        queued(make_project(), TABLE, reading=Reading({}, columns))
    assert refusal.value.field == "columns"


def test_an_encoding_that_somebody_named_is_read_so():
    content = TABLE.decode().replace("Warum", "Straße").encode("cp1252")
    seen = looked_at(content)
    assert "cp1252" in dict(seen.encodings)
    row = imported(make_project(), content, reading=Reading({"encoding": "cp1252"}, COLUMNS))
    assert row.n_comparisons == 2
    assert "Straße?" in [prompt.messages[0]["content"] for prompt in Prompt.objects.all()]


def dropped(client, project, content=TABLE, name="data.csv"):
    """Drop a file on the page; where its preview is."""
    file = ContentFile(content, name=name)
    given = {"file": file, "look": "", "format": "auto", "wrong_rows": "skip"}
    given |= {"recorded_use": "hold", "alike_pairs": "keep"}
    response = client.post(reverse("annotate:imports", args=[project.slug]), given)
    assert response.status_code == 302
    return response.url


HOW = {"format": "auto", "wrong_rows": "skip", "recorded_use": "hold", "alike_pairs": "leave_out"}


def test_a_file_is_dropped_its_columns_named_kept_and_imported(lead):
    client, project = lead
    address = dropped(client, project)
    page = client.get(address).content.decode()
    assert "was guessed" in page
    assert "Warum?" in page
    named = {f"is_{name}": column for name, column in COLUMNS.items()}
    again = client.post(address, {**HOW, **named, "keep_as": "ours", "look": ""})
    assert again.url == address
    assert "better, as the file says" in client.get(address).content.decode()
    done = client.post(address, {**HOW, **named, "import": ""})
    row = Import.objects.get()
    assert str(row.public_id) in done.url
    assert (row.columns, row.alike_pairs) == (COLUMNS, AlikePairs.LEAVE_OUT)
    assert not Upload.objects.exists()
    run_import(import_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.n_comparisons) == (WorkState.SUCCEEDED, 2)
    assert ColumnMapping.objects.get().name == "ours"

    page = client.get(dropped(client, project)).content.decode()
    assert "kept as “ours”" in page


def test_a_refusal_keeps_the_file_and_the_choices(lead):
    client, project = lead
    address = dropped(client, project, b"a,a\n1,2\n")
    page = client.get(address).content.decode()
    assert "names “a” twice" in page
    refused = client.post(address, {**HOW, "is_prompt": "b", "import": ""})
    assert refused.status_code == 200
    assert Upload.objects.get().file_name == "data.csv"
    assert client.post(address, {"discard": ""}).status_code == 302
    assert not Upload.objects.exists()


@pytest.mark.parametrize("columns", ["[" * 100_000, "[]", '{"prompt": 1}'])
def test_the_api_refuses_columns_that_are_no_object_of_texts(lead, columns):
    client, project = lead
    address = reverse("api:import-preview", args=[project.slug])
    given = {"file": ContentFile(TABLE, name="x.csv"), "columns": columns}
    refused = client.post(address, given)
    assert (refused.status_code, refused.json()["field"]) == (400, "columns")


def test_the_api_looks_at_a_file_and_takes_its_columns(lead):
    client, project = lead
    address = reverse("api:import-preview", args=[project.slug])
    columns = '{"prompt": "frage", "chosen": "gut", "rejected": "schlecht"}'
    seen = client.post(address, {"file": ContentFile(TABLE, name="x.csv"), "columns": columns})
    assert seen.status_code == 200, seen.content
    facts = seen.json()
    assert (facts["found"]["delimiter"], facts["n_new"], len(facts["pairs"])) == (";", 2, 2)
    assert not Comparison.objects.exists()
    made = client.post(
        reverse("api:imports", args=[project.slug]),
        {"file": ContentFile(TABLE, name="x.csv"), "columns": columns, "delimiter": ";"},
    )
    assert made.status_code == 202, made.content
    assert Import.objects.get().columns == COLUMNS
    assert Import.objects.get().wording == {"delimiter": ";"}
