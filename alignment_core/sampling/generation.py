"""Sampling completions, in batches that do not change what is drawn."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import SampleConfig
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.data.trimming import fit_prompt
from alignment_core.forward.log_probs import token_log_probs
from alignment_core.models.loading import context_length
from alignment_core.sampling.ends import end_ids_of
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.sampling.row_reading import Reading, ReadingChoice, batches_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A prompt to sample from."""

    id: str
    messages: Sequence[Mapping[str, Any]]
    ids: list[int] | None = None  # where it is encoded already, and is known to fit


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One completion: its text, its ids with the end of turn, and whether it came to that end."""

    prompt_id: str
    index: int
    text: str
    finished: bool
    prompt_ids: list[int]
    completion_ids: list[int]
    log_probs: tuple[float, ...] = ()  # of the completion's tokens, in nats, where asked for


@dataclass(frozen=True, slots=True)
class _Row:
    prompt: Prompt
    index: int
    ids: list[int]


def sample_completions(
    policy: PreTrainedModel,
    encoder: ChatEncoder,
    prompts: Sequence[Prompt],
    config: SampleConfig,
    *,
    check: Callable[[], None],
    on_too_long: Callable[[Prompt], None],
    step: int = 0,
    reading: ReadingChoice | None = None,
    with_log_probs: bool = False,
    on_progress: Callable[[float], None] = lambda _n_done: None,
) -> Iterator[Sample]:
    """Sample every prompt `n_samples` times.

    Each sample's draws come from (seed, step, prompt, sample) alone, so the company of a batch,
    its size and its order change nothing. A prompt that leaves no room loses its oldest turns.

    Args:
        policy: the language model. encoder: of its tokenizer.
        prompts: with ids that differ, since draws are made for an id.
        config: how many samples of each, how long, at what temperature and top_p, by which seed.
        step: of training, where the same prompt is sampled again with fresh draws.
        reading: how the model is read; None finds out what is fastest and right.
        with_log_probs: keep the log-prob of each token, at a temperature above 0 and a top_p of 1.
        check: called between batches; may raise to end the sampling.
        on_too_long: told of each prompt whose last turn alone is too long.
        on_progress: told after each token how many samples are done; one under way counts by its
            share of the longest length.
    """
    end_ids = end_ids_of(policy, encoder)
    choice = reading or choose_reading(policy)
    begin = partial(Reading, policy, choice=choice)
    room = min(filter(None, (context_length(policy.config), choice.longest)), default=None)
    rows: list[_Row] = []
    for prompt in prompts:
        ids = prompt.ids or _fitting_ids(encoder, prompt, config.max_new_tokens, room)
        if ids is None:
            on_too_long(prompt)
            continue
        rows += [_Row(prompt, index, ids) for index in range(config.n_samples)]
    n_begun = 0
    for batch in batches_of(rows, choice, max_new_tokens=config.max_new_tokens):
        check()

        def tell(n_done: float, n_before: int = n_begun) -> None:
            on_progress(n_before + n_done)

        completions, log_probs = _sample_rows(
            begin, end_ids, batch, config, step, with_log_probs=with_log_probs, on_progress=tell
        )
        n_begun += len(batch)
        for row, ids, of_row in zip(batch, completions, log_probs, strict=True):
            finished = bool(ids) and ids[-1] in end_ids
            yield Sample(
                prompt_id=row.prompt.id,
                index=row.index,
                text=encoder.decode(ids[:-1] if finished else ids),
                finished=finished,
                prompt_ids=row.ids,
                completion_ids=ids,
                log_probs=tuple(of_row),
            )


def ignore_prompt(_prompt: Prompt) -> None:
    """For callers to whom a prompt that is too long does not matter."""


def draws_of_sample(seed: int, step: int, prompt_id: str, index: int, n_draws: int) -> Tensor:
    """The uniform draws of one sample, one for each token.

    Args: seed, step, prompt_id, index: of the sample; they alone decide. n_draws: how many.
    Returns: in [0, 1), float64, shape (n_draws,).
    """
    name = f"{seed}|{step}|{index}|{prompt_id}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big") >> 1
    generator = torch.Generator().manual_seed(number)
    return torch.rand(n_draws, generator=generator, dtype=torch.float64)


def next_tokens(logits: Tensor, draws: Tensor, *, temperature: float, top_p: float) -> Tensor:
    """The token that each row's draw falls on.

    Args:
        logits: shape (rows, vocabulary). draws: in [0, 1), shape (rows,).
        temperature: 0 takes the likeliest token. top_p: mass that is kept, in (0, 1].
    Returns: int64, shape (rows,).
    Source: nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751.
    """
    if temperature == 0:
        return logits.argmax(-1)
    probabilities = (logits.double() / temperature).softmax(-1)
    if top_p == 1:  # in the order of the vocabulary: sorting it for each token takes longest
        return _place_of_draw(probabilities, draws)
    probabilities, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    kept = running_sum(probabilities) - probabilities < top_p  # the likeliest is always kept
    place = _place_of_draw(torch.where(kept, probabilities, 0.0), draws)
    return tokens.gather(-1, place.unsqueeze(-1)).squeeze(-1)


def _place_of_draw(probabilities: Tensor, draws: Tensor) -> Tensor:
    """Where a draw falls along the masses of a row, which need not add up to 1; shape (rows,)."""
    mass = running_sum(probabilities)
    threshold = draws.unsqueeze(-1).to(mass.dtype) * mass[:, -1:]
    place = torch.searchsorted(mass, threshold, right=True)
    places = torch.arange(mass.shape[-1], device=mass.device)
    last = torch.where(probabilities > 0, places, 0).amax(-1, keepdim=True)
    return torch.minimum(place, last).squeeze(-1)


def running_sum(values: Tensor) -> Tensor:
    """Sums up to each place of the last dimension, the same bits each time on a GPU too.

    PyTorch has no deterministic cumulative sum there, so it is made of matrix products.
    """
    return running_sum_by_products(values) if values.is_cuda else values.cumsum(-1)


def running_sum_by_products(values: Tensor) -> Tensor:
    """Cumulative sums within blocks, and of what lies before each block; shape as given."""
    n_values = values.shape[-1]
    size = max(1, math.isqrt(n_values))
    n_blocks = -(-n_values // size)
    padded = F.pad(values, (0, n_blocks * size - n_values))
    blocks = padded.view(*values.shape[:-1], n_blocks, size)
    within = blocks @ values.new_ones(size, size).triu()
    before = within[..., -1] @ values.new_ones(n_blocks, n_blocks).triu(1)
    sums: Tensor = (within + before.unsqueeze(-1)).flatten(-2)[..., :n_values].cummax(-1).values
    return sums


def _fitting_ids(
    encoder: ChatEncoder, prompt: Prompt, max_new_tokens: int, room: int | None
) -> list[int] | None:
    if room is None:
        return encoder.prompt_ids(prompt.messages)
    fitting = fit_prompt(
        prompt.messages,
        limit=room - max_new_tokens,
        n_tokens=lambda messages: len(encoder.prompt_ids(messages)),
    )
    return None if fitting is None else encoder.prompt_ids(fitting)


@torch.no_grad()
def _sample_rows(
    begin: Callable[[Sequence[Sequence[int]]], Reading],
    end_ids: Set[int],
    rows: Sequence[_Row],
    config: SampleConfig,
    step: int,
    *,
    with_log_probs: bool,
    on_progress: Callable[[float], None],
) -> tuple[list[list[int]], list[list[float]]]:
    """The ids of each row's completion, and their log-probs where they are asked for."""
    # The samples of a prompt read it together, and part with its last token.
    number_of: dict[tuple[int, ...], int] = {}
    for row in rows:
        number_of.setdefault(tuple(row.ids), len(number_of))
    reading = begin(list(number_of))
    device = reading.ids.device
    parting = torch.tensor([number_of[tuple(row.ids)] for row in rows], device=device)
    n_draws = config.max_new_tokens
    draws = torch.stack(
        [draws_of_sample(config.seed, step, row.prompt.id, row.index, n_draws) for row in rows]
    ).to(device)
    ends = torch.tensor(sorted(end_ids), device=device)
    completions: list[list[int]] = [[] for _ in rows]
    log_probs: list[list[float]] = [[] for _ in rows]
    places = torch.arange(len(rows), device=device)  # of the rows that are still in the batch
    is_open = torch.ones_like(places, dtype=torch.bool)
    for turn in range(config.max_new_tokens):
        logits = reading.next_logits()
        if turn == 0:
            reading.select(parting)
            logits = logits[parting]
        tokens = next_tokens(
            logits, draws[:, turn], temperature=config.temperature, top_p=config.top_p
        )
        for place, token in zip(places[is_open].tolist(), tokens[is_open].tolist(), strict=True):
            completions[place].append(token)
        if with_log_probs:
            drawn = token_log_probs(logits / config.temperature, tokens)
            for place, value in zip(places[is_open].tolist(), drawn[is_open].tolist(), strict=True):
                log_probs[place].append(value)
        is_open = is_open & ~torch.isin(tokens, ends)
        n_open = int(is_open.sum())
        on_progress(len(rows) - n_open * (1 - (turn + 1) / config.max_new_tokens))
        if n_open == 0:
            break
        if 2 * n_open <= len(is_open):  # leave those behind that have ended
            going_on = is_open.nonzero().flatten()
            reading.select(going_on)
            tokens, draws = tokens[going_on], draws[going_on]
            is_open, places = is_open[going_on], places[going_on]
        reading.append(tokens)
    return completions, log_probs
