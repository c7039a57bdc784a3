"""One bad record ends no run: it is left out with its row, its id and its reason, up to a share."""

import json

import pytest

from alignment_core.data.chat_rendering import with_system_folded
from alignment_core.data.left_out import N_SHOWN, shown
from alignment_core.data.preparation import prepare_file, prepare_records
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import RecordRefused, Refused
from tests.alignment_core.small_runs import make_record
from tests.alignment_core.tokenizer_families import CHATML, FAMILIES

STRICT = (
    "{% for m in messages %}{% if m['role'] != ('assistant' if loop.index0 % 2 else 'user') %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}" + CHATML
)
SILENT = CHATML.replace(
    "{% for m in messages %}", "{% for m in messages if m['role'] != 'system' %}"
)
ASK = {"role": "user", "content": "Which colour?"}
SYSTEM = {"role": "system", "content": "Be kind."}
ANSWER = {"role": "assistant", "content": "It is red."}


def encoder_with(template, **settings):
    tokenizer = FAMILIES["bytes, chatml"]()
    tokenizer.chat_template = template
    return ChatEncoder(tokenizer, **settings)


def row(number, **fields):
    record = {"id": f"r-{number}", "prompt": [ASK], "chosen": "It is red.", "rejected": "No."}
    return json.dumps({**record, **fields})


BAD = {
    "unreadable": ["{", "[1]", row(1, chosen=3), row(2, prompt=[]), row(3, prompt=[{"role": "x"}])],
    "empty_completion": [row(1, chosen="  "), row(2, rejected="")],
    "equal_completions": [row(1, rejected="It is red.")],
    "tool_turn": [
        row(1, prompt=[ASK, {"role": "tool", "content": "21 °C"}]),
        row(2, prompt=[ASK, {"role": "assistant", "content": "", "tool_calls": []}, ASK]),
    ],
    "prefilled_answer": [row(1, prompt=[ASK, ANSWER])],
    "no_place_for_system": [row(1, prompt=[SYSTEM, ASK])],
    "roles_out_of_turn": [row(1, prompt=[ASK, ASK]), row(2, prompt=[ASK, ANSWER, ANSWER, ASK])],
}


def prepared(path, rows, encoder, **settings):
    path.write_text("\n".join(rows) + "\n")
    settings = {"sides": ("chosen", "rejected"), "max_length": 200} | settings
    return prepare_file(path, encoder, **settings)


@pytest.mark.parametrize(("reason", "number"), [(r, n) for r in BAD for n in range(len(BAD[r]))])
def test_a_bad_record_is_left_out_with_its_row_its_id_and_its_reason(reason, number, tmp_path):
    bad = BAD[reason][number]
    rows = [row(10), bad, row(11)]
    split = prepared(tmp_path / "rows.jsonl", rows, encoder_with(STRICT), max_unusable=0.5)
    assert [record.id for record in split.records] == ["r-10", "r-11"]
    assert len(split.examples) == len(split.targets) == 2
    assert split.counts.dropped == {reason: 1}
    (left_out,) = shown(split.counts.left_out)
    assert (left_out["reason"], left_out["row"]) == (reason, 2)
    assert left_out["id"] == (json.loads(bad)["id"] if bad[:2] == '{"' else None)
    assert left_out["why"]
    assert split.n_read == 3


def test_more_than_the_share_is_refused_with_the_reasons_and_the_first_row_of_each(tmp_path):
    rows = [row(number) for number in range(97)]
    bad = [BAD["tool_turn"][0], BAD["no_place_for_system"][0], BAD["tool_turn"][1]]
    with pytest.raises(Refused) as refused:
        prepared(
            tmp_path / "rows.jsonl", rows + bad, encoder_with(STRICT), max_unusable=0.02, field="it"
        )
    says = refused.value.message
    assert says.startswith("3 of 100 records cannot be used, and max_unusable allows a share of ")
    assert "tool_turn 2, first row 98, id r-1: " in says
    assert "no_place_for_system 1, first row 99, id r-1: " in says
    assert refused.value.field == "it"
    split = prepared(tmp_path / "rows.jsonl", rows + bad, encoder_with(STRICT), max_unusable=0.03)
    assert len(split) == 97


def test_a_percent_is_allowed_unless_a_run_says_otherwise(tmp_path):
    rows, path = [row(number) for number in range(99)], tmp_path / "rows.jsonl"
    assert len(prepared(path, [*rows, "{"], encoder_with(STRICT))) == 99
    with pytest.raises(Refused, match="2 of 100"):
        prepared(path, [*rows[1:], "{", "{"], encoder_with(STRICT))


def test_what_the_rule_or_the_length_leaves_out_counts_towards_no_share(tmp_path):
    rows = [row(1), row(2, outcome="tie"), row(3, outcome="both_bad"), row(4, chosen="long " * 200)]
    split = prepared(tmp_path / "rows.jsonl", rows, encoder_with(STRICT), max_unusable=0.0)
    assert split.counts.dropped == {"tie": 1, "both_bad": 1, "over_length": 1}
    assert split.counts.left_out == []


def test_an_empty_completion_is_met_behind_what_the_template_writes_before_it():
    lead = CHATML.replace("{{ m['content'] }}", "<note>{{ m['content']|trim }}")
    split = prepare_records(
        [make_record(0, chosen=" "), make_record(1)],
        encoder_with(lead),
        sides=("chosen",),
        max_length=200,
    )
    assert split.counts.dropped == {"empty_completion": 1}
    assert split.counts.left_out[0].row == 1


@pytest.mark.parametrize("template", [STRICT, SILENT])
def test_a_system_message_without_a_place_is_folded_where_that_is_asked_for(template):
    messages = [SYSTEM, ASK]
    with pytest.raises(RecordRefused, match=r"alternate|leaves the system message out") as refused:
        encoder_with(template).prompt_ids(messages)
    assert refused.value.reason == "no_place_for_system"
    folds = encoder_with(template, folds_system=True)
    plain = folds.prompt_ids([{"role": "user", "content": "Be kind.\n\nWhich colour?"}])
    assert folds.prompt_ids(messages) == plain
    (ids, _merged) = folds.completion_ids(messages, "red", prompt_ids=plain)
    assert folds.decode(ids) == "red"


def test_a_system_message_that_has_a_place_keeps_it():
    messages = [SYSTEM, ASK]
    folds, keeps = encoder_with(CHATML, folds_system=True), encoder_with(CHATML)
    assert folds.prompt_ids(messages) == keeps.prompt_ids(messages)
    assert "Be kind." in keeps.prompt_text(messages)


def test_each_system_message_goes_before_the_users_next_words():
    more = {"role": "system", "content": "Be brief."}
    folded = with_system_folded([SYSTEM, more, ASK, ANSWER, more, ASK, more])
    assert [message["content"] for message in folded] == [
        "Be kind.\n\nBe brief.\n\nWhich colour?",
        "It is red.",
        "Be brief.\n\nWhich colour?",
        "Be brief.",
    ]
    assert ASK["content"] == "Which colour?"


@pytest.mark.parametrize(
    "fault", ["m['no'].x", "'a' + 1", "m['content'] / 2", "1 // 0", "m.content.nothing()"]
)
def test_whatever_fails_in_a_template_leaves_out_the_record_it_fails_on(fault):
    template = "{% for m in messages %}{% if 'colour' in m['content'] %}{{ FAULT }}{% endif %}"
    template = template.replace("FAULT", fault) + "{% endfor %}" + CHATML
    records = [make_record(0), make_record(1, prompt=({"role": "user", "content": "Hm?"},))]
    split = prepare_records(records, encoder_with(template), sides=("chosen",), max_length=200)
    assert [record.id for record in split.records] == ["r-001"]
    assert split.counts.dropped.total() == 1


def test_some_of_each_reason_are_shown(tmp_path):
    rows = [BAD["tool_turn"][0]] * 2 + ["{"] * 30
    split = prepared(tmp_path / "rows.jsonl", rows, encoder_with(STRICT), max_unusable=1.0)
    assert split.counts.dropped == {"unreadable": 30, "tool_turn": 2}
    assert len(shown(split.counts.left_out)) == N_SHOWN + 2
