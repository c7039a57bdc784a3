"""A template whose prompt begins the answer itself, as R1-distill opens a thought in it."""

import pytest

from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import RecordRefused
from tests.alignment_core.tokenizer_families import CHATML, FAMILIES

ASK = [{"role": "user", "content": "Which colour?"}]
THINKS = CHATML.replace("assistant\n{%", "assistant\n<think>\n{%").replace(
    "{{ m['content'] }}", "{{ m['content'].split('</think>')[-1] }}"
)


@pytest.fixture
def encoder():
    tokenizer = FAMILIES["bytes, chatml"]()
    tokenizer.chat_template = THINKS
    return ChatEncoder(tokenizer)


def learnt(encoder, completion):
    prompt_ids = encoder.prompt_ids(ASK)
    ids, _ = encoder.completion_ids(ASK, completion, prompt_ids=prompt_ids)
    assert ids[-1] == encoder.end_id
    return encoder.decode(ids)


@pytest.mark.parametrize(
    "completion", ["<think>\nHm.</think>Red.", "<think>Hm.</think>Red.", "Hm.</think>Red."]
)
def test_a_thought_is_opened_once_and_kept(encoder, completion):
    assert encoder.prompt_text(ASK).endswith("<think>\n")
    assert learnt(encoder, completion).strip() == "Hm.</think>Red."


def test_an_answer_is_not_learnt_inside_an_open_thought(encoder):
    with pytest.raises(RecordRefused, match="begins the answer with") as refused:
        learnt(encoder, "Red.")
    assert refused.value.reason == "not_a_continuation"


SAYS = "m['content']"
CHANGED = {
    "drops the thought": f"{SAYS}.split('</think>')[-1]",
    "cuts": f"{SAYS}[:9]",
    "small letters": f"{SAYS} | lower",
    "one line": f"{SAYS}.split() | join(' ')",
    "other marks": f"{SAYS}.replace('{{', '<').replace('}}', '>')",
}
NEVER_WHOLE = {"cuts the beginning": f"{SAYS}[3:]", "nothing": f"{SAYS}[:0]"}
LONG = '<think>\nHm.\n</think>\n\n{"f": [1]}\nif Red:\n    stop()'


def encoder_that(writes, *, lead=""):
    """Of ChatML, with the assistant's words changed, behind a lead that no prompt has."""
    tokenizer = FAMILIES["bytes, chatml"]()
    said = f"{{% if m['role'] == 'assistant' %}}{lead}{{{{ {writes} }}}}{{% else %}}"
    said += f"{{{{ {SAYS} }}}}{{% endif %}}"
    tokenizer.chat_template = CHATML.replace(f"{{{{ {SAYS} }}}}", said)
    return ChatEncoder(tokenizer)


@pytest.mark.parametrize("lead", ["", "<say>"])
@pytest.mark.parametrize("change", CHANGED)
def test_an_answer_that_the_template_changes_is_learnt_as_it_stands(change, lead):
    assert learnt(encoder_that(CHANGED[change], lead=lead), LONG) == lead + LONG


@pytest.mark.parametrize("change", NEVER_WHOLE)
def test_what_comes_before_an_answer_is_not_guessed(change):
    with pytest.raises(RecordRefused) as refused:
        learnt(encoder_that(NEVER_WHOLE[change]), LONG)
    assert refused.value.reason == "changed_by_template"


def test_spaces_at_the_ends_and_breaks_around_tags_are_the_template_s():
    assert learnt(encoder_that(f"{SAYS} | trim"), f"\n{LONG} ") == LONG
    assert learnt(encoder_that(f"{SAYS}.replace('>\n', '>')"), LONG) == LONG.replace(">\n", ">")


def test_what_the_template_writes_before_this_answer_alone_is_no_answer():
    tokenizer = FAMILIES["bytes, chatml"]()
    changed = "{% if '{' in m['content'] %}<call>{{ m['content'] | lower }}{% else %}<say>"
    changed += f"{{{{ {SAYS} }}}}{{% endif %}}"
    tokenizer.chat_template = CHATML.replace(f"{{{{ {SAYS} }}}}", changed)
    encoder = ChatEncoder(tokenizer)
    assert learnt(encoder, "Red.") == "<say>Red."
    with pytest.raises(RecordRefused, match="writes '<call>") as refused:
        learnt(encoder, "{} Red.")
    assert refused.value.reason == "changed_by_template"


def test_a_text_that_stands_in_the_prompt_is_not_taken_for_the_answer():
    encoder = encoder_that(CHANGED["small letters"])
    ask = [{"role": "user", "content": "It is Red."}]
    ids, _ = encoder.completion_ids(ask, "It is Red.", prompt_ids=encoder.prompt_ids(ask))
    assert encoder.decode(ids) == "It is Red."
