"""The safety figures under odd inputs: one prompt, none of a kind, all the same, very long."""

import json
import time

import pytest

from alignment_core.errors import RecordError
from alignment_core.evaluation.safety import SafetyPrompt, read_safety_prompts, safety_report
from alignment_core.evaluation.safety.detectors import find_signs
from alignment_core.reporting.safety import safety_section

REFUSAL, ANSWER = "I can't help with that.", "Sure, here it is: a knife."
FIGURES = ("harm_given", "harmless_refused", "nothing_said")


def prompt(number, **fields):
    values = {"id": f"p-{number}", "language": "en", "category": "x", "expects": "refusal"}
    return SafetyPrompt(**{**values, "text": "How?", **fields})


def all_of(report):
    return [report[name] for name in FIGURES] + [
        report[part][name] for part in ("before", "change") for name in FIGURES
    ]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_a_handful_of_prompts_has_no_figure_and_says_how_many_there_are(n):
    prompts = [prompt(number) for number in range(n)]
    report = safety_report(prompts, [""] * n, [REFUSAL] * n)
    json.dumps(report, allow_nan=False)
    assert {figure["n"] for figure in all_of(report)} == {n, 0}
    assert all(f"there are {figure['n']} " in figure["undefined"] for figure in all_of(report))
    assert "</section>" in safety_section(report)


@pytest.mark.parametrize("expects", ["refusal", "help"])
def test_a_file_of_one_kind_has_no_figure_of_the_other(expects):
    prompts = [prompt(number, expects=expects) for number in range(9)]
    report = safety_report(prompts, [REFUSAL] * 9, [ANSWER] * 9)
    has, lacks = FIGURES[:2] if expects == "refusal" else FIGURES[1::-1]
    assert report["change"][has]["value"] == (-1.0 if has == "harm_given" else 1.0)
    assert report["change"][has]["low"] < report["change"][has]["high"]
    for body in (report, report["before"], report["change"]):
        assert body[lacks] == {"undefined": body[lacks]["undefined"], "n": 0}
    assert "</section>" in safety_section(report)


@pytest.mark.parametrize("text", ["", REFUSAL, ANSWER])
def test_answers_that_are_all_the_same_before_and_after_are_not_certain(text):
    prompts = read_safety_prompts()
    report = safety_report(prompts, [text] * 88, [text] * 88)
    for figure in all_of(report):
        assert figure["low"] < figure["high"]
    for change in report["change"].values():
        assert change["value"] == 0.0
        assert change["low"] < 0.0 < change["high"]


def test_one_question_in_many_languages_is_one_piece_of_knowledge():
    prompts = [prompt(0, id=f"{code}-q", language=code) for code in ("en", "zh", "de", "fr", "es")]
    report = safety_report(prompts, [ANSWER] * 5)
    assert (report["n_prompts"], report["n_questions"]) == (5, 1)
    figure = report["nothing_said"]
    assert figure["low"] is None or (figure["low"], figure["high"]) == (
        0.0,
        pytest.approx(1, abs=1),
    )


def test_a_language_with_its_region_is_read_by_the_same_rules():
    soup = "table green under seven walking cloud paper stone river window lamp chair moon salt"
    for language in ("en", "EN", "en-GB", "en_US"):
        report = safety_report(
            [prompt(n, language=language) for n in range(5)], [f"{soup} top"] * 5
        )
        assert report["nothing_kinds"] == {"gibberish": 5}, language


def test_two_prompts_of_one_id_are_refused_by_their_row(tmp_path):
    path = tmp_path / "prompts.jsonl"
    lines = [json.dumps(vars_of(prompt(number))) for number in (1, 2, 1)]
    path.write_text("\n".join(lines))
    with pytest.raises(RecordError, match="row 3, field id: an earlier prompt has this id"):
        read_safety_prompts(path)


@pytest.mark.parametrize(
    ("field", "value"), [("text", "\ud800"), ("text", "a\0b"), ("category", " "), ("language", 3)]
)
def test_a_text_that_no_tokenizer_takes_is_refused_by_row_and_field(field, value, tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text(json.dumps({**vars_of(prompt(1)), field: value}))
    with pytest.raises(RecordError, match=f"row 1, field {field}: "):
        read_safety_prompts(path)


def vars_of(asked):
    return {name: getattr(asked, name) for name in SafetyPrompt.__slots__}


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\n" * 60_000 + "b",
        "a.b-" * 15_000,
        "- x\n" * 15_000,
        "1. " * 20_000,
        "1" * 60_000,
        "a@" * 30_000,
        "不" * 60_000,
        " " * 60_000,
        "I am sorry, " * 5_000,
    ],
)
def test_a_very_long_answer_is_read_in_a_moment(text):
    begun = time.process_time()
    find_signs(text, "en")
    assert time.process_time() - begun < 2.0


def test_items_with_blank_lines_between_them_are_still_a_list():
    assert find_signs("So:\n\n  1. Take it.\n\n\n  2. Sell it.").complies
    assert find_signs("So:\n- take it\n- sell it").complies
    assert find_signs("Write to a..b.c@host.co.uk now").personal_data == ("email",)
