from pathlib import Path

import pytest

from alignment_core.formats.checks import FileError, RowError
from alignment_core.formats.known import detect
from alignment_core.formats.rows import Vote
from annotate.errors import InvalidInput
from annotate.imports.error_report import ErrorReport, comparisons_in
from annotate.imports.words import rows_of
from annotate.models import RecordedUse

DATA = Path(__file__).parent / "data"


def read(path: Path, format_name: str = "auto", recorded_use: str = RecordedUse.COUNT):
    report = ErrorReport()
    with path.open("rb") as file:
        rows = list(
            comparisons_in(
                rows_of(file), format_name=format_name, recorded_use=recorded_use, report=report
            )
        )
    return rows, report


def read_bytes(tmp_path: Path, content: bytes, **options):
    path = tmp_path / "file"
    path.write_bytes(content)
    return read(path, **options)


@pytest.mark.parametrize(
    ("name", "format_name", "n_rows"),
    [
        ("hh.jsonl", "hh", 3),
        ("pairs.jsonl", "pairs", 3),
        ("trl_standard.jsonl", "pairs", 3),
        ("trl_explicit.jsonl", "trl_explicit", 3),
        ("trl_implicit.jsonl", "trl_implicit", 3),
        ("preference.csv", "pairs", 3),
        ("preference_zh_bom_crlf.csv", "pairs", 3),
        ("llama_factory.jsonl", "llama_factory", 1),
        ("llama_factory_chat.jsonl", "llama_factory_chat", 1),
        ("openai.jsonl", "openai", 1),
        ("pandalm.json", "pandalm", 3),
        ("votes.json", "votes", 3),
        ("arena.csv", "arena", 2),
        ("arena_chat.jsonl", "arena_chat", 2),
        ("argilla_v1.jsonl", "argilla", 2),
        ("argilla_v2.json", "argilla", 2),
        ("label_studio.json", "label_studio", 2),
        ("llama_factory_v1.jsonl", "llama_factory_v1", 1),
        ("text_score.json", "scored_pair", 2),
        ("ultrafeedback.jsonl", "trl_implicit", 1),
        ("ultrafeedback_raw.jsonl", "ultrafeedback_raw", 6),  # pairs of four answers
        ("ranked.jsonl", "ranked", 6),  # of twice three
        ("votes_long.csv", "votes_csv", 9),
        ("own_judgements.jsonl", "judgements", 1),
        ("own_judgements_of_before.csv", "judgements_table", 5),
        ("own_preferences.jsonl", "preferences", 1),
        ("own_preferences.csv", "preferences_table", 1),
    ],
)
def test_every_format_is_recognised_and_read_whole(name, format_name, n_rows):
    rows, report = read(DATA / name)
    assert report.format_name == format_name
    assert (len(rows), report.n_wrong) == (n_rows, 0)


def test_the_same_votes_are_the_same_from_every_tool():
    argilla_v1, argilla_v2, label_studio = (
        read(DATA / name)[0]
        for name in ("argilla_v1.jsonl", "argilla_v2.json", "label_studio.json")
    )
    for first, second, third in zip(argilla_v1, argilla_v2, label_studio, strict=True):
        assert first == second
        assert [vote.verdict for vote in first.votes] == [vote.verdict for vote in third.votes]
        assert first.messages == third.messages
    assert "tie" in [vote.verdict for vote in argilla_v1[1].votes]


def test_a_single_thumb_is_refused_and_says_what_to_do():
    rows, report = read(DATA / "llama_factory_kto.json")
    assert (rows, report.format_name, report.n_wrong) == ([], "chat", 1)
    assert "Add another answer" in report.errors[0]["message"]


def test_rows_of_several_formats_are_each_read_in_their_own(tmp_path):
    content = (
        b'{"prompt": "Q1", "chosen": "a", "rejected": "b"}\n'
        b'{"prompt": [{"role": "user", "content": "Q2"}], "chosen": [{"role": "assistant", '
        b'"content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}\n'
        b'{"prompt": "Q3", "completions": ["x", "y"]}\n'
        b'{"prompt": "Q4", "chosen": "a"}\n'
    )
    rows, report = read_bytes(tmp_path, content)
    assert [row.messages[0]["content"] for row in rows] == ["Q1", "Q2", "Q3"]
    assert (report.errors[0]["row"], report.errors[0]["field"]) == (4, "rejected")


def test_the_same_pairs_are_the_same_in_every_format():
    as_pairs, _report = read(DATA / "pairs.jsonl")
    for name in ("hh.jsonl", "trl_explicit.jsonl", "trl_implicit.jsonl"):
        rows, _report = read(DATA / name)
        first, expected = rows[0], as_pairs[0]
        assert first.messages == expected.messages, name
        assert (first.first_text, first.second_text) == (
            expected.first_text,
            expected.second_text,
        ), name
        assert first.votes == (Vote(annotator="recorded", verdict="first"),)


def test_our_own_csv_is_read_without_the_apostrophe_that_guards_formulas():
    rows, _report = read(DATA / "own_judgements_of_before.csv")
    texts = {text for row in rows for text in (row.first_text, row.second_text)}
    assert {"- one\n- two", "=2+3", "'tis", "@you"} < texts
    assert "- list?" in {row.messages[0]["content"] for row in rows}
    (row,), _report = read(DATA / "own_preferences.csv")
    assert (row.first_text, row.second_text) == ("=1", "'+2")
    assert row.messages[0]["content"] == "- why?"
    assert [vote.verdict for vote in row.votes] == ["first", "first", "second"]


def test_pandalm_joins_instruction_and_input_and_names_models_and_votes():
    rows, _report = read(DATA / "pandalm.json")
    row = rows[0]
    assert row.messages[0]["content"].endswith("given job.\n\nSocial Media Marketer")
    assert (row.first_origin, row.second_origin) == ("bloom-7b", "cerebras-gpt-6.7B")
    assert row.external_id == "27"
    assert row.votes == tuple(
        Vote(annotator=f"annotator{number}", verdict="first") for number in (1, 2, 3)
    )


def test_csv_keeps_line_breaks_and_quotes_of_a_cell_as_they_are(tmp_path):
    content = b'prompt,chosen,rejected\r\nWhy?,"one\r\ntwo, ""three""",four\r\n'
    rows, _report = read_bytes(tmp_path, content)
    assert rows[0].first_text == 'one\r\ntwo, "three"'


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    rows, _report = read(DATA / "preference_zh_bom_crlf.csv")
    assert rows[0].messages[0]["content"].startswith("制定适合你特定肤质")


def test_semicolons_of_other_countries_spreadsheets_are_read(tmp_path):
    rows, _report = read_bytes(tmp_path, b"prompt;chosen;rejected\nWhy?;a, b;c\n")
    assert rows[0].first_text == "a, b"


def test_our_own_format_takes_texts_or_objects_with_an_origin(tmp_path):
    content = (
        b'{"prompt": "Hi", "completions": [{"text": "A", "origin": "m1"}, "B"], "recorded": "b"}\n'
    )
    rows, report = read_bytes(tmp_path, content, recorded_use=RecordedUse.HOLD)
    assert report.format_name == "accord"
    assert (rows[0].first_origin, rows[0].second_origin) == ("m1", "")
    assert rows[0].recorded_verdict == "second"


def test_our_own_format_can_be_columns(tmp_path):
    content = b"prompt,completion_a,completion_b,origin_a,origin_b\nHi,A,B,m1,m2\n"
    rows, report = read_bytes(tmp_path, content)
    assert report.format_name == "accord_columns"
    assert (rows[0].first_text, rows[0].second_origin) == ("A", "m2")


def test_texts_are_kept_byte_for_byte(tmp_path):
    content = (
        '{"prompt": "  Ｆｕｌｌ ", "chosen": "e\\u0301\\r\\n\\t ", "rejected": "é"}\n'.encode()
    )
    rows, _report = read_bytes(tmp_path, content)
    assert rows[0].messages[0]["content"] == "  Ｆｕｌｌ "
    assert (rows[0].first_text, rows[0].second_text) == ("e\u0301\r\n\t ", "é")


def test_a_file_that_nearly_fits_says_what_it_looks_like_and_what_it_lacks():
    row = {"instruction": "Do", "response1": "a", "response2": "b", "winner": 1}
    with pytest.raises(FileError, match="looks like “PandaLM”, but it lacks: response2"):
        detect({name: row[name] for name in ("instruction", "response1")})
    with pytest.raises(RowError, match="This field is missing") as refusal:
        detect(row).read(row)
    assert refusal.value.field == "annotator1"


def test_a_file_that_fits_nothing_names_the_fields_it_has():
    with pytest.raises(FileError, match="No known format has these fields: colour, size"):
        detect({"colour": 1, "size": 2})


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04rest", "Excel"), (b"PAR1rest", "Parquet"), (b"%PDF-1.7", "PDF")],
)
def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path, content, name):
    with pytest.raises(InvalidInput, match=name):
        read_bytes(tmp_path, content)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="empty"):
        read_bytes(tmp_path, b" \n")


def test_votes_held_aside_become_their_majority(tmp_path):
    content = (
        b'{"prompt": "Q", "response_a": "A", "response_b": "B", "votes": ['
        b'{"annotator": "x", "choice": "b"}, {"annotator": "y", "choice": "b"},'
        b'{"annotator": "z", "choice": "tie"}]}\n'
    )
    rows, _report = read_bytes(tmp_path, content, recorded_use=RecordedUse.HOLD)
    assert (rows[0].recorded_verdict, rows[0].votes) == ("second", ())


def test_an_empty_answer_counts_where_people_judged_it_and_nowhere_else(tmp_path):
    content = (
        b'{"prompt": "Q", "response_a": "", "response_b": "B", '
        b'"votes": [{"annotator": "x", "choice": "b"}]}\n'
    )
    counted, _report = read_bytes(tmp_path, content, recorded_use=RecordedUse.COUNT)
    held, report = read_bytes(tmp_path, content, recorded_use=RecordedUse.HOLD)
    assert (len(counted), len(held), report.n_wrong) == (1, 0, 1)
