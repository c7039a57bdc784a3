import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotate.models import AuditEvent, ColumnMapping, Comparison, Judgement, User
from annotate.people.members import create_user
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import judge_comparison, make_admin, make_comparison, make_project

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue().strip()


def run_json(*arguments):
    return json.loads(run(*arguments, "--json"))


def test_import_comparisons_imports_a_file_and_says_what_came_in(tmp_path):
    make_project(slug="tea")
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(json_lines(pair(1), pair(2), pair(2)))
    facts = run_json("import_comparisons", "tea", str(file))
    assert (facts["state"], facts["n_comparisons"], facts["n_duplicates"]) == ("succeeded", 2, 1)
    assert run("import_comparisons", "tea", str(file)).startswith("pairs.jsonl: 0 comparisons")


def test_import_comparisons_takes_every_format_that_the_page_takes(tmp_path):
    make_project(slug="tea")
    file = tmp_path / "thumbs.jsonl"
    rows = [{"prompt": "Q", "completion": answer, "label": answer == "a"} for answer in "ab"]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    facts = run_json("import_comparisons", "tea", str(file), "--format", "trl_completion")
    assert (facts["format"], facts["n_comparisons"]) == ("trl_completion", 1)


GERMAN = "frage;gut;schlecht\nWarum müde?;Darum.;Nein.\n"
NAMES = ["--column=prompt=frage", "--column=chosen=gut", "--column=rejected=schlecht"]


def test_import_comparisons_takes_columns_and_encoding_by_flags(tmp_path):
    project = make_project(slug="tea")
    file = tmp_path / "german.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    flags = ["--encoding", "cp1252", "--delimiter", ";", *NAMES]
    assert run_json("import_comparisons", "tea", str(file), *flags)["n_comparisons"] == 1
    assert Comparison.objects.get().prompt.messages[0]["content"] == "Warum müde?"
    columns = {"prompt": "frage", "chosen": "gut", "rejected": "schlecht"}
    ColumnMapping.objects.create(project=project, name="german", columns=columns)
    flags = ["--encoding", "cp1252", "--mapping", "german"]
    assert run_json("import_comparisons", "tea", str(file), *flags)["n_duplicates"] == 1


def test_import_comparisons_reads_tabs_by_their_name(tmp_path):
    make_project(slug="tea")
    file = tmp_path / "tabs.tsv"
    file.write_text("prompt\tchosen\trejected\nQ, and more\ta\tb\n")
    assert run_json("import_comparisons", "tea", str(file), "--delimiter", "TAB")["n_done"] == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--column", "prompt"], "'prompt' is not WHAT=NAME"),
        (["--column", "colour=x"], "'colour=x' is not WHAT=NAME"),
        ([*NAMES, "--column", "prompt=gut"], "says twice what prompt is"),
        (["--column", "prompt=frage"], "Say which column is the prompt"),
        (["--mapping", "french"], "No mapping is called 'french'. There are: none"),
        ([*NAMES, "--mapping", "french"], "not allowed with"),
        (["--delimiter", "#"], "This delimiter is not known: #"),
        (["--encoding", "klingon"], "invalid choice"),
    ],
)
def test_flags_on_how_a_file_is_written_are_refused_by_name(tmp_path, flags, said):
    make_project(slug="tea")
    file = tmp_path / "german.csv"
    file.write_text(GERMAN)
    with pytest.raises(CommandError, match=said):
        run("import_comparisons", "tea", str(file), *flags)
    assert not Comparison.objects.exists()


def test_import_comparisons_fails_with_the_reason_and_the_rows(tmp_path):
    make_project(slug="tea")
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(json_lines(pair(1), pair(2, chosen="")))
    err = io.StringIO()
    with pytest.raises(CommandError, match="1 wrong row: nothing was imported"):
        call_command("import_comparisons", "tea", str(file), stderr=err)
    assert err.getvalue().startswith("row 2, chosen: This text is empty.")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_comparisons", "tea", str(file), "--json", stdout=out)
    assert json.loads(out.getvalue())["errors"][0]["row"] == 2


def test_an_unknown_project_or_file_is_named(tmp_path):
    make_project(slug="tea")
    with pytest.raises(CommandError, match=r"No project has the address 'coffee'. There are: tea"):
        run("import_comparisons", "coffee", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="No such file"):
        run("import_comparisons", "tea", str(tmp_path / "x"))


def test_export_writes_the_file_and_prints_its_digest(tmp_path):
    project = make_project(slug="tea", overlap=1)
    judge_comparison(make_comparison(project), "first")
    output = tmp_path / "out.jsonl"
    facts = run_json("export", "tea", "judgements_jsonl", str(output))
    assert facts["n_rows"] == 1
    assert len(output.read_bytes()) == facts["size_bytes"]


@pytest.mark.parametrize(
    ("command", "work"),
    [
        (("export", "tea", "judgements_jsonl"), "export.queue_export"),
        (("agreement_report", "tea", "--output"), "agreement_report.refresh_report"),
    ],
)
def test_what_a_file_held_stays_where_no_other_can_take_its_place(
    tmp_path, monkeypatch, command, work
):
    make_project(slug="tea")
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")

    def fail(*_, **__):
        raise CommandError("no")

    monkeypatch.setattr(f"annotate.management.commands.{work}", fail)
    for wrong in (tmp_path, tmp_path / "nowhere" / "out", kept / "out"):
        with pytest.raises(CommandError, match="cannot be written"):
            run(*command, str(wrong))
    with pytest.raises(CommandError, match="no"):
        run(*command, str(kept))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept.txt", "mine")]


@pytest.mark.parametrize(
    "content", [None, b"", b"\n", b"[]", b"7", b"\xff\xfe", b"\x1f\x8b broken", b"PAR1"]
)
def test_a_file_that_cannot_be_imported_ends_in_a_sentence_and_with_2(tmp_path, content):
    make_project(slug="tea")
    file = tmp_path / "pairs.jsonl"
    if content is not None:
        file.write_bytes(content)
    for path in (file, tmp_path):
        with pytest.raises(CommandError, match=r"\w") as refusal:
            run("import_comparisons", "tea", str(path))
        assert refusal.value.returncode == 2


def test_no_flag_of_a_command_is_guessed_from_its_beginning():
    with pytest.raises(CommandError, match="unrecognized arguments: --over=2"):
        run("import_comparisons", "tea", "file", "--over=2")


def test_create_user_prints_a_random_password_where_nobody_can_be_asked():
    facts = run_json("create_user", "zoe", "--admin")
    user = User.objects.get(username="zoe")
    assert user.is_site_admin
    assert user.check_password(facts["password"])


def test_create_user_says_what_is_wrong():
    create_user(username="zoe")
    with pytest.raises(CommandError, match=r"already exists\. \(username: zoe\)"):
        run("create_user", "zoe")


def test_erase_person_asks_for_the_name_first(monkeypatch):
    make_admin(username="other")
    create_user(username="zoe")
    monkeypatch.setattr("builtins.input", lambda _question: "zo")
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_person", "zoe")
    assert run_json("erase_person", "zoe", "--yes")["n_withdrawn"] == 0
    assert not User.objects.filter(username="zoe").exists()


def test_simulate_annotators_judges_and_says_how_much():
    project = make_project(slug="tea", overlap=2)
    imported(project, json_lines(*[pair(number) for number in range(5)]))
    facts = run_json("simulate_annotators", "tea", "--annotators", "2", "--leave-open", "1")
    assert facts == {"n_annotators": 2, "n_judgements": 8}
    assert Judgement.objects.count() == 8
    assert Comparison.objects.filter(n_counted=0).count() == 1


def test_verify_audit_fails_when_an_event_was_changed():
    create_user(username="zoe")
    assert run_json("verify_audit")["n_chained"] == 1
    AuditEvent.objects.update(action="user.removed")
    with pytest.raises(CommandError, match="Event 1 is not as it was"):
        run("verify_audit")
