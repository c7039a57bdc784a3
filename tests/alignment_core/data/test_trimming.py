"""A prompt that is too long loses as few of its oldest turns as can be, found in few looks."""

import pytest

from alignment_core.data.tokenization import ChatEncoder, encode_fitting
from alignment_core.data.trimming import fit_prompt, shorter_prompts
from tests.alignment_core.tokenizer_families import FAMILIES


def chat(n_messages, *, system="", words=lambda place: 1 + place * 7 % 13):
    turns = [
        {
            "role": "assistant" if place % 2 else "user",
            "content": "thing " * words(place) + str(place),
        }
        for place in range(n_messages)
    ]
    return [{"role": "system", "content": system}, *turns] if system else turns


def n_words(messages):
    return sum(len(message["content"].split()) for message in messages)


def test_shortened_prompts_keep_the_system_message_and_begin_with_a_user():
    roles = ["system", "user", "assistant", "user", "assistant", "user"]
    messages = [{"role": role, "content": str(place)} for place, role in enumerate(roles)]
    shortened = [[message["content"] for message in prompt] for prompt in shorter_prompts(messages)]
    assert shortened == [["0", "1", "2", "3", "4", "5"], ["0", "3", "4", "5"], ["0", "5"]]


@pytest.mark.parametrize("system", ["", "Be kind."])
@pytest.mark.parametrize("n_messages", [1, 2, 3, 40, 41])
def test_what_fits_is_the_longest_prompt_that_does(n_messages, system):
    messages = chat(n_messages, system=system)
    for limit in range(n_words(messages) + 2):
        plain = next((p for p in shorter_prompts(messages) if n_words(p) <= limit), None)
        assert fit_prompt(messages, limit=limit, n_tokens=n_words) == plain


@pytest.mark.parametrize(
    "words",
    [
        lambda place: 1 + place * 7 % 13,
        lambda place: 1 if place % 100 else 3000,  # what a character takes says little
        lambda place: 1 + 2000 * (place > 700),
        lambda place: 1 + 2000 * (place < 100),
    ],
)
def test_few_prompts_are_measured_and_few_tokens(words):
    messages = chat(801, words=words)
    measured = []

    def n_tokens(prompt):
        measured.append(n_words(prompt))
        return measured[-1]

    for limit in (1, 50, 1024, 10_000):
        measured.clear()
        fit_prompt(messages, limit=limit, n_tokens=n_tokens)
        assert len(measured) <= 15  # of 401: four guesses, then the middle of what is left


def test_a_long_chat_is_encoded_a_few_times_not_once_for_each_turn(monkeypatch):
    encoder = ChatEncoder(FAMILIES["bytes, headers"]())
    n_characters = []
    plain = encoder._encode
    monkeypatch.setattr(
        encoder, "_encode", lambda text: n_characters.append(len(text)) or plain(text)
    )
    messages = chat(801, words=lambda place: 3)
    found = encode_fitting(encoder, messages, ["It is red.", "No."], max_length=256)
    assert len(n_characters) <= 14
    assert sum(n_characters) < len(encoder.prompt_text(messages))
    one_more = next(
        prompt for prompt in shorter_prompts(messages) if len(prompt) == found.n_messages + 2
    )
    longer = encode_fitting(encoder, one_more, ["It is red.", "No."], max_length=10**6)
    assert found.n_tokens <= 256 < longer.n_tokens


def test_a_completion_that_grows_with_its_prompt_still_fits(encoder, monkeypatch):
    """Its length is taken from the shortest prompt, then held against the prompt that is found."""
    plain = encoder.completion_ids

    def grows(messages, completion, *, prompt_ids):
        ids, merged = plain(messages, completion, prompt_ids=prompt_ids)
        return [ids[0]] * len(messages) + ids, merged

    monkeypatch.setattr(encoder, "completion_ids", grows)
    messages = chat(81, words=lambda place: 3)
    found = encode_fitting(encoder, messages, ["It is red."], max_length=200)
    assert found.n_tokens <= 200
    assert found.n_messages > 5
