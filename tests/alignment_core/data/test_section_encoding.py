"""Texts encoded by their sections have the ids that they have as a whole."""

import pytest
from tokenizers import AddedToken

from alignment_core.data.section_encoding import FEW_CHARACTERS, Sections
from alignment_core.data.tokenization import ChatEncoder, encode_fitting
from tests.alignment_core.chat_families import CHAT_FAMILIES
from tests.alignment_core.data.test_trimming import chat
from tests.alignment_core.tokenizer_families import FAMILIES

MAKERS = FAMILIES | {name: family.tokenizer for name, family in CHAT_FAMILIES.items()}


def whole(tokenizer, text):
    return tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]


def odd_texts(tokenizer):
    names = [token.content for token in tokenizer.added_tokens_decoder.values()]
    marks = [f"{space}{name}{space}" for name in names for space in ("", " ", "\n", "\n\n ")]
    texts = ["".join(f"{mark}It is red{mark}." for mark in marks), " ".join(marks) + "x" * 300]
    return [*(text * 4 for text in texts), texts[0] + "".join(names) * 99]


@pytest.mark.parametrize("name", MAKERS)
def test_sections_give_the_ids_of_the_whole(name):
    tokenizer = MAKERS[name]()
    encoder = ChatEncoder(tokenizer)
    messages = chat(20, words=lambda place: 5)
    for text in (encoder.prompt_text(messages[:19]), *odd_texts(tokenizer)):
        assert len(text) > FEW_CHARACTERS
        assert encoder._encode(text) == whole(tokenizer, text)
        assert encoder._encode(text) == whole(tokenizer, text)  # from what is kept


@pytest.mark.parametrize("how", ["lstrip", "rstrip", "normalized", "single_word"])
def test_added_tokens_that_look_around_them_are_left_within_their_section(how):
    tokenizer = FAMILIES["bytes, chatml"]()
    tokenizer.add_tokens([AddedToken("<odd>", **{how: True})])
    encoder = ChatEncoder(tokenizer)
    text = "It is <odd> red<odd>.\n<odd>\n<|im_end|> <odd>" * 20
    assert encoder._encode(text) == whole(tokenizer, text)


def test_a_tokenizer_whose_sections_depend_on_one_another_is_given_whole_texts():
    tokenizer = FAMILIES["bytes, chatml"]()
    given = []

    def encode(texts):
        given.extend(texts)
        return [[len(text)] for text in texts]

    sections = Sections(tokenizer, encode, probes=["a<|im_end|>b"])
    text = "<|im_end|>b" * 99
    assert sections.ids(text) == [len(text)]
    assert given[-1] == text


def test_most_of_a_long_chat_is_encoded_once_however_often_it_is_measured(monkeypatch):
    encoder = ChatEncoder(FAMILIES["bytes, headers"]())
    n_characters = []
    plain = encoder._encode_each
    monkeypatch.setattr(
        encoder,
        "_encode_each",
        lambda texts: n_characters.append(sum(map(len, texts))) or plain(texts),
    )
    messages = chat(801, words=lambda place: 60)
    found = encode_fitting(encoder, messages, ["It is red.", "No."], max_length=8192)
    assert found.n_tokens > 8000
    read = encoder.prompt_text(messages[-found.n_messages :])
    assert sum(n_characters) < 1.5 * len(read)
