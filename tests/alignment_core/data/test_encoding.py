"""Texts become the ids that calling the tokenizer gives, whatever kind of tokenizer it is."""

import random

import pytest

from alignment_core.data.encoding import Encoding
from tests.alignment_core.chat_families import CHAT_FAMILIES
from tests.alignment_core.tokenizer_families import FAMILIES

MAKERS = FAMILIES | {name: family.tokenizer for name, family in CHAT_FAMILIES.items()}
PIECES = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "a",
    "It is red",
    "é",
    "e\u0301",
    "你好",
    "🙂",
    "\u200d",
    "1",
]
PIECES += ["\u00a0", "\x00", "don't", "<", "</s>", "[INST]", "\r\n", "ﬁ", "\u202e", "."]


def called(tokenizer, texts):
    return tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]


@pytest.mark.parametrize("name", MAKERS)
def test_ids_are_those_of_a_call(name):
    tokenizer, draw = MAKERS[name](), random.Random(name)
    names = [token.content for token in tokenizer.added_tokens_decoder.values()]
    texts = ["".join(draw.choices(PIECES + names, k=draw.randrange(40))) for _ in range(60)]
    encode = Encoding(tokenizer, probes=["a b", "\n"])
    assert encode(texts) == called(tokenizer, texts)


def test_a_tokenizer_that_does_something_beside_is_called():
    base = FAMILIES["bytes, chatml"]()

    class Odd(type(base)):
        def __call__(self, texts, **options):
            return super().__call__([text.upper() for text in texts], **options)

    base.__class__ = Odd
    assert Encoding(base, probes=["a b"])(["so"]) == called(base, ["so"])


@pytest.mark.parametrize("change", ["truncation", "padding", "split_special_tokens"])
def test_what_somebody_told_the_tokenizer_meanwhile_changes_nothing(change):
    tokenizer = FAMILIES["bytes, chatml"]()
    texts = ["<|im_start|>It is red", "a"]
    encode = Encoding(tokenizer, probes=["a b"])
    if change == "truncation":
        tokenizer.backend_tokenizer.enable_truncation(2)
    elif change == "padding":
        tokenizer.backend_tokenizer.enable_padding()
    else:
        tokenizer.backend_tokenizer.encode_special_tokens = True
    expected = called(FAMILIES["bytes, chatml"](), texts)
    assert encode(texts) == expected
    assert encode(texts) == expected
