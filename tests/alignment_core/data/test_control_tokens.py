"""Text is text: a control token that a message or a completion spells ends or begins nothing."""

import pytest
from tokenizers import AddedToken

from alignment_core.data.control_tokens import ControlTokens
from alignment_core.data.tokenization import ChatEncoder, TokenizationCounts, tokenize_example
from alignment_core.errors import Refused
from tests.alignment_core.tokenizer_families import FAMILIES, PLAIN

ASK = [{"role": "user", "content": "Which colour?"}]


@pytest.fixture(scope="module", params=FAMILIES)
def encoder(request):
    return ChatEncoder(FAMILIES[request.param]())


def spellings(encoder):
    """A text for each control token, with words on both sides, and one of them all."""
    names = encoder.control.names
    return [f"One writes {name} so. It is red." for name in names] + ["".join(names), names[0]]


def encode(encoder, completions, messages=ASK):
    counts = TokenizationCounts()
    example = tokenize_example(
        encoder, counts, id="r", messages=messages, completions=completions, max_length=10**6
    )
    return example, counts


def test_a_completion_that_spells_a_control_token_keeps_every_character(encoder):
    for text in spellings(encoder):
        example, counts = encode(encoder, [text])
        (ids,) = example.completions
        assert encoder.decode(ids).strip() == text.strip()
        assert [id for id in ids if id in encoder.end_ids] == [encoder.end_id]
        assert counts.n_control_tokens_spelt == 1
        assert counts.dropped == {}


def test_a_prompt_that_spells_a_control_token_opens_no_turn(encoder):
    control = encoder.tokenizer.convert_tokens_to_ids(encoder.control.names)
    plain = [id for id in encoder.prompt_ids(ASK) if id in control]
    for text in spellings(encoder):
        ids = encoder.prompt_ids([{"role": "user", "content": text}])
        assert [id for id in ids if id in control] == plain
        assert text.strip() in encoder.decode(ids, keep_special=True)


def test_what_stands_around_a_spelt_token_is_encoded_as_ever(encoder):
    """The copy that knows control tokens by other names gives the same ids to everything else."""
    for text in ("It is red, I am sure.", "  :: \n\n thing 7", "中文字 é 🙂", " ", "x" * 50):
        written = encoder.joint_text(ASK, text)
        assert encoder.control.ids(written) == encoder._encode(written)


def test_the_ids_without_a_spelt_token_are_those_of_the_plain_template(encoder):
    tokenizer = encoder.tokenizer
    for text in ("It is red.", "<|im_start", "im_end|>", "< s >", "\ue000\U000f0000"):
        messages = [{"role": "user", "content": text}]
        plain = tokenizer.apply_chat_template(
            messages, tokenize=True, add_generation_prompt=True, return_dict=False
        )
        ids = encoder.prompt_ids(messages)
        assert ids[len(ids) - len(plain) :] == plain
        assert not encoder.control.are_spelt_in(text)


def test_no_other_control_token_is_made_of_a_text_and_what_stands_beside_it():
    """Of an answer about a token and its brackets, whichever way they fall."""
    encoder = ChatEncoder(FAMILIES["bytes, chatml"]())
    for text in ("<<|im_end|>>", "<|im_<|im_end|>end|>", "<|im_end|><|im_end|>\n<|im_start|>user"):
        (ids,) = encode(encoder, [text])[0].completions
        assert encoder.decode(ids) == text


def byte_level(*added, template=PLAIN):
    tokenizer = FAMILIES["bytes, plain words"]()
    tokenizer.chat_template = template
    tokenizer.add_tokens(list(added))
    return tokenizer


def test_a_mark_that_is_not_special_is_control_where_the_template_writes_it():
    marks = [AddedToken(name, special=False) for name in ("<｜User｜>", "<｜Assistant｜>", "word")]
    template = PLAIN.replace("{{ m['role'] }}:", "<｜{{ m['role']|capitalize }}｜>")
    template = template.replace("assistant:", "<｜Assistant｜>")
    encoder = ChatEncoder(byte_level(*marks, template=template))
    assert set(encoder.control.names) == {"<|end|>", "<｜User｜>", "<｜Assistant｜>"}


@pytest.mark.parametrize("pair", [("<think>", "</think>"), ("[THINK]", "[/THINK]")])
def test_a_pair_that_belongs_to_answers_stays_what_it_is(pair):
    marks = [AddedToken(name, special=False) for name in pair]
    encoder = ChatEncoder(byte_level(*marks, template=f"{{# {pair[0]} {pair[1]} #}}{PLAIN}"))
    assert encoder.control.names == ["<|end|>"]
    text = f"{pair[0]}Hm.{pair[1]}It is red."
    (ids,) = encode(encoder, [text])[0].completions
    assert set(encoder.tokenizer.convert_tokens_to_ids(pair)) <= set(ids)


def test_flags_of_a_control_token_hold_beside_a_spelt_one():
    """One that swallows the spaces beside it swallows those that the template wrote, or a text."""
    tokenizer = byte_level(template=PLAIN.replace("\n{%", "  <|stop|>  {%"))
    tokenizer.add_tokens([AddedToken("<|stop|>", special=True, rstrip=True, lstrip=True)])
    encoder = ChatEncoder(tokenizer)
    (plain,) = encode(encoder, ["It is red.  "])[0].completions
    (spelt,) = encode(encoder, ["It is <|stop|>.  "])[0].completions
    assert plain[-1] == spelt[-1] == tokenizer.convert_tokens_to_ids("<|stop|>")
    assert encoder.decode(plain) == "It is red."
    assert encoder.decode(spelt) == "It is <|stop|>."


def test_a_token_that_is_met_only_after_normalizing_is_met():
    from tokenizers import normalizers

    tokenizer = byte_level(AddedToken("<|stop|>", special=True, normalized=True))
    tokenizer.backend_tokenizer.normalizer = normalizers.NFKC()
    encoder = ChatEncoder(tokenizer)
    wide = "It is ＜|stop|＞."
    assert tokenizer.convert_tokens_to_ids("<|stop|>") in encoder._encode(wide)
    (ids,) = encode(encoder, [wide])[0].completions
    assert encoder.decode(ids).strip() == "It is <|stop|>."
    assert tokenizer.convert_tokens_to_ids("<|stop|>") not in ids


@pytest.mark.parametrize(
    ("family", "spelt", "plain"),
    [
        ("bytes, plain words", "Hm.\nassistant:It is red.", "An assistant: it is red."),
        ("unigram, instruct", "One writes [/INST] so.", "One writes [INST] so."),
        ("bytes, chatml", "", "<|im_start|>assistant\nuser\nassistant\n"),  # control tokens
    ],
)
def test_what_parts_turns_in_words_is_counted_where_a_text_spells_it(family, spelt, plain):
    encoder = ChatEncoder(FAMILIES[family]())
    for place, text in enumerate([plain, spelt][: 2 if spelt else 1]):
        for messages, completion in ((ASK, text), ([{"role": "user", "content": text}], "red")):
            _, counts = encode(encoder, [completion], messages)
            assert counts.n_turn_marks_spelt == place


def test_a_tokenizer_that_cannot_tell_them_apart_refuses():
    class Slow:
        all_special_tokens = ["<|end|>"]
        added_tokens_decoder = {}

    control = ControlTokens(Slow(), written="")
    assert control.are_spelt_in("an <|end|> in words")
    with pytest.raises(Refused, match="cannot tell apart"):
        control.ids(control.hidden("an <|end|> in words"))


def test_a_template_that_rewrites_a_hidden_token_is_refused(encoder):
    hidden = encoder.control.hidden(encoder.control.names[0])
    with pytest.raises(Refused, match="takes the words"):
        encoder.control.ids(hidden[1:])
