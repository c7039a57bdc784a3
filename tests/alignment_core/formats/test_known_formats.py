"""What a row says, format by format, where others write it differently than one would think."""

import pytest

from alignment_core.formats.checks import FileError, RowError
from alignment_core.formats.known import FORMATS, OF_ONE, detect
from alignment_core.formats.pairing import pair_up

USER = {"role": "user", "content": "Hi"}
A, B = ({"role": "assistant", "content": text} for text in ("a", "b"))
PAIR = {"prompt": "Q", "chosen": "a", "rejected": "b"}
BATTLE = {"prompt": "Q", "response_a": "a", "response_b": "b"}
TASK = {"id": 7, "data": {"prompt": "Q", "answer1": "a", "answer2": "b"}}
RECORD = {"id": "r", "fields": {"prompt": "Q", "response-1": "a", "response-2": "b"}}
CHAT = {"prompt": [USER], "chosen": [A], "rejected": [B]}
OPENAI = {"input": {"messages": [USER]}, "preferred_output": [A], "non_preferred_output": [B]}
PANDALM = {"instruction": "Q", "response1": "a", "response2": "b"}
CALL = {"function": {"name": "f", "arguments": "{}"}}


def read(row):
    found = detect(row, (*FORMATS, *OF_ONE))
    return found.name, found.read(row)


def refused(row):
    with pytest.raises(RowError) as refusal:
        read(row)
    return refusal.value.field, refusal.value.message


def verdicts(row):
    return [vote.verdict for vote in read(row)[1].votes]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**PAIR, "images": ["cat.png"]}, "images"),
        ({**PAIR, "tools": [CALL]}, "tools"),
        ({**PAIR, "prompt": [{**USER, "images": ["x"]}], "chosen": [A], "rejected": [B]}, "images"),
        ({**CHAT, "chosen": [{**A, "tool_calls": [CALL]}], "rejected": [A]}, "tool_calls"),
        ({**OPENAI, "input": {"messages": [USER], "tools": [CALL]}}, "tools"),
        ({"instruction": "Q", "chosen": "a", "rejected": "b", "images": ["x"]}, "images"),
        ({**PANDALM, "annotator1": 1, "image": "x"}, "image"),
        ({**BATTLE, "winner": "a", "images": ["x"]}, "images"),
        ({**TASK, "annotations": [], "data": {**TASK["data"], "image": "x"}}, "data.image"),
        ({"messages": [USER, {**A, "reasoning_content": "hm"}]}, "reasoning_content"),
    ],
)  # fmt: skip
def test_what_changes_an_answer_and_is_not_shown_is_refused_and_named(row, field):
    found, message = refused(row)
    assert found.endswith(field)
    assert "changes what an answer means" in message


@pytest.mark.parametrize("nothing", [None, [], "", "[]", "null"])
def test_an_empty_field_of_that_kind_changes_nothing(nothing):
    assert read({**PAIR, "images": nothing, "tools": nothing})[0] == "pairs"


def test_an_answer_may_be_in_parts_as_a_prompt_may():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "value": "!"}]
    for row in (
        {**PAIR, "chosen": parts},
        {"prompt": [USER], "chosen": [{**A, "content": parts}], "rejected": [B]},
        {**BATTLE, "response_a": parts, "votes": []},
    ):
        assert read(row)[1].first_text == "a!"
    assert read({**PAIR, "prompt": parts})[1].messages[0]["content"][1]["text"] == "!"


def test_turns_that_both_answers_share_belong_to_the_prompt():
    shared = [A, {"role": "user", "content": "sure?"}]
    _name, row = read({"prompt": [USER], "chosen": [*shared, A], "rejected": [*shared, B]})
    assert (row.messages, row.first_text, row.second_text) == ([USER, *shared], "a", "b")
    other = [B, shared[1]]
    assert (
        "part before"
        in refused({"prompt": [USER], "chosen": [*shared, A], "rejected": [*other, B]})[1]
    )


def test_a_number_for_an_answer_is_named_with_its_field():
    assert refused({"prompt": "Q", "chosen": 4, "rejected": 5}) == (
        "chosen",
        "This should be a text.",
    )


def test_numbers_are_ids_and_languages_have_names():
    row = read({**PAIR, "id": 1.0, "language": "Chinese (Simplified)"})[1]
    assert (row.external_id, row.language) == ("1", "Chinese (Simplified)")


@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_vote_costs_no_other(missing):
    row = PANDALM
    assert verdicts({**row, "annotator1": missing, "annotator2": "2.0"}) == ["second"]
    votes = [{"annotator": "x", "choice": missing}, {"annotator": "y", "choice": "B"}]
    assert verdicts({**BATTLE, "votes": votes}) == ["second"]
    assert refused({**row, "annotator1": True})[0] == "annotator1"
    assert refused({**row, "response1": True, "annotator1": 1})[0] == "response1"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"winner": "model_a"}, "first"),
        ({"winner": "model_b"}, "second"),
        ({"winner": "tie"}, "tie"),
        ({"winner": "tie (bothbad)"}, "both_bad"),
        ({"winner_model_a": "0", "winner_model_b": "1", "winner_tie": "0"}, "second"),
        ({"winner_model_a": 0, "winner_model_b": 0, "winner_tie": 1}, "tie"),
    ],
)
def test_an_arena_names_its_winner(said, verdict):
    name, row = read({**BATTLE, **said, "model_a": "m", "model_b": "n"})
    assert (name, row.recorded_verdict, row.second_origin) == ("arena", verdict, "n")


def test_an_arena_of_conversations_has_its_judge():
    row = {"conversation_a": [USER, A], "conversation_b": [USER, B], "winner": "model_a"}
    name, given = read({**row, "judge": "arena_user_1", "question_id": "q"})
    assert (name, given.external_id, given.votes[0].annotator) == (
        "arena_chat",
        "q",
        "arena_user_1",
    )


def test_turns_of_an_arena_are_lists_as_json():
    row = {"prompt": '["Q", "and?"]', "response_a": '["x", "a"]', "response_b": '["x", "b"]'}
    given = read({**row, "winner": "tie"})[1]
    assert [message["content"] for message in given.messages] == ["Q", "x", "and?"]
    assert "as many answers" in refused({**row, "response_b": '["x"]', "winner": "tie"})[1]
    assert refused({**BATTLE, "winner_model_a": 1, "winner_model_b": 1})[0] == "winner_model_a"


def test_an_answer_that_is_json_beside_plain_texts_is_a_text():
    given = read({**BATTLE, "response_a": '["x"]', "response_b": '"x"', "winner": "a"})[1]
    assert (given.first_text, given.second_text) == ('["x"]', '"x"')


def pairwise(selected):
    return {"type": "pairwise", "value": {"selected": selected}}


def test_label_studio_counts_what_people_submitted():
    annotations = [
        {"completed_by": {"id": 1, "email": "x@example.com"}, "result": [pairwise("left")]},
        {"completed_by": 2, "result": [pairwise("right")]},
        {"completed_by": 3, "result": [{"type": "choices", "value": {"choices": ["Tie"]}}]},
        {"completed_by": 4, "result": [pairwise("left")], "was_cancelled": True},
        {"completed_by": 5, "result": []},
    ]
    predictions = [{"result": [pairwise("right")], "model_version": "m"}]
    row = read({**TASK, "annotations": annotations, "predictions": predictions})[1]
    assert [(vote.annotator, vote.verdict) for vote in row.votes] == [
        ("x@example.com", "first"),
        ("2", "second"),
        ("3", "tie"),
    ]
    assert row.external_id == "7"
    assert refused({**TASK, "annotations": [{"result": [pairwise("up")]}]})[0].endswith("result[0]")


def test_argilla_reads_choices_and_rankings_of_both_versions():
    ranking = [{"value": "response-1", "rank": 2}, {"value": "response-2", "rank": 1}]
    beside = {"quality": [{"value": 4, "user_id": "x"}]}
    second = {"value": "response-2", "user_id": "x"}
    drafts = {"value": "response-1", "user_id": "y", "status": "draft"}
    for answer in (second, {**second, "value": ranking}):
        row = {**RECORD, "responses": {**beside, "preference": [answer, drafts]}}
        assert verdicts(row) == ["second"]
    values = {"preference": {"value": "response-1"}, "why": {"value": "because"}}
    row = {**RECORD, "responses": [{"user_id": "x", "status": "submitted", "values": values}]}
    assert verdicts(row) == ["first"]
    assert read({**row, "metadata": {"model_a": "m"}})[1].first_origin == "m"


def test_a_chosen_answer_with_the_lower_score_is_refused():
    row = {"chosen": [USER, A], "rejected": [USER, B], "score_chosen": 2.5, "score_rejected": 1}
    assert read(row)[1].recorded_verdict == "first"
    assert refused({**row, "score_rejected": 3})[0] == "score_chosen"


def numbered(*rows):
    return [(number, read(row)[1]) for number, row in enumerate(rows, start=1)]


def thumb(answer, label, prompt="Q"):
    return {"prompt": prompt, "completion": answer, "label": label}


def test_single_answers_of_one_prompt_are_paired_and_the_rest_told_why_not():
    rows = numbered(
        thumb("good", True), thumb("alone", True, "R"), thumb("bad", False), {"prompt": "S"}
    )
    found = dict(pair_up(rows))
    assert (found[1].first_text, found[1].second_text) == ("good", "bad")
    assert found[1].recorded_verdict == "first"
    assert "No other row answers this prompt" in found[2].message
    assert "prompt without answers" in found[4].message


def test_scores_pair_the_best_with_the_worst():
    texts = {"text": "\n\nHuman: Q\n\nAssistant: {}"}
    rows = numbered(
        *[{"text": texts["text"].format(answer), "score": score}
          for answer, score in (("a", 0.1), ("b", 3), ("c", "2"), ("d", 1))]
    )  # fmt: skip
    pairs = [(pair.first_text, pair.second_text) for _row, pair in pair_up(rows)]
    assert pairs == [("b", "a"), ("c", "d")]


def test_two_answers_that_nobody_told_apart_have_no_verdict():
    (_row, pair), (number, same) = pair_up(
        numbered(thumb("a", True), thumb("b", True), thumb("c", None, "R"), thumb("c", None, "R"))
    )
    assert pair.recorded_verdict == ""
    assert (number, same.message) == (4, "Both completions are the same text.")


def test_a_misspelt_column_is_no_prompt_alone():
    with pytest.raises(FileError, match="lacks: chosen"):
        read({"prompt": "Q", "choosen": "a", "rejected": "b"})
