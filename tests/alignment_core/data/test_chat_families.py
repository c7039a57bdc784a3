"""Every chat template in common use × what records hold, and the table of it in the documents."""

from datetime import date
from pathlib import Path

import pytest

from alignment_core.data.chat_encoder import ChatEncoder
from alignment_core.errors import RecordRefused
from tests.alignment_core.chat_families import CHAT_FAMILIES

DAY = date(2026, 5, 31)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "methods" / "templates.md"
ANSWER = "It is red."
THOUGHT = "<think>\nHm.\n</think>\n\nIt is red."
ASK = {"role": "user", "content": "Which colour?"}
TURN = {"role": "assistant", "content": "It is blue."}
SYSTEM = {"role": "system", "content": "Be kind."}
CASES = {
    "one turn": ([ASK], ANSWER),
    "several turns": ([ASK, TURN, ASK], ANSWER),
    "system": ([SYSTEM, ASK], ANSWER),
    "system, several turns": ([SYSTEM, ASK, TURN, ASK], ANSWER),
    "two of one role": ([ASK, ASK], ANSWER),
    "thought": ([ASK], THOUGHT),
    "thought in the history": ([ASK, {**TURN, "content": THOUGHT}, ASK], THOUGHT),
}
WRITTEN, REFUSED = "written", "`{reason}`"


@pytest.fixture(scope="module", params=CHAT_FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def encoder(family):
    return ChatEncoder(CHAT_FAMILIES[family].tokenizer(), day=DAY)


def encoded(encoder, messages, completion):
    """Ids of prompt and completion, and whether they merged; None and the reason if refused."""
    try:
        prompt = encoder.prompt_ids(messages)
        return prompt, *encoder.completion_ids(messages, completion, prompt_ids=prompt)
    except RecordRefused as refused:
        return None, refused.reason, False


def outcome(encoder, case):
    """`written`, or the reason for which such a record is left out."""
    prompt, reason, _ = encoded(encoder, *CASES[case])
    return REFUSED.format(reason=reason) if prompt is None else WRITTEN


def lead(encoder):
    """What the template writes between the prompt and an answer."""
    joint = encoder.joint_text([ASK], ANSWER)
    prompt = encoder.prompt_text([ASK])
    return joint[len(prompt) : joint.rindex(ANSWER)] if joint.startswith(prompt) else ""


def test_a_sample_that_spells_control_tokens_comes_to_a_reward_as_it_was_said(encoder):
    """As text for the rules, and by the same tokenizer as the same ids for a reward model."""
    prompt = encoder.prompt_ids([ASK])
    for name in encoder.control.names:
        text = f"One writes {name} so."
        ids = encoder.sampled_ids([ASK], text, prompt_ids=prompt)
        said = encoder.answer(ids[:-1])
        assert said.strip().endswith(text)
        assert sum(token in encoder.end_ids for token in ids) == 1
        assert encoder.sampled_ids([ASK], said, prompt_ids=prompt) == ids


def test_a_sample_that_a_template_would_refuse_is_read_as_it_stands(encoder):
    prompt = encoder.prompt_ids([ASK])
    for text in ("Hm, let me see: it is", THOUGHT, "</think>It is red.", ANSWER):
        ids = encoder.sampled_ids([ASK], text, prompt_ids=prompt)
        assert encoder.answer(ids[:-1]).strip().endswith(text.strip()[-8:])
        assert ids[-1] == encoder.end_id


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_the_template_s_own_to_the_last_id(encoder, case):
    messages, completion = CASES[case]
    prompt, completion_ids, is_merged = encoded(encoder, messages, completion)
    if prompt is None:
        return  # the table says for which reason
    begins = encoder.tokenizer(encoder.prompt_text(messages), add_special_tokens=False)["input_ids"]
    assert prompt[len(prompt) - len(begins) :] == begins
    joint_text = encoder.joint_text(messages, completion)
    joint = encoder.tokenizer(joint_text, add_special_tokens=False)["input_ids"]
    whole = (prompt + completion_ids)[len(prompt) - len(begins) :]
    is_whole = completion in joint_text[len(encoder.prompt_text(messages)) :]
    if not is_merged and is_whole and joint_text.startswith(encoder.prompt_text(messages)):
        assert whole[:-1] == joint[: len(whole) - 1]
    assert completion_ids[-1] == encoder.end_id
    assert sum(token in encoder.end_ids for token in completion_ids) == 1


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_learnt_whole_once_and_alone(encoder, case):
    messages, completion = CASES[case]
    prompt, ids, _ = encoded(encoder, messages, completion)
    if prompt is None:
        return
    text = encoder.decode(ids)
    learnt = completion.removeprefix("<think>\n") if opens_a_thought(encoder) else completion
    assert text.strip().endswith(learnt)
    assert text.count("red") == 1
    assert "Which colour?" not in text
    assert "blue" not in text


def test_a_sampled_answer_comes_back_without_the_template_s_marks(encoder):
    prompt, ids, _ = encoded(encoder, [ASK], THOUGHT)
    assert prompt is not None
    learnt = THOUGHT.removeprefix("<think>\n") if opens_a_thought(encoder) else THOUGHT
    assert encoder.answer(ids[:-1]).strip() == learnt
    space = lead(encoder) if lead(encoder).isspace() else ""
    assert encoder.answer(ids[:2]) == encoder.decode(ids[:2]).removeprefix(space)


def opens_a_thought(encoder):
    return encoder.prompt_text([ASK]).rstrip().endswith("<think>")


def test_texts_that_spell_its_control_tokens_end_no_turn(family, encoder):
    for token in (*CHAT_FAMILIES[family].special, encoder.tokenizer.eos_token):
        text = f"Write {token} at its end."
        text = f"Hm.</think>{text}" if opens_a_thought(encoder) else text
        prompt, ids, _ = encoded(encoder, [{**ASK, "content": text}], text)
        assert prompt is not None
        assert encoder.decode(ids).strip().endswith(text)
        assert sum(one in encoder.end_ids for one in ids) == 1
        of_template = encoder.prompt_ids([ASK])
        number = encoder.tokenizer.convert_tokens_to_ids(token)
        assert prompt.count(number) == of_template.count(number)


def test_a_system_message_is_folded_where_it_has_no_place(family):
    encoder = ChatEncoder(CHAT_FAMILIES[family].tokenizer(), day=DAY, folds_system=True)
    assert "Be kind." in encoder.prompt_text([SYSTEM, ASK])


def test_one_day_is_all_the_time_there_is(family):
    tokenizer = CHAT_FAMILIES[family].tokenizer()
    here, later = (ChatEncoder(tokenizer, day=day) for day in (DAY, date(2027, 1, 1)))
    differ = here.prompt_text([ASK]) != later.prompt_text([ASK])
    assert differ == ("clock" in family)


def row_of(name):
    encoder = ChatEncoder(CHAT_FAMILIES[name].tokenizer(), day=DAY)
    end = encoder.tokenizer.convert_ids_to_tokens(encoder.end_id)
    cells = [
        name.replace("|", "\\|"),
        CHAT_FAMILIES[name].models,
        f"`{end}`".replace("|", "\\|"),
        *(outcome(encoder, case) for case in ("system", "two of one role", "one turn", "thought")),
        f"`{lead(encoder)!r}`".replace("|", "\\|") if lead(encoder) else "",
    ]
    return f"| {' | '.join(cells)} |"


def test_the_table_of_the_documents_is_what_happens():
    page = PAGE.read_text(encoding="utf-8")
    missing = [row for row in map(row_of, CHAT_FAMILIES) if row not in page.splitlines()]
    assert not missing, "docs/methods/templates.md lacks\n" + "\n".join(missing)
