"""Rows that enter and leave a batch under way, against each row alone."""

from dataclasses import replace

import pytest
import torch

from alignment_core.configs import SampleConfig
from alignment_core.sampling import continuous_batch
from alignment_core.sampling.draws import draws_of_sample, next_tokens
from alignment_core.sampling.generation import Prompt, sample_completions
from alignment_core.sampling.row_reading import ReadingChoice
from tests.alignment_core.tiny_models import make_model

KEPT = ReadingChoice(cache="keys and values", rows="together")
AGAIN = ReadingChoice(cache="none", rows="together")
MOST = 14  # tokens of a sample
ENDS = frozenset(range(20, 32))  # of the vocabulary: a sample has about eight tokens


class NoWords:
    """An encoder of models without a vocabulary of words."""

    end_ids = ENDS

    def answer(self, ids):
        return ""


def rows(lengths):
    return [
        Prompt(id=f"p{place}", messages=[], ids=[5 + (place * 7 + at) % 15 for at in range(length)])
        for place, length in enumerate(lengths)
    ]


def sampled(module, lengths, *, choice=KEPT, rows_at_once=4, n_samples=2, **options):
    return list(
        sample_completions(
            module,
            NoWords(),
            rows(lengths),
            SampleConfig(n_samples=n_samples, max_new_tokens=MOST, seed=3),
            reading=replace(choice, rows_at_once=rows_at_once),
            **{"check": lambda: None, "on_too_long": lambda _prompt: None, **options},
        )
    )


@torch.no_grad()
def drawn_alone(module, sample):
    ids = list(sample.prompt_ids)
    for draw in draws_of_sample(3, 0, sample.prompt_id, sample.index, MOST):
        logits = module(torch.tensor([ids]), use_cache=False).logits[:, -1]
        ids += next_tokens(logits, draw[None], temperature=1, top_p=1).tolist()
        if ids[-1] in ENDS:
            break
    return ids[len(sample.prompt_ids) :]


@pytest.fixture
def unending(monkeypatch):
    """A family's model whose own settings name no other end."""

    def make(family, **settings):
        module = make_model(family, eos_token_id=None, **settings).float()
        module.generation_config.eos_token_id = None
        return module

    return make


@pytest.mark.parametrize(
    ("family", "choice"),
    [
        ("llama", KEPT),
        ("gpt2", KEPT),
        ("gemma2", KEPT),
        ("bloom", KEPT),
        ("llama", AGAIN),
        ("mamba", AGAIN),
    ],
)
def test_a_row_is_what_it_is_alone_whoever_comes_and_goes(unending, family, choice):
    module = unending(family)
    samples = sampled(module, (9, 3, 3, 12, 5, 7, 4, 6), choice=choice)
    lengths = [len(sample.completion_ids) for sample in samples]
    assert len(set(lengths)) > 4 and max(lengths) > 8
    for sample in samples:
        assert sample.completion_ids == drawn_alone(module, sample)
        assert sample.finished == (sample.completion_ids[-1] in ENDS)


def test_samples_come_in_the_order_of_their_rows(unending):
    samples = sampled(unending("llama"), (9, 3, 12, 5), rows_at_once=3)
    assert [(len(one.prompt_ids), one.index) for one in samples] == [
        *((3, 0), (3, 1), (5, 0), (5, 1)),
        *((9, 0), (9, 1), (12, 0), (12, 1)),
    ]


def shapes_read(module, lengths, **options):
    """Rows and tokens of each call of the model."""
    shapes = []
    handle = module.get_input_embeddings().register_forward_hook(
        lambda _module, inputs, _output: shapes.append(tuple(inputs[0].shape))
    )
    sampled(module, lengths, **options)
    handle.remove()
    return shapes


def test_others_enter_before_the_last_of_a_batch_has_ended(unending, monkeypatch):
    lengths = tuple(range(3, 27))
    module = unending("llama")
    shapes = shapes_read(module, lengths, rows_at_once=8, n_samples=1)
    monkeypatch.setattr(continuous_batch, "ENTER", 2.0)  # more than there is: batch after batch
    waiting = shapes_read(module, lengths, rows_at_once=8, n_samples=1)
    assert len(shapes) < len(waiting)
    entered = [shape for shape in shapes if shape[1] > 1]
    assert len(entered) > len([shape for shape in waiting if shape[1] > 1])
    assert max(n_rows for n_rows, _ in shapes) <= 8


def test_a_context_is_never_passed(unending):
    """A table of positions has no place for a row that has ended and is still read on."""
    module = unending("gpt2", n_positions=12 + MOST)
    for sample in sampled(module, (12, 3, 12, 4, 12, 5, 12), rows_at_once=3):
        assert sample.completion_ids == drawn_alone(module, sample)


def test_one_can_stop_whenever_rows_enter(unending):
    told = []

    def check():
        told.append(None)
        if len(told) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        sampled(unending("llama"), (3, 4, 5, 6), rows_at_once=2, check=check)


def test_progress_comes_to_all_samples_and_never_goes_back(unending):
    told = []
    sampled(unending("llama"), (3, 8, 4, 6), rows_at_once=3, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 8


def test_log_probs_stay_with_their_rows(unending):
    module = unending("llama")
    for sample in sampled(module, (9, 3, 12, 5), rows_at_once=3, with_log_probs=True):
        ids = torch.tensor([[*sample.prompt_ids, *sample.completion_ids]])
        with torch.no_grad():
            log_probs = module(ids).logits.log_softmax(-1)[0, len(sample.prompt_ids) - 1 : -1]
        expected = log_probs.gather(-1, torch.tensor(sample.completion_ids)[:, None])[:, 0]
        torch.testing.assert_close(torch.tensor(sample.log_probs), expected.float())


def test_sampling_keeps_nothing_to_learn_from(unending):
    module = unending("llama")
    needed = []
    handle = module.lm_head.register_forward_hook(
        lambda _module, _inputs, output: needed.append(output.requires_grad)
    )
    sampled(module, (3, 4))
    handle.remove()
    assert needed and not any(needed)
