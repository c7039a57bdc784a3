"""What must hold of any text under any tokenizer: tried with texts that nobody would think of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_core.data.tokenization import ChatEncoder, TokenizationCounts, tokenize_example
from tests.alignment_core.tokenizer_families import FAMILIES

LETTERS = "abz ABZ019.,:;!?'\"-_()[]{}<>|/\\\n\téüß中文字，。🙂𝔸\u0301\u200d"
words = st.sampled_from(["It is", " red", "I do not know.", "assistant:", "\n", "  ", "thing 7"])
texts = st.one_of(
    st.text(alphabet=LETTERS, min_size=1, max_size=24), st.lists(words, min_size=1).map("".join)
)
messages = st.lists(texts, min_size=1, max_size=3).map(
    lambda contents: [
        {"role": "assistant" if place % 2 else "user", "content": content}
        for place, content in enumerate(
            contents if len(contents) % 2 else contents[:-1]  # the prompt ends with a user's turn
        )
    ]
)
bounded = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.fixture(scope="module", params=FAMILIES)
def encoder(request):
    return ChatEncoder(FAMILIES[request.param]())


def encode(encoder, prompt, completions, *, max_length=10**6):
    counts = TokenizationCounts()
    example = tokenize_example(
        encoder, counts, id="r", messages=prompt, completions=completions, max_length=max_length
    )
    return example, counts


@bounded
@given(prompt=messages, texts=st.tuples(texts, texts))
def test_the_prompt_is_what_generation_is_fed(encoder, prompt, texts):
    example, counts = encode(encoder, prompt, texts)
    if example is None:
        assert counts.dropped.total() == 1
        return
    tokenizer = encoder.tokenizer
    alone = tokenizer(encoder.prompt_text(prompt), add_special_tokens=False)["input_ids"]
    n_added = len(example.prompt_ids) - len(alone)
    assert example.prompt_ids[n_added:] == alone
    assert example.prompt_ids[:n_added] in ([], [tokenizer.bos_token_id])
    for text, ids in zip(texts, example.completions, strict=True):
        single, _ = encode(encoder, prompt, [text])
        assert (single.prompt_ids, single.completions[0]) == (example.prompt_ids, ids)


@bounded
@given(prompt=messages, text=texts)
def test_a_completion_keeps_every_character_and_ends_once(encoder, prompt, text):
    example, _ = encode(encoder, prompt, [text])
    if example is None:  # a word for the end, or nothing but spaces that the template drops
        return
    (ids,) = example.completions
    assert ids[-1] == encoder.end_id
    assert sum(token in encoder.end_ids for token in ids) == 1
    assert encoder.decode(ids).strip() == text.strip()


def test_merges_across_the_boundary_are_met_here():
    """Or nothing above would say that a completion survives them."""
    met = set()
    for name, make in FAMILIES.items():
        for text in ("It is red.", ":: red", "thing 7", "I do not know."):
            _, counts = encode(ChatEncoder(make()), [{"role": "user", "content": "Hm?"}], [text])
            if counts.n_boundary_mismatches:
                met.add(name)
    assert met == {"bytes, plain words", "unigram, plain words"}


def test_a_completion_encoded_alone_gets_no_space_in_front():
    """SentencePiece would put one there, and generation would never have fed it."""
    encoder = ChatEncoder(FAMILIES["unigram, plain words"]())
    example, counts = encode(encoder, [{"role": "user", "content": "Hm?"}], ["It is red."])
    assert counts.n_boundary_mismatches == 1
    first = encoder.tokenizer.convert_ids_to_tokens(example.completions[0])[0]
    assert first.startswith("I")


@bounded
@given(prompt=messages, text=texts)
def test_a_sequence_begins_once(encoder, prompt, text):
    example, _ = encode(encoder, prompt, [text])
    bos = encoder.tokenizer.bos_token_id
    if example is None or bos is None:
        return
    sequence = example.prompt_ids + example.completions[0]
    assert sequence[0] == bos
    assert sequence.count(bos) == 1


@bounded
@given(prompt=messages, texts=st.tuples(texts, texts), max_length=st.integers(4, 120))
def test_what_is_too_long_loses_old_turns_whole_or_is_dropped(encoder, prompt, texts, max_length):
    whole, _ = encode(encoder, prompt, texts)
    example, counts = encode(encoder, prompt, texts, max_length=max_length)
    if whole is None:
        assert example is None
        return
    if example is None:
        assert counts.dropped == {"over_length": 1}
        return
    assert example.n_tokens <= max_length
    kept = [
        prompt[place:]
        for place in range(len(prompt))
        if encoder.prompt_ids(prompt[place:]) == example.prompt_ids
    ]
    assert kept
    assert (len(kept[0]) < len(prompt)) == bool(counts.n_prompts_trimmed)
    assert all(ids[-1] == encoder.end_id for ids in example.completions)


@bounded
@given(prompt=messages, text=texts)
def test_joint_and_separate_encoding_are_one_where_no_merge_is_counted(encoder, prompt, text):
    example, counts = encode(encoder, prompt, [text])
    if example is None or counts.n_boundary_mismatches:
        return
    joint = encoder.tokenizer(encoder.joint_text(prompt, text), add_special_tokens=False)
    sequence = example.prompt_ids + example.completions[0][:-1]
    ids = joint["input_ids"]
    n_added = example.prompt_ids[:1] != ids[:1]
    assert sequence[n_added:] == ids[: len(sequence) - n_added]
