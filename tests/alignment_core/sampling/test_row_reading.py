"""Sampling in batches against each row alone, read as a whole by plain transformers."""

import pytest
import torch

from alignment_core.configs import SampleConfig
from alignment_core.errors import LoadingError
from alignment_core.sampling.draws import draws_of_sample, next_tokens
from alignment_core.sampling.generation import (
    Prompt,
    sample_completions,
)
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.sampling.row_reading import ReadingChoice, groups_of
from tests.alignment_core.forward.test_trial import LONG_ROPE
from tests.alignment_core.tiny_models import make_model

N_SAMPLED = 9


class NoWords:
    """An encoder of models without a vocabulary of words, whose samples have no end."""

    end_ids = frozenset({-1})

    def answer(self, ids):
        return ""


def sampled(module, lengths, **options):
    asked = [
        Prompt(id=str(place), messages=[], ids=list(range(7 + place, 7 + place + length)))
        for place, length in enumerate(lengths)
    ]
    config = SampleConfig(n_samples=2, max_new_tokens=N_SAMPLED, seed=1)
    return list(
        sample_completions(
            module,
            NoWords(),
            asked,
            config,
            check=lambda: None,
            on_too_long=lambda _prompt: None,
            **options,
        )
    )


@torch.no_grad()
def drawn_alone(module, sample):
    ids = list(sample.prompt_ids)
    for draw in draws_of_sample(1, 0, sample.prompt_id, sample.index, N_SAMPLED):
        logits = module(torch.tensor([ids]), use_cache=False).logits[:, -1]
        ids += next_tokens(logits, draw[None], temperature=1, top_p=1).tolist()
    return ids[len(sample.prompt_ids) :]


@pytest.mark.parametrize(
    ("family", "cache", "rows"),
    [
        ("llama", "keys and values", "together"),
        ("bloom", "keys and values", "together"),  # takes no positions
        ("mamba", "none", "together"),  # keeps a state
        ("rwkv", "none", "by length"),  # does not know padding
    ],
)
def test_a_model_is_sampled_as_fast_as_is_right(family, cache, rows):
    module = make_model(family).float()  # the softmax of some is in float32 whatever the weights
    choice = choose_reading(module)
    assert (choice.cache, choice.rows) == (cache, rows)
    assert bool(choice.reason) == (cache == "none")
    module.config.eos_token_id = module.generation_config.eos_token_id = None  # no sample ends
    for sample in sampled(module, (3, 8, 3), reading=choice):
        assert sample.completion_ids == drawn_alone(module, sample)


def test_rows_that_come_to_a_switch_come_to_it_together_and_are_read_again_beyond():
    module = make_model("phi3", **LONG_ROPE)
    choice = choose_reading(module)
    assert (choice.cache, list(choice.switches)) == ("keys and values", [16])
    samples = sampled(module, (3, 5, 12, 12, 14, 20, 17), reading=choice)
    assert len(samples) == 14
    for sample in samples:
        assert sample.completion_ids == drawn_alone(module, sample)


def test_groups_are_of_one_side_or_of_one_length():
    rows = [Prompt(id="", messages=[], ids=[1] * length) for length in (20, 3, 14, 5, 14, 8, 30)]

    def groups(choice):
        found = groups_of(rows, choice, max_new_tokens=9)
        return [([len(row.ids) for row in group], may_join) for group, may_join in found]

    assert groups(ReadingChoice(cache="none", rows="together", switches=[16])) == [
        ([3, 5, 8], True),  # the ninth token is not read: 16 at most
        ([14, 14], False),
        ([20, 30], True),
    ]
    alone = groups(ReadingChoice(cache="none", rows="by length"))
    assert [lengths for lengths, _ in alone] == [[3], [5], [8], [14, 14], [20], [30]]
    assert not any(may_join for _, may_join in alone)


def test_a_prompt_that_would_grow_beyond_the_longest_is_told_of():
    module = make_model("llama")
    choice = ReadingChoice(cache="none", rows="together", longest=16)

    class Encoder(NoWords):
        def prompt_ids(self, messages):
            return [5] * int(messages[0]["content"])

    told = []
    samples = sample_completions(
        module,
        Encoder(),
        [
            Prompt(id=str(length), messages=[{"role": "user", "content": str(length)}])
            for length in (7, 8)
        ],
        SampleConfig(n_samples=1, max_new_tokens=N_SAMPLED, seed=1),
        check=lambda: None,
        on_too_long=lambda prompt: told.append(prompt.id),
        reading=choice,
    )
    assert [sample.prompt_id for sample in samples] == ["7"]
    assert told == ["8"]


def test_a_model_that_answers_each_batch_otherwise_cannot_be_sampled():
    module, calls = make_model("llama"), iter(range(10_000))
    mlp = module.model.layers[0].mlp
    own = mlp.forward
    mlp.forward = lambda hidden: own(hidden) * (len(hidden) == 1 or 1.1 + next(calls) / 10)
    with pytest.raises(LoadingError, match="no way to sample the base's model is right"):
        choose_reading(module)
