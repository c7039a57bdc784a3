"""What is trimmed by search is what rendering and encoding every shorter prompt would choose."""

import random

import pytest

from alignment_core.data.tokenization import ChatEncoder, encode_fitting
from alignment_core.data.trimming import shorter_prompts
from tests.alignment_core.chat_families import CHAT_FAMILIES
from tests.alignment_core.tokenizer_families import FAMILIES

MAKERS = FAMILIES | {name: family.tokenizer for name, family in CHAT_FAMILIES.items()}
WORDS = [
    "thing",
    "red",
    "It",
    "is",
    "12",
    "é",
    "\n",
    "你好",
    "::",
    ")",
    "don't",
    "<|im_end|>",
    "</s>",
]


def by_calling(encoder, monkeypatch):
    """The encoder, with each text encoded as a whole by calling the tokenizer."""

    def encode(text):
        return encoder.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    monkeypatch.setattr(encoder, "_encode", encode)
    monkeypatch.setattr(encoder, "_plainly", encoder._plainly._replace(ids=encode))
    return encoder


def plainly(encoder, messages, completions, *, max_length):
    """The first prompt that fits, when each is rendered and encoded; with how long each was."""
    for prompt in shorter_prompts(messages):
        ids = encoder.prompt_ids(prompt)
        sides = [encoder.completion_ids(prompt, text, prompt_ids=ids) for text in completions]
        if len(ids) + max(len(side) for side, _ in sides) <= max_length:
            return ids, tuple(side for side, _ in sides), sum(merged for _, merged in sides)
    return None


def some_chat(draw):
    def text():
        return " ".join(draw.choices(WORDS, k=draw.choice([1, 2, 5, 30]))) + draw.choice(["", "."])

    roles = ["user", "assistant"] * draw.choice([1, 3, 12])
    return [{"role": role, "content": text()} for role in [*roles, "user"]], [text(), text()]


@pytest.mark.parametrize("name", MAKERS)
def test_the_search_finds_what_trying_every_prompt_finds(name, monkeypatch):
    draw = random.Random(name)
    tokenizer = MAKERS[name]()
    searching, plain = ChatEncoder(tokenizer), by_calling(ChatEncoder(tokenizer), monkeypatch)
    for _ in range(6):
        messages, completions = some_chat(draw)
        if "opens a thought" in name:
            completions = [f"Hm.</think>{text}" for text in completions]
        longest = len(plain.prompt_ids(messages))
        for max_length in {draw.randrange(10, longest + 20) for _ in range(4)}:
            expected = plainly(plain, messages, completions, max_length=max_length)
            found = encode_fitting(searching, messages, completions, max_length=max_length)
            if expected is None or found is None:
                assert (expected, found) == (None, None)
                continue
            assert (found.prompt_ids, found.completions, found.n_merged) == expected
