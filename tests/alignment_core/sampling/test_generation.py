import json
import shutil
from dataclasses import replace

import pytest
import torch

from alignment_core.configs import SampleConfig
from alignment_core.models.loading import load_policy
from alignment_core.sampling.draws import (
    draws_of_sample,
    next_tokens,
    running_sum_by_products,
)
from alignment_core.sampling.ends import end_ids_of
from alignment_core.sampling.generation import (
    Prompt,
    sample_completions,
)
from alignment_core.sampling.reading_trial import choose_reading
from tests.alignment_core.tiny_models import make_model


def prompts(*texts):
    return [Prompt(id=text, messages=[{"role": "user", "content": text}]) for text in texts]


def sample(policy, encoder, asked, *, reading=None, **settings):
    too_long = []
    config = SampleConfig(**{"n_samples": 2, "max_new_tokens": 6, "seed": 1, **settings})
    samples = list(
        sample_completions(
            policy,
            encoder,
            asked,
            config,
            check=lambda: None,
            on_too_long=lambda prompt: too_long.append(prompt.id),
            reading=reading,
        )
    )
    return {(s.prompt_id, s.index): s for s in samples}, too_long


def test_a_sample_does_not_depend_on_the_company_of_its_batch(policy, encoder):
    long, short = "Which colour is thing 3, I do not know?", "It?"
    alone, _ = sample(policy, encoder, prompts(short))
    together, _ = sample(policy, encoder, prompts(long, short))
    for key, one in alone.items():
        assert together[key].completion_ids == one.completion_ids
    assert together[short, 0].completion_ids != together[short, 1].completion_ids


def test_samples_that_end_early_leave_the_others_as_they_are(policy, encoder):
    """With most ends of turn likely, a batch shrinks again and again."""
    with torch.no_grad():
        head = policy.get_output_embeddings()
        bias = torch.zeros(head.out_features)
        bias[sorted(encoder.end_ids)] = 4.0
        head.bias = torch.nn.Parameter(bias)
    asked = prompts("It?", "Which colour is thing 3?", "I do not know, which thing is it?")
    together, _ = sample(policy, encoder, asked, n_samples=8, max_new_tokens=20)
    assert len({len(one.completion_ids) for one in together.values()}) > 5
    for prompt in asked:
        alone, _ = sample(policy, encoder, [prompt], n_samples=1, max_new_tokens=20)
        assert alone[prompt.id, 0].completion_ids == together[prompt.id, 0].completion_ids


def test_progress_is_told_of_with_every_token_and_comes_to_all_samples(policy, encoder):
    told = []
    config = SampleConfig(n_samples=3, max_new_tokens=4, seed=1)
    samples = list(
        sample_completions(
            policy,
            encoder,
            prompts("It?", "Which colour is thing 3?"),
            config,
            check=lambda: None,
            on_too_long=lambda prompt: None,
            reading=replace(choose_reading(policy), rows_at_once=4),
            on_progress=told.append,
        )
    )
    assert not any(sample.finished for sample in samples)
    assert told == [1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.5, 6.0]


def test_the_samples_of_a_prompt_read_it_once(policy, encoder):
    read, reading = [], choose_reading(policy)
    handle = policy.get_input_embeddings().register_forward_hook(
        lambda _module, inputs, _output: read.append(tuple(inputs[0].shape))
    )
    asked = prompts("It?", "Which thing is it?")
    sample(policy, encoder, asked, reading=reading, n_samples=3, max_new_tokens=2)
    handle.remove()
    assert read[0][0] == 2  # prompts
    assert read[1] == (6, 1)  # samples


class NoWords:
    """An encoder of models without a vocabulary of words, whose samples have no end."""

    end_ids = frozenset({-1})

    def answer(self, ids):
        return ""


@pytest.mark.parametrize("family", ["gpt2", "mamba"])  # the latter keeps no keys and values
def test_every_token_is_drawn_after_all_that_came_before(family):
    module = make_model(family, eos_token_id=None)
    asked = [Prompt(id=str(n), messages=[], ids=list(range(7, 12 + n))) for n in (0, 3)]
    samples, _ = sample(module, NoWords(), asked, n_samples=2, max_new_tokens=12)
    for one in samples.values():
        ids, expected = list(one.prompt_ids), []
        for draw in draws_of_sample(1, 0, one.prompt_id, one.index, 12):
            with torch.no_grad():
                logits = module(torch.tensor([ids])).logits[:, -1]
            expected += next_tokens(logits, draw[None], temperature=1, top_p=1).tolist()
            ids.append(expected[-1])
        assert one.completion_ids == expected


def test_greedy_sampling_takes_the_likeliest_token_each_time(policy, encoder):
    asked = prompts("It?", "Which colour is thing 3?")
    samples, _ = sample(policy, encoder, asked, temperature=0.0, n_samples=1)
    for one in samples.values():
        ids = list(one.prompt_ids)
        for token in one.completion_ids:
            logits = policy(input_ids=torch.tensor([ids])).logits[0, -1]
            assert int(logits.argmax()) == token
            ids.append(token)


def test_a_sample_ends_with_its_end_of_turn_or_is_unfinished(policy, encoder):
    samples, _ = sample(policy, encoder, prompts("It?"), n_samples=40, max_new_tokens=30)
    for one in samples.values():
        assert one.finished == (one.completion_ids[-1] in encoder.end_ids)
        assert not set(one.completion_ids[:-1]) & encoder.end_ids
        assert one.finished or len(one.completion_ids) == 30


@pytest.mark.parametrize("as_list", [True, False])
def test_ids_that_the_model_s_own_settings_name_end_a_sample_too(
    tiny_base, encoder, tmp_path, as_list
):
    """As Llama 3 and Gemma 3 ship: more ends than the tokenizer and its template know of."""
    directory = shutil.copytree(tiny_base, tmp_path / "base")
    settings = json.loads((directory / "generation_config.json").read_text())
    own_ends = [5, 9] if as_list else 5
    settings["eos_token_id"] = own_ends
    (directory / "generation_config.json").write_text(json.dumps(settings))
    policy = load_policy(directory, device=torch.device("cpu"))
    ends = encoder.end_ids | ({5, 9} if as_list else {5})
    assert end_ids_of(policy, encoder) == ends
    with torch.no_grad():
        head = policy.get_output_embeddings()
        bias = torch.zeros(head.out_features)
        bias[[5, 9]] = 4.0
        head.bias = torch.nn.Parameter(bias)
    samples, _ = sample(policy, encoder, prompts("It?"), n_samples=16, max_new_tokens=12)
    assert {one.completion_ids[-1] for one in samples.values() if one.finished} >= ends - {1}
    for one in samples.values():
        assert one.finished == (one.completion_ids[-1] in ends)
        assert not set(one.completion_ids[:-1]) & ends
        kept = one.completion_ids[:-1] if one.finished else one.completion_ids
        assert one.text == encoder.decode(kept)


def test_a_prompt_without_room_is_told_of_and_left_out(policy, encoder):
    samples, too_long = sample(policy, encoder, prompts("thing " * 200, "It?"))
    assert too_long == ["thing " * 200]
    assert {prompt_id for prompt_id, _ in samples} == {"It?"}


def test_draws_fall_on_tokens_in_proportion_to_their_probability():
    logits = torch.tensor([[0.1, 0.6, 0.3]]).log()

    def token(draw, **settings):
        settings = {"temperature": 1.0, "top_p": 1.0, **settings}
        return int(next_tokens(logits, torch.tensor([draw]).double(), **settings))

    assert [token(draw) for draw in (0.0, 0.09, 0.11, 0.69, 0.71, 0.999999)] == [0, 0, 1, 1, 2, 2]
    # with top_p below 1 the likeliest come first; with 0.7 the third token is out, and the others
    # are stretched to 2/3 and 1/3
    assert [token(draw, top_p=0.7) for draw in (0.66, 0.67, 0.999999)] == [1, 2, 2]
    assert token(0.999999, top_p=0.5) == 1
    assert token(0.999999, temperature=0.0) == 1


def test_a_later_step_of_training_draws_afresh(policy, encoder):
    config = SampleConfig(n_samples=2, max_new_tokens=6, seed=1)

    def at(step):
        samples = sample_completions(
            policy,
            encoder,
            prompts("It?"),
            config,
            check=lambda: None,
            on_too_long=lambda _prompt: None,
            step=step,
        )
        return [one.completion_ids for one in samples]

    assert at(3) == at(3)
    assert at(3) != at(4)


@pytest.mark.parametrize("n_values", [1, 2, 3, 10, 1001])
def test_running_sums_by_matrix_products_are_running_sums(n_values):
    generator = torch.Generator().manual_seed(n_values)
    values = torch.rand(2, n_values, generator=generator, dtype=torch.float64)
    sums = running_sum_by_products(values)
    torch.testing.assert_close(sums, values.cumsum(-1), rtol=1e-13, atol=0)
    assert (sums.diff(dim=-1) >= 0).all()


def test_a_token_without_probability_is_never_drawn():
    logits = torch.tensor([[0.0, -torch.inf, 0.0, -torch.inf]])
    for draw in (0.0, 0.49, 0.51, 1 - 1e-16):
        token = int(next_tokens(logits, torch.tensor([draw]).double(), temperature=1.0, top_p=1.0))
        assert token in (0, 2)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides(policy, encoder, seed):
    first, _ = sample(policy, encoder, prompts("It?"), seed=seed)
    again, _ = sample(policy, encoder, prompts("It?"), seed=seed)
    other, _ = sample(policy, encoder, prompts("It?"), seed=seed + 10)
    assert first == again
    assert first != other
