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
